"""What is known of the volunteers when jobs are to be offered: gathered in a handful of queries, judged in ranking."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from dispatch.ranking import Standing
from models.jobs import Job, Offer, OfferState
from models.lifecycle import State
from models.nearness import metres_between
from models.people import Phone, Volunteer, never_together
from models.places import Community
from models.requests import HelpRequest

_KEPT = (State.TAKEN, State.DONE)
_LATELY, _MONTH = timedelta(days=7), timedelta(days=30)
# Offers that say something about how often somebody says yes.
_ANSWERED = (OfferState.YES, OfferState.NO, OfferState.EXPIRED, OfferState.TOO_LATE)
_SAID_YES = (OfferState.YES, OfferState.TOO_LATE)


@dataclass
class _Asked:
    """How often somebody was asked, and what she said."""

    today: int = 0
    lately: int = 0
    answered: int = 0
    said_yes: int = 0
    open_jobs: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Kept:
    """A job that somebody has or has done."""

    job_id: int
    wanted_from: datetime
    wanted_until: datetime
    is_taken: bool

    def is_at_the_time_of(self, job: Job) -> bool:
        """Is she still busy with it in the hours of that one?"""
        return self.is_taken and self.wanted_from < job.wanted_until and job.wanted_from < self.wanted_until


class Known:
    """What there is to know about a community's volunteers (or a few of them) for some of its jobs, at one moment."""

    def __init__(
        self, session: Session, jobs: Sequence[Job], *, now: datetime, only: Sequence[int] | None = None
    ) -> None:
        """All `jobs` are of one community; `only` are ids of volunteers."""
        self._session, self._jobs, self._now = session, jobs, now
        self._community: Community = jobs[0].community
        self.volunteers = self._volunteers(only)
        self._ids = [volunteer.id for volunteer in self.volunteers]
        self._asked = self._how_often_asked()
        self._kept = self._jobs_kept()
        self._silent, self._dead = self._closed_phones()
        residents = {stop.resident_id for job in jobs for stop in job.stops}
        self._familiar, self._apart = set(self._been_with(residents)), set(self._kept_apart(residents))
        self._gave_back = set(self._given_back())

    def of(self, job: Job) -> Iterator[tuple[Volunteer, Standing]]:
        """Every volunteer, and how she stands for this job."""
        for volunteer in self.volunteers:
            yield volunteer, self._standing(job, volunteer)

    def _standing(self, job: Job, v: Volunteer) -> Standing:
        community, service, asked = self._community, job.service, self._asked[v.id]
        start, end = community.local(job.wanted_from), community.local(job.wanted_until)
        today, day, residents = community.local(self._now).date(), start.date(), [stop.resident for stop in job.stops]
        others = [kept for kept in self._kept[v.id] if kept.job_id != job.id]
        days = Counter(community.local(kept.wanted_from).date() for kept in others)
        week = [day - timedelta(days=day.weekday()) + timedelta(days=ahead) for ahead in range(7)]
        return Standing(
            volunteer_id=v.id,
            does_service=any(one.id == service.id for one in v.services),
            is_vetted_for_it=not service.needs_vetting or (v.vetted_until is not None and v.vetted_until >= day),
            covers_zone=any(zone.id == job.zone_id for zone in v.zones),
            works_then=v.works_between(start, end, whole=job.is_round),
            is_here=v.absence_on(day) is None,
            is_enrolled=v.enrolled_at is not None,
            has_opted_out=v.phone in self._silent or v.phone is None,
            is_unreachable=v.phone in self._dead,
            is_resting=v.is_resting(community.local(self._now)),
            is_household_of_a_stop=any(v.phone in (one.phone, one.other_phone) for one in residents),
            is_kept_apart=any((v.id, resident.id) in self._apart for resident in residents),
            must_talk=service.needs_language,
            can_talk=all(v.can_talk_with(resident.language) for resident in residents),
            metres=_metres(v, job),
            reach_metres=v.reach_metres,
            gave_it_back=(v.id, job.id) in self._gave_back,
            jobs_then=sum(
                k.is_taken and k.wanted_from < job.wanted_until and job.wanted_from < k.wanted_until for k in others
            ),
            jobs_at_once_max=community.jobs_at_once_max,
            jobs_that_day=days[day],
            max_per_day=v.max_per_day,
            jobs_that_week=sum(days[one] for one in week),
            max_per_week=v.max_per_week,
            asked_today=asked.today,
            asked_per_day_max=community.asked_per_day_max,
            open_offers=sum(one != job.id for one in asked.open_jobs),
            knows_them=any((v.id, resident.id) in self._familiar for resident in residents),
            asked_lately=asked.lately,
            done_lately=sum(one > today - _MONTH for one in days.elements()),
            answered=asked.answered,
            said_yes=asked.said_yes,
        )

    def _volunteers(self, only: Sequence[int] | None) -> list[Volunteer]:
        query = sa.select(Volunteer).where(Volunteer.community_id == self._community.id)
        if only is not None:
            query = query.where(Volunteer.id.in_(only))
        lists = (Volunteer.zones, Volunteer.services, Volunteer.absences)
        with_lists = query.options(*(selectinload(one) for one in lists))
        return list(self._session.scalars(with_lists.order_by(Volunteer.id)))

    def _how_often_asked(self) -> dict[int, _Asked]:
        community, now = self._community, self._now
        midnight = community.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
        rows = self._session.execute(
            sa.select(Offer.volunteer_id, Offer.job_id, Offer.made_at, Offer.state, Job.state)
            .join(Job)
            .where(Offer.volunteer_id.in_(self._ids), Offer.made_at >= now - _MONTH)
        )
        found: dict[int, _Asked] = defaultdict(_Asked)
        for volunteer_id, job_id, made_at, state, job_state in rows:
            one = found[volunteer_id]
            one.today += made_at >= midnight
            one.lately += made_at >= now - _LATELY
            one.answered += state in _ANSWERED
            one.said_yes += state in _SAID_YES
            if state is OfferState.OPEN and job_state is State.OFFERED:
                one.open_jobs.append(job_id)
        return found

    def _jobs_kept(self) -> dict[int, list[_Kept]]:
        rows = self._session.execute(
            sa.select(Job.volunteer_id, Job.id, Job.wanted_from, Job.wanted_until, Job.state).where(
                Job.volunteer_id.in_(self._ids), Job.state.in_(_KEPT), Job.wanted_from >= self._now - _MONTH - _LATELY,
            )
        )  # fmt: skip
        found: dict[int, list[_Kept]] = defaultdict(list)
        for volunteer_id, job_id, wanted_from, wanted_until, state in rows:
            if volunteer_id is not None:
                found[volunteer_id].append(_Kept(job_id, wanted_from, wanted_until, state is State.TAKEN))
        return found

    def _closed_phones(self) -> tuple[set[str], set[str]]:
        """Numbers that may not be told anything, and those that do not work."""
        closed = sa.or_(Phone.opted_out_at.is_not(None), Phone.unreachable_since.is_not(None))
        query = sa.select(Phone).where(Phone.community_id == self._community.id, closed)
        rows = list(self._session.scalars(query))
        return {p.number for p in rows if p.opted_out_at}, {p.number for p in rows if p.unreachable_since}

    def _been_with(self, residents: set[int]) -> Iterable[tuple[int, int]]:
        rows = self._session.execute(
            sa.select(Job.volunteer_id, HelpRequest.resident_id)
            .join(HelpRequest, HelpRequest.job_id == Job.id)
            .where(
                HelpRequest.resident_id.in_(residents), HelpRequest.state == State.DONE, Job.volunteer_id.in_(self._ids)
            )
            .distinct()
        )
        return ((volunteer or 0, resident) for volunteer, resident in rows)

    def _kept_apart(self, residents: set[int]) -> Iterable[tuple[int, int]]:
        pairs = sa.select(never_together.c.volunteer_id, never_together.c.resident_id)
        rows = self._session.execute(pairs.where(never_together.c.resident_id.in_(residents)))
        return ((volunteer, resident) for volunteer, resident in rows)

    def _given_back(self) -> Iterable[tuple[int, int]]:
        holders = {job.id: job.volunteer_id for job in self._jobs}
        yes = sa.select(Offer.volunteer_id, Offer.job_id).where(
            Offer.job_id.in_(holders), Offer.state == OfferState.YES
        )
        return ((volunteer, job) for volunteer, job in self._session.execute(yes) if volunteer != holders[job])


def _metres(volunteer: Volunteer, job: Job) -> int | None:
    """From her home (or the middle of the zone that she names first) to the nearest stop."""
    home = volunteer.point or (volunteer.zones[0].point if volunteer.zones else None)
    if home is None:
        return None
    points = (stop.resident.point or stop.resident.zone.point for stop in job.stops)
    return min((metres_between(home, point) for point in points if point is not None), default=None)
