"""The clock moves things on: one look at everything that is due. Safe to run twice, and at the same time elsewhere.

Each item is one transaction; one that fails is set aside for a while and shown to staff, and delays nobody else.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import (
    close_alerts_about,
    due_alerts,
    due_callbacks,
    mended_itself,
    pass_on,
    raise_alert,
    remind_of_callbacks,
)
from dispatch.candidates import whom_to_ask
from dispatch.counting import menus_to_count, tell_kitchens
from dispatch.crowds import is_flood_over
from dispatch.logbook import is_guessing_over
from dispatch.minding import look_after
from dispatch.mornings import due_mornings, tell_morning
from dispatch.offering import ask_next, still_stuck
from dispatch.returns import is_of_another_day
from dispatch.rounds import close_menu, place_standing_orders
from dispatch.spending import communities_to_look_at, look_at_spending
from dispatch.timekeeping import is_set_back
from dispatch.unreached import is_called_after_all
from models.database import Database
from models.installation import held_since
from models.jobs import Job, due_jobs
from models.lifecycle import State
from models.menus import Menu, menus_to_close, menus_to_plan
from models.people import Staff
from models.places import Community
from models.tasks import Alert, AlertKind, Callback, alarmed_about, open_alerts_of

log = logging.getLogger(__name__)

_SET_ASIDE = timedelta(minutes=10)
_HELD_FOR = timedelta(minutes=1)


def _nothing(session: Session, job: Job, *, now: datetime) -> None:
    raise AssertionError(f"a {job.state} job is not due")


# What to do with a job whose next moment has come, by its state. A new open state needs a line here.
WHEN_DUE: dict[State, Callable[..., None]] = {
    State.POOLED: _nothing,  # jobs are made of pooled requests at their cut-off, and are never pooled themselves
    State.WAITING: ask_next,
    State.OFFERED: ask_next,
    State.TAKEN: look_after,
    State.STUCK: still_stuck,
}

# Of those kinds that end by themselves, though nothing of ours ends them: is such an alert over?
ENDS_BY_ITSELF: dict[AlertKind, Callable[..., bool]] = {
    AlertKind.NOT_CALLED: is_called_after_all,
    AlertKind.STRANGERS: is_flood_over,
    AlertKind.GIVES_BACK: is_of_another_day,
    AlertKind.GUESSING: is_guessing_over,
}

_Do = Callable[[Session, int, datetime], bool]


@dataclass(frozen=True)
class _Sweep:
    """One kind of due things: how they are found, and what is done with one (False: somebody else has it)."""

    name: str
    find: Callable[[Session, datetime], list[int]]
    do: _Do
    # Of what of all things an alert says that it is broken.
    broken: Collection[str] = ()
    # What can be thought of only when all that is due is known, before one after the other is done.
    plan: Callable[[Session, Sequence[int], datetime], _Do] | None = None


def watch_once(database: Database, *, now: datetime, is_wound: bool = False) -> int:
    """Do all work that is due at `now`; returns how many things were done.

    Nothing while the clock has been set back (unless somebody has wound it).
    """
    if is_set_back(database, now=now, is_wound=is_wound):
        return 0
    done, waiting = 0, iter(_SWEEPS)
    while (found := _next_due(database, waiting, now=now)) is not None:
        sweep, due = found
        done += sum(_one(database, sweep, item, now=now) for item in due)
    return done


def _next_due(database: Database, waiting: Iterator[_Sweep], *, now: datetime) -> tuple[_Sweep, list[int]] | None:
    """The next kind of which something is due, and what. One look sees all that are not: nothing was done between."""
    with database.read() as session:
        for sweep in waiting:
            if due := sweep.find(session, now):
                sweep = replace(_planned(session, sweep, due, now=now), broken=alarmed_about(session, AlertKind.BROKEN))
                return sweep, due
    return None


def _planned(session: Session, sweep: _Sweep, due: list[int], *, now: datetime) -> _Sweep:
    if sweep.plan is None or len(due) < 2:
        return sweep
    try:
        return replace(sweep, do=sweep.plan(session, due, now))
    except Exception:  # the edge: each is thought of alone then, and the one that is broken is set aside
        log.exception("the watch could not plan %s together", sweep.name)
        return sweep


def _one(database: Database, sweep: _Sweep, item: int, *, now: datetime) -> bool:
    try:
        with database.begin() as session:
            is_done = sweep.do(session, item, now)
            if is_done and f"{sweep.name} {item}" in sweep.broken:
                close_alerts_about(session, f"{sweep.name} {item}", {AlertKind.BROKEN}, now=now)
            return is_done
    except Exception:  # the edge: our own bug in one item must not stop the others
        log.exception("the watch could not do %s %s", sweep.name, item)
        _set_aside(database, sweep, item, now=now)
        return False


def _set_aside(database: Database, sweep: _Sweep, item: int, *, now: datetime) -> None:
    row_kind = _ROWS[sweep.name]
    with database.begin() as session:
        row = cast("Job | Menu | Alert | Callback | Staff | Community | None", session.get(row_kind, item))
        if row is None:
            return
        if isinstance(row, Job | Alert | Callback):
            row.due_at = now + _SET_ASIDE
        elif isinstance(row, Staff):
            row.morning_due_at = now + _SET_ASIDE
        elif isinstance(row, Community):
            row.limit_due_at = now + _SET_ASIDE
        community = row if isinstance(row, Community) else session.get_one(Community, row.community_id)
        raise_alert(
            session, community, AlertKind.BROKEN, about=f"{sweep.name} {item}", now=now, thing=f"{sweep.name} {item}"
        )


def _claim(session: Session, kind: Any, item: int, now: datetime) -> Any:
    """The row, if it is still due and nobody else has it in hand."""
    due = sa.select(kind).where(kind.id == item, kind.due_at <= now).with_for_update(skip_locked=True)
    return session.scalars(due).one_or_none()


def _plan_jobs(session: Session, due: Sequence[int], now: datetime) -> _Do:
    return partial(_do_job, chosen=whom_to_ask(session, due, now=now))


def _do_job(
    session: Session, item: int, now: datetime, *, chosen: Mapping[int, Sequence[int]] = MappingProxyType({})
) -> bool:
    job = _claim(session, Job, item, now)
    if job is None:
        return False
    if held_since(session, job.community) is not None:
        # After a restore: it may have been taken, or done, since the backup. Staff see it, and release the rest.
        job.look_again_at(now + _HELD_FOR)
        return False
    act = WHEN_DUE[job.state]
    if act is ask_next:
        act = partial(ask_next, chosen=chosen.get(item, ()))
    act(session, job, now=now)
    return True


def _do_closing(session: Session, item: int, now: datetime) -> bool:
    menu = session.get_one(Menu, item)
    if menu.closed_at is not None:
        return False
    close_menu(session, menu, who="clock", now=now)
    return True


def _do_planning(session: Session, item: int, now: datetime) -> bool:
    menu = session.scalars(
        sa.select(Menu).where(Menu.id == item, Menu.is_planned_for.is_(False)).with_for_update(skip_locked=True)
    ).one_or_none()
    return menu is not None and place_standing_orders(session, menu, now=now) >= 0


def _do_count(session: Session, item: int, now: datetime) -> bool:
    due = sa.select(Menu).where(Menu.id == item, Menu.count_due_at <= now).with_for_update(skip_locked=True)
    menu = session.scalars(due).one_or_none()
    if menu is None:
        return False
    tell_kitchens(session, menu, now=now)
    return True


def _do_alert(session: Session, item: int, now: datetime) -> bool:
    alert = _claim(session, Alert, item, now)
    if alert is not None:
        pass_on(session, alert, now=now)
    return alert is not None


def _alerts_that_are_over(session: Session, now: datetime) -> list[int]:
    alerts = open_alerts_of(session, *ENDS_BY_ITSELF)
    return [alert.id for alert in alerts if ENDS_BY_ITSELF[alert.kind](session, alert, now=now)]


def _do_over(session: Session, item: int, now: datetime) -> bool:
    alert = session.get_one(Alert, item)
    mended_itself(session, alert, now=now)
    return True


def _do_spending(session: Session, item: int, now: datetime) -> bool:
    look_at_spending(session, session.get_one(Community, item), now=now)
    return False  # nothing waits for it


def _do_callback(session: Session, item: int, now: datetime) -> bool:
    callback = _claim(session, Callback, item, now)
    if callback is not None:
        remind_of_callbacks(session, callback, now=now)
    return callback is not None


def _do_morning(session: Session, item: int, now: datetime) -> bool:
    due = sa.select(Staff).where(Staff.id == item, Staff.morning_due_at <= now).with_for_update(skip_locked=True)
    staff = session.scalars(due).one_or_none()
    return staff is not None and tell_morning(session, staff, now=now)


_SWEEPS = (
    _Sweep("planning", lambda session, now: [m.id for m in menus_to_plan(session, now)], _do_planning),
    _Sweep("closing", lambda session, now: [m.id for m in menus_to_close(session, now)], _do_closing),
    _Sweep("count", menus_to_count, _do_count),
    _Sweep("job", due_jobs, _do_job, plan=_plan_jobs),
    _Sweep("alert", due_alerts, _do_alert),
    _Sweep("spending", communities_to_look_at, _do_spending),
    _Sweep("alert over", _alerts_that_are_over, _do_over),
    _Sweep("callback", due_callbacks, _do_callback),
    _Sweep("morning", due_mornings, _do_morning),
)
_ROWS: dict[str, type[Job] | type[Menu] | type[Alert] | type[Callback] | type[Staff] | type[Community]] = {
    "planning": Menu, "closing": Menu, "count": Menu, "job": Job, "alert": Alert, "alert over": Alert,
    "spending": Community, "callback": Callback, "morning": Staff,
}  # fmt: skip
