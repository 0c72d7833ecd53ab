"""Columns whose content is locked while the settings name a key: words, JSON, sounds.

What is searched, compared or counted in the database cannot be: names, telephone numbers, dates, states. What is empty
stays empty, so that it can still be asked whether there is anything. Rows from before a key was named are read as they
are, until `linli encrypt` has gone over them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from models.base import Base
from models.keyring import keyring_of, name_in


class LockedText(sa.types.TypeDecorator[str]):
    """Words. `place` says in which field they stand: what is locked for one is no word in another."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str, length: int | None = None, *, stays_open: str = "") -> None:
        """`stays_open`: words of this pattern are keys that questions are asked by, nobody's own words."""
        super().__init__()
        self.place, self.length, self.stays_open = place, length, stays_open
        self._open = re.compile(stays_open, re.ASCII) if stays_open else None

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """What is locked is longer than what was typed: a server that counts letters must not count these."""
        is_counted = self.length is not None and dialect.name == "sqlite"
        return sa.String(self.length) if is_counted else sa.Text()

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if not value or (self._open is not None and self._open.fullmatch(value)):
            return value
        return keyring_of(dialect).lock(value, self.place)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return keyring_of(dialect).unlock(value, self.place) if value else value


class LockedJson(sa.types.TypeDecorator[Any]):
    """A list or an object; locked, it is one JSON string."""

    impl = sa.JSON
    cache_ok = True
    should_evaluate_none = True  # as JSON itself: None that is set is `null`

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        keyring = keyring_of(dialect)
        if not value or not keyring.locks:
            return value
        return keyring.lock(json.dumps(value), self.place)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        if not isinstance(value, str):
            return value
        return json.loads(keyring_of(dialect).unlock(value, self.place))


class LockedBytes(sa.types.TypeDecorator[bytes]):
    """A sound."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        return keyring_of(dialect).lock_bytes(value, self.place) if value else value

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        return keyring_of(dialect).unlock_bytes(value, self.place) if value else value


Locked = LockedText | LockedJson | LockedBytes
# How a column is read and written as it lies in the database.
_STORED: dict[type[Any], sa.types.TypeEngine[Any]] = {
    LockedText: sa.Text(), LockedJson: sa.JSON(), LockedBytes: sa.LargeBinary(),
}  # fmt: skip


def locked_columns() -> Iterator[sa.Column[Any]]:
    """Every column that is locked where there is a key."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.c if isinstance(column.type, Locked))


def as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """What lies in the column, as it lies there."""
    return sa.type_coerce(column, _STORED[type(column.type)])


def stored(value: Any, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """What is to lie there, as it is."""
    return sa.literal(value, _STORED[type(column.type)])


def key_name_of(value: Any) -> str:
    """With which key what lies there was locked; "": it lies open."""
    return name_in(value) if isinstance(value, str | bytes) else ""
