"""What is known of the volunteers when a job is to be offered: gathered in a handful of queries, judged in ranking."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from dispatch.ranking import Standing
from models.jobs import Job, Offer, OfferState
from models.lifecycle import State
from models.people import Phone, Volunteer
from models.places import WEEKDAYS
from models.requests import HelpRequest

_KEPT = (State.TAKEN, State.DONE)


def standings(session: Session, job: Job, *, now: datetime) -> list[tuple[Volunteer, Standing]]:
    """Every volunteer of the job's community with what ranking needs to know."""
    volunteers = list(
        session.scalars(
            sa.select(Volunteer)
            .where(Volunteer.community_id == job.community_id)
            .options(selectinload(Volunteer.zones), selectinload(Volunteer.services))
            .order_by(Volunteer.id)
        )
    )
    local_day = job.community.local(job.wanted_from).date()
    asked = _offers_since(session, job, now - timedelta(days=7))
    done = _jobs_between(session, job, now - timedelta(days=30), now + timedelta(days=30))
    that_day = _jobs_between(session, job, *_day_of(job))
    silent = set(_phones_with(session, job, Phone.opted_out_at))
    dead = set(_phones_with(session, job, Phone.unreachable_since))
    gave_back = set(_gave_back(session, job))
    familiar = set(_familiar(session, job))
    household = {stop.resident.phone for stop in job.stops}
    return [
        (
            v,
            Standing(
                volunteer_id=v.id,
                does_service=any(service.id == job.service_id for service in v.services),
                covers_zone=any(zone.id == job.zone_id for zone in v.zones),
                works_that_day=not v.days or WEEKDAYS[local_day.weekday()] in v.days,
                is_here=v.away_until is None or v.away_until < local_day,
                is_enrolled=v.enrolled_at is not None,
                has_opted_out=v.phone in silent or v.phone is None,
                is_unreachable=v.phone in dead,
                is_household_of_a_stop=v.phone in household,
                gave_it_back=v.id in gave_back,
                jobs_that_day=that_day[v.id],
                max_per_day=v.max_per_day,
                knows_them=v.id in familiar,
                asked_lately=asked[v.id],
                done_lately=done[v.id],
            ),
        )
        for v in volunteers
    ]


def _day_of(job: Job) -> tuple[datetime, datetime]:
    local = job.community.local(job.wanted_from)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def _offers_since(session: Session, job: Job, since: datetime) -> Counter[int]:
    return _counted(
        session.execute(
            sa.select(Offer.volunteer_id, sa.func.count())
            .join(Job)
            .where(Job.community_id == job.community_id, Offer.made_at >= since)
            .group_by(Offer.volunteer_id)
        )
    )


def _jobs_between(session: Session, job: Job, start: datetime, end: datetime) -> Counter[int]:
    return _counted(
        session.execute(
            sa.select(Job.volunteer_id, sa.func.count())
            .where(
                Job.community_id == job.community_id, Job.id != job.id, Job.volunteer_id.is_not(None),
                Job.state.in_(_KEPT), Job.wanted_from >= start, Job.wanted_from < end,
            )
            .group_by(Job.volunteer_id)
        )
    )  # fmt: skip


def _counted(rows: Iterable[Any]) -> Counter[int]:
    return Counter({key: count for key, count in rows if key is not None})


def _phones_with(session: Session, job: Job, column: Any) -> Iterable[str]:
    return session.scalars(sa.select(Phone.number).where(Phone.community_id == job.community_id, column.is_not(None)))


def _gave_back(session: Session, job: Job) -> Iterable[int]:
    holds = job.volunteer_id or 0
    return session.scalars(
        sa.select(Offer.volunteer_id).where(
            Offer.job_id == job.id, Offer.state == OfferState.YES, Offer.volunteer_id != holds
        )
    )


def _familiar(session: Session, job: Job) -> Iterable[int | None]:
    people = [stop.resident_id for stop in job.stops]
    return session.scalars(
        sa.select(Job.volunteer_id)
        .join(HelpRequest, HelpRequest.job_id == Job.id)
        .where(HelpRequest.resident_id.in_(people), HelpRequest.state == State.DONE, Job.volunteer_id.is_not(None))
        .distinct()
    )
