"""What one resident asked for."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.lifecycle import OPEN, Lived, State
from models.locked import LockedText
from models.menus import Dish, Menu
from models.people import Resident
from models.places import Community, Service
from models.prepared import prepared

if TYPE_CHECKING:
    from models.jobs import Job
    from models.traffic import Recording


class Source(StrEnum):
    """How a request came to us."""

    VOICE = "voice"
    SMS = "sms"
    STAFF = "staff"
    STANDING = "standing"
    API = "api"


class MealFate(StrEnum):
    """What became of a meal that could not be handed to whom it was for."""

    NEIGHBOUR = "neighbour"
    BROUGHT_BACK = "brought_back"
    GIVEN_AWAY = "given_away"
    THROWN_AWAY = "thrown_away"
    LOST = "lost"  # nobody knows; another was sent instead


class HelpRequest(Base, Lived):
    """A meal, an errand, a ride, a repair, a visit: asked for by one resident, with a next moment while it is open."""

    __tablename__ = "help_requests"
    __table_args__ = (
        sa.CheckConstraint(Lived.OPEN_IS_WATCHED, name="open_is_watched"),
        sa.UniqueConstraint("community_id", "code"),
        sa.UniqueConstraint("source_key"),
        sa.Index("ix_help_requests_state_due_at", "state", "due_at"),
        sa.Index("ix_help_requests_community_id_wanted_from", "community_id", "wanted_from"),
        # One open order from a menu for each resident: no accidental doubles, however two orders race.
        sa.Index(
            "ix_help_requests_one_open_meal",
            "resident_id",
            "menu_id",
            unique=True,
            sqlite_where=sa.text("menu_id IS NOT NULL AND closed_at IS NULL"),
            postgresql_where=sa.text("menu_id IS NOT NULL AND closed_at IS NULL"),
        ),
    )

    community_id: Mapped[int] = belongs_to("communities")
    code: Mapped[int]
    resident_id: Mapped[int] = belongs_to("residents")
    service_id: Mapped[int] = belongs_to("services", index=False)
    source: Mapped[Source] = mapped_column(one_of(Source))
    source_key: Mapped[str | None] = mapped_column(
        sa.String(80)
    )  # the call's turn, the text, the standing order's date: once only
    placed_at: Mapped[datetime]
    wanted_from: Mapped[datetime]  # when it should be done, from …
    wanted_until: Mapped[datetime]  # … until
    menu_id: Mapped[int | None] = belongs_to("menus", optional=True)
    dish_id: Mapped[int | None] = belongs_to("dishes", optional=True, index=False)
    portions: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(LockedText("note", 500), default="")  # what is wanted, in words
    recording_id: Mapped[int | None] = belongs_to("recordings", optional=True, index=False)  # … or as it was said
    job_id: Mapped[int | None] = belongs_to("jobs", optional=True)
    stop_position: Mapped[int] = mapped_column(default=0)
    code_word: Mapped[int] = mapped_column(
        default=0
    )  # which word of the list both sides know each other by at the door
    told_nobody_at: Mapped[datetime | None]  # when she was last told that nobody has been found yet
    told_over_at: Mapped[datetime | None]  # when she was told that her time is over and nobody could come
    spending_limit_cents: Mapped[int | None]
    spent_cents: Mapped[int | None]
    receipt: Mapped[str] = mapped_column(
        LockedText("receipt", 80), default=""
    )  # where the receipt is: "envelope 12", "none"
    repaid_at: Mapped[datetime | None]
    # What it costs, and what of that the community pays, fixed when the kitchen counts it; None: not counted, no price.
    price_cents: Mapped[int | None]
    subsidy_cents: Mapped[int | None]
    spare_for_id: Mapped[int | None]  # the id of the meal that did not come, instead of which this one was sent
    meal_fate: Mapped[MealFate | None] = mapped_column(one_of(MealFate))
    # Where several people go together: the id of what the resident asked for, of which this is another's part. Without
    # a foreign key: SQLite takes none into a table that is there, and no request is ever deleted from under another.
    twin_of_id: Mapped[int | None] = mapped_column(index=True)

    community: Mapped[Community] = relationship()
    resident: Mapped[Resident] = relationship()
    service: Mapped[Service] = relationship()
    menu: Mapped[Menu | None] = relationship()
    dish: Mapped[Dish | None] = relationship()
    recording: Mapped["Recording | None"] = relationship()
    job: Mapped["Job | None"] = relationship(back_populates="stops")

    @property
    def visit_id(self) -> int:
        """What all who go there together have in common: the id of what the resident asked for."""
        return self.twin_of_id or self.id

    @property
    def place(self) -> int:
        """Its number among the stops of its job, from 1: the same for as long as it is on it."""
        return self.stop_position + 1

    @property
    def is_meal(self) -> bool:
        """Ordered from a menu?"""
        return self.menu_id is not None

    @property
    def cooked_for(self) -> str:
        """What the kitchen must heed with this meal: her diet, and what was asked for this once."""
        return "; ".join(part for part in (self.resident.diet, self.note) if part)


def open_requests_of(session: Session, resident: Resident) -> list[HelpRequest]:
    """What she has asked for and not received yet, what comes first first; what several people do together is once."""
    return list(session.scalars(*_open_requests_of(resident.id)))


@prepared
def _open_requests_of(resident_id: int) -> sa.Select[HelpRequest]:
    hers = sa.select(HelpRequest).where(HelpRequest.resident_id == resident_id, HelpRequest.state.in_(OPEN))
    hers = hers.where(HelpRequest.twin_of_id.is_(None))
    return hers.order_by(HelpRequest.wanted_from, HelpRequest.id)


def meal_request_of(session: Session, resident: Resident, menu: Menu) -> HelpRequest | None:
    """Her open request from that menu, if there is one."""
    return session.scalars(*_meal_request_of(resident.id, menu.id)).first()


@prepared
def _meal_request_of(resident_id: int, menu_id: int) -> sa.Select[HelpRequest]:
    return sa.select(HelpRequest).where(
        HelpRequest.resident_id == resident_id, HelpRequest.menu_id == menu_id, HelpRequest.state.in_(OPEN)
    )


def last_meal_of(session: Session, resident: Resident) -> HelpRequest | None:
    """The meal she last chose herself and did not call off."""
    return session.scalars(*_last_meal_of(resident.id)).first()


@prepared
def _last_meal_of(resident_id: int) -> sa.Select[HelpRequest]:
    chosen = sa.select(HelpRequest).where(
        HelpRequest.resident_id == resident_id, HelpRequest.menu_id.is_not(None), HelpRequest.state != State.CANCELLED
    )
    return chosen.order_by(HelpRequest.placed_at.desc(), HelpRequest.id.desc()).limit(1)


def pooled_for(session: Session, menu: Menu) -> list[HelpRequest]:
    """The requests that wait for the cut-off of that menu."""
    return list(
        session.scalars(
            sa.select(HelpRequest)
            .where(HelpRequest.menu_id == menu.id, HelpRequest.state == State.POOLED)
            .order_by(HelpRequest.id)
        )
    )


def request_by_source(session: Session, source_key: str) -> HelpRequest | None:
    """The request that this turn, text or standing order has already made."""
    return session.scalars(*_request_by_source(source_key)).one_or_none()


@prepared
def _request_by_source(source_key: str) -> sa.Select[HelpRequest]:
    return sa.select(HelpRequest).where(HelpRequest.source_key == source_key)
