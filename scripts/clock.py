"""The clock: the time of day, or the time that a file shows (training, demonstration, tests)."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripts.settings import SettingsError

_RIGHT = 'an instant with its offset, such as "2026-11-23T09:30:00+08:00", and perhaps " frozen" behind it'
_LONGEST = 200
# Clocks are set right by seconds all the time; by more than this, somebody has set it back.
_SET_RIGHT = timedelta(minutes=2)
# File systems stamp in steps: a file as young as this may be written again under the same stamp, so it is read again.
_YOUNG_NS = 50_000_000

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Reading:
    """What the file says: the time shown when it was written, and whether that stands still."""

    shows: datetime
    is_frozen: bool
    written_at: datetime

    def at(self, real: datetime) -> datetime:
        """The time shown at a real instant."""
        return self.shows if self.is_frozen else self.shows + (real - self.written_at)


class Steady:
    """The machine's time, which goes on when somebody sets the machine's clock back: what was due stays due."""

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wall` is what the machine shows, `stopwatch` gives seconds that only ever grow."""
        self._wall, self._stopwatch = wall, stopwatch
        self._mark = (wall(), stopwatch())

    def now(self) -> datetime:
        """The time, in UTC. A step forward is taken over; after a step back it runs on by the stopwatch."""
        wall, ticks = self._wall(), self._stopwatch()
        shown, seen = self._mark
        going_on = shown + timedelta(seconds=ticks - seen)
        self._mark = (max(wall, going_on), ticks)
        return self._mark[0]

    @property
    def is_ahead(self) -> bool:
        """Has the machine's clock been set back by more than clocks are set right by?"""
        return self.now() - self._wall() > _SET_RIGHT


class Clock:
    """The one that is asked for the time. Without a file, or with an empty one, it is the machine's."""

    def __init__(self, clock_file: Path | None = None) -> None:
        """Raises SettingsError when the file is there and shows no time."""
        self._file = clock_file
        self._stamp: Stamp | None = None
        self._reading: Reading | None = None
        self._steady = Steady()
        if clock_file is not None:
            self._look_first(clock_file)

    def now(self) -> datetime:
        """The time, in UTC."""
        reading = self._look()
        return self._steady.now() if reading is None else reading.at(datetime.now(UTC))

    @property
    def is_wound(self) -> bool:
        """Does a file say what time it is?"""
        return self._look() is not None

    @property
    def is_ahead(self) -> bool:
        """Has the machine's clock been set back while we ran? Then ours goes on as if it had not been."""
        return not self.is_wound and self._steady.is_ahead

    @property
    def is_frozen(self) -> bool:
        """Does the time that a file shows stand still?"""
        reading = self._look()
        return reading is not None and reading.is_frozen

    def write(self, text: str) -> None:
        """Wind it to "ISO-INSTANT" or "ISO-INSTANT frozen" (nothing: the real time), for all who share the file.

        Raises ValueError when that is no time, or there is no file to write.
        """
        if self._file is None:
            raise ValueError("carrier.clock_file is not set, so this clock cannot be wound")
        _understood(text, datetime.now(UTC))
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            draft.write_text(text.strip() + "\n" if text.strip() else "", encoding="utf-8")
            draft.replace(self._file)
        finally:
            draft.unlink(missing_ok=True)
        self._stamp = None

    def _look_first(self, file: Path) -> None:
        try:
            file.stat()
            self._reading = _read(file)
        except FileNotFoundError:
            if not file.parent.is_dir():
                raise SettingsError(f"[carrier] clock_file should be in a folder that exists, not {file}.") from None
        except OSError as error:
            why = (error.strerror or "").lower()
            raise SettingsError(f"[carrier] clock_file should be a readable file: {file}: {why}.") from None
        except ValueError:
            raise SettingsError(f"[carrier] clock_file should hold {_RIGHT}; {file} does not.") from None

    def _look(self) -> Reading | None:
        """The file's reading; parsed only when it has changed; while it is half written the last one holds."""
        if self._file is None:
            return None
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp != self._stamp:
                self._reading = _read(self._file)
                self._stamp = None if time.time_ns() - status.st_mtime_ns < _YOUNG_NS else stamp
        except FileNotFoundError:
            self._stamp, self._reading = None, None
        except (OSError, ValueError):
            self._stamp = None
        return self._reading


def _read(file: Path) -> Reading | None:
    with file.open("rb") as opened:
        text = opened.read(_LONGEST + 1).decode("utf-8-sig")
        written_at = datetime.fromtimestamp(os.fstat(opened.fileno()).st_mtime, UTC)
    return _understood(text, written_at)


def _understood(text: str, written_at: datetime) -> Reading | None:
    if not text.strip():
        return None
    words = text.split()
    is_frozen = len(words) > 1 and words[-1] == "frozen"
    shows = datetime.fromisoformat(" ".join(words[:-1] if is_frozen else words))
    if shows.tzinfo is None:
        raise ValueError("an instant needs its offset")
    try:
        shows = shows.astimezone(UTC)
        _ = shows + timedelta(days=3650), shows - timedelta(days=3650)
    except OverflowError as error:
        raise ValueError("no such time") from error
    return Reading(shows, is_frozen, written_at)
