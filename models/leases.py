"""A lease: of any number of processes one does a thing, and when it dies another takes over.

Clocks of machines differ and are set back, so no instant decides: whoever waits watches the holder's beat, and takes
the lease when it has stood still for a while on the waiting one's own stopwatch.
"""

import secrets
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.database import Database

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

    def __init__(self, database: Database, name: str, *, stopwatch: Callable[[], float]) -> None:
        """`stopwatch` gives seconds that only ever grow."""
        self.holder = secrets.token_hex(8)
        self._database, self._name, self._stopwatch = database, name, stopwatch
        self._seen: tuple[str, int] | None = None
        self._seen_at = stopwatch()
        self._is_mine = False

    @property
    def is_mine(self) -> bool:
        """Did the last beat find it ours?"""
        return self._is_mine

    @property
    def silent_seconds(self) -> float:
        """How long ago anybody's beat was seen."""
        return self._stopwatch() - self._seen_at

    def beat(self, *, now: datetime) -> bool:
        """Beat if it is ours, take it if it is free or its holder is dead; True when it is ours now."""
        with self._database.begin() as session:
            found = self._looked_at(session, now)
            seen = (found.holder, found.beat)
            is_new = seen != self._seen
            if is_new:
                self._seen, self._seen_at = seen, self._stopwatch()
            is_dead = not is_new and self.silent_seconds >= TAKEN_OVER_AFTER_SECONDS
            self._is_mine = (found.holder == self.holder or is_dead) and self._take(session, seen, now)
        return self._is_mine

    def give_back(self, *, now: datetime) -> None:
        """Let the next one have it at once: this process ends."""
        with self._database.begin() as session:
            session.execute(sa.delete(Lease).where(Lease.name == self._name, Lease.holder == self.holder))
        self._is_mine = False

    def _looked_at(self, session: Session, now: datetime) -> Lease:
        found = session.scalars(sa.select(Lease).where(Lease.name == self._name)).one_or_none()
        if found is None:
            found = Lease(name=self._name, holder=self.holder, beat=0, beat_at=now)
            session.add(found)
            session.flush()
        return found

    def _take(self, session: Session, seen: tuple[str, int], now: datetime) -> bool:
        holder, beat = seen
        taken = session.execute(
            sa.update(Lease)
            .where(Lease.name == self._name, Lease.holder == holder, Lease.beat == beat)
            .values(holder=self.holder, beat=beat + 1, beat_at=now)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount == 0:  # type: ignore[attr-defined]
            return False
        self._seen, self._seen_at = (self.holder, beat + 1), self._stopwatch()
        return True
