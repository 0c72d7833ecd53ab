"""The book at the door: who came in is written at once; who did not is counted first, and written now and then.

Somebody who guesses may knock a thousand times a second. Each knock is counted in memory; once a second at the most the
counts are written, into one row for each hour, name and network, and no more rows in an hour than a person can read. So
no flood fills the database or keeps the telephone line waiting, and of what is counted at most a second can be lost.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import raise_alert
from models.database import Database
from models.logins import FAILED, GUESSES, LoginNote, What, guesses_since
from models.people import Staff
from models.places import Community
from models.tasks import Alert, AlertKind

# So many rows of what failed an hour may have; what comes from further networks is counted together.
MOST_ROWS = 100
# From so many guesses at one name within so long on, staff are told; when there have been fewer, it is over.
MANY, LATELY = 10, timedelta(hours=1)
_WRITTEN_EVERY = 1.0
_MANY_NETWORKS = ""


@dataclass(frozen=True)
class Knock:
    """What happened, to whom, from where."""

    what: What
    network: str
    staff_id: int | None = None
    community_id: int | None = None
    how: str = ""


class Logbook:
    """What this process has seen fail and not written yet."""

    def __init__(self, database: Database, *, stopwatch: Callable[[], float] = time.monotonic) -> None:
        """`stopwatch` gives seconds that only ever grow, whatever the clock shows."""
        self._database, self._stopwatch = database, stopwatch
        self._lock = threading.Lock()
        self._seen: Counter[Knock] = Counter()
        self._written_at = stopwatch() - _WRITTEN_EVERY

    def failed(self, knock: Knock, *, now: datetime) -> None:
        """One more that failed."""
        with self._lock:
            is_new = knock not in self._seen
            kept = replace(knock, network=_MANY_NETWORKS) if is_new and len(self._seen) >= MOST_ROWS else knock
            self._seen[kept] += 1
        if self._stopwatch() - self._written_at >= _WRITTEN_EVERY:
            self.write(now=now)

    def write(self, *, now: datetime) -> int:
        """Write what has been counted; how many rows that were. What cannot be written is counted on."""
        with self._lock:
            seen, self._seen = self._seen, Counter()
            self._written_at = self._stopwatch()
        if not seen:
            return 0
        try:
            with self._database.begin() as session:
                for knock, times in seen.items():
                    write_down(session, knock, now=now, times=times)
        except sa.exc.SQLAlchemyError:
            with self._lock:
                self._seen.update(seen)
            raise
        return len(seen)


def write_down(session: Session, knock: Knock, *, now: datetime, times: int = 1) -> None:
    """One row; of what failed, one more on the row of this hour."""
    row = _row_of_this_hour(session, knock, now=now) if knock.what in FAILED else None
    if row is None and knock.what in FAILED and _is_full(session, now=now):
        knock = replace(knock, network=_MANY_NETWORKS)
        row = _row_of_this_hour(session, knock, now=now)
    if row is None:
        row = LoginNote(
            community_id=knock.community_id, staff_id=knock.staff_id, what=knock.what, how=knock.how[:60],
            network=knock.network, at=now, last_at=now, times=times,
        )  # fmt: skip
        session.add(row)
    else:
        row.times, row.last_at = row.times + times, now
    session.flush()
    if knock.what in GUESSES and knock.staff_id is not None:
        _tell_of_guesses(session, knock.staff_id, now=now)


def is_guessing_over(session: Session, alert: Alert, *, now: datetime) -> bool:
    """Does nobody guess any more at the name that such an alert is about?"""
    return guesses_since(session, int(alert.about.removeprefix("staff ")), now - LATELY) < MANY


def _tell_of_guesses(session: Session, staff_id: int, *, now: datetime) -> None:
    if guesses_since(session, staff_id, now - LATELY) < MANY:
        return
    staff = session.get_one(Staff, staff_id)
    community = session.get_one(Community, staff.community_id)
    raise_alert(session, community, AlertKind.GUESSING, about=f"staff {staff.id}", now=now, name=staff.name)


def _row_of_this_hour(session: Session, knock: Knock, *, now: datetime) -> LoginNote | None:
    same = sa.select(LoginNote).where(
        LoginNote.what == knock.what, LoginNote.network == knock.network, LoginNote.how == knock.how[:60],
        LoginNote.staff_id.is_not_distinct_from(knock.staff_id), LoginNote.at > _hour(now),
    )  # fmt: skip
    return session.scalars(same.order_by(LoginNote.id.desc()).limit(1)).first()


def _is_full(session: Session, *, now: datetime) -> bool:
    lately = sa.select(sa.func.count()).where(LoginNote.at > _hour(now), LoginNote.what.in_(FAILED))
    return int(session.scalar(lately) or 0) >= MOST_ROWS


def _hour(now: datetime) -> datetime:
    return now - timedelta(hours=1)
