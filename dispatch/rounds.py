"""From the cut-off to rounds: what was ordered becomes jobs, zone by zone, and standing orders become orders."""

from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.history import CLOCK, move
from dispatch.ordering import meal_service, place_meal, send_out, usual_dish
from models.errors import Refusal
from models.jobs import Job
from models.menus import Menu, StandingOrder
from models.places import WEEKDAYS
from models.requests import HelpRequest, Source, pooled_for


def close_menu(session: Session, menu: Menu, *, who: str, now: datetime) -> list[Job]:
    """Close the orders of a menu: nobody orders from it by phone any more, and rounds are made. Closing twice is once.

    Whoever is absent that day is not cooked for. Each round serves one zone and at most `stops_max` stops, in the
    order of the addresses.
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
    most = meal_service(session, menu.community_id).stops_max
    return [send_out(session, part, who=who, now=now) for part in in_rounds(orders, most)]


def in_rounds(orders: list[HelpRequest], most: int) -> list[list[HelpRequest]]:
    """Group orders by zone, in the order of their addresses, into rounds of at most `most` stops, evenly filled.

    People behind one door stay together.
    """
    by_zone: dict[int, list[HelpRequest]] = defaultdict(list)
    for order in sorted(orders, key=lambda o: (o.resident.address, o.resident_id)):
        by_zone[order.resident.zone_id].append(order)
    return [part for zone in sorted(by_zone) for part in _evenly(by_zone[zone], most)]


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


def _evenly(orders: list[HelpRequest], most: int) -> list[list[HelpRequest]]:
    """Cut a zone's orders into as few rounds as hold at most `most` stops, about equally long; a household is not cut
    unless it alone is longer than a round."""
    doors: dict[tuple[str, str | None], list[HelpRequest]] = defaultdict(list)
    for order in orders:
        doors[(order.resident.address, order.resident.phone)].append(order)
    groups = [group[i : i + most] for group in doors.values() for i in range(0, len(group), most)]
    fair = -(-len(orders) // -(-len(orders) // most))
    parts: list[list[HelpRequest]] = [[]]
    for group in groups:
        if parts[-1] and (len(parts[-1]) + len(group) > most or len(parts[-1]) >= fair):
            parts.append([])
        parts[-1].extend(group)
    return parts
