"""Pictures of the board: fifty open boards of one community look at one drawing, and fetch what has changed in it.

A drawing is made of pieces, each between `<!--piece li card-3-->` and `<!--/piece-->`: the name of its element, and the
id by which the page knows it. Whoever has an earlier picture gets, of a piece that has stayed as it was, only
`<li id="card-3" data-same></li>`.
"""

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

# How many kinds of eyes are known, and how many pictures of each: boards ask every second, and most have the last one.
_KEPT, _EARLIER = 200, 8
# A drawing that took longer than this is followed by a rest: the telephone line comes first, on the same processor.
_LONG_SECONDS, _REST = 0.1, 2.0
_PIECE = re.compile(r"<!--piece (\w+) ([\w-]+)-->(.*?)<!--/piece-->", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """An element of the drawing that stays or changes as a whole."""

    element: str
    name: str
    html: str
    digest: str

    def since(self, earlier: Mapping[str, str]) -> str:
        """What a page is sent that had these pieces."""
        is_same = earlier.get(self.name) == self.digest
        return f'<{self.element} id="{self.name}" data-same></{self.element}>' if is_same else self.html


@dataclass(frozen=True)
class Picture:
    """One drawing, and the mark by which a page says that it has it. What it comes to since another is kept."""

    parts: tuple[str | Piece, ...]
    mark: str
    pieces: Mapping[str, str]
    _since: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, drawing: str) -> "Picture":
        """A picture of what was drawn."""
        parts: list[str | Piece] = []
        end = 0
        for found in _PIECE.finditer(drawing):
            parts += [drawing[end : found.start()], Piece(found[1], found[2], found[3], _digest(found[3]))]
            end = found.end()
        pieces = {part.name: part.digest for part in parts if isinstance(part, Piece)}
        return cls((*parts, drawing[end:]), _digest(drawing), pieces)

    @cached_property
    def whole(self) -> str:
        """All of it."""
        return "".join(part if isinstance(part, str) else part.html for part in self.parts)

    def since(self, mark: str, earlier: Mapping[str, str]) -> str:
        """The drawing for whoever has the one with that mark, which had these pieces."""
        if mark not in self._since:
            self._since[mark] = "".join(part if isinstance(part, str) else part.since(earlier) for part in self.parts)
        return self._since[mark]


@dataclass
class _Wall:
    """What one kind of eyes has been shown lately: the last picture, the moment that it shows, the pieces of those
    before it by their marks."""

    last: Picture
    moment: Hashable
    rests_until: float  # until then no other is drawn for boards that only watch
    earlier: OrderedDict[str, Mapping[str, str]]


class Pictures:
    """The last drawings for each kind of eyes. One is drawn at a time, and nobody who only watches waits for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that only ever grow."""
        self._walls: OrderedDict[Hashable, _Wall] = OrderedDict()
        self._turn, self._clock = threading.Lock(), clock

    def get(self, eyes: Hashable, moment: Hashable, draw: Callable[[], str], *, may_be_older: bool = False) -> Picture:
        """The picture of that moment, drawn now if nobody has.

        Whoever only watches (`may_be_older`) gets the last one while another is being drawn, and for a while after a
        drawing that took long: no thread waits that the telephone line may need. A picture names its own moment, so the
        page asks again.
        """
        shown = self._walls.get(eyes)
        if shown is not None and may_be_older and self._turn.locked():
            return shown.last
        with self._turn:
            wall = self._walls.get(eyes)
            if wall is not None and (wall.moment == moment or (may_be_older and self._clock() < wall.rests_until)):
                return wall.last
            return self._hang(eyes, moment, draw)

    def since(self, eyes: Hashable, picture: Picture, mark: str) -> str:
        """What that picture comes to for a page that has the one with this mark: all of it, if that is long ago."""
        wall = self._walls.get(eyes)
        pieces = wall.earlier.get(mark) if wall is not None else None
        return picture.whole if pieces is None else picture.since(mark, pieces)

    def _hang(self, eyes: Hashable, moment: Hashable, draw: Callable[[], str]) -> Picture:
        began = self._clock()
        picture = Picture.of(draw())
        took = self._clock() - began
        rest = took * _REST if took > _LONG_SECONDS else 0.0
        wall = self._walls.get(eyes)
        earlier = OrderedDict(wall.earlier) if wall is not None else OrderedDict()
        earlier[picture.mark] = picture.pieces
        if len(earlier) > _EARLIER:
            earlier.popitem(last=False)
        self._walls[eyes] = _Wall(picture, moment, began + took + rest, earlier)
        if len(self._walls) > _KEPT:
            self._walls.popitem(last=False)
        return picture


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
