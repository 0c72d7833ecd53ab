"""Rows of a database server, copied to a SQLite file of the same tables and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import ColumnElement

from models.keyring import NO_KEYS, Keyring
from models.storage import sqlite_module

_AT_ONCE = 1000
# Recordings are large: fewer of them are held in memory.
_LARGE_AT_ONCE = 20
# Which tables there are is read from the file, for it may be of an older version than the models.
_NOT_ROWS = ("alembic_version",)


class _Written(sa.types.TypeDecorator[Any]):
    """JSON as the text that it is: `null` in JSON and nothing at all are two things."""

    impl = sa.Text
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return sa.cast(column, sa.Text)

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> ColumnElement[Any]:
        return sa.cast(sa.type_coerce(bindparam, sa.Text), postgresql.JSON)


def size_of(url: str) -> int:
    """How many bytes the database takes on its server."""
    with _server(url) as connection:
        return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)


def copy_to_file(url: str, file: Path, *, build: Callable[[str, str], None]) -> tuple[str, dict[str, int]]:
    """Everything as it is at one moment, in one read transaction; `build(url, revision)` makes the empty tables.

    Returns the revision, and how many rows the server said each table has.
    """
    with _server(url) as source:
        revision = str(source.scalar(sa.text("SELECT version_num FROM alembic_version")))
        build(f"sqlite:///{file}", revision)
        with opened_file(file) as target:
            tables = _tables_of(target)
            for table in tables:
                _pour(source, _on_server(table), target, table)
            counted = {table.name: _how_many(source, table) for table in tables}
            _keep_counters(source, target, tables)
        return revision, counted


def copy_from_file(file: Path, connection: sa.Connection) -> None:
    """Everything in the file into the empty tables of a server, in the transaction that is open there."""
    connection.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))
    with opened_file(file) as source:
        tables = _tables_of(source)
        for table in tables:
            _pour(source, table, connection, _on_server(table))
        for table in tables:
            if "id" in table.c:
                _set_counter(connection, table.name, counter_of_file(source, table.name))


@contextmanager
def opened_file(file: Path, keyring: Keyring = NO_KEYS) -> Iterator[sa.Connection]:
    """One transaction on a SQLite file that nobody else has open, committed at the end."""
    engine = sa.create_engine(f"sqlite:///{file}", module=sqlite_module(), poolclass=sa.NullPool)
    engine.dialect.keyring = keyring  # type: ignore[attr-defined]
    event.listen(engine, "connect", _unhurried)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        yield connection


def _unhurried(dbapi: Any, _record: object) -> None:
    dbapi.isolation_level = None
    dbapi.execute("PRAGMA synchronous=off")  # whoever places the file sees to it that it is on the disk


@contextmanager
def _server(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            connection.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))
            yield connection


def _tables_of(file: sa.Connection) -> list[sa.Table]:
    """As the file has them, in the order in which they may be filled."""
    metadata = sa.MetaData()
    event.listen(metadata, "column_reflect", _plainly)
    metadata.reflect(file, only=lambda name, _: name not in _NOT_ROWS)
    return metadata.sorted_tables


def _plainly(_inspector: object, _table: object, column: Any) -> None:
    """JSON stays text, and instants are instants of UTC on both sides."""
    kind = column["type"].as_generic()
    column["type"] = sa.Text() if isinstance(kind, sa.JSON) else kind
    column["info"] = {"is_json": isinstance(kind, sa.JSON)}


def _on_server(table: sa.Table) -> sa.TableClause:
    return sa.table(
        table.name, *(sa.column(c.name, _Written() if c.info["is_json"] else _aware(c.type)) for c in table.c)
    )


def _aware(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return sa.DateTime(timezone=True) if isinstance(kind, sa.DateTime) else kind


def _pour(source: sa.Connection, out: Any, target: sa.Connection, into: Any) -> None:
    is_large = any(isinstance(column.type, sa.LargeBinary) for column in out.c)
    found = source.execution_options(stream_results=True).execute(sa.select(out))
    for rows in found.mappings().partitions(_LARGE_AT_ONCE if is_large else _AT_ONCE):
        target.execute(into.insert(), [dict(row) for row in rows])


def _how_many(source: sa.Connection, table: sa.Table) -> int:
    return int(source.scalar(sa.select(sa.func.count()).select_from(sa.table(table.name))) or 0)


def _keep_counters(source: sa.Connection, target: sa.Connection, tables: list[sa.Table]) -> None:
    """How far the ids have come, which can be further than the rows that are left say."""
    for table in tables:
        if "id" in table.c and has_counters(target):
            write_counter(target, table.name, counter_of_server(source, table.name))


def counter_of_server(connection: sa.Connection, table: str) -> int:
    """The last id that was given out on the server; 0: none."""
    sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table, "id")))
    last = connection.scalar(sa.select(sa.func.pg_sequence_last_value(sa.cast(sequence, postgresql.REGCLASS))))
    return int(last or 0)


def has_counters(file: sa.Connection) -> bool:
    """Do the tables of that file count on by themselves? Those of the first versions did not."""
    return file.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").scalar() is not None


def counter_of_file(file: sa.Connection, table: str) -> int:
    """The last id that was given out in that table of a SQLite file; 0: none."""
    if not has_counters(file):
        return int(file.exec_driver_sql(f'SELECT max(id) FROM "{table}"').scalar() or 0)  # noqa: S608 - our own name
    found = file.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table}).scalar()
    return int(found or 0)


def write_counter(file: sa.Connection, table: str, last: int) -> None:
    """The next id given out in that table of a SQLite file is the one after `last`."""
    file.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
    file.execute(
        sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": table, "last": last}
    )


def _set_counter(connection: sa.Connection, table: str, last: int) -> None:
    if last:
        connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table, "id"), last)))
