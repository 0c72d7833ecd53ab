"""What one volunteer takes (a job: an ordered list of stops), and how it was put to volunteers (offers)."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.changes import is_written
from models.lifecycle import OPEN, Lived, State
from models.locked import LockedText
from models.nearness import Vehicle
from models.people import Volunteer
from models.places import Community, Service, Zone
from models.prepared import prepared
from models.requests import HelpRequest

# Whose a job in these states is, goes there or has been there.
KEPT = (State.TAKEN, State.DONE)


class Job(Base, Lived):
    """One or more stops for one volunteer; a round is a job made of meal stops. At most one volunteer holds it."""

    __tablename__ = "jobs"
    __table_args__ = (
        sa.CheckConstraint(Lived.OPEN_IS_WATCHED, name="open_is_watched"),
        sa.CheckConstraint("(state IN ('taken')) <= (volunteer_id IS NOT NULL)", name="taken_by_somebody"),
        sa.UniqueConstraint("community_id", "code"),
        sa.Index("ix_jobs_state_due_at", "state", "due_at"),
    )

    community_id: Mapped[int] = belongs_to("communities")
    code: Mapped[int]
    service_id: Mapped[int] = belongs_to("services", index=False)
    zone_id: Mapped[int] = belongs_to("zones", index=False)
    wanted_from: Mapped[datetime]
    wanted_until: Mapped[datetime]
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True)
    taken_at: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(default=0)  # how often the whole list of volunteers has been begun anew
    wave: Mapped[int] = mapped_column(default=0)
    nudges: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]  # when its holder was told that it begins soon
    lates: Mapped[int] = mapped_column(default=0)  # how often its holder has said that it will be later
    late_minutes: Mapped[int] = mapped_column(default=0)  # by how much, together
    vehicle: Mapped[Vehicle] = mapped_column(one_of(Vehicle), default=Vehicle.FOOT)  # what it needs at least
    yes_words: Mapped[str] = mapped_column(LockedText("yes_words", 200), default="")  # "at five", with her yes

    community: Mapped[Community] = relationship()
    service: Mapped[Service] = relationship()
    zone: Mapped[Zone] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()
    stops: Mapped[list[HelpRequest]] = relationship(order_by=HelpRequest.stop_position, back_populates="job")
    offers: Mapped[list["Offer"]] = relationship(order_by="Offer.id", back_populates="job")

    @property
    def is_round(self) -> bool:
        """Does it carry meals, which nobody wants after their hour?"""
        return any(stop.is_meal for stop in self.stops)

    def is_past(self, now: datetime) -> bool:
        """A round whose hour has passed: what becomes of it, a person must decide."""
        return self.is_round and now >= self.wanted_until

    def look_again_at(self, due_at: datetime) -> None:
        """The next moment when somebody looks, for the job and for everybody who waits for it."""
        self.due_at = due_at
        for stop in self.open_stops:
            stop.due_at = due_at

    @property
    def open_stops(self) -> list[HelpRequest]:
        """The stops still to be made, in order."""
        return [stop for stop in self.stops if stop.is_open]


class OfferState(StrEnum):
    """How an offer ended, or that it has not."""

    OPEN = "open"
    YES = "yes"
    NO = "no"
    TOO_LATE = "too_late"  # said yes after somebody else had
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """How somebody is reached."""

    TEXT = "text"
    CALL = "call"


class Offer(Base):
    """A job put to a volunteer, once."""

    __tablename__ = "offers"
    __table_args__ = (sa.UniqueConstraint("job_id", "volunteer_id", "round"),)

    job_id: Mapped[int] = belongs_to("jobs", index=False)
    volunteer_id: Mapped[int] = belongs_to("volunteers")
    round: Mapped[int] = mapped_column(default=0)  # of the job when it was made
    wave: Mapped[int]
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    state: Mapped[OfferState] = mapped_column(one_of(OfferState), default=OfferState.OPEN)
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    job: Mapped[Job] = relationship(back_populates="offers")
    volunteer: Mapped[Volunteer] = relationship()

    @property
    def was_given(self) -> bool:
        """Did staff give it to them, so that nobody had to ask?"""
        return self.state is OfferState.YES and self.answered_at == self.made_at

    def answered(self, session: Session, state: OfferState, *, now: datetime) -> bool:
        """Note how it ended, unless somebody else did first; True if it was us."""
        done = session.execute(
            sa.update(Offer)
            .where(Offer.id == self.id, Offer.state == OfferState.OPEN)
            .values(state=state, answered_at=now)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount == 0:  # type: ignore[attr-defined]
            session.refresh(self)
            return False
        is_written(self, state=state, answered_at=now)
        return True


def due_jobs(session: Session, now: datetime, *, most: int = 100) -> list[int]:
    """Ids of open jobs whose next moment has come, the longest overdue first."""
    return list(session.scalars(*_due_jobs(now, most)))


@prepared
def _due_jobs(now: datetime, most: int) -> sa.Select[int]:
    due = sa.select(Job.id).where(Job.state.in_(OPEN), Job.due_at <= now)
    return due.order_by(Job.due_at, Job.id).limit(most)


def open_offers_to(session: Session, volunteer: Volunteer) -> list[Offer]:
    """What this volunteer has been asked and may still say yes to, the latest last."""
    return list(session.scalars(*_open_offers_to(volunteer.id)))


@prepared
def _open_offers_to(volunteer_id: int) -> sa.Select[Offer]:
    return (
        sa.select(Offer)
        .join(Job)
        .where(Offer.volunteer_id == volunteer_id, Offer.state == OfferState.OPEN, Job.state == State.OFFERED)
        .order_by(Offer.id)
    )


def open_jobs_of(session: Session, volunteer: Volunteer) -> list[Job]:
    """The jobs this volunteer has taken and not finished, what comes first first."""
    return list(session.scalars(*_open_jobs_of(volunteer.id)))


@prepared
def _open_jobs_of(volunteer_id: int) -> sa.Select[Job]:
    hers = sa.select(Job).where(Job.volunteer_id == volunteer_id, Job.state == State.TAKEN)
    return hers.order_by(Job.wanted_from, Job.id)


def latest_offer_to(session: Session, volunteer: Volunteer, *, code: int | None = None) -> Offer | None:
    """The last offer made to this volunteer, of the job with that code if one is given, whatever became of it."""
    query = sa.select(Offer).join(Job).where(Offer.volunteer_id == volunteer.id)
    if code is not None:
        query = query.where(Job.code == code)
    return session.scalars(query.order_by(Offer.id.desc()).limit(1)).first()
