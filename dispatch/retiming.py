"""Help is wanted at another time: whoever has it is told and may give it back, whoever is asked is asked anew."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import close_alerts_about
from dispatch.history import hold, move_with_stops, note
from dispatch.offering import take_offers_back
from dispatch.saying import what, what_job
from dispatch.taking import nudge_at, remind_at
from dispatch.telling import tell
from dispatch.twins import beside
from models.errors import Refusal
from models.jobs import Job
from models.lifecycle import State
from models.requests import HelpRequest
from models.tasks import AlertKind


def change_time(
    session: Session, request: HelpRequest, *, wanted_from: datetime, wanted_until: datetime, who: str, now: datetime
) -> None:
    """All who go there together go at the new time. The resident is told where she had been told another.

    Refuses "meal_has_its_time" for a meal, "too_late" once it has ended, "absent" on a day on which she is away.
    """
    if request.is_meal:
        raise Refusal("meal_has_its_time")
    if not request.is_open:
        raise Refusal("too_late")
    if request.resident.absence_on(request.community.local(wanted_from).date()) is not None:
        raise Refusal("absent")
    # As it is stored: what is told is compared with it once more before it leaves.
    wanted_from, wanted_until = wanted_from.astimezone(UTC), wanted_until.astimezone(UTC)
    parts = [part for part in (request, *beside(session, request)) if part.is_open]
    is_known_to_her = any(part.state is State.TAKEN for part in parts)
    for part in parts:
        _move_part(session, part, wanted_from, wanted_until, who=who, now=now)
    if is_known_to_her:
        when = blanks.span(wanted_from, wanted_until)
        tell(
            session, request.resident, "time_changed", now=now, about=request, expires_at=wanted_until,
            what=what(request), when=when,
        )  # fmt: skip


def _move_part(
    session: Session, part: HelpRequest, wanted_from: datetime, wanted_until: datetime, *, who: str, now: datetime
) -> None:
    job = part.job
    if job is None:
        raise Refusal("too_late")
    hold(session, job)
    if not job.is_open:
        raise Refusal("too_late")
    before = (part.wanted_from, part.wanted_until)
    for row in (job, part):
        row.wanted_from, row.wanted_until = wanted_from, wanted_until
    part.told_over_at = part.told_nobody_at = None
    note(session, part, "retime", who=who, now=now, why=f"{before[0].isoformat()}/{before[1].isoformat()}")
    if job.state is State.TAKEN:
        _tell_its_holder(session, job, now=now)
    else:
        _ask_anew(session, job, who=who, now=now)


def _tell_its_holder(session: Session, job: Job, *, now: datetime) -> None:
    job.lates, job.late_minutes, job.nudges, job.reminded_at = 0, 0, 0, None
    job.look_again_at(remind_at(job, taken_at=now) or nudge_at(job, now=now))
    close_alerts_about(session, f"job {job.id}", {AlertKind.LATE}, now=now)
    if job.volunteer is not None:
        tell(
            session, job.volunteer, "job_moved", now=now, about=job, expires_at=job.wanted_until, what=what_job(job),
            code=job.code, when=blanks.span(job.wanted_from, job.wanted_until),
        )  # fmt: skip


def _ask_anew(session: Session, job: Job, *, who: str, now: datetime) -> None:
    """Who said no to another time may say yes to this one."""
    take_offers_back(session, job, now=now)
    job.round, job.wave = job.round + 1, 0
    if job.state is State.WAITING:
        job.look_again_at(now)
    else:
        move_with_stops(session, job, "wait", who=who, now=now, due_at=now, why="retime")
    close_alerts_about(session, f"job {job.id}", {AlertKind.NOBODY_FOUND}, now=now)
