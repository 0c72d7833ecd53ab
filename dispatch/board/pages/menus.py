"""Writing the menu of a date and meal: dishes on the keys 1 to 8, changed in place, since orders point to them."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask import abort, request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form, check_unchanged, day_of, fingerprint
from dispatch.board.typed import line
from dispatch.history import note
from dispatch.limits import note_what_is_full
from dispatch.ordering import tell_what_comes_instead
from models.kitchens import closing_day, closing_days, kitchens_of
from models.lifecycle import OPEN
from models.menus import Dish, Menu
from models.places import Meal
from models.requests import HelpRequest

KEYS = tuple("12345678")
MOST_PORTIONS = 9999
AHEAD = timedelta(days=60)
_WEEK, _DAY = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One key of the form: what it shows, or what was typed."""

    key: str
    name: str = ""
    contains: str = ""
    price_cents: int | None = None
    portions_max: int | None = None
    kitchen_id: int | None = None
    orders: int = 0  # how many people wait for it


def show(desk: Desk, row_id: int, day: str, **_: object) -> str:
    """The form; with `?copy` it is filled in with what was cooked a week ago, to be looked through and saved."""
    meal, date_ = _meal_and_day(desk, row_id, day)
    menu, last_week = _menu(desk, meal, date_), _menu(desk, meal, date_ - _WEEK)
    has_dishes = menu is not None and bool(menu.dishes)
    template = last_week if "copy" in request.args and not has_dishes else menu
    can_copy = not has_dishes and last_week is not None and bool(last_week.dishes)
    return desk.page(
        "menu", meal=meal, day=date_, menu=menu, rows=_rows(desk, template, menu), seen=_seen(menu),
        is_over=_is_over(desk, menu, meal, date_), is_off=is_off(desk, meal, date_),
        kitchens=kitchens_of(desk.session, desk.community.id), most_portions=MOST_PORTIONS,
        cutoff_at=meal.orders_until(date_),
        can_copy=can_copy and "copy" not in request.args,
        before=date_ - _DAY if date_ > desk.wall.today else None,
        after=date_ + _DAY if date_ < desk.wall.today + AHEAD else None, others=desk.community.meals,
    )  # fmt: skip


def save(desk: Desk, row_id: int, day: str) -> ResponseReturnValue:
    """The menu as it was typed. What is ordered is renamed, never removed."""
    meal, date_ = _meal_and_day(desk, row_id, day)
    menu = _menu(desk, meal, date_, to_change=True)
    if _is_over(desk, menu, meal, date_):
        raise Wrong([desk.words.t("menu.over")])
    if is_off(desk, meal, date_):
        raise Wrong([desk.words.t("menu.off")])
    check_unchanged(desk, _seen(menu))
    wanted = _typed(desk, menu)
    if menu is None:
        menu = Menu(community_id=desk.community.id, meal_id=meal.id, date=date_)
        desk.session.add(menu)
    told = [order for row in wanted for order in _write(desk, menu, row)]
    note_what_is_full(desk.session, menu, now=desk.now)
    desk.tell("menu_saved", meal=desk.words.named(meal.names), day=desk.wall.day(date_))
    if told:
        names = desk.words.t("sign.list").join(order.resident.name for order in told)
        desk.tell_how_many("menu_orders", sum(order.portions for order in told), names=names)
    return desk.go("menu", row_id=meal.id, day=date_.isoformat())


def days_without(desk: Desk, *, ahead: int) -> list[tuple[date, list[Meal]]]:
    """The coming days and the meals of them for which nothing is written yet and could still be ordered; not those
    on which nothing is cooked."""
    today = desk.wall.today
    menus = desk.session.scalars(
        sa.select(Menu).where(Menu.community_id == desk.community.id, Menu.date >= today, Menu.dishes.any())
    )
    written = {(menu.date, menu.meal_id) for menu in menus}
    days = [today + timedelta(days=number) for number in range(ahead)]
    closed = {row.date for row in closing_days(desk.session, desk.community.id, today, days[-1])}

    def is_missing(meal: Meal, day: date) -> bool:
        return (day, meal.id) not in written and meal.is_cooked_on(day) and can_be_written(desk, meal, day)

    missing = [(day, [m for m in desk.community.meals if is_missing(m, day)]) for day in days if day not in closed]
    return [(day, meals) for day, meals in missing if meals]


def is_off(desk: Desk, meal: Meal, day: date) -> bool:
    """Is nothing cooked on that day?"""
    return not meal.is_cooked_on(day) or closing_day(desk.session, desk.community.id, day) is not None


def can_be_written(desk: Desk, meal: Meal, day: date) -> bool:
    """Could it still be ordered?"""
    return desk.now < meal.orders_until(day)


def _meal_and_day(desk: Desk, meal_id: int, written: str) -> tuple[Meal, date]:
    meal, day = desk.find(Meal, meal_id), day_of(written)
    if day is None or not desk.wall.today <= day <= desk.wall.today + AHEAD:
        abort(404)
    return meal, day


def _menu(desk: Desk, meal: Meal, day: date, *, to_change: bool = False) -> Menu | None:
    query = sa.select(Menu).where(Menu.meal_id == meal.id, Menu.date == day)
    # Whoever closes the orders at this moment is waited for: the kitchen cooks what it counted.
    return desk.session.scalars(query.with_for_update() if to_change else query).one_or_none()


def _is_over(desk: Desk, menu: Menu | None, meal: Meal, day: date) -> bool:
    return (menu is not None and menu.closed_at is not None) or not can_be_written(desk, meal, day)


def _rows(desk: Desk, template: Menu | None, menu: Menu | None) -> list[Row]:
    dishes = {dish.key: dish for dish in template.dishes} if template is not None else {}
    orders = {dish.key: _waiting(desk, dish) for dish in menu.dishes} if menu is not None else {}
    return [
        Row(key, dish.name, dish.contains, dish.price_cents, dish.portions_max, dish.kitchen_id, orders.get(key, 0))
        if (dish := dishes.get(key))
        else Row(key)
        for key in KEYS
    ]


def _typed(desk: Desk, menu: Menu | None) -> list[Row]:
    """What was typed, key by key; every mistake is said at once."""
    form = Form(desk)
    kitchens = {str(kitchen.id): kitchen.id for kitchen in kitchens_of(desk.session, desk.community.id)}
    rows = [_typed_row(form, key, kitchens) for key in KEYS]
    names = [row.name.casefold() for row in rows if row.name]
    for row in rows:
        if not row.name and (row.contains or row.price_cents is not None or row.portions_max is not None):
            form.mistakes.append(desk.words.t("wrong.dish_no_name", key=row.key))
        if row.name and names.count(row.name.casefold()) > 1:
            names.remove(row.name.casefold())
            form.mistakes.append(desk.words.t("wrong.dish_twice", dish=row.name))
    wanted = {row.key for row in rows if row.name}
    for dish in menu.dishes if menu is not None else []:
        if dish.key not in wanted and (count := _waiting(desk, dish)):
            form.mistakes.append(desk.words.n("wrong.dish_ordered", count, dish=dish.name))
    if menu is None and not wanted:
        form.mistakes.append(desk.words.t("wrong.no_dish"))
    form.check()
    return rows


def _typed_row(form: Form, key: str, kitchens: dict[str, int]) -> Row:
    name, contains, limit = line(f"name_{key}", most=80), line(f"contains_{key}", most=200), f"limit_{key}"
    portions = form.maybe(limit, lambda: form.whole(limit, 1, MOST_PORTIONS))
    kitchen = form.one_of(f"kitchen_{key}", kitchens) if name and len(kitchens) > 1 else None
    return Row(key, name, contains, form.money(f"price_{key}"), portions, kitchen)


def _write(desk: Desk, menu: Menu, row: Row) -> list[HelpRequest]:
    """Put one key in order; whoever waits for what is another dish now is told so."""
    dish = next((dish for dish in menu.dishes if dish.key == row.key), None)
    if dish is None:
        if row.name:
            dish = Dish(key=row.key, name=row.name, contains=row.contains, price_cents=row.price_cents)
            dish.portions_max, dish.kitchen_id = row.portions_max, row.kitchen_id
            menu.dishes.append(dish)
        return []
    if not row.name:
        _remove(desk, menu, dish)
        return []
    was = dish.name
    dish.name, dish.contains, dish.price_cents = row.name, row.contains, row.price_cents
    dish.portions_max, dish.kitchen_id = row.portions_max, row.kitchen_id or dish.kitchen_id
    return tell_what_comes_instead(desk.session, dish, was, now=desk.now) if was != row.name else []


def _remove(desk: Desk, menu: Menu, dish: Dish) -> None:
    """Nobody waits for it. Orders that were called off remember in their history what it was."""
    for order in desk.session.scalars(sa.select(HelpRequest).where(HelpRequest.dish_id == dish.id)):
        note(desk.session, order, "change", who=desk.who, now=desk.now, why=f"{dish.name} → –")
        order.dish = None
    desk.session.flush()
    menu.dishes.remove(dish)


def _waiting(desk: Desk, dish: Dish) -> int:
    query = sa.select(sa.func.count()).where(HelpRequest.dish_id == dish.id, HelpRequest.state.in_(OPEN))
    return desk.session.scalar(query) or 0


def _seen(menu: Menu | None) -> str:
    dishes = menu.dishes if menu is not None else []
    return fingerprint([(d.key, d.name, d.contains, d.price_cents, d.portions_max, d.kitchen_id) for d in dishes])
