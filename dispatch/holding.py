"""After a restore nothing that was promised before it leaves by itself: staff look through it, and release or drop it.

A text that was waiting when the backup was made may have left since, before the disk broke. So one that is released is
looked for in the carrier's list, by number and words, before it is sent.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.changes import touch
from models.events import Event
from models.installation import Installation, held_since
from models.places import Community
from models.traffic import Call, Delivery, Direction, Message

Row = Message | Call
# What would still leave.
_LEAVING = (Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN)
KINDS: dict[str, type[Message] | type[Call]] = {"message": Message, "call": Call}


def held(session: Session, community: Community, *, most: int = 200) -> list[Row]:
    """Texts and calls of that community that are held, the oldest promise first."""
    since = held_since(session)
    if since is None:
        return []
    rows: list[Row] = []
    for kind in KINDS.values():
        rows += session.scalars(_held(kind, since, community).order_by(kind.made_at, kind.id).limit(most))
    return sorted(rows, key=lambda row: (row.made_at, row.id))[:most]


def how_many_held(session: Session, community: Community) -> int:
    """How many there are in all."""
    since = held_since(session)
    return 0 if since is None else sum(_count(session, _held(kind, since, community)) for kind in KINDS.values())


def release(session: Session, community: Community, rows: list[Row], *, who: str, now: datetime) -> int:
    """Let these leave, as if they were promised now: what is no longer true or wanted is withdrawn as always."""
    return _settle(session, community, rows, "release", who=who, now=now)


def drop(session: Session, community: Community, rows: list[Row], *, who: str, now: datetime) -> int:
    """These are never sent."""
    return _settle(session, community, rows, "drop", who=who, now=now)


def _settle(session: Session, community: Community, rows: list[Row], verb: str, *, who: str, now: datetime) -> int:
    since = held_since(session)
    if since is None:
        return 0
    done = sum(_take(session, row, since, _values(row, verb, now=now)) for row in rows)
    if done:
        session.add(Event(community_id=community.id, at=now, who=who, verb=f"{verb}_held", why=_named(rows)))
        touch(session, community.id)
    _end_when_empty(session, since)
    return done


def _take(session: Session, row: Row, since: datetime, values: dict[str, Any]) -> int:
    """One of two people who press at once has it."""
    kind: Any = type(row)
    taken = session.execute(
        sa.update(kind)
        .where(kind.id == row.id, kind.made_at <= since, kind.state.in_(_LEAVING))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.expire(row)
    return int(taken.rowcount)  # type: ignore[attr-defined]


def _values(row: Row, verb: str, *, now: datetime) -> dict[str, Any]:
    if verb == "drop":
        return {"state": Delivery.CANCELLED, "error_code": "dropped", "due_at": None}
    asked_at = row.claimed_at or row.made_at
    return {"state": Delivery.UNKNOWN, "claimed_at": asked_at, "due_at": now, "made_at": now}


def _named(rows: list[Row]) -> str:
    """What it was about, by id: "message 5, call 7"."""
    return ", ".join(f"{type(row).__name__.lower()} {row.id}" for row in rows)[:500]


def _end_when_empty(session: Session, since: datetime) -> None:
    """When the last one of all communities is settled, nothing is held any more."""
    if not any(_count(session, _held(kind, since, None)) for kind in KINDS.values()):
        session.execute(sa.update(Installation).values(held_at=None))


def _held(kind: Any, since: datetime, community: Community | None) -> Any:
    query = sa.select(kind).where(
        kind.direction == Direction.OUTBOUND, kind.state.in_(_LEAVING), kind.due_at.is_not(None), kind.made_at <= since
    )
    return query if community is None else query.where(kind.community_id == community.id)


def _count(session: Session, query: Any) -> int:
    return int(session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0)
