"""What holds for the whole installation: how far the carrier was read, whether sending is held, backups."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.database import Database
from models.keyring import Keyring
from models.places import Community


class Installation(Base):
    """One row, made by the first who asks for it."""

    __tablename__ = "installation"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    # Everything that reached the carrier before this instant, by its own clock, has been looked for in its lists;
    # None: never read.
    carrier_read_until: Mapped[datetime | None]
    # The newest instant at which the watch has looked: a clock that shows less has been set back.
    newest_at: Mapped[datetime | None]
    # The last restore: what was promised before it does not leave until the community's staff release it.
    held_at: Mapped[datetime | None]
    # How often this database has been restored: an id from before means something else now.
    epoch: Mapped[int] = mapped_column(default=0)
    # How many entries of the history are sealed, and the seal of the last: what is cut off at its end is missed.
    sealed_entries: Mapped[int] = mapped_column(default=0)
    last_seal: Mapped[str] = mapped_column(sa.String(64), default="")
    # The names of the keys with which something may be locked (see models/keyring.py).
    keys_used: Mapped[list[Any]] = mapped_column(default=list)


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


def take_keys(database: Database, keyring: Keyring) -> None:
    """From now on the first of these keys locks. Raises WrongKey when something is locked with one that is missing."""
    with database.read() as session:
        used = _keys_used(session)
    keyring.refuse_missing(used)
    if keyring.first and keyring.first not in used:
        with database.begin() as session:
            here = installation(session)
            here.keys_used = [*here.keys_used, keyring.first]


def refuse_missing_keys(session: Session, keyring: Keyring) -> None:
    """Raises WrongKey when something in this database is locked with a key that is not here."""
    keyring.refuse_missing(_keys_used(session))


def _keys_used(session: Session) -> list[Any]:
    return list(session.scalars(sa.select(Installation.keys_used)).one_or_none() or [])


_HELD_AT = sa.select(Installation.held_at)


def held_since(session: Session, community: Community) -> datetime | None:
    """What that community promised until then is held, after a restore; None: nothing is."""
    held_at = session.scalars(_HELD_AT).one_or_none()
    is_released = held_at is not None and community.released_at is not None and community.released_at > held_at
    return None if is_released else held_at


def is_any_held(session: Session) -> bool:
    """Is there a community whose staff have not yet released what a restore holds?"""
    waits = sa.or_(Community.released_at.is_(None), Community.released_at <= Installation.held_at)
    query = sa.select(Community.id).join(Installation, Installation.held_at.is_not(None)).where(waits)
    return session.scalars(query.limit(1)).first() is not None


def last_good_backup(session: Session, *, now: datetime | None = None) -> Backup | None:
    """The newest backup that was read back whole; one from after `now` was made while the clock was wrong."""
    good = sa.select(Backup).where(Backup.verified_at.is_not(None), Backup.fault == "")
    if now is not None:
        good = good.where(Backup.made_at <= now)
    return session.scalars(good.order_by(Backup.made_at.desc()).limit(1)).first()


def last_try(session: Session, *, now: datetime) -> datetime | None:
    """When a backup was last begun, whatever came of it."""
    return session.scalar(sa.select(sa.func.max(Backup.made_at)).where(Backup.made_at <= now))


def first_try(session: Session) -> datetime | None:
    """When a backup was first begun, as far as is known."""
    return session.scalar(sa.select(sa.func.min(Backup.made_at)))
