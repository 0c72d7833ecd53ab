"""A volunteer's seven days: when she can be asked, what she has taken, and what she was asked for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import selectinload

from dispatch.board.desk import Desk
from dispatch.board.forms import day_of
from models.jobs import KEPT, Job, Offer
from models.people import Absence, Volunteer
from models.places import WEEKDAYS

_DAYS = 7


@dataclass(frozen=True)
class HelperDay:
    """One of them."""

    date: date
    absence: Absence | None
    can_be_asked: bool
    hours: Sequence[str]  # from when until when; none: at any hour
    jobs: list[Job] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)  # how offers for that day ended: state → how many


@dataclass(frozen=True)
class HelperWeek:
    """All of them, and where the weeks around them begin."""

    days: list[HelperDay]
    before: date
    after: date


def week_of(desk: Desk, row: Volunteer) -> HelperWeek:
    """Seven days from today, or from the day that the address names."""
    first = day_of(request.args.get("from", "")) or desk.wall.today
    days = {first + timedelta(days=n): _day(row, first + timedelta(days=n)) for n in range(_DAYS)}
    start, end = desk.community.within_days(first, first + timedelta(days=_DAYS - 1))
    within = (Job.community_id == desk.community.id, Job.wanted_from >= start, Job.wanted_from < end)
    hers = sa.select(Job).where(*within, Job.volunteer_id == row.id, Job.state.in_(KEPT))
    for job in desk.session.scalars(hers.options(selectinload(Job.stops)).order_by(Job.wanted_from, Job.id)):
        days[desk.community.local(job.wanted_from).date()].jobs.append(job)
    asked = sa.select(Job.wanted_from, Offer.state).join(Offer.job).where(*within, Offer.volunteer_id == row.id)
    for wanted_from, state in desk.session.execute(asked):
        days[desk.community.local(wanted_from).date()].answers[state] += 1
    return HelperWeek(list(days.values()), first - timedelta(days=_DAYS), first + timedelta(days=_DAYS))


def _day(row: Volunteer, day: date) -> HelperDay:
    weekday, absence = WEEKDAYS[day.weekday()], row.absence_on(day)
    is_hers = not row.days or weekday in row.days
    return HelperDay(day, absence, is_hers and absence is None, row.hours.get(weekday, ()))
