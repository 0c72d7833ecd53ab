"""What goes through the telephone: texts and calls, in and out, recordings, and turns already answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, declared_attr, foreign, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.kitchens import Kitchen
from models.locked import LockedBytes, LockedJson, LockedText
from models.people import Contact, Resident, Staff, Volunteer
from models.places import Community
from models.prepared import prepared


class Direction(StrEnum):
    """Seen from us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Delivery(StrEnum):
    """How far a promised text or call has come, or how an inbound one ended."""

    QUEUED = "queued"
    SENDING = "sending"  # claimed; the carrier is being asked
    UNKNOWN = "unknown"  # the carrier's answer was lost: looked for in its list before anything is sent again
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RECEIVED = "received"
    LIVE = "live"  # a call that goes on
    ENDED = "ended"  # a call that is over


WAITING_TO_LEAVE = frozenset({Delivery.QUEUED, Delivery.UNKNOWN})
IN_FLIGHT = frozenset({Delivery.SENDING, Delivery.UNKNOWN})


class Promised:
    """What texts and calls share: whom they concern, what they say (prompts and their blanks), when they may leave."""

    direction: Mapped[Direction] = mapped_column(one_of(Direction))
    phone: Mapped[str] = mapped_column(sa.String(32), index=True)  # theirs, E.164; what the carrier said, if it is none
    says: Mapped[list[Any]] = mapped_column(LockedJson("says"), default=list)  # [[prompt, blanks], …]
    language: Mapped[str] = mapped_column(sa.String(16), default="")
    cause: Mapped[str] = mapped_column(sa.String(40), default="")  # out: the first prompt; in: what came of it
    state: Mapped[Delivery] = mapped_column(one_of(Delivery))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    may_wake: Mapped[bool] = mapped_column(default=False)  # one of the few alarms exempt from quiet hours
    made_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # when it may leave next; None: nothing more to do
    expires_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    # When staff let it leave although a restore holds what was promised before.
    released_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str] = mapped_column(sa.String(16), default="")
    # Did it leave by the second carrier? What became of it is asked there.
    is_by_second: Mapped[bool] = mapped_column(default=False)
    # What the carrier says that it cost, which it says hours later; None: it has not said.
    price: Mapped[float | None] = mapped_column(sa.Double)
    price_unit: Mapped[str] = mapped_column(sa.String(8), default="")  # "USD"

    community_id: Mapped[int] = belongs_to("communities")
    resident_id: Mapped[int | None] = belongs_to("residents", optional=True, index=False)
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True, index=False)
    contact_id: Mapped[int | None] = belongs_to("contacts", optional=True, index=False)
    staff_id: Mapped[int | None] = belongs_to("staff", optional=True, index=False)
    kitchen_id: Mapped[int | None]  # without a foreign key: SQLite takes none into a table that is there
    request_id: Mapped[int | None] = belongs_to("help_requests", optional=True, index=False)
    job_id: Mapped[int | None] = belongs_to("jobs", optional=True, index=False)
    offer_id: Mapped[int | None] = belongs_to("offers", optional=True)

    @declared_attr
    @classmethod
    def community(cls) -> Mapped[Community]:
        """The community in whose name it is said."""
        return relationship()

    @declared_attr
    @classmethod
    def resident(cls) -> Mapped[Resident | None]:
        """The resident it is said to or by."""
        return relationship()

    @declared_attr
    @classmethod
    def volunteer(cls) -> Mapped[Volunteer | None]:
        """The volunteer it is said to or by."""
        return relationship()

    @declared_attr
    @classmethod
    def contact(cls) -> Mapped[Contact | None]:
        """The contact it is said to or by."""
        return relationship()

    @declared_attr
    @classmethod
    def staff(cls) -> Mapped[Staff | None]:
        """The member of staff it is said to or by."""
        return relationship()

    @declared_attr
    @classmethod
    def kitchen(cls) -> Mapped[Kitchen | None]:
        """The kitchen it is said to or by."""
        return relationship(primaryjoin=lambda: foreign(cls.kitchen_id) == Kitchen.id, viewonly=True)


class Message(Base, Promised):
    """A text in or out."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.Index("ix_messages_state_due_at", "state", "due_at"),
        sa.Index("ix_messages_community_id_phone", "community_id", "phone"),
        sa.Index("ix_messages_community_id_made_at", "community_id", "made_at"),
    )

    message_sid: Mapped[str | None] = mapped_column(sa.String(34), unique=True)
    body: Mapped[str] = mapped_column(LockedText("body"), default="")  # as it was sent or received
    segments: Mapped[int] = mapped_column(default=0)  # into how many it was cut, since it left or came
    delivery_rank: Mapped[int] = mapped_column(
        default=-1
    )  # of the last status callback, so that late news change nothing
    seen_at: Mapped[datetime | None]  # when staff read it, for those that a person should read
    needs_reading: Mapped[bool] = mapped_column(default=False)
    suggestion: Mapped[str] = mapped_column(sa.String(16), default="")  # what it may mean, for whoever reads it
    seen_by: Mapped[str] = mapped_column(sa.String(40), default="")  # who read it: "staff 3"
    written_by: Mapped[str] = mapped_column(sa.String(40), default="")  # who of the staff wrote it, if a person did


# Whoever nobody knows and who rings so often within this is asked for a key, and then turned away until it stops: a
# machine that dials on and on keeps nobody else from the line.
OFTEN, TOO_OFTEN, OFTEN_IN = 6, 20, timedelta(hours=1)
# So many texts from one number within that are answered: two machines that answer each other come to rest.
TEXTS_ANSWERED = 30


class Outcome(StrEnum):
    """What came of a call. In the order of weight: a call that ordered and heard has ordered."""

    UNFINISHED = "unfinished"
    NO_ANSWER = "no_answer"
    BLOCKED = "blocked"
    HEARD = "heard"
    PRACTISED = "practised"
    CALLBACK = "callback"
    MESSAGE = "message"
    ANSWERED = "answered"
    CONNECTED = "connected"
    CANCELLED = "cancelled"
    CHANGED = "changed"
    REQUESTED = "requested"
    ORDERED = "ordered"
    ALARM = "alarm"

    def or_heavier(self, other: "Outcome | None") -> "Outcome":
        """The weightier of two outcomes."""
        weight = list(Outcome).index
        return self if other is None or weight(self) >= weight(other) else other


class Call(Base, Promised):
    """A call in or out. `talk` is where the conversation rests between two turns."""

    __tablename__ = "calls"
    __table_args__ = (
        sa.Index("ix_calls_state_due_at", "state", "due_at"),
        sa.Index("ix_calls_community_id_made_at", "community_id", "made_at"),
    )

    call_sid: Mapped[str | None] = mapped_column(sa.String(34), unique=True)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=0)  # how long it was, as carriers count: one that has begun is one
    # What the network says of the number that is shown: "sure", "doubted"; "": nothing, as in most countries.
    vouched: Mapped[str] = mapped_column(sa.String(8), default="", server_default="")
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome))
    talk: Mapped[dict[str, Any] | None] = mapped_column(LockedJson("talk"))
    turn: Mapped[int] = mapped_column(default=0)


def minutes_of(began: datetime | None, ended: datetime) -> int:
    """As carriers count: a minute that has begun is one; a call that nobody picked up has none."""
    return ceil((ended - began) / timedelta(minutes=1)) if began is not None else 0


class Thread(Base):
    """Where the conversation by text with one number rests; forgotten after half an hour."""

    __tablename__ = "threads"
    __table_args__ = (sa.UniqueConstraint("community_id", "phone"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    phone: Mapped[str] = mapped_column(sa.String(32))
    talk: Mapped[dict[str, Any]] = mapped_column(LockedJson("talk"))
    at: Mapped[datetime]


class Recording(Base):
    """Something that was said: fetched from the carrier and kept here, so that it can be heard without it."""

    __tablename__ = "recordings"
    __table_args__ = (sa.Index("ix_recordings_due_at", "due_at"),)

    community_id: Mapped[int] = belongs_to("communities")
    recording_sid: Mapped[str] = mapped_column(sa.String(34), unique=True)
    seconds: Mapped[int] = mapped_column(default=0)
    audio: Mapped[bytes | None] = mapped_column(LockedBytes("audio"), deferred=True)
    media_type: Mapped[str] = mapped_column(sa.String(40), default="")
    made_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # when fetching it is tried next; None: fetched, or given up
    attempts: Mapped[int] = mapped_column(default=0)
    fetched_at: Mapped[datetime | None]


class AnsweredTurn(Base):
    """A webhook that was answered, with its answer: delivered twice, it is answered twice and done once."""

    __tablename__ = "answered_turns"

    key: Mapped[str] = mapped_column(sa.String(120), unique=True)  # "voice CA… 3", "sms SM…"
    answer: Mapped[str] = mapped_column(LockedText("answer"))
    at: Mapped[datetime] = mapped_column(index=True)


def answer_given(session: Session, key: str) -> str | None:
    """What this webhook was answered the first time, if there was one."""
    return session.scalars(*_answer_given(key)).one_or_none()


@prepared
def _answer_given(key: str) -> sa.Select[str]:
    return sa.select(AnsweredTurn.answer).where(AnsweredTurn.key == key)


def call_with_sid(session: Session, sid: str) -> Call | None:
    """The call that the carrier knows by that SID."""
    return session.scalars(*_call_with_sid(sid)).one_or_none()


@prepared
def _call_with_sid(sid: str) -> sa.Select[Call]:
    return sa.select(Call).where(Call.call_sid == sid)


def came_since(
    session: Session, kind: type[Message] | type[Call], community_id: int, phone: str, since: datetime
) -> int:
    """How many texts, or calls, have come from that number since then."""
    return int(session.scalars(*_CAME[kind](community_id, phone, since)).one())


def _came(kind: type[Message] | type[Call]) -> Callable[[int, str, datetime], tuple[sa.Select[int], dict[str, Any]]]:
    @prepared
    def came(community_id: int, phone: str, since: datetime) -> sa.Select[int]:
        theirs = (kind.community_id == community_id, kind.made_at >= since, kind.phone == phone)
        return sa.select(sa.func.count()).select_from(kind).where(*theirs, kind.direction == Direction.INBOUND)

    return came


_CAME = {kind: _came(kind) for kind in (Message, Call)}


def is_text_of_ours(session: Session, sid: str) -> bool:
    """Does the carrier know a text by that SID which we have sent?"""
    ours = (Message.message_sid == sid) & (Message.direction == Direction.OUTBOUND)
    return session.scalar(sa.select(Message.id).where(ours)) is not None
