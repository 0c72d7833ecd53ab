"""The wall clock as the handset page may wind it: by minutes, to an hour, or to a moment that matters."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_FURTHEST_MINUTES = 60 * 24 * 366


class Clock:
    """Shown by all, wound by the page where there is something to write to."""

    def __init__(
        self,
        write: Callable[[str], None] | None,
        shown_time: Callable[[], datetime],
        is_wound: Callable[[], bool],
        is_frozen: Callable[[], bool],
        moments: Callable[[], Mapping[str, datetime]] = dict,
    ) -> None:
        """`moments()` names instants ahead to which it can be wound: "cutoff", "morning"."""
        self._write = write
        self.shown_time = shown_time
        self.is_wound = is_wound
        self.is_frozen = is_frozen
        self._moments = moments

    @property
    def can_wind(self) -> bool:
        """Is there something to write to?"""
        return self._write is not None

    def wind(self, told: dict[str, Any]) -> None:
        """Set, forward, freeze, or go back to real time; ValueError when the request makes no sense."""
        if self._write is None:
            raise ValueError("This clock cannot be wound.")
        if told.get("real") is True:
            return self._write("")
        shown = self._wanted(told)
        is_frozen = told["frozen"] is True if "frozen" in told else self.is_frozen()
        return self._write(shown.astimezone(UTC).isoformat() + (" frozen" if is_frozen else ""))

    def _wanted(self, told: dict[str, Any]) -> datetime:
        shown = self.shown_time()
        if "set" in told:
            wanted = datetime.fromisoformat(str(told["set"]))
            return wanted if wanted.tzinfo else wanted.replace(tzinfo=shown.tzinfo)
        if "to" in told:
            moments = self._moments()
            if told["to"] not in moments:
                raise ValueError("There is no such moment ahead.")
            return moments[told["to"]]
        if "forward_minutes" in told:
            minutes = float(told["forward_minutes"])
            if not abs(minutes) <= _FURTHEST_MINUTES:
                raise ValueError("At most a year at a time.")
            return shown + timedelta(minutes=minutes)
        if "frozen" in told:
            return shown
        raise ValueError("Say set, to, forward_minutes, frozen or real.")
