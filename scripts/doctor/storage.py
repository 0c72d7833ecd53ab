"""Is what we are told kept: the database, the disks, the backups."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from dispatch.day_sheets import file_of, is_sheet_old
from dispatch.keeping import MISSED_AFTER
from dispatch.locking import lie_open
from models.condition import condition, damage
from models.installation import Backup, last_good_backup
from models.places import Community
from models.room import Room, database_file
from models.storage import is_sqlite_sound, sqlite_version
from scripts.doctor.findings import Finding, Word, found
from scripts.doctor.machine import Disk
from scripts.doctor.patient import Patient

_CHECK_SECONDS = 10.0
_OLDEST_POSTGRESQL = (12,)
# So few bytes are too few on any disk; of a large one, a share that is no more than so many bytes.
_FULL = (200_000_000, 0.03, 1_000_000_000)
_FEWEST_INODES = 0.03
# A backup is late when two were due and did not come.
_LATE_INTERVALS = 2


def database(patient: Patient) -> Iterator[Finding]:
    """Is it there, of this version, and does it keep what it is given?"""
    if patient.database_trouble is not None:
        yield patient.database_trouble
    if patient.database is None:
        return
    found_so = condition(patient.database.engine)
    if not found_so.is_durable:
        yield found("database_forgets", setting=found_so.why_not)
    version = ".".join(str(part) for part in found_so.version)
    if found_so.kind == "postgresql" and found_so.version < _OLDEST_POSTGRESQL:
        yield found("postgresql_old", version=version)
    if found_so.kind == "sqlite" and not is_sqlite_sound(sqlite_version()):
        yield found("sqlite_unsound", version=version)
    size = _size(found_so.size_bytes)
    yield found("database_ok", kind=Word(found_so.kind), version=version, revision=found_so.revision, size=size)


def wholeness(patient: Patient) -> Iterator[Finding]:
    """Is the file whole?"""
    if patient.database is None:
        return
    told = damage(patient.database.engine, stopwatch=patient.machine.stopwatch, seconds=_CHECK_SECONDS)
    if told is None:
        yield found("database_unchecked", seconds=int(_CHECK_SECONDS))
    elif told:
        yield found("database_damaged", damage=told[:200])


def what_lies_open(patient: Patient) -> Iterator[Finding]:
    """Is everything that can be locked locked, where there is a key?"""
    if not patient.settings.database.keyring.locks:
        return
    with patient.reading() as session:
        fields = tuple(lie_open(session))
    yield found("fields_open", fields=fields[:5], count=len(fields)) if fields else found("fields_locked")


def disks(patient: Patient) -> Iterator[Finding]:
    """Is there room where the database and its copies lie, and can it be written?"""
    for place, folder in _places(patient).items():
        disk = patient.machine.disk_at(folder)
        blanks = {"folder": folder, "free": _size(disk.free_bytes), "percent": _percent(disk)}
        key = _judged(disk)
        yield found(key or _ROOMY[place], **blanks)


_ROOMY = {"database": "disk_ok_database", "backups": "disk_ok_backups"}


def _places(patient: Patient) -> dict[str, Path]:
    file = database_file(patient.settings.database.url)
    here = {"database": file.parent} if file is not None else {}
    return {**here, "backups": patient.settings.backup.folder}


def _judged(disk: Disk) -> str:
    if not disk.is_writable:
        return "disk_read_only"
    few, share, most = _FULL
    if disk.free_bytes < max(few, min(share * disk.total_bytes, most)):
        return "disk_full"
    if disk.inodes_free < _FEWEST_INODES:
        return "disk_no_inodes"
    return "disk_nearly_full" if Room(disk.total_bytes, disk.free_bytes).is_nearly_full else ""


def backups(patient: Patient) -> Iterator[Finding]:
    """Is there a copy that could be read back, is it young, and does it survive the disk?"""
    with patient.reading() as session:
        last = last_good_backup(session, now=patient.now)
        tries = sa.select(Backup).where(Backup.made_at <= patient.now).order_by(Backup.made_at.desc())
        newest = session.scalars(tries.limit(1)).first()
    folder = patient.settings.backup.folder
    if newest is not None and newest.fault:
        yield found("backup_failed", name=newest.name, fault=newest.fault)
    if last is None:
        yield found("backup_none", folder=folder)
        return
    blanks = {"name": last.name, "folder": folder, "age": _hours(patient.now - last.made_at)}
    yield found(_of_age(patient, last, folder), **blanks)


def _of_age(patient: Patient, last: Backup, folder: Path) -> str:
    age, every = patient.now - last.made_at, timedelta(hours=patient.settings.backup.every_hours)
    if not (folder / last.name).exists():
        return "backup_gone"
    if age > max(MISSED_AFTER, _LATE_INTERVALS * every):
        return "backup_stale"
    return "backup_late" if age > _LATE_INTERVALS * every + timedelta(minutes=15) else "backup_ok"


def day_sheets(patient: Patient) -> Iterator[Finding]:
    """Is the sheet for the day without a network there, and young? Nothing is said before it was ever written."""
    folder = patient.settings.sheet.folder
    with patient.reading() as session:
        kept = session.scalars(sa.select(Community).where(Community.sheet_at.is_not(None)).order_by(Community.id)).all()
    for community in kept:
        is_useless = is_sheet_old(community, now=patient.now) or not file_of(folder, community).exists()
        age = "–" if community.sheet_at is None else f"{(patient.now - community.sheet_at) / timedelta(minutes=1):.0f}"
        yield found("sheet_old" if is_useless else "sheet_ok", file=file_of(folder, community), minutes=age)


def backup_place(patient: Patient) -> Iterator[Finding]:
    """Do the copies lie on another disk than the database?"""
    places = _places(patient)
    if not patient.is_real or "database" not in places:
        return
    devices = {place: patient.machine.disk_at(folder).device for place, folder in places.items()}
    if devices["database"] == devices["backups"]:
        yield found("backup_same_disk", folder=places["backups"])


def _percent(disk: Disk) -> str:
    return f"{100 * disk.free_bytes / max(disk.total_bytes, 1):.0f}%"


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.1f}"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in ("B", "kB") else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
