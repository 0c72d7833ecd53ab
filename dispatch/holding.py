"""After a restore nothing that was promised leaves by itself: staff look through it, and release or drop it.

A text that was waiting when the backup was made may have left since, before the disk broke. So one that is released is
looked for in the carrier's list, by number and words, before it is sent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about
from dispatch.everywhere import alarm_everywhere
from models.changes import touch
from models.events import Event
from models.installation import held_since
from models.places import Community
from models.tasks import AlertKind
from models.traffic import Call, Delivery, Direction, Message

Row = Message | Call
KINDS: dict[str, type[Message] | type[Call]] = {"message": Message, "call": Call}
# What would still leave.
_LEAVING = (Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN)


def tell_staff(session: Session, *, now: datetime) -> None:
    """After a restore: in every community somebody must look through what is held."""
    alarm_everywhere(session, AlertKind.HELD, is_true=True, now=now)


def held(session: Session, community: Community, *, most: int = 200) -> list[Row]:
    """Texts and calls of that community that are held, the oldest promise first."""
    rows: list[Row] = []
    for kind in KINDS.values():
        query = _held(session, kind, community)
        rows += session.scalars(query.order_by(kind.made_at, kind.id).limit(most)) if query is not None else []
    return sorted(rows, key=lambda row: (row.made_at, row.id))[:most]


def how_many_held(session: Session, community: Community) -> int:
    """How many there are in all."""
    queries = (_held(session, kind, community) for kind in KINDS.values())
    counts = (sa.select(sa.func.count()).select_from(query.subquery()) for query in queries if query is not None)
    return sum(int(session.scalar(count) or 0) for count in counts)


def release(session: Session, community: Community, rows: Sequence[Row], *, who: str, now: datetime) -> int:
    """Let these leave, as ever: what is stale or no longer true is withdrawn. Returns how many were still held."""
    since = held_since(session, community)
    if since is None:
        return 0
    done = [row for row in rows if _take(session, row, since, _released(row, now=now))]
    _note(session, community, done, "release_held", who=who, now=now)
    return len(done)


def drop(session: Session, community: Community, rows: Sequence[Row], *, who: str, now: datetime) -> int:
    """These are never sent. Returns how many were still held."""
    since = held_since(session, community)
    if since is None:
        return 0
    dropped = {"state": Delivery.CANCELLED, "error_code": "dropped", "due_at": None}
    done = [row for row in rows if _take(session, row, since, dropped)]
    _note(session, community, done, "drop_held", who=who, now=now)
    return len(done)


def release_all(session: Session, community: Community, *, who: str, now: datetime) -> int:
    """Let everything leave, also what comes from now on."""
    done = release(session, community, held(session, community, most=1_000_000), who=who, now=now)
    _end(session, community, who=who, now=now)
    return done


def drop_all(session: Session, community: Community, *, who: str, now: datetime) -> int:
    """Send nothing of it; what comes from now on leaves as ever."""
    done = drop(session, community, held(session, community, most=1_000_000), who=who, now=now)
    _end(session, community, who=who, now=now)
    return done


def _end(session: Session, community: Community, *, who: str, now: datetime) -> None:
    if held_since(session, community) is None:
        return
    community.released_at = now
    session.add(Event(community_id=community.id, at=now, who=who, verb="end_hold"))
    touch(session, community.id)
    close_alerts_about(session, f"community {community.id}", {AlertKind.HELD}, now=now)


def _take(session: Session, row: Row, since: datetime, values: dict[str, Any]) -> bool:
    """Of two people who press at once one has it."""
    kind: Any = type(row)
    is_held = sa.or_(kind.released_at.is_(None), kind.released_at <= since)
    taken = session.execute(
        sa.update(kind)
        .where(kind.id == row.id, kind.state.in_(_LEAVING), is_held)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.expire(row)
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _released(row: Row, *, now: datetime) -> dict[str, Any]:
    looked_for_since = row.claimed_at or row.made_at
    return {
        "state": Delivery.UNKNOWN, "claimed_at": looked_for_since, "due_at": max(row.due_at or now, now),
        "released_at": now,
    }  # fmt: skip


def _note(session: Session, community: Community, rows: list[Row], verb: str, *, who: str, now: datetime) -> None:
    for row in rows:
        why = f"{type(row).__name__.lower()} {row.id}"
        about = {"request_id": row.request_id, "job_id": row.job_id}
        session.add(Event(community_id=community.id, at=now, who=who, verb=verb, why=why, **about))
    if rows:
        touch(session, community.id)


def _held(session: Session, kind: Any, community: Community) -> Any:
    """What was promised before the restore, and since then what is neither for staff nor released; None: nothing is."""
    since = held_since(session, community)
    if since is None:
        return None
    return sa.select(kind).where(
        kind.community_id == community.id, kind.direction == Direction.OUTBOUND, kind.state.in_(_LEAVING),
        kind.due_at.is_not(None), sa.or_(kind.released_at.is_(None), kind.released_at <= since),
        sa.or_(kind.made_at <= since, kind.staff_id.is_(None)),
    )  # fmt: skip
