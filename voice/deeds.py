"""What a turn does, before it says so: each deed of the menus by name, in the transaction of the turn.

A deed returns what is said about it and what it makes of the call; a Refusal undoes it, and its sentence is said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import alarms, blanks, offering, recording, regular, saying, taking, working
from dispatch.asking import on_day, place_help, soon
from dispatch.history import hold
from dispatch.ordering import change_dish, one_more, place_meal
from dispatch.taking import Answer
from dispatch.telling import Sentence, channel_to, tell_all
from models.errors import Refusal
from models.jobs import Channel, Job, Offer
from models.lifecycle import SomebodyWasFaster, State
from models.menus import Dish, Menu, StandingOrder
from models.people import PACES, Consent, Resident, Staff, Volunteer, phone_of, staff_at
from models.places import Community, Service
from models.requests import HelpRequest, Source
from models.tasks import Alert, AlertKind
from models.traffic import Call, Message, Outcome, Recording
from voice.talk import Talk

_MORNING, _AFTERNOON = 9, 14
_READ_ONCE_IN = timedelta(hours=1)


@dataclass(frozen=True)
class Doing:
    """For whom and when a deed is done."""

    community: Community
    caller: str | None
    talk: Talk
    source_key: str  # the turn or the text: what makes it happen once
    now: datetime
    resident: Resident | None = None
    volunteer: Volunteer | None = None
    call: Call | None = None
    message: Message | None = None
    contact_id: int | None = None  # who calls for the resident

    @property
    def who(self) -> str:
        """For the history."""
        if self.contact_id is not None:
            return f"contact {self.contact_id}"
        if self.resident is not None:
            return f"resident {self.resident.id}"
        return f"volunteer {self.volunteer.id}" if self.volunteer else "caller"

    @property
    def volunteer_who(self) -> str:
        """For the history of what is done as a volunteer, by somebody who may be a resident too."""
        return f"volunteer {self.volunteer.id}" if self.volunteer else "caller"

    @property
    def source(self) -> Source:
        """How it came to us."""
        return Source.SMS if self.talk.medium == "text" else Source.VOICE

    def someone(self) -> Resident:
        """The resident, without whom nothing can be ordered."""
        if self.resident is None:
            raise Refusal("no_such_service")
        return self.resident


@dataclass(frozen=True)
class Done:
    """What came of a deed: what is said, what the call has become, and what the talk goes on with."""

    says: tuple[Sentence, ...] = ()
    outcome: Outcome | None = None
    picks: dict[str, Any] | None = None
    resident_id: int | None = None
    pace: int | None = None
    language: str = ""  # the talk goes on in this one


def do(session: Session, name: str, arguments: Any, doing: Doing) -> Done:
    """Do the deed of that name, or nothing of it. Raises Refusal.

    Where somebody else was faster, what is there now is looked at once more: to call off what has just been taken is
    still to call it off.
    """
    try:
        with session.begin_nested():
            return _do(session, name, arguments, doing)
    except SomebodyWasFaster:
        session.expire_all()
        with session.begin_nested():
            return _do(session, name, arguments, doing)
    except Refusal:
        session.expire_all()
        raise


def _do(session: Session, name: str, arguments: Any, doing: Doing) -> Done:
    if doing.resident is not None and doing.contact_id is None:
        # Her own call is her yes to being called back.
        doing.resident.enrol(Consent.OWN_CALL, now=doing.now)
    return _DEEDS[name](session, doing, **arguments)


def _order_dish(session: Session, doing: Doing, *, menu_id: int, dish_id: int, portions: int) -> Done:
    menu, dish = _menu_and_dish(session, doing, menu_id, dish_id)
    request = place_meal(
        session, doing.someone(), menu, dish, portions=portions, source=doing.source, who=doing.who, now=doing.now,
        source_key=doing.source_key,
    )  # fmt: skip
    said = {
        "dish": dish.name, "meal": blanks.names(menu.meal.names), "portions": request.portions,
        "when": blanks.span(menu.serve_from_at, menu.serve_until_at),
    }  # fmt: skip
    return Done((("ordered_many" if request.portions > 1 else "ordered", said),), Outcome.ORDERED)


def _change_dish(session: Session, doing: Doing, *, menu_id: int, dish_id: int, portions: int, request_id: int) -> Done:
    _, dish = _menu_and_dish(session, doing, menu_id, dish_id)
    change_dish(session, _own_request(session, doing, request_id), dish, who=doing.who, now=doing.now)
    return Done((("changed", {"dish": dish.name}),), Outcome.CHANGED)


def _one_more(session: Session, doing: Doing, *, request_id: int) -> Done:
    request = _own_request(session, doing, request_id)
    one_more(session, request, who=doing.who, now=doing.now)
    return Done((("one_more_done", {"what": saying.what(request)}),), Outcome.CHANGED)


def _stand(session: Session, doing: Doing, *, meal_id: int) -> Done:
    meal = next((meal for meal in doing.community.meals if meal.id == meal_id), None)
    if meal is None:
        raise Refusal("no_such_service")
    regular.stand(session, doing.someone(), meal, who=doing.who, now=doing.now)
    return Done((("stands", {"meal": blanks.names(meal.names)}),), Outcome.ORDERED)


def _end_standing(session: Session, doing: Doing, *, standing_id: int) -> Done:
    order = session.get(StandingOrder, standing_id)
    if order is None or order.resident_id != doing.someone().id:
        raise Refusal("no_such_service")
    regular.end_standing(session, doing.someone(), order, who=doing.who, now=doing.now)
    return Done((("standing_ended", {}),), Outcome.CHANGED)


def _leave_out(session: Session, doing: Doing, *, menu_id: int) -> Done:
    menu = session.get(Menu, menu_id)
    if menu is None or menu.community_id != doing.community.id:
        raise Refusal("no_such_service")
    regular.leave_out(session, doing.someone(), menu, who=doing.who, now=doing.now)
    said = {"meal": blanks.names(menu.meal.names), "day": blanks.day(menu.date)}
    return Done((("left_out", said),), Outcome.CANCELLED)


def _go_away(session: Session, doing: Doing, *, days: int | None) -> Done:
    absence = regular.go_away(session, doing.someone(), days=days, who=doing.who, now=doing.now)
    if absence.until_date is None:
        return Done((("gone_open", {}),), Outcome.CHANGED)
    return Done((("gone", {"day": blanks.day(absence.until_date)}),), Outcome.CHANGED)


def _come_back(session: Session, doing: Doing) -> Done:
    regular.come_back(session, doing.someone(), who=doing.who, now=doing.now)
    return Done((("welcome_home", {}),), Outcome.CHANGED)


def _not_come(session: Session, doing: Doing, *, request_id: int) -> Done:
    working.miss_it(session, _own_request(session, doing, request_id), who=doing.who, now=doing.now)
    return Done((("not_come_noted", {}),), Outcome.ALARM)


def _not_well(session: Session, doing: Doing) -> Done:
    resident = doing.someone()
    alarms.raise_alert(
        session, doing.community, AlertKind.NOT_WELL, about=f"resident {resident.id}", now=doing.now, minutes=2.0,
        resident=resident, name=resident.name, phone=blanks.number(doing.caller or resident.phone or ""),
    )  # fmt: skip
    return Done((("not_well_noted", {"emergency": doing.community.emergency_number}),), Outcome.ALARM)


def _take_on(session: Session, doing: Doing, *, alert_id: int) -> Done:
    """Whoever is on duty says by telephone: I see to it."""
    alert, call = session.get(Alert, alert_id), doing.call
    if alert is None or call is None or call.staff is None or alert.community_id != doing.community.id:
        raise Refusal("offer_over")
    if alert.closed_at is None:
        alarms.acknowledge(session, alert, call.staff, now=doing.now)
    return Done((("taken_on", {}),), Outcome.ANSWERED)


def _more_slowly(session: Session, doing: Doing) -> Done:
    """A step more slowly; after the slowest as at first. It is remembered where we know who calls."""
    pace = (doing.talk.pace + 1) % PACES
    if doing.resident is not None and doing.call is not None:
        doing.resident.pace = pace
    return Done(pace=pace)


def _other_language(session: Session, doing: Doing, *, language: str) -> Done:
    """The call goes on in that language; hers is remembered for whoever calls from her own telephone."""
    if doing.resident is not None and doing.contact_id is None:
        doing.resident.language = language
    return Done(language=language)


def _ask_help(
    session: Session, doing: Doing, *, service_id: int, when: str | None, recording_id: int | None, note: str
) -> Done:
    service = session.get(Service, service_id)
    if service is None:
        raise Refusal("no_such_service")
    start, end = _when(doing, when or "soon")
    request = place_help(
        session, doing.someone(), service, wanted_from=start, wanted_until=end, source=doing.source, who=doing.who,
        now=doing.now, note=note, recording=session.get(Recording, recording_id) if recording_id else None,
        source_key=doing.source_key,
    )  # fmt: skip
    said = {"service": blanks.names(service.names), "when": blanks.span(request.wanted_from, request.wanted_until)}
    return Done((("asked", said),), Outcome.REQUESTED)


def _cancel(session: Session, doing: Doing, *, request_id: int) -> Done:
    request = _own_request(session, doing, request_id)
    working.cancel(session, request, who=doing.who, now=doing.now)
    return Done((("cancelled", {"what": saying.what(request)}),), Outcome.CANCELLED)


def _choose_resident(session: Session, doing: Doing, *, resident_id: int) -> Done:
    return Done(resident_id=resident_id)


def _keep_recording(session: Session, doing: Doing, *, sid: str, seconds: int) -> Done:
    row = keep_recording(session, doing.community, sid, seconds, now=doing.now)
    return Done(picks={"recording_id": row.id if row else None})


def keep_recording(
    session: Session, community: Community, sid: str, seconds: int, *, now: datetime
) -> Recording | None:
    """A row for something that was said; the audio is fetched from the carrier later. None: nothing was recorded."""
    if not sid:
        return None
    row = session.scalars(sa.select(Recording).where(Recording.recording_sid == sid)).one_or_none()
    if row is None:
        row = Recording(community_id=community.id, recording_sid=sid, seconds=seconds, made_at=now, due_at=now)
        session.add(row)
        session.flush()
    return row


def _leave_message(session: Session, doing: Doing, *, sid: str, seconds: int) -> Done:
    recording = keep_recording(session, doing.community, sid, seconds, now=doing.now)
    _callback(session, doing, why="message" if recording else "asked_for_person", recording=recording)
    return Done(_promised(doing), Outcome.MESSAGE if recording and seconds else Outcome.CALLBACK)


def _ask_person(session: Session, doing: Doing) -> Done:
    _callback(session, doing, why="asked_for_person")
    return Done(_promised(doing), Outcome.CALLBACK)


def _promised(doing: Doing) -> tuple[Sentence, ...]:
    if doing.caller is None:
        return (("callback_no_number", {}),)
    return (("callback_promised", {"phone": blanks.number(doing.caller)}),)


def _to_staff(session: Session, doing: Doing) -> Done:
    """Not understood, so never guessed: a person reads it. The sender is told so once in an hour."""
    if doing.message is not None:
        doing.message.needs_reading = True
    phone = phone_of(session, doing.community, doing.caller or "")
    if phone.last_helped_at is not None and doing.now - phone.last_helped_at < _READ_ONCE_IN:
        return Done(outcome=Outcome.MESSAGE)
    phone.last_helped_at = doing.now
    return Done((("person_reads", {}),), Outcome.MESSAGE)


def _callback(session: Session, doing: Doing, *, why: str, recording: Recording | None = None) -> None:
    alarms.open_callback(
        session, doing.community, phone=doing.caller, why=why, now=doing.now, resident=doing.resident,
        volunteer=doing.volunteer, call=doing.call, message=doing.message, recording=recording,
    )  # fmt: skip


def _accept(session: Session, doing: Doing, *, offer_id: int) -> Done:
    offer = _own_offer(session, doing, offer_id)
    job = offer.job
    was_mine = job.volunteer_id == offer.volunteer_id and job.state is State.TAKEN
    answer = taking.accept(session, offer, who=doing.volunteer_who, now=doing.now)
    if was_mine:
        _send_details(session, job, doing)
    number = offer.volunteer.phone or ""
    is_rung = channel_to(session, doing.community, number) is Channel.CALL
    yours = "already_yours" if was_mine else "yours_by_call" if is_rung else "yours"
    prompt = {Answer.YOURS: yours, Answer.TAKEN: "taken_thanks"}.get(answer)
    return Done(((prompt or "offer_over", {"code": job.code}),), Outcome.ANSWERED)


def _decline(session: Session, doing: Doing, *, offer_id: int) -> Done:
    offer = _own_offer(session, doing, offer_id)
    if offer.job.state is State.TAKEN and offer.job.volunteer_id == offer.volunteer_id:
        return Done((("still_yours", {"code": offer.job.code}),), Outcome.ANSWERED)
    offering.decline(session, offer, who=doing.volunteer_who, now=doing.now)
    return Done((("declined_thanks", {}),), Outcome.ANSWERED)


def _job_done(session: Session, doing: Doing, *, job_id: int) -> Done:
    job = _own_job(session, doing, job_id)
    working.finish_job(session, job, who=doing.volunteer_who, now=doing.now)
    return Done((("done_thanks", {"code": job.code}),), Outcome.ANSWERED, picks={"job": 0})


def _job_back(session: Session, doing: Doing, *, job_id: int) -> Done:
    job = _own_job(session, doing, job_id)
    working.release(session, job, who=doing.volunteer_who, now=doing.now)
    return Done((("back_thanks", {"code": job.code}),), Outcome.ANSWERED, picks={"job": 0})


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


def _send_details(session: Session, job: Job, doing: Doing) -> None:
    # To the number on file, never to the sender: whoever only pretends to call from it learns nothing.
    if job.volunteer is not None:
        tell_all(session, job.volunteer, saying.job_sentences(job), now=doing.now, about=job)


def _enter_studio(session: Session, doing: Doing, *, pin: str) -> Done:
    """Staff may record what the line says; a wrong PIN is written down, so it is no Refusal, which would undo that."""
    staff = _own_staff(session, doing)
    is_in = recording.try_pin(session, staff, pin, now=doing.now)
    return Done(() if is_in else (("studio_wrong_pin", {}),), picks={"studio": staff.id if is_in else None})


def _speak(session: Session, doing: Doing, *, language: str) -> Done:
    return Done(language=language)


def _take(session: Session, doing: Doing, *, sid: str, seconds: int) -> Done:
    """What was said is fetched, to be heard before it is kept."""
    if (before := doing.talk.picks.get("take")) is not None:
        recording.drop_take(session, before)
    row = keep_recording(session, doing.community, sid, seconds, now=doing.now)
    return Done(picks={"take": row.id if row else None})


def _drop_take(session: Session, doing: Doing, *, recording_id: int) -> Done:
    recording.drop_take(session, recording_id)
    return Done()


def _keep_take(session: Session, doing: Doing, *, key: str, recording_id: int) -> Done:
    row = session.get(Recording, recording_id)
    if row is None or row.fetched_at is None or row.community_id != doing.community.id:
        raise Refusal("too_late")
    staff = _own_staff(session, doing)
    recording.keep_prompt(session, staff, row, language=doing.talk.language, key=key, now=doing.now)
    return Done((("studio_kept", {}),))


def _own_staff(session: Session, doing: Doing) -> Staff:
    staff = staff_at(session, doing.community, doing.caller) if doing.caller else None
    if staff is None:
        raise Refusal("no_such_service")
    return staff


def _menu_and_dish(session: Session, doing: Doing, menu_id: int, dish_id: int) -> tuple[Menu, Dish]:
    dish = session.get(Dish, dish_id)
    if dish is None or dish.menu_id != menu_id or dish.menu.community_id != doing.community.id:
        raise Refusal("no_such_service")
    return dish.menu, dish


def _own_request(session: Session, doing: Doing, request_id: int) -> HelpRequest:
    request = session.get(HelpRequest, request_id)
    if request is None or request.resident_id != doing.someone().id:
        raise Refusal("no_such_service")
    return request


def _own_offer(session: Session, doing: Doing, offer_id: int) -> Offer:
    offer = session.get(Offer, offer_id)
    if offer is None or doing.volunteer is None or offer.volunteer_id != doing.volunteer.id:
        raise Refusal("volunteer_nothing")
    return offer


def _own_job(session: Session, doing: Doing, job_id: int) -> Job:
    job = session.get(Job, job_id)
    if job is not None:
        hold(session, job)  # staff may be giving it to somebody else at this moment
    if job is None or doing.volunteer is None or job.volunteer_id != doing.volunteer.id or job.state is not State.TAKEN:
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


def _when(doing: Doing, when: str) -> tuple[datetime, datetime]:
    if when == "soon":
        return soon(doing.community, doing.now)
    tomorrow = doing.community.local(doing.now).date() + timedelta(days=1)
    return on_day(doing.community, tomorrow, _MORNING if when == "morning" else _AFTERNOON, doing.now)


_DEEDS: dict[str, Callable[..., Done]] = {
    "order_dish": _order_dish,
    "change_dish": _change_dish,
    "one_more": _one_more,
    "stand": _stand,
    "end_standing": _end_standing,
    "leave_out": _leave_out,
    "go_away": _go_away,
    "come_back": _come_back,
    "not_come": _not_come,
    "not_well": _not_well,
    "take_on": _take_on,
    "more_slowly": _more_slowly,
    "other_language": _other_language,
    "ask_help": _ask_help,
    "cancel": _cancel,
    "choose_resident": _choose_resident,
    "keep_recording": _keep_recording,
    "leave_message": _leave_message,
    "ask_person": _ask_person,
    "to_staff": _to_staff,
    "accept": _accept,
    "decline": _decline,
    "job_done": _job_done,
    "job_back": _job_back,
    "stop_missed": _stop_missed,
    "stop_worry": _stop_worry,
    "details_again": _details_again,
    "enter_studio": _enter_studio,
    "speak": _speak,
    "take": _take,
    "drop_take": _drop_take,
    "keep_take": _keep_take,
}
