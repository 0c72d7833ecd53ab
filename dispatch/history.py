"""Every move leaves an event; requests and jobs are moved only through here, so that none is forgotten."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.events import Event
from models.jobs import Job
from models.prepared import prepared
from models.requests import HelpRequest

CLOCK = "clock"
# After these a kitchen cooks more than it has counted, or less.
_COOKED_OTHERWISE = frozenset({"plan", "cancel", "reopen"})


def note(
    session: Session, thing: HelpRequest | Job, verb: str, *, who: str, now: datetime, before: str = "", why: str = ""
) -> None:
    """Write down what was done to a request or a job, by whom ("staff 3", "volunteer 7", "resident 2", "clock")."""
    is_request = isinstance(thing, HelpRequest)
    session.add(
        Event(
            community_id=thing.community_id,
            at=now,
            who=who,
            verb=verb,
            request_id=thing.id if is_request else None,
            job_id=thing.job_id if isinstance(thing, HelpRequest) else thing.id,
            from_state=before,
            to_state=thing.state,
            why=why[:500],
        )
    )


def move(
    session: Session,
    thing: HelpRequest | Job,
    verb: str,
    *,
    who: str,
    now: datetime,
    due_at: datetime | None = None,
    why: str = "",
    **also: Any,
) -> None:
    """Move one request or one job along its life cycle, and note it. Raises SomebodyWasFaster."""
    before = thing.move(session, verb, now=now, due_at=due_at, **also)
    note(session, thing, verb, who=who, now=now, before=before, why=why)
    if verb in _COOKED_OTHERWISE and isinstance(thing, HelpRequest) and thing.menu is not None:
        thing.menu.count_again(now)


def hold(session: Session, job: Job) -> None:
    """Nobody else moves this job or its stops until we are done; what is there now is what is seen.

    Whoever moves a job or a stop holds the job first, so that two never wait for each other.
    """
    session.flush()
    # Its key stays free: on PostgreSQL, whoever only writes a line that points to the job need not wait.
    session.refresh(job, with_for_update={"key_share": True})
    set_committed_value(job, "stops", session.scalars(*_stops_of(job.id)).all())


@prepared
def _stops_of(job_id: int) -> sa.Select[HelpRequest]:
    stops = sa.select(HelpRequest).where(HelpRequest.job_id == job_id).order_by(HelpRequest.stop_position)
    return stops.execution_options(populate_existing=True)


def move_with_stops(
    session: Session,
    job: Job,
    verb: str,
    *,
    who: str,
    now: datetime,
    due_at: datetime | None = None,
    why: str = "",
    stop_also: dict[str, Any] | None = None,
    **also: Any,
) -> None:
    """Move a job and every stop of it that is still open."""
    hold(session, job)
    move(session, job, verb, who=who, now=now, due_at=due_at, why=why, **also)
    for stop in job.open_stops:
        move(session, stop, verb, who=who, now=now, due_at=due_at, why=why, **(stop_also or {}))
