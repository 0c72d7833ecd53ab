"""Where the writers of one process wait: first come, first served, and never for ever."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

# Of the 15 seconds that the carrier waits, a webhook may spend this much standing in line.
WAIT_AT_MOST_SECONDS = 5.0


class Busy(sa.exc.SQLAlchemyError):
    """The line did not move in time; nothing was begun."""


class Turns:
    """SQLite has one writer, and its own waiting is unfair: one thread starves for seconds while others overtake it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._holder: int | None = None  # a thread's id; 0: handed over, and not yet taken up

    @contextmanager
    def one(self, *, wait_at_most: float = WAIT_AT_MOST_SECONDS) -> Iterator[None]:
        """Hold the one turn. Raises Busy after `wait_at_most` seconds, RuntimeError within a turn of one's own."""
        self._stand_in_line(wait_at_most)
        try:
            yield
        finally:
            self._next()

    def _stand_in_line(self, seconds: float) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._holder == me:
                raise RuntimeError("a transaction within a transaction would wait for itself")
            if self._holder is None:
                self._holder = me
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        is_ours = gate.acquire(timeout=seconds)
        with self._guard:
            if not is_ours and gate in self._waiting:
                self._waiting.remove(gate)
                raise Busy("the database is busy")
            self._holder = me

    def _next(self) -> None:
        with self._guard:
            self._holder = 0 if self._waiting else None
            if self._waiting:
                self._waiting.popleft().release()
