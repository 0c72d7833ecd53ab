"""Who looks at whom is noticed without asking anybody: kept in hand, and written a little later, all at once.

A page waits for no writer and no writer for a page: the telephone comes first. What is lost with the machine is what
was looked at in the last seconds; what leaves the house as a file is written before it is given (see `took_out`).
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.database import Database
from models.events import Event
from models.jobs import Job, Offer, OfferState
from models.looks import QUARTER, Look, Saw
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Message

log = logging.getLogger(__name__)

# While nothing can be written so much is kept in hand; a desk makes a few in a minute.
_MOST_IN_HAND = 20_000
# All desks together make one transaction in so long.
_EVERY_SECONDS = 5.0
# By these a resident hears who comes: written in the moment in which the volunteer is told where to go.
_SAYS_WHO = ("who_brings", "who_comes")


@dataclass(frozen=True)
class Sight:
    """What was looked at: something of one person, or a list of many."""

    what: Saw
    about: str = ""
    resident_id: int | None = None
    volunteer_id: int | None = None


@dataclass(frozen=True)
class _Entry:
    community_id: int
    who: str
    sight: Sight
    quarter: datetime


@dataclass(frozen=True)
class _Noted:
    at: datetime
    times: int


class Notebook:
    """What was looked at and is not written down yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_hand: dict[_Entry, _Noted] = {}
        self._next_at = 0.0

    def note(self, community_id: int, who: str, sights: Iterable[Sight], *, now: datetime) -> None:
        """Somebody looks at this."""
        with self._lock:
            for sight in sights:
                self._add(_Entry(community_id, who, sight, _quarter_of(now)), _Noted(now, 1))

    def sweep(self, database: Database, *, elapsed: float) -> int:
        """Write it down every few seconds; `elapsed` are seconds that only ever grow."""
        if elapsed < self._next_at:
            return 0
        self._next_at = elapsed + _EVERY_SECONDS
        return self.write(database)

    def write(self, database: Database) -> int:
        """Write down what is in hand, in one transaction; always 0, for nothing that is due is done by it."""
        with self._lock:
            taken, self._in_hand = self._in_hand, {}
        if not taken:
            return 0
        try:
            with database.begin() as session:
                _write(session, taken)
        except BaseException:
            with self._lock:
                for entry, noted in taken.items():
                    self._add(entry, noted)
            raise
        return 0

    def _add(self, entry: _Entry, noted: _Noted) -> None:
        before = self._in_hand.get(entry)
        if before is not None:
            self._in_hand[entry] = _Noted(min(before.at, noted.at), before.times + noted.times)
        elif len(self._in_hand) < _MOST_IN_HAND:
            self._in_hand[entry] = noted
        else:
            log.error("what was looked at could not be kept: too much of it waits to be written")


def took_out(session: Session, community_id: int, *, who: str, verb: str, what: str, now: datetime) -> None:
    """A list left the house: an entry of the history, which is sealed. Nothing that boards show has changed."""
    session.execute(sa.insert(Event), {"community_id": community_id, "at": now, "who": who, "verb": verb, "why": what})


@dataclass(frozen=True)
class Told:
    """Which volunteer was told where somebody lives, for what, and when."""

    volunteer: Volunteer
    request: HelpRequest
    at: datetime


def told_whom(session: Session, resident: Resident, *, most: int | None = None) -> list[Told]:
    """Whom her address was told, the last first: whoever said yes to a job with a stop of hers, or was given it.

    Nothing of it is kept besides: a yes is an offer's, and what she was told herself names the offer even when the
    stop has gone over to another job since.
    """
    own = HelpRequest.resident_id == resident.id
    held = (
        sa.select(Offer, HelpRequest).join(Job, Offer.job_id == Job.id).join(HelpRequest, HelpRequest.job_id == Job.id)
    )
    found = {(offer.id, request.id): Told(offer.volunteer, request, offer.answered_at or offer.made_at)
             for offer, request in session.execute(held.where(own, Offer.state == OfferState.YES))}  # fmt: skip
    for kind in (Message, Call):
        said = sa.select(Offer, HelpRequest).join(kind, kind.offer_id == Offer.id)
        said = said.join(HelpRequest, HelpRequest.id == kind.request_id).where(own, kind.cause.in_(_SAYS_WHO))
        for offer, request in session.execute(said):
            found.setdefault((offer.id, request.id), Told(offer.volunteer, request, offer.answered_at or offer.made_at))
    told = sorted(found.values(), key=lambda one: (one.at, one.request.id), reverse=True)
    return told[:most]


def _quarter_of(now: datetime) -> datetime:
    since = now - datetime.min.replace(tzinfo=UTC)
    return now - since % QUARTER


def _write(session: Session, taken: dict[_Entry, _Noted]) -> None:
    """One row more, or one that is there counts further. Boards are not told: nothing that they show has changed."""
    there = _there(session, taken)
    new = []
    for entry, noted in taken.items():
        row_id = there.get(entry)
        if row_id is not None:
            further = sa.update(Look).where(Look.id == row_id).values(times=Look.times + noted.times)
            session.execute(further.execution_options(synchronize_session=False))
        elif _is_known(session, entry.sight):
            new.append({
                "community_id": entry.community_id, "at": noted.at, "who": entry.who, "what": entry.sight.what,
                "about": entry.sight.about, "times": noted.times, "resident_id": entry.sight.resident_id,
                "volunteer_id": entry.sight.volunteer_id,
            })  # fmt: skip
    if new:
        session.execute(sa.insert(Look), new)


def _is_known(session: Session, sight: Sight) -> bool:
    """Is whoever was looked at still there? Two entries may have become one, or somebody was forgotten, meanwhile."""
    kinds: tuple[tuple[type[Resident] | type[Volunteer], int | None], ...] = (
        (Resident, sight.resident_id), (Volunteer, sight.volunteer_id)
    )  # fmt: skip
    rows: list[Any] = [session.get(kind, row_id) for kind, row_id in kinds if row_id is not None]
    return all(row is not None and row.forgotten_at is None for row in rows)


def _there(session: Session, taken: dict[_Entry, _Noted]) -> dict[_Entry, int]:
    since = min(entry.quarter for entry in taken)
    whos = {entry.who for entry in taken}
    rows = session.scalars(sa.select(Look).where(Look.at >= since, Look.who.in_(whos)))
    return {_entry_of(row): row.id for row in rows}


def _entry_of(row: Look) -> _Entry:
    sight = Sight(row.what, row.about, row.resident_id, row.volunteer_id)
    return _Entry(row.community_id, row.who, sight, _quarter_of(row.at))
