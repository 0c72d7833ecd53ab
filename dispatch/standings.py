"""What is known of the volunteers when jobs are to be offered: gathered in a handful of queries, judged in ranking."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from dispatch.giving_back import gave_back_since
from dispatch.ranking import Standing
from models.jobs import KEPT, Job, Offer, OfferState
from models.lifecycle import State
from models.nearness import metres_between
from models.numbers import Phone
from models.people import Volunteer, never_together
from models.places import Community, Service, Zone
from models.prepared import prepared
from models.requests import HelpRequest

_Columns = TypeVarTuple("_Columns")

_LATELY, _MONTH = timedelta(days=7), timedelta(days=30)
# Offers that say something about how often somebody says yes.
_ANSWERED = (OfferState.YES, OfferState.NO, OfferState.EXPIRED, OfferState.TOO_LATE)
_SAID_YES = (OfferState.YES, OfferState.TOO_LATE)


class _Asked(NamedTuple):
    """How often somebody was asked, and what she said."""

    today: int = 0
    lately: int = 0
    answered: int = 0
    said_yes: int = 0


class _Kept(NamedTuple):
    """A job that somebody has or has done."""

    job_id: int
    wanted_from: datetime
    wanted_until: datetime
    is_taken: bool

    def is_at_the_time_of(self, job: Job) -> bool:
        """Is she still busy with it in the hours of that one?"""
        return self.is_taken and self.wanted_from < job.wanted_until and job.wanted_from < self.wanted_until


class _Times:
    """The hours and days around a job, by the community's clock."""

    def __init__(self, job: Job, *, now: datetime) -> None:
        community = job.community
        self.start, self.end = community.local(job.wanted_from), community.local(job.wanted_until)
        self.now, self.day = community.local(now), self.start.date()
        monday = self.day - timedelta(days=self.day.weekday())
        self.week = [monday + timedelta(days=ahead) for ahead in range(7)]
        self.month_ago = self.now.date() - _MONTH


class Known:
    """What there is to know about a community's volunteers for some of its jobs, at one moment.

    It is looked up when it is first asked for, once: one for each look at a job is enough.
    """

    def __init__(
        self, session: Session, jobs: Sequence[Job], *, now: datetime, is_everybody_named: bool = False
    ) -> None:
        """All `jobs` are of one community. Who does no such help, or not in these zones, cannot be asked whatever else
        is known, and is left out unless everybody is to be named."""
        self._session, self._jobs, self._now = session, jobs, now
        self._is_everybody_named = is_everybody_named
        self._community: Community = jobs[0].community
        self._residents = {stop.resident_id for job in jobs for stop in job.stops}

    def of(self, job: Job, *, only: Sequence[int] | None = None) -> Iterator[tuple[Volunteer, Standing]]:
        """Each of the volunteers, or those with these ids, and how she stands for this job."""
        times = _Times(job, now=self._now)
        for volunteer in self.volunteers:
            if only is None or volunteer.id in only:
                yield volunteer, self._standing(job, volunteer, times)

    def _standing(self, job: Job, v: Volunteer, times: _Times) -> Standing:
        community, service, asked = self._community, job.service, self._asked.get(v.id, _Asked())
        residents = [stop.resident for stop in job.stops]
        others = [kept for kept in self._kept[v.id] if kept.job_id != job.id]
        days = Counter(community.local(kept.wanted_from).date() for kept in others)
        silent, dead = self._closed_phones
        return Standing(
            volunteer_id=v.id,
            does_service=any(one.id == service.id for one in v.services),
            is_vetted_for_it=not service.needs_vetting or (v.vetted_until is not None and v.vetted_until >= times.day),
            covers_zone=any(zone.id == job.zone_id for zone in v.zones),
            can_carry=v.vehicle.carries(job.vehicle),
            works_then=v.works_between(times.start, times.end, whole=job.is_round),
            is_here=v.absence_on(times.day) is None,
            is_enrolled=v.enrolled_at is not None,
            has_opted_out=v.phone in silent or v.phone is None,
            is_unreachable=v.phone in dead,
            is_resting=v.is_resting(times.now),
            is_household_of_a_stop=any(v.phone in (one.phone, one.other_phone) for one in residents),
            is_kept_apart=any((v.id, resident.id) in self._apart for resident in residents),
            must_talk=service.needs_language,
            can_talk=all(v.can_talk_with(resident.language) for resident in residents),
            metres=_metres(v, job),
            reach_metres=v.reach_metres,
            gave_it_back=(v.id, job.id) in self._gave_back,
            gave_back_today=self._gave_back_today.get(v.id, 0),
            goes_already=any(volunteer == v.id for volunteer, _ in self._beside[job.id]),
            jobs_then=sum(kept.is_at_the_time_of(job) for kept in others),
            jobs_at_once_max=community.jobs_at_once_max,
            jobs_that_day=days[times.day],
            max_per_day=v.max_per_day,
            jobs_that_week=sum(days[one] for one in times.week),
            max_per_week=v.max_per_week,
            asked_today=asked.today,
            asked_per_day_max=community.asked_per_day_max,
            open_offers=sum(one != job.id for one in self._open_offers[v.id]),
            knows_them=any((v.id, resident.id) in self._familiar for resident in residents),
            asked_lately=asked.lately,
            done_lately=sum(one > times.month_ago for one in days.elements()),
            answered=asked.answered,
            said_yes=asked.said_yes,
        )

    @cached_property
    def volunteers(self) -> list[Volunteer]:
        """Those of the community who are looked at, by their ids."""
        services, zones = {job.service_id for job in self._jobs}, {job.zone_id for job in self._jobs}
        everybody, able = _volunteers_of(self._community.id), _who_could(self._community.id, services, zones)
        return [one for (one,) in self._all(everybody if self._is_everybody_named else able)]

    @cached_property
    def _ids(self) -> list[int]:
        return [volunteer.id for volunteer in self.volunteers]

    @cached_property
    def _asked(self) -> dict[int, _Asked]:
        now = self._now
        midnight = self._community.local(now).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        rows = self._all(_how_often_asked(self._ids, midnight, now - _LATELY, now - _MONTH))
        return {row[0]: _Asked(*row[1:]) for row in rows}

    @cached_property
    def _open_offers(self) -> dict[int, list[int]]:
        found = defaultdict(list)
        for volunteer, job in self._all(_open_offers(self._ids)):
            found[volunteer].append(job)
        return found

    @cached_property
    def _kept(self) -> dict[int, list[_Kept]]:
        found = defaultdict(list)
        for volunteer, job, start, end, state in self._all(_jobs_kept(self._ids, self._now - _MONTH - _LATELY)):
            found[volunteer or 0].append(_Kept(job, start, end, is_taken=state is State.TAKEN))
        return found

    @cached_property
    def _closed_phones(self) -> tuple[set[str], set[str]]:
        """Numbers that may not be told anything, and those that do not work."""
        rows = self._all(_closed_phones(self._community.id))
        return {number for number, silent, _ in rows if silent}, {number for number, _, dead in rows if dead}

    @cached_property
    def _familiar(self) -> set[tuple[int, int]]:
        return {(volunteer or 0, resident) for volunteer, resident in self._all(_been_with(self._residents, self._ids))}

    @cached_property
    def _apart(self) -> set[tuple[int, int]]:
        return {(volunteer, resident) for volunteer, resident in self._all(_kept_apart(self._residents))}

    @cached_property
    def _gave_back(self) -> set[tuple[int, int]]:
        holders = {job.id: job.volunteer_id for job in self._jobs}
        rows = self._all(_said_yes(list(holders)))
        return {(volunteer, job) for volunteer, job in rows if volunteer != holders[job]}

    @cached_property
    def _gave_back_today(self) -> dict[int, int]:
        today = self._community.local(self._now).date()
        rows = self._all(gave_back_since(self._ids, self._community.within_days(today, today)[0]))
        return {row[0]: row[1] for row in rows}

    def asked_beside(self, job: Job) -> bool:
        """Is somebody asked now about another part of the same visit, who could be asked about this one?"""
        return any(state is OfferState.OPEN for _, state in self._beside[job.id])

    @cached_property
    def _beside(self) -> dict[int, list[tuple[int, OfferState]]]:
        """Who goes to the visit of each job as another of those who go together, is asked to, or has said no."""
        visits = {stop.visit_id for job in self._jobs for stop in job.stops if not stop.is_meal}
        found: dict[int, list[tuple[int, OfferState]]] = defaultdict(list)
        for visit, part, holder, asked, state in self._all(_going_to(list(visits))) if visits else ():
            others = [job.id for job in self._jobs if job.id != part and any(s.visit_id == visit for s in job.stops)]
            for job_id in others:
                found[job_id] += [(who, how) for who, how in ((holder, OfferState.YES), (asked, state)) if who and how]
        return found

    def _all(self, query: tuple[sa.Select[*_Columns], dict[str, Any]]) -> Sequence[sa.Row[*_Columns]]:
        return self._session.execute(*query).all()


@prepared
def _volunteers_of(community_id: int) -> sa.Select[Volunteer]:
    lists = (selectinload(one) for one in (Volunteer.zones, Volunteer.services, Volunteer.absences))
    return sa.select(Volunteer).where(Volunteer.community_id == community_id).order_by(Volunteer.id).options(*lists)


@prepared
def _who_could(community_id: int, services: set[int], zones: set[int]) -> sa.Select[Volunteer]:
    everybody, _ = _volunteers_of(community_id)
    does_it, goes_there = Service.id.in_(services), Zone.id.in_(zones)
    return everybody.where(Volunteer.services.any(does_it), Volunteer.zones.any(goes_there))


@prepared
def _how_often_asked(
    ids: list[int], midnight: datetime, lately: datetime, month_ago: datetime
) -> sa.Select[int, int, int, int, int]:
    def count(what: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((what, 1), else_=0))

    return (
        sa.select(
            Offer.volunteer_id, count(Offer.made_at >= midnight), count(Offer.made_at >= lately),
            count(Offer.state.in_(_ANSWERED)), count(Offer.state.in_(_SAID_YES)),
        )
        .where(Offer.volunteer_id.in_(ids), Offer.made_at >= month_ago)
        .group_by(Offer.volunteer_id)
    )  # fmt: skip


@prepared
def _open_offers(ids: list[int]) -> sa.Select[int, int]:
    is_open = (Offer.state == OfferState.OPEN) & (Job.state == State.OFFERED)
    return sa.select(Offer.volunteer_id, Offer.job_id).join(Job).where(Offer.volunteer_id.in_(ids), is_open)


@prepared
def _jobs_kept(ids: list[int], since: datetime) -> sa.Select[int | None, int, datetime, datetime, State]:
    return sa.select(Job.volunteer_id, Job.id, Job.wanted_from, Job.wanted_until, Job.state).where(
        Job.volunteer_id.in_(ids), Job.state.in_(KEPT), Job.wanted_from >= since
    )


@prepared
def _closed_phones(community_id: int) -> sa.Select[str, bool, bool]:
    silent, dead = Phone.opted_out_at.is_not(None), Phone.unreachable_since.is_not(None)
    return sa.select(Phone.number, silent, dead).where(Phone.community_id == community_id, silent | dead)


@prepared
def _been_with(residents: set[int], ids: list[int]) -> sa.Select[int | None, int]:
    done = (HelpRequest.state == State.DONE) & HelpRequest.resident_id.in_(residents)
    pairs = sa.select(Job.volunteer_id, HelpRequest.resident_id).join(HelpRequest, HelpRequest.job_id == Job.id)
    return pairs.where(done, Job.volunteer_id.in_(ids)).distinct()


@prepared
def _kept_apart(residents: set[int]) -> sa.Select[int, int]:
    pairs = sa.select(never_together.c.volunteer_id, never_together.c.resident_id)
    return pairs.where(never_together.c.resident_id.in_(residents))


@prepared
def _said_yes(jobs: list[int]) -> sa.Select[int, int]:
    return sa.select(Offer.volunteer_id, Offer.job_id).where(Offer.job_id.in_(jobs), Offer.state == OfferState.YES)


@prepared
def _going_to(visits: list[int]) -> sa.Select[int, int, int | None, int | None, OfferState | None]:
    asked = (Offer.job_id == Job.id) & Offer.state.in_((OfferState.OPEN, OfferState.NO))
    visit = sa.func.coalesce(HelpRequest.twin_of_id, HelpRequest.id)
    holder = sa.case((Job.state.in_(KEPT), Job.volunteer_id))  # not whose part was called off
    going = sa.select(visit, Job.id, holder, Offer.volunteer_id, Offer.state).select_from(HelpRequest)
    going = going.join(Job, HelpRequest.job_id == Job.id).outerjoin(Offer, asked)
    return going.where(HelpRequest.id.in_(visits) | HelpRequest.twin_of_id.in_(visits))


def _metres(volunteer: Volunteer, job: Job) -> int | None:
    """From her home (or the middle of the zone that she names first) to the nearest stop."""
    home = volunteer.point or (volunteer.zones[0].point if volunteer.zones else None)
    if home is None:
        return None
    points = (stop.resident.point or stop.resident.zone.point for stop in job.stops)
    return min((metres_between(home, point) for point in points if point is not None), default=None)
