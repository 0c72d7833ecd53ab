"""Promised texts and calls leave from here: claimed, sent outside any transaction, and noted. At most once each.

queued → sending → sent | failed | unknown → (found in the carrier's list: sent | not there: queued again).
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about
from dispatch.everywhere import alarm_everywhere
from models.database import Database
from models.storage import trouble_of
from models.tasks import AlertKind
from models.traffic import Call, Message
from voice.carrier.errors import OUTAGE, CarrierError
from voice.carrier.ways import Way, Ways
from voice.claims import Claimed, Due, TooFast, claim, due_rows
from voice.delivery import take_kept_news
from voice.links import OpenLinks
from voice.pace import Pace, Rank
from voice.remedies import (
    note_failure,
    note_fault,
    note_not_there,
    note_not_there_yet,
    note_sent,
    note_unreadable,
)

log = logging.getLogger(__name__)

_RING_SECONDS = 40
_BATCH = 50
# A SID older than the claim cannot be what was lost; a day allows for clocks that differ.
_KNOWN_SINCE = timedelta(days=1)
# The carrier's list may lag by half a minute: what it does not show sooner than this after the sending may still come.
_LIST_LAGS_SECONDS = 40.0


class Outbox:
    """Sends what is due. Several may run at once, in several processes: a row is claimed before it is sent."""

    def __init__(
        self,
        database: Database,
        ways: Ways,
        *,
        public_url: str,
        stopwatch: Callable[[], float] = time.monotonic,
        is_wound: Callable[[], bool] = lambda: False,
        pace: Pace | None = None,
        key: str = "",
    ) -> None:
        """`pace`: how fast texts leave by one number; without it as fast as they come. `key` is this installation's
        secret, with which links are made whole. `stopwatch` gives seconds that only ever grow, whatever the clock
        shows; `is_wound` says that somebody winds the clock on purpose (training, demonstration), so that it alone is
        believed."""
        self._database = database
        self._stopwatch, self._is_wound = stopwatch, is_wound
        self._pace = pace or Pace()
        # When what was perhaps sent was sent, or first looked for, by us: a clock that is set forward is no waiting.
        self._asked_at: dict[tuple[type[Any], int], float] = {}
        # When what is not settled yet was sent by this process.
        self._sent_at: dict[tuple[type[Any], int], float] = {}
        self._ways = ways
        self._public_url = public_url.rstrip("/")
        self._links = OpenLinks(key, public_url)
        self._is_closing = threading.Event()

    def close(self) -> None:
        """Begin nothing more: what is in hand is ended, what waits leaves with the next process."""
        self._is_closing.set()

    def send_due(self, *, now: datetime) -> int:
        """Send everything that may leave at `now`; returns how many rows were taken in hand."""
        busy: set[tuple[int, Rank]] = set()
        return sum(self._one(due, busy, now=now) for due in self._due(now) if not self._is_closing.is_set())

    def _due(self, now: datetime) -> list[Due]:
        with self._database.read() as session:
            found = [
                row for kind in (Call, Message) for row in due_rows(session, kind, self._pace, now=now, most=_BATCH)
            ]
        return sorted(found, key=lambda row: (row.rank(now), row.due_at))

    def _one(self, due: Due, busy: set[tuple[int, Rank]], *, now: datetime) -> bool:
        """One row, from its claim to what came of it. A fault of ours in one must not stop the others.

        Where one must wait for its number, those behind it in this round are not tried.
        """
        if due.kind is Message and (due.community_id, due.rank(now)) in busy and not due.is_expired(now):
            return False
        if not due.is_expired(now) and not self._ways.is_open(has_second=due.has_second, now=now):
            return False
        try:
            return self._send_one(due, now=now)
        except TooFast:
            busy.add((due.community_id, due.rank(now)))
            return False
        except Exception as error:  # the edge
            if trouble_of(error) is not None:
                raise  # the storage is ill, not this row
            log.exception("%s %s could not be sent", due.kind.__name__, due.id)
            self._note(due, lambda session, row: note_fault(session, row, now=now))
            return True

    def _send_one(self, due: Due, *, now: datetime) -> bool:
        with self._database.begin() as session:
            claimed = claim(session, due, self._ways, self._pace, self._links, now=now)
        if claimed is None:
            return False
        way = self._ways.way(is_second=claimed.is_by_second)
        waited_seconds = self._waited(claimed)
        try:
            sid = self._find(claimed, way, now=now) if claimed.is_lost else self._send(claimed, way)
        except CarrierError as error:
            self._failed(due, claimed, way, error, now=now)
            return True
        if sid is None and waited_seconds < _LIST_LAGS_SECONDS and not self._is_wound():
            self._note(due, lambda session, row: note_not_there_yet(session, row, now=now))
            return True
        self._asked_at.pop((claimed.kind, claimed.id), None)
        self._sent_at.pop((claimed.kind, claimed.id), None)
        if sid is None:
            is_outage = way.is_failing
            self._note(due, lambda session, row: note_not_there(session, row, is_outage=is_outage, now=now))
            return True
        if not claimed.is_lost:  # a list that can be read says nothing about whether anything leaves
            self._got_through(way, now=now)
        self._note(due, lambda session, row: self._sent(session, row, way, sid, now=now))
        return True

    def _waited(self, claimed: Claimed) -> float:
        """Seconds since we sent it; what another process sent counts from when we first look for it."""
        if not claimed.is_lost:
            self._asked_at.pop((claimed.kind, claimed.id), None)
            self._sent_at[claimed.kind, claimed.id] = self._stopwatch()
        return self._stopwatch() - self._asked_at.setdefault((claimed.kind, claimed.id), self._stopwatch())

    def _sent(self, session: Session, row: Any, way: Way, sid: str, *, now: datetime) -> None:
        note_sent(session, row, sid, now=now)
        if isinstance(row, Message):
            session.flush()
            take_kept_news(session, sid, now=now)
        if way is self._ways.first:
            close_alerts_about(session, f"community {row.community_id}", {AlertKind.CARRIER_DOWN}, now=now)

    def _failed(self, due: Due, claimed: Claimed, way: Way, error: CarrierError, *, now: datetime) -> None:
        if error.remedy in OUTAGE:
            self._did_not_get_through(way, now=now)
        else:
            self._got_through(way, now=now)
        if claimed.is_lost:
            can_fail_over = due.has_second and way is self._ways.first
            self._note(
                due, lambda session, row: note_unreadable(session, row, error, can_fail_over=can_fail_over, now=now)
            )
        else:
            self._note(due, lambda session, row: note_failure(session, row, error, now=now))

    def _did_not_get_through(self, way: Way, *, now: datetime) -> None:
        way.failed(now=now)
        if way is self._ways.first and way.is_failing:
            with self._database.begin() as session:
                alarm_everywhere(session, AlertKind.CARRIER_DOWN, is_true=True, now=now)

    def _got_through(self, way: Way, *, now: datetime) -> None:
        was_failing = way.is_failing
        way.worked()
        if way is self._ways.first and was_failing:
            with self._database.begin() as session:
                alarm_everywhere(session, AlertKind.CARRIER_DOWN, is_true=False, now=now)

    def _note(self, due: Due, note: Callable[[Session, Any], None]) -> None:
        with self._database.begin() as session:
            note(session, session.get_one(due.kind, due.id))

    def _send(self, claimed: Claimed, way: Way) -> str:
        if claimed.kind is Message:
            return way.carrier.send_text(
                to=claimed.to, sender=claimed.sender, body=claimed.body, valid_seconds=claimed.valid_seconds,
                status_url=f"{self._public_url}/sms/status",
            )  # fmt: skip
        return way.carrier.place_call(
            to=claimed.to, sender=claimed.sender, url=f"{self._public_url}/voice/placed/{claimed.id}",
            status_url=f"{self._public_url}/voice/status?call={claimed.id}", ring_seconds=_RING_SECONDS,
        )  # fmt: skip

    def _find(self, claimed: Claimed, way: Way, *, now: datetime) -> str | None:
        with self._database.read() as session:
            known = _known_sids(session, claimed)
        sent_at = self._sent_at.get((claimed.kind, claimed.id))
        age = None if sent_at is None else self._stopwatch() - sent_at
        looked = {
            "to": claimed.to, "claimed_at": claimed.claimed_at, "now": now, "known": known,
            "age_seconds": None if self._is_wound() else age,
        }  # fmt: skip
        if claimed.kind is Message:
            return way.carrier.find_text(body=claimed.body, **looked)  # type: ignore[arg-type]
        return way.carrier.find_call(**looked)  # type: ignore[arg-type]


def _known_sids(session: Session, claimed: Claimed) -> set[str]:
    kind: Any = claimed.kind
    column = Message.message_sid if kind is Message else Call.call_sid
    rows = session.scalars(
        sa.select(column).where(
            kind.phone == claimed.to, column.is_not(None), kind.claimed_at >= claimed.claimed_at - _KNOWN_SINCE
        )
    )
    return {sid for sid in rows if sid}
