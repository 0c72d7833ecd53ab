"""The version of the database: how it is brought up to date, and how one that is not is told apart."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

import models.carrier_copies
import models.doubles
import models.events
import models.installation
import models.kitchens
import models.leases
import models.logins
import models.looks
import models.menus
import models.money
import models.questions
import models.recorded
import models.replies
import models.settled
import models.tasks  # with these, every table is known  # noqa: F401
from models.base import Base, Instant
from models.presence import be_present
from models.storage import sqlite_module

METADATA = Base.metadata
_FOLDER = Path(__file__).parent / "migrations"
_CURE = "scripts/linli migrate"
# Alembic keeps its context in a module, so two threads must not migrate at once.
_one_at_a_time = threading.Lock()


class WrongVersion(Exception):
    """This program and that database do not fit; the text is the sentence that says what to do."""


def migrate(url: str) -> list[str]:
    """Bring the database up to date; returns the revisions applied. Raises WrongVersion if it is newer or not ours."""
    if not is_empty(url):
        refuse_newer(revision_of(url))
    try:
        return _upgrade(url)
    except sa.exc.DBAPIError:
        # Two programs may start on one empty database: the slower one finds everything done.
        if _is_current(url):
            return []
        raise


def ensure_current(url: str) -> None:
    """Raises WrongVersion unless the database is exactly of this program's version. It is only looked at."""
    revision = None if is_empty(url) else revision_of(url)
    refuse_newer(revision)
    if revision != own_version():
        raise WrongVersion(f"The database is older than this program. Bring it up to date with: {_CURE}")


def is_behind(url: str) -> bool:
    """Is there something in it, of an older version than this program's? Raises WrongVersion if newer or not ours."""
    if is_empty(url):
        return False
    revision = revision_of(url)
    refuse_newer(revision)
    return revision != own_version()


def is_empty(url: str) -> bool:
    """Nothing in it yet? A SQLite file that does not exist is empty, and stays so."""
    if _is_missing_file(url):
        return True
    with _connected(url) as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        return not tables and _heads(connection) == ()


def as_written(kind: str, thing: Any, context: AutogenContext) -> str | Literal[False]:
    """How a column type is written in a migration: in plain SQL types, so that it needs no model to be read."""
    if kind == "type" and isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, sa.Enum):
        return f"sa.String(length={thing.length})"
    return False


def draft_migration(idea: str) -> Path:
    """Write the next migration from what the models have more than the last one, to be read through by a person."""
    number = f"{len(list(_scripts().walk_revisions())) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        _upgrade(url)
        with _one_at_a_time, _connected(url) as connection:
            config = _config(connection=connection, applied=[])
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            script = command.revision(config, idea, autogenerate=True, rev_id=number)
    path = Path(script.path)  # type: ignore[union-attr]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    return path


def own_version() -> str:
    """The version of this program's database."""
    return str(_scripts().get_current_head())


def build(url: str, revision: str) -> None:
    """Make an empty database of that version."""
    with _one_at_a_time, _connected(url, writing=True) as connection:
        command.upgrade(_config(connection=connection, applied=[]), revision)


def build_within(connection: sa.Connection) -> None:
    """Make an empty database of this program's version within a transaction that is already open."""
    with _one_at_a_time:
        command.upgrade(_config(connection=connection, applied=[]), "head")


def _upgrade(url: str) -> list[str]:
    applied: list[str] = []
    with _one_at_a_time, _connected(url, writing=True) as connection:
        command.upgrade(_config(connection=connection, applied=applied), "head")
    return applied


def _config(**attributes: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes)
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _is_current(url: str) -> bool:
    return not is_empty(url) and revision_of(url) == own_version()


def refuse_newer(revision: str | None) -> None:
    """Raises WrongVersion for a revision that this program does not know."""
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise WrongVersion(
            f"The database is from a newer version of Linli (its revision {revision[:40]!r} is unknown here). "
            "Nothing was changed. Update this program, or restore a backup made with it."
        )


def revision_of(url: str) -> str | None:
    """The revision of a database that is not empty; WrongVersion if it carries none, for then it is not ours."""
    with _connected(url) as connection:
        heads = _heads(connection)
    if len(heads) != 1:
        raise WrongVersion("The database holds tables that are not Linli's. Nothing was changed. Give an empty one.")
    return heads[0]


def _heads(connection: sa.Connection) -> tuple[str, ...]:
    return tuple(MigrationContext.configure(connection).get_current_heads())


def _is_missing_file(url: str) -> bool:
    parsed = sa.make_url(url)
    return parsed.get_backend_name() == "sqlite" and bool(parsed.database) and not Path(str(parsed.database)).exists()


@contextmanager
def _connected(url: str, *, writing: bool = False) -> Iterator[sa.Connection]:
    """A connection of its own: with SQLite's foreign keys on, rebuilding a table deletes the rows that point to it."""
    module = {"module": sqlite_module()} if sa.make_url(url).get_backend_name() == "sqlite" else {}
    engine = sa.create_engine(url, poolclass=sa.NullPool, **module)
    if engine.dialect.name == "sqlite":
        if sa.make_url(url).database in (None, "", ":memory:"):
            raise ValueError("a database in memory has no version: create its tables from the models")
        if writing:
            be_present(engine)
        event.listen(engine, "connect", _we_say_begin)
        event.listen(engine, "begin", _begin_at_once if writing else _begin)
    with engine.connect() as connection:
        yield connection


def _we_say_begin(dbapi: Any, _record: object) -> None:
    dbapi.isolation_level = None
    dbapi.execute("PRAGMA busy_timeout=5000")


def _begin_at_once(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
