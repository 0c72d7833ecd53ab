"""From the cut-off to rounds: what was ordered becomes jobs, zone by zone, and standing orders become orders."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from dispatch import blanks
from dispatch.grouping import in_rounds
from dispatch.history import CLOCK, move, note
from dispatch.limits import hold_menu, left_of_each, note_what_is_full
from dispatch.ordering import place_meal, send_out, usual_of
from dispatch.telling import tell
from models.errors import Refusal
from models.jobs import Job
from models.menus import Dish, Menu, StandingOrder, left_of
from models.people import Resident
from models.places import WEEKDAYS
from models.requests import HelpRequest, Source, pooled_for

# However late it is: many people who are each sent to one door are more than a neighbourhood has.
_LEAST_MINUTES = 30


def close_menu(session: Session, menu: Menu, *, who: str, now: datetime) -> list[Job]:
    """Close the orders of a menu: nobody orders from it by phone any more, and rounds are made. Closing twice is once.

    Whoever is absent that day is not cooked for. Each round serves one zone and at most `stops_max` stops.
    """
    session.refresh(menu, with_for_update={"key_share": True})
    if menu.closed_at is not None:
        return []
    if not menu.is_planned_for and now < menu.serve_until_at:
        # No watch has placed the standing orders in time (the machine was off): before the kitchen counts, it is done.
        before = min(now, menu.cutoff_at - timedelta(seconds=1))
        place_standing_orders(session, menu, now=before, can_choose=before == now)
    closed = session.execute(
        sa.update(Menu).where(Menu.id == menu.id, Menu.closed_at.is_(None)).values(closed_at=now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.refresh(menu)
    if closed.rowcount == 0:  # type: ignore[attr-defined]
        return []
    orders = [order for order in pooled_for(session, menu) if not _drop_if_absent(session, order, menu, now=now)]
    menu.count_due_at = now
    note_what_is_full(session, menu, now=now)
    return [
        send_out(session, list(part.meals), who=who, now=now, vehicle=part.vehicle)
        for part in in_rounds(session, menu, orders)
    ]


def plan_anew(session: Session, job: Job, *, who: str, now: datetime) -> None:
    """A round that somebody has given back, cut so that it still arrives: as many rounds as it takes until its window
    ends. The first keeps the job, which nobody has at the moment."""
    meals = job.open_stops
    menu = meals[0].menu if meals else None
    if menu is None or len(meals) < 2 or now >= job.wanted_until:
        return
    minutes = max(round((job.wanted_until - max(now, job.wanted_from)).total_seconds() / 60), _LEAST_MINUTES)
    first, *others = in_rounds(session, menu, meals, minutes=minutes)
    job.vehicle = first.vehicle
    for part in others:
        new = send_out(session, list(part.meals), who=who, now=now, vehicle=part.vehicle)
        new.wanted_from, new.wanted_until = job.wanted_from, job.wanted_until
        for stop in part.meals:
            note(session, stop, "moved", who=who, now=now, why=f"{job.code} → {new.code}")
    for position, stop in enumerate(first.meals):
        stop.stop_position = position
    session.flush()
    session.expire(job, ["stops"])


def place_standing_orders(session: Session, menu: Menu, *, now: datetime, can_choose: bool = True) -> int:
    """Place what is ordered "every weekday" for this menu, once, never over what a person decided; returns how many.

    For whom nothing on the menu suits is told so, while she can still choose. Where nothing is cooked nothing happens,
    and it stays to be done: that day may be taken back.
    """
    if menu.is_off:
        return 0
    menu.is_planned_for = True
    return sum(_place(session, row, menu, now=now, can_choose=can_choose) for row in undecided(session, menu))


def undecided(session: Session, menu: Menu) -> list[StandingOrder]:
    """The standing orders for that meal on that weekday, of people who have decided nothing about this menu."""
    weekday = WEEKDAYS[menu.date.weekday()]
    decided = sa.select(HelpRequest.resident_id).where(HelpRequest.menu_id == menu.id)
    rows = session.scalars(
        sa.select(StandingOrder)
        .where(StandingOrder.meal_id == menu.meal_id, StandingOrder.ended_at.is_(None))
        .where(StandingOrder.resident_id.not_in(decided))
        .order_by(StandingOrder.id)
        .options(joinedload(StandingOrder.resident).selectinload(Resident.absences))
    )
    return [row for row in rows if not row.days or weekday in row.days]


def without_a_dish(session: Session, menu: Menu) -> list[Resident]:
    """Who has a standing order and no dish, though such orders have been placed, and has decided nothing; each once."""
    if menu.is_off or not menu.is_planned_for:
        return []
    return list({row.resident_id: row.resident for row in undecided(session, menu) if _is_due(row, menu)}.values())


def _place(session: Session, row: StandingOrder, menu: Menu, *, now: datetime, can_choose: bool) -> bool:
    if not _is_due(row, menu):
        return False
    dish = usual_of(_left_for(session, menu, row.portions), row.resident, row, None)
    if dish is None:
        if can_choose:
            _ask_to_choose(session, row.resident, menu, now=now)
        return False
    try:
        place_meal(
            session, row.resident, menu, dish, portions=row.portions, source=Source.STANDING, who=CLOCK, now=now,
            source_key=f"standing {row.id} {menu.id}",
        )  # fmt: skip
    except Refusal:
        return False  # she has ordered from this menu herself meanwhile; that is what she wants
    return True


def _is_due(row: StandingOrder, menu: Menu) -> bool:
    """Is she here on that day, and may she be called at all?"""
    return row.resident.absence_on(menu.date) is None and row.resident.enrolled_at is not None


def _left_for(session: Session, menu: Menu, portions: int) -> list[Dish]:
    """The dishes of which there are so many."""
    dishes = left_of(menu.dishes)
    if not hold_menu(session, menu):
        return dishes
    left = left_of_each(session, menu)
    return [dish for dish in dishes if (room := left[dish.id]) is None or room >= portions]


def _ask_to_choose(session: Session, resident: Resident, menu: Menu, *, now: datetime) -> None:
    tell(
        session, resident, "choose_yourself", now=now, expires_at=menu.cutoff_at, menu=menu.id,
        meal=blanks.names(menu.meal.names), day=blanks.day(menu.date), cutoff=blanks.moment(menu.cutoff_at),
    )  # fmt: skip


def _drop_if_absent(session: Session, order: HelpRequest, menu: Menu, *, now: datetime) -> bool:
    if order.resident.absence_on(menu.date) is None:
        return False
    move(session, order, "cancel", who=CLOCK, now=now, why="absent")
    return True
