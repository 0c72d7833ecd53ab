"""Who of the staff looked at whom: one row for a person (or a list), whoever looked, and a quarter of an hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.events import Event
from models.jobs import Job
from models.people import Resident, Volunteer
from models.requests import HelpRequest

# Looks within the same one are one row.
QUARTER = timedelta(minutes=15)
# Verbs of the history by which a list or a file left the house: these are not kept here besides.
TAKEN_OUT = ("own_file", "export", "list")


class Saw(StrEnum):
    """What somebody looked at, or listened to."""

    PAGE = "page"
    REQUEST = "request"
    JOB = "job"
    THREAD = "thread"
    RECORDING = "recording"
    STATEMENT = "statement"
    PEOPLE = "people"
    CALLS = "calls"
    TEXTS = "texts"
    SHEET = "sheet"
    COUNT = "count"
    LABELS = "labels"
    ROUNDS = "rounds"
    CHARGES = "charges"
    STATEMENTS = "statements"


class Look(Base):
    """Somebody looked at a person, or at a list in which people are. It is no accusation: nobody is asked for a reason.

    Not sealed into the chain of the history: these rows go when they are too old, or with whoever is forgotten. What
    leaves the house as a file is an event, which is sealed.
    """

    __tablename__ = "looks"

    community_id: Mapped[int] = belongs_to("communities")
    at: Mapped[datetime] = mapped_column(index=True)  # the first within the quarter of an hour
    who: Mapped[str] = mapped_column(sa.String(40))  # "staff 3"
    what: Mapped[Saw] = mapped_column(one_of(Saw))
    about: Mapped[str] = mapped_column(sa.String(40), default="")  # "menu 4", "job 40", "2026-11": which of several
    times: Mapped[int] = mapped_column(default=1)
    resident_id: Mapped[int | None] = belongs_to("residents", optional=True)
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True)

    resident: Mapped[Resident | None] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()


def looks_at(session: Session, person: Resident | Volunteer, *, most: int | None = None) -> list[Look]:
    """Who looked at somebody, or at paper that she is on, the last first. Lists of everybody are not told again."""
    hers = Look.resident_id == person.id if isinstance(person, Resident) else Look.volunteer_id == person.id
    rows = sa.select(Look).where(Look.community_id == person.community_id, sa.or_(hers, _is_on_it(person)))
    return list(session.scalars(rows.order_by(Look.at.desc(), Look.id.desc()).limit(most)))


def _is_on_it(person: Resident | Volunteer) -> sa.ColumnElement[bool]:
    """Paper of a meal or a round on which somebody is, a job with a stop of hers, the sheet of what was open then."""
    if isinstance(person, Volunteer):
        return Look.about.in_(sa.select(_named("job", Job.id)).where(Job.volunteer_id == person.id))
    own = HelpRequest.resident_id == person.id
    menus = sa.select(_named("menu", HelpRequest.menu_id)).where(own, HelpRequest.menu_id.is_not(None))
    jobs = sa.select(_named("job", HelpRequest.job_id)).where(own, HelpRequest.job_id.is_not(None))
    was_open = sa.exists().where(
        own, HelpRequest.placed_at <= Look.at,
        sa.or_(HelpRequest.closed_at.is_(None), HelpRequest.closed_at >= Look.at),
    )  # fmt: skip
    return sa.or_(Look.about.in_(menus), Look.about.in_(jobs), sa.and_(Look.what == Saw.SHEET, was_open))


def _named(kind: str, column: Any) -> sa.ColumnElement[str]:
    return sa.literal(f"{kind} ") + sa.cast(column, sa.String)


@dataclass(frozen=True)
class Line:
    """One look, or one list or file that was taken out, as pages tell it."""

    at: datetime
    who: str
    what: str
    about: str
    times: int = 1
    resident_id: int | None = None
    volunteer_id: int | None = None


def everything_seen(
    session: Session, community_id: int, *, who: str = "", what: str = "", most: int, skip: int = 0
) -> list[Line]:
    """Every look, and every list or file that was taken out, the last first."""
    looked = sa.select(
        Look.at, Look.who, sa.cast(Look.what, sa.String).label("what"), Look.about, Look.times, Look.resident_id,
        Look.volunteer_id, Look.id,
    ).where(Look.community_id == community_id)  # fmt: skip
    nobody = sa.cast(sa.null(), sa.Integer)
    taken = sa.select(
        Event.at, Event.who, Event.verb, Event.why, sa.literal(1), nobody, nobody, Event.id
    ).where(Event.community_id == community_id, Event.verb.in_(TAKEN_OUT))  # fmt: skip
    whole = sa.union_all(looked, taken).subquery()
    rows = sa.select(whole)
    if who:
        rows = rows.where(whole.c.who == who)
    if what:
        rows = rows.where(whole.c.what == what)
    found = session.execute(rows.order_by(whole.c.at.desc(), whole.c.id.desc()).limit(most).offset(skip))
    return [Line(*row[:7]) for row in found]


def whoever_looked(session: Session, community_id: int) -> list[str]:
    """Everybody who looked at anything that is still known."""
    looked = sa.select(Look.who).where(Look.community_id == community_id)
    taken = sa.select(Event.who).where(Event.community_id == community_id, Event.verb.in_(TAKEN_OUT))
    return sorted(session.scalars(looked.union(taken)))
