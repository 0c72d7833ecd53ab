"""What is known when a turn is taken: loaded from the tables, free of what may not be said on a number alone."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.asking import services_by_key
from dispatch.counting import today_for
from dispatch.joining import helper_of, is_that_day
from dispatch.ordering import usual_meal
from dispatch.reaching import numbers_on_duty
from dispatch.regular import Regular, regular_of
from dispatch.saying import coming_sentence, offer_sentence, orders_until, what, what_job
from dispatch.telling import Sentence
from models.jobs import Job, Offer, OfferState, open_jobs_of, open_offers_to
from models.kitchens import kitchen_at
from models.lifecycle import State
from models.menus import Menu, clashes, missed_menus, orderable_menus
from models.numbers import is_blocked
from models.people import Resident, Volunteer, contact_at, residents_at, residents_of_contact, volunteer_at
from models.places import Announcement, Community
from models.prepared import prepared
from models.questions import last_question
from models.requests import HelpRequest, open_requests_of
from models.traffic import OFTEN, OFTEN_IN, TOO_OFTEN, Call, Delivery, Direction, came_since
from voice.certainty import Certainty
from voice.prompts import in_language
from voice.studio import studio_fact
from voice.talk import (
    DishFact,
    JobFact,
    MenuFact,
    MissedFact,
    OfferFact,
    RegularFact,
    Scene,
    ServiceFact,
    StopFact,
    Talk,
    ThingFact,
    UsualFact,
)

# Until then a bare digit answers the question that was asked; after that it means what it always means.
_ANSWERED_WITHIN = timedelta(hours=1)
# After this hour of the day, help "as soon as possible" would come at night: it is asked for tomorrow.
_TODAY_UNTIL_HOUR = 18
# What a call could not tell her is read to her at 4 for this long.
_MISSED_FOR = timedelta(days=2)
_ON_THE_WAY = frozenset({State.WAITING, State.OFFERED, State.TAKEN, State.STUCK})
# A week of two meals a day.
_MOST_MENUS = 16
# Who comes, and the word at the door, are for calls that we place; on a number alone she hears her status at 3.
_MISSED_WORTH = ("unmet", "nobody_came", "cancelled_for_you", "kitchen_closed", "from_staff")


def look_around(session: Session, community: Community, caller: str | None, talk: Talk, *, now: datetime) -> Scene:
    """Everything a turn may need to know, for a caller's number (None: withheld) and where the talk rests."""
    household = residents_at(session, community, caller, now=now) if caller else []
    contact = contact_at(session, community, caller) if caller and not household else None
    if contact is not None and caller:
        household = residents_of_contact(session, community, caller, now=now)
    volunteer = volunteer_at(session, community, caller, now=now) if caller else None
    resident = next((r for r in household if r.id == talk.resident_id), None)
    if len(household) == 1:
        resident = household[0]
    local = community.local(now)
    is_known = caller is None or bool(household) or volunteer is not None
    kitchen = kitchen_at(session, community.id, caller) if caller and not is_known else None
    is_stranger = not is_known and kitchen is None and talk.medium == "voice"
    often = came_since(session, Call, community.id, caller, now - OFTEN_IN) if caller and is_stranger else 0
    scene = Scene(
        now=now,
        is_staffed=community.is_staffed(now),
        duty_numbers=numbers_on_duty(session, community),
        emergency=community.emergency_number,
        caller=caller,
        household=tuple((r.id, r.given_name) for r in household),
        contact_id=contact.id if contact and household else None,
        is_blocked=often >= TOO_OFTEN
        or (caller is not None and not household and is_blocked(session, community, caller)),
        tests_strangers=community.tests_strangers or often >= OFTEN,
        tomorrow=blanks.day(local.date() + timedelta(days=1)),
        tomorrow_date=local.date() + timedelta(days=1),
        can_come_today=local.hour < _TODAY_UNTIL_HOUR,
        kitchen_cooks=tuple(today_for(session, kitchen, now=now)) if kitchen else (),
    )
    if talk.medium == "text" and household:
        scene = replace(scene, question_id=_open_question(session, household, now=now))
    if talk.place == "person":
        scene = replace(scene, is_duty_speaking=_is_duty_speaking(session, community, caller))
    if caller and talk.medium == "voice":
        scene = replace(scene, studio=studio_fact(session, community, caller, talk, now=now))
    if resident is not None:
        scene = _for_resident(session, scene, resident, talk, now=now)
    return _for_volunteer(session, scene, volunteer) if volunteer is not None else scene


def _open_question(session: Session, household: list[Resident], *, now: datetime) -> int | None:
    """What one of them was asked by text a moment ago and has not answered."""
    asked = last_question(session, [resident.id for resident in household], since=now - _ANSWERED_WITHIN)
    if asked is None or asked.answered_at is not None or asked.asked_at > now:
        return None
    return asked.id


def _is_duty_speaking(session: Session, community: Community, caller: str | None) -> bool:
    """Has somebody on duty taken the call of another, who is still on the line?"""
    others = session.execute(*_live_calls(community.id))
    return any(phone != caller and (talk or {}).get("picks", {}).get("has_spoken") for phone, talk in others)


@prepared
def _live_calls(community_id: int) -> sa.Select[tuple[str, dict[str, Any] | None]]:
    live = sa.select(Call.phone, Call.talk).where(Call.community_id == community_id, Call.state == Delivery.LIVE)
    return live.where(Call.direction == Direction.INBOUND)


def with_offer(scene: Scene, offer: Offer) -> Scene:
    """The scene of a call of ours that makes this offer, if it can still be taken."""
    if offer.state is not OfferState.OPEN or not offer.job.is_open:
        return scene
    return replace(scene, offer=_offer_fact(offer))


def _for_resident(session: Session, scene: Scene, resident: Resident, talk: Talk, *, now: datetime) -> Scene:
    usual, asked_for = usual_meal(session, resident, now=now), open_requests_of(session, resident)
    return replace(
        scene,
        resident=(resident.id, resident.given_name),
        usual=None
        if usual is None
        else UsualFact(
            menu_id=usual.menu.id,
            meal=blanks.names(usual.menu.meal.names),
            day=blanks.day(usual.menu.date),
            dish=DishFact(usual.dish.id, usual.dish.key, usual.dish.name, usual.may_not_suit),
            portions=usual.portions,
        ),
        menus=tuple(
            _menu_fact(menu, resident, next((one for one in asked_for if one.menu_id == menu.id), None))
            for menu in orderable_menus(session, resident.community, now, most=_MOST_MENUS)
        ),
        missed=tuple(
            MissedFact(blanks.names(menu.meal.names), orders_until(menu), menu.id, blanks.day(menu.date))
            for menu in missed_menus(session, resident.community, now)
            if all(menu.id != thing.menu_id for thing in asked_for)
        ),
        services=service_facts(session, resident.community),
        things=tuple(_thing_fact(thing, talk, now=now) for thing in asked_for),
        regular=_regular_fact(regular_of(session, resident, now=now)),
        news=(*_missed(session, resident, now=now), *_announcements(session, resident, talk, now=now)),
        written=_written(resident) if talk.certainty >= Certainty.ANSWERED and scene.contact_id is None else (),
    )


def _written(resident: Resident) -> tuple[Sentence, ...]:
    """What is written about her, as she may have it put right."""
    address: list[Sentence] = [("written_address", {"written_address": resident.address})] if resident.address else []
    other: list[Sentence] = (
        [("written_phone", {"written_phone": blanks.number(resident.other_phone)})] if resident.other_phone else []
    )
    diet: list[Sentence] = [("written_diet", {"written_diet": resident.diet})] if resident.diet else []
    contacts: list[Sentence] = [("written_contact", {"written_contact": one.name}) for one in resident.contacts]
    return (*address, *other, *diet, *contacts)


def service_facts(session: Session, community: Community) -> tuple[ServiceFact, ...]:
    """What can be asked for in the help menu, in its order."""
    return tuple(
        ServiceFact(s.id, s.key or "", blanks.names(s.names), s.spending_limit_cents)
        for s in services_by_key(session, community)
    )


def _menu_fact(menu: Menu, resident: Resident, existing: HelpRequest | None) -> MenuFact:
    return MenuFact(
        id=menu.id,
        meal=blanks.names(menu.meal.names),
        day=blanks.day(menu.date),
        cutoff=orders_until(menu),
        span=blanks.span(menu.serve_from_at, menu.serve_until_at),
        dishes=tuple(
            DishFact(d.id, d.key, d.name, clashes(resident.diet, d.contains), d.is_sold_out) for d in menu.dishes
        ),
        meal_code=menu.meal.code,
        on=menu.date,
        has=existing.id if existing else None,
        has_what=what(existing) if existing else None,
    )


def _thing_fact(request: HelpRequest, talk: Talk, *, now: datetime) -> ThingFact:
    can_change = request.state is State.POOLED and request.menu is not None and request.menu.can_be_ordered(now)
    should_be_here = request.state in _ON_THE_WAY and now >= request.wanted_from
    helper = helper_of(request) if is_that_day(request, now=now) and not request.community.is_quiet(now) else None
    return ThingFact(
        request.id, what(request), _status(request, now=now), can_change, request.menu_id, should_be_here,
        meal_code=request.menu.meal.code if request.menu else "",
        on=request.community.local(request.wanted_from).date(),
        helper=helper.helper_name if helper else "",
        coming=coming_sentence(request) if talk.certainty >= Certainty.RUNG else None,
    )  # fmt: skip


def _regular_fact(regular: Regular) -> RegularFact:
    absence, menu = regular.absence, regular.next_menu
    return RegularFact(
        meal_id=regular.meal.id if regular.meal else None,
        meal=blanks.names(regular.meal.names) if regular.meal else None,
        standing_id=regular.standing.id if regular.standing else None,
        next_menu_id=menu.id if menu else None,
        next_day=blanks.day(menu.date) if menu else None,
        is_away=absence is not None,
        away_until=blanks.day(absence.until_date) if absence and absence.until_date else None,
    )


def _status(request: HelpRequest, *, now: datetime) -> Sentence:
    said = {"what": what(request), "when": blanks.span(request.wanted_from, request.wanted_until)}
    if request.state is State.TAKEN:
        holder = request.job.volunteer if request.job else None
        helper = holder.helper_name if holder else ""
        return ("status_late" if now > request.wanted_until else "status_taken", {**said, "helper": helper})
    by_state = {State.POOLED: "status_pooled", State.STUCK: "status_stuck"}
    return (by_state.get(request.state, "status_looking"), said)


def _announcements(session: Session, resident: Resident, talk: Talk, *, now: datetime) -> list[Sentence]:
    today = resident.community.local(now).date()
    rows = session.scalars(*_announced(resident.community_id, today))
    return [("from_staff", {"words": in_language(row.words, talk.language), "news": row.id}) for row in rows]


def _missed(session: Session, resident: Resident, *, now: datetime) -> list[Sentence]:
    """What calls of ours could not tell her."""
    rows = session.scalars(*_failed_calls(resident.id, now - _MISSED_FOR))
    return [(prompt, said) for row in rows for prompt, said in row.says]


@prepared
def _announced(community_id: int, day: date) -> sa.Select[Announcement]:
    hers = sa.select(Announcement).where(Announcement.community_id == community_id)
    return hers.where(Announcement.from_date <= day, Announcement.until_date >= day).order_by(Announcement.id)


@prepared
def _failed_calls(resident_id: int, since: datetime) -> sa.Select[Call]:
    to_her = sa.select(Call).where(Call.resident_id == resident_id, Call.direction == Direction.OUTBOUND)
    untold = to_her.where(Call.state == Delivery.FAILED, Call.cause.in_(_MISSED_WORTH), Call.made_at >= since)
    return untold.order_by(Call.made_at)


def _for_volunteer(session: Session, scene: Scene, volunteer: Volunteer) -> Scene:
    return replace(
        scene,
        is_volunteer=True,
        offers=tuple(_offer_fact(offer) for offer in open_offers_to(session, volunteer)),
        jobs=tuple(_job_fact(job) for job in open_jobs_of(session, volunteer)),
    )


def _offer_fact(offer: Offer) -> OfferFact:
    return OfferFact(offer.id, offer.job.code, offer_sentence(offer))


def _job_fact(job: Job) -> JobFact:
    stops = tuple(_stop_fact(stop) for stop in job.stops if stop.is_open)
    return JobFact(job.id, job.code, what_job(job), blanks.span(job.wanted_from, job.wanted_until), stops)


def _stop_fact(stop: HelpRequest) -> StopFact:
    is_here = stop.recording is not None and stop.recording.fetched_at is not None
    return StopFact(stop.id, stop.place, stop.resident.given_name, stop.note, stop.recording_id, is_here)
