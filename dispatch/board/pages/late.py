"""A wish for a meal after its cut-off, answered on its card: yes, one is left; or no, nothing left."""

from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.late_wishes import Wish, late_wish, none_is_left, one_is_left
from models.menus import Dish
from models.tasks import Callback


def wish_of(desk: Desk, callback: Callback) -> Wish | None:
    """What a card offers to answer."""
    return late_wish(desk.session, callback, now=desk.now)


def late_yes(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The kitchen has one: it is ordered and told to her."""
    callback, dish = desk.find(Callback, row_id), desk.find(Dish, request.form.get("dish", type=int))
    order = one_is_left(desk.session, callback, dish, staff=desk.staff, now=desk.now)
    desk.tell("late_yes", name=order.resident.name, dish=order.dish.name if order.dish else "")
    return desk.go("home")


def late_no(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The kitchen has none: she is told."""
    callback = desk.find(Callback, row_id)
    name = callback.resident.name if callback.resident else ""
    none_is_left(desk.session, callback, staff=desk.staff, now=desk.now)
    desk.tell("late_no", name=name)
    return desk.go("home")
