"""Who has a database file open: everybody shares a lock on a file beside it, which a restore takes for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy import event

from models.storage import sqlite_module

RUNNING = "Linli is running on this database: stop it first, and everything else that has it open."


class InUse(Exception):
    """Somebody else has it; the text is the sentence that says what to do."""


def be_present(engine: sa.Engine) -> None:
    """Every connection to the file holds the lock for as long as it is open, and with it the process that has it."""
    file = engine.url.database
    if not file or file == ":memory:":
        return
    path = lock_of(Path(file))

    def come(_dbapi: Any, record: Any) -> None:
        record.info["presence"] = _shared(path)

    def leave(_dbapi: Any, record: Any) -> None:
        presence = record.info.pop("presence", None)
        if presence is not None:
            presence.close()

    event.listen(engine, "connect", come)
    event.listen(engine, "close", leave)


def lock_of(database: Path) -> Path:
    """The file on which those who have that database open meet."""
    return database.absolute().with_name(f"{database.name}.lock")


@contextmanager
def beside(database: Path) -> Iterator[None]:
    """Be one of those who have that database, without opening it: nobody restores it meanwhile."""
    presence = _shared(lock_of(database))
    try:
        yield
    finally:
        if presence is not None:
            presence.close()


@contextmanager
def alone(path: Path, told: str) -> Iterator[None]:
    """Hold the lock on that file or folder alone. Raises InUse with `told` at once if somebody has it."""
    handle = os.open(path, os.O_RDONLY | (0 if path.is_dir() else os.O_CREAT), 0o644)
    try:
        if not _locked(handle, fcntl.LOCK_EX):
            raise InUse(told)
        yield
    finally:
        os.close(handle)


def _shared(path: Path) -> IO[str] | None:
    file = _opened(path)
    if file is not None and not _locked(file.fileno(), fcntl.LOCK_SH):
        file.close()
        raise sqlite_module().OperationalError("database is locked: it is being restored")
    return file


def _opened(path: Path) -> IO[str] | None:
    """None where no file can be made, on a disk that is full or may only be read: nobody can restore there either."""
    try:
        return path.open("a")
    except OSError:
        return path.open() if path.exists() else None


def _locked(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
