"""Everything that the exchange will do later, in the order of its moments."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Appointment:
    """One thing to be done at one moment, in seconds of the monotonic clock."""

    due: float
    turn: int
    act: Callable[[], None] = field(compare=False)
    is_off: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """It need not be done any more."""
        self.is_off = True


class Agenda:
    """A heap of appointments. Several pumps may take from it; each appointment is kept once."""

    def __init__(self) -> None:
        self._heap: list[Appointment] = []
        self._turns = itertools.count()
        self._lock = threading.Lock()

    def add(self, due: float, act: Callable[[], None]) -> Appointment:
        """Promise to do something at that moment."""
        appointment = Appointment(due, next(self._turns), act)
        with self._lock:
            heapq.heappush(self._heap, appointment)
        return appointment

    def take(self, now: float) -> Appointment | None:
        """The next appointment whose moment has come; it is the taker's to keep."""
        with self._lock:
            self._forget_cancelled()
            if self._heap and self._heap[0].due <= now:
                return heapq.heappop(self._heap)
        return None

    def next_due(self) -> float | None:
        """When there will next be something to do."""
        with self._lock:
            self._forget_cancelled()
            return self._heap[0].due if self._heap else None

    def clear(self) -> None:
        """Nothing need be done any more."""
        with self._lock:
            self._heap.clear()

    def _forget_cancelled(self) -> None:
        while self._heap and self._heap[0].is_off:
            heapq.heappop(self._heap)
