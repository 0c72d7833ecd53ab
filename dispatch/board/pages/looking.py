"""Not at home: ring, ask the contacts, decide, and say where the meal went; each step one button that all can see."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from dispatch import looking
from dispatch.board.desk import Desk
from dispatch.board.login import safe_next
from dispatch.board.pages.naming import name_of
from models.people import Contact, Resident
from models.requests import HelpRequest, MealFate
from models.tasks import Alert

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Taken:
    """A step that somebody has taken."""

    at: datetime
    by: str
    came: str


def tried(desk: Desk, row_id: int) -> ResponseReturnValue:
    """She was rung, or somebody who may know."""
    alert = desk.find(Alert, row_id)
    person = _person(alert, request.form.get("whom", ""))
    came = _one_of(looking.Came, "came")
    looking.tried(desk.session, alert, person, came, staff=desk.staff, now=desk.now)
    desk.tell(f"step_{came}", name=person.name)
    return redirect(safe_next(request.form.get("next")), code=303)


def decide(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What is done about it."""
    alert, decision = desk.find(Alert, row_id), _one_of(looking.Decision, "decision")
    looking.decide(desk.session, alert, decision, staff=desk.staff, now=desk.now)
    desk.tell(f"decided_{decision}")
    return redirect(safe_next(request.form.get("next")), code=303)


def fate(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Where the meal went."""
    row, chosen = desk.find(HelpRequest, row_id), _one_of(MealFate, "fate")
    looking.note_fate(desk.session, row, chosen, staff=desk.staff, now=desk.now)
    desk.tell("fate", code=row.code)
    return redirect(safe_next(request.form.get("next")), code=303)


def steps(desk: Desk, alert: Alert) -> dict[str, list[Taken]]:
    """What has been done about it: "resident 3", "contact 5" and "decided" → the steps, the first first."""
    found: dict[str, list[Taken]] = defaultdict(list)
    for event in looking.steps_of(desk.session, alert):
        whom, _, came = event.why.rpartition(" ")
        found[whom if event.verb == "tried" else event.verb].append(Taken(event.at, name_of(desk, event.who), came))
    return found


def _person(alert: Alert, whom: str) -> Resident | Contact:
    resident = alert.request.resident if alert.request else abort(404)
    people: list[Resident | Contact] = [resident, *resident.contacts]
    known = {f"{'contact' if isinstance(one, Contact) else 'resident'} {one.id}": one for one in people}
    return known.get(whom) or abort(400)


def _one_of(words: type[Word], name: str) -> Word:
    try:
        return words(request.form.get(name, ""))
    except ValueError:
        abort(400)
