"""Giving lists out again: flat rows of what is stored, and nothing that only a program could read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from dispatch.prices import owed_for
from models.events import Event
from models.fates import fate_of
from models.jobs import Job, Offer
from models.menus import Dish, Menu, StandingOrder
from models.people import Resident, Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert
from models.traffic import Call, Message

Fields = dict[str, Any]
_AT_ONCE = 500


@dataclass(frozen=True)
class Export:
    """One kind of export: the names of its fields, the rows it is made of, and how a row is told."""

    query: sa.Select[Any]
    community_id: Any
    fields: tuple[str, ...]
    told: Callable[[Any], Fields]


def export(
    session: Session, community_id: int | None, kind: str, *, only: sa.ColumnElement[bool] | None = None
) -> Iterator[Fields]:
    """The rows of one kind, of one community or of all, oldest first; a few at a time, however many there are.

    `only` is what they must be besides.
    """
    what = EXPORTS[kind]
    numbers = {row.id: row.number for row in session.execute(sa.select(Community.id, Community.number))}
    query = what.query.add_columns(what.community_id.label("belongs_to"))
    if community_id is not None:
        query = query.where(what.community_id == community_id)
    if only is not None:
        query = query.where(only)
    for row, belongs_to in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        told = {**what.told(row), "community": numbers[belongs_to]}
        yield {name: _flat(told[name]) for name in what.fields}


def fields_of(kind: str) -> tuple[str, ...]:
    """The names of the fields of one kind, in order."""
    return EXPORTS[kind].fields


def _flat(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return ";".join(str(part) for part in value) if isinstance(value, list) else value


def _name(somebody: Any) -> str | None:
    return None if somebody is None else somebody.name


def _phone(somebody: Any) -> str | None:
    return None if somebody is None else somebody.phone


def _resident(resident: Resident) -> Fields:
    contacts = resident.contacts
    first = contacts[0] if contacts else None
    others = [" ".join(part for part in (c.name, c.phone) if part) for c in contacts[1:]]
    return {
        "id": resident.id,
        "name": resident.name,
        "phone": resident.phone,
        "other_phone": resident.other_phone,
        "language": resident.language,
        "zone": resident.zone.name,
        "address": resident.address,
        "door_note": resident.door_note,
        "diet": resident.diet,
        "born": resident.born_on,
        "hardship": resident.hardship,
        "contact_name": _name(first),
        "contact_phone": _phone(first),
        "other_contacts": others,
        "enrolled_at": resident.enrolled_at,
        "consent": resident.consent,
    }


def _volunteer(volunteer: Volunteer) -> Fields:
    return {
        "id": volunteer.id,
        "name": volunteer.name,
        "phone": volunteer.phone,
        "other_phone": volunteer.other_phone,
        "language": volunteer.language,
        "zones": [zone.name for zone in volunteer.zones],
        "services": [service.code for service in volunteer.services],
        "days": volunteer.days,
        "max_per_day": volunteer.max_per_day,
        "away_until": _away_until(volunteer),
        "enrolled_at": volunteer.enrolled_at,
        "consent": volunteer.consent,
    }


def _away_until(volunteer: Volunteer) -> date | None:
    """The last day of the last absence that was entered."""
    return max((absence.until_date or date.max for absence in volunteer.absences), default=None)


def _dish(dish: Dish) -> Fields:
    cents = dish.price_cents
    return {
        "date": dish.menu.date,
        "meal": dish.menu.meal.code,
        "key": dish.key,
        "dish": dish.name,
        "contains": dish.contains,
        "price": None if cents is None else f"{cents // 100}.{cents % 100:02}",
        "closed_at": dish.menu.closed_at,
    }


def _standing_order(order: StandingOrder) -> Fields:
    return {
        "id": order.id,
        "name": order.resident.name,
        "phone": order.resident.phone,
        "meal": order.meal.code,
        "days": order.days,
        "dish": order.dish,
        "portions": order.portions,
    }


def _request(request: HelpRequest) -> Fields:
    volunteer = request.job.volunteer if request.job is not None else None
    return {
        "id": request.id,
        "code": request.code,
        "kind": request.service.code,
        "state": request.state,
        "resident_name": request.resident.name,
        "resident_phone": request.resident.phone,
        "volunteer_name": _name(volunteer),
        "volunteer_phone": _phone(volunteer),
        "zone": request.resident.zone.name,
        "placed_at": request.placed_at,
        "wanted_from": request.wanted_from,
        "wanted_until": request.wanted_until,
        "due_at": request.due_at,
        "closed_at": request.closed_at,
        "source": request.source,
        "meal": request.menu.meal.code if request.menu is not None else None,
        "dish": _name(request.dish),
        "portions": request.portions,
        "note": request.note,
        "job_id": request.job_id,
        "spending_limit_cents": request.spending_limit_cents,
        "spent_cents": request.spent_cents,
        "receipt": request.receipt,
        "repaid_at": request.repaid_at,
        "meal_fate": request.meal_fate,
    }


def _meal(meal: HelpRequest) -> Fields:
    return {
        "id": meal.id,
        "code": meal.code,
        "date": meal.menu.date if meal.menu is not None else None,
        "meal": meal.menu.meal.code if meal.menu is not None else None,
        "dish": _name(meal.dish),
        "portions": meal.portions,
        "resident_name": meal.resident.name,
        "resident_phone": meal.resident.phone,
        "fate": fate_of(meal),
        "price_cents": meal.price_cents,
        "subsidy_cents": meal.subsidy_cents,
        "owed_cents": owed_for(meal),
        "source": meal.source,
    }


def _job(job: Job) -> Fields:
    return {
        "id": job.id,
        "code": job.code,
        "kind": job.service.code,
        "state": job.state,
        "volunteer_name": _name(job.volunteer),
        "volunteer_phone": _phone(job.volunteer),
        "zone": job.zone.name,
        "stops": [stop.id for stop in job.stops],
        "wanted_from": job.wanted_from,
        "wanted_until": job.wanted_until,
        "taken_at": job.taken_at,
        "due_at": job.due_at,
        "closed_at": job.closed_at,
    }


def _offer(offer: Offer) -> Fields:
    return {
        "id": offer.id,
        "job_id": offer.job_id,
        "volunteer_name": offer.volunteer.name,
        "volunteer_phone": offer.volunteer.phone,
        "wave": offer.wave,
        "channel": offer.channel,
        "state": offer.state,
        "made_at": offer.made_at,
        "answered_at": offer.answered_at,
    }


def _message(message: Message) -> Fields:
    return {
        "id": message.id,
        "message_sid": message.message_sid,
        "direction": message.direction,
        "phone": message.phone,
        "body": message.body,
        "state": message.state,
        "cause": message.cause,
        "error_code": message.error_code,
        "at": message.made_at,
    }


def _call(call: Call) -> Fields:
    return {
        "id": call.id,
        "call_sid": call.call_sid,
        "direction": call.direction,
        "phone": call.phone,
        "resident_name": _name(call.resident),
        "state": call.state,
        "started_at": call.started_at,
        "ended_at": call.ended_at,
        "outcome": call.outcome,
        "cause": call.cause,
    }


def _alert(alert: Alert) -> Fields:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "about": alert.about,
        "owner": _name(alert.owner),
        "raised_at": alert.raised_at,
        "due_at": alert.due_at,
        "acknowledged_at": alert.acknowledged_at,
        "closed_at": alert.closed_at,
    }


def _event(event: Event) -> Fields:
    names = ("id", "at", "who", "verb", "request_id", "job_id", "from_state", "to_state", "why")
    return {name: getattr(event, name) for name in names}


def _of(told: Callable[[Any], Fields], query: sa.Select[Any], community_id: Any, fields: str) -> Export:
    return Export(query, community_id, (*fields.split(), "community"), told)


# Every kind of export. A field more is a word here and a line above.
EXPORTS: dict[str, Export] = {
    "residents": _of(
        _resident,
        sa.select(Resident)
        .where(Resident.forgotten_at.is_(None))
        .options(joinedload(Resident.zone), selectinload(Resident.contacts))
        .order_by(Resident.id),
        Resident.community_id,
        "id name phone other_phone language zone address door_note diet born hardship contact_name "
        "contact_phone other_contacts "
        "enrolled_at consent",
    ),
    "volunteers": _of(
        _volunteer,
        sa.select(Volunteer)
        .where(Volunteer.forgotten_at.is_(None))
        .options(selectinload(Volunteer.zones), selectinload(Volunteer.services), selectinload(Volunteer.absences))
        .order_by(Volunteer.id),
        Volunteer.community_id,
        "id name phone other_phone language zones services days max_per_day away_until enrolled_at consent",
    ),
    "menu": _of(
        _dish,
        sa.select(Dish)
        .join(Dish.menu)
        .options(joinedload(Dish.menu).joinedload(Menu.meal))
        .order_by(Menu.date, Menu.meal_id, Dish.key),
        Menu.community_id,
        "date meal key dish contains price closed_at",
    ),
    "standing-orders": _of(
        _standing_order,
        sa.select(StandingOrder)
        .where(StandingOrder.ended_at.is_(None))
        .options(joinedload(StandingOrder.resident), joinedload(StandingOrder.meal))
        .order_by(StandingOrder.id),
        StandingOrder.community_id,
        "id name phone meal days dish portions",
    ),
    "requests": _of(
        _request,
        sa.select(HelpRequest)
        .options(
            joinedload(HelpRequest.resident).joinedload(Resident.zone),
            joinedload(HelpRequest.service),
            joinedload(HelpRequest.dish),
            joinedload(HelpRequest.menu).joinedload(Menu.meal),
            joinedload(HelpRequest.job).joinedload(Job.volunteer),
        )
        .order_by(HelpRequest.id),
        HelpRequest.community_id,
        "id code kind state resident_name resident_phone volunteer_name volunteer_phone zone placed_at wanted_from "
        "wanted_until due_at closed_at source meal dish portions note job_id spending_limit_cents spent_cents receipt "
        "repaid_at meal_fate",
    ),
    "meals": _of(
        _meal,
        sa.select(HelpRequest)
        .join(HelpRequest.menu)
        .options(
            joinedload(HelpRequest.resident),
            joinedload(HelpRequest.dish),
            joinedload(HelpRequest.menu).joinedload(Menu.meal),
            joinedload(HelpRequest.menu).joinedload(Menu.community),
        )
        .order_by(Menu.date, Menu.meal_id, HelpRequest.id),
        HelpRequest.community_id,
        "id code date meal dish portions resident_name resident_phone fate price_cents subsidy_cents owed_cents source",
    ),
    "jobs": _of(
        _job,
        sa.select(Job)
        .options(joinedload(Job.service), joinedload(Job.zone), joinedload(Job.volunteer), selectinload(Job.stops))
        .order_by(Job.id),
        Job.community_id,
        "id code kind state volunteer_name volunteer_phone zone stops wanted_from wanted_until taken_at "
        "due_at closed_at",
    ),
    "offers": _of(
        _offer,
        sa.select(Offer).join(Offer.job).options(joinedload(Offer.volunteer)).order_by(Offer.id),
        Job.community_id,
        "id job_id volunteer_name volunteer_phone wave channel state made_at answered_at",
    ),
    "messages": _of(
        _message,
        sa.select(Message).order_by(Message.id),
        Message.community_id,
        "id message_sid direction phone body state cause error_code at",
    ),
    "calls": _of(
        _call,
        sa.select(Call).options(joinedload(Call.resident)).order_by(Call.id),
        Call.community_id,
        "id call_sid direction phone resident_name state started_at ended_at outcome cause",
    ),
    "alerts": _of(
        _alert,
        sa.select(Alert).options(joinedload(Alert.owner)).order_by(Alert.id),
        Alert.community_id,
        "id kind about owner raised_at due_at acknowledged_at closed_at",
    ),
    "events": _of(
        _event,
        sa.select(Event).order_by(Event.id),
        Event.community_id,
        "id at who verb request_id job_id from_state to_state why",
    ),
}
KINDS = tuple(EXPORTS)
