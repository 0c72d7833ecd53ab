"""Claiming what is to leave: looked at once more, written in words, and marked as in hand, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.countries import why_not_called
from dispatch.reaching import TOLD_UNASKED, is_an_answer, is_rung_all_the_same, may_leave_at
from dispatch.spending import must_wait
from dispatch.truth import is_still_true
from models.installation import held_since
from models.numbers import Phone, phone_of
from models.places import Community
from models.prepared import prepared
from models.traffic import IN_FLIGHT, Call, Delivery, Direction, Message
from voice.carrier.ways import Ways
from voice.links import OpenLinks
from voice.pace import PRESSES, Pace, Rank, rank_of
from voice.prompts import Setting, render_text
from voice.remedies import expire, never_leaves
from voice.segments import segments_of

Row = Message | Call
# After this a claim whose owner has not said what came of it is taken to be lost: perhaps sent.
_CLAIM_KEEPS = timedelta(seconds=90)
_BUSY_FOR = timedelta(seconds=5)
_HELD_FOR = timedelta(minutes=1)
_IN_HAND = (Delivery.QUEUED, Delivery.UNKNOWN, Delivery.SENDING)
_LONGEST_VALIDITY_SECONDS = 36_000
# So many texts, and so many of the same words, leave for one number within that of our own accord.
TEXTS_AN_HOUR, SAME_AN_HOUR, _LATELY = 10, 3, timedelta(hours=1)
_TOO_MANY_WAITS = timedelta(minutes=5)


@dataclass(frozen=True)
class Due:
    """A row that may be due: enough to order it and to leave it alone while its way rests."""

    kind: type[Message] | type[Call]
    id: int
    is_urgent: bool
    due_at: datetime
    expires_at: datetime | None
    has_second: bool  # has its community a second number?
    community_id: int

    def is_expired(self, now: datetime) -> bool:
        """Is it not worth sending any more?"""
        return self.expires_at is not None and now >= self.expires_at

    def rank(self, now: datetime) -> Rank:
        """How soon it should leave."""
        return rank_of(is_urgent=self.is_urgent, expires_at=self.expires_at, now=now)


@dataclass(frozen=True)
class Claimed:
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
    is_by_second: bool


class TooFast(Exception):
    """Its number is busy: nothing of that rank leaves by it now, and nothing is noted."""


def due_rows(session: Session, kind: type[Any], pace: Pace, *, now: datetime, most: int) -> list[Due]:
    """What is due of one kind and may leave at that pace: by rank, and in each the longest waiting first."""
    # A claim carries its own end: one that is past it was lost with whoever made it.
    limits = [pace.free_if_busy_until(rank, now=now) for rank in Rank]
    others = (pace.forgotten_after(now=now), pace.bulk_again_if_left_before(now=now), now + PRESSES)
    return [Due(kind, *row) for row in session.execute(*_DUE[kind](now, most, *limits, *others))]


def _due_of(kind: type[Any]) -> Any:
    @prepared
    def due(
        now: datetime,
        most: int,
        urgent_until: datetime,
        pressing_until: datetime,
        bulk_until: datetime,
        forgotten_after: datetime,
        starving_since: datetime,
        presses_before: datetime,
    ) -> Any:
        presses = kind.expires_at <= presses_before
        rank = sa.case((kind.is_urgent, 0), (presses, 1), else_=2)
        busy, bulk_left = Community.busy_until, Community.bulk_left_at
        limit = sa.case((kind.is_urgent, urgent_until), (presses, pressing_until), else_=bulk_until)
        is_starving = (rank == 2) & (bulk_left.is_(None) | (bulk_left <= starving_since) | (bulk_left > now))
        paced = busy.is_(None) | (busy <= limit) | (busy > forgotten_after) | is_starving
        # What has left before, is looked for, or is not worth sending any more keeps no number busy.
        at_once = (kind.state != Delivery.QUEUED) | (kind.expires_at <= now)
        return (
            sa.select(
                kind.id, kind.is_urgent, kind.due_at, kind.expires_at, Community.second_number.is_not(None),
                kind.community_id,
            )
            .join(Community, Community.id == kind.community_id)
            .where(kind.direction == Direction.OUTBOUND, kind.state.in_(_IN_HAND), kind.due_at <= now)
            .where(at_once | paced if kind is Message else sa.true())
            .order_by(rank, kind.due_at, kind.id)
            .limit(most)
        )  # fmt: skip

    return due


_DUE = {kind: _due_of(kind) for kind in (Message, Call)}


def claim(session: Session, due: Due, ways: Ways, pace: Pace, links: OpenLinks, *, now: datetime) -> Claimed | None:
    """Take a due row in hand; None when somebody else has it, or it must not leave (now, or any more).

    Raises TooFast.
    """
    kind: type[Any] = due.kind
    row: Any = session.scalars(*_ROW[kind](due.id)).one_or_none()
    if row is None or row.state not in _IN_HAND or row.due_at is None or row.due_at > now:
        return None
    is_lost = row.state is not Delivery.QUEUED
    community = session.get_one(Community, row.community_id)
    if not is_lost and not _may_leave(session, row, community, now=now):
        return None
    is_by_second = row.is_by_second
    if not is_lost:
        is_by_second = ways.goes_by_second(community, is_urgent=row.is_urgent, attempts=row.attempts, now=now)
    # One that was held and released may have left before the restore: it is looked for, though never written here.
    if isinstance(row, Message) and not (is_lost and row.body):
        row.body = _written(row, community, now=now)
        row.segments = segments_of(links.whole(row.body, row.says))
    if not is_lost and isinstance(row, Message) and _is_too_many(session, row, community, now=now):
        row.due_at = min(now + _TOO_MANY_WAITS, row.expires_at or now + _TOO_MANY_WAITS)
        return None
    if not is_lost:
        if isinstance(row, Message) and not _keeps_pace(session, row, community, pace, is_by_second, now=now):
            raise TooFast
        row.is_by_second, row.claimed_at, row.attempts = is_by_second, now, row.attempts + 1
    row.state, row.due_at = Delivery.SENDING, now + _CLAIM_KEEPS
    valid = (row.expires_at - now).total_seconds() if row.expires_at else _LONGEST_VALIDITY_SECONDS
    return Claimed(
        kind=kind, id=row.id, to=row.phone, sender=ways.sender(community, is_second=row.is_by_second),
        body=links.whole(row.body, row.says) if isinstance(row, Message) else "", valid_seconds=int(valid),
        claimed_at=row.claimed_at, attempts=row.attempts, is_lost=is_lost,
        is_by_second=row.is_by_second,
    )  # fmt: skip


def _keeps_pace(
    session: Session, row: Message, community: Community, pace: Pace, is_by_second: bool, *, now: datetime
) -> bool:
    """Is its number free for it? Then it is busy for as long as the network needs; unless somebody was faster."""
    if not pace.segments_per_second:
        return True
    rank = rank_of(is_urgent=row.is_urgent, expires_at=row.expires_at, now=now)
    column = Community.second_busy_until if is_by_second else Community.busy_until
    seen: datetime | None = getattr(community, column.key)
    if not pace.may_leave(rank, seen, community.bulk_left_at, now=now):
        return False
    values: dict[Any, Any] = {column: pace.busy_until(seen, row.segments, now=now)}
    if rank is Rank.BULK:
        values[Community.bulk_left_at] = now
    took = sa.update(Community).where(Community.id == community.id, column.is_not_distinct_from(seen)).values(values)
    done = session.execute(took.execution_options(synchronize_session="fetch"))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _is_too_many(session: Session, row: Message, community: Community, *, now: datetime) -> bool:
    """Has this number had so many texts within the hour, or so many of these words, that networks would take us for a
    machine gone wild? It waits. Not counted is what answers it, is urgent, is told to staff or written by them; and
    offers of the same words are different offers."""
    if row.is_urgent or row.may_wake or row.staff_id is not None or row.written_by:
        return False
    if row.cause not in TOLD_UNASKED and is_an_answer(phone_of(session, community, row.phone), now=now):
        return False
    bodies = [body for _, body in session.execute(*_left_lately(community.id, row.phone, now - _LATELY))]
    is_said_too_often = row.offer_id is None and bodies.count(row.body) >= SAME_AN_HOUR
    return len(bodies) >= TEXTS_AN_HOUR or is_said_too_often


@prepared
def _left_lately(community_id: int, phone: str, since: datetime) -> sa.Select[int, str]:
    of = sa.select(Message.id, Message.body).where(Message.community_id == community_id, Message.phone == phone)
    return of.where(Message.direction == Direction.OUTBOUND, Message.claimed_at >= since, Message.is_urgent.is_(False))


def _row_of(kind: type[Any]) -> Any:
    @prepared
    def row(id_: int) -> Any:
        return sa.select(kind).where(kind.id == id_).with_for_update(skip_locked=True)

    return row


_ROW = {kind: _row_of(kind) for kind in (Message, Call)}


def _written(row: Message, community: Community, *, now: datetime) -> str:
    setting = Setting(row.language, community.zone_info, now, "text", community.name)
    words = render_text([(prompt, said) for prompt, said in row.says], setting)
    return setting.catalog.formats["signed"].format(community=community.name, words=words)[:1600]


def _may_leave(session: Session, row: Any, community: Community, *, now: datetime) -> bool:
    """What was true when it was promised is looked at again: expired, not called, opted out, moot, quiet hours, one at
    a time."""
    phone = phone_of(session, community, row.phone)
    if row.expires_at is not None and now >= row.expires_at:
        expire(session, row, "expired", now=now)
        return False
    if why := why_not_called(community, row.phone):
        never_leaves(session, row, why, now=now)
        return False
    if phone.opted_out_at is not None and not is_rung_all_the_same(row):
        row.state, row.error_code, row.due_at = Delivery.CANCELLED, "opted_out", None
        return False
    if _is_moot(session, row, now=now):
        row.state, row.error_code, row.due_at = Delivery.CANCELLED, "withdrawn", None
        return False
    wait_until = _waits_until(session, row, community, phone, now=now)
    if wait_until > now:
        # Looked at again when it expires, so that whoever waits for it does not wait in vain.
        row.due_at = min(wait_until, row.expires_at or wait_until)
        return False
    return True


def _waits_until(session: Session, row: Any, community: Community, phone: Phone, *, now: datetime) -> datetime:
    if _is_held(session, row, community, phone, now=now) or must_wait(session, row, community, phone, now=now):
        return now + _HELD_FOR
    if _is_busy(session, row, now=now):
        return max(now + _BUSY_FOR, _leaves_at(row, community, phone, now=now))
    return _leaves_at(row, community, phone, now=now)


def _leaves_at(row: Any, community: Community, phone: Phone, *, now: datetime) -> datetime:
    """What her number is told of a call that showed it rings nobody at night: the number proves nothing, and whoever
    slept would be woken."""
    is_unasked = isinstance(row, Call) and row.cause in TOLD_UNASKED
    return may_leave_at(community, None if is_unasked else phone, may_wake=row.may_wake, now=now)


def _is_held(session: Session, row: Any, community: Community, phone: Phone, *, now: datetime) -> bool:
    """After a restore: only what is new and told to staff, or answers somebody, leaves before it is released."""
    held_at = held_since(session, community)
    if held_at is None or (row.released_at is not None and row.released_at > held_at):
        return False
    if row.made_at <= held_at:
        return True
    return row.staff_id is None and not is_an_answer(phone, now=now)


def _is_moot(session: Session, row: Any, *, now: datetime) -> bool:
    """No longer true; or for somebody who is gone."""
    return not is_still_true(session, row, now=now)


def _is_busy(session: Session, row: Any, *, now: datetime) -> bool:
    """One text in flight per number, so that a lost one can be recognised; one call at a time to one telephone."""
    if isinstance(row, Call):
        in_flight = _calls_in_flight(row.phone, row.community_id, row.id, now - timedelta(hours=1))
    else:
        in_flight = _texts_in_flight(row.phone, row.community_id, row.id)
    return session.scalars(*in_flight).first() is not None


@prepared
def _texts_in_flight(phone: str, community_id: int, id_: int) -> sa.Select[int]:
    at = sa.select(Message.id).where(Message.phone == phone, Message.community_id == community_id, Message.id != id_)
    return at.where(Message.state.in_(IN_FLIGHT)).limit(1)


@prepared
def _calls_in_flight(phone: str, community_id: int, id_: int, recent: datetime) -> sa.Select[int]:
    at = sa.select(Call.id).where(Call.phone == phone, Call.community_id == community_id, Call.id != id_)
    goes_on = Call.state.in_({*IN_FLIGHT, Delivery.LIVE, Delivery.SENT})
    return at.where(goes_on, sa.func.coalesce(Call.claimed_at, Call.made_at) >= recent).limit(1)
