"""The life cycle of requests and jobs, declared once, and the only writer of `state`."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, one_of
from models.changes import is_written, touch
from models.errors import Refusal


class State(StrEnum):
    """Where a request or a job stands."""

    POOLED = "pooled"
    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    STUCK = "stuck"
    DONE = "done"
    NOT_HOME = "not_home"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    UNMET = "unmet"


OPEN = frozenset({State.POOLED, State.WAITING, State.OFFERED, State.TAKEN, State.STUCK})
CLOSED = frozenset(State) - OPEN
_UNTAKEN = frozenset({State.WAITING, State.OFFERED, State.STUCK})
_SENT_OUT = _UNTAKEN | {State.TAKEN}

# verb → (states it may start from, state it ends in). Adding a case is adding a line.
MOVES: dict[str, tuple[frozenset[State], State]] = {
    "plan": (frozenset({State.POOLED}), State.WAITING),
    "offer": (_UNTAKEN, State.OFFERED),
    "wait": (frozenset({State.OFFERED, State.STUCK}), State.WAITING),
    "strand": (frozenset({State.WAITING, State.OFFERED}), State.STUCK),
    "take": (_UNTAKEN, State.TAKEN),
    "release": (frozenset({State.TAKEN}), State.WAITING),
    "finish": (_SENT_OUT, State.DONE),
    "miss": (_SENT_OUT, State.NOT_HOME),
    "refuse": (_SENT_OUT, State.REFUSED),
    "cancel": (OPEN, State.CANCELLED),
    "give_up": (OPEN, State.UNMET),
    "reopen": (CLOSED, State.WAITING),
}

# How long each open state may rest, in minutes, by the name of the service's own setting; None: its `due_at` is the
# moment the thing itself names (a cut-off, the end of its window), given by whoever moves it.
PATIENCE: dict[State, str | None] = {
    State.POOLED: None,
    State.WAITING: "no_minutes",
    State.OFFERED: "offer_minutes",
    State.TAKEN: None,
    State.STUCK: "acknowledge_minutes",
}

_OPEN_WORDS = ", ".join(f"'{state}'" for state in sorted(OPEN))


class SomebodyWasFaster(Refusal):
    """The row had left the state that was seen; the loser hears the kind sentence `reason`."""


class Lived:
    """A row with a life cycle. `state` is written here and nowhere else."""

    id: Mapped[int]
    community_id: Mapped[int]
    state: Mapped[State] = mapped_column(one_of(State))
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    OPEN_IS_WATCHED: ClassVar[str] = f"state NOT IN ({_OPEN_WORDS}) OR due_at IS NOT NULL"

    @property
    def is_open(self) -> bool:
        """Still something to be done?"""
        return self.state in OPEN

    def move(self, session: Session, verb: str, *, now: datetime, due_at: datetime | None = None, **also: Any) -> State:
        """Apply `verb` by an UPDATE that names the state we saw; returns the state it left.

        `also` are columns changed with it. Raises SomebodyWasFaster("too_late") when the verb does not start from the
        state this row is in, or the row has meanwhile been moved by somebody else. An open target needs `due_at`.
        """
        sources, target = MOVES[verb]
        before = self.state
        if before not in sources:
            raise SomebodyWasFaster("too_late")
        values = {**also, "state": target, "version": self.version + 1}
        values["due_at"] = due_at if target in OPEN else None
        values["closed_at"] = None if target in OPEN else now
        if self.id is None or session.is_modified(self):
            session.flush()
        seen = {"seen_id": self.id, "seen_state": before, "seen_version": self.version}
        # Past the session, so that what else waits to be written is written together, at the end.
        table = type(self).__table__  # type: ignore[attr-defined]
        moved = session.connection().execute(_as_seen(table), {**values, **seen})
        touch(session, self.community_id)
        if moved.rowcount == 0:
            session.refresh(self)
            raise SomebodyWasFaster("too_late")
        self._is_now(session, values)
        return before

    def _is_now(self, session: Session, values: dict[str, Any]) -> None:
        """What has just been written is what this row says; whatever it points to is looked up when it is asked for."""
        is_written(self, **values)
        pointers = [name for name in values if name.endswith("_id")]
        if pointers:
            session.expire(self, [name.removesuffix("_id") for name in pointers])


@cache
def _as_seen(table: sa.Table) -> sa.Update:
    """Of that table the row that is still as it was seen; what is written there comes with the values."""
    row = table.c
    seen = (row.id == sa.bindparam("seen_id"), row.state == sa.bindparam("seen_state"))
    return sa.update(table).where(*seen, row.version == sa.bindparam("seen_version"))


def rest_until(service: Base, state: State, *, now: datetime) -> datetime:
    """When a row entering `state` is next looked at, by its service's patience (a Service; see PATIENCE)."""
    setting = PATIENCE[state]
    if setting is None:
        raise ValueError(f"{state} has no patience of its own: give due_at")
    minutes: float = 0 if setting == "no_minutes" else getattr(service, setting)
    return now + timedelta(minutes=minutes)
