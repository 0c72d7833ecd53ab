"""A restored database begins anew: what was given out since the backup was made is never given out again."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.events import Event
from models.installation import Backup, Installation, installation
from models.leases import Lease
from models.people import Staff, StaffSession
from models.places import Community
from models.server_rows import counter_of_file, write_counter

# What was given out since the backup may not be known: so far ahead of it we go on, for each day that is lost.
CODES_AHEAD = 1000
IDS_AHEAD = 1_000_000


@dataclass(frozen=True)
class Given:
    """How far the database that is set aside had come."""

    epoch: int = 0
    codes: dict[str, int] = field(default_factory=dict)  # a community's number → its next code
    versions: dict[str, int] = field(default_factory=dict)  # … → what its boards have seen
    ids: dict[str, int] = field(default_factory=dict)  # table → the last id
    backups: list[dict[str, Any]] = field(default_factory=list)


def given_by(connection: sa.Connection, last_id: Any) -> Given:
    """Read it; it may be of an older version, and lack some tables. `last_id(connection, table)` is asked."""
    there = set(sa.inspect(connection).get_table_names())

    def rows(kind: type[Base], *names: str) -> list[Any]:
        wanted = [kind.__table__.c[name] for name in names]
        return list(connection.execute(sa.select(*wanted))) if kind.__tablename__ in there else []

    communities = rows(Community, "number", "next_code", "board_version")
    return Given(
        epoch=max((row.epoch for row in rows(Installation, "epoch")), default=0),
        codes={row.number: row.next_code for row in communities},
        versions={row.number: row.board_version for row in communities},
        ids={name: last_id(connection, name) for name in _counting() if name in there},
        backups=[row._asdict() for row in rows(Backup, "name", "made_at", "size_bytes", "verified_at", "fault")],
    )


def begin_anew(
    session: Session, name: str, made_at: datetime | None, given: Given, *, size_bytes: int, now: datetime
) -> datetime:
    """Hold what was promised, and jump ahead of everything that was given out. Returns the instant of the backup.

    `session` is on the backup, which nobody uses yet; `name` and `size_bytes` are those of its file, `made_at` what its
    label says.
    """
    taken_at = made_at or _newest(session) or now
    house = installation(session)
    house.epoch = max(house.epoch, given.epoch) + 1
    house.held_at = now
    house.carrier_read_until = min(house.carrier_read_until or taken_at, taken_at)
    _jump(session, given, days=max(1, math.ceil((now - taken_at) / timedelta(days=1))), taken_at=taken_at, now=now)
    _know_backups(session, name, given, size_bytes=size_bytes, now=now)
    # Whoever was dismissed or logged out since then would be logged in again; the old holder of a lease is gone.
    session.execute(sa.delete(StaffSession))
    # An invitation that was used since then would open once more.
    session.execute(sa.update(Staff).values(invite_hash=None, invite_salt=None, invited_until=None))
    session.execute(sa.delete(Lease))
    session.flush()
    for table in _counting():
        last = counter_of_file(session.connection(), table)
        write_counter(session.connection(), table, max(last + IDS_AHEAD, given.ids.get(table, 0)))
    return taken_at


def _counting() -> list[str]:
    return [table.name for table in Base.metadata.sorted_tables if "id" in table.c]


def _newest(session: Session) -> datetime | None:
    """Of a bare copy, which has no label: the last sign of life in it."""
    return installation(session).newest_at or session.scalar(sa.select(sa.func.max(Event.at)))


def _jump(session: Session, given: Given, *, days: int, taken_at: datetime, now: datetime) -> None:
    for community in session.scalars(sa.select(Community)):
        community.next_code = max(community.next_code + CODES_AHEAD * days, given.codes.get(community.number, 0))
        # A board that was open asks only whether the number that it knows is still the same.
        ahead = community.board_version + IDS_AHEAD
        community.board_version = max(ahead, given.versions.get(community.number, 0) + 1)
        session.add(
            Event(
                community_id=community.id, at=now, who="operator", verb="restored",
                why=f"from a backup of {taken_at.isoformat(timespec='seconds')}",
            )
        )  # fmt: skip


def _know_backups(session: Session, name: str, given: Given, *, size_bytes: int, now: datetime) -> None:
    """This one has just been read back; those made since are still in their folder."""
    known = {row.name: row for row in session.scalars(sa.select(Backup))}
    for values in given.backups:
        if values["name"] not in known:
            session.add(Backup(**values))
    if name in known:
        # In itself it was still being made.
        known[name].verified_at, known[name].fault, known[name].size_bytes = now, "", size_bytes
