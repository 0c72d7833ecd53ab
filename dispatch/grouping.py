"""From meals to rounds: what is carried together, by what the map, the volunteers and the wishes of staff say."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from dispatch.counting import kitchen_of
from dispatch.ordering import meal_service
from dispatch.routing import LOOKS, plan
from dispatch.ways import Door, Porter, Stop
from models.kitchens import kitchens_of
from models.menus import Menu
from models.nearness import Vehicle
from models.people import Resident, Volunteer
from models.requests import HelpRequest


@dataclass(frozen=True)
class Round:
    """Meals that one volunteer carries from one kitchen, in this order, with at least this vehicle."""

    meals: tuple[HelpRequest, ...]
    vehicle: Vehicle


def in_rounds(session: Session, menu: Menu, meals: Sequence[HelpRequest], *, minutes: int | None = None) -> list[Round]:
    """Every meal on exactly one round; a round is of one kitchen and one zone, and never longer than one may be.

    `minutes` is how long there is; None: the hours in which this meal is served.
    """
    if minutes is None:
        minutes = round((menu.serve_until_at - menu.serve_from_at).total_seconds() / 60)
    kitchens = kitchens_of(session, menu.community_id)
    by_kitchen: dict[int, list[HelpRequest]] = defaultdict(list)
    for meal in sorted(meals, key=lambda one: (one.resident.address, one.resident_id)):
        by_kitchen[kitchen_of(meal, kitchens).id].append(meal)
    porters, known = _porters(session, menu), {meal.id: meal for meal in meals}
    most = meal_service(session, menu.community_id).stops_max
    middles = {zone.id: zone.point for zone in menu.community.zones if zone.point is not None}
    rounds = []
    for kitchen in kitchens:
        doors, door_of = _doors(by_kitchen[kitchen.id])
        routes = plan(
            doors, porters, kitchen=kitchen.point, most_stops=most, minutes=max(minutes, 1),
            follows=_follows(session, menu, door_of), middles=middles, looks=LOOKS,
        )  # fmt: skip
        rounds += [Round(tuple(known[stop] for stop in route.stops), route.vehicle) for route in routes]
    return rounds


def _doors(meals: Sequence[HelpRequest]) -> tuple[list[Door], dict[int, int]]:
    """People with one address and one telephone live behind one door; and the door of each resident, by their ids."""
    behind: dict[tuple[int, str, str | None], list[HelpRequest]] = defaultdict(list)
    for meal in meals:
        behind[(meal.resident.zone_id, meal.resident.address, meal.resident.phone)].append(meal)
    doors = [
        Door(
            id=group[0].resident_id, zone=zone, stops=tuple(Stop(meal.id, meal.portions) for meal in group),
            point=next((meal.resident.point for meal in group if meal.resident.point is not None), None),
        )
        for (zone, _, _), group in behind.items()
    ]  # fmt: skip
    return doors, {meal.resident_id: group[0].resident_id for group in behind.values() for meal in group}


def _follows(session: Session, menu: Menu, door_of: dict[int, int]) -> dict[int, int]:
    """Which door staff want visited right after which; whoever does not eat today may stand between two who do."""
    rows = session.execute(
        sa.select(Resident.id, Resident.follows_id)
        .where(Resident.community_id == menu.community_id, Resident.follows_id.is_not(None))
        .order_by(Resident.id)
    )
    pairs = [(door_of.get(behind, behind), door_of.get(before, before)) for behind, before in rows if before]
    return {behind: before for behind, before in pairs if behind != before}


def _porters(session: Session, menu: Menu) -> list[Porter]:
    """Whoever could carry this meal that day, once for each zone: a round is offered in the name of one."""
    start, end = menu.community.local(menu.serve_from_at), menu.community.local(menu.serve_until_at)
    service = meal_service(session, menu.community_id)
    rows = session.scalars(
        sa.select(Volunteer)
        .where(
            Volunteer.community_id == menu.community_id, Volunteer.enrolled_at.is_not(None),
            Volunteer.services.any(id=service.id),
        )
        .order_by(Volunteer.id)
        .options(selectinload(Volunteer.zones), selectinload(Volunteer.absences))
    )  # fmt: skip
    here = [one for one in rows if one.absence_on(menu.date) is None and one.works_between(start, end, whole=True)]
    pairs = [(volunteer, zone) for volunteer in here for zone in volunteer.zones]
    return [Porter(number, frozenset({zone.id}), volunteer.vehicle) for number, (volunteer, zone) in enumerate(pairs)]
