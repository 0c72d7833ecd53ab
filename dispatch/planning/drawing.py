"""Bar charts as SVG: values with names, two axes, a few ticks; nothing else, and nothing from elsewhere."""

from collections.abc import Sequence
from html import escape
from math import floor, log10

_WIDTH, _HEIGHT = 400, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 26, 46
_TICKS_MOST = 5
_LABELS_MOST = 9


def bars(values: Sequence[int], names: Sequence[str], *, title: str, x: str, y: str) -> str:
    """One bar for each value, its name below where there is room for it."""
    step = _tick(max([*values, 1]))
    top = step * -(-max([*values, 1]) // step)
    width = (_WIDTH - _LEFT - _RIGHT) / max(len(values), 1)
    every = -(-len(values) // _LABELS_MOST)
    marks = [_tick_line(value, top) for value in range(0, top + 1, step)]
    columns = [_bar(place, value, top, width, names[place]) for place, value in enumerate(values)]
    labels = [_label(place, names[place], width) for place in range(0, len(values), every)]
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(marks)}{''.join(columns)}{''.join(labels)}"
        f'<text x="{_LEFT}" y="14">{escape(y)}</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end">{escape(x)}</text></svg>'
    )


def _tick(most: int) -> int:
    """A round number of which at most a few are needed: 1, 2, 5, 10, ..."""
    rough = most / _TICKS_MOST
    ten = 10 ** max(floor(log10(rough)), 0) if rough > 0 else 1
    return int(next(ten * factor for factor in (1, 2, 5, 10) if ten * factor >= rough))


def _height(value: int, top: int) -> float:
    return (_HEIGHT - _TOP - _BOTTOM) * value / top


def _tick_line(value: int, top: int) -> str:
    at = _HEIGHT - _BOTTOM - _height(value, top)
    line = f'<line class="tick" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
    return f'{line}<text x="{_LEFT - 6}" y="{at + 5:.1f}" text-anchor="end">{value}</text>'


def _bar(place: int, value: int, top: int, width: float, name: str) -> str:
    high, gap = _height(value, top), min(width * 0.15, 2)
    x, y = _LEFT + place * width + gap, _HEIGHT - _BOTTOM - high
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{width - 2 * gap:.1f}" height="{high:.1f}"'
    return f'<rect class="bar" {shape}><title>{escape(name)}: {value}</title></rect>'


def _label(place: int, name: str, width: float) -> str:
    x = _LEFT + (place + 0.5) * width
    return f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">{escape(name)}</text>'
