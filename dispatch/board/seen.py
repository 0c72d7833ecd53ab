"""What each page shows of people, so that who looked at whom is known afterwards. Nobody is asked why.

A page with people on it that is not here has a reason in `NOT_NOTED`; a test compares both with the table of routes.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import request

from dispatch.board.desk import Desk
from dispatch.noticing import Sight
from models.looks import Saw
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.tasks import Callback
from models.traffic import Message

See = Callable[..., list[Sight]]


def sights_of(desk: Desk, door: str, ids: dict[str, Any]) -> list[Sight]:
    """What somebody sees behind that door."""
    see = NOTED.get(door)
    return see(desk, **ids) if see is not None else []


def _resident(what: Saw = Saw.PAGE) -> See:
    return lambda desk, row_id, **_: [Sight(what, resident_id=row_id)]


def _volunteer(desk: Desk, row_id: int, **_: object) -> list[Sight]:
    return [Sight(Saw.PAGE, volunteer_id=row_id)]


def _both_residents(desk: Desk, row_id: int, other_id: int, **_: object) -> list[Sight]:
    return [Sight(Saw.PAGE, resident_id=one) for one in (row_id, other_id)]


def _both_volunteers(desk: Desk, row_id: int, other_id: int, **_: object) -> list[Sight]:
    return [Sight(Saw.PAGE, volunteer_id=one) for one in (row_id, other_id)]


def _named(what: Saw, about: str = "") -> See:
    """A list of many."""
    return lambda desk, **_: [Sight(what, about)]


def _of_month(what: Saw) -> See:
    """A list of one month, which has been looked at before: it is one that there is."""
    return lambda desk, **_: [Sight(what, request.values.get("month", "") or f"{desk.wall.today:%Y-%m}")]


def _people(desk: Desk, **_: object) -> list[Sight]:
    return [Sight(Saw.PEOPLE, "volunteers" if request.values.get("kind") == "volunteers" else "residents")]


def _of_menu(what: Saw) -> See:
    return lambda desk, row_id, **_: [Sight(what, f"menu {row_id}")]


def _entering(desk: Desk, **_: object) -> list[Sight]:
    """The form to enter something for somebody, once it is known for whom."""
    resident_id = request.values.get("resident", type=int)
    row = desk.session.get(Resident, resident_id) if resident_id is not None and 0 < resident_id < 2**31 else None
    return [Sight(Saw.PAGE, resident_id=row.id)] if row is not None and row.community_id == desk.community.id else []


def _request(desk: Desk, row_id: int, **_: object) -> list[Sight]:
    row = desk.find(HelpRequest, row_id)
    return [Sight(Saw.REQUEST, f"request {row.id}", resident_id=row.resident_id)]


def _job(desk: Desk, row_id: int, **_: object) -> list[Sight]:
    return [Sight(Saw.JOB, f"job {row_id}")]


def _thread(desk: Desk, row_id: int, **_: object) -> list[Sight]:
    """Of whoever of the book has that number: a household is looked at together."""
    phone = desk.find(Message, row_id).phone
    people = desk.directory([phone]).everybody(phone)
    sights = [Sight(Saw.THREAD, resident_id=one.id) for one in people if isinstance(one, Resident)]
    sights += [Sight(Saw.THREAD, volunteer_id=one.id) for one in people if isinstance(one, Volunteer)]
    return sights or [Sight(Saw.THREAD, f"message {row_id}")]


def _recording(desk: Desk, row_id: int, **_: object) -> list[Sight]:
    """Whoever spoke; where nobody knows who, the recording."""
    about = f"recording {row_id}"
    asked = sa.select(HelpRequest.resident_id).where(HelpRequest.recording_id == row_id)
    resident_id = desk.session.scalar(asked.limit(1))
    if resident_id is not None:
        return [Sight(Saw.RECORDING, about, resident_id=resident_id)]
    left = desk.session.scalars(sa.select(Callback).where(Callback.recording_id == row_id).limit(1)).first()
    if left is None:
        return [Sight(Saw.RECORDING, about)]
    return [Sight(Saw.RECORDING, about, resident_id=left.resident_id, volunteer_id=left.volunteer_id)]


NOTED: dict[str, See] = {
    "people": _people, "resident": _resident(), "edit_resident": _resident(), "card": _resident(),
    "statement": _resident(Saw.STATEMENT), "volunteer": _volunteer, "edit_volunteer": _volunteer,
    "helper_card": _volunteer, "doubles": _people,
    "enter_people": _named(Saw.PEOPLE, "residents"), "compare_residents": _both_residents,
    "compare_volunteers": _both_volunteers, "enter": _entering, "new_resident": _entering,
    "request": _request, "job": _job, "thread": _thread, "recording": _recording,
    "calls": _named(Saw.CALLS), "texts": _named(Saw.TEXTS), "numbers": _named(Saw.PEOPLE, "numbers"),
    "counted_requests": _named(Saw.PEOPLE, "requests"), "counted_calls": _named(Saw.CALLS),
    "counted_texts": _named(Saw.TEXTS), "sheet": _named(Saw.SHEET), "charges": _of_month(Saw.CHARGES),
    "statements": _of_month(Saw.STATEMENTS), "count": _of_menu(Saw.COUNT), "labels": _of_menu(Saw.LABELS),
    "sheets": _of_menu(Saw.ROUNDS), "whither": _of_menu(Saw.ROUNDS),
}  # fmt: skip

_SHARED = "what is open now: the board that hangs before everybody"
_NOBODY = "nobody of the book is on it"
NOT_NOTED: dict[str, str] = {
    "home": _SHARED, "live": _SHARED, "lane": _SHARED, "alerts": _SHARED, "morning": _SHARED, "away": _SHARED,
    "charges_list": "taken out: an entry of the history, which is sealed",
    "looks": "says who looked, and is looked at by those who answer for it",
    "logins": "says who of the staff came in, and is looked at by those who answer for it",
} | dict.fromkeys(
    (
        "new_volunteer", "meals", "eaten", "week", "menu", "news", "recorded", "prompt_file", "settings",
        "settings_part", "changes", "keeping", "me", "set_up", "code_picture", "figures", "help", "help_picture",
        "guide",
    ),
    _NOBODY,
)  # fmt: skip
