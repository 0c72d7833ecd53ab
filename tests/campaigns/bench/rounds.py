"""scripts/bench rounds: the ways of planned rounds, against the best that is known of the same invented towns.

The best known are the ways that VROOM, an established solver, found in its longest run. It is no part of this program, for
what PyPI offers of it brings a library under the GPL along. Whoever has it in the path can ask it again: --vroom.
"""

import argparse
import math
import random
import time
from dataclasses import dataclass
from itertools import pairwise

from dispatch.routing import LOOKS, Route, plan
from dispatch.ways import Door, Porter, Stop, kind_of, load_of, way
from models.nearness import Vehicle

MINUTES, MOST_STOPS = 90, 12
KITCHEN = (31.2304, 121.4737)
_ACROSS_METRES, _A_DEGREE = 3000, 111_195
# (stops, porters, seed) → metres of all rounds and how many rounds, as VROOM found them at its highest exploration.
BEST_KNOWN = {
    (200, 20, 0): (47909, 18),
    (200, 20, 1): (56655, 17),
    (200, 20, 2): (51631, 18),
    (200, 20, 3): (50539, 17),
    (200, 20, 4): (52693, 17),
    (200, 20, 5): (52754, 18),
    (200, 20, 6): (48467, 18),
    (200, 20, 7): (51711, 17),
}


@dataclass(frozen=True)
class Town:
    """A kitchen in the middle, four quarters, and people in clusters and between them."""

    doors: list[Door]
    porters: list[Porter]


def town(stops: int, porters: int, seed: int) -> Town:
    """The same for the same seed. Every sixth door is a couple's; most serve one quarter, some two; many go on foot."""
    luck = random.Random(seed)
    half = _ACROSS_METRES / 2
    middles = [(luck.uniform(-half, half), luck.uniform(-half, half)) for _ in range(12)]
    doors: list[Door] = []
    number = 0
    while number < stops:
        north, east = luck.choice(middles)
        if luck.random() < 0.7:
            north, east = luck.gauss(north, 250), luck.gauss(east, 250)
        else:
            north, east = luck.uniform(-half, half), luck.uniform(-half, half)
        behind = min(2 if luck.random() < 1 / 6 else 1, stops - number)
        people = tuple(Stop(number + one, luck.choice((1, 1, 1, 2))) for one in range(behind))
        doors.append(Door(len(doors), _quarter(north, east), people, _point(north, east)))
        number += behind
    return Town(doors, [_porter(luck, number) for number in range(porters)])


def _quarter(north: float, east: float) -> int:
    return 2 * (north > 0) + (east > 0)


def _point(north: float, east: float) -> tuple[float, float]:
    return (
        KITCHEN[0] + north / _A_DEGREE,
        KITCHEN[1] + east / _A_DEGREE / math.cos(math.radians(KITCHEN[0])),
    )


def _porter(luck: random.Random, number: int) -> Porter:
    zones = {number % 4, *([luck.randrange(4)] if luck.random() < 0.4 else [])}
    return Porter(number, frozenset(zones), luck.choice((Vehicle.FOOT, Vehicle.BICYCLE, Vehicle.BICYCLE, Vehicle.CAR)))


def planned(place: Town, *, looks: int = LOOKS) -> list[Route]:
    """Our rounds."""
    return plan(place.doors, place.porters, kitchen=KITCHEN, most_stops=MOST_STOPS, minutes=MINUTES, looks=looks)


def metres(routes: list[Route]) -> int:
    """All ways together."""
    return sum(route.metres or 0 for route in routes)


def main(arguments: list[str]) -> int:
    """0 when every stop is on a round, and nobody waits beyond the window who need not."""
    parser = argparse.ArgumentParser(prog="scripts/bench rounds", description=__doc__)
    parser.add_argument("--stops", type=int, default=200)
    parser.add_argument("--porters", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5, help="how many towns")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--looks", type=int, default=LOOKS, help="how long ours may look, for each door")
    parser.add_argument(
        "--long", type=int, default=0, help="compare with this many looks of our own where nothing is known"
    )
    parser.add_argument("--vroom", action="store_true", help="ask VROOM again, where it is installed")
    given = parser.parse_args(arguments)
    late = 0
    for seed in range(given.seed, given.seed + given.seeds):
        late += _one(given, seed)
    return int(late > 0)


def _one(given: argparse.Namespace, seed: int) -> int:
    place = town(given.stops, given.porters, seed)
    began, began_work = time.perf_counter(), time.process_time()
    routes = planned(place, looks=given.looks)
    seconds, work = time.perf_counter() - began, time.process_time() - began_work
    late = sum(len(route.stops) for route in routes if route.is_too_long)
    sizes = [len(route.stops) for route in routes]
    line = f"seed {seed}: {len(routes)} rounds of {min(sizes)} to {max(sizes)} stops, {metres(routes):6} m in {seconds:5.2f} s ({work:.2f} s of processor)"
    for name, best, rounds in _others(given, place, seed):
        line += f"; {name} {best:6} m, {rounds} rounds: gap {metres(routes) / best - 1:+.1%}"
    print(f"{line}; beyond the window: {late} stops", flush=True)
    return late


def _others(given: argparse.Namespace, place: Town, seed: int) -> list[tuple[str, int, int]]:
    found = []
    known = BEST_KNOWN.get((given.stops, given.porters, seed))
    if known and not given.vroom:
        found.append(("best known", *known))
    if given.vroom:
        found.append(("VROOM", *by_vroom(place)))
    if given.long:
        long = planned(place, looks=given.long)
        found.append(("our long run", metres(long), len(long)))
    return found


def by_vroom(place: Town) -> tuple[int, int]:
    """Metres and rounds of VROOM's longest run, under the same rules; everybody may go twice where they do not suffice."""
    import numpy as np
    import vroom

    problem = vroom.Input()
    points = [KITCHEN, *(door.point for door in place.doors)]
    ways = np.array(
        [[0 if there == 0 else way(here, points[there]) for there in range(len(points))] for here in points]
    )
    for number, porter in enumerate([*place.porters, *place.porters]):
        fixed = 1_000_000 if number < len(place.porters) else 2_000_000
        kind = kind_of(porter)
        problem.add_vehicle(
            vroom.Vehicle(
                number + 1, start=0, profile=kind.vehicle, capacity=[MOST_STOPS, kind.capacity], skills=set(kind.zones),
                time_window=[0, MINUTES * 60], costs=vroom.VehicleCosts(fixed=fixed),
            )
        )  # fmt: skip
        problem.set_durations_matrix(kind.vehicle, np.ceil(ways * 60 / kind.metres_a_minute))
        problem.set_costs_matrix(kind.vehicle, ways)
    for number, door in enumerate(place.doors, start=1):
        load = load_of([door])
        problem.add_job(
            vroom.Job(
                number, location=number, delivery=[load.stops, load.portions], skills={door.zone},
                default_service=load.minutes * 60,
            )
        )  # fmt: skip
    solution = problem.solve(exploration_level=5, nb_threads=2)
    rows = solution.routes
    jobs = rows[rows.type == "job"]
    assert len(jobs) == len(place.doors), "VROOM left somebody out"
    orders = [[0, *map(int, group.id)] for _, group in jobs.groupby("vehicle_id")]
    return sum(int(ways[a][b]) for order in orders for a, b in pairwise(order)), len(orders)
