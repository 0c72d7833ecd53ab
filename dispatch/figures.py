"""Figures of some days, each with the list that it counts: read from indexed spans in narrow rows, not all of history.

A request belongs to the local date for which it was wanted, a call or a text to that on which it was made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from dispatch.money import first_of, next_month
from models.fates import Fate, fate_of
from models.jobs import Job
from models.lifecycle import OPEN, State
from models.menus import Menu
from models.places import Community
from models.requests import HelpRequest, MealFate
from models.traffic import Call, Direction, Outcome

MOST_DAYS = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as far as figures need it."""

    id: int
    service_id: int
    state: State
    placed_at: datetime | None  # of what is no meal
    closed_at: datetime | None  # of what was called off
    day: date
    portions: int
    meal_fate: MealFate | None
    job_id: int | None
    menu: Menu | None
    volunteer_id: int | None
    taken_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Still something to be done?"""
        return self.state in OPEN

    @property
    def fate(self) -> Fate | None:
        """What became of the meal; None: it is none."""
        return fate_of(self) if self.menu is not None else None

    @property
    def accepted_after(self) -> float | None:
        """Minutes from when it could be given out until somebody said yes; None: nobody has."""
        if self.taken_at is None:
            return None
        began = self.menu.closed_at if self.menu is not None else self.placed_at
        return max((self.taken_at - began) / timedelta(minutes=1), 0.0) if began is not None else None


class Came(StrEnum):
    """What came of a call, in the few words that a figure has."""

    ANSWERED = "answered"
    UNFINISHED = "unfinished"
    MISSED = "missed"  # nothing of ours answered
    PICKED_UP = "picked_up"
    NOT_PICKED_UP = "not_picked_up"
    TURNED_AWAY = "turned_away"


INBOUND = (Came.ANSWERED, Came.UNFINISHED, Came.MISSED)


@dataclass(frozen=True, slots=True)
class Rang:
    """One call, as far as figures need it."""

    id: int
    day: date
    hour: int
    came: Came


def asked_in(session: Session, community: Community, first: date, last: date) -> list[Asked]:
    """Everything that was wanted on these days; what several people do together is once."""
    menus, day_of = _menus(session, community, first, last), _Days(community)
    begins, ends = community.within_days(first, last)
    # Instants are what costs: those that no figure needs are not asked for.
    placed_at = sa.case((HelpRequest.menu_id.is_(None), HelpRequest.placed_at))
    closed_at = sa.case((HelpRequest.state == State.CANCELLED, HelpRequest.closed_at))
    rows = session.execute(
        sa.select(
            HelpRequest.id, HelpRequest.service_id, HelpRequest.state, placed_at, closed_at, HelpRequest.wanted_from,
            HelpRequest.portions, HelpRequest.meal_fate, HelpRequest.job_id, HelpRequest.menu_id, Job.volunteer_id,
            Job.taken_at,
        )
        .outerjoin(Job, Job.id == HelpRequest.job_id)
        .where(
            HelpRequest.community_id == community.id, HelpRequest.twin_of_id.is_(None),
            HelpRequest.wanted_from >= begins, HelpRequest.wanted_from < ends,
        )
        .order_by(HelpRequest.wanted_from, HelpRequest.id)
    )  # fmt: skip
    return [
        Asked(
            id_, service, state, placed, closed, day_of(wanted), portions, fate, job, menus.get(menu or 0), who, taken
        )
        for id_, service, state, placed, closed, wanted, portions, fate, job, menu, who, taken in rows
    ]


def rang_in(session: Session, community: Community, first: date, last: date) -> list[Rang]:
    """Every call of these days that is over."""
    begins, ends = community.within_days(first, last)
    at_once = Call.started_at == Call.ended_at
    rows = session.execute(
        sa.select(Call.id, Call.made_at, Call.direction, Call.outcome, at_once)
        .where(Call.community_id == community.id, Call.made_at >= begins, Call.made_at < ends)
        .where(Call.call_sid.is_not(None), Call.outcome.is_not(None))
        .order_by(Call.made_at, Call.id)
    )
    zone, found = community.zone_info, []
    for id_, made_at, direction, outcome, is_instant in rows:
        local = made_at.astimezone(zone)
        found.append(Rang(id_, local.date(), local.hour, came_of(direction, outcome or Outcome.HEARD, is_instant)))
    return found


def came_of(direction: Direction, outcome: Outcome, is_instant: bool | None) -> Came:
    """A call that ended in the moment in which it began was noted afterwards: nothing of ours had answered."""
    if direction is Direction.OUTBOUND:
        return Came.NOT_PICKED_UP if outcome is Outcome.NO_ANSWER else Came.PICKED_UP
    if outcome is Outcome.BLOCKED:
        return Came.TURNED_AWAY
    if outcome is Outcome.NO_ANSWER or (outcome is Outcome.UNFINISHED and is_instant):
        return Came.MISSED
    return Came.UNFINISHED if outcome is Outcome.UNFINISHED else Came.ANSWERED


def jobs_accepted(rows: Iterable[Asked]) -> list[Asked]:
    """One request for each job that somebody has taken: a round is accepted once, however many it feeds."""
    by_job = {row.job_id: row for row in rows if row.job_id is not None and row.taken_at is not None}
    return [row for row in by_job.values() if row.accepted_after is not None]


def share_at(minutes: Sequence[float], share: float) -> float | None:
    """So many of a hundred were quicker than this, or as quick; None: there are none."""
    ordered = sorted(minutes)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


def was_wanted(row: Asked) -> bool:
    """Was it asked for and not called off? Only of these can there be a share that nobody did."""
    return row.state is not State.CANCELLED


class Step(StrEnum):
    """How long one line of a table is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def steps_between(first: date, last: date, step: Step) -> list[tuple[date, date]]:
    """The first and the last day of each, cut to the span."""
    found, begins = [], first
    while begins <= last:
        after = _next(begins, step)
        found.append((begins, min(after - timedelta(days=1), last)))
        begins = after
    return found


def _next(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day + timedelta(days=1)
    if step is Step.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return next_month(first_of(day))


def _menus(session: Session, community: Community, first: date, last: date) -> dict[int, Menu]:
    rows = sa.select(Menu).where(Menu.community_id == community.id, Menu.date >= first, Menu.date <= last)
    wide = rows.options(joinedload(Menu.meal, innerjoin=True), joinedload(Menu.community, innerjoin=True))
    return {menu.id: menu for menu in session.scalars(wide)}


class _Days:
    """The local date of an instant; meals of one menu have the same, so each is thought of once."""

    def __init__(self, community: Community) -> None:
        self._zone = community.zone_info
        self._known: dict[datetime, date] = {}

    def __call__(self, instant: datetime) -> date:
        found = self._known.get(instant)
        if found is None:
            found = self._known[instant] = instant.astimezone(self._zone).date()
        return found
