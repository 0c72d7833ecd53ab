"""From the cut-off to rounds: what was ordered becomes jobs, zone by zone, and standing orders become orders."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.grouping import in_rounds
from dispatch.history import CLOCK, move
from dispatch.ordering import place_meal, send_out, usual_dish
from models.errors import Refusal
from models.jobs import Job
from models.menus import Menu, StandingOrder
from models.places import WEEKDAYS
from models.requests import HelpRequest, Source, pooled_for


def close_menu(session: Session, menu: Menu, *, who: str, now: datetime) -> list[Job]:
    """Close the orders of a menu: nobody orders from it by phone any more, and rounds are made. Closing twice is once.

    Whoever is absent that day is not cooked for. Each round serves one zone and at most `stops_max` stops.
    """
    session.refresh(menu, with_for_update={"key_share": True})
    if menu.closed_at is not None:
        return []
    if not menu.is_planned_for and now < menu.serve_until_at:
        # No watch has placed the standing orders in time (the machine was off): before the kitchen counts, it is done.
        place_standing_orders(session, menu, now=min(now, menu.cutoff_at - timedelta(seconds=1)))
    closed = session.execute(
        sa.update(Menu).where(Menu.id == menu.id, Menu.closed_at.is_(None)).values(closed_at=now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.refresh(menu)
    if closed.rowcount == 0:  # type: ignore[attr-defined]
        return []
    orders = [order for order in pooled_for(session, menu) if not _drop_if_absent(session, order, menu, now=now)]
    menu.count_due_at = now
    return [
        send_out(session, list(part.meals), who=who, now=now, vehicle=part.vehicle, kitchen_id=part.kitchen.id)
        for part in in_rounds(session, menu, orders)
    ]


def place_standing_orders(session: Session, menu: Menu, *, now: datetime) -> int:
    """Place what is ordered "every weekday" for this menu, once, never over what a person decided; returns how many."""
    menu.is_planned_for = True
    weekday = WEEKDAYS[menu.date.weekday()]
    rows = session.scalars(
        sa.select(StandingOrder).where(StandingOrder.meal_id == menu.meal_id, StandingOrder.ended_at.is_(None))
    )
    due = [row for row in rows if (not row.days or weekday in row.days) and not _has_decided(session, row, menu)]
    return sum(_place(session, row, menu, now=now) for row in due)


def _place(session: Session, row: StandingOrder, menu: Menu, *, now: datetime) -> bool:
    resident = row.resident
    dish = usual_dish(menu, resident, row, None)
    if dish is None or resident.absence_on(menu.date) is not None or resident.enrolled_at is None:
        return False
    try:
        place_meal(
            session, resident, menu, dish, portions=row.portions, source=Source.STANDING, who=CLOCK, now=now,
            source_key=f"standing {row.id} {menu.id}",
        )  # fmt: skip
    except Refusal:
        return False  # she has ordered from this menu herself meanwhile; that is what she wants
    return True


def _has_decided(session: Session, row: StandingOrder, menu: Menu) -> bool:
    return (
        session.scalars(
            sa.select(HelpRequest.id).where(HelpRequest.resident_id == row.resident_id, HelpRequest.menu_id == menu.id)
        ).first()
        is not None
    )


def _drop_if_absent(session: Session, order: HelpRequest, menu: Menu, *, now: datetime) -> bool:
    if order.resident.absence_on(menu.date) is None:
        return False
    move(session, order, "cancel", who=CLOCK, now=now, why="absent")
    return True
