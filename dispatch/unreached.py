"""Whom we could not reach, and numbers that the line does not call: a person must, until they call or it is mended."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import close_alerts_about, raise_alert
from dispatch.countries import why_not_called
from dispatch.reaching import TOLD_UNASKED, Directory, Somebody, somebody_at
from models.numbers import Phone, phone_of
from models.people import Contact, Resident
from models.places import Community
from models.tasks import Alert, AlertKind
from models.traffic import Call, Message

# What nobody is rung again for: she asked for it and is not there, or misses nothing.
RUNG_ONCE = frozenset({"was_it_good", "yours_asked"})
# What nobody is looked for who does not hear it.
MAY_BE_MISSED = RUNG_ONCE | TOLD_UNASKED


def could_not_tell(session: Session, row: Message | Call, *, now: datetime) -> None:
    """A text or call of ours has come to nothing: staff reach the resident, unless she may miss it, or
    the kitchen. What was for staff they know."""
    if row.resident is not None and row.staff_id is None and row.cause not in MAY_BE_MISSED:
        could_not_reach(session, row.resident.community, row.resident, row.phone, now=now)
    if row.kitchen is not None and not why_not_called(row.kitchen.community, row.phone):
        raise_alert(
            session, row.kitchen.community, AlertKind.UNREACHED, about=f"kitchen {row.kitchen.id}", now=now,
            name=row.kitchen.name, phone=blanks.number(row.phone),
        )  # fmt: skip


def could_not_reach(session: Session, community: Community, resident: Resident, number: str, *, now: datetime) -> None:
    """Something that was promised to be told could not be told: staff must reach her some other way."""
    if number and why_not_called(community, number):
        _not_called(session, community, resident, number, resident=resident, now=now)
        return
    raise_alert(
        session, community, AlertKind.UNREACHED, about=f"resident {resident.id}", now=now, resident=resident,
        name=resident.name, phone=blanks.number(number),
    )  # fmt: skip


def is_not_called(session: Session, row: Message | Call, *, now: datetime) -> None:
    """A number of the book is one that the line does not ring or text: staff see it once, whatever else was meant for
    it. Whoever is in no book is nobody's task."""
    community = row.community
    person = row.resident or row.volunteer or row.contact or row.staff or row.kitchen
    person = person or somebody_at(session, community, row.phone, now=now)
    if person is None:
        return
    resident = person if isinstance(person, Resident) else person.resident if isinstance(person, Contact) else None
    _not_called(session, community, person, row.phone, resident=resident, now=now)


def _not_called(
    session: Session, community: Community, person: Somebody, number: str, *, resident: Resident | None, now: datetime
) -> None:
    raise_alert(
        session, community, AlertKind.NOT_CALLED, about=f"phone {phone_of(session, community, number).id}", now=now,
        resident=resident, name=person.name, phone=blanks.number(number),
    )  # fmt: skip


def is_called_after_all(session: Session, alert: Alert, *, now: datetime) -> bool:
    """Is the number that such an alert is about nobody's by now, or one that the line calls?"""
    community = session.get_one(Community, alert.community_id)
    phone = session.get(Phone, int(alert.about.removeprefix("phone ")))
    if phone is None or not why_not_called(community, phone.number):
        return True
    return not Directory(session, community, [phone.number], now=now).everybody(phone.number)


def is_reached(session: Session, residents: list[Resident], *, now: datetime) -> None:
    """They have just called or texted: whoever was looked for is found."""
    for resident in residents:
        close_alerts_about(session, f"resident {resident.id}", {AlertKind.UNREACHED}, now=now)
