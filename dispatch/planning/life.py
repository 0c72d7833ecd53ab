"""A simulated month: the real queue and its watch among invented people. Only moments at which something is due."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from dispatch.planning.agenda import Agenda
from dispatch.planning.network import Network
from dispatch.planning.office import Office
from dispatch.planning.plan import Plan
from dispatch.planning.residents import Residents
from dispatch.planning.town import Town, day_of, settle
from dispatch.planning.volunteers import Volunteers
from dispatch.watch import watch_once
from models.jobs import Job
from models.lifecycle import OPEN
from models.menus import Menu
from models.tasks import Alert, AlertKind, Callback
from models.traffic import Call, Delivery, Message

# What was still open when the last day was over comes to its end within this.
_RUNS_OUT = timedelta(days=2)
_PLANNED_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class _Due:
    """When the clock next has something to do, when something next leaves, and the newest alert."""

    clock_at: datetime | None
    network_at: datetime | None
    newest_alert: int

    def is_something(self, now: datetime) -> bool:
        return any(at is not None and at <= now for at in (self.clock_at, self.network_at))


class Life:
    """One town from its first day to its last, and what is left in its database."""

    def __init__(self, plan: Plan, *, each_day: Callable[[int], None] | None = None) -> None:
        """`each_day` is told the number of every day that has begun, from 0."""
        self.plan, self._each_day = plan, each_day
        self.town: Town = settle(plan)
        self._agenda = Agenda()
        self.volunteers = Volunteers(plan, self.town, self._agenda)
        self._network = Network(plan, self.town)
        self._office = Office(plan, self.town, self._agenda, self.volunteers)

    def run(self) -> None:
        """Live it. Raises RuntimeError if the queue itself failed, for then nothing here would be worth reading."""
        Residents(self.plan, self.town, self._agenda, self._office).wish()
        self._note_the_kitchen()
        self._note_the_days()
        now, end_at = day_of(0), day_of(self.plan.days) + _RUNS_OUT
        while now < end_at:
            now = max(now, self._live(now) or end_at)
        self._must_be_whole()

    def close(self) -> None:
        """Forget the town."""
        self.town.database.close()

    def _live(self, now: datetime) -> datetime | None:
        """People first, then the clock, then what both have promised leaves; returns when something happens next."""
        self._agenda.act(now)
        due = self._due()
        while due.is_something(now):
            if due.clock_at is not None and due.clock_at <= now:
                watch_once(self.town.database, now=now)
            else:
                for heard in self._network.carry(now):
                    self.volunteers.hear(heard)
            due = self._due()
            self._office.look(due.newest_alert, now)
        return _first(self._agenda.next_at, due.clock_at, due.network_at)

    def _due(self) -> "_Due":
        with self.town.database.read() as session:
            newest, *clock, text_at, call_at = session.connection().execute(_NEXT).one()
        return _Due(_first(*clock), _first(text_at, call_at), newest or 0)

    def _note_the_kitchen(self) -> None:
        """Standing orders are placed a day before the cut-off, and rounds are made at it: by the watch, unasked."""
        with self.town.database.read() as session:
            for menu in session.scalars(sa.select(Menu).order_by(Menu.id)):
                for at in (menu.cutoff_at - _PLANNED_AHEAD, menu.cutoff_at):
                    self._agenda.note(max(at, day_of(0)), self._watch)
                self._office.expect(menu.serve_until_at)

    def _watch(self, now: datetime) -> None:
        watch_once(self.town.database, now=now)

    def _note_the_days(self) -> None:
        if self._each_day is not None:
            tell = self._each_day
            for day in range(self.plan.days):
                self._agenda.note(day_of(day), lambda _now, day=day: tell(day))  # type: ignore[misc]

    def _must_be_whole(self) -> None:
        with self.town.database.read() as session:
            broken = session.scalars(sa.select(Alert.about).where(Alert.kind == AlertKind.BROKEN)).first()
        if broken is not None:
            raise RuntimeError(f"the queue failed with {broken}")


@contextmanager
def lived(plan: Plan, *, each_day: Callable[[int], None] | None = None) -> Iterator[Life]:
    """A life of that plan, lived to its end; its town is forgotten afterwards."""
    with _seldom_swept():
        life = Life(plan, each_day=each_day)
        try:
            life.run()
            yield life
        finally:
            life.close()


@contextmanager
def _seldom_swept() -> Iterator[None]:
    """The town stays in memory as long as it lives: looking through it for garbage again and again finds nothing."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _earliest(
    column: sa.orm.InstrumentedAttribute[datetime | None], *where: sa.ColumnElement[bool]
) -> sa.Select[datetime | None]:
    return sa.select(sa.func.min(column)).where(*where)


_NEXT = sa.select(
    sa.select(sa.func.max(Alert.id)).scalar_subquery(),
    _earliest(Job.due_at, Job.state.in_(OPEN)).scalar_subquery(),
    _earliest(Alert.due_at, Alert.closed_at.is_(None)).scalar_subquery(),
    _earliest(Callback.due_at, Callback.closed_at.is_(None)).scalar_subquery(),
    _earliest(Message.due_at, Message.state == Delivery.QUEUED).scalar_subquery(),
    _earliest(Call.due_at, Call.state == Delivery.QUEUED).scalar_subquery(),
)


def _first(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)
