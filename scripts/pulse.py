"""Is all well? What /healthz says, and whether the watchdog outside is told that we live. No personal data."""

import logging
from dataclasses import dataclass

import sqlalchemy as sa

from dispatch.keeping import MISSED_AFTER
from dispatch.timekeeping import TOLERATED
from models.database import Database
from models.installation import Installation, is_any_held, last_good_backup
from models.leases import Turn
from models.storage import Trouble
from models.tasks import Alert, AlertKind
from scripts.clock import Clock
from scripts.sweeps import DEAD_AFTER_SECONDS, Sweeps
from voice.lifeline import Lifeline

log = logging.getLogger(__name__)

# What is said of a storage in trouble, here and on the page that stands in for the board.
SAYS = {
    Trouble.FULL: "the disk is full: orders are refused",
    Trouble.READ_ONLY: "the database may not be written: orders are refused",
    Trouble.CORRUPT: "the database is damaged: restore a backup (scripts/linli restore)",
    Trouble.BUSY: "the database is busy",
    Trouble.FAILING: "the disk fails: orders are refused",
    Trouble.GONE: "the database does not answer",
}
ALERTS = {
    AlertKind.CARRIER_DOWN: "the carrier does not take what we send",
    AlertKind.DISK: "the disk is nearly full",
    AlertKind.NO_BACKUP: "there is no good backup of late",
    AlertKind.NO_SHEET: "the day sheet cannot be written",
    AlertKind.CLOCK: "the machine's clock has been set back",
}


@dataclass(frozen=True)
class Found:
    """What is wrong (nobody can order, or nothing is done that is due), and what somebody should look at."""

    wrong: tuple[str, ...]
    look: tuple[str, ...] = ()


class Pulse:
    """Feels the pulse of one process and of what it stands on."""

    def __init__(
        self, database: Database, sweeps: Sweeps, lease: Turn, lifeline: Lifeline, clock: Clock
    ) -> None:  # fmt: skip
        self._database, self._sweeps, self._lease, self._lifeline = database, sweeps, lease, lifeline
        self._clock = clock

    def feel(self) -> Found:
        """Everything that can be said now."""
        wrong, look = self._stored()
        trouble = self._database.health.trouble
        if trouble is not None:
            wrong.append(SAYS[trouble])
        if self._sweeps.silent_seconds > DEAD_AFTER_SECONDS:
            wrong.append("the clock stands still")
        elif self._lease.silent_seconds > DEAD_AFTER_SECONDS:
            wrong.append("nobody keeps the watch")
        if not self._lifeline.is_ready:
            look.append("no stand-in for callers is ready")
        return Found(tuple(dict.fromkeys(wrong)), tuple(dict.fromkeys(look)))

    @property
    def is_well(self) -> bool:
        """Is nothing wrong?"""
        return not self.feel().wrong

    @property
    def is_watched(self) -> bool:
        """Is done what is due? Boards say so when it is not."""
        return max(self._lease.silent_seconds, self._sweeps.silent_seconds) <= DEAD_AFTER_SECONDS

    def _stored(self) -> tuple[list[str], list[str]]:
        try:
            with self._database.read() as session:
                newest = session.scalars(sa.select(Installation.newest_at)).one_or_none()
                is_held = is_any_held(session)
                kinds = session.scalars(
                    sa.select(Alert.kind).where(Alert.closed_at.is_(None), Alert.kind.in_(list(ALERTS))).distinct()
                )
                look = [ALERTS[kind] for kind in kinds]
                backup = last_good_backup(session)
        except sa.exc.SQLAlchemyError:
            log.exception("the database does not answer")
            # Where the error says what ails it, that is said instead.
            return [] if self._database.health.trouble else [SAYS[Trouble.GONE]], []
        wrong = []
        now = self._clock.now()
        if newest is not None and now < newest - TOLERATED and not self._clock.is_wound:
            wrong.append(ALERTS[AlertKind.CLOCK])
        if self._clock.is_ahead:
            look.append(ALERTS[AlertKind.CLOCK])
        if is_held:
            look.append("sending is held since a restore")
        if backup is not None and now - backup.made_at > MISSED_AFTER:
            look.append(ALERTS[AlertKind.NO_BACKUP])
        return wrong, look
