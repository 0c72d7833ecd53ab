"""Two legs of one call: whose telephone rings, what is heard there before the two are put together, and that they are.

Both see our own number. The one who rings hears a name and nothing else.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import joining
from dispatch.saying import what
from dispatch.telling import Sentence
from models.jobs import Job
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Outcome
from voice.prompts import Setting, render_one
from voice.talk import Talk

# Where a call rests while the other one is rung.
RINGING, RINGING_HELPER = "ringing", "ringing_helper"


@dataclass(frozen=True)
class Whisper:
    """What is heard before the two are connected; a helper's telephone may be a machine, so she presses a key."""

    words: str
    language: str
    asks_key: bool
    pace: int = 0


def number_to_ring(session: Session, talk: Talk) -> tuple[str, ...]:
    """Whose telephone is to ring for a call that rests here."""
    other = _other(_stop(session, talk), talk)
    return (other.phone,) if other is not None and other.phone else ()


def whisper(session: Session, call: Call, *, now: datetime) -> Whisper | None:
    """What the one who is rung hears; None when it is not true any more, and nobody is to be connected."""
    talk = Talk.from_json(call.talk or {})
    about = _about(session, call, talk)
    if about is None:
        return None
    stop, other = about
    prompt, said = _sentence(stop, other)
    setting = Setting(other.language, call.community.zone_info, now, "voice", call.community.name)
    pace = other.pace if isinstance(other, Resident) else 0
    return Whisper(render_one(prompt, said, setting), other.language, isinstance(other, Volunteer), pace)


def are_joined(session: Session, call: Call, *, now: datetime) -> bool:
    """The other one has heard who rings: from now on they speak. Told twice, it is noted once. False: not any more."""
    talk = Talk.from_json(call.talk or {})
    about = _about(session, call, talk)
    if about is None:
        return False
    if talk.picks.get("joined") != call.turn:
        call.talk = replace(talk, picks={**talk.picks, "joined": call.turn}).having(Outcome.CONNECTED).to_json()
        joining.note_joined(session, about[0], who=_who(call, talk), now=now)
    return True


def _stop(session: Session, talk: Talk) -> HelpRequest | None:
    if talk.place not in (RINGING, RINGING_HELPER) or not talk.picks.get("rings"):
        return None
    return session.get(HelpRequest, int(talk.picks["rings"]))


def _other(stop: HelpRequest | None, talk: Talk) -> Resident | Volunteer | None:
    if stop is None:
        return None
    return stop.resident if talk.place == RINGING else joining.helper_of(stop)


def _about(session: Session, call: Call, talk: Talk) -> tuple[HelpRequest, Resident | Volunteer] | None:
    """About what they speak, and who is rung; None if it is not true any more.

    The job may have been taken away while it rang; and a helper is connected from her own telephone alone.
    """
    stop = _stop(session, talk)
    other, helper = _other(stop, talk), joining.helper_of(stop) if stop is not None else None
    if stop is None or other is None or helper is None:
        return None
    return (stop, other) if talk.place == RINGING_HELPER or helper.phone == call.phone else None


def _sentence(stop: HelpRequest, other: Resident | Volunteer) -> Sentence:
    job: Job | None = stop.job
    if isinstance(other, Volunteer):
        return ("join_whisper_helper", {"name": stop.resident.given_name, "code": job.code if job else ""})
    helper = joining.helper_of(stop)
    helped_by = helper.helper_name if helper else ""
    return ("join_whisper", {"name": other.given_name, "helper": helped_by, "what": what(stop)})


def _who(call: Call, talk: Talk) -> str:
    return f"volunteer {call.volunteer_id}" if talk.place == RINGING else f"resident {call.resident_id}"
