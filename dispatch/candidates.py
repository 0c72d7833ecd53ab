"""Who can be asked about a job, in the order of the queue, and why; and who is next, also for many jobs at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import zip_longest

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from dispatch.ranking import Standing, hindrances, is_only_resting, rank, reasons
from dispatch.standings import Known
from dispatch.waves import Wish, spread
from models.jobs import Job
from models.lifecycle import State
from models.people import Volunteer

_IS_PUT_TO_THEM = (State.WAITING, State.OFFERED)
# What is wanted on a later day is offered the day before, from this hour on: there is time left to ask others.
_DAY_BEFORE = time(10)


@dataclass(frozen=True)
class Candidate:
    """A volunteer for a job, and why or why not: `reasons` are catalog keys."""

    volunteer: Volunteer
    is_eligible: bool
    reasons: list[str]
    standing: Standing


def candidates(session: Session, job: Job, *, now: datetime) -> list[Candidate]:
    """All volunteers for a job, those who can be asked first and in the order of the queue."""
    known = Known(session, [job], now=now, is_everybody_named=True)
    people = {standing.volunteer_id: (volunteer, standing) for volunteer, standing in known.of(job)}
    able = rank(standing for _, standing in people.values())
    first = [Candidate(people[s.volunteer_id][0], True, reasons(s), s) for s in able]
    others = [Candidate(v, False, hindrances(s), s) for v, s in people.values() if hindrances(s)]
    return first + others


def asked_already(job: Job) -> set[int]:
    """Ids of the volunteers who have been asked about it since it was begun anew."""
    return {offer.volunteer_id for offer in job.offers if offer.round == job.round}


def not_before(job: Job, *, now: datetime) -> datetime:
    """The first moment from now on at which it may be put to anybody: in the day, and not days ahead."""
    community = job.community
    eve = community.local(job.wanted_from).date() - timedelta(days=1)
    is_early = job.wave == 0 and eve > community.local(now).date()
    return community.after_quiet(community.at(eve, _DAY_BEFORE) if is_early else now)


def whom_to_ask(session: Session, job_ids: Sequence[int], *, now: datetime) -> dict[int, list[int]]:
    """For jobs that are due at once, whom to ask about which: job id → volunteer ids, the best for all together.

    A job that is not to be put to anybody now is left out.
    """
    due = sa.select(Job).where(Job.id.in_(job_ids), Job.state.in_(_IS_PUT_TO_THEM)).order_by(Job.id)
    by_community: dict[int, list[Job]] = defaultdict(list)
    for job in session.scalars(due.options(selectinload(Job.offers), selectinload(Job.stops))):
        if not job.is_past(now) and not_before(job, now=now) <= now:
            by_community[job.community_id].append(job)
    chosen: dict[int, list[int]] = {}
    for together in by_community.values():
        known = Known(session, together, now=now)
        chosen |= _one_part_each(spread({job.id: _wish(known, job) for job in together}), together)
    return chosen


def _one_part_each(chosen: dict[int, list[int]], jobs: Sequence[Job]) -> dict[int, list[int]]:
    """Whoever is chosen for several parts of one visit is asked about the one for which fewest are."""
    visits: dict[int, list[int]] = defaultdict(list)
    for job in jobs:
        for stop in job.stops:
            visits[stop.visit_id].append(job.id)
    for parts in visits.values():
        if len(parts) > 1:
            chosen = {**chosen, **_dealt_out({job: chosen.get(job, []) for job in parts})}
    return chosen


def _dealt_out(parts: dict[int, list[int]]) -> dict[int, list[int]]:
    dealt: dict[int, list[int]] = {job: [] for job in parts}
    for volunteer in dict.fromkeys(one for wave in zip_longest(*parts.values()) for one in wave if one is not None):
        dealt[min((job for job in parts if volunteer in parts[job]), key=lambda job: len(dealt[job]))].append(volunteer)
    return dealt


def next_wave(known: Known, job: Job, *, chosen: Sequence[int]) -> list[Volunteer]:
    """Whom to ask next about one job: those `chosen` a moment ago, if all of them still can be; else chosen anew."""
    people = {volunteer.id: volunteer for volunteer in known.volunteers}
    if chosen and not asked_already(job) & set(chosen):
        able = {volunteer.id for volunteer, standing in known.of(job, only=chosen) if not hindrances(standing)}
        if able == set(chosen):
            return [people[one] for one in chosen]
    return [people[one] for one in spread({job.id: _wish(known, job)})[job.id]]


def everybody_left(known: Known, job: Job) -> list[Volunteer]:
    """Whoever can be asked and has not been, in the order of the queue."""
    asked = asked_already(job)
    people = {volunteer.id: volunteer for volunteer in known.volunteers}
    able = rank(standing for _, standing in known.of(job) if standing.volunteer_id not in asked)
    return [people[standing.volunteer_id] for standing in able]


def somebody_wakes_at(known: Known, job: Job, *, now: datetime) -> datetime | None:
    """When the first of those who only rest can be asked; None: nobody rests."""
    asked = asked_already(job)
    wakes = [
        job.community.next_at(volunteer.quiet_until, now)
        for volunteer, standing in known.of(job)
        if volunteer.quiet_until and is_only_resting(standing) and volunteer.id not in asked
    ]
    return job.community.after_quiet(min(wakes)) if wakes else None


def _wish(known: Known, job: Job) -> Wish:
    asked = asked_already(job)
    able = rank(standing for _, standing in known.of(job) if standing.volunteer_id not in asked)
    return Wish(able, wave_size=job.service.wave_size, wave=job.wave + 1, is_urgent=job.service.is_urgent)
