"""In towns of all kinds nobody is ever asked against a rule; what waits for somebody to wake, or for the day before."""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from town import LEE, MIA, ROSE, SAM

from dispatch.asking import place_help
from dispatch.taking import accept
from dispatch.watch import watch_once
from dispatch.working import finish_job, release
from models.errors import Refusal
from models.jobs import Job, Offer, OfferState
from models.lifecycle import State
from models.nearness import metres_between
from models.numbers import Phone
from models.people import Absence, AbsenceKind, Consent, Resident, Volunteer, never_together
from models.places import WEEKDAYS, Community
from models.requests import Source

pytestmark = pytest.mark.both_databases
NEW_YORK = ZoneInfo("America/New_York")
TONGUES = ("en", "es", "zh-CN")


@pytest.mark.parametrize("seed", range(2))
def test_nobody_is_ever_asked_against_a_rule(town, seed):
    luck = random.Random(seed)
    with town.database.begin() as session:
        _people(session, town, luck)
    for _ in range(30):
        town.clock.shown += timedelta(minutes=luck.choice((5, 20, 90, 400)))
        with town.database.begin() as session:
            _something_is_asked_for(session, town, luck)
        before = _newest_offer(town)
        watch_once(town.database, now=town.now)
        with town.database.begin() as session:
            made = list(session.scalars(select(Offer).where(Offer.id > before).order_by(Offer.id)))
            for offer in made:
                _check(session, offer, town.now)
            _they_answer(session, town, luck)
    assert len(town.offers) > 15


def _people(session, town, luck):
    community = session.get(Community, town.community_id)
    community.asked_per_day_max, community.jobs_at_once_max = luck.choice((2, 5, 10)), luck.choice((None, 1, 2))
    for service in community.services:
        service.needs_vetting, service.needs_language = luck.random() < 0.3, luck.random() < 0.4
        service.is_urgent, service.wave_size = luck.random() < 0.2, luck.randint(1, 4)
        service.helpers = luck.choice((1, 1, 2, 3))
    zones, services = community.zones, [one for one in community.services if one.key]
    for number in range(6):
        person = Resident(
            community=community, name=f"R{number}", phone=f"+1212555{200 + number:04d}", language=luck.choice(TONGUES),
            zone=luck.choice(zones), **_somewhere(luck),
        )  # fmt: skip
        person.enrol(Consent.PAPER, now=town.now)
        session.add(person)
    session.flush()
    residents = list(session.scalars(select(Resident)))
    for number in range(24):
        today = town.now.date()
        away = Absence(kind=AbsenceKind.AWAY, from_date=today, until_date=today + timedelta(days=1))
        sam = Volunteer(
            community=community, name=f"V{number}", phone=luck.choice((f"+1212555{300 + number:04d}", "+12125550200")),
            language=luck.choice(TONGUES), speaks=luck.sample(TONGUES, luck.randint(0, 1)), max_per_day=luck.choice((0, 2, 4)),
            max_per_week=luck.choice((None, 2, 5)), days=luck.choice(([], [], list(WEEKDAYS[:5]), ["sat", "sun", "mon"])),
            hours=luck.choice(({}, {"mon": ["09:00", "12:00"], "tue": ["13:00", "18:00"]})),
            services=luck.sample(services, luck.randint(2, len(services))), zones=luck.sample(zones, luck.choice((1, 2, 2))),
            absences=luck.choice(([], [], [], [away])), reach_metres=luck.choice((None, None, 800)),
            vetted_until=luck.choice((None, date(2026, 11, 24), date(2030, 1, 1), date(2030, 1, 1))), **_rest(luck), **_somewhere(luck),
        )  # fmt: skip
        if luck.random() < 0.9:
            sam.enrol(Consent.PAPER, now=town.now)
        session.add(sam)
        session.flush()
        if luck.random() < 0.3:
            apart = {"volunteer_id": sam.id, "resident_id": luck.choice(residents).id}
            session.execute(sa.insert(never_together).values(apart))
        if luck.random() < 0.1 and sam.phone != "+12125550200":
            session.add(Phone(community_id=community.id, number=sam.phone, opted_out_at=town.now))


def _somewhere(luck):
    if luck.random() < 0.3:
        return {}
    return {"latitude": 40.70 + luck.random() / 100, "longitude": -73.90 + luck.random() / 100}


def _rest(luck):
    start, end = luck.choice((*[(None, None)] * 4, (time(13), time(15)), (time(20), time(11))))
    return {"quiet_from": start, "quiet_until": end}


def _something_is_asked_for(session, town, luck):
    residents = list(session.scalars(select(Resident)))
    for _ in range(luck.randint(0, 4)):
        rose = luck.choice(residents)
        service = luck.choice([one for one in rose.community.services if one.key])
        start = town.now + timedelta(hours=luck.choice((0, 3, 20, 70)))
        place_help(session, rose, service, wanted_from=start, wanted_until=start + timedelta(hours=4),
                   source=Source.STAFF, who="staff 1", now=town.now)  # fmt: skip


def _they_answer(session, town, luck):
    for offer in session.scalars(select(Offer).where(Offer.state == OfferState.OPEN)):
        if luck.random() < 0.4:
            accept(session, offer, who="volunteer", now=town.now)
    for job in session.scalars(select(Job).where(Job.state == State.TAKEN)):
        try:
            if luck.random() < 0.2:
                release(session, job, who="volunteer", now=town.now)
            elif luck.random() < 0.3:
                finish_job(session, job, who="volunteer", now=town.now)
        except Refusal:
            continue


def _newest_offer(town):
    return max((offer.id for offer in town.offers), default=0)


def _check(session, offer, now):
    """The rules once more, each as plainly as it can be said; not one line is shared with what is tested."""
    job, sam = offer.job, offer.volunteer
    community, service = job.community, job.service
    rose = job.stops[0].resident
    start, end, local = (one.astimezone(NEW_YORK) for one in (job.wanted_from, job.wanted_until, now))
    day = start.date()
    assert service in sam.services
    assert rose.zone in sam.zones
    assert sam.enrolled_at is not None
    assert not service.needs_vetting or sam.vetted_until >= day
    assert not sam.days or WEEKDAYS[day.weekday()] in sam.days
    if hours := sam.hours.get(WEEKDAYS[day.weekday()]):
        begins, ends = (datetime.combine(day, time.fromisoformat(wall), NEW_YORK) for wall in hours)
        assert begins < end
        assert start < ends
    assert not any(one.from_date <= day <= one.until_date for one in sam.absences)
    assert sam.phone != rose.phone
    assert not service.needs_language or rose.language in [sam.language, *sam.speaks]
    if sam.reach_metres and sam.latitude and rose.latitude:
        assert metres_between((sam.latitude, sam.longitude), (rose.latitude, rose.longitude)) <= sam.reach_metres
    if sam.quiet_from:
        early, late = sam.quiet_from, sam.quiet_until
        assert not (early <= local.time() < late if early < late else local.time() >= early or local.time() < late)
    assert not community.is_quiet(now)
    assert day - local.date() <= timedelta(days=1)
    apart = select(never_together).where(
        never_together.c.volunteer_id == sam.id, never_together.c.resident_id == rose.id
    )
    assert session.execute(apart).first() is None
    assert (
        session.scalars(select(Phone).where(Phone.number == sam.phone, Phone.opted_out_at.is_not(None))).first() is None
    )
    gave_back = [o for o in job.offers if o.volunteer_id == sam.id and o.state is OfferState.YES]
    assert not gave_back
    asked = list(session.scalars(select(Offer).where(Offer.volunteer_id == sam.id)))
    assert Counter((o.job_id, o.round) for o in asked).most_common(1)[0][1] == 1
    today = [o for o in asked if o.made_at.astimezone(NEW_YORK).date() == local.date()]
    assert len(today) <= community.asked_per_day_max
    hers = [one for one in session.scalars(select(Job).where(Job.volunteer_id == sam.id)) if one.id != job.id]
    kept = [one for one in hers if one.state in (State.TAKEN, State.DONE)]
    days = [one.wanted_from.astimezone(NEW_YORK).date() for one in kept]
    assert days.count(day) < sam.max_per_day
    week = [one for one in days if one.isocalendar()[:2] == day.isocalendar()[:2]]
    assert sam.max_per_week is None or len(week) < sam.max_per_week
    assert not any(_visit(one) == _visit(job) for one in kept)
    open_ones = [o.job for o in asked if o.state is OfferState.OPEN and o.job_id != job.id]
    assert not any(_visit(one) == _visit(job) for one in open_ones)
    if community.jobs_at_once_max is not None:
        at_once = [one for one in kept if one.state is State.TAKEN and one.wanted_from < job.wanted_until]
        assert sum(job.wanted_from < one.wanted_until for one in at_once) < community.jobs_at_once_max


def _visit(job):
    return job.stops[0].twin_of_id or job.stops[0].id


def _change(town, name, **values):
    with town.database.begin() as session:
        session.execute(sa.update(Volunteer).where(Volunteer.name == name).values(**values))


def _errand(town, rose, *, start):
    with town.database.begin() as session:
        rose = session.scalars(select(Resident).where(Resident.phone == rose.number)).one()
        service = next(one for one in rose.community.services if one.code == "errand")
        place_help(session, rose, service, wanted_from=start, wanted_until=start + timedelta(hours=4),
                   source=Source.STAFF, who="staff 1", now=town.now)  # fmt: skip
    town.settle()


def test_what_is_wanted_on_friday_is_offered_on_thursday_at_ten(town):
    rose, sam = town.resident("Rose Miller", ROSE), town.volunteer("Sam Hill", SAM)
    _errand(town, rose, start=town.now + timedelta(days=4))
    town.wait(hours=60)
    assert sam.inbox == []
    town.wait(hours=12)  # Thursday, nine in the morning
    assert sam.inbox == []
    town.wait(hours=1.1)
    assert "errand" in sam.inbox[-1]
    sam.text("1")
    assert town.jobs[0].state is State.TAKEN


def test_whoever_rests_is_asked_when_she_is_up_and_nobody_is_alarmed_before(town):
    rose, sam, duty = town.resident("Rose Miller", ROSE), town.volunteer("Sam Hill", SAM), town.staff("Dana", MIA)
    _change(town, "Sam Hill", quiet_from=time(8), quiet_until=time(12))
    _errand(town, rose, start=town.now + timedelta(hours=8))
    town.wait(hours=2.9)
    assert (sam.inbox, duty.inbox) == ([], [])
    town.wait(minutes=10)
    assert "errand" in sam.inbox[-1]


def test_for_what_is_wanted_before_she_is_up_staff_are_alarmed_at_once(town):
    rose, sam, duty = town.resident("Rose Miller", ROSE), town.volunteer("Sam Hill", SAM), town.staff("Dana", MIA)
    _change(town, "Sam Hill", quiet_from=time(8), quiet_until=time(12))
    _errand(town, rose, start=town.now + timedelta(hours=1))
    assert sam.inbox == []
    assert "errand" in duty.inbox[-1]
    town.wait(hours=3.5)  # and once she is up she is asked all the same
    assert "errand" in sam.inbox[-1]


def test_two_errands_at_once_are_two_peoples_and_not_both_the_best_ones(town):
    rose, sam, lee = (
        town.resident("Rose Miller", ROSE),
        town.volunteer("Sam Hill", SAM),
        town.volunteer("Lee Park", LEE),
    )
    with town.database.begin() as session:
        for service in session.get(Community, town.community_id).services:
            service.wave_size = 1
    town.clock.shown += timedelta(hours=14)  # in the night two things are asked for
    _errand(town, rose, start=town.now + timedelta(hours=12))
    _errand(town, rose, start=town.now + timedelta(hours=14))
    assert town.offers == []
    town.wait(hours=9.1)
    assert [len(sam.inbox), len(lee.inbox)] == [1, 1]
