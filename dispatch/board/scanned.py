"""What a telephone's camera reads from the page: squares, as one path of a drawing in the page itself."""

from dataclasses import dataclass
from itertools import groupby

import segno


@dataclass(frozen=True)
class Scanned:
    """The side of the whole in squares, and the path that blackens some."""

    side: int
    path: str


def to_be_scanned(words: str) -> Scanned:
    """These words."""
    rows = [list(row) for row in segno.make(words, error="m", micro=False).matrix_iter(border=4)]
    return Scanned(len(rows), "".join(_bars(row, y) for y, row in enumerate(rows)))


def _bars(row: list[int], y: int) -> str:
    bars, x = [], 0
    for is_black, squares in groupby(row):
        width = len(list(squares))
        bars.append(f"M{x} {y}h{width}v1h-{width}z" if is_black else "")
        x += width
    return "".join(bars)
