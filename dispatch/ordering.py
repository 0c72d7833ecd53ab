"""Meals: what can be ordered now, what is usual for whom, and placing, changing and calling off an order."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.history import move, note
from dispatch.limits import hold_menu, left_of_each, note_what_is_full
from dispatch.prices import fix_prices
from dispatch.saying import orders_until
from dispatch.telling import tell
from models.errors import Refusal
from models.jobs import Job
from models.lifecycle import OPEN, State
from models.menus import (
    Dish,
    Menu,
    StandingOrder,
    clashes,
    first_suitable,
    left_of,
    missed_menus,
    named_dish,
    orderable_menus,
)
from models.nearness import Vehicle
from models.people import Resident
from models.places import WEEKDAYS, Community, Service
from models.prepared import prepared
from models.requests import HelpRequest, Source, last_meal_of, meal_request_of, request_by_source

# How many of one meal may be ordered by telephone; more is a matter for a person.
MOST_PORTIONS = 4
# Whoever of the staff enters more than this on the phone has heard a number that was none.
MOST_BY_STAFF = 9


@dataclass(frozen=True)
class Usual:
    """What one key orders."""

    menu: Menu
    dish: Dish
    portions: int
    may_not_suit: bool
    is_hers: bool  # by her standing order or her last meal; else it is only the first that suits


def usual_meal(session: Session, resident: Resident, *, now: datetime) -> Usual | None:
    """Her usual meal that can be ordered next and that she does not have yet: by her standing order, else her last
    dish, else the first dish that suits her diet. None: nothing to offer."""
    last = last_meal_of(session, resident)
    for menu in orderable_menus(session, resident.community, now):
        standing = standing_order_for(session, resident, menu)
        habit = standing.meal_id if standing else last.menu.meal_id if last and last.menu else menu.meal_id
        if menu.meal_id != habit:
            continue
        if meal_request_of(session, resident, menu) is not None or resident.absence_on(menu.date):
            return None
        dish = usual_dish(menu, resident, standing, last)
        if dish is None:
            return None
        portions = standing.portions if standing else 1
        is_hers = standing is not None or last is not None
        return Usual(menu, dish, portions, clashes(resident.diet, dish.contains), is_hers)
    return None


def usual_dish(menu: Menu, resident: Resident, standing: StandingOrder | None, last: HelpRequest | None) -> Dish | None:
    """Which dish of that menu she would take: the standing order's, else the last one, else the first that suits."""
    return usual_of(left_of(menu.dishes), resident, standing, last)


def usual_of(
    dishes: list[Dish], resident: Resident, standing: StandingOrder | None, last: HelpRequest | None
) -> Dish | None:
    """Which of these she would take."""
    chosen = named_dish(dishes, standing.dish) if standing and standing.dish else None
    if chosen is None and standing is None and last is not None and last.dish is not None:
        chosen = named_dish(dishes, last.dish.name)
        if chosen is not None and clashes(resident.diet, chosen.contains):
            chosen = None
    return chosen or first_suitable(dishes, resident.diet)


def standing_order_for(session: Session, resident: Resident, menu: Menu) -> StandingOrder | None:
    """Her standing order for that meal on that weekday."""
    rows = session.scalars(*_standing_orders(resident.id, menu.meal_id))
    weekday = WEEKDAYS[menu.date.weekday()]
    return next((row for row in rows if not row.days or weekday in row.days), None)


@prepared
def _standing_orders(resident_id: int, meal_id: int) -> sa.Select[StandingOrder]:
    hers = sa.select(StandingOrder).where(
        StandingOrder.resident_id == resident_id, StandingOrder.meal_id == meal_id, StandingOrder.ended_at.is_(None)
    )
    return hers.order_by(StandingOrder.id)


def has_decided(session: Session, resident: Resident, menu: Menu) -> bool:
    """Has she, or somebody for her, ordered from that menu, even if it was called off since?"""
    hers = sa.select(HelpRequest.id).where(HelpRequest.resident_id == resident.id, HelpRequest.menu_id == menu.id)
    return session.scalars(hers.limit(1)).first() is not None


def orderable_for_staff(session: Session, community: Community, now: datetime, *, most: int = 6) -> list[Menu]:
    """The menus staff may order from: as for everybody, and those that are counted and still to be served."""
    return missed_menus(session, community, now) + orderable_menus(session, community, now, most=most)


def place_meal(
    session: Session,
    resident: Resident,
    menu: Menu,
    dish: Dish,
    *,
    portions: int = 1,
    source: Source,
    who: str,
    now: datetime,
    source_key: str | None = None,
    is_cooked: bool = True,
    note_for_kitchen: str = "",
) -> HelpRequest:
    """Order a dish. The same `source_key` twice is one order. `is_cooked` False: it is called off in the same breath.
    `note_for_kitchen` is cooked by and stands on the label, beside her diet: "no salt".

    Refuses "too_late_for_meal" after the cut-off (but staff may still send out a single meal until it is served),
    "not_cooked" on a day on which nothing is, "absent" on a day on which she is known to be away, "already_ordered"
    when she has one from this menu, "sold_out", "only_left" when there are fewer portions.
    """
    if source_key and (placed := request_by_source(session, source_key)):
        return placed
    is_limited = hold_menu(session, menu)
    _one_at_a_time(session, resident)
    _check_menu(menu, source, now=now)
    if resident.absence_on(menu.date) is not None:
        raise Refusal("absent")
    if existing := meal_request_of(session, resident, menu):
        raise Refusal("already_ordered", dish=existing.dish.name if existing.dish else "", code=existing.code)
    if is_cooked and source is not Source.STAFF:
        _check_left(session, dish, portions, is_limited=is_limited)
    service = meal_service(session, resident.community_id)
    request = HelpRequest(
        community_id=resident.community_id, code=resident.community.take_code(session), resident=resident,
        service=service, source=source, source_key=source_key, placed_at=now, wanted_from=menu.serve_from_at,
        wanted_until=menu.serve_until_at, menu=menu, dish=dish, portions=portions,
        note=note_for_kitchen, state=State.POOLED, due_at=max(now, menu.cutoff_at), version=1,
    )  # fmt: skip
    session.add(request)
    session.flush()
    note(session, request, "place", who=who, now=now, why=source)
    if is_limited:
        note_what_is_full(session, menu, now=now)
    if not menu.can_be_ordered(now):
        send_out(session, [request], who=who, now=now)
    return request


def order_anew(
    session: Session, request: HelpRequest, *, source: Source, who: str, now: datetime
) -> HelpRequest | None:
    """A meal that was called off is ordered as it was; None: it is none, or its menu can be ordered from no more.

    Refuses as `place_meal` does.
    """
    menu, dish = request.menu, request.dish
    if menu is None or dish is None or not menu.can_be_ordered(now):
        return None
    return place_meal(
        session, request.resident, menu, dish, portions=request.portions, source=source, who=who, now=now,
        note_for_kitchen=request.note,
    )  # fmt: skip


def _check_menu(menu: Menu, source: Source, *, now: datetime) -> None:
    """Is it cooked, and can it still be ordered? What staff enter may be had from what is counted already."""
    what = {"meal": blanks.names(menu.meal.names), "day": blanks.day(menu.date)}
    if menu.is_off:
        raise Refusal("not_cooked", **what)
    if not menu.can_be_ordered(now) and not (source is Source.STAFF and now < menu.serve_until_at):
        raise Refusal("too_late_for_meal", **what, cutoff=orders_until(menu))


def _check_left(
    session: Session, dish: Dish, portions: int, *, is_limited: bool, instead_of: HelpRequest | None = None
) -> None:
    """Are there so many left? What staff enter is not asked: they have settled it with the kitchen."""
    left = left_of_each(session, dish.menu, without=instead_of)[dish.id] if is_limited else None
    if dish.sold_out_at is not None or (left is not None and left <= 0):
        raise Refusal("sold_out", dish=dish.name)
    if left is not None and left < portions:
        raise Refusal("only_left", dish=dish.name, count=left)


def _one_at_a_time(session: Session, resident: Resident) -> None:
    """An order of hers by another telephone at this moment is there, or not yet begun; never half."""
    session.execute(sa.select(Resident.id).where(Resident.id == resident.id).with_for_update(key_share=True))


def send_out(
    session: Session,
    requests: list[HelpRequest],
    *,
    who: str,
    now: datetime,
    vehicle: Vehicle = Vehicle.FOOT,
) -> Job:
    """Make one job of these requests (in the order of their stops); it is due at once, and the watch offers it.

    Whatever is sent out has been counted, so this is where meals get their price.
    """
    fix_prices(session, requests)
    first = requests[0]
    # A single request and its job are known by one number, the first time; codes are never used again.
    is_new_alone = len(requests) == 1 and first.job_id is None
    job = Job(
        community_id=first.community_id, code=first.code if is_new_alone else first.community.take_code(session),
        service_id=first.service_id, zone_id=first.resident.zone_id, wanted_from=first.wanted_from,
        wanted_until=first.wanted_until, vehicle=vehicle, state=State.WAITING, due_at=now, version=1,
    )  # fmt: skip
    session.add(job)
    session.flush()
    for place, request in enumerate(requests):
        request.job, request.stop_position = job, place
        if request.state is State.POOLED:
            move(session, request, "plan", who=who, now=now, due_at=now)
    session.flush()
    return job


def change_order(
    session: Session, request: HelpRequest, dish: Dish, *, who: str, now: datetime, portions: int | None = None,
    note_for_kitchen: str | None = None,
) -> None:  # fmt: skip
    """Another dish of the same menu, or more or fewer of it, or with other words for the kitchen; before its cut-off.
    Refuses "too_late_to_change", "sold_out", "only_left"."""
    menu, is_limited = _held_to_change(session, request, now=now)
    if dish.menu_id != menu.id:
        raise Refusal("too_late_to_change")
    portions = request.portions if portions is None else portions
    if not who.startswith("staff"):
        _check_left(session, dish, portions, is_limited=is_limited, instead_of=request)
    changed = [f"{request.dish.name if request.dish else ''} → {dish.name}"] if request.dish_id != dish.id else []
    changed += [f"× {portions}"] if portions != request.portions else []
    changed += [note_for_kitchen or "–"] if note_for_kitchen not in (None, request.note) else []
    request.dish, request.portions = dish, portions
    request.note = request.note if note_for_kitchen is None else note_for_kitchen
    if changed:
        note(session, request, "change", who=who, now=now, why=", ".join(changed))
    if is_limited:
        note_what_is_full(session, menu, now=now)


def tell_what_comes_instead(session: Session, dish: Dish, was: str, *, now: datetime) -> list[HelpRequest]:
    """A dish of a menu is another now: whoever waits for it is told. Their orders."""
    waiting = sa.select(HelpRequest).where(HelpRequest.dish_id == dish.id, HelpRequest.state.in_(OPEN))
    orders = list(session.scalars(waiting.order_by(HelpRequest.id)))
    for order in orders:
        tell(
            session, order.resident, "other_dish", now=now, about=order, dish=dish.name, was=was,
            meal=blanks.names(dish.menu.meal.names), day=blanks.day(dish.menu.date),
        )  # fmt: skip
    return orders


def one_more(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """One more portion of what she has ordered, before the cut-off. Refuses "too_late_to_change", "sold_out",
    "no_more_portions"."""
    menu, is_limited = _held_to_change(session, request, now=now)
    if request.dish is not None:
        _check_left(session, request.dish, 1, is_limited=is_limited)
    if request.portions >= MOST_PORTIONS:
        raise Refusal("no_more_portions")
    request.portions += 1
    note(session, request, "change", who=who, now=now, why=f"× {request.portions}")
    if is_limited:
        note_what_is_full(session, menu, now=now)


def _held_to_change(session: Session, request: HelpRequest, *, now: datetime) -> tuple[Menu, bool]:
    """The menu of an order that can still be changed, held; and whether its portions are limited."""
    menu = request.menu
    if menu is None:
        raise Refusal("too_late_to_change")
    is_limited = hold_menu(session, menu)
    session.refresh(request)
    if request.state is not State.POOLED or not menu.can_be_ordered(now):
        raise Refusal("too_late_to_change")
    return menu, is_limited


def meal_service(session: Session, community_id: int) -> Service:
    """The community's service under which meals are carried."""
    service: Service = session.scalars(*_meal_service(community_id)).one()
    return service


@prepared
def _meal_service(community_id: int) -> sa.Select[Service]:
    return sa.select(Service).where(Service.community_id == community_id, Service.code == "meal")
