"""Numbers change hands: a helper of whom nothing was heard for a year is asked whether she is still there, and for
nothing else until she says so. Who says no, or is somebody else by now, is asked no more, and staff get to know."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import open_callback
from dispatch.reaching import why_not_tell
from dispatch.telling import tell, withdraw_promises
from models.changes import touch
from models.database import Database
from models.jobs import Offer
from models.numbers import Phone, known_phone, phone_of
from models.people import Volunteer

ASKED = "still_you"
_SILENT_FOR = timedelta(days=365)
# So many are asked at once, and how often it is looked whom to ask.
_AT_ONCE = 20
_LOOKS_EVERY = timedelta(hours=1)


class StillHers:
    """Looks once an hour whom nobody has heard of for a year."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next_at: datetime | None = None

    def ask(self, *, now: datetime) -> int:
        """Ask some of those who have been silent for a year; returns how many."""
        if self._next_at is not None and self._next_at - _LOOKS_EVERY <= now < self._next_at:
            return 0
        with self._database.begin() as session:
            asked = sum(_ask(session, volunteer, now=now) for volunteer in silent_helpers(session, now=now))
        self._next_at = now + _LOOKS_EVERY
        return asked


def silent_helpers(session: Session, *, now: datetime) -> list[Volunteer]:
    """Some of those who said yes more than a year ago, who were not heard since and answered no offer, and who were not
    asked yet."""
    since = now - _SILENT_FOR
    is_theirs = sa.and_(Phone.community_id == Volunteer.community_id, Phone.number == Volunteer.phone)
    known = sa.exists().where(is_theirs, sa.or_(Phone.last_heard_at >= since, Phone.asked_whose_at.is_not(None)))
    answered = sa.exists().where(Offer.volunteer_id == Volunteer.id, Offer.answered_at >= since)
    old = sa.select(Volunteer).where(Volunteer.enrolled_at < since, Volunteer.phone.is_not(None), ~known, ~answered)
    return list(session.scalars(old.order_by(Volunteer.id).limit(_AT_ONCE)))


def is_asked(session: Session, volunteer: Volunteer) -> bool:
    """Was she asked whether she is still there, and has she not said so yet?"""
    known = known_phone(session, volunteer.community, volunteer.phone) if volunteer.phone else None
    return known is not None and known.asked_whose_at is not None


def is_hers(session: Session, volunteer: Volunteer, *, now: datetime) -> None:
    """She says so, or does what only a helper does: she is asked again like everybody."""
    known = known_phone(session, volunteer.community, volunteer.phone) if volunteer.phone else None
    if known is not None and known.asked_whose_at is not None:
        known.asked_whose_at, known.last_heard_at = None, now
        touch(session, volunteer.community_id)


def is_not_hers(session: Session, volunteer: Volunteer, *, now: datetime) -> None:
    """She does not want to be asked, or it is somebody else: nothing is told to that number until staff have enrolled
    her anew, and they are told."""
    open_callback(session, volunteer.community, phone=volunteer.phone, why="not_hers", now=now, volunteer=volunteer)
    is_hers(session, volunteer, now=now)
    volunteer.enrolled_at = volunteer.consent = None
    withdraw_promises(session, volunteer)
    touch(session, volunteer.community_id)


def _ask(session: Session, volunteer: Volunteer, *, now: datetime) -> int:
    if volunteer.community.is_quiet(now) or why_not_tell(session, volunteer, now=now):
        return 0
    tell(session, volunteer, ASKED, now=now, name=volunteer.given_name)
    phone_of(session, volunteer.community, volunteer.phone or "").asked_whose_at = now
    return 1
