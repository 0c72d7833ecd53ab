"""Entering a call while on the phone: find her, press her usual, done."""

import secrets
from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from dispatch.asking import place_help, services_by_key
from dispatch.board.desk import Desk, Undo
from dispatch.board.pages import when
from dispatch.board.pages.cause import Cause, cause_of, settle_cause, source_key
from dispatch.board.pages.halfway import half_made, spoken
from dispatch.board.pages.typed_in import about_line, read, wanted_line
from dispatch.board.typed import lines
from dispatch.oneline import Said, Wanted
from dispatch.ordering import orderable_for_staff, place_meal, usual_meal
from dispatch.taking_down import plan_for
from models.menus import Dish, clashes, first_suitable
from models.people import Resident, residents_at
from models.places import Service
from models.requests import HelpRequest, Source, open_requests_of


def show(desk: Desk, **_: object) -> str:
    """The page: a name to look for, or, once she is found, what she may want."""
    cause = cause_of(desk)
    resident_id = request.values.get("resident", type=int)
    if resident_id is None and cause is not None and not wanted_line():
        at_home = residents_at(desk.session, desk.community, cause.phone, now=desk.now) if cause.phone else []
        resident_id = cause.resident_id or (at_home[0].id if len(at_home) == 1 else None)
        if resident_id is None:
            plans = [plan_for(desk.session, one, Said(Wanted.PERSON), now=desk.now) for one in at_home]
            return desk.page("enter", **about_line(desk, plans))
    if resident_id is None:
        return desk.page("enter", **about_line(desk, read(desk)))
    return desk.page("enter_for", **_about(desk, cause), **_choices(desk, desk.find(Resident, resident_id)))


def meal(desk: Desk) -> ResponseReturnValue:
    """Order a dish for her. The form carries a key of its own, so that a double click orders once."""
    resident = desk.find(Resident, request.form.get("resident", type=int))
    dish = desk.find(Dish, request.form.get("dish", type=int))
    placed = place_meal(
        desk.session, resident, dish.menu, dish, portions=max(1, min(9, request.form.get("portions", 1, type=int))),
        source=Source.STAFF, who=desk.who, now=desk.now, source_key=source_key(desk),
    )  # fmt: skip
    return _entered(desk, resident, placed, dish.name)


def help_(desk: Desk) -> ResponseReturnValue:
    """Ask for help for her."""
    resident = desk.find(Resident, request.form.get("resident", type=int))
    service = desk.find(Service, request.form.get("service", type=int))
    start, end = when.chosen(desk)
    placed = place_help(
        desk.session, resident, service, wanted_from=start, wanted_until=end, source=Source.STAFF, who=desk.who,
        now=desk.now, note=lines("note", most=500), source_key=source_key(desk),
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
        "key": secrets.token_urlsafe(12), "absence": resident.absence_on(desk.wall.today),
        "household": [other for other in household if other.id != resident.id], **when.choices(desk),
    }  # fmt: skip


def _entered(desk: Desk, resident: Resident, placed: HelpRequest, what: str) -> ResponseReturnValue:
    """What was done is said; whoever came from a text or a callback stays with her, for she may want more."""
    cause = cause_of(desk)
    if cause is not None and "settle" in request.form:
        settle_cause(desk, cause)
    at = desk.wall.span(placed.wanted_from, placed.wanted_until)
    undo = Undo("take_back", {"row_id": placed.id})
    desk.tell("entered", what=what, name=resident.name, code=placed.code, when=at, undo=undo)
    is_staying = cause is not None or "stay" in request.form
    return desk.go("enter", resident=resident.id, entered=placed.id) if is_staying else desk.go("enter")


def _about(desk: Desk, cause: Cause | None) -> dict[str, object]:
    """What the page shows of the text or callback, and of what has just been entered."""
    done_id = request.args.get("entered", type=int)
    return {
        "cause": cause, "marks": cause.marks if cause else {}, "half_made": partial(half_made, desk),
        "spoken": partial(spoken, desk), "settles": request.method == "GET" or "settle" in request.form,
        "done": desk.find(HelpRequest, done_id) if done_id else None,
    }  # fmt: skip
