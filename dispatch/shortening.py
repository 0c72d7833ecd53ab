"""Rounds with short ways: a part is taken out and put back elsewhere, over and over, and what is better stays.

Ruin and recreate with strings (Christiaens and Vanden Berghe 2020, "Slack induction by string removals"), under
simulated annealing. Its luck is seeded and its looks are counted, so that the same town has the same rounds every time.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor

from dispatch.ways import Kind, Limits, Load, able, serving, way

# A round more is dearer than any way; one for which there is nobody left, dearer still.
_A_ROUND, _NOBODY_LEFT = 10_000_000, 20_000_000
# What rounds of different length cost, in metres times stops squared: to move one stop from a round of ten to one of
# six may cost about half a kilometre.
_UNEVEN = 60
# Loads taken out at a time, on average; the longest piece taken out of one round.
_OUT, _STRING = 12, 10
# How often the shortest round is taken apart as a whole, lest there be one too many.
_A_WHOLE_ROUND = 0.1
# Only rounds that pass by one of so many neighbours are tried, and one of them is overlooked now and then.
_NEIGHBOURS, _OVERLOOKED = 20, 0.03
# How much worse may be taken at first and at last, in parts of the average way from door to door.
_HOT, _COLD = 0.8, 0.02
# In which order loads are put back, and how often so.
_ORDERS = ("by_luck", "by_size", "far_first", "near_first")
_ORDER_WEIGHTS = (4, 4, 2, 1)


@dataclass(slots=True)
class _Tour:
    """A round in the making; its loads are numbers."""

    kind: int
    order: list[int]
    stops: int = 0
    portions: int = 0
    minutes: int = 0
    metres: int = 0

    def copy(self) -> "_Tour":
        return _Tour(self.kind, self.order[:], self.stops, self.portions, self.minutes, self.metres)


def shorten(loads: Sequence[Load], limits: Limits, many: Mapping[Kind, int], *, looks: int) -> list[list[Load]]:
    """Rounds of these loads, each of which somebody can take: few of them, about equally long, on short ways.

    Every point is known. `many` says how many there are of each kind; `looks` is how often a part is taken out, for
    each load.
    """
    if not loads:
        return []
    search = _Search(loads, limits, many)
    return [[loads[load] for load in tour.order] for tour in search.best_of(looks * len(loads))]


class _Search:
    def __init__(self, loads: Sequence[Load], limits: Limits, many: Mapping[Kind, int]) -> None:
        self.luck = random.Random(len(loads))  # noqa: S311 - seeded on purpose
        self.loads, self.limits, self.kinds = loads, limits, limits.kinds
        self.many = [many.get(kind, 0) for kind in self.kinds]
        numbers = range(len(loads))
        first, last = [load.doors[0].point for load in loads], [load.doors[-1].point for load in loads]
        self.start = [way(limits.kitchen, point) for point in first]
        self.ways = [[way(here, there) for there in first] for here in last]
        self.ways_to = [[self.ways[here][there] for here in numbers] for there in numbers]
        self.near = [self._nearest_first(load) for load in numbers]
        # By which kinds a load can be taken along, and by which it can be taken alone.
        self.served = [[loads[load].zones <= kind.zones for kind in self.kinds] for load in numbers]
        self.alone = [self._kinds_alone(load) for load in loads]

    def _nearest_first(self, load: int) -> list[int]:
        on = self.ways[load]
        return sorted(range(len(on)), key=lambda other: (other != load, on[other], other))

    def best_of(self, looks: int) -> list[_Tour]:
        """The best that so many looks find."""
        tours = self._look([])
        best, cost = tours, self._cost(tours)
        best_cost = cost
        ways = sum(tour.metres for tour in tours) / len(self.loads)
        for look in range(looks):
            heat = ways * _HOT * (_COLD / _HOT) ** (look / looks)
            new = self._look(tours)
            new_cost = self._cost(new)
            if new_cost <= cost or (heat > 0 and self.luck.random() < exp(max((cost - new_cost) / heat, -99))):
                tours, cost = new, new_cost
            if new_cost < best_cost:
                best, best_cost = new, new_cost
        return best

    def _cost(self, tours: list[_Tour]) -> int:
        used = Counter(tour.kind for tour in tours)
        missing = sum(max(0, count - self.many[kind]) for kind, count in used.items())
        ways = sum(tour.metres + _UNEVEN * tour.stops**2 for tour in tours)
        return ways + _A_ROUND * (len(tours) - missing) + _NOBODY_LEFT * missing

    def _look(self, tours: list[_Tour]) -> list[_Tour]:
        """Take something out, everything at first, and put it back."""
        tours = [tour.copy() for tour in tours]
        where = {load: tour for tour in tours for load in tour.order}
        out = self._take_out(where, len(tours)) if tours else list(range(len(self.loads)))
        tours = [tour for tour in tours if tour.order]
        for load in self._in_some_order(out):
            where[load] = self._put_back(load, tours, where)
        return tours

    def _take_out(self, where: dict[int, _Tour], tours: int) -> list[int]:
        longest = min(_STRING, ceil(len(where) / tours))
        strings = floor(self.luck.uniform(1, 4 * _OUT / (1 + longest)))
        out: list[int] = []
        ruined: list[_Tour] = []
        first = self.luck.randrange(len(self.loads))
        whole = None
        if self.luck.random() < _A_WHOLE_ROUND:
            whole = min(where.values(), key=lambda tour: tour.stops)
            first = whole.order[0]
        for load in self.near[first]:
            if len(ruined) >= strings:
                break
            tour = where.get(load)
            if tour is None or any(tour is other for other in ruined):
                continue
            string = self._string(tour.order, load, longest) if tour is not whole else tour.order
            tour.order = [one for one in tour.order if one not in string]
            self._add_up(tour)
            if not self._is_in_time(tour):
                # A way without a door in between may be a metre longer, for metres are rounded.
                string += tour.order
                tour.order = []
            for one in string:
                del where[one]
            out += string
            ruined.append(tour)
        return out

    def _string(self, order: list[int], load: int, longest: int) -> list[int]:
        """A piece of a round around this load."""
        length = self.luck.randint(1, min(longest, len(order)))
        at = order.index(load)
        begin = self.luck.randint(max(0, at - length + 1), min(at, len(order) - length))
        return order[begin : begin + length]

    def _add_up(self, tour: _Tour) -> None:
        loads = [self.loads[load] for load in tour.order]
        tour.stops, tour.portions = sum(load.stops for load in loads), sum(load.portions for load in loads)
        tour.minutes, tour.metres = sum(load.minutes for load in loads), sum(load.metres for load in loads)
        if loads:
            tour.metres += self.start[tour.order[0]]
            tour.metres += sum(self.ways[a][b] for a, b in pairwise(tour.order))

    def _is_in_time(self, tour: _Tour) -> bool:
        return tour.minutes + tour.metres / self.kinds[tour.kind].metres_a_minute <= self.limits.minutes

    def _in_some_order(self, out: list[int]) -> list[int]:
        (how,) = self.luck.choices(_ORDERS, _ORDER_WEIGHTS)
        self.luck.shuffle(out)
        if how == "by_size":
            return sorted(out, key=lambda load: (-self.loads[load].stops, -self.loads[load].portions))
        if how != "by_luck":
            return sorted(out, key=lambda load: self.start[load], reverse=how == "far_first")
        return out

    def _put_back(self, load: int, tours: list[_Tour], where: dict[int, _Tour]) -> _Tour:
        """Where it costs least; on a round of its own where there is no room."""
        near = {id(where[other]): where[other] for other in self.near[load][:_NEIGHBOURS] if other in where}
        found = self._cheapest(load, list(near.values())) or self._cheapest(load, tours)
        if found:
            return self._insert(load, *found)
        tour = _Tour(self.luck.choice(self._free(load, tours) or self.alone[load]), [])
        tours.append(tour)
        return self._insert(load, tour, 0, self.start[load])

    def _free(self, load: int, tours: list[_Tour]) -> list[int]:
        """Who can take it alone and has no round yet."""
        used = Counter(tour.kind for tour in tours)
        return [kind for kind in self.alone[load] if used[kind] < self.many[kind]]

    def _cheapest(self, load: int, tours: list[_Tour]) -> tuple[_Tour, int, int] | None:
        """On which round, before which of its loads, and how many metres more."""
        new, served = self.loads[load], self.served[load]
        best: tuple[_Tour, int, int] | None = None
        least = float("inf")
        for tour in tours:
            stops, portions = tour.stops + new.stops, tour.portions + new.portions
            kind = self.kinds[tour.kind]
            if not served[tour.kind] or stops > self.limits.most_stops or portions > kind.capacity:
                continue
            if self.luck.random() < _OVERLOOKED:
                continue
            more, at = self._place(load, tour.order)
            minutes = tour.minutes + new.minutes + (tour.metres + more + new.metres) / kind.metres_a_minute
            price = more + _UNEVEN * (stops**2 - tour.stops**2)
            if price < least and minutes <= self.limits.minutes:
                best, least = (tour, at, more), price
        return best

    def _place(self, load: int, order: list[int]) -> tuple[int, int]:
        """How many metres more, and before which of these, it costs least."""
        on, to = self.ways[load], self.ways_to[load]
        here = order[0]
        least, at = self.start[load] + on[here] - self.start[here], 0
        for number in range(1, len(order)):
            there = order[number]
            more = to[here] + on[there] - self.ways[here][there]
            if more < least:
                least, at = more, number
            here = there
        return (to[here], len(order)) if to[here] < least else (least, at)

    def _insert(self, load: int, tour: _Tour, at: int, more: int) -> _Tour:
        new = self.loads[load]
        tour.order.insert(at, load)
        tour.stops += new.stops
        tour.portions += new.portions
        tour.minutes += new.minutes
        tour.metres += more + new.metres
        return tour

    def _kinds_alone(self, load: Load) -> list[int]:
        """Who can take it as a round of its own; where that is nobody, whoever goes there at all."""
        alone = able(load, self.limits) or serving(load.zones, self.kinds)
        return [number for number, kind in enumerate(self.kinds) if kind in alone]
