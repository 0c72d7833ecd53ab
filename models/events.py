"""The history of every move: who, when, from, to, why. Rows are only ever added, and sealed one onto the other."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, belongs_to
from models.locked import LockedText

# An entry of this verb lets go of words of others (see dispatch/sealing.py); its reason is nobody's words either.
LETS_GO = "let_go"
# Reasons that are no words of anybody's: "resident 3", "contact 3 reached", "moved", "handed_over". They are asked by.
_KEYS = r"[a-z_]+|[a-z]+ \d+( [a-z_]+)?|\d[\dT:.+-]*/\d[\dT:.+-]*"


class Event(Base):
    """One thing that happened to a request, a job or an alert."""

    __tablename__ = "events"
    __table_args__ = (
        sa.Index("ix_events_sealed_as", "sealed_as", unique=True),
        sa.Index(
            "ix_events_unsealed", "id", sqlite_where=sa.text("sealed_as IS NULL"),
            postgresql_where=sa.text("sealed_as IS NULL"),
        ),
    )  # fmt: skip

    community_id: Mapped[int] = belongs_to("communities")
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(
        sa.String(40)
    )  # "resident 3", "volunteer 7", "staff 1", "clock": never a name or a number
    verb: Mapped[str] = mapped_column(sa.String(24))
    request_id: Mapped[int | None] = belongs_to("help_requests", optional=True)
    job_id: Mapped[int | None] = belongs_to("jobs", optional=True)
    from_state: Mapped[str] = mapped_column(sa.String(16), default="")
    to_state: Mapped[str] = mapped_column(sa.String(16), default="")
    why: Mapped[str] = mapped_column(LockedText("why", 500, stays_open=_KEYS), default="")
    # Its place in the chain (see dispatch/sealing.py); None: it is not sealed yet. `mark` stands for `why`, so that
    # words can be let go of; without the salt of then nobody can find out what they were.
    sealed_as: Mapped[int | None]
    seal: Mapped[str] = mapped_column(sa.String(64), default="")
    salt: Mapped[str] = mapped_column(sa.String(16), default="")
    mark: Mapped[str] = mapped_column(sa.String(64), default="")


def history_of(session: Session, request_id: int, job_id: int | None) -> list[Event]:
    """What happened to a request and to the job it is a stop of, oldest first."""
    mine = Event.request_id == request_id
    if job_id is not None:
        mine = mine | ((Event.job_id == job_id) & Event.request_id.is_(None))
    return list(session.scalars(sa.select(Event).where(mine).order_by(Event.at, Event.id)))
