"""Two people speak and neither sees the other's number: who may be rung for whom, and what is noted of it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.history import note
from dispatch.saying import what
from dispatch.telling import community_of_person, may_leave_at, tell, why_not_tell
from models.events import Event
from models.jobs import Channel, Job
from models.lifecycle import State
from models.people import Resident, Volunteer, phone_of
from models.requests import HelpRequest
from models.traffic import Call

# Somebody who was not reached is not rung on and on.
MOST_TRIES, TRIES_WITHIN = 3, timedelta(hours=1)
# A helper who has asked to be connected picks up soon, or asks again.
_CALL_KEEPS = timedelta(minutes=10)
CAUSE = "join_ready"


def helper_of(stop: HelpRequest) -> Volunteer | None:
    """Who is on the way with it."""
    is_coming = stop.state is State.TAKEN and stop.job is not None and stop.job.state is State.TAKEN
    return stop.job.volunteer if is_coming and stop.job is not None else None


def why_not_ring(session: Session, person: Resident | Volunteer, stop: HelpRequest, *, who: str, now: datetime) -> str:
    """Why `who` cannot be connected with that person about it now, by a sentence's key: "" if nothing speaks against.

    Nobody is rung in quiet hours who has not just rung us, nor whoever is not here, or wants no calls of ours.
    """
    community = community_of_person(person)
    if why_not_tell(session, person, now=now) or _is_away(person, now=now):
        return "join_cannot"
    if may_leave_at(community, phone_of(session, community, person.phone or ""), may_wake=False, now=now) > now:
        return "join_asleep"
    return "join_often" if _tries(session, stop, who, now=now) >= MOST_TRIES else ""


def is_that_day(stop: HelpRequest, *, now: datetime) -> bool:
    """Is it to come today, or late already?"""
    return stop.community.local(stop.wanted_from).date() <= stop.community.local(now).date()


def call_helper(session: Session, stop: HelpRequest, helper: Volunteer, *, now: datetime) -> Call | None:
    """Promise the helper a call in which a key connects them; None: one is on its way, or there were many just now."""
    lately = sa.select(Call.made_at, Call.ended_at).where(
        Call.phone == helper.phone, Call.community_id == stop.community_id, Call.cause == CAUSE,
        Call.made_at > now - TRIES_WITHIN,
    )  # fmt: skip
    made = session.execute(lately).all()
    is_waiting = any(ended_at is None and made_at > now - _CALL_KEEPS for made_at, ended_at in made)
    if is_waiting or len(made) >= MOST_TRIES:
        return None
    row = tell(
        session, helper, CAUSE, now=now, about=stop, is_urgent=True, expires_at=now + _CALL_KEEPS, by=Channel.CALL,
        name=stop.resident.given_name, what=what(stop), code=_job(stop).code,
    )  # fmt: skip
    return row if isinstance(row, Call) else None


def note_ringing(session: Session, stop: HelpRequest, *, who: str, now: datetime) -> None:
    """The line rings the other one."""
    note(session, stop, "rings", who=who, now=now)


def note_joined(session: Session, stop: HelpRequest, *, who: str, now: datetime) -> None:
    """They speak."""
    note(session, stop, "spoke", who=who, now=now)


def note_in_vain(session: Session, stop: HelpRequest, *, who: str, now: datetime) -> None:
    """Nobody picked up."""
    note(session, stop, "rang_in_vain", who=who, now=now)


def _is_away(person: Resident | Volunteer, *, now: datetime) -> bool:
    today = community_of_person(person).local(now).date()
    return isinstance(person, Resident) and person.absence_on(today) is not None


def _tries(session: Session, stop: HelpRequest, who: str, *, now: datetime) -> int:
    tries = sa.select(sa.func.count()).where(
        Event.request_id == stop.id, Event.verb == "rings", Event.who == who, Event.at > now - TRIES_WITHIN
    )
    return int(session.scalar(tries) or 0)


def _job(stop: HelpRequest) -> Job:
    if stop.job is None:
        raise ValueError("nobody was sent")
    return stop.job
