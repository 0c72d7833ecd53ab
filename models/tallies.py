"""Counts that begin anew after a while: how often something was done within an hour or a day. One row for each."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, belongs_to


class Tally(Base):
    """How often, since when, and when last."""

    __tablename__ = "tallies"
    __table_args__ = (sa.UniqueConstraint("community_id", "what"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    what: Mapped[str] = mapped_column(sa.String(60))
    since: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int] = mapped_column(default=0)


def counted(session: Session, community_id: int, what: str, *, within: timedelta, now: datetime) -> int:
    """How often so far in the stretch of that length that goes on."""
    row = session.scalars(_row(community_id, what)).one_or_none()
    return row.count if row is not None and now - row.since < within else 0


def count_one_more(session: Session, community_id: int, what: str, *, within: timedelta, now: datetime) -> int:
    """Once more; how often by now."""
    row = session.scalars(_row(community_id, what).with_for_update()).one_or_none()
    if row is None:
        row = Tally(community_id=community_id, what=what, since=now, last_at=now, count=0)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # somebody else has just begun to count
            row = session.scalars(_row(community_id, what).with_for_update()).one()
    if not now - row.since < within:
        row.since, row.count = now, 0
    row.count, row.last_at = row.count + 1, now
    return row.count


def last_counted(session: Session, community_id: int, what: str) -> datetime | None:
    """When that was counted last; None: never, or long ago."""
    row = session.scalars(_row(community_id, what)).one_or_none()
    return row.last_at if row is not None else None


def _row(community_id: int, what: str) -> sa.Select[Tally]:
    return sa.select(Tally).where(Tally.community_id == community_id, Tally.what == what)
