"""A job in somebody's hands is minded: reminded of, asked after, late; who waits is told, and asked when in doubt."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import close_alerts_about, raise_alert
from dispatch.asking_after import ask_whether_it_came
from dispatch.history import note
from dispatch.saying import what, what_job
from dispatch.taking import nudge_at
from dispatch.telling import tell
from models.jobs import Job
from models.people import Volunteer
from models.tasks import AlertKind

# "Late" without a number counts as so much; more than the most, or more often, staff get to know.
_LATE_MINUTES, _MOST_LATE_MINUTES, _MOST_LATES = 20, 60, 2


def look_after(session: Session, job: Job, *, now: datetime) -> None:
    """A taken job is due: its holder is reminded shortly before its time, and asked after it when it should be done."""
    asked_at = nudge_at(job, now=job.taken_at or now)
    if job.nudges > 0 or now >= asked_at:
        nudge(session, job, now=now)
        return
    if now < job.wanted_from and job.reminded_at is None and not job.community.is_quiet(now):
        _remind(session, job, now=now)
    job.look_again_at(asked_at)


def _remind(session: Session, job: Job, *, now: datetime) -> None:
    job.reminded_at = now
    if job.volunteer is not None:
        tell(
            session, job.volunteer, "job_soon", now=now, about=job, what=what_job(job), code=job.code,
            when=blanks.span(job.wanted_from, job.wanted_until), expires_at=job.wanted_from,
        )  # fmt: skip


def run_late(session: Session, job: Job, *, minutes: int | None, who: str, now: datetime) -> bool:
    """Its holder will be later, by so many minutes if they were said: whoever waits is told, and the job is asked after
    later. Too late, or too often, and staff get to know as well: True then."""
    holder, by = job.volunteer, min(minutes or _LATE_MINUTES, _MOST_LATE_MINUTES)
    is_too_much = job.lates >= _MOST_LATES or (minutes or 0) > _MOST_LATE_MINUTES
    _tell_of_delay(session, job, minutes, who=who, now=now)
    job.lates += 1
    if is_too_much:
        _alarm_late(session, job, now=now)
        return True
    close_alerts_about(session, f"job {job.id}", {AlertKind.LATE}, now=now)
    job.late_minutes += by
    is_reminded_first = job.reminded_at is None and job.due_at is not None and job.due_at < job.wanted_from
    if holder is not None and job.due_at is not None and not is_reminded_first:
        job.look_again_at(max(job.due_at, now) + timedelta(minutes=by))
    return False


def _tell_of_delay(session: Session, job: Job, minutes: int | None, *, who: str, now: datetime) -> None:
    helper = job.volunteer.helper_name if job.volunteer else ""
    for stop in job.open_stops:
        note(session, stop, "late", who=who, now=now, why=str(minutes or ""))
        said: dict[str, blanks.Blank] = {"helper": helper, "what": what(stop)}
        if minutes:
            said["minutes"] = minutes
        tell(session, stop.resident, "later_by" if minutes else "later", now=now, about=stop, **said)


def nudge(session: Session, job: Job, *, now: datetime) -> None:
    """A taken job is not finished in time: first the volunteer is reminded, then staff are alarmed, and
    whoever waits is asked; for meals at the latest when the last should have been eaten warm."""
    again = now + timedelta(minutes=max(job.service.nudge_minutes, 1))
    over = job.wanted_until + timedelta(minutes=job.late_minutes)
    holder: Volunteer | None = job.volunteer
    if job.nudges == 0 and holder is not None:
        tell(session, holder, "nudge", now=now, about=job, what=what_job(job), code=job.code)
    if job.nudges > 0 or now >= over:
        _alarm_late(session, job, now=now)
        for stop in job.open_stops:
            ask_whether_it_came(session, stop, now=now)
    job.nudges += 1
    job.look_again_at(min(again, over) if job.is_round and now < over else again)


def _alarm_late(session: Session, job: Job, *, now: datetime) -> None:
    holder = job.volunteer
    raise_alert(
        session, job.community, AlertKind.LATE, about=f"job {job.id}", now=now, job=job, what=what_job(job),
        zone=job.zone.name, code=job.code, helper=holder.name if holder else "",
        phone=blanks.number(holder.phone) if holder and holder.phone else "",
    )  # fmt: skip
