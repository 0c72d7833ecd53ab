"""Is what was promised to be told still true? A call that comes too late must not send anybody to the door in vain."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import alarms, blanks
from dispatch.asking_after import question_of
from dispatch.counting import COUNTING
from dispatch.inviting import PROMPT, salt_told
from dispatch.office_calls import from_office
from dispatch.ordering import has_decided, standing_order_for
from dispatch.reaching import TOLD_UNASKED, channel_to, is_alarm
from dispatch.regular import regular_of
from models.jobs import Channel, Job, Offer, OfferState
from models.kitchens import KitchenCount, last_counts
from models.lifecycle import State
from models.menus import Menu
from models.requests import HelpRequest, meal_request_of
from models.traffic import Call, Direction, Message, Outcome

_LOOKING = frozenset({State.WAITING, State.OFFERED, State.STUCK})

Row = Message | Call


def is_still_true(session: Session, row: Row, *, now: datetime) -> bool:
    """By the prompt it begins with; what has no rule here stays true, but not for somebody who is gone."""
    person = row.resident or row.volunteer
    if person is not None and person.is_gone(person.community.local(now).date()):
        return False
    if isinstance(row, Call) and is_alarm(row) and not alarms.is_still_alarming(session, row):
        return False
    rule = _RULES.get(row.cause)
    return rule is None or rule(session, row)


def _request_of(session: Session, row: Row) -> HelpRequest | None:
    return session.get(HelpRequest, row.request_id) if row.request_id else None


def _job_of(session: Session, row: Row) -> Job | None:
    return session.get(Job, row.job_id) if row.job_id else None


def _is_coming(session: Session, row: Row) -> bool:
    request = _request_of(session, row)
    return request is None or (request.state is State.TAKEN and _is_that_yes(session, row, request.job))


def _is_looking(session: Session, row: Row) -> bool:
    request = _request_of(session, row)
    return request is None or request.state in _LOOKING


def _is_holder(session: Session, row: Row) -> bool:
    job = _job_of(session, row)
    if job is None:
        return True
    return job.state is State.TAKEN and job.volunteer_id == row.volunteer_id and _is_that_yes(session, row, job)


def _is_that_yes(session: Session, row: Row, job: Job | None) -> bool:
    """Is the job still held by the yes that this told of? It may have been given back, and taken again by anybody."""
    yes = session.get(Offer, row.offer_id) if row.offer_id else None
    return yes is None or job is None or (yes.round == job.round and yes.volunteer_id == job.volunteer_id)


def _is_called_off(session: Session, row: Row) -> bool:
    """Has nobody opened it again, or ordered from the same menu for her since?"""
    request = _request_of(session, row)
    if request is None:
        return True
    has_one = request.menu is not None and meal_request_of(session, request.resident, request.menu) is not None
    return request.state is State.CANCELLED and not has_one


def _is_the_time(session: Session, row: Row) -> bool:
    """Does somebody still come, and at the time that is told? It may have been changed once more."""
    request = _request_of(session, row)
    return request is not None and request.state is State.TAKEN and _tells_the_time_of(row, request)


def _is_her_time(session: Session, row: Row) -> bool:
    """Does she still hold the job, at that time?"""
    job = _job_of(session, row)
    return job is None or (_is_holder(session, row) and _tells_the_time_of(row, job))


def _tells_the_time_of(row: Row, thing: HelpRequest | Job) -> bool:
    told = row.says[0][1].get("when") if row.says else None
    return bool(told == blanks.span(thing.wanted_from, thing.wanted_until))


def _is_on_her_list(session: Session, row: Row) -> bool:
    """Does she still hold what she asked to speak about?"""
    request = _request_of(session, row)
    return request is None or (request.is_open and _is_holder(session, row))


def _is_on_its_way(session: Session, row: Row) -> bool:
    """Has it not been called off, or brought, before she could be told that it was to be had after all?"""
    request = _request_of(session, row)
    return request is None or request.is_open


def _is_to_be_put_through(session: Session, row: Row) -> bool:
    """Is she of the staff who asked for it still there, at that number, and is it still to be done?"""
    pair = from_office(session, row, row.id, now=row.made_at) if isinstance(row, Call) else None
    return pair is not None and pair.is_true


def _is_open_question(session: Session, row: Row) -> bool:
    asked = question_of(session, row)
    return asked is not None and asked.answered_at is None


def _is_doubtful(session: Session, row: Row) -> bool:
    return _is_coming(session, row) and _is_open_question(session, row)


def _is_as_she_was_told(session: Session, row: Row) -> bool:
    """Of what somebody did from a call that showed her number: is she still away, is there still no standing order?"""
    told = {prompt for prompt, _ in row.says}
    if row.resident is None:
        return True
    regular = regular_of(session, row.resident, now=row.due_at or row.made_at)
    is_away_told, is_ended_told = bool(told & {"gone", "gone_open"}), "standing_ended" in told
    return (not is_away_told or regular.absence is not None) and (not is_ended_told or regular.standing is None)


def _is_stuck(session: Session, row: Row) -> bool:
    job = _job_of(session, row)
    return job is None or job.state is State.STUCK


def _is_taken(session: Session, row: Row) -> bool:
    job = _job_of(session, row)
    return job is None or job.state is State.TAKEN


def _is_offered(session: Session, row: Row) -> bool:
    offer = session.get(Offer, row.offer_id) if row.offer_id else None
    return offer is not None and offer.state is OfferState.OPEN and offer.job.is_open


def _is_last_count(session: Session, row: Row) -> bool:
    """Has that kitchen been told nothing newer of that menu, and must it still be rung?"""
    menu_id = row.says[0][1].get("menu")
    if row.kitchen_id is None or menu_id is None:
        return True
    last = last_counts(session, menu_id).get(row.kitchen_id)
    if last is None or last.at > row.made_at:
        return False
    return isinstance(row, Message) or not _need_not_ring(session, row, last, menu_id)


def _need_not_ring(session: Session, call: Call, last: KitchenCount, menu_id: int) -> bool:
    """It has answered the text; or the text did not arrive, and another call tells of it instead."""
    is_texted = channel_to(session, call.community, call.phone) is Channel.TEXT
    later = sa.select(Call).where(
        Call.kitchen_id == call.kitchen_id, Call.cause.in_(COUNTING), Call.id > call.id, Call.made_at > call.made_at
    )
    is_told_anew = any(other.says[0][1].get("menu") == menu_id for other in session.scalars(later))
    return is_told_anew or (is_texted and last.heard_at is not None)


def _has_not_got_through(session: Session, row: Row) -> bool:
    """She rang, and nothing of ours answered: has she been heard since?"""
    heard = sa.select(Call.id).where(
        Call.community_id == row.community_id, Call.phone == row.phone, Call.direction == Direction.INBOUND,
        Call.made_at >= row.made_at, Call.outcome.is_not(None), Call.outcome != Outcome.UNFINISHED,
    )  # fmt: skip
    return session.scalars(heard.limit(1)).first() is None


def _has_to_choose(session: Session, row: Row) -> bool:
    """Can she still order from that menu, is she here, and has she decided nothing meanwhile?"""
    menu, resident = session.get(Menu, row.says[-1][1]["menu"]), row.resident
    if menu is None or resident is None or resident.absence_on(menu.date) is not None:
        return False
    if has_decided(session, resident, menu) or standing_order_for(session, resident, menu) is None:
        return False
    return menu.can_be_ordered(row.due_at or row.made_at)


def _still_opens(session: Session, row: Row) -> bool:
    """Has that link neither been used nor been followed by another one? (Too late it is not sent anyway.)"""
    return row.staff is not None and row.staff.is_active and salt_told(row.says) == row.staff.invite_salt


_RULES: dict[str, Callable[[Session, Row], bool]] = {
    "who_comes": _is_coming,
    "who_brings": _is_coming,
    "nobody_yet": _is_looking,
    "nobody_came": _is_looking,
    "contact_help": _is_looking,
    "looking_again": _is_looking,
    "late_yes": _is_on_its_way,
    "coming_again": _is_looking,
    "has_it_come": _is_doubtful,
    "has_been_there": _is_doubtful,
    "was_it_good": _is_open_question,
    "job_yours": _is_holder,
    "stop": _is_holder,
    "nudge": _is_holder,
    "job_soon": _is_holder,
    "job_moved": _is_her_time,
    "time_changed": _is_the_time,
    "cancelled_for_you": _is_called_off,
    "later": _is_coming,
    "later_by": _is_coming,
    "join_ready": _is_on_her_list,
    "join_office": _is_to_be_put_through,
    "note_of": _is_holder,
    "note_spoken": _is_holder,
    "alert_nobody_found": _is_stuck,
    "alert_late": _is_taken,
    "choose_yourself": _has_to_choose,
    PROMPT: _still_opens,
    "offer": _is_offered,
    "offer_round": _is_offered,
    **dict.fromkeys(COUNTING, _is_last_count),
    **dict.fromkeys(TOLD_UNASKED, _is_as_she_was_told),
    "missed_you": _has_not_got_through,
    "you_rang": _has_not_got_through,
}
