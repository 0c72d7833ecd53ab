"""Is there room for today's orders? Looked at every minute; when the disk is nearly full, staff are alarmed in time."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from dispatch.everywhere import alarm_everywhere
from models.database import Database
from models.room import room_at
from models.tasks import AlertKind

_EVERY_SECONDS = 60.0


class RoomWatch:
    """Looks at the disk on which the database lies."""

    def __init__(self, database: Database, folder: Path, *, stopwatch: Callable[[], float]) -> None:
        """`stopwatch` gives seconds that only ever grow."""
        self._database, self._folder, self._stopwatch = database, folder, stopwatch
        self._looked_at = stopwatch() - _EVERY_SECONDS
        self.is_nearly_full: bool | None = None

    def look(self, *, now: datetime) -> int:
        """Look when it is time to; returns 1 when it has become full or has room again. Raises OSError."""
        if self._stopwatch() - self._looked_at < _EVERY_SECONDS:
            return 0
        self._looked_at = self._stopwatch()
        before, self.is_nearly_full = self.is_nearly_full, room_at(self._folder).is_nearly_full
        if before == self.is_nearly_full:
            return 0
        with self._database.begin() as session:
            alarm_everywhere(session, AlertKind.DISK, is_true=self.is_nearly_full, now=now)
        return int(before is not None)
