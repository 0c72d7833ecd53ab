"""The condition of the database: which one it is, whether it keeps what it is given, whether it is whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.storage import look_through, sqlite_module


@dataclass(frozen=True)
class Condition:
    """How the database is opened by us, and what it is."""

    kind: str  # "sqlite", "postgresql"
    version: tuple[int, ...]
    revision: str
    size_bytes: int
    is_durable: bool  # what is committed survives a power cut
    why_not: str = ""  # the setting that says otherwise, by the database's own name


def condition(engine: sa.Engine) -> Condition:
    """Ask the database. Raises SQLAlchemyError when it cannot be asked."""
    with engine.execution_options(reading=True).connect() as connection:
        revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        look = _sqlite if engine.dialect.name == "sqlite" else _postgresql
        size, unsafe = look(connection)
        version = tuple(int(part) for part in connection.dialect.server_version_info or ())
    return Condition(engine.dialect.name, version, str(revision), size, not unsafe, ", ".join(unsafe))


def _sqlite(connection: sa.Connection) -> tuple[int, list[str]]:
    asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _SQLITE_WANTS}
    unsafe = [f"{name}={asked[name]}" for name, wanted in _SQLITE_WANTS.items() if asked[name] not in wanted]
    pages, page = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages) * int(page), unsafe


# 2 is FULL, 3 is EXTRA.
_SQLITE_WANTS: dict[str, tuple[Any, ...]] = {"journal_mode": ("wal",), "synchronous": (2, 3)}
# Each of these may be any other value; with this one, what was said to be committed can be lost.
_POSTGRESQL_UNSAFE = {"synchronous_commit": "off", "fsync": "off", "full_page_writes": "off"}


def _postgresql(connection: sa.Connection) -> tuple[int, list[str]]:
    asked = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in _POSTGRESQL_UNSAFE}
    unsafe = [f"{name}={value}" for name, value in asked.items() if value == _POSTGRESQL_UNSAFE[name]]
    return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0), unsafe


def damage(engine: sa.Engine, *, stopwatch: Callable[[], float], seconds: float) -> str | None:
    """What is wrong within a SQLite file: "" when it is whole; None when the time was too short to look through it."""
    if engine.dialect.name != "sqlite":
        return ""
    with engine.execution_options(reading=True).connect() as connection:
        driver: Any = connection.connection.driver_connection
        try:
            return look_through(driver, stopwatch=stopwatch, seconds=seconds)
        except sqlite_module().DatabaseError as error:
            raise sa.exc.DatabaseError("PRAGMA quick_check", None, error) from error
