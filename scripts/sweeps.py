"""The heartbeat: a handful of periodic sweeps, awake every second or at once when something was committed."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

# How often the clock looks at what is due when nobody nudges it.
SWEEP_SECONDS = 1
# A sweep that has not come to its end for so long has died; what cannot wait then goes on without it.
DEAD_AFTER_SECONDS = 90.0
_STAND_IN_EVERY_SECONDS = 5.0


class Sweeps:
    """The periodic sweeps, each awake every second or at once when nudged; one of a kind runs at a time."""

    def __init__(
        self, *, is_ours: Callable[[], bool] = lambda: True, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        """`is_ours` says whether this process does what only one process does; `stopwatch` gives growing seconds."""
        self._sweeps: dict[str, Sweep] = {}
        self._scheduler: Any = None
        self._is_ours, self._stopwatch = is_ours, stopwatch
        self._stood_in_at = stopwatch() - _STAND_IN_EVERY_SECONDS

    def add(
        self, name: str, do: Callable[[], int], *, then: str = "", is_for_one: bool = False, at_once: bool = False,
        may_take_seconds: float = 0.0,
    ) -> None:  # fmt: skip
        """A sweep by name.

        `then` names the one to be nudged when it did something; `is_for_one` is run by one process of several;
        `at_once` is run by whoever commits something while the scheduler is dead; for `may_take_seconds` more than
        others it may be silent before it counts as dead.
        """
        self._sweeps[name] = Sweep(
            name, do, then, is_for_one=is_for_one, at_once=at_once, may_take_seconds=may_take_seconds,
            stopwatch=self._stopwatch,
        )  # fmt: skip

    def start(self) -> None:
        """Start the scheduler."""
        self._scheduler = BackgroundScheduler(
            timezone="UTC", executors={"default": ThreadPoolExecutor(len(self._sweeps) * 2)},
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )  # fmt: skip
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        for name in self._sweeps:
            self._scheduler.add_job(self._run, "interval", (name,), seconds=SWEEP_SECONDS, id=name)
        self._scheduler.start()

    def stop(self) -> None:
        """Stop, after what is in hand is done."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def nudge(self) -> None:
        """Something was committed: look now, not at the next tick."""
        if self._scheduler is None:
            return
        if self.silent_seconds > DEAD_AFTER_SECONDS:
            self._stand_in()
        for name in [sweep.name for sweep in self._sweeps.values() if sweep.at_once]:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def run_all(self, *, whoever: bool = False) -> int:
        """Run each sweep once, here and now; `whoever` also what another process would do."""
        return sum(sweep.run_once() if whoever else self.run(name) for name, sweep in self._sweeps.items())

    def run(self, name: str) -> int:
        """Run that one once, here and now, if it is for this process."""
        sweep = self._sweeps[name]
        return sweep.run_once() if self._may_run(sweep) else 0

    @property
    def silent_seconds(self) -> float:
        """How long ago the sweep that is furthest behind last came to its end without a fault, less what it may."""
        silences = (self._stopwatch() - sweep.beat_at - sweep.may_take_seconds for sweep in self._sweeps.values())
        return max(silences, default=0.0)

    def _may_run(self, sweep: "Sweep") -> bool:
        if sweep.is_for_one and not self._is_ours():
            sweep.rests()
            return False
        return True

    def _run(self, name: str) -> None:
        sweep = self._sweeps[name]
        if self._may_run(sweep) and sweep.run() and sweep.then:
            self._run(sweep.then)

    def _stand_in(self) -> None:
        """The scheduler is dead: what cannot wait is done by whoever comes by, beside whatever hangs."""
        if self._stopwatch() - self._stood_in_at < _STAND_IN_EVERY_SECONDS:
            return
        self._stood_in_at = self._stopwatch()
        at_once = [sweep for sweep in self._sweeps.values() if sweep.at_once]
        log.error("the sweeps are dead; what cannot wait is done without them")
        threading.Thread(target=lambda: [sweep.stand_in() for sweep in at_once], name="stand-in", daemon=True).start()


class Sweep:
    """One periodic look at what is due."""

    def __init__(
        self,
        name: str,
        do: Callable[[], int],
        then: str,
        *,
        is_for_one: bool,
        at_once: bool,
        may_take_seconds: float,
        stopwatch: Callable[[], float],
    ) -> None:
        self.name, self.then, self.is_for_one, self.at_once = name, then, is_for_one, at_once
        self.may_take_seconds = may_take_seconds
        self.beat_at = stopwatch()
        self._do, self._stopwatch = do, stopwatch
        self._busy = threading.Lock()
        self._wanted = threading.Event()

    def run(self) -> int:
        """Run until nobody has nudged meanwhile; if it runs already, that one goes round once more."""
        self._wanted.set()
        if not self._busy.acquire(blocking=False):
            return 0
        try:
            done = 0
            while self._wanted.is_set():
                self._wanted.clear()
                done += self.run_once()
            return done
        finally:
            self._busy.release()

    def run_once(self) -> int:
        """One look; a fault is logged, and the next look comes."""
        done = self.stand_in()
        if done is None:
            return 0
        self.beat_at = self._stopwatch()
        return done

    def stand_in(self) -> int | None:
        """One look that proves nothing about whoever should look; None: it failed, and that is logged."""
        try:
            return self._do()
        except Exception:  # the edge: a sweep that died would forget everybody
            log.exception("the sweep %s failed", self.name)
            return None

    def rests(self) -> None:
        """Another process does it: there is nothing to be done here, which is as good as having done it."""
        self.beat_at = self._stopwatch()
