"""The day sheet is kept as a file, at most five minutes old: what staff have in hand when the network is down."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.everywhere import alarm_everywhere
from models.database import Database
from models.places import Community
from models.private_files import replace_with
from models.tasks import AlertKind, is_alarmed


class Draw(Protocol):
    """What a day sheet looks like; handed in by the composition root."""

    def __call__(self, session: Session, community: Community, *, now: datetime) -> str: ...


log = logging.getLogger(__name__)

# With what the writing takes, and what the sweep that writes it may wait, it is never older than five minutes.
_EVERY_SECONDS = 240.0
_AGAIN_AFTER_SECONDS = 60.0
# From then on it is of no use, and somebody is told.
OLD_AFTER = timedelta(minutes=15)


def file_of(folder: Path, community: Community) -> Path:
    """Where a community's sheet lies."""
    return folder / f"day-sheet-{community.id}.html"


def is_sheet_old(community: Community, *, now: datetime) -> bool:
    """Would what lies on the disk be of no use now?"""
    return community.sheet_at is None or now - community.sheet_at > OLD_AFTER


class DaySheets:
    """Writes them, when it is time to."""

    def __init__(self, database: Database, folder: Path, *, draw: Draw, stopwatch: Callable[[], float]) -> None:
        """`draw(session, community, now=…)` gives the whole file; `stopwatch` gives seconds that only ever grow."""
        self._database, self._folder, self._draw, self._stopwatch = database, folder, draw, stopwatch
        self._due_at = self._kept_at = stopwatch()

    def keep(self, *, now: datetime) -> int:
        """Write each community's when it is time to; always 0, for nothing that is due is done by it.

        Whatever fails is logged, tried again in a minute, and told to staff once the sheets are too old.
        """
        if self._stopwatch() < self._due_at:
            return 0
        try:
            self._write_all(now=now)
        except Exception:  # the edge: it is for a bad day, and must not make one
            log.exception("the day sheet could not be written")
            self._due_at = self._stopwatch() + _AGAIN_AFTER_SECONDS
        else:
            self._kept_at = self._stopwatch()
            self._due_at = self._kept_at + _EVERY_SECONDS
        self._tell_rightly(now=now)
        return 0

    def _write_all(self, *, now: datetime) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._database.read() as session:
            ids = list(session.scalars(sa.select(Community.id).order_by(Community.id)))
        for community_id in ids:
            with self._database.read() as session:
                community = session.get_one(Community, community_id)
                drawn, file = self._draw(session, community, now=now), file_of(self._folder, community)
            replace_with(file, drawn)
            with self._database.begin() as session:
                session.execute(sa.update(Community).where(Community.id == community_id).values(sheet_at=now))

    def _tell_rightly(self, *, now: datetime) -> None:
        is_old = self._stopwatch() - self._kept_at > OLD_AFTER.total_seconds()
        with suppress(sa.exc.SQLAlchemyError):  # a database that is ill is told of by whoever finds it so
            with self._database.read() as session:
                is_told = is_alarmed(session, AlertKind.NO_SHEET)
            if is_told != is_old:
                with self._database.begin() as session:
                    alarm_everywhere(session, AlertKind.NO_SHEET, is_true=is_old, now=now)
