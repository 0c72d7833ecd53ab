"""An id is never used twice: SQLite counts on by itself, and a restore can make it jump ahead."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
_INDEXES = sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL")


def upgrade() -> None:
    """Forward. PostgreSQL has always counted on by itself."""
    for name, written in _tables():
        counting = re.sub(r",?\s*CONSTRAINT \w+ PRIMARY KEY \(id\)", "", written)
        counting = re.sub(r"\bid INTEGER NOT NULL\b", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", counting)
        if counting != written:
            _rebuild(name, counting)


def downgrade() -> None:
    """Back."""
    for name, written in _tables():
        plain = written.replace(" PRIMARY KEY AUTOINCREMENT", "")
        if plain != written:
            end = plain.rindex(")")
            _rebuild(name, f"{plain[:end].rstrip()}, CONSTRAINT pk_{name} PRIMARY KEY (id)\n)")


def _tables() -> list[tuple[str, str]]:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return []
    return [(row.name, row.sql) for row in connection.execute(_TABLES)]


def _rebuild(name: str, written: str) -> None:
    """The same table and rows by another definition. https://www.sqlite.org/lang_altertable.html#otheralter"""
    connection = op.get_bind()
    indexes = [row.sql for row in connection.execute(_INDEXES, {"name": name})]
    rebuilt = re.sub(rf'^CREATE TABLE "?{name}"?', f'CREATE TABLE "_new_{name}"', written, count=1)
    columns = ", ".join(f'"{row.name}"' for row in connection.exec_driver_sql(f'PRAGMA table_info("{name}")'))
    connection.exec_driver_sql(rebuilt)
    connection.exec_driver_sql(f'INSERT INTO "_new_{name}" ({columns}) SELECT {columns} FROM "{name}"')  # noqa: S608 - our own names
    connection.exec_driver_sql(f'DROP TABLE "{name}"')
    connection.exec_driver_sql(f'ALTER TABLE "_new_{name}" RENAME TO "{name}"')
    for index in indexes:
        connection.exec_driver_sql(index)
