"""A volunteer's text: 1 yes · 2 no · 3 done · 4 cannot after all · 5 not at home · 6 worried · CALL, MORE, LATE, for
the one thing that is open, with its code when several are; MINE, OFF, ON."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import saying, working
from dispatch.still_hers import is_asked
from dispatch.telling import Sentence
from models.errors import Refusal
from models.jobs import Job, Offer, latest_offer_to, open_jobs_of, open_offers_to
from models.people import Volunteer, residents_at
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Call, Message, Outcome, Thread
from voice.certainty import Certainty
from voice.deeds import do
from voice.doing import Doing
from voice.own_words import own_words
from voice.reading import Read
from voice.talk import Talk
from voice.threads import thread_with
from voice.volunteer_words import Written, read_volunteer
from voice.writing import write_back

# What is answered goes to the number on file.
_WRITTEN = Talk(medium="text", certainty=Certainty.RUNG)
_OFFER_KEYS = ("1", "2")
_JOB_KEYS = ("3", "4", "more", "late")
_STOP_KEYS = ("5", "6", "call")
_DEEDS = {
    "1": "accept", "2": "decline", "3": "job_done", "4": "job_back", "5": "stop_missed", "6": "stop_worry",
    "call": "call_me", "more": "note_again", "late": "job_late", "all_back": "jobs_back",
}  # fmt: skip
# Nobody is missed, or spoken with, where it is done already.
_OPEN_STOP_KEYS = ("5", "call")
# Worries come after the door has closed: a job is remembered for this long after it was finished.
_JUST_FINISHED = timedelta(hours=24)
# "That was not me": of a job that is told to be hers.
_NOT_ME = "not_me"
# Done and worried can be said of what somebody else has reported meanwhile.
_ALSO_OF_WHAT_IS_DONE = frozenset({"3", "6"})
# Codes of jobs begin above the numbers of stops within a round.
_FIRST_CODE = 10
# Nobody is late by more, and comes.
_MOST_MINUTES = 180
_CODE_DIGITS, _MANY_CODES = 2, 99


@dataclass(frozen=True)
class _Meant:
    """What is to be done, or what must be asked first."""

    deed: str = ""
    arguments: tuple[tuple[str, int | str], ...] = ()
    ask: Sentence | None = None
    code: int | None = None  # of the job that is already known, while it is asked who of its stops


def is_for_volunteer(session: Session, volunteer: Volunteer, message: Message, *, now: datetime) -> bool:
    """Does this text answer an offer or a job? A number that is a resident's too is asked as a resident otherwise."""
    if not residents_at(session, volunteer.community, message.phone, now=now):
        return True
    today, own = volunteer.community.local(now).date(), own_words(session, volunteer.community)
    read = read_volunteer(message.body, volunteer.language, today, own).read
    if read.key == "mine":
        return True
    if read.key in _OFFER_KEYS or (read.numbers and not read.key):
        return bool(open_offers_to(session, volunteer))
    return read.key in (*_DEEDS, _NOT_ME) and bool(open_jobs_of(session, volunteer) or read.key == "6")


def answer_volunteer(
    session: Session, community: Community, volunteer: Volunteer, message: Message, *, now: datetime
) -> str:
    """Do what the text says; returns the outcome kept with it."""
    message.language = volunteer.language
    own = own_words(session, community)
    written = read_volunteer(message.body, volunteer.language, community.local(now).date(), own)
    read = written.read
    if read.intent in ("thanks", "noted"):
        return "thanks"
    thread = thread_with(session, community, message.phone, language=volunteer.language, now=now)
    if not _was_interrupted(session, volunteer, thread):
        picks = thread.talk.get("picks") or {}
        minutes = written.minutes or picks.get("minutes")
        written = replace(written, added=written.added or str(picks.get("added", "")), minutes=minutes)
        read = _completed(read, thread)
    thread.talk = Talk(medium="text", language=volunteer.language).to_json()
    if read.numbers and not read.key and _tell_of(session, volunteer, message, read.numbers[0], now=now):
        thread.talk = {**thread.talk, "picks": {"code": read.numbers[0], "at": now.isoformat()}}
        return "asked"
    if read.key == "off":
        thread.talk = {**thread.talk, "picks": {"is_off": True, "at": now.isoformat()}}
    if is_asked(session, volunteer) and read.key in _OFFER_KEYS and not open_offers_to(session, volunteer):
        meant = _Meant("say_whose", (("is_hers", read.key == "1"),))
        return _do(session, community, volunteer, message, meant, now=now)
    if read.key in _OF_HERSELF:
        return _OF_HERSELF[read.key](session, community, volunteer, message, written, now=now)
    if read.key == "more" and not open_jobs_of(session, volunteer):
        return _more_of_offer(session, volunteer, message, read, now=now)
    if read.key not in _DEEDS and read.key != _NOT_ME:
        return _to_staff(session, community, message, now=now)
    if read.key == _NOT_ME:
        # Somebody has said yes in her name, or she has mistaken herself: it is free again, and a person looks into it.
        message.needs_reading, read = True, replace(read, key="4")
    if read.key == "late":
        read, written = _late_by_number(session, volunteer, read, written)
    meant = _meant(session, volunteer, read, now=now)
    if meant.ask is not None:
        asked = {"pending": read.key, "code": meant.code, "added": written.added, "at": now.isoformat(),
                 "minutes": written.minutes}  # fmt: skip
        thread.talk = {**thread.talk, "picks": asked}
        if read.key == "6":
            working.worry_about_somebody(session, volunteer, now=now)  # who it is can be said later; help cannot
        message.needs_reading = message.needs_reading or meant.ask[0] == "code_unknown"
        _say(session, volunteer, message, (meant.ask,), now=now)
        return "asked"
    if not meant.deed:
        _say(session, volunteer, message, (("nothing_open", {}),), now=now)
        message.needs_reading = True
        return Outcome.MESSAGE
    return _do(session, community, volunteer, message, _with_what_was_added(meant, written), now=now)


def _with_what_was_added(meant: _Meant, written: Written) -> _Meant:
    """ "Yes, at five", "late 20": these answers take more than the key."""
    if meant.deed == "accept" and written.added:
        return replace(meant, arguments=(*meant.arguments, ("added", written.added)))
    if meant.deed == "job_late" and written.minutes:
        return replace(meant, arguments=(*meant.arguments, ("minutes", written.minutes)))
    return meant


def _late_by_number(session: Session, volunteer: Volunteer, read: Read, written: Written) -> tuple[Read, Written]:
    """ "Late 20" is by twenty minutes, unless 20 is the code of a job of hers."""
    codes = {job.code for job in open_jobs_of(session, volunteer)}
    minutes = next((number for number in read.numbers if number not in codes and number <= _MOST_MINUTES), None)
    kept = tuple(number for number in read.numbers if number != minutes)
    return replace(read, numbers=kept), replace(written, minutes=written.minutes or minutes)


def _list_mine(
    session: Session, community: Community, volunteer: Volunteer, message: Message, written: Written, *, now: datetime
) -> str:
    """What is open: her jobs, and what she may still say yes to; nothing of it names anybody."""
    jobs, offers = open_jobs_of(session, volunteer), [offer.job for offer in open_offers_to(session, volunteer)]
    says: list[Sentence] = []
    if jobs:
        says.append(("mine_jobs", {"list": saying.jobs_by_number(jobs[:4])}))
    if offers:
        says.append(("mine_offers", {"list": saying.jobs_by_number(offers[:4])}))
    says.append(("mine_more", {}) if says else ("mine_nothing", {}))
    _say(session, volunteer, message, tuple(says), now=now)
    return Outcome.HEARD


def _more_of_offer(session: Session, volunteer: Volunteer, message: Message, read: Read, *, now: datetime) -> str:
    """Before the yes there is no more than the offer itself."""
    offers = open_offers_to(session, volunteer)
    code = read.numbers[0] if read.numbers else offers[-1].job.code if offers else 0
    if not _tell_of(session, volunteer, message, code, now=now):
        _say(session, volunteer, message, (("mine_nothing", {}),), now=now)
    return Outcome.HEARD


def _go_off(
    session: Session, community: Community, volunteer: Volunteer, message: Message, written: Written, *, now: datetime
) -> str:
    days = [day.isoformat() if day else "" for day in (written.since, written.until)]
    return _do(session, community, volunteer, message, _Meant("off", (("since", days[0]), ("until", days[1]))), now=now)


def _come_back(
    session: Session, community: Community, volunteer: Volunteer, message: Message, written: Written, *, now: datetime
) -> str:
    return _do(session, community, volunteer, message, _Meant("on"), now=now)


_OF_HERSELF: dict[str, Callable[..., str]] = {"mine": _list_mine, "off": _go_off, "on": _come_back}


def _tell_of(session: Session, volunteer: Volunteer, message: Message, code: int, *, now: datetime) -> bool:
    """A bare number names an open offer or a job in hand: she is told what it is, and what she can answer to it."""
    offer = next((offer for offer in open_offers_to(session, volunteer) if offer.job.code == code), None)
    job = next((job for job in open_jobs_of(session, volunteer) if job.code == code), None)
    if offer is not None:
        told = _say(session, volunteer, message, (saying.offer_sentence(offer),), now=now)
        if told is not None:
            told.offer_id, told.job_id = offer.id, offer.job_id  # it leaves only while it is true
    elif job is not None:
        _say(session, volunteer, message, (("nudge", {"what": saying.what_job(job), "code": code}),), now=now)
    return bool(offer or job)


def _do(
    session: Session, community: Community, volunteer: Volunteer, message: Message, meant: _Meant, *, now: datetime
) -> str:
    doing = Doing(
        community=community, caller=message.phone, talk=_WRITTEN, source_key=f"sms {message.message_sid}",
        now=now, volunteer=volunteer, message=message,
    )  # fmt: skip
    try:
        done = do(session, meant.deed, dict(meant.arguments), doing)
    except Refusal as refusal:
        _say(session, volunteer, message, ((refusal.reason, refusal.blanks),), now=now)
        return "refused"
    _say(session, volunteer, message, done.says, now=now)
    return done.outcome or Outcome.ANSWERED


def _meant(session: Session, volunteer: Volunteer, read: Read, *, now: datetime) -> _Meant:
    if read.key in _OFFER_KEYS:
        return _meant_offer(session, volunteer, read)
    return _meant_job(session, volunteer, read, now=now)


def _meant_offer(session: Session, volunteer: Volunteer, read: Read) -> _Meant:
    code = read.numbers[0] if read.numbers else None
    if code is None:
        open_ones = open_offers_to(session, volunteer)
        if len(open_ones) > 1:
            return _which([offer.job for offer in open_ones])
        offer = open_ones[0] if open_ones else _late(session, volunteer)
    else:
        offer = latest_offer_to(session, volunteer, code=code)
        if offer is None:
            return _Meant(ask=("code_unknown", {"code": code}))
    return _Meant(_DEEDS[read.key], (("offer_id", offer.id),)) if offer else _Meant()


def _late(session: Session, volunteer: Volunteer) -> Offer | None:
    """A bare yes when nothing is open: a late answer to the last offer, or yes once more to what is already hers."""
    return latest_offer_to(session, volunteer)


def _meant_job(session: Session, volunteer: Volunteer, read: Read, *, now: datetime) -> _Meant:
    jobs = open_jobs_of(session, volunteer)
    if not jobs and read.key in _ALSO_OF_WHAT_IS_DONE:
        jobs = _just_finished(session, volunteer, now=now)
    if read.key == "all_back" and jobs:
        return _Meant(_DEEDS[read.key])
    codes = [n for n in read.numbers if n >= _FIRST_CODE]
    places = [n for n in read.numbers if n < _FIRST_CODE]
    if codes:
        jobs = [job for job in jobs if job.code == codes[0]]
        if not jobs:
            return _Meant(ask=("code_unknown", {"code": codes[0]}))
    if len(jobs) > 1:
        return _which(jobs)
    if not jobs:
        return _Meant()
    if read.key in _JOB_KEYS:
        return _Meant(_DEEDS[read.key], (("job_id", jobs[0].id),))
    return _meant_stop(jobs[0], read.key, places)


def _meant_stop(job: Job, key: str, places: list[int]) -> _Meant:
    stops = {stop.place: stop for stop in job.stops}
    if key in _OPEN_STOP_KEYS:
        stops = {place: stop for place, stop in stops.items() if stop.is_open}
    chosen = stops.get(places[0]) if places else next(iter(stops.values())) if len(stops) == 1 else None
    if chosen is None:
        ask = "which_stop_call" if key == "call" else "which_stop_text"
        return _Meant(ask=(ask, {"list": _named(stops)}), code=job.code)
    return _Meant(_DEEDS[key], (("request_id", chosen.id),))


def _named(stops: dict[int, HelpRequest]) -> str:
    return ", ".join(f"{place} {stop.resident.given_name}" for place, stop in stops.items())


def _which(jobs: list[Job]) -> _Meant:
    return _Meant(ask=("which_job", {"list": saying.jobs_by_number(jobs[:6])}))


def _just_finished(session: Session, volunteer: Volunteer, *, now: datetime) -> list[Job]:
    return list(
        session.scalars(
            sa.select(Job)
            .where(Job.volunteer_id == volunteer.id, Job.closed_at >= now - _JUST_FINISHED)
            .order_by(Job.closed_at.desc())
            .limit(1)
        )
    )


def _was_interrupted(session: Session, volunteer: Volunteer, thread: Thread) -> bool:
    """Something new was offered since we asked: a bare 1 may be meant for that, and is no answer to the question."""
    asked_at = (thread.talk.get("picks") or {}).get("at")
    offers = open_offers_to(session, volunteer)
    return bool(asked_at and offers and offers[-1].made_at > datetime.fromisoformat(asked_at))


def _completed(read: Read, thread: Thread) -> Read:
    """An answer to "which one?" or "who was it?" completes what was said before: "21", "5 21" or "521"; then "1"."""
    picks = thread.talk.get("picks") or {}
    key, code = str(picks.get("pending") or ""), picks.get("code")
    known = (int(code),) if code else ()
    if picks.get("is_off") and read.key == "4" and not read.numbers:
        return Read(key="all_back")
    if not key and known and read.key and not read.numbers:
        return Read(key=read.key, numbers=known)  # the number was named before, by itself
    if not key or (read.intent and not read.key):
        return read
    if read.is_code_first and key in _STOP_KEYS and read.key != key:
        return Read(key=key, numbers=(read.numbers[0], int(read.key)))  # "13 2": of the job 13 the second stop
    if not read.key and read.numbers:
        return Read(key=key, numbers=(*known, _without_key(read.numbers[0], key)))
    if read.key == key and read.numbers:
        return Read(key=key, numbers=read.numbers if max(read.numbers) >= _FIRST_CODE else (*known, *read.numbers))
    if key in _STOP_KEYS and known and read.key and not read.numbers:
        return Read(key=key, numbers=(*known, int(read.key)))
    return read


def _without_key(number: int, key: str) -> int:
    """Whoever is told "1 and the number" may write it in one: 118 for 1 and 18."""
    tail = str(number).removeprefix(key)
    return int(tail) if str(number) != tail and len(tail) >= _CODE_DIGITS and number > _MANY_CODES else number


def _to_staff(session: Session, community: Community, message: Message, *, now: datetime) -> str:
    doing = Doing(
        community=community, caller=message.phone, talk=Talk(medium="text"), source_key=f"sms {message.message_sid}",
        now=now, volunteer=message.volunteer, message=message,
    )  # fmt: skip
    done = do(session, "to_staff", {}, doing)
    write_back(session, community, message.phone, done.says, language=message.language, now=now)
    return Outcome.MESSAGE


def _say(
    session: Session, volunteer: Volunteer, message: Message, says: tuple[Sentence, ...], *, now: datetime
) -> Message | Call | None:
    # The number it came from is one of hers, or she would not be known by it.
    return write_back(session, volunteer.community, message.phone, says, language=volunteer.language, now=now)
