"""How many portions can still be had, and what is full: limits of single dishes, and of a kitchen for one meal.

Wherever the number of portions changes, the menu is held first, and `note_what_is_full` is called in that transaction.
"""

from collections import Counter
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.kitchens import Kitchen, kitchens_of
from models.lifecycle import State
from models.menus import Dish, Menu
from models.places import Community
from models.prepared import prepared
from models.requests import HelpRequest


def hold_menu(session: Session, menu: Menu) -> bool:
    """Nobody closes it under an order. Where portions are limited nobody else orders from it until we are done: True.

    Without a limit many may order at once. What is there now is what is seen, also if we had to wait for somebody.
    """
    is_limited = _is_limited(session, menu)
    # Its key stays free: on PostgreSQL, whoever only writes a line that points to the menu need not wait.
    session.refresh(menu, with_for_update={"key_share": True} if is_limited else {"read": True})
    # The first answer may be older than the wait, in which somebody entered a closing day.
    session.refresh(menu, ["is_on_closing_day"])
    if is_limited:
        session.scalars(_dishes(menu).execution_options(populate_existing=True)).all()
    return is_limited


def limited_menu(session: Session, request: HelpRequest) -> Menu | None:
    """The menu of this order if its portions are limited, held: first the menu, then the job, as whoever closes it."""
    menu = request.menu
    if menu is None or not _is_limited(session, menu):
        return None
    hold_menu(session, menu)
    return menu


def left_of_each(session: Session, menu: Menu, *, without: HelpRequest | None = None) -> dict[int, int | None]:
    """How many portions of each dish can still be had, by its id, as if one order were not there; None: as many as are
    ordered. Below zero where staff have ordered more by hand."""
    session.flush()
    kitchens = {kitchen.id: kitchen for kitchen in kitchens_of(session, menu.community_id)}
    first = next(iter(kitchens), 0)  # it cooks what is not said to be another's, and for those that cook no more
    cooks = {dish.id: dish.kitchen_id if dish.kitchen_id in kitchens else first for dish in menu.dishes}
    ordered = _ordered(session, menu)
    if without is not None and without.dish_id is not None:
        ordered[without.dish_id] -= without.portions
    of_kitchen: Counter[int | None] = Counter()
    for dish in menu.dishes:
        of_kitchen[cooks[dish.id]] += ordered[dish.id]
    left: dict[int, int | None] = {}
    for dish in menu.dishes:
        kitchen = kitchens.get(cooks[dish.id] or 0)
        limits = [
            (dish.portions_max, ordered[dish.id]),
            (kitchen.portions_max if kitchen else None, of_kitchen[cooks[dish.id]]),
        ]
        left[dish.id] = min((most - taken for most, taken in limits if most is not None), default=None)
    return left


def note_what_is_full(session: Session, menu: Menu | None, *, now: datetime) -> None:
    """A dish of which nothing is left is full from now on; one of which there is some again is not."""
    if menu is None:
        return
    left = left_of_each(session, menu)
    for dish in menu.dishes:
        room = left[dish.id]
        dish.full_at = None if room is None or room > 0 else dish.full_at or now


def look_at_all(session: Session, community: Community, *, now: datetime) -> None:
    """A kitchen can cook more or less than before: what is full of every menu that can still be ordered."""
    ahead = sa.select(Menu).where(
        Menu.community_id == community.id, Menu.date >= community.local(now).date(), Menu.closed_at.is_(None)
    )
    session.flush()
    for menu in session.scalars(ahead.order_by(Menu.date, Menu.id)).all():
        hold_menu(session, menu)
        note_what_is_full(session, menu, now=now)


def _is_limited(session: Session, menu: Menu) -> bool:
    return bool(session.scalar(*_has_a_limit(menu.id, menu.community_id)))


@prepared
def _has_a_limit(menu_id: int, community_id: int) -> sa.Select[bool]:
    of_a_dish = sa.exists().where(Dish.menu_id == menu_id, Dish.portions_max.is_not(None))
    of_a_kitchen = sa.exists().where(
        Kitchen.community_id == community_id, Kitchen.portions_max.is_not(None), Kitchen.ended_at.is_(None)
    )
    return sa.select(sa.or_(of_a_dish, of_a_kitchen))


def _dishes(menu: Menu) -> sa.Select[Dish]:
    return sa.select(Dish).where(Dish.menu_id == menu.id)


def _ordered(session: Session, menu: Menu) -> Counter[int]:
    """Portions of each dish that are ordered and not called off."""
    rows = session.execute(*_portions_of(menu.id))
    return Counter({dish_id: int(portions) for dish_id, portions in rows})


@prepared
def _portions_of(menu_id: int) -> sa.Select[int | None, int]:
    kept = sa.select(HelpRequest.dish_id, sa.func.sum(HelpRequest.portions)).where(
        HelpRequest.menu_id == menu_id, HelpRequest.state != State.CANCELLED, HelpRequest.dish_id.is_not(None)
    )
    return kept.group_by(HelpRequest.dish_id)
