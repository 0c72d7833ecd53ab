"""A lease: of any number of processes one does a thing, and when it dies another takes over.

Clocks of machines differ and are set back, so no instant decides: whoever waits watches the holder's beat, and takes
the lease when it has stood still for a while on the waiting one's own stopwatch.
"""

import hashlib
import os
import platform
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.database import Database
from models.prepared import prepared

# How often a sign of life is given.
BEAT_EVERY_SECONDS = 5.0
# A holder that has not beaten for so long is dead, or cannot write, which is the same.
TAKEN_OVER_AFTER_SECONDS = 30.0


class Lease(Base):
    """Who does it, and the last sign of life."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    holder: Mapped[str] = mapped_column(sa.String(40))
    beat: Mapped[int] = mapped_column(default=0)
    beat_at: Mapped[datetime]  # for people who look; nothing is decided by it


class Turn:
    """One process's view of a lease."""

    def __init__(
        self, database: Database, name: str, *, stopwatch: Callable[[], float], here: str = "", process: int = 0
    ) -> None:
        """`stopwatch` gives seconds that only ever grow. `here` names the machine and `process` us on it; by default
        they are what they are."""
        self.here, self.process = here or this_machine(), process or os.getpid()
        self.holder = f"{self.here}.{self.process}.{secrets.token_hex(4)}"
        self._database, self._name, self._stopwatch = database, name, stopwatch
        self._seen: tuple[str, int] | None = None
        self._seen_at = stopwatch()
        self._beaten_at: float | None = None
        self._is_mine = False

    @property
    def is_mine(self) -> bool:
        """Did the last beat find it ours?"""
        return self._is_mine

    @property
    def silent_seconds(self) -> float:
        """How long ago anybody's beat was seen."""
        return self._stopwatch() - self._seen_at

    def keep(self, *, now: datetime) -> int:
        """Beat when it is time to; returns 1 when it became ours by that, else 0."""
        if self._beaten_at is not None and self._stopwatch() - self._beaten_at < BEAT_EVERY_SECONDS:
            return 0
        was_mine = self._is_mine
        self._is_mine = False  # whoever cannot write does not hold it
        return int(self.beat(now=now) and not was_mine)

    def beat(self, *, now: datetime) -> bool:
        """Beat if it is ours, take it if it is free or its holder is dead; True when it is ours now."""
        with self._database.begin() as session:
            found = self._looked_at(session, now)
            seen = (found.holder, found.beat)
            is_new = seen != self._seen
            if is_new:
                self._seen, self._seen_at = seen, self._stopwatch()
            is_dead = self._has_ended(found.holder) or (not is_new and self.silent_seconds >= TAKEN_OVER_AFTER_SECONDS)
            is_mine = (found.holder == self.holder or is_dead) and self._take(session, seen, now)
        self._is_mine, self._beaten_at = is_mine, self._stopwatch()
        return is_mine

    def _has_ended(self, holder: str) -> bool:
        """Is that a process of this machine which is not there any more, or was what we are now?"""
        here, process, _ = holder.split(".") if holder.count(".") == 2 else ("", "", "")
        if here != self.here or holder == self.holder or not process.isdecimal():
            return False
        return int(process) == self.process or not _is_running(int(process))

    def give_back(self, *, now: datetime) -> None:
        """Let the next one have it at once: this process ends."""
        with self._database.begin() as session:
            session.execute(sa.delete(Lease).where(Lease.name == self._name, Lease.holder == self.holder))
        self._is_mine = False

    def _looked_at(self, session: Session, now: datetime) -> Lease:
        found = session.scalars(*_lease(self._name)).one_or_none()
        if found is None:
            found = Lease(name=self._name, holder=self.holder, beat=0, beat_at=now)
            session.add(found)
            session.flush()
        return found

    def _take(self, session: Session, seen: tuple[str, int], now: datetime) -> bool:
        holder, beat = seen
        values = {"seen_holder": holder, "seen_beat": beat, "new_holder": self.holder, "new_beat": beat + 1, "now": now}
        taken = session.execute(_TAKE, {"lease": self._name, **values})
        if taken.rowcount == 0:  # type: ignore[attr-defined]
            return False
        self._seen, self._seen_at = (self.holder, beat + 1), self._stopwatch()
        return True


@prepared
def _lease(name: str) -> sa.Select[Lease]:
    return sa.select(Lease).where(Lease.name == name)


_TAKE = (
    sa.update(Lease)
    .where(
        Lease.name == sa.bindparam("lease"), Lease.holder == sa.bindparam("seen_holder"),
        Lease.beat == sa.bindparam("seen_beat"),
    )
    .values(holder=sa.bindparam("new_holder"), beat=sa.bindparam("new_beat"), beat_at=sa.bindparam("now"))
    .execution_options(synchronize_session=False)
)  # fmt: skip


def this_machine() -> str:
    """A short name that no other machine has, nor this one after it was started anew."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    started = boot.read_text(encoding="ascii").strip() if boot.exists() else ""
    return hashlib.sha256(f"{platform.node()} {started}".encode()).hexdigest()[:16]


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
