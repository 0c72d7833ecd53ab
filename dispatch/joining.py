"""Two people speak and neither sees the other's number: who may be rung for whom, and what is noted of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.blanks import Blank
from dispatch.countries import why_not_called
from dispatch.history import note
from dispatch.reaching import Somebody, may_leave_at, why_closed, why_not_tell
from dispatch.saying import what
from dispatch.telling import Sentence, named, tell
from models.events import Event
from models.jobs import Channel, Job
from models.lifecycle import State
from models.numbers import known_phone
from models.people import Resident, Volunteer, contact_at
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Call

# Somebody who was not reached is not rung on and on.
MOST_TRIES, TRIES_WITHIN = 3, timedelta(hours=1)
# Whoever has asked to be connected picks up soon, or asks again.
CALL_KEEPS = timedelta(minutes=10)
# What a call begins with in which a key connects a helper, or staff (dispatch/office_calls.py).
CAUSE, OFFICE = "join_ready", "join_office"
CAUSES = frozenset({CAUSE, OFFICE})


@dataclass(frozen=True)
class Pair:
    """Who is to be connected with whom, about what; and whether that is still so."""

    community: Community
    who: str  # who rings, as the history names them
    mine: str | None  # the telephone from which they do
    other: Somebody | None  # who is rung; None: whoever is at that number
    number: str | None
    name: Blank  # of whoever is rung, as it is said
    whom: str  # the same, for the history
    whisper: Sentence = ("", {})  # what is heard there before the two are connected
    asks_key: bool = True  # a machine that picks up presses none
    thing: HelpRequest | Job | None = None
    is_asked_for: bool = False  # whoever is rung has asked for it
    is_true: bool = True

    @property
    def language(self) -> str:
        """In which they are spoken to."""
        return self.other.language if self.other is not None else self.community.language

    @property
    def pace(self) -> int:
        """How much more slowly they want to hear it."""
        return self.other.pace if isinstance(self.other, Resident) else 0


def to_resident(session: Session, call: Call, about: int, *, now: datetime) -> Pair | None:
    """A helper and whom she helps; from her own telephone alone."""
    stop = session.get(HelpRequest, about)
    if stop is None:
        return None
    resident, helper = stop.resident, helper_of(stop)
    is_hers = helper is not None and helper.id == call.volunteer_id and helper.phone == call.phone
    helped_by = helper.helper_name if helper else ""
    return Pair(
        stop.community, f"volunteer {call.volunteer_id}", call.phone, resident, resident.phone, resident.given_name,
        named(resident), ("join_whisper", {"name": resident.given_name, "helper": helped_by, "what": what(stop)}),
        asks_key=False, thing=stop, is_true=is_hers,
    )  # fmt: skip


def to_helper(session: Session, call: Call, about: int, *, now: datetime) -> Pair | None:
    """A resident, or who rings for her, and whoever is on the way to her."""
    stop = session.get(HelpRequest, about)
    if stop is None:
        return None
    resident, helper = stop.resident, helper_of(stop)
    is_her_own = call.phone in (resident.phone, resident.other_phone)
    caller = None if is_her_own else contact_at(session, stop.community, call.phone)
    code = stop.job.code if stop.job else ""
    return Pair(
        stop.community, named(caller or resident), call.phone, helper, helper.phone if helper else None,
        helper.helper_name if helper else "", named(helper) if helper else "",
        ("join_whisper_helper", {"name": resident.given_name, "code": code}), thing=stop,
        is_true=helper is not None and call.resident_id == resident.id,
    )  # fmt: skip


def helper_of(stop: HelpRequest) -> Volunteer | None:
    """Who is on the way with it."""
    is_coming = stop.state is State.TAKEN and stop.job is not None and stop.job.state is State.TAKEN
    return stop.job.volunteer if is_coming and stop.job is not None else None


def why_not_ring(session: Session, pair: Pair, *, now: datetime) -> str:
    """Why the two cannot be connected now, in a word: "" if nothing speaks against it."""
    if pair.number is not None and pair.number == pair.mine:
        return "same_number"  # from the telephone that would have to ring, nobody can be reached on it
    why = why_not_reach(session, pair, now=now)
    return why or ("often" if _tries(session, pair, now=now) >= MOST_TRIES else "")


def why_not_reach(session: Session, pair: Pair, *, now: datetime) -> str:
    """Why whoever is there is not to be rung, by anybody.

    Nobody is rung in quiet hours who has not just rung us, nor whoever is not here, or wants no calls of ours.
    """
    if why := _why_closed(session, pair, now=now):
        return why
    if _is_away(pair, now=now):
        return "absent"
    phone = known_phone(session, pair.community, pair.number or "")
    if may_leave_at(pair.community, phone, may_wake=False, now=now) > now:
        return "asleep"
    return ""


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
    is_waiting = any(ended_at is None and made_at > now - CALL_KEEPS for made_at, ended_at in made)
    if is_waiting or len(made) >= MOST_TRIES or stop.job is None:
        return None
    row = tell(
        session, helper, CAUSE, now=now, about=stop, is_urgent=True, expires_at=now + CALL_KEEPS, by=Channel.CALL,
        name=stop.resident.given_name, what=what(stop), code=stop.job.code,
    )  # fmt: skip
    return row if isinstance(row, Call) else None


def note_ringing(session: Session, pair: Pair, *, now: datetime) -> None:
    """The line rings the other one."""
    _note(session, pair, "rings", now=now)


def note_joined(session: Session, pair: Pair, *, now: datetime) -> None:
    """They speak."""
    _note(session, pair, "spoke", now=now)


def note_in_vain(session: Session, pair: Pair, *, now: datetime) -> None:
    """Nobody picked up."""
    _note(session, pair, "rang_in_vain", now=now)


def _note(session: Session, pair: Pair, verb: str, *, now: datetime) -> None:
    """In the history of what it is about, if it is about something."""
    if pair.thing is not None:
        note(session, pair.thing, verb, who=pair.who, now=now, why=pair.whom)
        return
    session.add(Event(community_id=pair.community.id, at=now, who=pair.who, verb=verb, why=pair.whom))


def _why_closed(session: Session, pair: Pair, *, now: datetime) -> str:
    if pair.number is None:
        return "no_phone"
    if pair.other is None:
        known = known_phone(session, pair.community, pair.number)
        return why_closed(known) or why_not_called(pair.community, pair.number)
    return why_not_tell(session, pair.other, now=now, at=pair.number)


def _is_away(pair: Pair, *, now: datetime) -> bool:
    today = pair.community.local(now).date()
    return isinstance(pair.other, Resident) and not pair.is_asked_for and pair.other.absence_on(today) is not None


def _tries(session: Session, pair: Pair, *, now: datetime) -> int:
    tries = sa.select(sa.func.count()).where(
        Event.community_id == pair.community.id, Event.at > now - TRIES_WITHIN, Event.verb == "rings",
        Event.who == pair.who, Event.why == pair.whom,
    )  # fmt: skip
    return int(session.scalar(tries) or 0)
