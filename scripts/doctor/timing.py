"""Is it the right time, and does the clock still look at what is due?"""

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from dispatch.gaps import zone_is_known
from dispatch.timekeeping import TOLERATED
from models.installation import Installation, installation
from models.leases import Lease
from models.places import Community
from scripts.doctor.findings import Finding, found
from scripts.doctor.patient import Patient
from scripts.sweeps import DEAD_AFTER_SECONDS
from voice.carrier.office import told_time

_WRONG_SECONDS = 60.0
_LOOK_SECONDS = 5.0


def against_the_carrier(patient: Patient) -> Iterator[Finding]:
    """Does this machine show the time that the carrier shows?"""
    asked = next((asked for asked in patient.accounts if told_time(asked.heard)), None)
    shown = told_time(asked.heard) if asked else None
    if asked is None or shown is None or asked.heard.at is None:
        return
    seconds = (asked.heard.at - shown).total_seconds()
    if abs(seconds) > _WRONG_SECONDS:
        yield found("clock_wrong", seconds=f"{seconds:+.0f}")
    elif abs(seconds) > _LOOK_SECONDS:
        yield found("clock_off", seconds=f"{seconds:+.0f}")
    else:
        yield found("clock_ok")


def wound(patient: Patient) -> Iterator[Finding]:
    """Does a file say what time it is where real people could be called?"""
    if patient.clock.is_wound:
        key = "clock_wound" if patient.is_real else "clock_wound_demo"
        yield found(key, time=patient.now.astimezone(UTC).isoformat(sep=" ", timespec="minutes")[:16])


def zones(patient: Patient) -> Iterator[Finding]:
    """Does this machine know the time zone of every community?"""
    with patient.reading() as session:
        rows = list(session.scalars(sa.select(Community).order_by(Community.id)))
    for community in rows:
        if not zone_is_known(community):
            yield found("zone_unknown", community=community.name, zone=community.timezone)


def set_back(patient: Patient) -> Iterator[Finding]:
    """Does the clock show less than the newest that is stored?"""
    with patient.reading() as session:
        newest = session.scalars(sa.select(Installation.newest_at)).one_or_none()
    if newest is not None and newest - TOLERATED > patient.now and not patient.clock.is_wound:
        yield found("clock_set_back", newest=_shown(newest), shown=_shown(patient.now))


def accept_clock(patient: Patient) -> Finding:
    """The clock is right, and what is stored is of a time that never was: from now on the present counts."""
    if patient.database is None:
        return patient.database_trouble or found("database_empty")
    with patient.database.begin() as session:
        installation(session).newest_at = patient.now
    return found("clock_accepted", shown=_shown(patient.now))


def watch(patient: Patient) -> Iterator[Finding]:
    """While a server runs, does anybody look at what is due?"""
    with patient.reading() as session:
        beat_at = session.scalars(sa.select(Lease.beat_at).where(Lease.name == "watch")).one_or_none()
    if not patient.is_served or beat_at is None:
        return
    silent = (patient.now - beat_at).total_seconds()
    if silent > DEAD_AFTER_SECONDS:
        yield found("watch_silent", seconds=f"{silent:.0f}")


def _shown(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(sep=" ", timespec="seconds")[:19]
