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


class Sweeps:
    """The handful of periodic sweeps, each awake every second or at once when nudged; one of a kind runs at a time."""

    def __init__(self) -> None:
        self._sweeps: dict[str, Sweep] = {}
        self._scheduler: Any = None

    def add(self, name: str, do: Callable[[], int], *, then: str = "") -> None:
        """A sweep by name; `then` names the one to be nudged when it did something."""
        self._sweeps[name] = Sweep(name, do, then)

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
        if self._scheduler is not None:
            for name in self._sweeps:
                self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def run_all(self) -> int:
        """Run each sweep once, here and now."""
        return sum(sweep.run_once() for sweep in self._sweeps.values())

    @property
    def silent_seconds(self) -> float:
        """How long ago the sweep that is furthest behind last came to its end without a fault."""
        return max((time.monotonic() - sweep.beat_at for sweep in self._sweeps.values()), default=0.0)

    def _run(self, name: str) -> None:
        sweep = self._sweeps[name]
        if sweep.run() and sweep.then:
            self._run(sweep.then)


class Sweep:
    """One periodic look at what is due."""

    def __init__(self, name: str, do: Callable[[], int], then: str) -> None:
        self.name, self.then = name, then
        self.beat_at = time.monotonic()
        self._do = do
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
        try:
            done = self._do()
        except Exception:  # the edge: a sweep that died would forget everybody
            log.exception("the sweep %s failed", self.name)
            return 0
        self.beat_at = time.monotonic()
        return done
