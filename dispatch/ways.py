"""What a round is made of: doors, those who carry, what one of them may be sent with, and how long a way takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.nearness import Point, Vehicle, metres_between

# On foot: 3.5 feet a second, for which pedestrian lights are timed (MUTCD), since bags are heavy. By bicycle: 14 km/h,
# as the WHO's tool for cycling (HEAT) reckons. By car: 20 km/h, which is 10 km in half an hour, as in the middle of the
# slowest large cities of TomTom's traffic index; looking for a parking place is part of it.
METRES_A_MINUTE = {Vehicle.FOOT: 64, Vehicle.BICYCLE: 233, Vehicle.CAR: 333}
# Two bags of six, a box on the rack and a bag on the back, a boot full of boxes.
CAPACITY = {Vehicle.FOOT: 12, Vehicle.BICYCLE: 18, Vehicle.CAR: 60}
# Streets are longer than a bird's way: 1.2 to 1.5 times, by country (Ballou, Rahardja and Sakai 2002).
_DETOUR = 1.3
# Find the bell, wait, hand over, a word at the door; and for everybody more behind it.
_MINUTES_A_DOOR, _MINUTES_A_PERSON = 3, 1


@dataclass(frozen=True)
class Stop:
    """One person's meal: what a round has at most so many of."""

    id: int
    portions: int = 1


@dataclass(frozen=True)
class Door:
    """Where people live behind one door; its stops are in the order of visiting."""

    id: int
    zone: int
    stops: tuple[Stop, ...]
    point: Point | None = None

    @property
    def portions(self) -> int:
        """What must be carried here."""
        return sum(stop.portions for stop in self.stops)

    @property
    def minutes(self) -> int:
        """How long one stands here."""
        return _MINUTES_A_DOOR + _MINUTES_A_PERSON * len(self.stops)


@dataclass(frozen=True)
class Porter:
    """A volunteer who may take a round: which zones she serves, and with what."""

    id: int
    zones: frozenset[int]
    vehicle: Vehicle = Vehicle.FOOT


@dataclass(frozen=True)
class Kind:
    """Those who carry and are alike in everything that matters for a round."""

    zones: frozenset[int]
    vehicle: Vehicle
    capacity: int
    metres_a_minute: int


@dataclass(frozen=True)
class Load:
    """Doors that are visited one right after the other, by one person."""

    doors: tuple[Door, ...]
    zones: frozenset[int]
    stops: int
    portions: int
    minutes: int  # at the doors, without the way
    metres: int  # from the first door to the last; doors of which nobody knows where they are count as none


@dataclass(frozen=True)
class Limits:
    """What one round may be."""

    kitchen: Point | None
    most_stops: int
    minutes: int
    kinds: tuple[Kind, ...]


def kind_of(porter: Porter) -> Kind:
    """Whom she is like."""
    return Kind(porter.zones, porter.vehicle, CAPACITY[porter.vehicle], METRES_A_MINUTE[porter.vehicle])


def load_of(doors: Iterable[Door]) -> Load:
    """Add up what it is to visit these doors in this order."""
    doors = tuple(doors)
    return Load(
        doors, frozenset(door.zone for door in doors), sum(len(door.stops) for door in doors),
        sum(door.portions for door in doors), sum(door.minutes for door in doors),
        sum(way(one.point, other.point) for one, other in pairwise(doors)),
    )  # fmt: skip


def way(here: Point | None, there: Point | None) -> int:
    """Metres along the streets, as a rule; none if one of the two is not known."""
    return 0 if here is None or there is None else round(_DETOUR * metres_between(here, there))


def metres_with_start(load: Load, limits: Limits) -> int:
    """The way from the kitchen to the last door."""
    return load.metres + (way(limits.kitchen, load.doors[0].point) if load.doors else 0)


def minutes_for(kind: Kind, load: Load, limits: Limits) -> float:
    """How long it takes such a person from the kitchen until the last meal is handed over."""
    return load.minutes + metres_with_start(load, limits) / kind.metres_a_minute


def able(load: Load, limits: Limits) -> list[Kind]:
    """Who can take all this as one round."""
    if load.stops > limits.most_stops:
        return []
    return [
        kind
        for kind in serving(load.zones, limits.kinds)
        if load.portions <= kind.capacity and minutes_for(kind, load, limits) <= limits.minutes
    ]


def serving(zones: frozenset[int], kinds: Sequence[Kind]) -> list[Kind]:
    """Who goes to all of these zones."""
    return [kind for kind in kinds if zones <= kind.zones]
