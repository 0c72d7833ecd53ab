"""A copy of the database: one SQLite file whatever the database is, made while everybody goes on writing.

It carries a label that says of which instant it is, of which version, and how many rows each table had.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models import server_rows
from models.database import open_engine
from models.presence import alone
from models.private_files import fsync_folder
from models.schema import WrongVersion, build, migrate, refuse_newer
from models.storage import sqlite_module

# So many pages are copied at a stretch: 8 MB.
_PAGES = 2048
# What a copy may leave free on its disk, which is perhaps the one that orders need.
_SPARE_BYTES = 64 * 1024 * 1024
_LABEL = "backup_label"
_BUSY = "Another backup is being made in that folder."


class NoCopy(Exception):
    """No good copy could be made, or a file is none; the text is a sentence without names or numbers of people."""


@dataclass(frozen=True)
class Label:
    """What a copy says about itself. `made_at` is None for a bare copy of the file, which says nothing."""

    made_at: datetime | None
    revision: str
    rows: dict[str, int]  # table → how many


@dataclass(frozen=True)
class Copy:
    """A copy that was made and read back whole."""

    file: Path
    size_bytes: int
    label: Label


def make_copy(url: str, file: Path, *, now: datetime) -> Copy:
    """Copy the database to a file that is not there yet, and read it back: all of it, or nothing under that name.

    Raises NoCopy when it cannot be made or read back, InUse when somebody else makes one in that folder.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _workshop(file.parent) as folder:
            if file.exists():
                raise NoCopy(f"There is a file {file.name} already.")
            _check_room(url, file.parent)
            draft = folder / "draft.db"
            label = _drawn(url, draft, now=now)
            unpack(draft, folder / "scratch.db", expected=label)
            return Copy(_placed(draft, file), file.stat().st_size, label)
    except OSError as error:
        raise NoCopy(f"The copy could not be written: {(error.strerror or 'the disk fails').lower()}.") from error
    except sa.exc.DBAPIError as error:
        raise NoCopy(f"The copy could not be made: {str(error.orig)[:120]}.") from error
    except sqlite_module().Error as error:
        raise NoCopy(f"The copy could not be made: {str(error)[:120]}.") from error


def unpack(file: Path, scratch: Path, *, expected: Label | None = None) -> Label:
    """Copy a backup to `scratch`, check all of it, and bring it to this program's version: ready to be used.

    Returns what it says about itself. Raises NoCopy if it is no backup, or damaged; WrongVersion if it is newer than
    this program. `expected` is what must be in it; else what its own label says.
    """
    _check_kind(file)
    _copy_bytes(file, scratch)
    label = _label_of(scratch)
    _check_whole(scratch, expected or label)
    try:
        refuse_newer(label.revision)
    except WrongVersion:
        raise WrongVersion(
            f"{file.name} was made by a newer version of Linli. Nothing was changed. Update this program first."
        ) from None
    with _opened(scratch) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {_LABEL}")
    migrate(f"sqlite:///{scratch}")
    return label


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder for what is not finished; what a killed one has left there is thrown away first."""
    with alone(folder, _BUSY):
        work = folder / ".unfinished"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _check_room(url: str, folder: Path) -> None:
    """The copy and the one that is read back must fit, and leave something to those who take orders."""
    needed = 2 * _size_of(url) + _SPARE_BYTES
    if shutil.disk_usage(folder).free < needed:
        raise NoCopy(f"There is too little room in the folder of backups: {needed // 2**20 + 1} MB are needed.")


def _size_of(url: str) -> int:
    database = sa.make_url(url).database
    if url.startswith("sqlite"):
        return Path(str(database)).stat().st_size
    return server_rows.size_of(url)


def _drawn(url: str, draft: Path, *, now: datetime) -> Label:
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    if url.startswith("sqlite"):
        revision, rows = _copy_file(url, draft)
    else:
        revision, rows = server_rows.copy_to_file(url, draft, build=build)
    label = Label(now, revision, rows)
    with _opened(draft) as connection:
        connection.execute("PRAGMA journal_mode=delete")  # one file, with nothing beside it
        connection.execute(f"CREATE TABLE {_LABEL} (made_at TEXT, revision TEXT, row_counts TEXT)")
        written = (now.isoformat(), revision, json.dumps(rows))
        connection.execute(f"INSERT INTO {_LABEL} VALUES (?, ?, ?)", written)  # noqa: S608 - our own name
    return label


def _copy_file(url: str, draft: Path) -> tuple[str, dict[str, int]]:
    """By SQLite's online backup, within one read transaction: writers go on, and the copy is of one moment.

    Without that transaction every write of somebody else would make it begin again.
    """
    engine = open_engine(url)
    try:
        with engine.execution_options(reading=True).connect() as source, _opened(draft) as target:
            rows = _counted(source)
            revision = str(source.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
            source.connection.driver_connection.backup(target, pages=_PAGES)  # type: ignore[union-attr]
            return revision, rows
    finally:
        engine.dispose()


def _counted(source: sa.Connection) -> dict[str, int]:
    names = [row[0] for row in source.exec_driver_sql(_TABLES)]
    return {name: int(source.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()) for name in names}  # noqa: S608


_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "  # noqa: S608 - our own name
    f"AND name NOT IN ('alembic_version', '{_LABEL}')"
)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """A bare connection to a file of ours that nobody else knows of; what is written is not yet on the disk."""
    connection = sqlite_module().connect(str(file), isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=off")
        yield connection
    finally:
        connection.close()


def _placed(draft: Path, file: Path) -> Path:
    with draft.open("rb+") as opened:
        os.fsync(opened.fileno())
    draft.rename(file)
    fsync_folder(file.parent)
    return file


def _check_kind(file: Path) -> None:
    with file.open("rb") as opened:
        if opened.read(16) != b"SQLite format 3\0":
            raise NoCopy(f"{file.name} is no backup of Linli.")


def _copy_bytes(file: Path, scratch: Path) -> None:
    """With the log beside it, if it is a bare copy of a database that was in use."""
    for ending in ("", "-wal"):
        if Path(f"{file}{ending}").exists():
            target = Path(f"{scratch}{ending}")
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            shutil.copyfile(f"{file}{ending}", target)


def _label_of(scratch: Path) -> Label:
    try:
        with _opened(scratch) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "communities"} <= names:
                raise NoCopy("This file is no backup of Linli.")
            if _LABEL in names:
                query = f"SELECT made_at, revision, row_counts FROM {_LABEL}"  # noqa: S608 - our own name
                made_at, revision, rows = connection.execute(query).fetchone()
                return Label(datetime.fromisoformat(made_at), revision, json.loads(rows))
            return Label(None, connection.execute("SELECT version_num FROM alembic_version").fetchone()[0], {})
    except (sqlite_module().Error, ValueError, TypeError) as error:
        raise NoCopy("The backup is damaged: it cannot be read.") from error


def _check_whole(scratch: Path, expected: Label) -> None:
    try:
        with _opened(scratch) as connection:
            faults = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            strays = connection.execute("PRAGMA foreign_key_check").fetchone()
            names = [row[0] for row in connection.execute(_TABLES)]
            rows = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite_module().Error, TypeError) as error:
        raise NoCopy(f"The backup is damaged: {str(error)[:120]}.") from error
    if faults != "ok":
        raise NoCopy("The backup is damaged: what is in it does not hold together.")
    if strays is not None:
        raise NoCopy(f"The backup is damaged: rows of {strays[0]} point to rows that are not there.")
    if revision != expected.revision or (expected.made_at is not None and rows != expected.rows):
        raise NoCopy("The backup is damaged: it does not hold what its label says.")
