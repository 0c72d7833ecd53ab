"""Connecting a helper with whom she helps, and the other way: looked at once more when the key is pressed."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from dispatch import joining
from dispatch.history import hold
from models.errors import Refusal
from models.jobs import Job
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Outcome
from voice.doing import Doing, Done


def _call_me(session: Session, doing: Doing, *, request_id: int) -> Done:
    """The line rings the helper at the number on file."""
    stop, helper = _my_stop(session, doing, request_id)
    name = stop.resident.given_name
    _refuse(joining.why_not_ring(session, stop.resident, stop, who=doing.volunteer_who, now=doing.now), name)
    if joining.call_helper(session, stop, helper, now=doing.now) is None:
        raise Refusal("join_often", name=name)
    return Done((("join_coming", {"name": name}),), Outcome.ANSWERED)


def _join_stop(session: Session, doing: Doing, *, request_id: int) -> Done:
    stop, helper = _my_stop(session, doing, request_id)
    return _ring(session, doing, stop, stop.resident, who=doing.volunteer_who, mine=helper.phone)


def _join_helper(session: Session, doing: Doing, *, request_id: int) -> Done:
    stop = _held(session, request_id)
    helper = joining.helper_of(stop) if stop is not None else None
    if stop is None or helper is None or doing.resident is None or stop.resident_id != doing.resident.id:
        raise Refusal("too_late")
    return _ring(session, doing, stop, helper, who=doing.who, mine=stop.resident.phone)


def _in_vain(session: Session, doing: Doing, *, request_id: int, is_helper: bool) -> Done:
    stop = session.get_one(HelpRequest, request_id)
    who = doing.who if is_helper else doing.volunteer_who
    joining.note_in_vain(session, stop, who=who, now=doing.now)
    helper = joining.helper_of(stop)
    name = (helper.helper_name if helper else "") if is_helper else stop.resident.given_name
    return Done((("join_no_answer", {"name": name}),), Outcome.HEARD)


def _ring(
    session: Session, doing: Doing, stop: HelpRequest, other: Resident | Volunteer, *, who: str, mine: str | None
) -> Done:
    name = other.given_name if isinstance(other, Resident) else other.helper_name
    why = joining.why_not_ring(session, other, stop, who=who, now=doing.now)
    # From the telephone that would have to ring, nobody can be reached on it.
    _refuse(why or ("join_cannot" if other.phone in (mine, doing.caller) else ""), name)
    joining.note_ringing(session, stop, who=who, now=doing.now)
    return Done(picks={"rings": stop.id, "rings_name": name}, outcome=Outcome.ANSWERED)


def _refuse(why: str, name: str) -> None:
    if why:
        raise Refusal(why, name=name)


def _my_stop(session: Session, doing: Doing, request_id: int) -> tuple[HelpRequest, Volunteer]:
    stop = _held(session, request_id)
    helper = joining.helper_of(stop) if stop is not None else None
    if stop is None or helper is None or doing.volunteer is None or helper.id != doing.volunteer.id:
        raise Refusal("offer_over")
    return stop, helper


def _held(session: Session, request_id: int) -> HelpRequest | None:
    stop = session.get(HelpRequest, request_id)
    if stop is not None and stop.job_id is not None:
        hold(session, session.get_one(Job, stop.job_id))  # staff may be giving it to somebody else at this moment
    return stop


DEEDS: dict[str, Callable[..., Done]] = {
    "call_me": _call_me,
    "join_stop": _join_stop,
    "join_helper": _join_helper,
    "rang_in_vain": _in_vain,
}
