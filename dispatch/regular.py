"""What is so every day until it is changed: a standing order, a day left out, being away and being back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.enrolment import end_absence, set_absence
from dispatch.ordering import has_decided, place_meal, standing_order_for, usual_dish
from dispatch.working import cancel
from models.changes import touch
from models.errors import Refusal
from models.events import Event
from models.menus import Menu, StandingOrder, orderable_menus
from models.people import Absence, AbsenceKind, Resident
from models.places import Meal
from models.prepared import prepared
from models.requests import HelpRequest, Source, meal_request_of

# What is meant by "every weekday".
WORKING_DAYS = ("mon", "tue", "wed", "thu", "fri")
_A_WEEK = 16  # menus: two a day, and one day to spare


@dataclass(frozen=True)
class Regular:
    """How it stands with somebody's every day."""

    meal: Meal | None  # what can be ordered for every weekday; None: the community cooks nothing
    standing: StandingOrder | None
    next_menu: Menu | None  # the next one for which the standing order holds, and which can still be left out
    absence: Absence | None  # begun, or about to


def regular_of(session: Session, resident: Resident, *, now: datetime) -> Regular:
    """Her first standing order, the next menu it is for, and her absence if she is or will be away."""
    standing = session.scalars(*_standing(resident.id)).first()
    meals = resident.community.meals
    today = resident.community.local(now).date()
    return Regular(
        meal=standing.meal if standing else next(iter(meals), None),
        standing=standing,
        next_menu=_next_menu(session, resident, standing, now=now) if standing else None,
        absence=next((a for a in resident.absences if a.kind is AbsenceKind.AWAY and a.lasts(today)), None),
    )


def stand(session: Session, resident: Resident, meal: Meal, *, who: str, now: datetime) -> StandingOrder:
    """That meal every weekday, the dish that suits her. Refuses "already_standing"."""
    if session.scalars(*_standing(resident.id)).first() is not None:
        raise Refusal("already_standing")
    order = StandingOrder(
        community_id=resident.community_id,
        resident_id=resident.id,
        meal_id=meal.id,
        days=list(WORKING_DAYS),
        portions=1,
    )
    session.add(order)
    _note(session, resident, "stand", who=who, now=now)
    _place_now(session, resident, meal, who=who, now=now)
    return order


def end_standing(session: Session, resident: Resident, order: StandingOrder, *, who: str, now: datetime) -> None:
    """No more of it. What it has placed already stays; it is called off like any other order."""
    order.ended_at = order.ended_at or now
    _note(session, resident, "end_standing", who=who, now=now)


def leave_out(session: Session, resident: Resident, menu: Menu, *, who: str, now: datetime) -> HelpRequest:
    """Not that one: an order that is called off says so to whoever places the standing orders later.

    Refuses "too_late_for_meal" after its cut-off.
    """
    request = meal_request_of(session, resident, menu)
    if request is None:
        dish = usual_dish(menu, resident, standing_order_for(session, resident, menu), None) or menu.dishes[0]
        request = place_meal(
            session,
            resident,
            menu,
            dish,
            source=Source.STANDING,
            who=who,
            now=now,
            source_key=_key(resident, menu, now),
            is_cooked=False,
        )
    cancel(session, request, who=who, now=now, why="left_out")
    return request


def go_away(session: Session, resident: Resident, *, days: int | None, who: str, now: datetime) -> Absence:
    """Away from tomorrow for so many days (None: until she says that she is back)."""
    tomorrow = resident.community.local(now).date() + timedelta(days=1)
    until = tomorrow + timedelta(days=days - 1) if days else None
    _note(session, resident, "away", who=who, now=now)
    return set_absence(session, resident, kind=AbsenceKind.AWAY, from_date=tomorrow, until_date=until, who=who, now=now)


def come_back(session: Session, resident: Resident, *, who: str, now: datetime) -> None:
    """She is here again, or will not go after all."""
    today = resident.community.local(now).date()
    for absence in [a for a in resident.absences if a.kind is AbsenceKind.AWAY and a.lasts(today)]:
        end_absence(session, resident, absence, who=who, now=now)
    _note(session, resident, "back", who=who, now=now)
    for standing in session.scalars(*_standing(resident.id)).all():
        _place_now(session, resident, standing.meal, who=who, now=now)


def _next_menu(session: Session, resident: Resident, standing: StandingOrder, *, now: datetime) -> Menu | None:
    for menu in orderable_menus(session, resident.community, now, most=_A_WEEK):
        if menu.meal_id != standing.meal_id or standing_order_for(session, resident, menu) is None:
            continue
        if not _is_left_out(session, resident, menu) and resident.absence_on(menu.date) is None:
            return menu
    return None


def _is_left_out(session: Session, resident: Resident, menu: Menu) -> bool:
    return meal_request_of(session, resident, menu) is None and has_decided(session, resident, menu)


def _place_now(session: Session, resident: Resident, meal: Meal, *, who: str, now: datetime) -> None:
    """Menus for which the standing orders have been placed before this one was there, or while she was away."""
    session.flush()
    for menu in orderable_menus(session, resident.community, now, most=_A_WEEK):
        standing = standing_order_for(session, resident, menu) if menu.meal_id == meal.id else None
        if standing is None or not menu.is_planned_for or meal_request_of(session, resident, menu) is not None:
            continue
        dish = usual_dish(menu, resident, standing, None)
        if dish is not None and resident.absence_on(menu.date) is None and not _has_said_no(session, resident, menu):
            place_meal(
                session, resident, menu, dish, portions=standing.portions, source=Source.STANDING, who=who, now=now,
                source_key=_key(resident, menu, now),
            )  # fmt: skip


def _key(resident: Resident, menu: Menu, now: datetime) -> str:
    return f"standing {resident.id} {menu.id} {now.isoformat()}"


def _has_said_no(session: Session, resident: Resident, menu: Menu) -> bool:
    """Did she call it off herself, or somebody for her, and not because she was to be away?"""
    called_off = sa.select(Event.id).join(HelpRequest, HelpRequest.id == Event.request_id).where(
        HelpRequest.resident_id == resident.id, HelpRequest.menu_id == menu.id, Event.verb == "cancel",
        Event.why != AbsenceKind.AWAY,
    )  # fmt: skip
    return session.scalars(called_off.limit(1)).first() is not None


def _note(session: Session, resident: Resident, verb: str, *, who: str, now: datetime) -> None:
    session.add(Event(community_id=resident.community_id, at=now, who=who, verb=verb, why=f"resident {resident.id}"))
    touch(session, resident.community_id)


@prepared
def _standing(resident_id: int) -> sa.Select[StandingOrder]:
    hers = sa.select(StandingOrder).where(StandingOrder.resident_id == resident_id, StandingOrder.ended_at.is_(None))
    return hers.order_by(StandingOrder.id)
