"""Patience with whoever guesses: each wrong answer makes the next one wait. Nobody is ever locked out."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# So many keys are remembered; a key is a name, a name from somewhere, or a place.
_MOST_KEYS = 5000


@dataclass(frozen=True)
class Limit:
    """What one guess counts for: so many wrong answers are free, then each next one waits, up to so many seconds."""

    key: str
    free: int = 3
    longest: float = 30.0
    spares: str = ""  # holds up nobody whose own key this is and who was not wrong before


@dataclass
class Guesses:
    """Wrong answers: each makes the next one wait twice as long, up to a while."""

    clock: Callable[[], float] = time.monotonic  # not the wound clock: a frozen one would never let anybody in
    _failed: dict[str, tuple[int, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def try_now(self, limits: Sequence[Limit]) -> int:
        """How many whole seconds whoever guesses must wait; 0: the guess may be looked at, and counts as wrong until
        `was_right` says otherwise. So of many that come at once only the first few are looked at."""
        with self._lock:
            seconds = self._longest(limits)
            if not seconds:
                self._count(limits)
        return seconds

    def was_right(self, limits: Sequence[Limit]) -> None:
        """The guess that was counted was none. Of the first limit, which is hers alone, nothing is left."""
        with self._lock:
            for limit in limits:
                times = self._failed.pop(limit.key, (0, 0.0))[0] - 1
                if times > 0 and limit is not limits[0]:
                    self._failed[limit.key] = (times, self.clock())

    def failed(self, *limits: Limit) -> None:
        """One more wrong answer, which was looked at without asking before."""
        with self._lock:
            self._count(limits)

    def wait(self, *limits: Limit) -> int:
        """For how many whole seconds the next one is not looked at."""
        with self._lock:
            return self._longest(limits)

    def _longest(self, limits: Sequence[Limit]) -> int:
        seconds = max(self._wait(limit) for limit in limits)
        return max(1, round(seconds)) if seconds else 0

    def _wait(self, limit: Limit) -> float:
        if limit.spares and limit.spares not in self._failed:
            return 0.0
        return max(0.0, self._failed.get(limit.key, (0, 0.0))[1] - self.clock())

    def _count(self, limits: Sequence[Limit]) -> None:
        for limit in limits:
            if len(self._failed) >= _MOST_KEYS and limit.key not in self._failed:
                # Somebody tries every name there is: whoever need not wait any more is forgotten first.
                self._failed.pop(min(self._failed, key=lambda key: self._failed[key][1]))
            times = self._failed.get(limit.key, (0, 0.0))[0] + 1
            pause = min(limit.longest, 2.0 ** min(times - limit.free, 9)) if times >= limit.free else 0.0
            self._failed[limit.key] = (times, self.clock() + pause)


@dataclass(frozen=True)
class Patience:
    """What is counted, each by itself: wrong codes and links that open nothing push out nobody's passwords."""

    passwords: Guesses = field(default_factory=Guesses)
    codes: Guesses = field(default_factory=Guesses)
    links: Guesses = field(default_factory=Guesses)


def password_limits(name: str, *, here: str, around: str) -> list[Limit]:
    """Of a name from here; from the network around; and, a little, from everywhere.

    Somebody else's guesses never hold up the first try from another network, and never for more than a few seconds:
    nobody can keep the owner out.
    """
    name = name.casefold()
    mine = f"{name} {here}"
    return [Limit(mine), Limit(f"{name} around {around}", free=10, longest=5.0), Limit(name, longest=2.0, spares=mine)]


def code_limits(staff_id: int, *, here: str, is_known_here: bool) -> list[Limit]:
    """Whoever guesses codes has the password already, and may have a million networks: the codes of one person are
    waited for from everywhere. Only where she has come in before nobody else's guesses hold her up."""
    mine = f"{staff_id} {here}"
    return [Limit(mine), Limit(str(staff_id), spares=mine if is_known_here else "")]
