"""A person's own file: everything that is kept about one resident or volunteer, as she may ask to have it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.lists.exporting import Fields, export
from dispatch.noticing import told_whom
from dispatch.telling import is_of, named
from models.events import Event
from models.jobs import Job, Offer
from models.looks import looks_at
from models.menus import StandingOrder
from models.money import Correction, Statement
from models.people import Absence, Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Message


def own_file(session: Session, person: Resident | Volunteer) -> dict[str, list[Fields]]:
    """Her entry, what she asked for or did, what was said with her, and what it cost, by kind of list.

    Names and numbers of others who came to her, or to whom she went, are theirs and left out.
    """
    whole = {kind: [_hers(row) for row in export(session, person.community_id, kind, only=only)]
             for kind, only in _lists_of(person).items()}  # fmt: skip
    return {kind: rows for kind, rows in (whole | _besides(session, person)).items() if rows}


def _lists_of(person: Resident | Volunteer) -> dict[str, sa.ColumnElement[bool]]:
    numbers = [number for number in (person.phone, person.other_phone) if number]
    if isinstance(person, Resident):
        requests = sa.select(HelpRequest.id).where(HelpRequest.resident_id == person.id)
        return {
            "residents": Resident.id == person.id,
            "standing-orders": StandingOrder.resident_id == person.id,
            "requests": HelpRequest.resident_id == person.id,
            "meals": HelpRequest.resident_id == person.id,
            "messages": _said_with(Message, person.id, numbers),
            "calls": _said_with(Call, person.id, numbers),
            "events": Event.request_id.in_(requests) | (Event.why == f"resident {person.id}"),
        }
    return {
        "volunteers": Volunteer.id == person.id,
        "jobs": Job.volunteer_id == person.id,
        "offers": Offer.volunteer_id == person.id,
        "messages": Message.volunteer_id == person.id,
        "calls": Call.volunteer_id == person.id,
        "events": (Event.who == f"volunteer {person.id}") | (Event.why == f"volunteer {person.id}"),
    }


def _said_with(kind: Any, resident_id: int, numbers: list[str]) -> sa.ColumnElement[bool]:
    return sa.or_(kind.resident_id == resident_id, kind.resident_id.is_(None) & kind.phone.in_(numbers))


# Of others only that somebody came, or was visited.
_OTHERS = frozenset({"volunteer_name", "volunteer_phone", "stops"})


def _hers(row: Fields) -> Fields:
    return {name: value for name, value in row.items() if name not in _OTHERS}


def _besides(session: Session, person: Resident | Volunteer) -> dict[str, list[Fields]]:
    """What no list has: when she was away, who looked at her data, whom her address was told, what she was charged."""
    away = session.scalars(sa.select(Absence).where(is_of(Absence, person)).order_by(Absence.from_date))
    told: dict[str, list[Fields]] = {"absences": [
        {"kind": one.kind, "from_date": one.from_date.isoformat(),
         "until_date": one.until_date.isoformat() if one.until_date else None} for one in away
    ]}  # fmt: skip
    told["looked_at_by"] = [
        {"at": one.at.isoformat(), "who": one.who, "what": one.what, "times": one.times}
        for one in looks_at(session, person)
    ]
    if isinstance(person, Resident):
        told["address_told_to"] = [
            {"at": one.at.isoformat(), "who": named(one.volunteer), "request": one.request.code}
            for one in told_whom(session, person)
        ]
        issued = session.scalars(
            sa.select(Statement).where(Statement.resident_id == person.id).order_by(Statement.month)
        )
        put_right = session.scalars(sa.select(Correction).where(Correction.resident_id == person.id))
        told["statements"] = [{"month": one.month.isoformat(), "owed_cents": one.owed_cents} for one in issued]
        told["corrections"] = [
            {"month": one.month.isoformat(), "cents": one.cents, "why": one.why} for one in put_right
        ]
    return told
