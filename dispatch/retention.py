"""How long what is personal is kept: each kind of it has its days, and afterwards goes, or stays as a number only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.forgetting import forget_the_rest
from dispatch.sealing import say_instead
from models.carrier_copies import CopyKind, delete_at_carrier
from models.database import Database
from models.events import Event
from models.lifecycle import CLOSED
from models.logins import LoginNote
from models.looks import Look
from models.people import StaffSession
from models.recorded import RecordedPrompt
from models.requests import HelpRequest
from models.tallies import Tally
from models.tasks import Alert, Callback
from models.traffic import IN_FLIGHT, WAITING_TO_LEAVE, AnsweredTurn, Call, Delivery, Message, Recording, Thread

# So many rows of a kind are seen to in one transaction: callers wait for no heap of old texts.
AT_ONCE = 200
# What a webhook was answered is needed while the carrier may deliver it again; a talk by text rests half an hour.
_ANSWERS, _TALKS, _COUNTS = timedelta(days=2), timedelta(days=1), timedelta(days=1)
_SOON, _LATER = timedelta(seconds=5), timedelta(hours=1)


@dataclass(frozen=True)
class Periods:
    """Days; 0: for ever."""

    recordings_days: int
    texts_days: int
    calls_days: int
    notes_days: int
    logins_days: int
    looks_days: int


def expire(session: Session, periods: Periods, *, now: datetime) -> int:
    """Let go of the next of what is too old; how many rows. Nothing that is still open or on its way."""
    gone = sum(expire_one(session, days, now=now) for expire_one, days in _kinds(periods) if days)
    gone += _delete(session, AnsweredTurn, AnsweredTurn.at < now - _ANSWERS)
    gone += _delete(session, Thread, Thread.at < now - _TALKS)
    gone += _delete(session, Tally, Tally.last_at < now - _COUNTS)
    return gone


class Retention:
    """Lets go of what is too old, a little at a time, and of what was still on its way when somebody was forgotten."""

    def __init__(self, database: Database, periods: Periods) -> None:
        self._database, self._periods = database, periods
        self._next_at: datetime | None = None

    def sweep(self, *, now: datetime) -> int:
        """The next few, if it is time; how many rows."""
        if self._next_at is not None and now < self._next_at:
            return 0
        with self._database.begin() as session:
            gone = expire(session, self._periods, now=now)
            if not gone:
                forget_the_rest(session, now=now)
        self._next_at = now + (_SOON if gone else _LATER)
        return gone


def _kinds(periods: Periods) -> list[tuple[Callable[..., int], int]]:
    return [
        (_recordings, periods.recordings_days), (_texts, periods.texts_days), (_calls, periods.calls_days),
        (_notes, periods.notes_days), (_logins, periods.logins_days),
        (_looks, periods.looks_days),
    ]  # fmt: skip


def _recordings(session: Session, days: int, *, now: datetime) -> int:
    """What was spoken, but for what callers hear (recorded_prompts) and for what somebody has still to listen to."""
    old = sa.select(Recording).where(Recording.made_at < now - timedelta(days=days), Recording.audio.is_not(None))
    waits = sa.or_(
        sa.exists().where(Callback.recording_id == Recording.id, Callback.closed_at.is_(None)),
        sa.exists().where(HelpRequest.recording_id == Recording.id, HelpRequest.state.not_in(CLOSED)),
        sa.exists().where(RecordedPrompt.recording_id == Recording.id),
    )
    rows = session.scalars(old.where(~waits).order_by(Recording.id).limit(AT_ONCE)).all()
    for row in rows:
        row.audio = None
    return len(rows)


def _texts(session: Session, days: int, *, now: datetime) -> int:
    is_read = sa.or_(Message.needs_reading.is_(False), Message.seen_at.is_not(None))
    rows = _over(session, Message, days, sa.and_(is_read, sa.or_(Message.body != "", Message.phone != "")), now=now)
    for row in rows:
        delete_at_carrier(session, CopyKind.TEXT, row.message_sid, now=now)
        row.body, row.says, row.phone = "", [], ""
    return len(rows)


def _calls(session: Session, days: int, *, now: datetime) -> int:
    rows = _over(session, Call, days, Call.phone != "", now=now)
    for row in rows:
        delete_at_carrier(session, CopyKind.CALL, row.call_sid, now=now)
        row.says, row.talk, row.phone = [], None, ""
    return len(rows)


def _over(session: Session, kind: Any, days: int, has_something: sa.ColumnElement[bool], *, now: datetime) -> list[Any]:
    over = kind.state.not_in((*WAITING_TO_LEAVE, *IN_FLIGHT, Delivery.LIVE))
    old = sa.select(kind).where(kind.made_at < now - timedelta(days=days), has_something, over)
    return list(session.scalars(old.order_by(kind.made_at).limit(AT_ONCE)))


def _notes(session: Session, days: int, *, now: datetime) -> int:
    """What was asked for in words, and what was written about it; that it was, and what it cost, stays."""
    until, gone = now - timedelta(days=days), 0
    asked = sa.select(HelpRequest).where(
        HelpRequest.closed_at < until, (HelpRequest.note != "") | (HelpRequest.receipt != "")
    )
    for request in session.scalars(asked.limit(AT_ONCE)):
        request.note, request.receipt, gone = "", "", gone + 1
    told = sa.select(Callback).where(Callback.closed_at < until, Callback.phone.is_not(None))
    for callback in session.scalars(told.limit(AT_ONCE)):
        callback.phone, callback.details, gone = None, {}, gone + 1
    alarmed = sa.select(Alert).where(Alert.closed_at < until, sa.cast(Alert.details, sa.Text) != "{}")
    for alert in session.scalars(alarmed.limit(AT_ONCE)):
        alert.details, gone = {}, gone + 1
    written = sa.select(Event).where(Event.at < until, Event.why != "", Event.verb.in_(_IN_WORDS))
    events = session.scalars(written.limit(AT_ONCE)).all()
    say_instead(session, dict.fromkeys(events, ""), who="clock", now=now)
    return gone + len(events)


# Verbs whose reason is somebody's own words.
_IN_WORDS = ("note", "cancel", "give_up", "worry", "money", "settle", "yes_but")


def _logins(session: Session, days: int, *, now: datetime) -> int:
    until = now - timedelta(days=days)
    return _delete(session, StaffSession, StaffSession.seen_at < until) + _delete(
        session, LoginNote, LoginNote.last_at < until
    )


def _looks(session: Session, days: int, *, now: datetime) -> int:
    return _delete(session, Look, Look.at < now - timedelta(days=days))


def _delete(session: Session, kind: Any, is_old: sa.ColumnElement[bool]) -> int:
    ids = list(session.scalars(sa.select(kind.id).where(is_old).limit(AT_ONCE)))
    session.execute(sa.delete(kind).where(kind.id.in_(ids)))
    return len(ids)
