"""The queue: a job is put to a few volunteers at a time, and to the next; nobody left, and staff are alarmed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.alarms import raise_alert
from dispatch.candidates import asked_already, everybody_left, next_wave, not_before, somebody_wakes_at
from dispatch.history import CLOCK, hold, move, move_with_stops, note
from dispatch.ladder import climb
from dispatch.reaching import channel_to
from dispatch.saying import offer_sentence, what, what_job
from dispatch.standings import Known
from dispatch.telling import take_back, tell, tell_all
from dispatch.twins import free_part
from models.jobs import Channel, Job, Offer, OfferState
from models.lifecycle import State, rest_until
from models.people import Volunteer
from models.requests import HelpRequest
from models.tasks import AlertKind

# News are worth telling at least this long, however late it is already.
NEWS_KEEP = timedelta(hours=3)


def ask_next(session: Session, job: Job, *, now: datetime, chosen: Sequence[int] = ()) -> None:
    """Put a waiting job to the next few; strand it when nobody is left. In quiet hours it waits for the morning.

    `chosen` are the ids of those whom `candidates.whom_to_ask` has named just before.
    """
    for offer in _open_offers(job):
        offer.answered(session, OfferState.EXPIRED, now=now)
    if _called_off_for_absence(session, job, now=now):
        return
    if job.is_past(now):
        strand(session, job, now=now)
        return
    if (later := not_before(job, now=now)) > now:
        _rest(session, job, until=later, now=now)
        return
    known = Known(session, [job], now=now)
    few = next_wave(known, job, chosen=chosen)
    wave, others_until = climb(session, job, few, lambda: everybody_left(known, job), now=now)
    if others_until is not None:
        _rest(session, job, until=others_until, now=now)
        return
    if not wave:
        _nobody_now(session, job, known, now=now)
        return
    until = rest_until(job.service, State.OFFERED, now=now)
    move_with_stops(
        session, job, "offer", who=CLOCK, now=now, due_at=until, why=f"wave {job.wave + 1}", wave=job.wave + 1
    )
    for volunteer in wave:
        _put_to(session, job, volunteer, until=until, now=now)


def _nobody_now(session: Session, job: Job, known: Known, *, now: datetime) -> None:
    """Whoever only rests is asked when she is up, if there is time; where several go together, whoever is asked about
    another part may be left over for this one. Else the job is stranded."""
    if known.asked_beside(job):
        _rest(session, job, until=rest_until(job.service, State.OFFERED, now=now), now=now)
        return
    wakes_at = somebody_wakes_at(known, job, now=now)
    if wakes_at is None or wakes_at >= job.wanted_from:
        strand(session, job, now=now)
    else:
        _rest(session, job, until=wakes_at, now=now)


def _called_off_for_absence(session: Session, job: Job, *, now: datetime) -> bool:
    """Nobody is sent to somebody who is not here any more; True if that was the last stop."""
    today = job.community.local(now).date()
    for stop in job.open_stops:
        if stop.resident.is_gone(today):
            move(session, stop, "cancel", who=CLOCK, now=now, why="absent")
    if job.open_stops:
        return False
    move(session, job, "cancel", who=CLOCK, now=now, why="absent")
    return True


def strand(session: Session, job: Job, *, now: datetime) -> None:
    """Nobody is left: staff are alarmed, and the people who wait are told the truth."""
    due_at = _stuck_until(job, now=now)
    move_with_stops(session, job, "strand", who=CLOCK, now=now, due_at=due_at, why="nobody_left")
    raise_alert(
        session, job.community, AlertKind.NOBODY_FOUND, about=f"job {job.id}", now=now, job=job,
        minutes=job.service.acknowledge_minutes, what=what_job(job), zone=job.zone.name, code=job.code,
    )  # fmt: skip
    _tell_the_truth(session, job, now=now)


def _stuck_until(job: Job, *, now: datetime) -> datetime:
    """A stuck job is looked at by its patience, and when the time of somebody who waits is over."""
    ends = [stop.wanted_until for stop in job.open_stops if stop.wanted_until > now]
    return min([rest_until(job.service, State.STUCK, now=now), *ends])


def _tell_the_truth(session: Session, job: Job, *, now: datetime) -> None:
    for stop in job.open_stops:
        if stop.twin_of_id is not None:
            continue  # she is told of what she asked for; whether somebody comes along is for staff
        if _is_over(stop, now=now):
            stop.told_over_at = stop.told_nobody_at = now
            keeps_until = job.community.after_quiet(now) + NEWS_KEEP
            tell(session, stop.resident, "nobody_came", now=now, about=stop, expires_at=keeps_until, what=what(stop))
        elif stop.told_nobody_at is None or _day(job, stop.told_nobody_at) != _day(job, now):
            stop.told_nobody_at = now
            # After her time it would be news of yesterday: if it could not leave until then, staff reach her.
            until = stop.wanted_until if stop.wanted_until > now else None
            tell(session, stop.resident, "nobody_yet", now=now, about=stop, expires_at=until, what=what(stop))


def _is_over(stop: HelpRequest, *, now: datetime) -> bool:
    """Has her time ended without anybody, and has she not been told so?"""
    return now >= stop.wanted_until and stop.told_over_at is None


def _day(job: Job, instant: datetime) -> date:
    """She is told once a day that nobody has been found yet."""
    return job.community.local(instant).date()


def still_stuck(session: Session, job: Job, *, now: datetime) -> None:
    """A stuck job is looked at again: ask whoever has become free since; else it rests on."""
    may_ask = not job.community.is_quiet(now) and not job.is_past(now)
    if may_ask and everybody_left(Known(session, [job], now=now), job):
        _rest(session, job, until=now, now=now)
        ask_next(session, job, now=now)
        return
    if not job.community.is_quiet(now) and any(_is_over(stop, now=now) for stop in job.open_stops):
        _tell_the_truth(session, job, now=now)
    job.look_again_at(_stuck_until(job, now=now))


def decline(session: Session, offer: Offer, *, who: str, now: datetime) -> None:
    """A no is noted; the last no makes the job due, and the watch asks the next."""
    hold(session, offer.job)  # before the offer: whoever takes the job holds it while answering for all its offers
    if not offer.answered(session, OfferState.NO, now=now):
        return
    note(session, offer.job, "decline", who=who, now=now)
    _ask_on(offer.job, now=now)


def pass_over(session: Session, offer: Offer, *, now: datetime) -> None:
    """It cannot reach its volunteer: nobody waits for an answer; the last one makes the job due."""
    hold(session, offer.job)
    if offer.answered(session, OfferState.EXPIRED, now=now):
        _ask_on(offer.job, now=now)


def _ask_on(job: Job, *, now: datetime) -> None:
    if job.state is State.OFFERED and not _open_offers(job):
        job.look_again_at(now)


def withdraw_offers(session: Session, job: Job, *, now: datetime) -> None:
    """Nobody need answer any more: offers that have not left stay here, the others are thanked at once; or stand for
    another part of the same visit, while somebody is wanted for it."""
    free = free_part(session, job)
    for offer in _open_offers(job):
        if not offer.answered(session, OfferState.WITHDRAWN, now=now) or not take_back(session, offer=offer):
            continue
        if free is not None and offer.channel is Channel.TEXT and offer.volunteer_id not in asked_already(free):
            new_offer(session, free, offer.volunteer, now=now)
        else:
            _thank(session, offer, now=now)


def take_offers_back(session: Session, job: Job, *, now: datetime) -> None:
    """What was put to people is not so any more, and they are asked anew with what is: nobody need be thanked."""
    for offer in _open_offers(job):
        if offer.answered(session, OfferState.WITHDRAWN, now=now):
            take_back(session, offer=offer)


def new_offer(session: Session, job: Job, volunteer: Volunteer, *, now: datetime) -> Offer:
    """An open offer of this job to this volunteer, in the round and wave that the job is in."""
    channel = channel_to(session, job.community, volunteer.phone or "")
    offer = Offer(
        job=job, volunteer=volunteer, round=job.round, wave=job.wave, channel=channel, state=OfferState.OPEN,
        made_at=now,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    return offer


def _put_to(session: Session, job: Job, volunteer: Volunteer, *, until: datetime, now: datetime) -> None:
    offer = new_offer(session, job, volunteer, now=now)
    # A call that is not answered is tried again, so the offer keeps until the job has moved on.
    tell_all(session, volunteer, [offer_sentence(offer)], now=now, about=offer, expires_at=until, by=offer.channel)


def _thank(session: Session, offer: Offer, *, now: datetime) -> None:
    # Nobody is rung only to hear that there is nothing to do; whoever is texted hears at once.
    if offer.channel is Channel.TEXT:
        tell(session, offer.volunteer, "taken_thanks", now=now, about=offer.job, code=offer.job.code)


def _open_offers(job: Job) -> list[Offer]:
    return [offer for offer in job.offers if offer.state is OfferState.OPEN]


def _rest(session: Session, job: Job, *, until: datetime, now: datetime) -> None:
    if job.state is State.WAITING:
        job.look_again_at(until)
        return
    move_with_stops(session, job, "wait", who=CLOCK, now=now, due_at=until)
