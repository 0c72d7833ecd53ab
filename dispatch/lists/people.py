"""Lists of residents and of volunteers: who is new, who changed, and who was there already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from dispatch import enrolment
from dispatch.lists import words
from dispatch.lists.cells import Known, Reader, length_of
from dispatch.lists.faults import Fault
from models.people import Consent, Contact, Enrolled, Resident, Volunteer
from models.places import Community, Zone

_LONGEST_NAME = length_of(Resident.name)
Person = Resident | Volunteer


@dataclass(frozen=True)
class Wanted:
    """One row, understood: who it is (name and number), and what it says of them; what it leaves open is absent."""

    line: int
    name: str
    phone: str
    values: dict[str, Any]
    contact: tuple[str, str] | None = None


def read_resident(reader: Reader) -> Wanted:
    """A row of the list of residents."""
    name, phone = _who(reader)
    texts = {
        column: reader.text(column, most=length_of(getattr(Resident, column)))
        for column in ("address", "door_note", "diet", "hardship")
    }
    values = {
        "other_phone": reader.phone("other_phone"),
        "language": reader.language("language"),
        "zone": reader.zone("zone"),
        "born_on": reader.birthday("born"),
        **texts,
        **_place(reader),
    }
    return Wanted(reader.row.line, name, phone, _given(values), _contact(reader))


def read_volunteer(reader: Reader) -> Wanted:
    """A row of the list of volunteers."""
    name, phone = _who(reader)
    values: dict[str, Any] = {
        "other_phone": reader.phone("other_phone"),
        "language": reader.language("language"),
        "zones": reader.zones("zones"),
        "services": reader.services("services"),
        "max_per_day": reader.whole("max_per_day", least=1, most=50),
        "vehicle": reader.vehicle("vehicle"),
        **_place(reader),
    }
    if reader.cell("days"):
        values["days"] = reader.days("days")
    return Wanted(reader.row.line, name, phone, _given(values, also=("days",)))


def _place(reader: Reader) -> dict[str, float | None]:
    latitude, longitude = reader.place("place") or (None, None)
    return {"latitude": latitude, "longitude": longitude}


def twins(rows: list[Wanted], headings: dict[str, str]) -> list[Fault]:
    """Rows of the same name and number: the second is a mistake. (Couples behind one number are none.)"""
    first: dict[tuple[str, str], int] = {}
    faults = []
    for row in rows:
        seen = first.setdefault((row.name, row.phone), row.line)
        if seen != row.line and row.name and row.phone:
            faults.append(Fault(row.line, headings.get("name", "name"), "duplicate", {"first": seen}))
    return faults


def shared_numbers(rows: list[Wanted]) -> list[Fault]:
    """Volunteers behind one number: allowed, but whoever answers from it is taken for the first, so it is told."""
    first: dict[str, int] = {}
    seen = [(row.line, first.setdefault(row.phone, row.line)) for row in rows]
    return [
        Fault(0, "", "shared_number", {"line": line, "first": earlier}) for line, earlier in seen if line != earlier
    ]


@dataclass
class Plan:
    """What a list of people would change, and the means to do it."""

    session: Session
    community: Community
    known: Known
    kind: type[Person]
    enrols: bool
    deeds: list[tuple[Wanted, Person | None, dict[str, Any]]]

    @classmethod
    def of(
        cls,
        session: Session,
        community: Community,
        rows: list[Wanted],
        *,
        known: Known,
        kind: type[Person],
        enrols: bool,
    ) -> "Plan":
        """Compare the rows with who is there."""
        there = _people(session, community, kind)
        deeds = []
        for row in rows:
            person = there.get((row.name, row.phone))
            deeds.append((row, person, {} if person is None else _changes(person, row)))
        return cls(session, community, known, kind, enrols, deeds)

    @property
    def counts(self) -> dict[str, int]:
        """How many are new, changed and unchanged; how many are being enrolled, and how many will not be."""
        new = sum(person is None for _, person, _ in self.deeds)
        not_yet = sum(not _is_enrolled(person) for _, person, _ in self.deeds)
        enrolling = not_yet if self.enrols else 0
        same = sum(
            person is not None and not changes and (_is_enrolled(person) or not self.enrols)
            for _, person, changes in self.deeds
        )
        changed = len(self.deeds) - new - same
        return {
            "new": new,
            "changed": changed,
            "unchanged": same,
            "enrolled": enrolling,
            "not_enrolled": not_yet - enrolling,
        }

    def carry_out(self, *, now: datetime) -> None:
        """Store it. Nobody is called or texted."""
        zones = _zones(self.session, self.community, self.known)
        for row, there, changes in self.deeds:
            person = there if there is not None else self._newcomer(row)
            for name, value in (changes if there is not None else row.values).items():
                if name != "contact":
                    setattr(person, name, _stored(name, value, zones))
            if row.contact is not None and isinstance(person, Resident):
                _note_contact(person, *row.contact, language=self.community.language)
            if self.enrols:
                enrolment.enrol(self.session, person, consent=Consent.PAPER, who="operator", now=now)
        self.session.flush()

    def _newcomer(self, row: Wanted) -> Person:
        person = self.kind(
            community_id=self.community.id, name=row.name, phone=row.phone, language=self.community.language
        )
        if isinstance(person, Volunteer):
            person.days = []
        self.session.add(person)
        return person


def _who(reader: Reader) -> tuple[str, str]:
    return reader.text("name", most=_LONGEST_NAME, is_needed=True), reader.phone("phone", is_needed=True)


def _contact(reader: Reader) -> tuple[str, str] | None:
    name, phone = reader.text("contact_name", most=_LONGEST_NAME), reader.phone("contact_phone")
    if not name and not phone:
        return None
    return name or words.word("contact", reader.known.language), phone


def _given(values: dict[str, Any], also: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the row says. An empty cell leaves what staff have entered since: a diet is never lost to an old sheet."""
    return {name: value for name, value in values.items() if value not in ("", None, []) or name in also}


def _people(session: Session, community: Community, kind: type[Person]) -> dict[tuple[str, str | None], Person]:
    query: sa.Select[Any] = sa.select(kind).where(kind.community_id == community.id).order_by(kind.id.desc())
    if kind is Resident:
        query = query.options(selectinload(Resident.contacts), selectinload(Resident.zone))
    else:
        query = query.options(selectinload(Volunteer.zones), selectinload(Volunteer.services))
    return {(person.name, person.phone): person for person in session.scalars(query)}


def _changes(person: Person, row: Wanted) -> dict[str, Any]:
    changes = {
        name: value for name, value in row.values.items() if _comparable(getattr(person, name)) != _comparable(value)
    }
    if row.contact is not None and isinstance(person, Resident) and _contact_like(person, *row.contact) is None:
        changes["contact"] = row.contact
    return changes


def _comparable(value: Any) -> Any:
    if isinstance(value, Zone):
        return value.name
    if isinstance(value, list):
        return {_comparable(part) for part in value}
    return value


def _is_enrolled(person: Enrolled | None) -> bool:
    return person is not None and person.enrolled_at is not None


def _contact_like(resident: Resident, name: str, phone: str) -> Contact | None:
    return next((c for c in resident.contacts if c.name == name and (c.phone == phone or not phone)), None)


def _note_contact(resident: Resident, name: str, phone: str, *, language: str) -> None:
    """The same name or the same number is the same contact, corrected; else it is one more. None is ever removed."""
    if _contact_like(resident, name, phone) is not None:
        return
    kin = (c for c in resident.contacts if c.name == name or (phone and c.phone == phone))
    contact = next(kin, None)
    if contact is None:
        resident.contacts.append(Contact(name=name, phone=phone or None, language=language))
    else:
        contact.name, contact.phone = name, phone or contact.phone


def _zones(session: Session, community: Community, known: Known) -> dict[str, Zone]:
    """The community's zones by name, those that the list creates among them."""
    rows = list(session.scalars(sa.select(Zone).where(Zone.community_id == community.id).order_by(Zone.position)))
    after = 1 + max((zone.position for zone in rows), default=-1)
    new = [
        Zone(community_id=community.id, name=name, position=after + at)
        for at, name in enumerate(known.new_zones.values())
    ]
    session.add_all(new)
    session.flush()
    return {zone.name: zone for zone in [*rows, *new]}


def _stored(name: str, value: Any, zones: dict[str, Zone]) -> Any:
    if name == "zone":
        return zones[value]
    return [zones[zone] for zone in value] if name == "zones" else value
