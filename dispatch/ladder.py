"""The ladder of a service: who is asked, and in which order, when a few at a time have found nobody.

"everyone": whoever can do it and has not been asked in this round, at once. "contacts": who is close to those who wait
is asked once for help. Staff always come last: what `climb` leaves is theirs (see offering.strand).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.saying import what
from dispatch.telling import tell
from models.jobs import Job
from models.lifecycle import State, rest_until
from models.people import Contact, Volunteer
from models.places import RUNGS, Service
from models.requests import HelpRequest
from models.traffic import Call, Message

_ASKING = "contact_help"


def rungs_of(service: Service) -> list[str]:
    """The rungs before staff, in the order of the service."""
    return [rung for rung in service.ladder if rung in RUNGS]


def climb(
    session: Session, job: Job, few: Sequence[Volunteer], able: Callable[[], Sequence[Volunteer]], *, now: datetime
) -> tuple[Sequence[Volunteer], datetime | None]:
    """Who is asked next: those `few`, all who are `able`, or nobody; and until when others have been asked to help.

    The ladder begins when nobody is left for a wave, or, where it names everyone, after the small waves.
    """
    rungs = rungs_of(job.service)
    if few and ("everyone" not in rungs or job.wave < job.service.small_waves):
        return few, None
    for rung in rungs:
        if rung == "everyone" and (everyone := able()):
            return everyone, None
        if rung == "contacts" and _ask_contacts(session, job, now=now):
            return (), rest_until(job.service, State.OFFERED, now=now)
    return (), None


def _ask_contacts(session: Session, job: Job, *, now: datetime) -> bool:
    """Ask, once for each who waits, everybody close to her; True if anybody is told."""
    asked = [_ask_for(session, stop, contact, now=now) for stop, contact in _to_ask(session, job)]
    return any(row.due_at is not None for row in asked)


def _to_ask(session: Session, job: Job) -> list[tuple[HelpRequest, Contact]]:
    waiting = [stop for stop in job.open_stops if not _was_asked_for(session, stop)]
    return [
        (stop, contact)
        for stop in waiting
        for contact in stop.resident.contacts
        if contact.phone and contact.phone not in (stop.resident.phone, stop.resident.other_phone)
    ]


def _was_asked_for(session: Session, stop: HelpRequest) -> bool:
    kinds: tuple[Any, ...] = (Message, Call)
    about = (sa.select(kind.id).where(kind.request_id == stop.id, kind.cause == _ASKING).limit(1) for kind in kinds)
    return any(session.scalar(query) is not None for query in about)


def _ask_for(session: Session, stop: HelpRequest, contact: Contact, *, now: datetime) -> Message | Call:
    return tell(
        session, contact, _ASKING, now=now, about=stop, name=stop.resident.given_name, what=what(stop),
        when=blanks.span(stop.wanted_from, stop.wanted_until), phone=blanks.number(stop.community.number),
        expires_at=stop.wanted_until if stop.wanted_until > now else None,
    )  # fmt: skip
