"""What the carrier has on record: calls, messages and recordings, in memory and bounded."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

KEPT = 5000


def new_sid(prefix: str) -> str:
    """An identifier as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass
class CallRecord:
    """One leg of a call."""

    to: str
    from_: str
    direction: str  # inbound, outbound-api, outbound-dial
    created_at: datetime
    created_elapsed: float
    status: str = "queued"
    parent_call_sid: str | None = None
    answered_by: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    duration_seconds: int = 0
    sid: str = field(default_factory=lambda: new_sid("CA"))

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


@dataclass
class MessageRecord:
    """One text."""

    to: str
    from_: str
    body: str
    direction: str  # inbound, outbound-api, outbound-reply
    created_at: datetime
    created_elapsed: float
    status: str = "queued"
    segments: int = 1
    media: int = 0
    error_code: int | None = None
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    messaging_service_sid: str | None = None
    status_callback: str = ""
    validity_seconds: int = 36_000
    sid: str = field(default_factory=lambda: new_sid("SM"))

    @property
    def is_over(self) -> bool:
        return self.status not in ("queued", "accepted", "sending", "receiving")


@dataclass
class RecordingRecord:
    """What a person said after a beep."""

    call_sid: str
    words: str
    created_at: datetime
    created_elapsed: float
    duration_seconds: int
    language: str = ""
    status: str = "processing"
    channels: int = 1
    updated_at: datetime | None = None
    sid: str = field(default_factory=lambda: new_sid("RE"))

    @property
    def is_over(self) -> bool:
        return True


class _Recorded(Protocol):
    sid: str

    @property
    def is_over(self) -> bool: ...


R = TypeVar("R", bound=_Recorded)


class Book(Generic[R]):
    """The records of one kind, oldest first; the oldest finished one makes room for a new one."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, R] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, record: R) -> R:
        with self._lock:
            self._records[record.sid] = record
            if len(self._records) > KEPT:
                self._drop_oldest_finished()
        return record

    def get(self, sid: str) -> R | None:
        return self._records.get(sid)

    def remove(self, sid: str) -> bool:
        with self._lock:
            return self._records.pop(sid, None) is not None

    def newest_first(self) -> list[R]:
        with self._lock:
            return list(reversed(self._records.values()))

    def __iter__(self) -> Iterator[R]:
        return iter(self.newest_first())

    def _drop_oldest_finished(self) -> None:
        oldest = next((sid for sid, record in self._records.items() if record.is_over), None)
        if oldest is not None:
            del self._records[oldest]


@dataclass
class Ledger:
    """All three books."""

    calls: Book[CallRecord] = field(default_factory=Book)
    messages: Book[MessageRecord] = field(default_factory=Book)
    recordings: Book[RecordingRecord] = field(default_factory=Book)
