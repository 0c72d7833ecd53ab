"""Which stops of one meal make one round, and in which order: by who can carry them, what staff prefer, and the way."""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil

from dispatch.following import together
from dispatch.shortening import shorten
from dispatch.ways import (
    CAPACITY,
    METRES_A_MINUTE,
    Door,
    Kind,
    Limits,
    Load,
    Porter,
    able,
    kind_of,
    load_of,
    metres_with_start,
    minutes_for,
    serving,
)
from models.nearness import Point, Vehicle

log = logging.getLogger(__name__)

# How often a part of the rounds is taken apart and put together again, for each door.
LOOKS = 60
_VEHICLES = list(Vehicle)


@dataclass(frozen=True)
class Route:
    """One round as it is planned."""

    stops: tuple[int, ...]
    doors: tuple[int, ...]
    zones: tuple[int, ...]
    vehicle: Vehicle  # the humblest with which somebody can do it
    minutes: int  # from the kitchen until the last meal is handed over
    metres: int | None  # along the streets; None: nobody knows where these doors are
    is_too_long: bool = False  # nobody can do it within the serving window
    is_too_heavy: bool = False  # nobody can carry so much


def plan(
    doors: Sequence[Door],
    porters: Sequence[Porter],
    *,
    kitchen: Point | None,
    most_stops: int,
    minutes: int,
    follows: Mapping[int, int] | None = None,
    middles: Mapping[int, Point] | None = None,
    looks: int = LOOKS,
) -> list[Route]:
    """Every stop on exactly one round. Doors come in the order of their addresses, `follows[b] = a` says that b is
    visited right after a, `middles` where zones are whose doors are not on the map. As few rounds as can be.
    """
    kinds = [kind_of(porter) for porter in sorted(porters, key=lambda porter: porter.id)]
    many = Counter(kinds)
    limits = Limits(kitchen, most_stops, minutes, tuple(dict.fromkeys([*kinds, *_walkers(doors, kinds)])))
    follows = follows or {}
    try:
        loads = together(_on_the_map(doors, middles or {}), follows, limits)
        known = [load for load in loads if _is_known(load)]
        rounds = shorten(known, limits, many, looks=looks)
        rounds += _by_address([load for load in loads if not _is_known(load)], limits)
    except Exception:
        # Meals must leave: rounds that are too long a way are better than none.
        log.exception("the ways could not be shortened: %s doors go by zone and address", len(doors))
        loads = together([replace(door, point=None) for door in doors], follows, limits)
        rounds = _by_address(loads, limits)
    place = {stop.id: number for number, stop in enumerate(stop for door in doors for stop in door.stops)}
    routes = [_route(_neighbours_in_order(part, place), limits) for part in rounds]
    return sorted(routes, key=lambda route: (route.zones, min(place[stop] for stop in route.stops)))


def _walkers(doors: Sequence[Door], kinds: Sequence[Kind]) -> list[Kind]:
    """Where nobody serves a zone it is planned as if somebody came on foot."""
    served = {zone for kind in kinds for zone in kind.zones}
    foot = Vehicle.FOOT
    zones = sorted({door.zone for door in doors} - served)
    return [Kind(frozenset({zone}), foot, CAPACITY[foot], METRES_A_MINUTE[foot]) for zone in zones]


def _on_the_map(doors: Sequence[Door], middles: Mapping[int, Point]) -> list[Door]:
    """A door of which nobody knows where it is counts as the middle of its zone, or of its zone's other doors."""
    points: dict[int, list[Point]] = defaultdict(list)
    for door in doors:
        if door.point:
            points[door.zone].append(door.point)
    middles = {zone: _middle(known) for zone, known in points.items()} | dict(middles)
    return [replace(door, point=door.point or middles.get(door.zone)) for door in doors]


def _middle(points: Sequence[Point]) -> Point:
    return sum(north for north, _ in points) / len(points), sum(east for _, east in points) / len(points)


def _is_known(load: Load) -> bool:
    return all(door.point for door in load.doors)


def _by_address(loads: Sequence[Load], limits: Limits) -> list[list[Load]]:
    """Zone by zone, in the given order, about equally many stops on each round."""
    by_zone: dict[tuple[int, ...], list[Load]] = defaultdict(list)
    for load in loads:
        by_zone[tuple(sorted(load.zones))].append(load)
    return [part for _, group in sorted(by_zone.items()) for part in _evenly(group, limits)]


def _evenly(loads: Sequence[Load], limits: Limits) -> list[list[Load]]:
    stops, portions = sum(load.stops for load in loads), sum(load.portions for load in loads)
    capacity = max(kind.capacity for kind in serving(loads[0].zones, limits.kinds))
    fair = ceil(stops / max(ceil(stops / limits.most_stops), ceil(portions / capacity)))
    parts: list[list[Load]] = [[]]
    for load in loads:
        part = parts[-1]
        is_full = sum(one.stops for one in part) >= fair
        if part and (is_full or not able(_joined([*part, load]), limits)):
            parts.append([])
        parts[-1].append(load)
    return parts


def _neighbours_in_order(loads: Sequence[Load], place: Mapping[int, int]) -> Load:
    """Doors at the very same point, as in the middle of a zone, are visited in the given order."""
    parts = [
        sorted(same, key=lambda load: place[load.doors[0].stops[0].id])
        for _, same in groupby(loads, key=lambda load: (load.doors[0].point, load.doors[-1].point))
    ]
    return _joined([load for part in parts for load in part])


def _joined(loads: Sequence[Load]) -> Load:
    return load_of(door for load in loads for door in load.doors)


def _route(load: Load, limits: Limits) -> Route:
    fit = able(load, limits)
    going = fit or serving(load.zones, limits.kinds)
    if fit:
        kind = min(fit, key=lambda kind: (_VEHICLES.index(kind.vehicle), kind.metres_a_minute))
    else:
        kind = max(going, key=lambda kind: (load.portions <= kind.capacity, kind.metres_a_minute))
    taken = minutes_for(kind, load, limits)
    return Route(
        stops=tuple(stop.id for door in load.doors for stop in door.stops),
        doors=tuple(dict.fromkeys(door.id for door in load.doors)),
        zones=tuple(sorted(load.zones)),
        vehicle=kind.vehicle,
        minutes=ceil(taken),
        metres=metres_with_start(load, limits) if _is_known(load) else None,
        is_too_long=taken > limits.minutes,
        is_too_heavy=load.portions > kind.capacity,
    )
