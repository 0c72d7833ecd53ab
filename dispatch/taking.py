"""A yes: the first wins, and everybody is told the truth. A job is taken, handed over, given back."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about
from dispatch.history import hold, move_with_stops, note
from dispatch.offering import NEWS_KEEP, new_offer, withdraw_offers
from dispatch.reaching import why_not_tell
from dispatch.returns import too_often_today
from dispatch.saying import coming_sentence, job_sentences, what_job
from dispatch.telling import Sentence, tell, tell_all
from dispatch.twins import comes_already, free_part, who_comes_too
from models.errors import Refusal
from models.jobs import Job, Offer, OfferState
from models.lifecycle import State
from models.people import Volunteer
from models.tasks import AlertKind

# How many words the list in each language holds; both sides of a visit know each other by one of them.
CODE_WORDS = 40
# How many stops are written in one text, so that no text grows beyond a few segments.
_STOPS_PER_TEXT = 2
# Whoever took a job so long before its time is reminded of it so long before.
_WORTH_REMINDING, _REMINDED_BEFORE = timedelta(hours=3), timedelta(minutes=45)


class Answer(StrEnum):
    """What a yes came to."""

    YOURS = "yours"
    TAKEN = "taken"  # by somebody else: thank you
    OVER = "over"  # cancelled or done meanwhile


def accept(session: Session, offer: Offer, *, who: str, now: datetime) -> Answer:
    """A yes. Whoever holds the job's row first wins; everybody else is told the truth. Twice yes is one yes. Where
    several go together it is a yes to the visit: whoever is too late for one part has another that is free."""
    job = offer.job
    hold(session, job)
    session.refresh(offer)
    if job.volunteer_id == offer.volunteer_id and job.state is State.TAKEN:
        return Answer.YOURS
    if job.volunteer_id is not None or not job.is_open or not _can_still_be_taken(session, offer, now=now):
        offer.answered(session, OfferState.TOO_LATE, now=now)
        note(session, job, "too_late", who=who, now=now)
        if _takes_another(session, job, offer.volunteer, who=who, now=now):
            return Answer.YOURS
        return Answer.TAKEN if job.volunteer_id else Answer.OVER
    _take(session, job, offer.volunteer, who=who, now=now)
    return Answer.YOURS


def _can_still_be_taken(session: Session, offer: Offer, *, now: datetime) -> bool:
    """Second thoughts are welcome while nobody has it; not after its hour, nor from whom we may not tell more."""
    job = offer.job
    is_known = offer.state in (OfferState.OPEN, OfferState.NO, OfferState.EXPIRED)
    if too_often_today(session, job.community, [offer.volunteer_id], now=now):
        return False
    return is_known and not job.is_past(now) and not why_not_tell(session, offer.volunteer, now=now)


def _takes_another(session: Session, job: Job, volunteer: Volunteer, *, who: str, now: datetime) -> bool:
    free = free_part(session, job)
    if free is None or why_not_tell(session, volunteer, now=now):
        return False
    hold(session, free)
    if free.state is not State.OFFERED:
        return False
    _take(session, free, volunteer, who=who, now=now)
    return True


def add_words(session: Session, job: Job, words: str, *, who: str, now: datetime) -> None:
    """What the holder added to the yes, "at five": it stays with the job for as long as it is hers."""
    job.yes_words = words[:200]
    note(session, job, "yes_but", who=who, now=now, why=words)


def assign(
    session: Session, job: Job, volunteer: Volunteer, *, who: str, now: datetime, former_is_told: bool = True
) -> None:
    """Staff give a job to a volunteer, who has agreed by other means. A job that somebody holds is handed over."""
    hold(session, job)
    if job.volunteer_id == volunteer.id and job.state is State.TAKEN:
        return
    if job.state is State.TAKEN and job.volunteer is not None:
        former = job.volunteer
        hand_back(session, job, who=who, now=now, why="handed_over")
        if former_is_told:
            tell(session, former, "job_withdrawn", now=now, about=job, what=what_job(job), code=job.code)
    _take(session, job, volunteer, who=who, now=now)


def hand_back(session: Session, job: Job, *, who: str, now: datetime, why: str = "") -> None:
    """A taken job is free again, and due at once; whoever was asked before may be asked anew."""
    move_with_stops(
        session, job, "release", who=who, now=now, due_at=now, why=why, volunteer_id=None, taken_at=None,
        round=job.round + 1, wave=0, nudges=0, yes_words="", reminded_at=None, lates=0, late_minutes=0,
    )  # fmt: skip
    close_alerts_about(session, f"job {job.id}", {AlertKind.LATE}, now=now)


def nudge_at(job: Job, *, now: datetime) -> datetime:
    """When a taken job is asked after: its patience after the work should have begun, for meals at the latest when the
    last stop should have been reached."""
    late = timedelta(minutes=job.late_minutes)
    after = max(now, job.wanted_from + late) + timedelta(minutes=job.service.nudge_minutes)
    return max(now, min(after, job.wanted_until + late)) if job.is_round else after


def remind_at(job: Job, *, taken_at: datetime) -> datetime | None:
    """When whoever took it well before its time is reminded: shortly before, or the evening before an early morning."""
    if job.wanted_from - taken_at < _WORTH_REMINDING:
        return None
    before = job.wanted_from - _REMINDED_BEFORE
    morning = job.community.after_quiet(before)
    at = morning if morning < job.wanted_from else job.community.before_quiet(before)
    return at if at > taken_at else None


def _take(session: Session, job: Job, volunteer: Volunteer, *, who: str, now: datetime) -> None:
    if hindrance := why_not_tell(session, volunteer, now=now):
        raise Refusal(hindrance)
    if comes_already(session, job, volunteer):
        raise Refusal("comes_already", what=what_job(job))
    if now >= job.wanted_until:
        _move_window(job, now=now)
    move_with_stops(
        session, job, "take", who=who, now=now, due_at=remind_at(job, taken_at=now) or nudge_at(job, now=now),
        volunteer_id=volunteer.id, taken_at=now, nudges=0,
    )  # fmt: skip
    yes = _note_yes(session, job, volunteer, now=now)
    withdraw_offers(session, job, now=now)
    close_alerts_about(session, f"job {job.id}", {AlertKind.NOBODY_FOUND}, now=now)
    for stop in job.open_stops:
        stop.code_word = secrets.randbelow(CODE_WORDS)
    _tell_who_comes(session, job, yes, now=now)


def _move_window(job: Job, *, now: datetime) -> None:
    """Taken after its hour: it is done from now on, for as long as it would have been."""
    length = job.wanted_until - job.wanted_from
    job.wanted_from, job.wanted_until = now, now + length
    for stop in job.open_stops:
        stop.wanted_from, stop.wanted_until, stop.told_over_at = now, now + length, None


def _note_yes(session: Session, job: Job, volunteer: Volunteer, *, now: datetime) -> Offer:
    """Whoever holds a job has said yes to it, also when staff wrote it down: whoever gives it back is known by that."""
    mine = _offer_of(session, job, volunteer, now=now)
    mine.state, mine.answered_at = OfferState.YES, now
    session.flush()
    return mine


def _offer_of(session: Session, job: Job, volunteer: Volunteer, *, now: datetime) -> Offer:
    mine = next((o for o in job.offers if o.volunteer_id == volunteer.id and o.round == job.round), None)
    return mine or new_offer(session, job, volunteer, now=now)


def _tell_who_comes(session: Session, job: Job, yes: Offer, *, now: datetime) -> None:
    """What is told belongs to this yes: once the job is given back, none of it is true any more."""
    volunteer = yes.volunteer
    sentences = [*job_sentences(job), *_together(session, job)]
    for part in _in_parts(sentences):
        row = tell_all(session, volunteer, part, now=now, about=job, expires_at=_worth_until(job, now=now))
        row.offer_id = yes.id
    for stop in job.open_stops:
        if coming := coming_sentence(stop):
            row = tell_all(session, stop.resident, [coming], now=now, about=stop, expires_at=_worth_until(job, now=now))
            row.offer_id = yes.id


def _together(session: Session, job: Job) -> list[Sentence]:
    """Whoever does not go alone is told so, and with whom if that is known."""
    if not any(stop.twin_of_id is not None or stop.service.helpers > 1 for stop in job.open_stops):
        return []
    others = who_comes_too(session, job)
    return [("comes_too", {"helper": other.helper_name}) for other in others] or [("not_alone", {})]


def _worth_until(job: Job, *, now: datetime) -> datetime:
    """What is decided at night is told in the morning, and is still worth telling then."""
    return max(job.wanted_until, job.community.after_quiet(now) + NEWS_KEEP)


def _in_parts(sentences: list[Sentence]) -> Iterable[list[Sentence]]:
    head, stops = sentences[0], sentences[1:]
    yield [head, *stops[:_STOPS_PER_TEXT]]
    for start in range(_STOPS_PER_TEXT, len(stops), _STOPS_PER_TEXT):
        yield stops[start : start + _STOPS_PER_TEXT]
