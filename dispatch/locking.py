"""What lies in the database is locked, opened, or locked with a newer key, as the settings say, while others write."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.database import Database
from models.installation import installation
from models.keyring import keyring_of
from models.locked import LockedBytes, LockedText, as_stored, key_name_of, locked_columns, stored

# So many rows are seen to in one transaction, recordings fewer: callers wait for none of it.
_AT_ONCE, _SOUNDS_AT_ONCE = 200, 5


def lock_all(database: Database) -> int:
    """Bring everything to how the settings say that it lies; how many values were changed. Safe to break off and begin
    again. Afterwards only the key that locks is needed."""
    changed = seen_to = sum(_see_to(database, column) for column in locked_columns())
    while seen_to:  # a server that was started with older settings may have written meanwhile
        seen_to = sum(_see_to(database, column) for column in locked_columns())
        changed += seen_to
    keyring = keyring_of(database.engine.dialect)
    with database.begin() as session:
        installation(session).keys_used = [keyring.first] if keyring.first else []
    return changed


def lie_open(session: Session) -> list[str]:
    """The fields in which something lies open although there is a key that locks: "residents.address"."""
    keyring = keyring_of(session.get_bind().dialect)
    if not keyring.locks:
        return []
    return [f"{column.table.name}.{column.name}" for column in locked_columns() if _lies_open(session, column)]


def _see_to(database: Database, column: sa.Column[Any]) -> int:
    at_once = _SOUNDS_AT_ONCE if isinstance(column.type, LockedBytes) else _AT_ONCE
    changed, last_id = 0, 0
    while True:
        with database.read() as session:
            rows = session.execute(_from(column, last_id).limit(at_once)).all()
            wrong = [row_id for row_id, value in rows if _is_wrong(session, column, value)]
        if wrong:
            with database.begin() as session:
                changed += _relock(session, column, wrong)
        if len(rows) < at_once:
            return changed
        last_id = rows[-1][0]


def _from(column: sa.Column[Any], last_id: int) -> sa.Select[Any]:
    ids = column.table.c.id
    return sa.select(ids, as_stored(column)).where(ids > last_id, column.is_not(None)).order_by(ids)


def _is_wrong(session: Session, column: sa.Column[Any], value: Any) -> bool:
    """Is it locked with another key than it would be now, or not at all, or needlessly?"""
    dialect = session.get_bind().dialect
    keyring, name = keyring_of(dialect), key_name_of(value)
    if name or not keyring.locks:
        return name != keyring.first
    return bool(value) and key_name_of(_anew(column, value, dialect)) != name


def _anew(column: sa.Column[Any], value: Any, dialect: sa.Dialect) -> Any:
    kind: Any = column.type
    return kind.process_bind_param(kind.process_result_value(value, dialect), dialect)


def _relock(session: Session, column: sa.Column[Any], ids: list[int]) -> int:
    """Read once more, in the transaction that writes: somebody may have changed it meanwhile."""
    dialect, table = session.get_bind().dialect, column.table
    held = sa.select(table.c.id, as_stored(column)).where(table.c.id.in_(ids)).with_for_update()
    changed = 0
    for row_id, value in session.execute(held).all():
        if value is not None and _is_wrong(session, column, value):
            anew = stored(_anew(column, value, dialect), column)
            session.execute(sa.update(table).where(table.c.id == row_id).values({column: anew}))
            changed += 1
    return changed


def _lies_open(session: Session, column: sa.Column[Any]) -> bool:
    dialect = session.get_bind().dialect
    return any(key_name_of(_anew(column, value, dialect)) for value in _open_values(session, column))


def _open_values(session: Session, column: sa.Column[Any]) -> Iterator[Any]:
    if isinstance(column.type, LockedBytes):
        open_ = sa.func.substr(as_stored(column), 1, 5) != b"enc1:"
        yield from session.scalars(sa.select(as_stored(column)).where(open_).limit(1))
        return
    text = sa.cast(column, sa.Text)
    locked = text.startswith("enc1:" if isinstance(column.type, LockedText) else '"enc1:')
    query = sa.select(as_stored(column)).where(column.is_not(None), text != "", ~locked)
    yield from session.scalars(query.execution_options(yield_per=500))
