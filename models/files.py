"""A SQLite file takes the place of another, so that whoever looks sees the one or the other, whole."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from models.anew import Given, given_by
from models.copies import NoCopy
from models.presence import RUNNING, InUse
from models.private_files import fsync_folder
from models.server_rows import counter_of_file, opened_file
from models.storage import sqlite_module


@contextmanager
def workshop(database: Path) -> Iterator[Path]:
    """A folder beside the database for what is not finished; what a killed one has left there is thrown away first."""
    work = database.with_name(f".{database.name}.restoring")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def read_before(database: Path) -> Given | None:
    """How far the database that is there had come; it is one file afterwards, with no log beside it.

    None if it is not there or cannot be read: being damaged is why somebody restores, and nothing is touched then.
    Raises InUse when it is open elsewhere.
    """
    if not database.exists():
        return None
    try:
        if not _is_whole(database):
            return None
        _as_one_file(database)
        with opened_file(database) as connection:
            return given_by(connection, counter_of_file)
    except (sqlite_module().Error, sa.exc.DBAPIError) as error:
        if "locked" in str(error):  # a program that is not ours has it open, such as one that copies it
            raise InUse(RUNNING) from error
        return None


def settled(scratch: Path) -> Path:
    """One file, with nothing beside it, that is on the disk."""
    _as_one_file(scratch)
    with scratch.open("rb+") as opened:
        os.fsync(opened.fileno())
    return scratch


def put_in_place(new: Path, database: Path, *, is_whole: bool, now: datetime) -> str:
    """The one that is there gets a second name, and keeps the first until the new one takes it over.

    Returns the second name; empty if none was there. `is_whole`: it is one file, with no log beside it.
    """
    aside = ""
    _give_to_its_owner(new, database)
    if database.exists():
        aside = str(_set_aside(database, now=now))
        # A damaged one may have a log beside it, which must not be taken for the new one's; it has its second name.
        for ending in () if is_whole else ("-wal", "-shm", "-journal"):
            Path(f"{database}{ending}").unlink(missing_ok=True)
    new.replace(database)
    fsync_folder(database.parent)
    return aside


def _give_to_its_owner(new: Path, database: Path) -> None:
    """Whoever restores is often another user than the one that Linli runs as."""
    before = database if database.exists() else database.parent
    owner, ours = before.stat(), new.stat()
    new.chmod(stat.S_IMODE(owner.st_mode) if before is database else 0o600)
    if (owner.st_uid, owner.st_gid) != (ours.st_uid, ours.st_gid) and os.geteuid() == 0:
        os.chown(new, owner.st_uid, owner.st_gid)


def _is_whole(database: Path) -> bool:
    # Only to read: whoever may write would take a spoiled log for an empty one, and remove it.
    connection = sqlite_module().connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=1)
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    finally:
        connection.close()


def _as_one_file(database: Path) -> None:
    connection = sqlite_module().connect(str(database), isolation_level=None, timeout=1)
    try:
        connection.execute("PRAGMA journal_mode=delete").fetchone()
    finally:
        connection.close()


def _set_aside(database: Path, *, now: datetime) -> Path:
    aside = database.with_name(f"{database.stem}.before-restore-{now:%Y%m%dT%H%M%SZ}{database.suffix}")
    if aside.exists():
        raise NoCopy(f"There is a file {aside.name} already: move it away first.")
    for ending in ("", "-wal", "-journal"):
        if Path(f"{database}{ending}").exists():
            _give_second_name(Path(f"{database}{ending}"), Path(f"{aside}{ending}"))
    fsync_folder(database.parent)
    return aside


def _give_second_name(file: Path, other: Path) -> None:
    try:
        os.link(file, other)
    except OSError:  # a file system without links
        shutil.copyfile(file, other)
    other.chmod(0o600)
