"""The simulated clock: what happens when, one moment after the other, with nothing in between."""

import heapq
from collections.abc import Callable
from datetime import datetime

Act = Callable[[datetime], None]


class Agenda:
    """What people are going to do; of the same moment, what was noted first comes first."""

    def __init__(self) -> None:
        self._acts: list[tuple[datetime, int, Act]] = []
        self._noted = 0

    def note(self, at: datetime, act: Act) -> None:
        """`act` is done at that moment, which it is told."""
        self._noted += 1
        heapq.heappush(self._acts, (at, self._noted, act))

    @property
    def next_at(self) -> datetime | None:
        """When something is next done; None: nothing is left."""
        return self._acts[0][0] if self._acts else None

    def act(self, now: datetime) -> None:
        """Do what is to be done by now, also what is only noted meanwhile."""
        while self._acts and self._acts[0][0] <= now:
            heapq.heappop(self._acts)[2](now)
