"""The operator's commands for backups: make one now, put one in the place of the database."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from dispatch.holding import how_many_held, tell_staff
from dispatch.keeping import copy_now
from dispatch.locking import lock_all
from models.copies import Copy, make_copy
from models.database import Database, open_engine
from models.places import Community
from models.restoring import Restored
from models.restoring import restore as put_in_place
from models.scrubbing import scrub
from scripts.clock import Clock
from scripts.door import Door


@click.command("backup")
@click.option("--to", type=click.Path(path_type=Path), help="The file to write; without it, one in [backup] folder.")
@click.pass_obj
def backup(door: Door, to: Path | None) -> None:
    """Make a backup now and read it back. Nobody is held up. The file holds personal data: keep it safe."""
    settings = door.settings()
    database, now = door.database(settings), Clock(settings.carrier.clock_file).now()
    began = time.monotonic()
    if to is None:
        copy = copy_now(database, settings.backup.folder, now=now)
    else:
        copy = make_copy(settings.database.url, to.absolute(), now=now)
    click.echo(_made(copy, time.monotonic() - began))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore(door: Door, file: Path) -> None:
    """Put a backup in the place of the database, while nothing runs. The one that is there is set aside, not deleted.

    What had been promised and not sent by then is held until staff release it on the board.
    """
    settings = door.settings()
    url, now = settings.database.url, Clock(settings.carrier.clock_file).now()
    began = time.monotonic()
    keyring = settings.database.keyring
    done = put_in_place(url, file.absolute(), keyring=keyring, now=now)
    engine = open_engine(url, keyring)
    held = hold(Database(engine), now=now)
    engine.dispose()
    click.echo("\n".join(_told(file, done, held, time.monotonic() - began)))


@click.command("encrypt")
@click.pass_obj
def encrypt(door: Door) -> None:
    """Lock what is there as [database] field_key says: with its first key, or, after "plain", open.

    Works beside a running server, once that has been started with the same settings; can be broken off and begun again.
    """
    settings = door.settings()
    database = door.database(settings)
    changed = lock_all(database)
    if changed:
        scrub(database.engine)
    how = "locked with the first key" if settings.database.keyring.locks else "open"
    click.echo(f"{changed} fields were changed. All that can be locked is {how}. Backups stay as they were made.")


def _made(copy: Copy, seconds: float) -> str:
    rows = sum(copy.label.rows.values())
    return f"{copy.file}: {copy.size_bytes / 1e6:.1f} MB, {rows} rows, read back whole, {seconds:.1f} seconds."


def hold(database: Database, *, now: datetime) -> int:
    """Tell the staff of a database that was just restored; returns how much they have to look through."""
    with database.begin() as session:
        # A moment later: what is promised at the instant of the restore is held.
        tell_staff(session, now=now + timedelta(seconds=1))
        session.flush()
        return sum(how_many_held(session, community) for community in session.scalars(sa.select(Community)))


def _told(file: Path, done: Restored, held: int, seconds: float) -> list[str]:
    taken_at = f"{done.taken_at:%Y-%m-%d %H:%M} UTC"
    lines = [f"Restored {file} in {seconds:.1f} seconds: everything is as it was at {taken_at}."]
    if done.set_aside:
        lines.append(f"The database that was there is kept: {done.set_aside}")
    if not done.was_read:
        lines.append("It could not be read, so codes and ids go on far ahead of the backup, to be used only once.")
    return [
        *lines,
        f"Texts and calls that were waiting are held back: {held}. Everybody has to log in again.",
        "What to do next:",
        f"1. Start Linli. What reached the carrier since {taken_at} is asked for there, and taken up.",
        "2. On the board, check what has happened since: what was done after the backup is not known here.",
        "3. On the board, under Backups, a coordinator looks through what is held back, and lets it leave or drops it.",
    ]
