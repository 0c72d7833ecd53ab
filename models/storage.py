"""What can be wrong with the place where everything is kept, and which SQLite is used."""

import importlib
import sqlite3
import time
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
    ends_at = time.monotonic() + seconds
    try:
        with closing(module.connect(str(file), timeout=5)) as connection:
            # Checked every so many steps of the machine inside; what was not looked at by then is taken to be whole.
            connection.set_progress_handler(lambda: int(time.monotonic() > ends_at), 100_000)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.set_progress_handler(None, 0)
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except module.OperationalError as error:
        if any(word in str(error) for word in ("interrupted", "locked", "no such table", "unable to open", "readonly")):
            return
        raise Unusable(Trouble.CORRUPT) from error
    except module.DatabaseError as error:
        raise Unusable(Trouble.CORRUPT) from error
    if found is None or found[0] != "ok":
        raise Unusable(Trouble.CORRUPT)


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
