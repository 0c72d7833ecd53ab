"""The switch of the living town: at which pace, until when, and what of it the page shows."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from voice.exchange.living.pace import (
    BEAT_SECONDS,
    BEGUN_MOST,
    LONGEST_SECONDS,
    PACES,
    SLEEPS_AT,
    UNWATCHED_SECONDS,
    WAKES_AT,
)
from voice.exchange.living.street import Street

if TYPE_CHECKING:
    from voice.exchange.exchange import Exchange


class Living:
    """Off to begin with. It only ever does what a person's fingers can do at the exchange."""

    def __init__(self, exchange: "Exchange", *, shown_time: Callable[[], datetime], seed: int = 1) -> None:
        """`shown_time()` is what the town's clocks show: at night nobody begins anything."""
        self._exchange, self._shown_time, self._seed = exchange, shown_time, seed
        self._street = Street(exchange, random.Random(seed))  # noqa: S311 - a town that can be played again, no secret
        self.pace, self.why_over = "", ""
        self._run = 0
        self._began_at = self._next_at = self._looked_at = 0.0

    def start(self, pace: str) -> None:
        """Let it live at that pace; ValueError when there is none such."""
        if pace not in PACES:
            raise ValueError("There is no such pace.")
        was_on, self.pace, self.why_over = bool(self.pace), pace, ""
        self.looked()
        if not was_on:
            self._began_at = self._next_at = self._now
            self._street.begun = 0
            self._run += 1
            self._beat(self._run)
        self._exchange.plant.changed()

    def stop(self, why: str = "") -> None:
        """Nobody begins or answers anything any more; whoever is in a call hangs up."""
        if not self.pace:
            return
        self.pace, self.why_over = "", why
        self._run += 1
        self._street.go_home()
        self._exchange.plant.changed()

    def begin_anew(self) -> None:
        """Off, and as if it had never been on."""
        self.stop()
        self.why_over = ""
        self._street = Street(self._exchange, random.Random(self._seed))  # noqa: S311 - as above

    def looked(self) -> None:
        """Somebody looks at the telephones."""
        self._looked_at = self._now

    def leave_alone(self, number: str) -> None:
        """Somebody uses this telephone by hand."""
        self._street.leave_alone(number)

    def as_json(self) -> dict[str, Any]:
        """What the page shows of it."""
        told = list(self._street.told)[::-1]
        return {"pace": self.pace, "why_over": self.why_over, "is_night": self._is_night, "told": told}

    def _beat(self, run: int) -> None:
        if run != self._run:
            return
        why = self._why_enough()
        if why:
            return self.stop(why)
        pace = PACES[self.pace]
        self._street.go_on(pace.quickness)
        if run == self._run and self._now >= self._next_at and not self._is_night:
            self._next_at = self._now + self._street.chance.uniform(0.5, 1.5) * pace.every_seconds
            self._street.begin_something(pace.quickness)
        return self._exchange.plant.later(BEAT_SECONDS, lambda: self._beat(run))

    def _why_enough(self) -> str:
        if self._now - self._looked_at > UNWATCHED_SECONDS:
            return "unwatched"
        is_long = self._now - self._began_at > LONGEST_SECONDS
        return "enough" if is_long or self._street.begun >= BEGUN_MOST else ""

    @property
    def _now(self) -> float:
        return self._exchange.plant.elapsed()

    @property
    def _is_night(self) -> bool:
        return not WAKES_AT <= self._shown_time().hour < SLEEPS_AT
