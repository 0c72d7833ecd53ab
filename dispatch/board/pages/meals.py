"""Menus of the coming days with their counts, what is sold out, and closing the orders of one."""

from datetime import timedelta

import sqlalchemy as sa
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from dispatch.board.desk import Desk
from dispatch.board.lanes import pool_of
from dispatch.board.pages.closing import closing_of
from dispatch.board.pages.menus import days_without
from dispatch.rounds import close_menu, without_a_dish
from models.changes import touch
from models.lifecycle import State
from models.menus import Dish, Menu
from models.requests import HelpRequest

_NOT_COOKED = (State.CANCELLED,)
_DAYS_TO_WRITE = 14
_BACK, _AHEAD = timedelta(days=1), timedelta(days=14)


def meals(desk: Desk, **_: object) -> str:
    """The menus from yesterday on."""
    today = desk.wall.today
    menus = desk.session.scalars(
        sa.select(Menu)
        .where(Menu.community_id == desk.community.id, Menu.date >= today - _BACK, Menu.date <= today + _AHEAD)
        .order_by(Menu.date, Menu.meal_id)
    ).all()
    pools = [pool_of(menu, _orders(desk, menu)) for menu in menus if menu.dishes or menu.closed_at]
    undecided = {menu.id: without_a_dish(desk.session, menu) for menu in menus if menu.can_be_ordered(desk.now)}
    return desk.page(
        "meals", pools=pools, missing=days_without(desk, ahead=_DAYS_TO_WRITE), closing=closing_of(desk),
        undecided=undecided,
    )  # fmt: skip


def sell_out(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The kitchen has no more of a dish, or has some again: it is said while ordering."""
    dish = desk.find(Dish, row_id)
    dish.sold_out_at = None if dish.sold_out_at else desk.now
    touch(desk.session, desk.community.id)
    desk.tell("sold_out" if dish.sold_out_at else "not_sold_out", dish=dish.name)
    return desk.go("count", row_id=dish.menu_id)


def close(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Close the orders now: the kitchen has its count, rounds are offered."""
    menu = desk.find(Menu, row_id)
    jobs = close_menu(desk.session, menu, who=desk.who, now=desk.now)
    touch(desk.session, desk.community.id)
    desk.tell("closed", rounds=len(jobs))
    return desk.go("count", row_id=menu.id)


def _orders(desk: Desk, menu: Menu) -> list[HelpRequest]:
    return list(
        desk.session.scalars(
            sa.select(HelpRequest)
            .where(HelpRequest.menu_id == menu.id, HelpRequest.state.not_in(_NOT_COOKED))
            .options(joinedload(HelpRequest.dish), joinedload(HelpRequest.resident))
            .order_by(HelpRequest.id)
        )
    )
