"""Somebody was not at home: whom staff have tried to reach, what came of it, what was decided, where the meal went.

Each step is a line in the history of the request, so that the next colleague goes on where the last one stopped.
Nobody is rung by the machine here, and no emergency service ever.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import acknowledge, close_alert
from dispatch.history import note
from dispatch.reaching import why_not_tell
from dispatch.spares import send_again
from dispatch.telling import tell
from models.errors import Refusal
from models.events import Event
from models.people import Contact, Resident, Staff
from models.requests import HelpRequest, MealFate
from models.tasks import Alert, AlertKind

VERBS = ("tried", "decided", "fate")
# A button that was pressed twice is one step.
_SAME_STEP = timedelta(minutes=1)


class Came(StrEnum):
    """What came of trying to reach somebody."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    TEXTED = "texted"


class Decision(StrEnum):
    """What is to be done, once somebody has been asked or nobody could be."""

    SEND_AGAIN = "send_again"
    NOTHING_WRONG = "nothing_wrong"
    GET_HELP = "get_help"


def tried(
    session: Session, alert: Alert, person: Resident | Contact, came: Came, *, staff: Staff, now: datetime
) -> None:
    """Staff rang somebody, or have a contact asked by text. Whoever does this sees to the alert.

    Refuses "too_late" once it is closed, and what hinders a text.
    """
    request = _open_request(alert)
    kind = "contact" if isinstance(person, Contact) else "resident"
    is_new = _step(session, request, "tried", f"{kind} {person.id} {came}", staff=staff, now=now)
    if is_new and came is Came.TEXTED:
        _ask_by_text(session, request, person, now=now)
    acknowledge(session, alert, staff, now=now)


def _ask_by_text(session: Session, request: HelpRequest, person: Resident | Contact, *, now: datetime) -> None:
    if hindrance := why_not_tell(session, person, now=now):
        raise Refusal(hindrance)
    line = blanks.number(request.community.number)
    tell(session, person, "is_she_well", now=now, about=request, name=request.resident.given_name, phone=line)


def decide(session: Session, alert: Alert, decision: Decision, *, staff: Staff, now: datetime) -> None:
    """Somebody goes again, nothing is wrong, or a person gets help, who then still sees to the alert.

    Refuses "too_late" once the alert is closed, and as `spares.send_again` does.
    """
    request = _open_request(alert)
    _step(session, request, "decided", decision, staff=staff, now=now)
    if decision is Decision.SEND_AGAIN:
        send_again(session, request, who=_who(staff), now=now, is_still_looked_after=True)
        acknowledge(session, alert, staff, now=now)
    elif decision is Decision.NOTHING_WRONG:
        close_alert(session, alert, who=_who(staff), now=now, why=decision, was_false=True)
    else:
        acknowledge(session, alert, staff, now=now)


def note_fate(session: Session, request: HelpRequest, fate: MealFate, *, staff: Staff, now: datetime) -> None:
    """What became of the meal; the last word counts. Refuses "too_late" while it is still on its way."""
    if not request.is_meal or request.is_open:
        raise Refusal("too_late")
    if request.meal_fate is not fate:
        request.meal_fate = fate
        _step(session, request, "fate", fate, staff=staff, now=now)


def steps_of(session: Session, alert: Alert) -> list[Event]:
    """What has been done about it since it was raised, the first first."""
    taken = sa.select(Event).where(
        Event.request_id == alert.request_id, Event.verb.in_(VERBS), Event.at >= alert.raised_at
    )
    return list(session.scalars(taken.order_by(Event.at, Event.id)))


def _open_request(alert: Alert) -> HelpRequest:
    if alert.kind is not AlertKind.NOT_HOME or alert.closed_at is not None or alert.request is None:
        raise Refusal("too_late")
    return alert.request


def _step(session: Session, request: HelpRequest, verb: str, why: str, *, staff: Staff, now: datetime) -> bool:
    same = sa.select(Event.id).where(
        Event.request_id == request.id, Event.verb == verb, Event.why == why, Event.who == _who(staff),
        Event.at > now - _SAME_STEP,
    )  # fmt: skip
    is_new = session.scalars(same.limit(1)).first() is None
    if is_new:
        note(session, request, verb, who=_who(staff), now=now, why=why)
    return is_new


def _who(staff: Staff) -> str:
    return f"staff {staff.id}"
