"""What came of sending, and what is done about a failure: a table of remedies. One row, in the caller's transaction."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch import offering, opting, unreached
from dispatch.alarms import raise_alert
from dispatch.telling import OFFERING, tell_another_way
from models.jobs import Channel, Offer
from models.numbers import phone_of
from models.places import Community
from models.tasks import AlertKind
from models.traffic import Call, Delivery, Message
from voice.carrier.errors import CarrierError, Remedy
from voice.ending import nobody_heard

log = logging.getLogger(__name__)

Row = Message | Call
# Whatever fails again and again by itself is parked, shown to staff, and delays nobody else.
TRIES = 5
# The carrier's list may lag by half a minute behind what it has accepted.
_LOOK_AFTER = timedelta(seconds=45)
# What is urgent and perhaps lost waits so long for the first carrier's list before it leaves by the second.
_URGENT_WAITS = timedelta(minutes=2)
_BACK_OFF = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=5)
_LATER = timedelta(minutes=15)
# If the carrier never says how a call of ours ended, it is looked at again after this.
_CALL_AT_MOST = timedelta(minutes=15)


def note_sent(session: Session, row: Any, sid: str, *, now: datetime) -> None:
    """The carrier has it, and knows it by `sid`."""
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


def note_not_there(session: Session, row: Any, *, is_outage: bool, now: datetime) -> None:
    """The carrier's list does not have it: it never arrived there, and is sent again."""
    if row.state is not Delivery.SENDING:
        return
    if row.attempts >= TRIES and not is_outage:
        # The carrier answers and yet never has it: something is wrong with this one, and it must not hold up others.
        park(session, row, now=now)
        return
    row.state, row.due_at = Delivery.QUEUED, now
    log.info("%s %s had not reached the carrier: it is sent again", type(row).__name__, row.id)


def note_not_there_yet(session: Session, row: Any, *, now: datetime) -> None:
    """The carrier's list does not have it, and may still lag behind: it is looked for once more."""
    if row.state is Delivery.SENDING:
        _look(session, row, now)


def note_unreadable(session: Session, row: Any, error: CarrierError, *, can_fail_over: bool, now: datetime) -> None:
    """Its list cannot be read either: nobody knows, so nothing is sent, until it is not worth knowing any more.

    What is urgent does not wait for that: where there is a second way, it leaves by it, perhaps a second time.
    """
    if row.state is not Delivery.SENDING:
        return
    row.error_code = str(error.code or "")
    if can_fail_over and row.is_urgent and now - row.claimed_at >= _URGENT_WAITS:
        row.state, row.due_at, row.error_code = Delivery.QUEUED, now, "perhaps_sent"
        return
    if row.expires_at is not None and now >= row.expires_at:
        expire(session, row, "perhaps_sent", now=now)
        return
    again = now + _LOOK_AFTER
    row.state, row.due_at = Delivery.UNKNOWN, min(again, row.expires_at or again)


def note_failure(session: Session, row: Any, error: CarrierError, *, now: datetime) -> None:
    """It was refused, or did not get through: what the error asks for is done; unless its fate was told meanwhile."""
    if row.state is not Delivery.SENDING:
        return
    log.warning("%s %s: %s (%s, %s)", type(row).__name__, row.id, error, error.remedy, error.code)
    row.error_code = str(error.code or "")
    apply_remedy(session, row, error.remedy, now=now)


def note_fault(session: Session, row: Any, *, now: datetime) -> None:
    """Our own fault while this row was in hand: it is tried again after a while, and parked after the last try."""
    if row.state not in (Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN):
        return
    was_in_hand = row.state is not Delivery.QUEUED
    row.attempts += 1
    row.error_code = "our_fault"
    if row.attempts >= TRIES:
        park(session, row, now=now)
        return
    # What was in hand may have left: it is looked for before it is sent again.
    row.state = Delivery.UNKNOWN if was_in_hand else Delivery.QUEUED
    row.due_at = now + _pause(row)


def expire(session: Session, row: Any, why: str, *, now: datetime) -> None:
    """Not worth sending any more; a resident who was to be told is reached by staff. `why` goes into error_code."""
    row.state, row.due_at, row.error_code = Delivery.EXPIRED, None, why
    unreached.could_not_tell(session, row, now=now)


def never_leaves(session: Session, row: Any, why: str, *, now: datetime) -> None:
    """The line does not ring or text that number: as with one that does not exist, the next is asked, or staff see to
    it; and they are told once whose number it is. `why` goes into error_code."""
    row.error_code = why
    unreached.is_not_called(session, row, now=now)
    _give_up(session, row, now)


def park(session: Session, row: Any, *, now: datetime) -> None:
    """Given up, and shown: something is wrong with this one."""
    community = session.get_one(Community, row.community_id)
    row.state, row.due_at = Delivery.FAILED, None
    thing = f"{type(row).__name__.lower()} {row.id}"
    raise_alert(session, community, AlertKind.BROKEN, about=thing, now=now, thing=thing)
    _unreached(session, row, now=now)


def apply_remedy(session: Session, row: Any, remedy: Remedy, *, now: datetime) -> None:
    """Do what a failure asks for: send again later, look, reach the person by call, flag the number, or alarm."""
    _REMEDIES[remedy](session, row, now)


def _pause(row: Row) -> timedelta:
    doublings: int = min(max(row.attempts - 1, 0), 8)
    return min(_BACK_OFF * (1 << doublings), _LONGEST_PAUSE)


def _retry(session: Session, row: Any, now: datetime) -> None:
    again = now + _pause(row)
    row.state, row.due_at = Delivery.QUEUED, min(again, row.expires_at or again)


def _look(session: Session, row: Any, now: datetime) -> None:
    row.state, row.due_at = Delivery.UNKNOWN, now + _LOOK_AFTER


def _later(session: Session, row: Any, now: datetime) -> None:
    row.state, row.due_at = Delivery.QUEUED, min(now + _LATER, row.expires_at or now + _LATER)


def _configure(session: Session, row: Any, now: datetime) -> None:
    # Our account or our number is wrong: every text will fail until somebody sees to it.
    _later(session, row, now)
    community = session.get_one(Community, row.community_id)
    raise_alert(session, community, AlertKind.CARRIER_DOWN, about=f"community {community.id}", now=now)


def _call_instead(session: Session, row: Any, now: datetime) -> None:
    community = session.get_one(Community, row.community_id)
    phone = phone_of(session, community, row.phone)
    phone.cannot_text_since = phone.cannot_text_since or now
    row.state, row.due_at = Delivery.UNDELIVERED, None
    tell_another_way(session, row, by=Channel.CALL, now=now)


def _stop(session: Session, row: Any, now: datetime) -> None:
    # Nothing reaches that number: it is known as such from now on, and staff reach the person some other way.
    community = session.get_one(Community, row.community_id)
    phone = phone_of(session, community, row.phone)
    phone.unreachable_since = phone.unreachable_since or now
    _give_up(session, row, now)


def _opted_out(session: Session, row: Any, now: datetime) -> None:
    # The carrier knows what we have missed: STOP was said while we were down, or to a word of its own.
    community = session.get_one(Community, row.community_id)
    row.state, row.due_at = Delivery.FAILED, None
    opting.stop(session, community, phone_of(session, community, row.phone), now=now)
    _unreached(session, row, now=now)


def _give_up(session: Session, row: Any, now: datetime) -> None:
    # This one does not arrive; the number may be well.
    row.state, row.due_at = Delivery.FAILED, None
    offer = session.get(Offer, row.offer_id) if row.offer_id and row.cause in OFFERING else None
    if offer is not None:
        offering.pass_over(session, offer, now=now)
    _unreached(session, row, now=now)


def _unreached(session: Session, row: Any, *, now: datetime) -> None:
    if isinstance(row, Call):
        nobody_heard(session, row, now=now)
    else:
        unreached.could_not_tell(session, row, now=now)


def _show(session: Session, row: Any, now: datetime) -> None:
    park(session, row, now=now)


def _expired(session: Session, row: Any, now: datetime) -> None:
    expire(session, row, row.error_code, now=now)


_REMEDIES: dict[Remedy, Callable[[Session, Any, datetime], None]] = {
    Remedy.RETRY: _retry,
    Remedy.LOOK: _look,
    Remedy.LATER: _later,
    Remedy.CONFIGURE: _configure,
    Remedy.CALL_INSTEAD: _call_instead,
    Remedy.OPTED_OUT: _opted_out,
    Remedy.STOP: _stop,
    Remedy.GIVE_UP: _give_up,
    Remedy.SHOW: _show,
    Remedy.EXPIRED: _expired,
}
