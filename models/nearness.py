"""Where somebody lives, as far as it is known, and how far that is from somewhere else."""

import re
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from sqlalchemy.orm import Mapped

_EARTH_METRES = 6_371_000
_WRITTEN = re.compile(r"(-?\d{1,3}(?:\.\d+)?)[\s,;]+(-?\d{1,3}(?:\.\d+)?)", re.ASCII)
Point = tuple[float, float]


class Vehicle(StrEnum):
    """How somebody gets about, from what carries least to what carries most."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    CAR = "car"

    def carries(self, needed: "Vehicle") -> bool:
        """Does it carry as much as that one?"""
        order = list(Vehicle)
        return order.index(self) >= order.index(needed)


class Somewhere:
    """A place on the map, in degrees; both are known or neither."""

    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    @property
    def point(self) -> Point | None:
        """Latitude and longitude, if they are known."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


def point_of(written: str) -> Point | None:
    """Latitude and longitude as people copy them from a map: "39.91, 116.40"; None for what is no place."""
    found = _WRITTEN.fullmatch(written.strip())
    if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:
        return float(found[1]), float(found[2])
    return None


def degrees(point: Point | None) -> str:
    """A place as it is typed in."""
    return "" if point is None else ", ".join(f"{degree:.6f}".rstrip("0").rstrip(".") for degree in point)


def metres_between(here: Point, there: Point) -> int:
    """The way a bird would fly, by the haversine formula."""
    (north, east), (other_north, other_east) = here, there
    rise, run = radians(other_north - north) / 2, radians(other_east - east) / 2
    part = sin(rise) ** 2 + cos(radians(north)) * cos(radians(other_north)) * sin(run) ** 2
    return round(2 * _EARTH_METRES * asin(min(1.0, sqrt(part))))
