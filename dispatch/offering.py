"""The queue: a job is put to a few volunteers at a time; the first yes wins; nobody left, and staff are alarmed."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import close_alerts_about, raise_alert
from dispatch.history import CLOCK, move_with_stops, note
from dispatch.ranking import hindrances, merits, rank
from dispatch.standings import standings
from dispatch.telling import Sentence, channel_to, take_back, tell, tell_all
from models.errors import Refusal
from models.jobs import Channel, Job, Offer, OfferState
from models.lifecycle import SomebodyWasFaster, State, rest_until
from models.people import Volunteer
from models.requests import HelpRequest
from models.tasks import AlertKind

# How many words the list in each language holds; both sides of a visit know each other by one of them.
CODE_WORDS = 40
# How many stops are written in one text, so that no text grows beyond a few segments.
_STOPS_PER_TEXT = 2
# She is told at most this often that nobody has been found yet.
_HONEST_EVERY = timedelta(hours=2)


class Answer(StrEnum):
    """What a yes or a no came to."""

    YOURS = "yours"
    TAKEN = "taken"  # by somebody else: thank you
    OVER = "over"  # cancelled or done meanwhile
    NOTED = "noted"


@dataclass(frozen=True)
class Candidate:
    """A volunteer for a job, and why or why not: `reasons` are catalog keys."""

    volunteer: Volunteer
    is_eligible: bool
    reasons: list[str]


def candidates(session: Session, job: Job, *, now: datetime) -> list[Candidate]:
    """All volunteers for a job, those who can be asked first and in the order of the queue."""
    known = {standing.volunteer_id: (volunteer, standing) for volunteer, standing in standings(session, job, now=now)}
    able = rank(standing for _, standing in known.values())
    first = [Candidate(known[s.volunteer_id][0], True, merits(s)) for s in able]
    others = [Candidate(v, False, hindrances(s)) for v, s in known.values() if hindrances(s)]
    return first + others


def ask_next(session: Session, job: Job, *, now: datetime) -> None:
    """Put a waiting job to the next few; strand it when nobody is left. In quiet hours it waits for the morning."""
    for offer in _open_offers(job):
        offer.answered(session, OfferState.EXPIRED, now=now)
    if now >= job.wanted_until and job.stops and job.stops[0].is_meal:
        strand(session, job, now=now)  # the meal's hour has passed while we were away: a person must decide
        return
    if job.community.is_quiet(now):
        _rest(session, job, until=job.community.after_quiet(now), now=now)
        return
    asked = {offer.volunteer_id for offer in job.offers if offer.round == job.round}
    able = [c.volunteer for c in candidates(session, job, now=now) if c.is_eligible and c.volunteer.id not in asked]
    wave = able[: job.service.wave_size]
    if not wave:
        strand(session, job, now=now)
        return
    until = rest_until(job.service, State.OFFERED, now=now)
    move_with_stops(
        session, job, "offer", who=CLOCK, now=now, due_at=until, why=f"wave {job.wave + 1}", wave=job.wave + 1
    )
    for volunteer in wave:
        _put_to(session, job, volunteer, until=until, now=now)


def strand(session: Session, job: Job, *, now: datetime) -> None:
    """Nobody is left: staff are alarmed, and the people who wait are told the truth."""
    due_at = rest_until(job.service, State.STUCK, now=now)
    move_with_stops(session, job, "strand", who=CLOCK, now=now, due_at=due_at, why="nobody_left")
    raise_alert(
        session, job.community, AlertKind.NOBODY_FOUND, about=f"job {job.id}", now=now, job=job,
        minutes=job.service.acknowledge_minutes, what=what_job(job), zone=job.zone.name, code=job.code,
    )  # fmt: skip
    for stop in job.open_stops:
        if stop.told_nobody_at is None or now - stop.told_nobody_at >= _HONEST_EVERY:
            stop.told_nobody_at = now
            tell(session, stop.resident, "nobody_yet", now=now, about=stop, what=what(stop))


def still_stuck(session: Session, job: Job, *, now: datetime) -> None:
    """A stuck job is looked at again: ask whoever has become free since; else it rests on."""
    asked = {offer.volunteer_id for offer in job.offers if offer.round == job.round}
    is_humane = not job.community.is_quiet(now)
    if is_humane and any(c.is_eligible and c.volunteer.id not in asked for c in candidates(session, job, now=now)):
        _rest(session, job, until=now, now=now)
        ask_next(session, job, now=now)
        return
    job.due_at = rest_until(job.service, State.STUCK, now=now)
    for stop in job.open_stops:
        stop.due_at = job.due_at


def accept(session: Session, offer: Offer, *, who: str, now: datetime) -> Answer:
    """A yes. The first wins by one conditional UPDATE; everybody else is told the truth. Twice yes is one yes."""
    job = offer.job
    if job.volunteer_id == offer.volunteer_id and job.state is State.TAKEN:
        return Answer.YOURS
    if not job.is_open:
        offer.answered(session, OfferState.TOO_LATE, now=now)
        return Answer.TAKEN if job.volunteer_id else Answer.OVER
    if offer.state not in (OfferState.OPEN, OfferState.NO, OfferState.EXPIRED):
        return Answer.TAKEN if job.volunteer_id else Answer.OVER
    while job.is_open and job.volunteer_id is None:
        try:
            _take(session, job, offer.volunteer, who=who, now=now)
        except SomebodyWasFaster:
            continue  # another yes, or only the clock asking the next: what is there now decides
        return Answer.YOURS
    offer.answered(session, OfferState.TOO_LATE, now=now)
    note(session, job, "too_late", who=who, now=now)
    return Answer.TAKEN if job.volunteer_id else Answer.OVER


def assign(session: Session, job: Job, volunteer: Volunteer, *, who: str, now: datetime) -> None:
    """Staff give a job to a volunteer, who has agreed by other means. A job that somebody holds is handed over."""
    if job.volunteer_id == volunteer.id and job.state is State.TAKEN:
        return
    if job.state is State.TAKEN and job.volunteer is not None:
        former = job.volunteer
        hand_back(session, job, who=who, now=now, why="handed_over")
        tell(session, former, "job_withdrawn", now=now, about=job, what=what_job(job), code=job.code)
    _take(session, job, volunteer, who=who, now=now)


def decline(session: Session, offer: Offer, *, who: str, now: datetime) -> Answer:
    """A no is noted; the last no makes the job due, and the watch asks the next."""
    if not offer.answered(session, OfferState.NO, now=now):
        return Answer.NOTED
    job = offer.job
    note(session, job, "decline", who=who, now=now)
    if job.state is State.OFFERED and not _open_offers(job):
        job.due_at = now
        for stop in job.open_stops:
            stop.due_at = now
    return Answer.NOTED


def decline_for(session: Session, offer: Offer, *, who: str, now: datetime) -> None:
    """Staff note a no that a volunteer gave them."""
    decline(session, offer, who=who, now=now)


def hand_back(session: Session, job: Job, *, who: str, now: datetime, why: str = "") -> None:
    """A taken job is free again, and due at once; whoever was asked before may be asked anew."""
    move_with_stops(
        session, job, "release", who=who, now=now, due_at=now, why=why, volunteer_id=None, taken_at=None,
        round=job.round + 1, wave=0, nudges=0,
    )  # fmt: skip
    close_alerts_about(session, f"job {job.id}", {AlertKind.LATE}, now=now)


def withdraw_offers(session: Session, job: Job, *, now: datetime) -> None:
    """Nobody need answer any more: offers that have not left stay here, the others are thanked at once."""
    for offer in _open_offers(job):
        if offer.answered(session, OfferState.WITHDRAWN, now=now) and take_back(session, offer=offer):
            _thank(session, offer, now=now)


def what(stop: HelpRequest) -> blanks.Blank:
    """A request as a blank: the meal's dish, or the service's name."""
    if stop.dish is not None and stop.menu is not None:
        return blanks.sentence("a_meal", meal=blanks.names(stop.menu.meal.names), dish=stop.dish.name)
    return blanks.names(stop.service.names)


def what_job(job: Job) -> blanks.Blank:
    """A job as a blank, without naming anybody: "lunch round, 6 stops", "errand"."""
    meal = next((stop.menu.meal for stop in job.stops if stop.menu is not None), None)
    if meal is not None and len(job.stops) == 1:
        return blanks.names(meal.names)
    if meal is not None:
        return blanks.sentence("a_round", meal=blanks.names(meal.names), count=len(job.stops))
    return blanks.names(job.service.names)


def _put_to(session: Session, job: Job, volunteer: Volunteer, *, until: datetime, now: datetime) -> None:
    number = volunteer.phone or ""
    channel = channel_to(session, job.community, number)
    offer = Offer(
        job=job,
        volunteer=volunteer,
        round=job.round,
        wave=job.wave,
        channel=channel,
        state=OfferState.OPEN,
        made_at=now,
    )
    session.add(offer)
    session.flush()
    # A call that is not answered is tried again, so the offer keeps until the job has moved on.
    tell_all(session, volunteer, [offer_sentence(offer)], now=now, about=offer, expires_at=until, by=channel)


def offer_sentence(offer: Offer) -> Sentence:
    """What a volunteer sees before accepting: first name, kind, zone and time; nothing else. A round names nobody."""
    job = offer.job
    when = blanks.span(job.wanted_from, job.wanted_until)
    said = {"what": what_job(job), "zone": job.zone.name, "when": when, "code": job.code}
    if len(job.stops) == 1:
        return ("offer", {**said, "name": job.stops[0].resident.given_name})
    return ("offer_round", said)


def job_sentences(job: Job) -> list[Sentence]:
    """Everything the holder of a job must know, stop by stop."""
    head: Sentence = (
        "job_yours",
        {"what": what_job(job), "when": blanks.span(job.wanted_from, job.wanted_until), "code": job.code},
    )
    return [head, *(stop_sentence(stop, place) for place, stop in enumerate(job.stops, start=1) if stop.is_open)]


def stop_sentence(stop: HelpRequest, place: int) -> Sentence:
    """One stop: whom, where, what to bring, and the word at the door."""
    resident = stop.resident
    word = blanks.word(stop.code_word, resident.language)
    said: dict[str, blanks.Blank] = {
        "place": place, "name": resident.given_name, "address": resident.address or resident.zone.name, "word": word,
        "door": blanks.sentence("door_note", note=resident.door_note) if resident.door_note else "",
        "what": blanks.sentence("portions", dish=stop.dish.name, count=stop.portions) if stop.dish else _errand(stop),
    }  # fmt: skip
    return ("stop", said)


def _errand(stop: HelpRequest) -> blanks.Blank:
    if stop.note:
        return blanks.sentence("errand_note", what=blanks.names(stop.service.names), note=stop.note)
    if stop.recording_id is not None:
        return blanks.sentence("errand_recorded", what=blanks.names(stop.service.names))
    return blanks.names(stop.service.names)


def nudge_at(job: Job, *, now: datetime) -> datetime:
    """When a taken job is asked after: its patience after the work should have begun, for meals at the latest when the
    last stop should have been reached."""
    after = max(now, job.wanted_from) + timedelta(minutes=job.service.nudge_minutes)
    is_round = any(stop.is_meal for stop in job.stops)
    return max(now, min(after, job.wanted_until)) if is_round else after


def _take(session: Session, job: Job, volunteer: Volunteer, *, who: str, now: datetime) -> None:
    if not volunteer.enrolled_at:
        raise Refusal("not_enrolled")
    move_with_stops(
        session, job, "take", who=who, now=now, due_at=nudge_at(job, now=now), volunteer_id=volunteer.id, taken_at=now,
        nudges=0,
    )  # fmt: skip
    for offer in job.offers:
        if offer.volunteer_id == volunteer.id and offer.round == job.round:
            offer.state, offer.answered_at = OfferState.YES, now
    withdraw_offers(session, job, now=now)
    close_alerts_about(session, f"job {job.id}", {AlertKind.NOBODY_FOUND}, now=now)
    for stop in job.open_stops:
        stop.code_word = secrets.randbelow(CODE_WORDS)
    _tell_who_comes(session, job, volunteer, now=now)


def _tell_who_comes(session: Session, job: Job, volunteer: Volunteer, *, now: datetime) -> None:
    sentences = job_sentences(job)
    for part in _in_parts(sentences):
        tell_all(session, volunteer, part, now=now, about=job, expires_at=job.wanted_until)
    for stop in job.open_stops:
        tell(
            session, stop.resident, "who_brings" if stop.is_meal else "who_comes", now=now, about=stop,
            helper=volunteer.given_name, what=what(stop), when=blanks.span(stop.wanted_from, stop.wanted_until),
            expires_at=stop.wanted_until, word=blanks.word(stop.code_word, stop.resident.language),
        )  # fmt: skip


def _in_parts(sentences: list[Sentence]) -> Iterable[list[Sentence]]:
    head, stops = sentences[0], sentences[1:]
    yield [head, *stops[:_STOPS_PER_TEXT]]
    for start in range(_STOPS_PER_TEXT, len(stops), _STOPS_PER_TEXT):
        yield stops[start : start + _STOPS_PER_TEXT]


def _thank(session: Session, offer: Offer, *, now: datetime) -> None:
    # Nobody is rung only to hear that there is nothing to do; whoever is texted hears at once.
    if offer.channel is Channel.TEXT:
        tell(session, offer.volunteer, "taken_thanks", now=now, about=offer.job, code=offer.job.code)


def _open_offers(job: Job) -> list[Offer]:
    return [offer for offer in job.offers if offer.state is OfferState.OPEN]


def _rest(session: Session, job: Job, *, until: datetime, now: datetime) -> None:
    if job.state is State.WAITING:
        job.due_at = until
        for stop in job.open_stops:
            stop.due_at = until
        return
    move_with_stops(session, job, "wait", who=CLOCK, now=now, due_at=until)
