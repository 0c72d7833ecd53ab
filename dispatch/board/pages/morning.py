"""The morning: one page for whoever comes in, on which every figure leads to its list."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from dispatch.board.desk import Desk
from dispatch.board.texts import unread_texts
from dispatch.costs import traffic_of
from dispatch.day_sheets import is_sheet_old
from dispatch.figures import Came, rang_in
from dispatch.keeping import MISSED_AFTER
from dispatch.mornings import away_on, look_at_morning, seal_left_at
from dispatch.sealing import last_seal, short_seal
from models.installation import Installation, last_good_backup
from models.room import Room, database_file, room_at
from models.schema import own_version

_SHOWN = 12
# From then on something has held up the watch.
_WATCH_LATE = timedelta(minutes=2)
_GB = 1_000_000_000


@dataclass(frozen=True)
class System:
    """How the machine is, from what is known already: nothing outside is asked."""

    backup_at: datetime | None
    watched_at: datetime | None
    sheet_at: datetime | None
    is_sheet_old: bool
    room: Room | None
    version: str
    history: tuple[int, str]
    seal_left_at: datetime | None
    now: datetime

    @property
    def is_backup_old(self) -> bool:
        """Is there no good one of late?"""
        return self.backup_at is None or self.now - self.backup_at > MISSED_AFTER

    @property
    def is_watch_late(self) -> bool:
        """Has nothing been looked at for a while?"""
        return self.watched_at is None or self.now - self.watched_at > _WATCH_LATE

    @property
    def seal(self) -> str:
        """The last seal of the history, as a person keeps it."""
        return short_seal(*self.history)

    @property
    def free(self) -> str:
        """What is free of the disk, in gigabytes."""
        return f"{self.room.free / _GB:.1f}" if self.room is not None else "–"


def show(desk: Desk, **_: object) -> str:
    """Everything of this morning."""
    yesterday = desk.wall.today - timedelta(days=1)
    morning = look_at_morning(desk.session, desk.community, now=desk.now)
    came = Counter(call.came for call in rang_in(desk.session, desk.community, yesterday, desk.wall.today))
    traffic = traffic_of(desk.session, desk.community, yesterday, yesterday)
    return desk.page(
        "morning", morning=morning, shown=_SHOWN, yesterday=yesterday, traffic=traffic,
        texts=unread_texts(desk.session, desk.community, morning.callbacks),
        unfinished=came[Came.UNFINISHED] + came[Came.MISSED], unanswered=came[Came.NOT_PICKED_UP],
        estimate=traffic.estimate(desk.community), system=_system(desk),
    )  # fmt: skip


def away(desk: Desk) -> str:
    """Everybody who is away today."""
    return desk.page("away", away=away_on(desk.session, desk.community, desk.wall.today))


def _system(desk: Desk) -> System:
    backup = last_good_backup(desk.session, now=desk.now)
    watched_at = desk.session.scalars(sa.select(Installation.newest_at)).one_or_none()
    return System(
        backup_at=backup.made_at if backup else None, watched_at=watched_at, sheet_at=desk.community.sheet_at,
        is_sheet_old=is_sheet_old(desk.community, now=desk.now), room=_room(desk), version=_version(),
        history=last_seal(desk.session), seal_left_at=seal_left_at(desk.session, desk.community), now=desk.now,
    )  # fmt: skip


@cache
def _version() -> str:
    """Read once: it lies in the program's files."""
    return own_version()


def _room(desk: Desk) -> Room | None:
    file = database_file(desk.board.database.engine.url.render_as_string(hide_password=False))
    try:
        return room_at(file.parent if file is not None else Path.cwd())
    except OSError:
        return None
