"""Everything that points to one entry of a person points to another afterwards.

What points to people is asked of the tables themselves, so that a table added later cannot be forgotten. Where only
one of two can be (a statement of one month, an offer of one round), `ONLY_ONE` says what becomes of them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.likeness import is_like
from dispatch.sealing import say_instead
from dispatch.telling import named
from models.base import Base
from models.doubles import NotTheSame
from models.events import Event
from models.jobs import Offer
from models.money import Statement
from models.people import Contact, Resident, Volunteer, never_together, volunteer_services, volunteer_zones
from models.requests import HelpRequest
from models.tasks import Alert
from models.traffic import Call, Thread

Person = Resident | Volunteer


def references_to(kind: type[Person] | type[Contact]) -> list[sa.Column[Any]]:
    """Every column of every table that points to such people."""
    columns = (column for table in Base.metadata.sorted_tables for column in table.c)
    return [column for column in columns if any(key.column.table is kind.__table__ for key in column.foreign_keys)]


def how_much(session: Session, person: Person) -> dict[str, int]:
    """How many rows of each table point to somebody."""
    found: dict[str, int] = {}
    for column in references_to(type(person)):
        count = session.scalar(sa.select(sa.func.count()).where(column == person.id)) or 0
        if count:
            found[column.table.name] = found.get(column.table.name, 0) + count
    return found


def only_one_of(kind: type[Person]) -> set[str]:
    """The tables in which the database itself allows one row for one such person, or for one and something else."""
    pointing = set(references_to(kind))
    unique: list[Any] = []
    for table in Base.metadata.sorted_tables:
        unique += [one for one in table.constraints if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
        unique += [index for index in table.indexes if index.unique]
    return {one.table.name for one in unique if pointing & set(one.columns)}


def move_everything(session: Session, kept: Person, gone: Person, *, who: str, now: datetime) -> dict[str, int]:
    """All that is of the one is of the other, and the entry of the one is no more. How much there was, by table."""
    moved = how_much(session, gone)
    _join_contacts(session, kept, gone, who=who, now=now)
    for settle in ONLY_ONE.values():
        settle(session, kept, gone)
    session.flush()
    for column in references_to(type(kept)):
        session.execute(sa.update(column.table).where(column == gone.id).values({column.name: kept.id}))
    _move_what_names_her(session, kept, gone)
    same = (NotTheSame.resident_id == NotTheSame.other_resident_id) | (
        NotTheSame.volunteer_id == NotTheSame.other_volunteer_id
    )
    session.execute(sa.delete(NotTheSame).where(same))
    gone_id, kind = gone.id, type(gone)
    session.expunge(gone)
    session.execute(sa.delete(kind).where(kind.id == gone_id).execution_options(synchronize_session=False))
    session.expire_all()
    return moved


def _move_what_names_her(session: Session, kept: Person, gone: Person) -> None:
    """What points to her without a foreign key: who is visited behind her, alerts by their name, talks that rest."""
    session.execute(
        sa.update(Alert).where(Alert.about == named(gone)).values(about=named(kept))
    )  # fmt: skip
    if not isinstance(kept, Resident):
        return
    session.execute(sa.update(Resident).where(Resident.follows_id == gone.id).values(follows_id=kept.id))
    session.execute(
        sa.update(Resident).where(Resident.id == kept.id, Resident.follows_id == kept.id).values(follows_id=None)
    )
    threads = sa.select(Thread).where(Thread.community_id == kept.community_id)
    calls = sa.select(Call).where(Call.resident_id == kept.id, Call.ended_at.is_(None))
    for talking in (*session.scalars(threads), *session.scalars(calls)):
        if talking.talk and talking.talk.get("resident_id") == gone.id:
            talking.talk = {**talking.talk, "resident_id": kept.id}
    session.flush()


def _join_contacts(session: Session, kept: Person, gone: Person, *, who: str, now: datetime) -> None:
    """A daughter who stands in both entries is one daughter."""
    if not isinstance(kept, Resident) or not isinstance(gone, Resident):
        return
    for theirs in list(gone.contacts):
        mine = next(
            (one for one in kept.contacts if one.phone == theirs.phone and is_like(one.name, theirs.name)), None
        )
        if mine is None:
            continue
        for column in references_to(Contact):
            session.execute(sa.update(column.table).where(column == theirs.id).values({column.name: mine.id}))
        was, is_now = f"contact {theirs.id} ", f"contact {mine.id} "
        named_so = session.scalars(sa.select(Event).where(Event.why.startswith(was)))
        say_instead(session, {event: event.why.replace(was, is_now, 1) for event in named_so}, who=who, now=now)
        contact_id = theirs.id
        session.expunge(theirs)
        session.execute(sa.delete(Contact).where(Contact.id == contact_id))
    session.expire(gone, ["contacts"])


def _add_up(session: Session, kept: Person, gone: Person) -> None:
    """Two statements of one month were two sheets of paper: together they say what the one says now."""
    rows = {
        (row.resident_id, row.month): row
        for row in session.scalars(sa.select(Statement).where(Statement.resident_id.in_((kept.id, gone.id))))
    }
    for (owner, month), theirs in rows.items():
        mine = rows.get((kept.id, month))
        if owner != gone.id or mine is None:
            continue
        for name in ("meals", "price_cents", "subsidy_cents", "corrected_cents", "carried_cents", "owed_cents"):
            setattr(mine, name, getattr(mine, name) + getattr(theirs, name))
        carried: dict[str, int] = {}
        for earlier, cents in (*mine.carried, *theirs.carried):
            carried[earlier] = carried.get(earlier, 0) + cents
        mine.carried = [[earlier, carried[earlier]] for earlier in sorted(carried)]
        mine.issued_at = max(mine.issued_at, theirs.issued_at)
        session.delete(theirs)


def _make_room(session: Session, kept: Person, gone: Person) -> None:
    """Both were asked for one job in one round: the other question is kept in a round before the first."""
    taken = {
        (job_id, round_)
        for job_id, round_ in session.execute(sa.select(Offer.job_id, Offer.round).where(Offer.volunteer_id == kept.id))
    }
    for offer in session.scalars(sa.select(Offer).where(Offer.volunteer_id == gone.id).order_by(Offer.id)):
        if (offer.job_id, offer.round) in taken:
            before = min(round_ for job_id, round_ in taken if job_id == offer.job_id)
            offer.round = min(before, 0) - 1
        taken.add((offer.job_id, offer.round))


def _only_once(table: sa.Table) -> Callable[[Session, Person, Person], None]:
    """What both entries say is said once."""

    def drop(session: Session, kept: Person, gone: Person) -> None:
        mine = next(c for c in table.c if any(key.column.table is type(kept).__table__ for key in c.foreign_keys))
        other = next(c for c in table.c if c is not mine)
        twice = sa.select(other).where(mine == kept.id)
        session.execute(sa.delete(table).where(mine == gone.id, other.in_(twice)))

    return drop


def _of_residents_only(settle: Callable[[Session, Person, Person], None]) -> Callable[[Session, Person, Person], None]:
    return lambda session, kept, gone: settle(session, kept, gone) if isinstance(kept, Resident) else None


def _of_volunteers_only(settle: Callable[[Session, Person, Person], None]) -> Callable[[Session, Person, Person], None]:
    return lambda session, kept, gone: settle(session, kept, gone) if isinstance(kept, Volunteer) else None


def _is_hindered(session: Session, kept: Person, gone: Person) -> None:
    """Two open orders from one menu: see hindrances."""


# Tables in which one person cannot stand twice, and what becomes of two rows there.
ONLY_ONE: dict[str, Callable[[Session, Person, Person], None]] = {
    Statement.__tablename__: _of_residents_only(_add_up),
    Offer.__tablename__: _of_volunteers_only(_make_room),
    HelpRequest.__tablename__: _is_hindered,
    never_together.name: _only_once(never_together),
    volunteer_zones.name: _of_volunteers_only(_only_once(volunteer_zones)),
    volunteer_services.name: _of_volunteers_only(_only_once(volunteer_services)),
}
