"""The database: how it is opened so that what is committed stays committed, and what ails it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker

from models.changes import note_what_is_touched, raise_versions
from models.keyring import NO_KEYS, Keyring
from models.presence import be_present
from models.storage import Trouble, sqlite_module, trouble_of
from models.turns import Turns

# busy_timeout comes first: without it, even switching to WAL fails under load. FULL: what a caller was told is done
# survives a power cut. What is deleted is overwritten: whoever is forgotten is not to be found in the file either.
_PRAGMAS = ("busy_timeout=5000", "journal_mode=wal", "synchronous=full", "foreign_keys=on", "secure_delete=on")

_WROTE = "has written"
# One for each thread of the server, and some for the sweeps: nobody waits for a connection.
_POOL: dict[str, Any] = {"pool_size": 32, "max_overflow": 16}
# What our connections are called on a database server.
APPLICATION = "linli"

# All writers to one file in this process stand in one line, whoever opened it.
_writers: dict[str, Turns] = {}


# At DEBUG SQLAlchemy writes every row that it reads into its log, whatever of the parameters is hidden.
logging.getLogger("sqlalchemy.engine.Engine").addFilter(lambda line: line.levelno > logging.DEBUG)


def _durable(dbapi: Any, _record: object) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_at_once(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote between: so all begin as writers.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def _note_writing(session: Session, _context: object) -> None:
    session.info[_WROTE] = True


def _note_statement(statement: ORMExecuteState) -> None:
    if not statement.is_select:
        statement.session.info[_WROTE] = True


def _without_the_row(context: sa.engine.ExceptionContext) -> None:
    # PostgreSQL tells the whole row that it refused, behind the first line: who that is, is not for the log.
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def open_engine(url: str, keyring: Keyring = NO_KEYS) -> sa.Engine:
    """An engine for `sqlite:///file.db`, or `postgresql+psycopg://…`; `keyring` locks and opens what is personal."""
    engine = _engine(url)
    engine.dialect.keyring = keyring  # type: ignore[attr-defined]  # what a column's type is told of
    return engine


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        # The name is how a restore sees that somebody is there.
        engine = sa.create_engine(
            url, pool_pre_ping=True, isolation_level="READ COMMITTED", hide_parameters=True, **_POOL,
            connect_args={"application_name": APPLICATION},
        )  # fmt: skip
        event.listen(engine, "handle_error", _without_the_row)
        return engine
    # hide_parameters: what people are called and what they said is not for the log.
    engine = sa.create_engine(
        url,
        module=sqlite_module(),
        connect_args={"check_same_thread": False, "timeout": 5},
        hide_parameters=True,
        **({} if sa.make_url(url).database in (None, "", ":memory:") else _POOL),
    )
    be_present(engine)
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin_at_once)
    return engine


@dataclass
class Health:
    """What the last unit of work found wrong with the storage; None: it was written."""

    trouble: Trouble | None = None


class Database:
    """Units of work on one engine. `after_commit` is called once after every one that wrote."""

    def __init__(
        self, engine: sa.Engine, *, after_commit: Callable[[], None] | None = None, health: Health | None = None
    ) -> None:
        """`health` is shared by all who work on the same storage."""
        self.engine = engine
        self.after_commit = after_commit
        self.health = health or Health()
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._readers = sessionmaker(engine.execution_options(reading=True), expire_on_commit=False)
        event.listen(self._sessions, "before_flush", note_what_is_touched)
        event.listen(self._sessions, "before_commit", raise_versions)
        event.listen(self._sessions, "after_flush", _note_writing)
        event.listen(self._sessions, "do_orm_execute", _note_statement)
        self._line = _writers.setdefault(str(engine.url), Turns()) if engine.dialect.name == "sqlite" else None

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by any error, and never held while the network works.

        Raises Busy when the line of writers does not move. What was found wrong with the storage is in `health`.
        """
        with self._looked_after(), self._line.one() if self._line else nullcontext(), self._sessions.begin() as session:
            yield session
        if session.info.pop(_WROTE, False):
            self.health.trouble = None
        if self.after_commit is not None:
            self.after_commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look at what is committed, which waits for no writer; nothing of it is kept."""
        with self._looked_after(), self._readers() as session:
            yield session

    @contextmanager
    def _looked_after(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            self.health.trouble = trouble_of(error) or self.health.trouble
            raise
