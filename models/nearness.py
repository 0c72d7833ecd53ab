"""Where somebody lives, as far as it is known, and how far that is from somewhere else."""

from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from sqlalchemy.orm import Mapped

_EARTH_METRES = 6_371_000
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


def metres_between(here: Point, there: Point) -> int:
    """The way a bird would fly, by the haversine formula."""
    (north, east), (other_north, other_east) = here, there
    rise, run = radians(other_north - north) / 2, radians(other_east - east) / 2
    part = sin(rise) ** 2 + cos(radians(north)) * cos(radians(other_north)) * sin(run) ** 2
    return round(2 * _EARTH_METRES * asin(min(1.0, sqrt(part))))
