"""What should lie with the carrier no more is deleted there: recordings that we have, and whoever is forgotten."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from models.carrier_copies import CarrierCopy
from models.database import Database
from voice.carrier.errors import CarrierError
from voice.carrier.ways import Ways

log = logging.getLogger(__name__)

_AT_ONCE = 20
# A call can be deleted once it is over, a text once it has arrived. After three days a person must see to it there.
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 180, 720, 1440, 2880))


def wipe_due(database: Database, ways: Ways, *, now: datetime) -> int:
    """Have the carrier delete what is due; how many it was asked for."""
    with database.read() as session:
        due = sa.select(CarrierCopy.id, CarrierCopy.kind, CarrierCopy.sid).where(CarrierCopy.due_at <= now)
        rows = session.execute(due.order_by(CarrierCopy.due_at).limit(_AT_ONCE)).all()
    for row_id, kind, sid in rows:
        _wipe(database, ways, row_id, kind, sid, now=now)
    return len(rows)


def _wipe(database: Database, ways: Ways, row_id: int, kind: str, sid: str, *, now: datetime) -> None:
    try:
        ways.each(lambda carrier: carrier.delete(kind, sid))
    except CarrierError as error:
        with database.begin() as session:
            row = session.get(CarrierCopy, row_id)
            if row is not None:
                row.attempts += 1
                gives_up = row.attempts > len(_PAUSES)
                row.due_at = None if gives_up else now + _PAUSES[row.attempts - 1]
        log.warning("the carrier did not delete %s %s: %s", kind, row_id, error.code)
        return
    with database.begin() as session:
        session.execute(sa.delete(CarrierCopy).where(CarrierCopy.id == row_id))
