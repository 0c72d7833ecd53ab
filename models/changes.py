"""Which communities a transaction touched: boards ask for a version number and fetch only what changed."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

_TOUCHED = "touched communities"
_ONE_FURTHER = sa.text("UPDATE communities SET board_version = board_version + 1 WHERE id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)


def touch(session: Session, community_id: int) -> None:
    """This transaction changed something that the community's board shows."""
    session.info.setdefault(_TOUCHED, set()).add(community_id)


def note_what_is_touched(session: Session, *_: object) -> None:
    """Before a flush: every new or changed row that belongs to a community touches it."""
    rows: list[Any] = [*session.new, *(row for row in session.dirty if session.is_modified(row))]
    for row in rows:
        if getattr(row, "community_id", None) is not None:
            touch(session, row.community_id)


def raise_versions(session: Session) -> None:
    """Before the commit: one step further for every community touched."""
    session.flush()
    touched = session.info.pop(_TOUCHED, set())
    if touched:
        session.execute(_ONE_FURTHER, {"ids": sorted(touched)})


def is_written(row: Any, **values: Any) -> None:
    """What a statement has just written past the session is what this row says; nothing of it is written again."""
    for name, value in values.items():
        set_committed_value(row, name, value.astimezone(UTC) if isinstance(value, datetime) else value)
