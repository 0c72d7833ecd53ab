"""What can be asked for and eaten, as data: keys, names, limits and patience of services, times and names of meals."""

from datetime import time
from typing import Any

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.lists.words import languages
from models.changes import touch
from models.lifecycle import State
from models.menus import Menu
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
KEYS = tuple("12345678")  # 0 is a person and 9 hears it again, in every menu
MOST_STOPS, MOST_HELPERS = 60, 4
# What else is asked of whoever is to be asked, and how wide.
NEEDS = ("needs_vetting", "needs_language", "is_urgent")
WHOLE = frozenset({"wave_size", "small_waves"})


def save_service(desk: Desk, row_id: int) -> ResponseReturnValue:
    """One service: what it is called, its key, what may be spent, how patient the queue is."""
    service, form = desk.find(Service, row_id), Form(desk)
    names = {**_in_other_languages(service.names), **form.names(languages(), most=40)}
    numbers = {
        name: form.whole(name, int(least), int(most)) if name in WHOLE else form.number(name, least, most)
        for name, (least, most) in PATIENCE.items()
    }
    own = _of_meals(form) if _carries_meals(service) else _of_help(desk, form, service)
    form.check()
    service.names = names
    needs = {name: name in request.form for name in NEEDS}
    service.ladder = [*form.some_of("ladder", {rung: rung for rung in RUNGS}), LAST_RUNG]
    for name, value in {**numbers, **needs, **own}.items():
        setattr(service, name, value)
    return _saved(desk)


def save_meal(desk: Desk, row_id: int) -> ResponseReturnValue:
    """One meal: what it is called, until when it is ordered, when it comes. Orders that wait move with it."""
    meal, form = desk.find(Meal, row_id), Form(desk)
    names = {**_in_other_languages(meal.names), **form.names(languages(), most=40)}
    times = _times(desk, form)
    days = form.some_of("days", {day: day for day in WEEKDAYS})
    if not form.mistakes and (count := _ordered_on_others(desk, meal, days)):
        form.mistakes.append(desk.words.n("wrong.ordered_on_day", count))
    form.check()
    meal.names, meal.days = names, [] if len(days) == len(WEEKDAYS) else days
    for name, value in times.items():
        setattr(meal, name, value)
    _move_what_waits(desk, meal)
    return _saved(desk)


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


def _of_help(desk: Desk, form: Form, service: Service) -> dict[str, object]:
    key = form.one_of("key", {"": "", **{key: key for key in KEYS}})
    other = next((one for one in desk.community.services if key and one.key == key and one is not service), None)
    if other is not None:
        form.mistakes.append(desk.words.t("wrong.key_taken", key=key, name=desk.words.named(other.names)))
    return {
        "key": key or None,
        # Callers hear the services in this order: that of the keys.
        "position": int(key) if key else len(KEYS) + 1,
        "spending_limit_cents": form.money("spending_limit"),
        "helpers": form.whole("helpers", 1, MOST_HELPERS),
        "is_active": "is_active" in request.form,
    }


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


def _saved(desk: Desk) -> ResponseReturnValue:
    touch(desk.session, desk.community.id)
    desk.tell("settings_saved")
    return desk.go("settings")
