"""Copies are kept: made when one is due, read back, thinned out, and missed when there is none."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.everywhere import alarm_everywhere
from models.copies import Copy, NoCopy, make_copy
from models.database import Database, open_engine
from models.installation import Backup, first_try, last_good_backup, last_try
from models.presence import InUse
from models.schema import is_behind, migrate, own_version, revision_of
from models.tasks import AlertKind, is_alarmed

log = logging.getLogger(__name__)

# From then on somebody is told: a nightly copy that was missed once, and two hours to mend it.
MISSED_AFTER = timedelta(hours=26)
# After one that failed: a full disk is not emptied within a second.
_PAUSE = timedelta(minutes=10)
# All of them are kept so long; of the days before, one each.
_ALL_KEPT = timedelta(days=2)
_INTERRUPTED = "It was interrupted."


class Rule(Protocol):
    """Where copies are kept, how often they are made, and how long they stay."""

    @property
    def folder(self) -> Path:
        """Where they are."""

    @property
    def every_hours(self) -> float:
        """How often they are made."""

    @property
    def keep_days(self) -> int:
        """How long they stay."""


def keep_copies(database: Database, rule: Rule, *, now: datetime) -> int:
    """Make a backup if one is due, and see to the others; returns how many were made.

    For one process at a time. Nothing is locked while it copies, which may take minutes.
    """
    with database.read() as session:
        good, is_due = last_good_backup(session, now=now), _is_due(session, rule, now)
        is_told = _is_told_rightly(session, good, now)
    if good is not None and (fault := _what_is_wrong(rule.folder / good.name, good)):
        _note(database, good.name, fault=fault)  # and with that, another is due
        return 0
    made = _try(database, rule, now=now) if is_due else 0
    if made or not is_told:
        _tell_rightly(database, now=now)
    return made


def copy_now(database: Database, folder: Path, *, now: datetime) -> Copy:
    """Make a backup in that folder and note it, and what came of it. Raises NoCopy or InUse."""
    file = folder / name_of(now, own_version())
    # Noted before it is begun: whatever ends it half-way, it is not tried again at once.
    with database.begin() as session:
        session.add(Backup(name=file.name, made_at=now, size_bytes=0, fault=_INTERRUPTED))
    try:
        copy = make_copy(_url(database), file, now=now)
    except (NoCopy, InUse) as error:
        _note(database, file.name, fault=str(error)[:200])
        raise
    _note(database, file.name, size_bytes=copy.size_bytes, verified_at=now, fault="")
    return copy


def bring_up_to_date(url: str, folder: Path, *, now: datetime) -> list[str]:
    """Migrate the database, an older one only after a good backup. Returns the revisions applied.

    Raises WrongVersion if it is newer or not ours, NoCopy or InUse if no backup could be made: nothing is changed then.
    """
    copy = _copy_before(url, folder, now=now) if is_behind(url) else None
    applied = migrate(url)
    if copy is not None:
        engine = open_engine(url)
        with Database(engine).begin() as session:
            session.add(Backup(name=copy.file.name, made_at=now, size_bytes=copy.size_bytes, verified_at=now))
        engine.dispose()
    return applied


def _copy_before(url: str, folder: Path, *, now: datetime) -> Copy:
    try:
        return make_copy(url, folder / name_of(now, str(revision_of(url))), now=now)
    except NoCopy as error:
        raise NoCopy(
            f"{error} The database is older than this program, and is brought up to date only after a good backup: "
            "nothing was changed. To do it without one: scripts/linli migrate --without-backup"
        ) from error


def name_of(now: datetime, revision: str) -> str:
    """The name of a backup's file: they sort by time, and say which version can read them."""
    return f"linli-{now:%Y%m%dT%H%M%SZ}-{revision}-{secrets.token_hex(2)}.db"


@dataclass(frozen=True)
class Kept:
    """One backup, as it is weighed when they are thinned out."""

    name: str
    made_at: datetime
    is_good: bool


def superfluous(kept: Sequence[Kept], *, keep_days: int, now: datetime) -> set[str]:
    """The names of those that need not stay: all of two days do, of each day before the last good one, to `keep_days`.

    The last good one of all stays, however old it is.
    """
    good = sorted((one for one in kept if one.is_good), key=lambda one: (one.made_at, one.name))
    last_of_day = {one.made_at.date(): one.name for one in good if one.made_at > now - timedelta(days=keep_days)}
    stays = {*last_of_day.values(), *(one.name for one in good[-1:])}
    return {one.name for one in kept if one.name not in stays and one.made_at <= now - _ALL_KEPT}


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _is_due(session: Session, rule: Rule, now: datetime) -> bool:
    tried_at, good = last_try(session, now=now), last_good_backup(session, now=now)
    if tried_at is not None and tried_at > now - min(_PAUSE, timedelta(hours=rule.every_hours)):
        return False
    return good is None or good.made_at <= now - timedelta(hours=rule.every_hours)


def _try(database: Database, rule: Rule, *, now: datetime) -> int:
    try:
        copy_now(database, rule.folder, now=now)
    except (NoCopy, InUse) as error:
        log.warning("no backup was made: %s", error)
        return 0
    finally:
        _thin_out(database, rule, now=now)
    return 1


def _note(database: Database, name: str, **values: object) -> None:
    with database.begin() as session:
        session.execute(sa.update(Backup).where(Backup.name == name).values(**values))


def _what_is_wrong(file: Path, good: Backup) -> str:
    """Is the newest one still there as it was? Empty: it is."""
    if not file.is_file():
        return "Its file is gone."
    return "" if file.stat().st_size == good.size_bytes else "Its file is not as long as it was."


def _thin_out(database: Database, rule: Rule, *, now: datetime) -> None:
    with database.read() as session:
        rows = session.scalars(sa.select(Backup)).all()
    kept = [Kept(row.name, row.made_at, row.verified_at is not None and not row.fault) for row in rows]
    for name in superfluous(kept, keep_days=rule.keep_days, now=now):
        (rule.folder / name).unlink(missing_ok=True)
        with database.begin() as session:
            session.execute(sa.delete(Backup).where(Backup.name == name))


def _is_missed(session: Session, good: Backup | None, now: datetime) -> bool:
    since = good.made_at if good is not None else first_try(session)
    return since is not None and since <= now - MISSED_AFTER


def _is_told_rightly(session: Session, good: Backup | None, now: datetime) -> bool:
    return _is_missed(session, good, now) == is_alarmed(session, AlertKind.NO_BACKUP)


def _tell_rightly(database: Database, *, now: datetime) -> None:
    """Alarm when the last good one is too old, and be quiet again when there is a new one."""
    with database.begin() as session:
        is_true = _is_missed(session, last_good_backup(session, now=now), now)
        alarm_everywhere(session, AlertKind.NO_BACKUP, is_true=is_true, now=now)
