"""What volunteers do: answer an offer, finish a job, give it back, worry."""

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from dispatch import blanks, minding, offering, pausing, saying, still_hers, taking, working
from dispatch.history import hold
from dispatch.reaching import channel_to
from dispatch.taking import Answer
from dispatch.telling import Sentence, tell_all
from dispatch.twins import part_of
from models.errors import Refusal
from models.jobs import Channel, Job, Offer
from models.lifecycle import State
from models.people import Volunteer
from models.requests import HelpRequest
from models.traffic import Outcome
from voice.doing import Doing, Done

_IN_HAND = frozenset({State.TAKEN})


def _accept(session: Session, doing: Doing, *, offer_id: int, added: str = "") -> Done:
    offer = _own_offer(session, doing, offer_id)
    job = offer.job
    was_mine = job.volunteer_id == offer.volunteer_id and job.state is State.TAKEN
    answer = taking.accept(session, offer, who=doing.volunteer_who, now=doing.now)
    if was_mine:
        _send_details(session, job, doing)
    job = part_of(session, job, offer.volunteer) or job
    if added and answer is Answer.YOURS:
        taking.add_words(session, job, added, who=doing.volunteer_who, now=doing.now)
        if doing.message is not None:
            doing.message.needs_reading = True
    number = offer.volunteer.phone or ""
    is_rung = channel_to(session, doing.community, number) is Channel.CALL
    yours = "already_yours" if was_mine else "yours_by_call" if is_rung else "yours"
    prompt = {Answer.YOURS: yours, Answer.TAKEN: "taken_thanks"}.get(answer)
    noted: tuple[Sentence, ...] = (("yes_noted", {}),) if added and answer is Answer.YOURS else ()
    return Done(((prompt or "offer_over", {"code": job.code}), *noted), Outcome.ANSWERED)


def _decline(session: Session, doing: Doing, *, offer_id: int) -> Done:
    offer = _own_offer(session, doing, offer_id)
    if offer.job.state is State.TAKEN and offer.job.volunteer_id == offer.volunteer_id:
        if doing.message is not None:
            doing.message.needs_reading = True  # she may mean that she cannot after all: a person looks
        return Done((("still_yours", {"code": offer.job.code}),), Outcome.ANSWERED)
    offering.decline(session, offer, who=doing.volunteer_who, now=doing.now)
    return Done((("declined_thanks", {}),), Outcome.ANSWERED)


def _job_done(session: Session, doing: Doing, *, job_id: int) -> Done:
    # Perhaps whoever she helped has said so before.
    job = _own_job(session, doing, job_id, states=frozenset({State.TAKEN, State.DONE}))
    working.finish_job(session, job, who=doing.volunteer_who, now=doing.now)
    return Done((("done_thanks", {"code": job.code}),), Outcome.ANSWERED, picks={"job": 0})


def _job_back(session: Session, doing: Doing, *, job_id: int) -> Done:
    job = _own_job(session, doing, job_id)
    working.release(session, job, who=doing.volunteer_who, now=doing.now)
    return Done((("back_thanks", {"code": job.code}),), Outcome.ANSWERED, picks={"job": 0})


def _job_late(session: Session, doing: Doing, *, job_id: int, minutes: int | None = None) -> Done:
    job = _own_job(session, doing, job_id)
    is_too_much = minding.run_late(session, job, minutes=minutes, who=doing.volunteer_who, now=doing.now)
    return Done((("late_told_staff" if is_too_much else "late_told", {}),), Outcome.ANSWERED)


def _stop_missed(session: Session, doing: Doing, *, request_id: int) -> Done:
    stop = _own_stop(session, doing, request_id)
    working.miss(session, stop, who=doing.volunteer_who, now=doing.now)
    return Done((("missed_thanks", {"name": stop.resident.given_name}),), Outcome.ANSWERED)


def _stop_worry(session: Session, doing: Doing, *, request_id: int) -> Done:
    stop = _own_stop(session, doing, request_id)
    working.worry(session, stop, who=doing.volunteer_who, now=doing.now)
    return Done((("worry_thanks", {"name": stop.resident.given_name}),), Outcome.ANSWERED)


def _details_again(session: Session, doing: Doing, *, job_id: int) -> Done:
    _send_details(session, _own_job(session, doing, job_id), doing)
    return Done((("details_sent", {}),), Outcome.ANSWERED)


def _note_again(session: Session, doing: Doing, *, job_id: int) -> Done:
    job = _own_job(session, doing, job_id)
    if job.volunteer is not None:
        tell_all(session, job.volunteer, saying.note_sentences(job), now=doing.now, about=job)
    return Done(outcome=Outcome.ANSWERED)


def _off(session: Session, doing: Doing, *, since: str, until: str) -> Done:
    first, day = (date.fromisoformat(written) if written else None for written in (since, until))
    jobs = pausing.go_off(session, _me(doing), since=first, until=day, who=doing.volunteer_who, now=doing.now)
    said: Sentence = ("off_until", {"day": blanks.day(day)}) if day else ("off_open", {})
    if first and day:
        said = ("off_from", {"since": blanks.day(first), "day": blanks.day(day)})
    if not jobs:
        return Done((said,), Outcome.CHANGED)
    listed = saying.jobs_by_number(jobs[:3])
    still: Sentence = ("off_jobs_many", {"list": listed})
    if len(jobs) == 1:
        still = ("off_jobs", {"list": listed, "code": jobs[0].code})
    return Done((said, still), Outcome.CHANGED)


def _jobs_back(session: Session, doing: Doing) -> Done:
    """All that she holds on days on which she is off, with one answer."""
    me = _me(doing)
    jobs = pausing.jobs_within(session, me, me.absences, now=doing.now)
    if not jobs:
        raise Refusal("volunteer_nothing")
    pausing.give_back(session, me, jobs, who=doing.volunteer_who, now=doing.now)
    codes = {"$list": [str(job.code) for job in jobs]}
    return Done((("all_back_thanks", {"codes": codes}),), Outcome.ANSWERED, picks={"job": 0})


def _on(session: Session, doing: Doing) -> Done:
    pausing.come_back(session, _me(doing), who=doing.volunteer_who, now=doing.now)
    return Done((("on_again", {}),), Outcome.CHANGED)


def _say_whose(session: Session, doing: Doing, *, is_hers: bool) -> Done:
    """Silent for a year, she was asked whether she is still there."""
    me = _me(doing)
    if is_hers:
        still_hers.is_hers(session, me, now=doing.now)
        return Done((("still_thanks", {}),), Outcome.ANSWERED)
    still_hers.is_not_hers(session, me, now=doing.now)
    return Done((("not_hers_thanks", {}),), Outcome.CALLBACK)


def _me(doing: Doing) -> Volunteer:
    if doing.volunteer is None:
        raise Refusal("volunteer_nothing")
    return doing.volunteer


def _send_details(session: Session, job: Job, doing: Doing) -> None:
    # To the number on file, never to the sender: whoever only pretends to call from it learns nothing.
    if job.volunteer is not None:
        tell_all(session, job.volunteer, saying.job_sentences(job), now=doing.now, about=job)


def _own_offer(session: Session, doing: Doing, offer_id: int) -> Offer:
    offer = session.get(Offer, offer_id)
    if offer is None or doing.volunteer is None or offer.volunteer_id != doing.volunteer.id:
        raise Refusal("volunteer_nothing")
    return offer


def _own_job(session: Session, doing: Doing, job_id: int, states: frozenset[State] = _IN_HAND) -> Job:
    job = session.get(Job, job_id)
    if job is not None:
        hold(session, job)  # staff may be giving it to somebody else at this moment
    if job is None or doing.volunteer is None or job.volunteer_id != doing.volunteer.id or job.state not in states:
        raise Refusal("volunteer_nothing")
    return job


def _own_stop(session: Session, doing: Doing, request_id: int) -> HelpRequest:
    stop = session.get(HelpRequest, request_id)
    if stop is None or stop.job_id is None:
        raise Refusal("volunteer_nothing")
    job = session.get_one(Job, stop.job_id)
    hold(session, job)
    if doing.volunteer is None or job.volunteer_id != doing.volunteer.id:
        raise Refusal("volunteer_nothing")
    return stop


DEEDS: dict[str, Callable[..., Done]] = {
    "accept": _accept,
    "decline": _decline,
    "job_done": _job_done,
    "job_back": _job_back,
    "job_late": _job_late,
    "stop_missed": _stop_missed,
    "stop_worry": _stop_worry,
    "details_again": _details_again,
    "note_again": _note_again,
    "jobs_back": _jobs_back,
    "off": _off,
    "on": _on,
    "say_whose": _say_whose,
}
