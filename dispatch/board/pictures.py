"""Pictures of the board: fifty open boards of one community look at one drawing, not at fifty."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_KEPT = 200
# A drawing that took longer than this is followed by a rest: the telephone line comes first, on the same processor.
_LONG_SECONDS, _REST = 0.1, 2.0


@dataclass(frozen=True)
class _Drawn:
    """A picture, the moment that it shows, and until when no other is drawn for boards that only watch."""

    moment: Hashable
    picture: str
    rests_until: float


class Pictures:
    """The last drawing for each kind of eyes. One is drawn at a time: the telephone line comes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that only ever grow."""
        self._drawn: OrderedDict[Hashable, _Drawn] = OrderedDict()
        self._turn, self._clock = threading.Lock(), clock

    def get(self, eyes: Hashable, moment: Hashable, draw: Callable[[], str], *, may_be_older: bool = False) -> str:
        """The picture of that moment, drawn now if nobody has.

        After a drawing that took long, whoever only watches gets the last one for a while (`may_be_older`): it names
        its own moment, so the page asks again.
        """
        with self._turn:
            last = self._drawn.get(eyes)
            if last is not None and (last.moment == moment or (may_be_older and self._clock() < last.rests_until)):
                return last.picture
            began = self._clock()
            picture = draw()
            took = self._clock() - began
            rest = took * _REST if took > _LONG_SECONDS else 0.0
            self._drawn[eyes] = _Drawn(moment, picture, began + took + rest)
            if len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
            return picture
