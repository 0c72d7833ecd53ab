"""Entering a call while on the phone: find her, press her usual, done."""

import secrets
from datetime import datetime, timedelta
from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from dispatch.alarms import close_callback
from dispatch.asking import on_day, place_help, services_by_key, soon
from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import day_of
from dispatch.board.pages.cause import Cause, cause_of
from dispatch.board.pages.halfway import half_made, spoken
from dispatch.board.search import find_people
from dispatch.board.texts import mark_read
from dispatch.board.typed import line, lines
from dispatch.ordering import orderable_for_staff, place_meal, usual_meal
from models.menus import Dish, clashes, first_suitable
from models.people import Resident, residents_at
from models.places import Service
from models.requests import HelpRequest, Source, open_requests_of

_FOUND = 12
_DAYS_SHOWN, _DAYS_AHEAD = 7, timedelta(days=60)
_HOURS = range(7, 21)  # when help may begin


def show(desk: Desk, **_: object) -> str:
    """The page: a name to look for, or, once she is found, what she may want."""
    cause = cause_of(desk)
    resident_id = request.values.get("resident", type=int)
    found = [] if resident_id else _found(desk, cause)
    if resident_id is None and cause is not None and not _wanted():
        resident_id = cause.resident_id or (found[0].id if len(found) == 1 else None)
    about = _about(desk, cause)
    if resident_id is None:
        return desk.page("enter", found=found, wanted=_wanted(), **about)
    return desk.page("enter_for", **about, **_choices(desk, desk.find(Resident, resident_id)))


def people(desk: Desk) -> str:
    """The names that fit, while one types."""
    cause = cause_of(desk)
    return desk.page("enter_found", found=_found(desk, cause), wanted=_wanted(), marks=cause.marks if cause else {})


def meal(desk: Desk) -> ResponseReturnValue:
    """Order a dish for her. The form carries a key of its own, so that a double click orders once."""
    resident = desk.find(Resident, request.form.get("resident", type=int))
    dish = desk.find(Dish, request.form.get("dish", type=int))
    placed = place_meal(
        desk.session, resident, dish.menu, dish, portions=max(1, min(9, request.form.get("portions", 1, type=int))),
        source=Source.STAFF, who=desk.who, now=desk.now, source_key=_source_key(desk),
    )  # fmt: skip
    return _entered(desk, resident, placed, dish.name)


def help_(desk: Desk) -> ResponseReturnValue:
    """Ask for help for her."""
    resident = desk.find(Resident, request.form.get("resident", type=int))
    service = desk.find(Service, request.form.get("service", type=int))
    start, end = _when(desk)
    placed = place_help(
        desk.session, resident, service, wanted_from=start, wanted_until=end, source=Source.STAFF, who=desk.who,
        now=desk.now, note=lines("note", most=500), source_key=_source_key(desk),
    )  # fmt: skip
    return _entered(desk, resident, placed, desk.words.named(service.names))


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
        "hours": _HOURS, "soonest": soon(desk.community, desk.now),
        "key": secrets.token_urlsafe(12), "absence": resident.absence_on(desk.wall.today),
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


def _entered(desk: Desk, resident: Resident, placed: HelpRequest, what: str) -> ResponseReturnValue:
    """What was done is said; whoever came from a text or a callback stays with her, for she may want more."""
    cause = cause_of(desk)
    if cause is not None and "settle" in request.form:
        _settle(desk, cause)
    when = desk.wall.span(placed.wanted_from, placed.wanted_until)
    desk.tell("entered", what=what, name=resident.name, code=placed.code, when=when)
    is_staying = cause is not None or "stay" in request.form
    return desk.go("enter", resident=resident.id, entered=placed.id) if is_staying else desk.go("enter")


def _settle(desk: Desk, cause: Cause) -> None:
    for text in (cause.text, cause.callback.message if cause.callback else None):
        if text is not None and text.seen_at is None:
            text.seen_at, text.seen_by = desk.now, desk.who
            mark_read(desk.session, text, who=desk.who, now=desk.now)
    if cause.callback is not None:
        close_callback(desk.session, cause.callback, staff=desk.staff, now=desk.now, why="entered")


def _source_key(desk: Desk) -> str | None:
    key = line("key", most=40)
    return f"staff {desk.staff.id} {key}" if key else None


def _about(desk: Desk, cause: Cause | None) -> dict[str, object]:
    """What the page shows of the text or callback, and of what has just been entered."""
    done_id = request.args.get("entered", type=int)
    return {
        "cause": cause, "marks": cause.marks if cause else {}, "half_made": partial(half_made, desk),
        "spoken": partial(spoken, desk), "settles": request.method == "GET" or "settle" in request.form,
        "done": desk.find(HelpRequest, done_id) if done_id else None,
    }  # fmt: skip


def _wanted() -> str:
    return line("q", most=80)


def _found(desk: Desk, cause: Cause | None) -> list[Resident]:
    if _wanted():
        return list(find_people(desk.session, desk.community, Resident, _wanted(), most=_FOUND))
    return residents_at(desk.session, desk.community, cause.phone, now=desk.now) if cause and cause.phone else []
