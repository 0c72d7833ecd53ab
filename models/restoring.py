"""A backup takes the place of the database, and the one that is there is set aside.

Whatever happens half-way, the old or the new one is there, whole.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.anew import Given, begin_anew, given_by
from models.copies import Label, NoCopy, unpack
from models.database import APPLICATION, open_engine
from models.files import put_in_place, read_before, settled, workshop
from models.installation import refuse_missing_keys
from models.keyring import NO_KEYS, Keyring
from models.presence import RUNNING, InUse, alone, lock_of
from models.schema import build_within
from models.server_rows import copy_from_file, counter_of_server, opened_file

_TWICE = "The database is being restored by somebody else."
# Any number will do, as long as every restore asks for the same.
_ONE_AT_A_TIME = 5_546_954


@dataclass(frozen=True)
class Restored:
    """What was done."""

    taken_at: datetime  # the instant that the backup is of
    set_aside: str  # where the database that was there is now; empty: there was none
    was_read: bool  # could it be read, so that nothing it had given out is used twice?


def restore(url: str, file: Path, *, keyring: Keyring = NO_KEYS, now: datetime) -> Restored:
    """Put the backup in the place of the database. Nothing in it that was promised before `now` leaves by itself.

    Raises InUse while somebody has the database open, NoCopy if the file is no backup or damaged, WrongVersion if it is
    newer than this program; WrongKey if it is locked with a key that `keyring` lacks.
    """
    if not file.is_file():
        raise NoCopy(f"There is no file {file}.")
    put = _to_file if url.startswith("sqlite") else _to_server
    return put(url, file, keyring, now=now)


def _to_file(url: str, file: Path, keyring: Keyring, *, now: datetime) -> Restored:
    database = Path(str(sa.make_url(url).database)).absolute()
    with alone(lock_of(database), RUNNING), workshop(database) as work:
        scratch = work / "new.db"
        label = unpack(file, scratch)
        given = read_before(database)
        taken_at = _renew(scratch, file, label, given or Given(), keyring, now=now)
        aside = put_in_place(settled(scratch), database, is_whole=given is not None, now=now)
        return Restored(taken_at, aside, given is not None or not aside)


def _to_server(url: str, file: Path, keyring: Keyring, *, now: datetime) -> Restored:
    """All in one transaction: the tables that are there move to a schema of their own, and new ones are filled."""
    engine = open_engine(url)
    try:
        with tempfile.TemporaryDirectory(prefix="linli-restore-") as work, engine.begin() as connection:
            _be_alone(connection)
            scratch = Path(work) / "new.db"
            label = unpack(file, scratch)
            given = given_by(connection, counter_of_server)
            taken_at = _renew(scratch, file, label, given, keyring, now=now)
            aside = _move_aside(connection, now=now)
            build_within(connection)
            _fill(connection, scratch)
            return Restored(taken_at, aside, True)
    finally:
        engine.dispose()


def _renew(
    scratch: Path, file: Path, label: Label, given: Given, keyring: Keyring, *, now: datetime
) -> datetime:  # fmt: skip
    with opened_file(scratch, keyring) as connection, Session(connection) as session:
        refuse_missing_keys(session, keyring)
        taken_at = begin_anew(session, file.name, label.made_at, given, size_bytes=file.stat().st_size, now=now)
        session.flush()
        return taken_at


def _be_alone(connection: sa.Connection) -> None:
    """Programs of ours keep their connections open, so whoever runs is seen; whoever comes now waits for us."""
    if not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))):
        raise InUse(_TWICE)
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name = :name"
    )
    if connection.scalar(others, {"name": APPLICATION}):
        raise InUse(RUNNING)


def _move_aside(connection: sa.Connection, *, now: datetime) -> str:
    names = sa.inspect(connection).get_table_names()
    if not names:
        return ""
    aside = f"before_restore_{now:%Y%m%dt%H%M%S}z"
    connection.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
    connection.execute(sa.text(f'CREATE SCHEMA "{aside}"'))
    for name in names:
        connection.execute(sa.text(f'ALTER TABLE "{name}" SET SCHEMA "{aside}"'))
    return f"schema {aside}"


def _fill(connection: sa.Connection, scratch: Path) -> None:
    copy_from_file(scratch, connection)
