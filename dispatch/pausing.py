"""A volunteer is not here for a while, or for good: she is offered nothing then, and asked about what she still has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.candidates import candidates
from dispatch.history import hold
from dispatch.offering import decline
from dispatch.reaching import why_not_tell
from dispatch.taking import assign
from dispatch.telling import tell, withdraw_promises
from dispatch.working import release
from models.changes import touch
from models.errors import Refusal
from models.events import Event
from models.jobs import Job, open_jobs_of, open_offers_to
from models.lifecycle import State
from models.people import GONE, Absence, AbsenceKind, Volunteer

# What ends when she says that she is back.
_A_WHILE = frozenset({AbsenceKind.AWAY, AbsenceKind.HOSPITAL})
# Why a job is not even handed to somebody who has agreed to take over all of them (see dispatch.ranking).
_NOT_EVEN_IF_AGREED = frozenset({"not_this_service", "away", "own_household"})


def go_off(
    session: Session, volunteer: Volunteer, *, until: date | None, who: str, now: datetime, since: date | None = None
) -> list[Job]:
    """Off from today (or `since`) to the end of that day, or until she says that she is back; in place of what she has
    said of that time before. Returns which of her jobs are in it."""
    today = volunteer.community.local(now).date()
    since = max(since or today, today)
    for before in _of_a_while(volunteer, since):
        _drop(session, volunteer, before)
    _note(session, volunteer, "away", who=who, now=now, why=until.isoformat() if until else "")
    absence = be_absent(
        session, volunteer, kind=AbsenceKind.AWAY, from_date=since, until_date=until, who=who, now=now
    )  # fmt: skip
    return jobs_within(session, volunteer, [absence], now=now)


def come_back(session: Session, volunteer: Volunteer, *, who: str, now: datetime) -> None:
    """She is there again, from now on; if she was not away yet, she will not be."""
    today = volunteer.community.local(now).date()
    coming = [a for a in volunteer.absences if a.kind in _A_WHILE and a.lasts(today)]
    ended = _of_a_while(volunteer, today) or coming
    for absence in ended:
        _drop(session, volunteer, absence)
    if ended:
        _note(session, volunteer, "back", who=who, now=now)


def be_absent(
    session: Session,
    volunteer: Volunteer,
    *,
    kind: AbsenceKind,
    from_date: date,
    until_date: date | None,
    who: str,
    now: datetime,
) -> Absence:
    """Away, ill, moved, dead: what she was asked for in that time is put to others.

    Whoever has moved or died holds nothing any more either: it is offered again at once, and nothing is told there.
    """
    absence = Absence(kind=kind, from_date=from_date, until_date=until_date, entered_at=now)
    volunteer.absences.append(absence)
    session.flush()
    for offer in open_offers_to(session, volunteer):
        if absence.covers(_day_of(offer.job)):
            decline(session, offer, who=who, now=now)
    if kind in GONE:
        _hold_nothing(session, volunteer, absence, who=who, now=now)
    touch(session, volunteer.community_id)
    return absence


def end_absence(session: Session, volunteer: Volunteer, absence: Absence) -> None:
    """She is back, or it was a mistake."""
    _drop(session, volunteer, absence)
    touch(session, volunteer.community_id)


def give_back(
    session: Session, volunteer: Volunteer, jobs: Iterable[Job], *, who: str, now: datetime, why: str = ""
) -> int:
    """All of these that are still hers in one move: each is offered again at once, and she is told once."""
    codes = []
    for job in jobs:
        hold(session, job)
        if job.volunteer_id == volunteer.id and job.state is State.TAKEN:
            release(session, job, who=who, now=now, why=why, former_is_told=False)
            codes.append(job.code)
    _tell_once(session, volunteer, codes, who=who, now=now)
    return len(codes)


@dataclass(frozen=True)
class HandedOver:
    """What another volunteer has now, and what stays with a reason: a key of the board's words for candidates."""

    jobs: list[Job]
    kept: list[tuple[Job, str]]


def hand_over(
    session: Session, volunteer: Volunteer, jobs: Iterable[Job], to: Volunteer, *, who: str, now: datetime
) -> HandedOver:
    """All of these that are still hers to one other volunteer, who has agreed: that one is told of each, she once.

    Refuses as `taking.assign` does. What that one does not do, or is not here for, stays.
    """
    handed = HandedOver([], [])
    if hindrance := why_not_tell(session, to, now=now):
        raise Refusal(hindrance)
    for job in jobs:
        hold(session, job)
        if job.volunteer_id != volunteer.id or job.state is not State.TAKEN:
            continue
        reason = _why_not_to(session, job, to, now=now)
        if reason:
            handed.kept.append((job, reason))
        else:
            assign(session, job, to, who=who, now=now, former_is_told=False)
            handed.jobs.append(job)
    _tell_once(session, volunteer, [job.code for job in handed.jobs], who=who, now=now)
    return handed


def _why_not_to(session: Session, job: Job, to: Volunteer, *, now: datetime) -> str:
    reasons = next((c.reasons for c in candidates(session, job, now=now) if c.volunteer.id == to.id), [])
    return next((reason for reason in reasons if reason in _NOT_EVEN_IF_AGREED), "")


def _tell_once(session: Session, volunteer: Volunteer, codes: list[int], *, who: str, now: datetime) -> None:
    """Which of her jobs are no longer hers; whoever gave them back herself knows, and the dead are told nothing."""
    if codes and who.startswith("staff") and not volunteer.is_gone(volunteer.community.local(now).date()):
        tell(session, volunteer, "jobs_withdrawn", now=now, codes={"$list": [str(code) for code in codes]})


def jobs_within(session: Session, volunteer: Volunteer, absences: Iterable[Absence], *, now: datetime) -> list[Job]:
    """Which of the jobs that she holds are on days on which she is not here; what is late is for today."""
    away, today = list(absences), volunteer.community.local(now).date()
    held = open_jobs_of(session, volunteer)
    return [job for job in held if any(a.covers(max(_day_of(job), today)) for a in away)]


def _hold_nothing(session: Session, volunteer: Volunteer, absence: Absence, *, who: str, now: datetime) -> None:
    if absence.covers(volunteer.community.local(now).date()):
        withdraw_promises(session, volunteer)
    give_back(
        session, volunteer, jobs_within(session, volunteer, [absence], now=now), why=absence.kind, who=who, now=now
    )


def _of_a_while(volunteer: Volunteer, day: date) -> list[Absence]:
    return [a for a in volunteer.absences if a.kind in _A_WHILE and a.covers(day)]


def _drop(session: Session, volunteer: Volunteer, absence: Absence) -> None:
    volunteer.absences.remove(absence)
    session.delete(absence)
    session.flush()


def _day_of(job: Job) -> date:
    return job.community.local(job.wanted_from).date()


def _note(session: Session, volunteer: Volunteer, verb: str, *, who: str, now: datetime, why: str = "") -> None:
    session.add(Event(community_id=volunteer.community_id, at=now, who=who, verb=verb, why=why))
