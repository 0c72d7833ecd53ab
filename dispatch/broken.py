"""Numbers of the book that do not work: nothing reaches them, no text does, or none may."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.numbers import Phone
from models.people import GONE, Absence, Contact, Resident, Staff, Volunteer
from models.places import Community
from models.traffic import Call, Delivery, Direction, Message


def broken_numbers(session: Session, community: Community, *, most: int, skip: int) -> list[Phone]:
    """What needs a person first, then the longest broken."""
    first = sa.case((Phone.unreachable_since.is_not(None), 0), (Phone.opted_out_at.is_not(None), 1), else_=2)
    since = sa.func.coalesce(Phone.unreachable_since, Phone.opted_out_at, Phone.cannot_text_since)
    rows = _broken(community).order_by(first, since, Phone.id).limit(most).offset(skip)
    return list(session.scalars(rows))


def how_many_broken(session: Session, community: Community) -> int:
    """How many need a person: unreachable, or opted out. What cannot be texted is rung by the line itself."""
    needed = Phone.unreachable_since.is_not(None) | Phone.opted_out_at.is_not(None)
    rows = _broken(community).where(needed).with_only_columns(sa.func.count(Phone.id))
    return session.scalar(rows) or 0


def _broken(community: Community) -> sa.Select[Phone]:
    """Flagged, and somebody's of the book: whoever wrote the wrong number once is nobody's task."""
    is_gone = Absence.kind.in_(GONE)
    here = (Resident.community_id == community.id, ~Resident.absences.any(is_gone))
    helping = (Volunteer.community_id == community.id, ~Volunteer.absences.any(is_gone))
    books: list[sa.Select[Any]] = [
        *(sa.select(column).where(*here) for column in (Resident.phone, Resident.other_phone)),
        *(sa.select(column).where(*helping) for column in (Volunteer.phone, Volunteer.other_phone)),
        sa.select(Staff.phone).where(Staff.community_id == community.id, Staff.is_active),
        sa.select(Contact.phone).join(Resident).where(*here),
    ]
    columns = (Phone.unreachable_since, Phone.opted_out_at, Phone.cannot_text_since)
    flagged = sa.or_(*(column.is_not(None) for column in columns))
    known = sa.or_(*(Phone.number.in_(book) for book in books))
    return sa.select(Phone).where(Phone.community_id == community.id, flagged, known)


def last_failure(session: Session, phone: Phone) -> Message | Call | None:
    """What the carrier said last about something that did not arrive there."""
    found = [_newest_failure(session, kind, phone) for kind in (Message, Call)]
    return max((row for row in found if row is not None), key=lambda row: row.made_at, default=None)


def _newest_failure(session: Session, kind: Any, phone: Phone) -> Any:
    rows = sa.select(kind).where(
        kind.community_id == phone.community_id, kind.phone == phone.number, kind.direction == Direction.OUTBOUND,
        kind.state.in_((Delivery.FAILED, Delivery.UNDELIVERED)), kind.error_code != "",
    )  # fmt: skip
    return session.scalars(rows.order_by(kind.id.desc()).limit(1)).first()
