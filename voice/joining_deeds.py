"""Connecting two people: looked at once more when the key is pressed."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from dispatch import joining
from dispatch.history import hold
from dispatch.joining import Pair
from dispatch.telling import named
from models.errors import Refusal
from models.jobs import Job
from models.people import Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Outcome
from voice.doing import Doing, Done
from voice.joining import WAYS

# What is said on the line when somebody cannot be rung, by the reason; of every other no more is said than that.
_SAID = {"asleep": "join_asleep", "often": "join_often"}


def _call_me(session: Session, doing: Doing, *, request_id: int) -> Done:
    """The line rings the helper at the number on file."""
    stop, helper = _my_stop(session, doing, request_id)
    her, name = stop.resident, stop.resident.given_name
    pair = Pair(doing.community, doing.volunteer_who, None, her, her.phone, name, named(her))
    _refuse(joining.why_not_ring(session, pair, now=doing.now), pair)
    if joining.call_helper(session, stop, helper, now=doing.now) is None:
        raise Refusal("join_often", name=name)
    return Done((("join_coming", {"name": name}),), Outcome.ANSWERED)


def _join(session: Session, doing: Doing, *, way: str, about: int) -> Done:
    call = _call(doing)
    pair = WAYS[way].pair(session, call, about, now=doing.now)
    if pair is not None:
        _hold(session, pair)  # staff may be giving it to somebody else at this moment
        pair = WAYS[way].pair(session, call, about, now=doing.now)
    if pair is None or not pair.is_true:
        raise Refusal(WAYS[way].over)
    _refuse(joining.why_not_ring(session, pair, now=doing.now), pair)
    joining.note_ringing(session, pair, now=doing.now)
    return Done(picks={"rings": about, "rings_name": pair.name}, outcome=Outcome.ANSWERED)


def _in_vain(session: Session, doing: Doing, *, way: str, about: int) -> Done:
    pair = WAYS[way].pair(session, _call(doing), about, now=doing.now)
    if pair is None:
        raise Refusal(WAYS[way].over)
    joining.note_in_vain(session, pair, now=doing.now)
    return Done((("join_no_answer", {"name": pair.name}),), Outcome.HEARD)


def _refuse(why: str, pair: Pair) -> None:
    if why:
        raise Refusal(_SAID.get(why, "join_cannot"), name=pair.name)


def _call(doing: Doing) -> Call:
    if doing.call is None:
        raise ValueError("only who is on the telephone is put through")
    return doing.call


def _hold(session: Session, pair: Pair) -> None:
    job = pair.thing.job if isinstance(pair.thing, HelpRequest) else pair.thing
    if job is not None:
        hold(session, job)


def _my_stop(session: Session, doing: Doing, request_id: int) -> tuple[HelpRequest, Volunteer]:
    stop = session.get(HelpRequest, request_id)
    if stop is not None and stop.job_id is not None:
        hold(session, session.get_one(Job, stop.job_id))
    helper = joining.helper_of(stop) if stop is not None else None
    if stop is None or helper is None or doing.volunteer is None or helper.id != doing.volunteer.id:
        raise Refusal("offer_over")
    return stop, helper


DEEDS: dict[str, Callable[..., Done]] = {
    "call_me": _call_me,
    "join": _join,
    "rang_in_vain": _in_vain,
}
