"""Entering a call while on the phone: find her, press her usual, done."""

import secrets
from datetime import datetime, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from dispatch.asking import on_day, place_help, services_by_key, soon
from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import day_of
from dispatch.board.search import find_people
from dispatch.board.typed import line, lines
from dispatch.ordering import orderable_for_staff, place_meal, usual_meal
from models.menus import Dish, clashes, first_suitable
from models.people import Resident, residents_at
from models.places import Service
from models.requests import Source, open_requests_of
from models.traffic import Message

_FOUND = 12
_DAYS_SHOWN, _DAYS_AHEAD = 7, timedelta(days=60)
_HOURS = range(7, 21)  # when help may begin


def show(desk: Desk, **_: object) -> str:
    """The page: a name to look for, or, once she is found, what she may want."""
    resident_id = request.values.get("resident", type=int)
    text = _text(desk)
    if resident_id is None and text is not None and text.resident_id:
        resident_id = text.resident_id
    if resident_id is None:
        return desk.page("enter", found=_found(desk, text), wanted=_wanted(), text=text)
    return desk.page("enter_for", text=text, **_choices(desk, desk.find(Resident, resident_id)))


def people(desk: Desk) -> str:
    """The names that fit, while one types."""
    return desk.page("enter_found", found=_found(desk, _text(desk)), wanted=_wanted(), text=_text(desk))


def meal(desk: Desk) -> ResponseReturnValue:
    """Order a dish for her. The form carries a key of its own, so that a double click orders once."""
    resident = desk.find(Resident, request.form.get("resident", type=int))
    dish = desk.find(Dish, request.form.get("dish", type=int))
    placed = place_meal(
        desk.session, resident, dish.menu, dish, portions=max(1, min(9, request.form.get("portions", 1, type=int))),
        source=Source.STAFF, who=desk.who, now=desk.now, source_key=_source_key(desk),
    )  # fmt: skip
    return _entered(desk, resident, placed.code, dish.name)


def help_(desk: Desk) -> ResponseReturnValue:
    """Ask for help for her."""
    resident = desk.find(Resident, request.form.get("resident", type=int))
    service = desk.find(Service, request.form.get("service", type=int))
    start, end = _when(desk)
    placed = place_help(
        desk.session, resident, service, wanted_from=start, wanted_until=end, source=Source.STAFF, who=desk.who,
        now=desk.now, note=lines("note", most=500), source_key=_source_key(desk),
    )  # fmt: skip
    return _entered(desk, resident, placed.code, desk.words.named(service.names))


def _choices(desk: Desk, resident: Resident) -> dict[str, object]:
    """What can be ordered for her, with what she has already."""
    menus = orderable_for_staff(desk.session, desk.community, desk.now)
    household = residents_at(desk.session, desk.community, resident.phone, now=desk.now) if resident.phone else []
    return {
        "resident": resident, "menus": menus, "clashes": clashes,
        "usual": usual_meal(desk.session, resident, now=desk.now),
        "suits": {menu.id: first_suitable(menu.dishes, resident.diet) for menu in menus},
        "services": services_by_key(desk.session, desk.community), "has": open_requests_of(desk.session, resident),
        "days": [desk.wall.today + timedelta(days=n) for n in range(_DAYS_SHOWN)],
        "hours": _HOURS, "key": secrets.token_urlsafe(12), "absence": resident.absence_on(desk.wall.today),
        "household": [other for other in household if other.id != resident.id],
    }  # fmt: skip


def _when(desk: Desk) -> tuple[datetime, datetime]:
    chosen = request.form.get("day", "soon")
    if chosen == "soon":
        return soon(desk.community, desk.now)
    day = day_of(chosen)
    hour = request.form.get("hour", 9, type=int)
    if day is None or not desk.wall.today <= day <= desk.wall.today + _DAYS_AHEAD or hour not in _HOURS:
        raise Wrong([desk.words.t("wrong.when", days=_DAYS_AHEAD.days, first=_HOURS[0], last=_HOURS[-1])])
    return on_day(desk.community, day, hour, desk.now)


def _entered(desk: Desk, resident: Resident, code: int, what: str) -> ResponseReturnValue:
    text = _text(desk)
    if text is not None and text.seen_at is None:
        text.seen_at = desk.now
    desk.tell("entered", what=what, name=resident.name, code=code)
    return desk.go("enter", resident=resident.id) if request.form.get("stay") else desk.go("enter")


def _source_key(desk: Desk) -> str | None:
    key = line("key", most=40)
    return f"staff {desk.staff.id} {key}" if key else None


def _text(desk: Desk) -> Message | None:
    text_id = request.values.get("text", type=int)
    return desk.find(Message, text_id) if text_id else None


def _wanted() -> str:
    return line("q", most=80)


def _found(desk: Desk, text: Message | None) -> list[Resident]:
    if not _wanted():
        return residents_at(desk.session, desk.community, text.phone, now=desk.now) if text else []
    return list(find_people(desk.session, desk.community, Resident, _wanted(), most=_FOUND))
