"""Is the clock to be trusted? The newest instant seen is kept; while the clock shows less, nothing is timed by it."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from dispatch.everywhere import alarm_everywhere
from models.database import Database
from models.installation import Installation, installation
from models.tasks import AlertKind

# Clocks are set right by seconds all the time; by more than this, something is wrong.
TOLERATED = timedelta(minutes=2)
_KEPT_EVERY = timedelta(seconds=5)
_NEWEST_AT = sa.select(Installation.newest_at)


def is_set_back(database: Database, *, now: datetime, is_wound: bool) -> bool:
    """Does the clock show less than has been seen? Then nothing may be done that is due by it, and staff are alarmed.

    A clock that somebody winds (training, demonstration) is believed, whatever it shows.
    """
    with database.read() as session:
        newest = session.scalars(_NEWEST_AT).one_or_none()
    if newest is not None and now < newest - TOLERATED and not is_wound:
        with database.begin() as session:
            alarm_everywhere(session, AlertKind.CLOCK, is_true=True, now=now)
        return True
    if newest is None or abs(now - newest) >= _KEPT_EVERY:
        with database.begin() as session:
            installation(session).newest_at = now
            alarm_everywhere(session, AlertKind.CLOCK, is_true=False, now=now)
    return False
