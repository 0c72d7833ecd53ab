"""Days on which nothing is cooked: entering one calls off what is ordered for it, taking it back lets it be ordered."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.saying import what
from dispatch.telling import tell
from dispatch.working import cancel
from models.changes import touch
from models.errors import Refusal
from models.events import Event
from models.kitchens import ClosingDay
from models.lifecycle import OPEN
from models.menus import Menu
from models.people import Resident
from models.places import Community, Meal
from models.requests import HelpRequest


def ordered_for(session: Session, community: Community, day: date) -> list[HelpRequest]:
    """The meals of that date that are ordered and have not come yet."""
    query = sa.select(HelpRequest).join(Menu, Menu.id == HelpRequest.menu_id)
    of_day = query.where(Menu.community_id == community.id, Menu.date == day, HelpRequest.state.in_(OPEN))
    return list(session.scalars(of_day.order_by(HelpRequest.id)))


def close_day(session: Session, community: Community, day: date, *, why: str, who: str, now: datetime) -> int:
    """Nothing is cooked on that date: what is ordered is called off, the people are told; returns how many orders.

    No menu and no order is deleted. Refuses "closed_already", also when a colleague enters it at this moment.
    """
    menus = sa.select(Menu).join(Menu.meal).where(Menu.community_id == community.id, Menu.date == day)
    # Whoever orders at this moment waits at the menu, and finds the day closed.
    held = session.scalars(menus.order_by(Meal.serve_from, Menu.id).with_for_update(key_share=True, of=Menu)).all()
    _enter(session, community, day, why=why)
    orders = ordered_for(session, community, day)
    for order in orders:
        cancel(session, order, who=who, now=now, why="kitchen_closed", is_told=False)
    _tell(session, orders, day, now=now)
    _note(session, community, "close_day", day, who=who, now=now)
    _look_anew(session, list(held))
    return len(orders)


def _enter(session: Session, community: Community, day: date, *, why: str) -> None:
    """Where no menu is written yet there is nothing to wait at: the table itself says that somebody was faster."""
    try:
        with session.begin_nested():
            session.add(ClosingDay(community_id=community.id, date=day, why=why))
    except IntegrityError:
        raise Refusal("closed_already", day=blanks.day(day)) from None


def open_day(session: Session, row: ClosingDay, community: Community, *, who: str, now: datetime) -> None:
    """It is cooked on that date after all. What was called off stays so: those people were told."""
    menus = session.scalars(sa.select(Menu).where(Menu.community_id == community.id, Menu.date == row.date)).all()
    session.delete(row)
    _note(session, community, "open_day", row.date, who=who, now=now)
    _look_anew(session, list(menus))


def _tell(session: Session, orders: list[HelpRequest], day: date, *, now: datetime) -> None:
    """Each person once, whatever she has ordered for that day."""
    of_each: dict[int, list[HelpRequest]] = {}
    for order in orders:
        of_each.setdefault(order.resident_id, []).append(order)
    for theirs in of_each.values():
        resident: Resident = theirs[0].resident
        called_off = {"$list": [what(order) for order in theirs]}
        tell(session, resident, "kitchen_closed", now=now, about=theirs[0], day=blanks.day(day), what=called_off)


def _note(session: Session, community: Community, verb: str, day: date, *, who: str, now: datetime) -> None:
    session.add(Event(community_id=community.id, at=now, who=who, verb=verb, why=day.isoformat()))
    touch(session, community.id)


def _look_anew(session: Session, menus: list[Menu]) -> None:
    session.flush()
    for menu in menus:
        session.expire(menu, ["is_on_closing_day"])
