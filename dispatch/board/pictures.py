"""Pictures of the board: fifty open boards of one community look at one drawing, not at fifty."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

_KEPT = 200


class Pictures:
    """The last drawings, by what decides how they look. One is drawn at a time: the telephone line comes first."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[Hashable, str] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, key: Hashable, draw: Callable[[], str]) -> str:
        """The picture of that key, drawn now if nobody has."""
        with self._turn:
            if key not in self._drawn:
                self._drawn[key] = draw()
                if len(self._drawn) > _KEPT:
                    self._drawn.popitem(last=False)
            return self._drawn[key]
