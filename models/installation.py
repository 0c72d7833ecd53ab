"""What holds for the whole installation: how far the carrier was read, whether sending is held, backups."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Installation(Base):
    """One row, made by the first who asks for it."""

    __tablename__ = "installation"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    # Everything that reached the carrier before this instant has been looked for in its lists; None: never read.
    carrier_read_until: Mapped[datetime | None]
    # The newest instant at which the watch has looked: a clock that shows less has been set back.
    newest_at: Mapped[datetime | None]
    # After a restore nothing that was promised before this instant leaves until somebody releases it.
    held_at: Mapped[datetime | None]
    # How often this database has been restored: an id from before means something else now.
    epoch: Mapped[int] = mapped_column(default=0)


class Backup(Base):
    """A copy of the database, and whether it could be read back."""

    __tablename__ = "backups"

    name: Mapped[str] = mapped_column(sa.String(120), unique=True)  # of the file in the folder of backups
    made_at: Mapped[datetime] = mapped_column(index=True)
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    verified_at: Mapped[datetime | None]  # when it was read back whole; None: never
    fault: Mapped[str] = mapped_column(sa.String(200), default="")  # why it could not be, in English: for the operator


def installation(session: Session) -> Installation:
    """The one row."""
    found = session.get(Installation, 1)
    if found is None:
        found = Installation(id=1, epoch=0)
        session.add(found)
        session.flush()
    return found


def held_since(session: Session) -> datetime | None:
    """Since when sending is held, after a restore; None: it is not."""
    return session.scalars(sa.select(Installation.held_at)).one_or_none()


def last_good_backup(session: Session) -> Backup | None:
    """The newest backup that was read back whole."""
    good = sa.select(Backup).where(Backup.verified_at.is_not(None), Backup.fault == "")
    return session.scalars(good.order_by(Backup.made_at.desc()).limit(1)).first()
