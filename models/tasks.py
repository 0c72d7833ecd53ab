"""What a person must do: callbacks (ring somebody) and alerts (something a named person must do now)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.jobs import Job
from models.lifecycle import State
from models.locked import LockedJson
from models.people import Resident, Staff, Volunteer
from models.prepared import prepared
from models.requests import HelpRequest
from models.traffic import Call, Message, Recording


class Callback(Base):
    """A task for staff to ring somebody; open until somebody says that it is done."""

    __tablename__ = "callbacks"
    __table_args__ = (
        sa.CheckConstraint("closed_at IS NOT NULL OR due_at IS NOT NULL", name="open_is_watched"),
        sa.Index("ix_callbacks_community_id_closed_at", "community_id", "closed_at"),
    )

    community_id: Mapped[int] = belongs_to("communities")
    phone: Mapped[str | None] = mapped_column(sa.String(32))  # None: the number was withheld
    why: Mapped[str] = mapped_column(
        sa.String(40)
    )  # a key of the board's catalog: asked_for_person, unfinished, free_text, …
    details: Mapped[dict[str, Any]] = mapped_column(
        LockedJson("details"), default=dict
    )  # e.g. what she was ordering when the line broke
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # when somebody is reminded next
    answer_by: Mapped[datetime]  # until when somebody should have rung; it does not move
    reminders: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = belongs_to("staff", optional=True, index=False)
    resident_id: Mapped[int | None] = belongs_to("residents", optional=True, index=False)
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True, index=False)
    call_id: Mapped[int | None] = belongs_to("calls", optional=True)
    message_id: Mapped[int | None] = belongs_to("messages", optional=True, index=False)
    recording_id: Mapped[int | None] = belongs_to("recordings", optional=True, index=False)

    resident: Mapped[Resident | None] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()
    call: Mapped[Call | None] = relationship()
    message: Mapped[Message | None] = relationship()
    recording: Mapped[Recording | None] = relationship()
    closed_by: Mapped[Staff | None] = relationship()


class AlertKind(StrEnum):
    """What is wrong."""

    NOBODY_FOUND = "nobody_found"
    LATE = "late"
    NOT_HOME = "not_home"
    WORRIED = "worried"
    UNREACHED = "unreached"  # somebody could not be told what we promised to tell
    NOT_CALLED = "not_called"  # somebody's number is one that the line does not ring or text
    OPTED_OUT = "opted_out"  # a resident texted a word that carriers take for STOP
    CARRIER_DOWN = "carrier_down"
    NEAR_LIMIT = "near_limit"  # most of what may leave in a day has left
    GIVES_BACK = "gives_back"  # a volunteer takes and gives back again and again
    STRANGERS = "strangers"  # more texts of numbers that nobody knows than are answered
    LIMIT = "limit"  # all of it: what is not urgent waits
    BROKEN = "broken"  # a fault of ours: something was set aside after it failed again and again
    DISK = "disk"  # the disk is nearly full: orders will soon be refused
    NO_BACKUP = "no_backup"  # no backup that could be read back for too long
    HELD = "held"  # after a restore nothing leaves until somebody has looked through what was promised
    NOT_WELL = "not_well"  # a resident has said so by a key
    NOT_COME = "not_come"  # a resident says that what was to come has not come
    CLOCK = "clock"  # the machine's clock was set back
    GUESSING = "guessing"  # somebody tries out how to get in under the name of one of the staff
    NO_SHEET = "no_sheet"  # the day sheet cannot be written to the machine's own disk


# A cry of somebody's, or about her.
CRIES = frozenset({AlertKind.NOT_WELL, AlertKind.WORRIED})


class Alert(Base):
    """Something a named person must do by a moment; it passes to the next person, and closes when no longer true."""

    __tablename__ = "alerts"
    __table_args__ = (
        sa.CheckConstraint("closed_at IS NOT NULL OR due_at IS NOT NULL", name="open_is_watched"),
        sa.Index("ix_alerts_community_id_closed_at", "community_id", "closed_at"),
        sa.Index(
            "ix_alerts_open_about",
            "kind",
            "about",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )

    community_id: Mapped[int] = belongs_to("communities")
    kind: Mapped[AlertKind] = mapped_column(one_of(AlertKind))
    about: Mapped[str] = mapped_column(sa.String(40))  # "request 37", "job 40", "message 5": what it is about, by id
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # acknowledged until then, or the next person is told
    answer_by: Mapped[datetime]  # until when somebody should have seen to it; it does not move
    owner_id: Mapped[int | None] = belongs_to("staff", optional=True, index=False)
    told: Mapped[int] = mapped_column(default=0)  # how many people have been told
    acknowledged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    was_false: Mapped[bool] = mapped_column(default=False)  # whoever closed it has found nothing wrong
    details: Mapped[dict[str, Any]] = mapped_column(LockedJson("details"), default=dict)
    request_id: Mapped[int | None] = belongs_to("help_requests", optional=True, index=False)
    job_id: Mapped[int | None] = belongs_to("jobs", optional=True, index=False)
    resident_id: Mapped[int | None] = belongs_to("residents", optional=True, index=False)

    owner: Mapped[Staff | None] = relationship()
    request: Mapped[HelpRequest | None] = relationship()
    job: Mapped[Job | None] = relationship()
    resident: Mapped[Resident | None] = relationship()

    @property
    def lasts_until_found(self) -> bool:
        """Is somebody still waited for, so that nobody can say that it is settled? Whoever is found closes it."""
        return self.kind is AlertKind.NOBODY_FOUND and self.job is not None and self.job.state is State.STUCK


def open_alert(session: Session, kind: AlertKind, about: str) -> Alert | None:
    """The alert of that kind about that thing, while it is open."""
    return session.scalars(
        sa.select(Alert).where(Alert.kind == kind, Alert.about == about, Alert.closed_at.is_(None))
    ).one_or_none()


def open_alerts_of(session: Session, *kinds: AlertKind) -> list[Alert]:
    """All alerts of those kinds that are open, anywhere, the oldest first."""
    return list(session.scalars(*_open_alerts_of(kinds)))


@prepared
def _open_alerts_of(kinds: Sequence[AlertKind]) -> sa.Select[Alert]:
    return sa.select(Alert).where(Alert.kind.in_(kinds), Alert.closed_at.is_(None)).order_by(Alert.id)


def alarmed_about(session: Session, kind: AlertKind) -> set[str]:
    """About which things an alert of that kind is open, anywhere."""
    return set(session.scalars(*_alarmed_about(kind)))


@prepared
def _alarmed_about(kind: AlertKind) -> sa.Select[str]:
    return sa.select(Alert.about).where(Alert.kind == kind, Alert.closed_at.is_(None))


def is_alarmed(session: Session, kind: AlertKind) -> bool:
    """Is an alert of that kind open anywhere?"""
    return session.scalar(sa.select(Alert.id).where(Alert.kind == kind, Alert.closed_at.is_(None)).limit(1)) is not None


def open_callback_to(session: Session, community_id: int, phone: str) -> Callback | None:
    """The callback to that number that is still to be made."""
    return session.scalars(
        sa.select(Callback)
        .where(Callback.community_id == community_id, Callback.phone == phone, Callback.closed_at.is_(None))
        .order_by(Callback.id)
    ).first()
