"""What callers do: meals, every weekday, help at home, a person; and how a call goes on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch import alarms, answering, blanks, regular, saying, working
from dispatch.asking import on_day, place_help, soon
from dispatch.cries import cry
from dispatch.ordering import change_order, one_more, place_meal
from dispatch.telling import Sentence
from models.errors import Refusal
from models.menus import Dish, Menu, StandingOrder
from models.numbers import phone_of
from models.people import PACES
from models.places import Service
from models.questions import Asked, Question
from models.requests import HelpRequest
from models.tasks import Alert
from models.traffic import Outcome, Recording
from voice.doing import Doing, Done
from voice.proving import ring_for_you
from voice.recordings import keep_recording

_MORNING, _AFTERNOON = 9, 14
_READ_ONCE_IN = timedelta(hours=1)


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
    change_order(session, _own_request(session, doing, request_id), dish, who=doing.who, now=doing.now)
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
    resident = doing.resident
    if resident is None:
        # Somebody who practised, and whom we do not know: whoever it is, it is no practice any more.
        _callback(session, doing, why="not_well")
        return Done((("not_well_noted", {"emergency": doing.community.emergency_number}),), Outcome.ALARM)
    cry(session, doing.community, [resident], phone=doing.caller or resident.phone or "", now=doing.now)
    return Done((("not_well_noted", {"emergency": doing.community.emergency_number}),), Outcome.ALARM)


def _take_on(session: Session, doing: Doing, *, alert_id: int) -> Done:
    """Whoever is on duty says by telephone: I see to it."""
    alert, call = session.get(Alert, alert_id), doing.call
    if alert is None or call is None or call.staff is None or alert.community_id != doing.community.id:
        raise Refusal("offer_over")
    if alert.closed_at is None:
        alarms.acknowledge(session, alert, call.staff, now=doing.now)
    return Done((("taken_on", {}),), Outcome.ANSWERED)


def _answer_question(session: Session, doing: Doing, *, question_id: int, is_yes: bool) -> Done:
    question = session.get(Question, question_id)
    asked = (question.resident.phone, question.resident.other_phone) if question else ()
    if question is None or question.community_id != doing.community.id or doing.caller not in asked:
        raise Refusal("no_such_service")
    answering.answer(session, question, is_yes=is_yes, who=f"resident {question.resident_id}", now=doing.now)
    if is_yes:
        return Done((("glad", {}),), Outcome.ANSWERED)
    if question.kind is Asked.HAS_COME:
        return Done((("not_come_noted", {}),), Outcome.ALARM)
    return Done((("sorry", {}), *_promised(doing)), Outcome.CALLBACK)


def _more_slowly(session: Session, doing: Doing) -> Done:
    """A step more slowly; after the slowest as at first. It is remembered where we know who calls."""
    pace = (doing.talk.pace + 1) % PACES
    if doing.resident is not None and doing.call is not None:
        doing.resident.pace = pace
    return Done(pace=pace)


def _practise(session: Session, doing: Doing, *, is_on: bool) -> Done:
    """From here on nothing is done; or again it is."""
    if is_on:
        return Done((("practice_on", {}),), Outcome.PRACTISED, is_practice=True)
    return Done((("practice_off", {}),), is_practice=False)


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


def _leave_message(session: Session, doing: Doing, *, sid: str, seconds: int) -> Done:
    recording = keep_recording(session, doing.community, sid, seconds, now=doing.now)
    _callback(session, doing, why="message" if recording else "asked_for_person", recording=recording)
    return Done(_promised(doing), Outcome.MESSAGE if recording and seconds else Outcome.CALLBACK)


def _ask_person(session: Session, doing: Doing) -> Done:
    _callback(session, doing, why="asked_for_person")
    return Done(_promised(doing), Outcome.CALLBACK)


def _ask_late(session: Session, doing: Doing, *, menu_id: int) -> Done:
    """After the cut-off a person asks the kitchen whether there is one left, and decides."""
    menu = session.get(Menu, menu_id)
    if menu is None or menu.community_id != doing.community.id:
        raise Refusal("no_such_service")
    _callback(session, doing, why="late_order", details={"menu_id": menu_id})
    asked: Sentence = ("late_asked", {"meal": blanks.names(menu.meal.names), "day": blanks.day(menu.date)})
    return Done((asked, *_promised(doing)), Outcome.CALLBACK)


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


def _callback(
    session: Session,
    doing: Doing,
    *,
    why: str,
    recording: Recording | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    alarms.open_callback(
        session, doing.community, phone=doing.caller, why=why, now=doing.now, resident=doing.resident,
        volunteer=doing.volunteer, call=doing.call, message=doing.message, recording=recording,
        details=details,
    )  # fmt: skip


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


def _when(doing: Doing, when: str) -> tuple[datetime, datetime]:
    if when == "soon":
        return soon(doing.community, doing.now)
    tomorrow = doing.community.local(doing.now).date() + timedelta(days=1)
    return on_day(doing.community, tomorrow, _MORNING if when == "morning" else _AFTERNOON, doing.now)


DEEDS: dict[str, Callable[..., Done]] = {
    "order_dish": _order_dish,
    "change_dish": _change_dish,
    "one_more": _one_more,
    "stand": _stand,
    "end_standing": _end_standing,
    "leave_out": _leave_out,
    "go_away": _go_away,
    "come_back": _come_back,
    "not_come": _not_come,
    "answer_question": _answer_question,
    "not_well": _not_well,
    "take_on": _take_on,
    "more_slowly": _more_slowly,
    "other_language": _other_language,
    "practise": _practise,
    "ask_help": _ask_help,
    "cancel": _cancel,
    "choose_resident": _choose_resident,
    "keep_recording": _keep_recording,
    "leave_message": _leave_message,
    "ask_person": _ask_person,
    "ask_late": _ask_late,
    "to_staff": _to_staff,
    "ring_for_you": ring_for_you,
}
