"""Standing orders: "every weekday", added and ended on the resident's page."""

import sqlalchemy as sa
from flask import abort, request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.pages.naming import note_edit
from dispatch.board.typed import line
from dispatch.ordering import MOST_BY_STAFF
from dispatch.regular import WORKING_DAYS
from models.menus import Dish, Menu, StandingOrder
from models.people import Resident
from models.places import WEEKDAYS


def standing_of(desk: Desk, resident: Resident) -> dict[str, object]:
    """What the resident's page shows of them, and what can be chosen there."""
    names = desk.session.scalars(
        sa.select(Dish.name)
        .join(Menu)
        .where(Menu.community_id == desk.community.id, Menu.date >= desk.wall.today)
        .distinct()
        .order_by(Dish.name)
    ).all()
    return {
        "standing": _open_ones(desk, resident), "weekdays": WEEKDAYS, "dish_names": names, "meals": desk.community.meals
    }  # fmt: skip


def add_standing(desk: Desk, row_id: int) -> ResponseReturnValue:
    """One more; never two for one meal of one day."""
    resident, form = desk.find(Resident, row_id), Form(desk)
    meal = form.one_of("meal", {str(meal.id): meal for meal in desk.community.meals})
    days = (
        list(WORKING_DAYS) if "working_days" in request.form else form.some_of("days", {day: day for day in WEEKDAYS})
    )
    dish, portions = line("dish", most=80), form.whole("portions", 1, MOST_BY_STAFF)
    if meal is not None and (taken := _taken_days(desk, resident, meal.id) & set(days or WEEKDAYS)):
        said = desk.words.t("sign.list").join(desk.words.t(f"weekday.{day}") for day in WEEKDAYS if day in taken)
        form.mistakes.append(desk.words.t("wrong.standing_twice", meal=desk.words.named(meal.names), days=said))
    form.check()
    if meal is None:  # check() has said so; this is for the type checker
        abort(400)
    desk.session.add(
        StandingOrder(
            community_id=desk.community.id, resident_id=resident.id, meal_id=meal.id,
            days=[] if len(days) == len(WEEKDAYS) else days, dish=dish, portions=portions,
        )
    )  # fmt: skip
    note_edit(desk, resident, "edit")
    desk.tell("standing", name=resident.name)
    return desk.go("resident", row_id=resident.id)


def end_standing(desk: Desk, row_id: int, order_id: int) -> ResponseReturnValue:
    """No more of it; what it has placed already stays, and is called off like any other order."""
    resident = desk.find(Resident, row_id)
    order = next((order for order in _open_ones(desk, resident) if order.id == order_id), None) or abort(404)
    order.ended_at = desk.now
    note_edit(desk, resident, "edit")
    desk.tell("standing_ended", name=resident.name)
    return desk.go("resident", row_id=resident.id)


def _open_ones(desk: Desk, resident: Resident) -> list[StandingOrder]:
    return list(
        desk.session.scalars(
            sa.select(StandingOrder)
            .where(StandingOrder.resident_id == resident.id, StandingOrder.ended_at.is_(None))
            .order_by(StandingOrder.meal_id, StandingOrder.id)
        )
    )


def _taken_days(desk: Desk, resident: Resident, meal_id: int) -> set[str]:
    mine = [order for order in _open_ones(desk, resident) if order.meal_id == meal_id]
    return {day for order in mine for day in order.days or WEEKDAYS}
