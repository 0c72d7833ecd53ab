"""Two legs of one call: whose telephone rings, what is heard there before the two are put together, and that they are.

Both see our own number. The one who rings hears a name and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from dispatch import joining, office_calls
from dispatch.countries import why_not_called
from dispatch.joining import Pair
from models.traffic import Call, Outcome
from voice.prompts import Setting, render_one
from voice.talk import Talk

# Where a call rests while the other one is rung.
RINGING, RINGING_HELPER, RINGING_OUT = "ringing", "ringing_helper", "ringing_out"


class _PairOf(Protocol):
    def __call__(self, session: Session, call: Call, about: int, *, now: datetime) -> Pair | None: ...


@dataclass(frozen=True)
class Way:
    """One way in which two come together. Adding one is adding a line."""

    pair: _PairOf  # who with whom, looked up anew at every step; None: there is no such thing
    after: str  # where the talk goes on when they have spoken
    missed: str  # and when nobody picked up
    over: str  # what is said when it is not true any more


WAYS: dict[str, Way] = {
    RINGING: Way(joining.to_resident, "volunteer", "join_missed", "offer_over"),
    RINGING_HELPER: Way(joining.to_helper, "more", "more", "too_late"),
    RINGING_OUT: Way(office_calls.from_office, "goodbye", "join_missed_out", "offer_over"),
}
# A call of ours in which a key connects, by what it is for: the way, and about what.
_ASKED_FOR: dict[str, Callable[[Call], tuple[str, int | None]]] = {
    joining.CAUSE: lambda call: (RINGING, call.request_id),
    joining.OFFICE: lambda call: (RINGING_OUT, call.id),
}


@dataclass(frozen=True)
class Whisper:
    """What is heard before the two are connected; a helper's telephone may be a machine, so she presses a key."""

    words: str
    language: str
    asks_key: bool
    pace: int = 0


def asked_for(call: Call) -> tuple[str, int] | None:
    """The way in which a key connects in that call of ours, and about what; None in every other call."""
    way, about = _ASKED_FOR[call.cause](call) if call.cause in _ASKED_FOR else ("", None)
    return (way, about) if about is not None else None


def number_to_ring(session: Session, call: Call, talk: Talk, *, now: datetime) -> tuple[str, ...]:
    """Whose telephone is to ring for a call that rests here."""
    pair = _pair(session, call, talk, now=now)
    if pair is None or not pair.number or why_not_called(pair.community, pair.number):
        return ()
    return (pair.number,)


def whisper(session: Session, call: Call, *, now: datetime) -> Whisper | None:
    """What the one who is rung hears; None when it is not true any more, and nobody is to be connected."""
    pair = _pair(session, call, Talk.from_json(call.talk or {}), now=now)
    if pair is None:
        return None
    setting = Setting(pair.language, call.community.zone_info, now, "voice", call.community.name)
    return Whisper(render_one(*pair.whisper, setting), pair.language, pair.asks_key, pair.pace)


def are_joined(session: Session, call: Call, *, now: datetime) -> bool:
    """The other one has heard who rings: from now on they speak. Told twice, it is noted once. False: not any more."""
    talk = Talk.from_json(call.talk or {})
    pair = _pair(session, call, talk, now=now)
    if pair is None:
        return False
    if talk.picks.get("joined") != call.turn:
        picks = {**talk.picks, "joined": call.turn, "joined_at": now.isoformat()}
        call.talk = replace(talk, picks=picks).having(Outcome.CONNECTED).to_json()
        joining.note_joined(session, pair, now=now)
    return True


def _pair(session: Session, call: Call, talk: Talk, *, now: datetime) -> Pair | None:
    """Who is to be connected where the talk rests; None if it is not true any more.

    The job may have been taken away while it rang; and a helper is connected from her own telephone alone.
    """
    if talk.place not in WAYS or not talk.picks.get("rings"):
        return None
    pair = WAYS[talk.place].pair(session, call, int(talk.picks["rings"]), now=now)
    return pair if pair is not None and pair.is_true else None
