"""The order in which staff want people visited: learned from what they change, and kept as who comes behind whom."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.history import hold, note
from models.changes import touch
from models.errors import Refusal
from models.jobs import Job
from models.lifecycle import State
from models.people import Resident
from models.requests import HelpRequest

# Whose rounds nobody has yet, so that the order of their doors can still be another today.
_FREE = frozenset({State.WAITING, State.OFFERED, State.STUCK})


def visit_behind(session: Session, stop: HelpRequest, before: HelpRequest | None, *, who: str, now: datetime) -> None:
    """From now on she is visited right behind that other one (None: first of all); today too, while nobody has the
    round yet. Whoever came behind her comes behind whoever she came behind.

    Refuses "too_late" for what is on no round, or on a round of another meal.
    """
    job = stop.job
    if (
        job is None
        or not job.is_round
        or (before is not None and (before.job is None or before.menu_id != stop.menu_id))
    ):
        raise Refusal("too_late")
    _learn(session, stop.resident, before.resident if before is not None else None, job)
    if before is not None and before.job is not job:
        _move_to(session, stop, before.job, who=who, now=now)
        job = stop.job
    if job is not None and job.state in _FREE:
        _put_in_order(session, job, stop, before)
    note(session, stop, "walk", who=who, now=now)
    touch(session, stop.community_id)


def forget_order(session: Session, resident: Resident) -> None:
    """Where she is visited is nobody's wish any more; whoever came behind her comes behind nobody."""
    resident.follows_id = None
    for behind in _behind(session, resident):
        behind.follows_id = None
    touch(session, resident.community_id)


def _learn(session: Session, resident: Resident, before: Resident | None, job: Job) -> None:
    for behind in _behind(session, resident):
        behind.follows_id = resident.follows_id
    if before is None:
        first = next((one.resident for one in job.open_stops if one.resident_id != resident.id), None)
        resident.follows_id = None
        if first is not None and first.follows_id is None:
            first.follows_id = resident.id
        return
    for behind in _behind(session, before):
        if behind is not resident:
            behind.follows_id = resident.id
    resident.follows_id = before.id


def _behind(session: Session, resident: Resident) -> list[Resident]:
    session.flush()
    rows = sa.select(Resident).where(Resident.follows_id == resident.id, Resident.community_id == resident.community_id)
    return list(session.scalars(rows.order_by(Resident.id)))


def _move_to(session: Session, stop: HelpRequest, other: Job | None, *, who: str, now: datetime) -> None:
    """To another round of the same meal, while nobody has either of them."""
    job = stop.job
    if job is None or other is None or job.state not in _FREE or other.state is not job.state:
        return  # not today; from the next time on
    for one in sorted((job, other), key=lambda each: each.id):
        hold(session, one)
    if job.state not in _FREE or other.state is not job.state or len(job.open_stops) == 1:
        return
    stop.job, stop.stop_position = other, len(other.stops)
    stop.due_at = other.due_at
    note(session, stop, "moved", who=who, now=now, why=f"{job.code} → {other.code}")
    session.flush()
    session.expire(job, ["stops"])
    session.expire(other, ["stops"])
    _number(job)


def _put_in_order(session: Session, job: Job, stop: HelpRequest, before: HelpRequest | None) -> None:
    hold(session, job)
    others = [one for one in job.stops if one is not stop]
    at = others.index(before) + 1 if before in others else 0
    others.insert(at, stop)
    for position, one in enumerate(others):
        one.stop_position = position
    session.flush()
    session.expire(job, ["stops"])


def _number(job: Job) -> None:
    for position, one in enumerate(job.stops):
        one.stop_position = position
