"""How much room is left where everything is kept."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

_FULL_SHARE = 0.10
# A tenth of a large disk is room for years: what counts then is whether the day's orders still fit.
_ENOUGH_BYTES = 5_000_000_000
_LEAST_BYTES = 200_000_000


@dataclass(frozen=True)
class Room:
    """A disk: its size and what is free of it, in bytes."""

    total: int
    free: int

    @property
    def is_nearly_full(self) -> bool:
        """Will orders soon be refused?"""
        return self.free < _LEAST_BYTES or (self.free < _ENOUGH_BYTES and self.free < self.total * _FULL_SHARE)


def database_file(url: str) -> Path | None:
    """The file of a SQLite database; None for a server's."""
    parsed = sa.make_url(url)
    return Path(parsed.database).absolute() if parsed.get_backend_name() == "sqlite" and parsed.database else None


def room_at(folder: Path) -> Room:
    """The disk on which that folder lies. Raises OSError when it is not there."""
    usage = shutil.disk_usage(folder)
    return Room(usage.total, usage.free)
