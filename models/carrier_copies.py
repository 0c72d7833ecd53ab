"""What lies with the carrier and should not: recordings that we have, texts and calls of whoever is forgotten."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, one_of


class CopyKind(StrEnum):
    """What it is."""

    TEXT = "text"
    CALL = "call"
    RECORDING = "recording"


class CarrierCopy(Base):
    """One thing that the carrier is asked to delete; once it has, the row goes."""

    __tablename__ = "carrier_copies"

    kind: Mapped[CopyKind] = mapped_column(one_of(CopyKind))
    sid: Mapped[str] = mapped_column(sa.String(34), unique=True)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # when it is asked next; None: we have given up
    attempts: Mapped[int] = mapped_column(default=0)


def delete_at_carrier(session: Session, kind: CopyKind, sid: str | None, *, now: datetime) -> None:
    """Have the carrier asked to delete its copy; asking twice asks once."""
    if sid and session.scalar(sa.select(CarrierCopy.id).where(CarrierCopy.sid == sid)) is None:
        session.add(CarrierCopy(kind=kind, sid=sid, asked_at=now, due_at=now))
