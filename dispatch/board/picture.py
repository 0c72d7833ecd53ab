"""Where the meals of one menu go: zones, stops and rounds as shapes for an SVG, by their places or, without, by zones.

Only the shape of it: nothing is measured here, and no street is known.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, cos, radians, sqrt

from models.nearness import Point

WIDE = 720.0
_EDGE, _DOT = 44.0, 11.0
_HIGHEST, _LOWEST = 620.0, 320.0
# A zone without places is a box with so many dots in a row.
_BOX, _BOX_GAP, _STEP = 218.0, 22.0, 34.0
_HEAD = 30.0
# So many looks of lines there are; then they begin anew, and the number on the line says which it is.
LOOKS = 6


@dataclass(frozen=True)
class Stop:
    """Who gets a meal: in which zone, where if that is known, and on which round as which stop."""

    id: int
    zone_id: int
    point: Point | None
    job_id: int | None = None
    code: int | None = None
    place: int = 0


@dataclass(frozen=True)
class Area:
    """A zone, and its middle if that is known."""

    id: int
    name: str
    point: Point | None = None


@dataclass(frozen=True)
class Dot:
    """A stop where it is drawn."""

    stop: Stop
    x: float
    y: float
    look: int  # 0: on no round


@dataclass(frozen=True)
class Box:
    """A zone where it is drawn."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A round: from the kitchen, if its place is known, from stop to stop."""

    job_id: int
    code: int
    look: int
    points: str
    x: float  # where its number stands
    y: float


@dataclass(frozen=True)
class Picture:
    """All of it."""

    boxes: Sequence[Box]
    lines: Sequence[Line]
    dots: Sequence[Dot]
    kitchens: Sequence[tuple[str, float, float]]
    is_by_place: bool
    lost: int  # so many stops have no place, and stand in the middle of their zone or at the edge
    high: float
    wide: float = WIDE


def drawn(stops: Sequence[Stop], areas: Sequence[Area], kitchens: Sequence[tuple[str, Point | None]]) -> Picture:
    """By places if at least two are known that differ, else by zones."""
    known = {stop.point for stop in stops if stop.point is not None}
    return _by_place(stops, areas, kitchens) if len(known) > 1 else _by_zone(stops, areas)


def _by_place(
    stops: Sequence[Stop], areas: Sequence[Area], kitchens: Sequence[tuple[str, Point | None]]
) -> Picture:  # fmt: skip
    cooks = [(name, point) for name, point in kitchens if point is not None]
    centres = {area.id: _centre(area, stops) for area in areas}
    used = {stop.zone_id for stop in stops}
    middles = [point for id_, point in centres.items() if point is not None and id_ in used]
    sheet = _Sheet([*(stop.point for stop in stops if stop.point), *(point for _, point in cooks), *middles])
    lost: dict[int, int] = defaultdict(int)
    at: dict[int, tuple[float, float]] = {}
    for stop in stops:
        at[stop.id] = sheet.at(stop.point) if stop.point else _beside(sheet, centres.get(stop.zone_id), lost, stop)
    start = sheet.at(cooks[0][1]) if len(cooks) == 1 else None
    boxes = [
        _around(area, [at[stop.id] for stop in stops if stop.zone_id == area.id]) for area in areas if area.id in used
    ]
    return Picture(
        boxes, _lines(stops, at, start), _dots(stops, at), [(name, *sheet.at(point)) for name, point in cooks],
        is_by_place=True, lost=sum(lost.values()), high=sheet.high,
    )  # fmt: skip


def _by_zone(stops: Sequence[Stop], areas: Sequence[Area]) -> Picture:
    """Boxes beside each other; in each its stops, round by round."""
    used = [area for area in areas if any(stop.zone_id == area.id for stop in stops)]
    at: dict[int, tuple[float, float]] = {}
    boxes, top, tallest = [], _BOX_GAP / 2, 0.0
    in_row = int(WIDE // (_BOX + _BOX_GAP))
    for number, area in enumerate(used):
        if number and number % in_row == 0:
            top, tallest = top + tallest + _BOX_GAP, 0.0
        left = _BOX_GAP / 2 + number % in_row * (_BOX + _BOX_GAP)
        here = sorted((stop for stop in stops if stop.zone_id == area.id), key=_in_order)
        columns = int((_BOX - _DOT) // _STEP)
        height = _HEAD + ceil(len(here) / columns) * _STEP + _DOT
        for place, stop in enumerate(here):
            row, column = divmod(place, columns)
            # Every other row runs back, as one walks.
            column = columns - 1 - column if row % 2 else column
            at[stop.id] = (round(left + _STEP * (column + 0.6), 1), round(top + _HEAD + _STEP * (row + 0.5), 1))
        boxes.append(Box(area.name, left, top, _BOX, height))
        tallest = max(tallest, height)
    high = top + tallest + _BOX_GAP / 2
    return Picture(boxes, _lines(stops, at, None), _dots(stops, at), [], is_by_place=False, lost=0, high=high)


class _Sheet:
    """Where a place on the earth lies on the paper: north is up, and a step is as long in every direction."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._shrink = cos(radians(sum(north for north, _ in points) / len(points)))
        flat = [self._flat(point) for point in points]
        self._left, self._top = min(x for x, _ in flat), min(y for _, y in flat)
        width, height = max(x for x, _ in flat) - self._left, max(y for _, y in flat) - self._top
        inner = WIDE - 2 * _EDGE
        self._scale = min(inner / max(width, 1e-9), (_HIGHEST - 2 * _EDGE) / max(height, 1e-9))
        self.high = round(max(_LOWEST, height * self._scale + 2 * _EDGE), 1)
        self._right = (inner - width * self._scale) / 2 + _EDGE
        self._down = (self.high - height * self._scale) / 2

    def at(self, point: Point) -> tuple[float, float]:
        """In units of the paper."""
        x, y = self._flat(point)
        return round((x - self._left) * self._scale + self._right, 1), round(
            (y - self._top) * self._scale + self._down, 1
        )

    def _flat(self, point: Point) -> tuple[float, float]:
        north, east = point
        return east * self._shrink, -north


def _centre(area: Area, stops: Sequence[Stop]) -> Point | None:
    here = [stop.point for stop in stops if stop.zone_id == area.id and stop.point is not None]
    if area.point is not None or not here:
        return area.point
    return sum(north for north, _ in here) / len(here), sum(east for _, east in here) / len(here)


def _beside(sheet: _Sheet, centre: Point | None, lost: dict[int, int], stop: Stop) -> tuple[float, float]:
    """Whose place is not known stands in rows about the middle of the zone; without one, at the edge."""
    number = lost[stop.zone_id if centre else 0]
    lost[stop.zone_id if centre else 0] += 1
    if centre is None:
        return _EDGE / 2 + number % 20 * (_DOT * 2.4), sheet.high - _EDGE / 2
    x, y = sheet.at(centre)
    ring = int(sqrt(number))
    x, y = x + (number - ring * ring - ring) * _DOT * 2.2, y + (ring + 1) * _DOT * 2.2
    return round(min(max(x, _DOT), WIDE - _DOT), 1), round(min(y, sheet.high - _DOT), 1)


def _around(area: Area, dots: Sequence[tuple[float, float]]) -> Box:
    left, top = min(x for x, _ in dots) - 2 * _DOT, min(y for _, y in dots) - 2 * _DOT
    right, low = max(x for x, _ in dots) + 2 * _DOT, max(y for _, y in dots) + 2 * _DOT
    return Box(area.name, round(left, 1), round(top, 1), round(right - left, 1), round(low - top, 1))


def _in_order(stop: Stop) -> tuple[int, int, int]:
    return (stop.code or 10**9, stop.place, stop.id)


def _looks(stops: Iterable[Stop]) -> dict[int, int]:
    jobs = sorted({stop.job_id for stop in stops if stop.job_id is not None})
    return {job_id: number % LOOKS + 1 for number, job_id in enumerate(jobs)}


def _dots(stops: Sequence[Stop], at: dict[int, tuple[float, float]]) -> list[Dot]:
    looks = _looks(stops)
    return [Dot(stop, *at[stop.id], looks.get(stop.job_id or 0, 0)) for stop in stops]


def _lines(
    stops: Sequence[Stop], at: dict[int, tuple[float, float]], start: tuple[float, float] | None
) -> list[Line]:  # fmt: skip
    looks, lines = _looks(stops), []
    on_rounds = sorted((stop for stop in stops if stop.job_id is not None), key=_in_order)
    for job_id, group in groupby(on_rounds, key=lambda stop: stop.job_id):
        here = list(group)
        way = [*([start] if start else []), *(at[stop.id] for stop in here)]
        x, y = at[here[0].id]
        points = " ".join(f"{x:g},{y:g}" for x, y in way)
        lines.append(Line(job_id or 0, here[0].code or 0, looks[job_id or 0], points, x, round(y - _DOT - 4, 1)))
    return lines
