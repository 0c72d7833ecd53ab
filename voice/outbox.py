"""Promised texts and calls leave from here: claimed, sent outside any transaction, and noted. At most once each.

queued → sending → sent | failed | unknown → (found in the carrier's list: sent | not there: queued again).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import alarms
from dispatch.alarms import raise_alert
from dispatch.telling import OFFERING, may_leave_at, tell_all
from dispatch.truth import is_still_true
from models.database import Database
from models.jobs import Channel, Offer
from models.people import phone_of
from models.places import Community
from models.tasks import AlertKind
from models.traffic import IN_FLIGHT, Call, Delivery, Direction, Message
from voice.answer import nobody_heard
from voice.carrier.client import Carrier
from voice.carrier.errors import CarrierError, Remedy
from voice.prompts import Setting, render_text

log = logging.getLogger(__name__)

Row = Message | Call
# After this a claim whose owner has not said what came of it is taken to be lost: perhaps sent.
_CLAIM_KEEPS = timedelta(seconds=90)
# The carrier's list may lag by half a minute behind what it has accepted.
_LOOK_AFTER = timedelta(seconds=45)
_TRIES = 5
_BACK_OFF = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=5)
# A single refusal to connect is a hiccup and alarms nobody.
_HICCUPS = 2
_LATER = timedelta(minutes=15)
_RING_SECONDS = 40
# If the carrier never says how a call of ours ended, it is looked at again after this.
_CALL_AT_MOST = timedelta(minutes=15)
_BATCH = 50


@dataclass(frozen=True)
class _Claimed:
    """What is to be sent, read from the row while it was claimed."""

    kind: type[Message] | type[Call]
    id: int
    to: str
    sender: str
    body: str
    valid_seconds: int
    claimed_at: datetime
    attempts: int
    is_lost: bool  # its sending was never answered: look before sending


class Outbox:
    """Sends what is due. Several may run at once, in several processes: a row is claimed by an UPDATE."""

    def __init__(self, database: Database, carrier: Carrier, *, public_url: str) -> None:
        self._database = database
        self._carrier = carrier
        self._public_url = public_url.rstrip("/")

    def send_due(self, *, now: datetime) -> int:
        """Send everything that may leave at `now`; returns how many rows were taken in hand."""
        return sum(self._one(kind, row_id, now=now) for kind, row_id in self._due(now))

    def _due(self, now: datetime) -> list[tuple[type[Row], int]]:
        with self._database.read() as session:
            found = [
                (kind, id_, urgent, due) for kind in (Call, Message) for id_, urgent, due in _due_of(session, kind, now)
            ]
        found.sort(key=lambda row: (not row[2], row[3]))
        return [(kind, id_) for kind, id_, _, _ in found]

    def _one(self, kind: type[Any], row_id: int, *, now: datetime) -> bool:
        with self._database.begin() as session:
            claimed = _claim(session, kind, row_id, now=now)
        if claimed is None:
            return False
        try:
            sid = self._find(claimed, now=now) if claimed.is_lost else self._send(claimed)
        except CarrierError as error:
            with self._database.begin() as session:
                _note_failure(session, claimed, error, now=now)
            return True
        with self._database.begin() as session:
            if sid is None:
                _note_not_there(session, claimed, now=now)
            else:
                _note_sent(session, claimed, sid, now=now)
        return True

    def _send(self, claimed: _Claimed) -> str:
        if claimed.kind is Message:
            return self._carrier.send_text(
                to=claimed.to, sender=claimed.sender, body=claimed.body, valid_seconds=claimed.valid_seconds,
                status_url=f"{self._public_url}/sms/status",
            )  # fmt: skip
        return self._carrier.place_call(
            to=claimed.to, sender=claimed.sender, url=f"{self._public_url}/voice/placed/{claimed.id}",
            status_url=f"{self._public_url}/voice/status?call={claimed.id}", ring_seconds=_RING_SECONDS,
        )  # fmt: skip

    def _find(self, claimed: _Claimed, *, now: datetime) -> str | None:
        with self._database.read() as session:
            known = _known_sids(session, claimed)
        looked = {"to": claimed.to, "claimed_at": claimed.claimed_at, "now": now, "known": known}
        if claimed.kind is Message:
            return self._carrier.find_text(body=claimed.body, **looked)  # type: ignore[arg-type]
        return self._carrier.find_call(**looked)  # type: ignore[arg-type]


def _due_of(session: Session, kind: type[Any], now: datetime) -> list[Any]:
    # A claim carries its own end: one that is past it was lost with whoever made it.
    in_hand = kind.state.in_((Delivery.QUEUED, Delivery.UNKNOWN, Delivery.SENDING))
    return list(
        session.execute(
            sa.select(kind.id, kind.is_urgent, kind.due_at)
            .where(kind.direction == Direction.OUTBOUND, in_hand, kind.due_at <= now)
            .order_by(kind.is_urgent.desc(), kind.due_at, kind.id)
            .limit(_BATCH)
        )
    )


def _claim(session: Session, kind: type[Any], row_id: int, *, now: datetime) -> _Claimed | None:
    row: Any = session.scalars(sa.select(kind).where(kind.id == row_id).with_for_update(skip_locked=True)).one_or_none()
    if row is None or row.state not in (Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN):
        return None
    if row.due_at is None or row.due_at > now:
        return None
    is_lost = row.state is not Delivery.QUEUED
    if not is_lost and not _may_leave(session, row, now=now):
        return None
    claim_from = row.claimed_at if is_lost else now
    taken = session.execute(
        sa.update(kind)
        .where(kind.id == row.id, kind.state == row.state, kind.due_at == row.due_at)
        .values(
            state=Delivery.SENDING,
            claimed_at=claim_from,
            due_at=now + _CLAIM_KEEPS,
            attempts=row.attempts + (0 if is_lost else 1),
        )
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 0:  # type: ignore[attr-defined]
        return None
    session.refresh(row)
    community = session.get_one(Community, row.community_id)
    if isinstance(row, Message) and not is_lost:
        row.body = _written(row, community, now=now)
    valid = (row.expires_at - now).total_seconds() if row.expires_at else 36_000
    return _Claimed(
        kind=kind, id=row.id, to=row.phone, sender=community.number, body=getattr(row, "body", ""),
        valid_seconds=int(valid), claimed_at=claim_from, attempts=row.attempts, is_lost=is_lost,
    )  # fmt: skip


def _written(row: Message, community: Community, *, now: datetime) -> str:
    setting = Setting(row.language, community.zone_info, now, "text", community.name)
    words = render_text([(prompt, said) for prompt, said in row.says], setting)
    return setting.catalog.formats["signed"].format(community=community.name, words=words)[:1600]


def _may_leave(session: Session, row: Any, *, now: datetime) -> bool:
    """What was true when it was promised is looked at again: expired, opted out, quiet hours, one at a time."""
    community = session.get_one(Community, row.community_id)
    phone = phone_of(session, community, row.phone)
    if row.expires_at is not None and now >= row.expires_at:
        _expire(session, row, now=now)
        return False
    if phone.opted_out_at is not None:
        row.state, row.error_code, row.due_at = Delivery.CANCELLED, "opted_out", None
        return False
    if _is_moot(session, row, now=now):
        row.state, row.error_code, row.due_at = Delivery.CANCELLED, "withdrawn", None
        return False
    leave_at = may_leave_at(community, phone, may_wake=row.may_wake, now=now)
    if leave_at > now:
        row.due_at = leave_at
        return False
    if _is_busy(session, row, now=now):
        row.due_at = now + timedelta(seconds=5)
        return False
    return True


def _is_moot(session: Session, row: Any, *, now: datetime) -> bool:
    """No longer true; or for somebody who is gone."""
    is_gone = bool(row.resident and row.resident.is_gone(row.community.local(now).date()))
    return is_gone or not is_still_true(session, row)


def _is_busy(session: Session, row: Any, *, now: datetime) -> bool:
    """One text in flight per number, so that a lost one can be recognised; one call at a time to one telephone."""
    kind: Any = type(row)
    in_flight = sa.select(kind.id).where(
        kind.phone == row.phone, kind.community_id == row.community_id, kind.id != row.id, kind.state.in_(IN_FLIGHT)
    )
    if kind is Call:
        recent = now - timedelta(hours=1)
        in_flight = sa.select(Call.id).where(
            Call.phone == row.phone, Call.community_id == row.community_id, Call.id != row.id,
            Call.state.in_({*IN_FLIGHT, Delivery.LIVE, Delivery.SENT}),
            sa.func.coalesce(Call.claimed_at, Call.made_at) >= recent,
        )  # fmt: skip
    return session.scalars(in_flight.limit(1)).first() is not None


def _known_sids(session: Session, claimed: _Claimed) -> set[str]:
    column = Message.message_sid if claimed.kind is Message else Call.call_sid
    phone = Message.phone if claimed.kind is Message else Call.phone
    rows = session.scalars(sa.select(column).where(phone == claimed.to, column.is_not(None)))
    return {sid for sid in rows if sid}


def _expire(session: Session, row: Any, *, now: datetime) -> None:
    row.state, row.due_at, row.error_code = Delivery.EXPIRED, None, "expired"
    if row.resident is not None:
        community = session.get_one(Community, row.community_id)
        alarms.could_not_reach(session, community, row.resident, row.phone, now=now)


def _row(session: Session, claimed: _Claimed) -> Any:
    return session.get_one(claimed.kind, claimed.id)


def _note_sent(session: Session, claimed: _Claimed, sid: str, *, now: datetime) -> None:
    row = _row(session, claimed)
    _heal(session, row.community_id, now=now)
    if isinstance(row, Message):
        row.message_sid = sid
        if row.state is Delivery.SENDING:  # a status callback may have been quicker than the answer
            row.state = Delivery.SENT
        row.due_at = None
        return
    row.call_sid = row.call_sid or sid
    if row.state is Delivery.SENDING:
        row.state = Delivery.SENT
    row.started_at = row.started_at or now
    row.due_at = now + _CALL_AT_MOST if row.state is Delivery.SENT else row.due_at


def _note_not_there(session: Session, claimed: _Claimed, *, now: datetime) -> None:
    row = _row(session, claimed)
    if row.state is not Delivery.SENDING:
        return
    if row.attempts >= _TRIES:
        # The carrier answers and yet never has it: something is wrong with this one, and it must not hold up others.
        _park(session, row, session.get_one(Community, row.community_id), now=now)
        return
    row.state, row.due_at = Delivery.QUEUED, now
    log.info("%s %s had not reached the carrier: it is sent again", claimed.kind.__name__, claimed.id)


def _note_failure(session: Session, claimed: _Claimed, error: CarrierError, *, now: datetime) -> None:
    log.warning("%s %s: %s (%s, %s)", claimed.kind.__name__, claimed.id, error, error.remedy, error.code)
    row = _row(session, claimed)
    row.error_code = str(error.code or "")
    if claimed.is_lost:
        # Its list cannot be read either: nobody knows, so nothing is sent, and staff learn that the carrier is down.
        row.state, row.due_at = Delivery.UNKNOWN, now + _LOOK_AFTER
        _carrier_is_down(session, row, now=now)
    else:
        apply_remedy(session, row, error.remedy, now=now)


def apply_remedy(session: Session, row: Any, remedy: Remedy, *, now: datetime) -> None:
    """Do what a failure asks for: send again later, look, reach the person by call, flag the number, or alarm."""
    community = session.get_one(Community, row.community_id)
    phone = phone_of(session, community, row.phone)
    if remedy is Remedy.RETRY:
        pause = min(_BACK_OFF * 2 ** min(row.attempts - 1, 8), _LONGEST_PAUSE)
        row.state, row.due_at = Delivery.QUEUED, now + pause
        if row.attempts >= _HICCUPS:
            _carrier_is_down(session, row, now=now)
    elif remedy is Remedy.LOOK:
        row.state, row.due_at = Delivery.UNKNOWN, now + _LOOK_AFTER
    elif remedy is Remedy.LATER:
        row.state, row.due_at = Delivery.QUEUED, now + _LATER
    elif remedy is Remedy.CALL_INSTEAD:
        phone.cannot_text_since = phone.cannot_text_since or now
        row.state, row.due_at = Delivery.UNDELIVERED, None
        _call_instead(session, row, now=now)
    elif remedy is Remedy.OPTED_OUT:
        phone.opted_out_at = phone.opted_out_at or now
        row.state, row.due_at = Delivery.FAILED, None
        _unreached(session, row, community, now=now)
    elif remedy is Remedy.CONFIGURE:
        row.state, row.due_at = Delivery.QUEUED, now + _LATER
        _carrier_is_down(session, row, now=now)
    else:
        phone.unreachable_since = phone.unreachable_since or now
        row.state, row.due_at = Delivery.FAILED, None
        _unreached(session, row, community, now=now)


def _park(session: Session, row: Any, community: Community, *, now: datetime) -> None:
    row.state, row.due_at = Delivery.FAILED, None
    raise_alert(
        session, community, AlertKind.BROKEN, about=f"{type(row).__name__.lower()} {row.id}", now=now,
        thing=f"{type(row).__name__.lower()} {row.id}",
    )  # fmt: skip
    _unreached(session, row, community, now=now)


def _call_instead(session: Session, row: Message, *, now: datetime) -> None:
    person = row.resident or row.volunteer or row.contact or row.staff
    if person is None:
        return
    offer = session.get(Offer, row.offer_id) if row.offer_id else None
    if offer is not None and row.cause in OFFERING:
        offer.channel = Channel.CALL
    said = [(prompt, dict(values)) for prompt, values in row.says]
    again = tell_all(
        session, person, said, now=now, is_urgent=row.is_urgent, expires_at=row.expires_at, by=Channel.CALL
    )
    again.request_id, again.job_id, again.offer_id = row.request_id, row.job_id, row.offer_id


def _unreached(session: Session, row: Any, community: Community, *, now: datetime) -> None:
    if isinstance(row, Call):
        nobody_heard(session, row, now=now)
    elif row.resident is not None:
        alarms.could_not_reach(session, community, row.resident, row.phone, now=now)


def _carrier_is_down(session: Session, row: Any, *, now: datetime) -> None:
    # One alert for an outage, not one for each text.
    community = session.get_one(Community, row.community_id)
    raise_alert(session, community, AlertKind.CARRIER_DOWN, about=f"community {community.id}", now=now)


def _heal(session: Session, community_id: int, *, now: datetime) -> None:
    alarms.close_alerts_about(session, f"community {community_id}", {AlertKind.CARRIER_DOWN}, now=now)
