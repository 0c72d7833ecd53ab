"""Small pictures of figures, as rectangles and words for an SVG: the table beside them is what counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDE, HIGH = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 6, 12, 26
# So many names fit below without touching each other.
_NAMES = 8


@dataclass(frozen=True)
class Bar:
    """One rectangle, drawn in the colour of its kind."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Word:
    """Something written at a place."""

    words: str
    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    """Bars that stand on a line, names below it, and lines behind them."""

    bars: Sequence[Bar]
    names: Sequence[Word]
    lines: Sequence[Word]  # each a height with its number
    kinds: Sequence[str]
    wide: int = WIDE
    high: int = HIGH
    left: int = _LEFT
    floor: int = HIGH - _BOTTOM


def stacked(names: Sequence[str], parts: Mapping[str, Sequence[float]]) -> Chart | None:
    """For every name a bar of its parts, one upon the other; None when there is nothing to be seen."""
    sums = [sum(values) for values in zip(*parts.values(), strict=True)]
    if not any(sums):
        return None
    most = _round_above(max(sums))
    step, high = (WIDE - _LEFT - _RIGHT) / len(names), HIGH - _TOP - _BOTTOM
    bars = []
    for place in range(len(names)):
        upon = 0.0
        for kind, values in parts.items():
            height = values[place] / most * high
            if height > 0:
                y = HIGH - _BOTTOM - upon - height
                bars.append(Bar(kind, _at(_LEFT + (place + 0.12) * step), _at(y), _at(step * 0.76), _at(height)))
            upon += height
    return Chart(bars, _named(names, step), _lines(most, high), list(parts))


def _named(names: Sequence[str], step: float) -> list[Word]:
    every = -(-len(names) // _NAMES)
    shown = [(place, name) for place, name in enumerate(names) if place % every == 0]
    return [Word(name, _at(_LEFT + (place + 0.5) * step), HIGH - 8) for place, name in shown]


def _lines(most: float, high: float) -> list[Word]:
    return [Word(f"{most * part:g}", _LEFT - 5, _at(HIGH - _BOTTOM - part * high)) for part in (0, 0.5, 1)]


def _round_above(value: float) -> float:
    """The next number that is easily read, whose half is easily read too."""
    power = 1.0
    while True:
        for step in (2, 4, 6, 8, 10):
            if value <= step * power:
                return step * power
        power *= 10


def _at(number: float) -> float:
    return round(number, 1)
