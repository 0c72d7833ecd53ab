"""What can be wrong with the place where everything is kept, and which SQLite is used."""

import importlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models.turns import Busy


class Trouble(StrEnum):
    """Why nothing could be written or read."""

    FULL = "full"
    READ_ONLY = "read_only"
    CORRUPT = "corrupt"
    BUSY = "busy"
    FAILING = "failing"  # the disk answers with errors
    GONE = "gone"  # the file or the server is not there


_LOOK_EVERY_STEPS = 20_000
# A start does not wait longer than this for the check.
CHECK_SECONDS = 20.0
# In the databases' own words, from the most telling on. https://www.sqlite.org/rescode.html
_WORDS = (
    (Trouble.FULL, ("disk is full", "no space left", "diskfull")),
    (Trouble.READ_ONLY, ("readonly", "read-only")),
    (Trouble.CORRUPT, ("malformed", "not a database", "corrupt", "invalid page")),
    (Trouble.BUSY, ("locked", "busy", "timeout expired", "deadlock", "could not serialize")),
    (Trouble.FAILING, ("i/o error", "input/output error")),
    (Trouble.GONE, ("unable to open", "connection", "server closed", "shutting down", "no such table")),
)


def trouble_of(error: BaseException) -> Trouble | None:
    """What an error of the database says about the storage; None: it is about what was asked, not about the storage."""
    if isinstance(error, Busy):
        return Trouble.BUSY
    if not isinstance(error, sa.exc.DBAPIError) or isinstance(error, sa.exc.IntegrityError):
        return None
    said = f"{type(error.orig).__name__} {error.orig}".lower()
    return next((trouble for trouble, words in _WORDS if any(word in said for word in words)), None)


class Unusable(Exception):
    """The storage cannot be used; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def check_file(url: str, *, seconds: float = CHECK_SECONDS) -> None:
    """Look through a SQLite database for damage, for at most `seconds`. Raises Unusable; a server's looks after itself.

    A file that is missing or held by another is not judged: whoever opens it finds that out.
    """
    parsed = sa.make_url(url)
    file = Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
    if file is None or not file.is_file() or file.stat().st_size == 0:
        return
    module = sqlite_module()
    try:
        with closing(module.connect(str(file), timeout=5)) as connection:
            found = look_through(connection, stopwatch=time.monotonic, seconds=seconds)
    except module.OperationalError as error:
        if any(word in str(error) for word in ("locked", "unable to open", "readonly")):
            return
        raise Unusable(Trouble.CORRUPT) from error
    except module.DatabaseError as error:
        raise Unusable(Trouble.CORRUPT) from error
    if found:  # what was not looked at in time is taken to be whole
        raise Unusable(Trouble.CORRUPT)


def look_through(connection: Any, *, stopwatch: Callable[[], float], seconds: float) -> str | None:
    """What is wrong within a SQLite file: "" when it is whole; None when the time was too short to look through it.

    `connection` is the driver's. Raises the driver's DatabaseError when the file is none, or cannot be read.
    """
    until = stopwatch() + seconds
    connection.set_progress_handler(lambda: int(stopwatch() > until), _LOOK_EVERY_STEPS)
    try:
        told = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite_module().OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return None
    finally:
        connection.set_progress_handler(None, 0)
    return "" if told == ["ok"] else "; ".join(told)


def sqlite_module() -> Any:
    """The SQLite that is brought along where there is one, else Python's own, which is as old as the system."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


def sqlite_version() -> tuple[int, ...]:
    """Such as (3, 53, 4)."""
    return tuple(int(part) for part in sqlite_module().sqlite_version.split("."))


def is_sqlite_sound(version: tuple[int, ...]) -> bool:
    """Free of the fault by which a write is lost when two connections reset the log at once?

    Mended in 3.51.3, and in 3.50.7 and 3.44.6 for those who stay behind. https://www.sqlite.org/wal.html#walresetbug
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
