"""What can be asked for and eaten, as data: keys, names, limits and patience of services, times and names of meals."""

import re
from datetime import time
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.board.settling import Fields, Part, add, change, named_in, ticked, wall_clock
from dispatch.lists.words import languages
from models.lifecycle import State
from models.menus import Menu
from models.people import volunteer_services
from models.places import LAST_RUNG, MOST_CUTOFF_DAYS, RUNGS, WEEKDAYS, Meal, Service
from models.requests import HelpRequest

# The numbers of a service that staff may change: name → least, most.
PATIENCE = {
    "offer_minutes": (0.05, 240),
    "wave_size": (1, 50),
    "nudge_minutes": (0.05, 1440),
    "acknowledge_minutes": (0.05, 240),
    "small_waves": (0, 50),
}
KEYS = tuple("1234568")  # 7 is "I am not well" there; 0 is a person and 9 hears it again, in every menu
MOST_STOPS, MOST_HELPERS = 60, 4
_AFTER_THE_KEYS = 9
# What else is asked of whoever is to be asked, and how wide.
NEEDS = ("needs_vetting", "needs_language", "is_urgent")
WHOLE = frozenset({"wave_size", "small_waves"})


def save_service(desk: Desk, row_id: int) -> ResponseReturnValue:
    """One service: what it is called, its key, what may be spent, how patient the queue is."""
    return change(desk, SERVICES, desk.find(Service, row_id))


def add_service(desk: Desk) -> ResponseReturnValue:
    """Something more that can be asked for; those who do the one that is named are asked for it from now on."""
    service = Service(community_id=desk.community.id, names={}, stops_max=1)
    alike = next((one for one in desk.community.services if str(one.id) == request.form.get("like")), None)
    answer = add(desk, SERVICES, service)
    if alike is not None:
        who = sa.select(volunteer_services.c.volunteer_id, sa.literal(service.id))
        who = who.where(volunteer_services.c.service_id == alike.id)
        desk.session.execute(sa.insert(volunteer_services).from_select(["volunteer_id", "service_id"], who))
    return answer


def save_meal(desk: Desk, row_id: int) -> ResponseReturnValue:
    """One meal: what it is called, until when it is ordered, when it comes. Orders that wait move with it."""
    return change(desk, MEALS, desk.find(Meal, row_id))


def _write_service(form: Form, service: Service) -> None:
    names = {**_in_other_languages(service.names), **form.names(languages(), most=40)}
    numbers = {
        name: form.whole(name, int(least), int(most)) if name in WHOLE else form.number(name, least, most)
        for name, (least, most) in PATIENCE.items()
    }
    own = _of_meals(form) if _carries_meals(service) else _of_help(form, service, names)
    form.check()
    service.code = service.code or _code_for(form.desk, names)
    service.names = names
    needs = {name: form.has(name) for name in NEEDS}
    service.ladder = [*form.some_of("ladder", {rung: rung for rung in RUNGS}), LAST_RUNG]
    for name, value in {**numbers, **needs, **own}.items():
        setattr(service, name, value)


def _write_meal(form: Form, meal: Meal) -> None:
    desk, names = form.desk, {**_in_other_languages(meal.names), **form.names(languages(), most=40)}
    times = _times(desk, form)
    days = form.some_of("days", {day: day for day in WEEKDAYS})
    if not form.mistakes and (ordered := _ordered_on_others(desk, meal, days)):
        form.mistakes.append(desk.words.n("wrong.ordered_on_day", ordered))
    form.check()
    meal.names, meal.days = names, [] if len(days) == len(WEEKDAYS) else days
    for name, value in times.items():
        setattr(meal, name, value)
    _move_what_waits(desk, meal)


def _shows_service(service: Service) -> Fields:
    fields = named_in("name", service.names) | {name: f"{getattr(service, name):g}" for name in PATIENCE}
    fields |= {name: ticked(getattr(service, name)) for name in NEEDS}
    fields["ladder"] = [rung for rung in service.ladder if rung != LAST_RUNG]
    if _carries_meals(service):
        return fields | {"stops_max": str(service.stops_max)}
    limit = service.spending_limit_cents
    return fields | {
        "key": service.key or "",
        "spending_limit": "" if limit is None else f"{limit / 100:.2f}",
        "helpers": str(service.helpers),
        "is_active": ticked(service.is_active),
    }


def _shows_meal(meal: Meal) -> Fields:
    times = ("cutoff", "serve_from", "serve_until", "changes_until")
    days = {"days": list(meal.days or WEEKDAYS), "cutoff_days": str(meal.cutoff_days)}
    return named_in("name", meal.names) | {name: wall_clock(getattr(meal, name)) for name in times} | days


def _times(desk: Desk, form: Form) -> dict[str, Any]:
    """Until when it is ordered and changed, and when it comes: one after the other."""
    cutoff, serve_from, serve_until = form.time("cutoff"), form.time("serve_from"), form.time("serve_until")
    days = form.maybe("cutoff_days", lambda: form.whole("cutoff_days", 0, MOST_CUTOFF_DAYS)) or 0
    changes_until = form.maybe("changes_until", lambda: form.time("changes_until"))
    first = time() if days else cutoff
    wrongs = (
        (serve_until <= serve_from, desk.words.t("wrong.served_backwards")),
        (not days and serve_from <= cutoff, desk.words.t("wrong.cutoff_after")),
        (
            changes_until is not None and not first <= changes_until <= serve_until,
            desk.words.t("wrong.changes_until"),
        ),
    )
    if not form.mistakes:
        form.mistakes += [mistake for is_wrong, mistake in wrongs if is_wrong][:1]
    return {
        "cutoff": cutoff, "cutoff_days": days, "serve_from": serve_from, "serve_until": serve_until,
        "changes_until": changes_until,
    }  # fmt: skip


def _ordered_on_others(desk: Desk, meal: Meal, days: list[str]) -> int:
    """How many orders wait for a weekday that is none of these; for such a day a closing day is entered first."""
    waiting = sa.select(Menu.date).join(HelpRequest, HelpRequest.menu_id == Menu.id)
    dates = desk.session.scalars(waiting.where(Menu.meal_id == meal.id, HelpRequest.state == State.POOLED))
    return sum(bool(days) and WEEKDAYS[day.weekday()] not in days for day in dates)


def _carries_meals(service: Service) -> bool:
    return service.code == "meal"


def _of_meals(form: Form) -> dict[str, object]:
    """Meals have a menu of their own: they are never on a key of the help menu, and always there."""
    return {"stops_max": form.whole("stops_max", 1, MOST_STOPS), "key": None, "is_active": True}


def _of_help(form: Form, service: Service, names: dict[str, str]) -> dict[str, object]:
    key, is_active = form.one_of("key", {"": "", **{key: key for key in KEYS}}), form.has("is_active")
    _look_at_the_menu(form, service, key if is_active else "", names)
    return {
        "key": key or None,
        # Callers hear the services in this order: that of the keys.
        "position": int(key) if key else _AFTER_THE_KEYS,
        "spending_limit_cents": form.money("spending_limit"),
        "helpers": form.whole("helpers", 1, MOST_HELPERS),
        "is_active": is_active,
    }


def _look_at_the_menu(form: Form, service: Service, key: str | None, names: dict[str, str]) -> None:
    """Whoever presses 2 hears something, each thing once, and each key does one thing."""
    desk = form.desk
    others = [one for one in desk.community.services if one is not service and not _carries_meals(one)]
    asked_for = {one.key: one for one in others if one.is_active and one.key}
    if key in asked_for:
        form.mistakes.append(desk.words.t("wrong.key_taken", key=key, name=desk.words.named(asked_for[key].names)))
    if key == "" and not asked_for:
        form.mistakes.append(desk.words.t("wrong.last_service"))
    if service.code is None and key == "":
        form.mistakes.append(desk.words.t("wrong.needed", field=desk.words.t("field.key")))
    called = [one.names for one in others] + [meal.names for meal in desk.community.meals]
    taken = {(tag, name.casefold()) for names_ in called for tag, name in names_.items()}
    for name in sorted({name for tag, name in names.items() if (tag, name.casefold()) in taken}):
        form.mistakes.append(desk.words.t("wrong.service_name_taken", name=name))


def _code_for(desk: Desk, names: dict[str, str]) -> str:
    """What lists call it: its English name in plain letters, or a number; never one that another has."""
    taken = {one.code for one in desk.community.services}
    plain = re.sub(r"[^a-z0-9]+", "_", names.get("en", "").casefold()).strip("_")[:20] or "service"
    return next(code for n in count(1) if (code := plain if n == 1 else f"{plain}_{n}") not in taken)


def _switch_off(desk: Desk, service: Service) -> None:
    """What was added is not offered any more; what was asked for goes on."""
    if not any(one.is_active and one.key and one is not service for one in desk.community.services):
        raise Wrong([desk.words.t("wrong.last_service")])
    service.is_active = False


def _in_other_languages(names: dict[str, str]) -> dict[str, str]:
    """Names in languages that nobody is asked for, such as an import may bring, are kept as they are."""
    return {tag: name for tag, name in names.items() if tag not in languages()}


def _move_what_waits(desk: Desk, meal: Meal) -> None:
    """Orders that wait carry the times of their menu: nobody is told one time and served at another."""
    desk.session.flush()
    rows = desk.session.scalars(
        sa.select(HelpRequest)
        .join(Menu)
        .where(Menu.meal_id == meal.id, Menu.closed_at.is_(None), HelpRequest.state == State.POOLED)
    )
    for order in rows:
        if order.menu is not None:
            order.wanted_from, order.wanted_until = order.menu.serve_from_at, order.menu.serve_until_at
            order.due_at = max(desk.now, order.menu.cutoff_at)


SERVICES = Part("services", Service, _shows_service, _write_service, "services", goes=_switch_off)
MEALS = Part("meals", Meal, _shows_meal, _write_meal, "meals")
