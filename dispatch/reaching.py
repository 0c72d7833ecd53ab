"""Who has a number, and whether they may be called or texted there: asked before anything is promised to anybody."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.countries import why_not_called
from models import phones
from models.jobs import Channel
from models.kitchens import Kitchen, kitchens_of
from models.numbers import Phone, known_phone, known_phones
from models.people import Contact, Enrolled, Resident, Staff, Volunteer, duty_staff, residents_with, volunteers_with
from models.places import Community
from models.traffic import Call, Message, Thread

# Answers to a person's own call or text may leave in quiet hours.
ANSWER_MINUTES = 30

# With what begins what her number is told of calls that showed it: no answers to her, however lately it was shown.
TOLD_UNASKED = frozenset({"told_of_call", "told_of_contact"})
# What the prompts begin with that alarm somebody on duty.
ALARM_CAUSE = "alert_"

Somebody = Resident | Volunteer | Contact | Staff | Kitchen


def community_of_person(person: Somebody) -> Community:
    """The community somebody belongs to."""
    return person.resident.community if isinstance(person, Contact) else person.community


def channel_to(session: Session, community: Community, number: str) -> Channel:
    """By text where one can arrive, else by a call: from the numbering plan, corrected by what the carrier reported."""
    return channel_by(number, known_phone(session, community, number))


def channel_by(number: str, known: Phone | None) -> Channel:
    """By text or by a call, from what is known of the number."""
    is_known = known is not None and known.cannot_text_since is not None
    return Channel.CALL if is_known or phones.is_landline(number) else Channel.TEXT


def may_leave_at(community: Community, phone: Phone | None, *, may_wake: bool, now: datetime) -> datetime:
    """The first instant from `now` on at which this telephone (None: we know nothing of it) may be rung or texted."""
    return now if may_wake or is_an_answer(phone, now=now) else community.after_quiet(now)


def is_an_answer(phone: Phone | None, *, now: datetime) -> bool:
    """Has this telephone just called or texted, so that what leaves for it now answers it?"""
    heard = phone.last_heard_at if phone is not None else None
    return heard is not None and now - heard <= timedelta(minutes=ANSWER_MINUTES)


def why_not_tell(session: Session, person: Somebody, *, now: datetime, at: str | None = None) -> str:
    """Why somebody must not be called or texted (`at` another number of theirs): "" if nothing speaks against it."""
    number = at or person.phone
    community = community_of_person(person)
    known = known_phone(session, community, number) if number else None
    return what_hinders(person, known, now=now) or (why_not_called(community, number) if number else "")


def numbers_on_duty(session: Session, community: Community) -> tuple[str, ...]:
    """Whom a caller is put through to, in the order in which they are alarmed."""
    numbers = (staff.phone for staff in duty_staff(session, community) if staff.phone)
    return tuple(number for number in numbers if not why_not_called(community, number))


def what_hinders(person: Somebody, known: Phone | None, *, now: datetime) -> str:
    """Why somebody must not be called or texted, from what is known of their number: "" if nothing does."""
    if person.phone is None:
        return "no_phone"
    if isinstance(person, Enrolled) and person.enrolled_at is None:
        return "not_enrolled"
    if isinstance(person, Enrolled) and person.is_gone(community_of_person(person).local(now).date()):
        return "gone"
    return why_closed(known)


def is_alarm(row: Message | Call) -> bool:
    """Does it tell somebody on duty of an alert?"""
    return row.staff_id is not None and row.cause.startswith(ALARM_CAUSE)


def is_rung_all_the_same(row: Message | Call) -> bool:
    """Whoever is on duty is rung with an alarm even if a text from her number has said STOP: that may have been
    anybody's, and a silent telephone would be nobody's fault."""
    return isinstance(row, Call) and is_alarm(row)


def why_closed(known: Phone | None) -> str:
    """Why nothing of ours goes to a number, whoever has it: "" if nothing speaks against it."""
    if known is None:
        return ""
    return "opted_out" if known.opted_out_at else "unreachable" if known.unreachable_since else ""


def somebody_at(session: Session, community: Community, number: str, *, now: datetime) -> Somebody | None:
    """Whoever of the book has this number: a resident first, then a volunteer, staff, a contact, a kitchen."""
    return Directory(session, community, [number], now=now).somebody(number)


def why_not_write(session: Session, community: Community, number: str, *, now: datetime) -> str:
    """Why staff cannot text this number: "" if nothing speaks against it. Nothing is written."""
    return Directory(session, community, [number], now=now).why_not_write(number)


class Directory:
    """Who of the book has which of these numbers, and what is known of them: one question a kind for all of them.

    A kind of people is asked for only when the kinds before it have left a number with nobody.
    """

    def __init__(self, session: Session, community: Community, numbers: Iterable[str], *, now: datetime) -> None:
        self._session, self._community, self._now = session, community, now
        self._numbers = sorted(set(numbers))
        self._found: dict[_Kind, dict[str, list[Somebody]]] = {}
        self._phones: dict[str, Phone] | None = None
        self._threads: set[str] | None = None

    def whose(self, number: str) -> list[Somebody]:
        """All of a household, else the first who fits: a volunteer, staff, a contact, a kitchen."""
        for kind in _KINDS:
            if people := self._of(kind).get(number):
                return people if kind is _residents else people[:1]
        return []

    def everybody(self, number: str) -> list[Somebody]:
        """All who have it, of every kind."""
        return [person for kind in _KINDS for person in self._of(kind).get(number, [])]

    def household(self, number: str) -> list[Somebody]:
        """The residents behind it."""
        return self._of(_residents).get(number, [])

    def somebody(self, number: str) -> Somebody | None:
        """The first of those whose number it is."""
        return next(iter(self.whose(number)), None)

    def why_not_write(self, number: str) -> str:
        """Why staff cannot text it: "" if nothing speaks against it."""
        person = self.somebody(number)
        if person is None and number not in self._wrote():
            return "number_not_in_book"
        known = self._known(number)
        if closed := why_closed(known) or why_not_called(self._community, number):
            return closed
        if channel_by(number, known) is Channel.CALL:
            return "cannot_be_texted"
        return self._why_not_tell(person, number, known) if person else ""

    def _why_not_tell(self, person: Somebody, number: str, known: Phone | None) -> str:
        if person.phone == number:
            return what_hinders(person, known, now=self._now)
        return why_not_tell(self._session, person, now=self._now)  # it is their other number

    def _of(self, kind: "_Kind") -> dict[str, list[Somebody]]:
        if kind not in self._found:
            self._found[kind] = kind(self._session, self._community, self._numbers, self._now)
        return self._found[kind]

    def _known(self, number: str) -> Phone | None:
        if self._phones is None:
            self._phones = {row.number: row for row in known_phones(self._session, self._community, self._numbers)}
        return self._phones.get(number)

    def _wrote(self) -> set[str]:
        if self._threads is None:
            theirs = (Thread.community_id == self._community.id, Thread.phone.in_(self._numbers))
            self._threads = set(self._session.scalars(sa.select(Thread.phone).where(*theirs)))
        return self._threads


_Kind = Callable[[Session, Community, list[str], datetime], dict[str, list[Somebody]]]


def _residents(session: Session, community: Community, numbers: list[str], now: datetime) -> dict[str, list[Somebody]]:
    return _by_number(numbers, residents_with(session, community, numbers, now=now))


def _volunteers(session: Session, community: Community, numbers: list[str], now: datetime) -> dict[str, list[Somebody]]:
    return _by_number(numbers, volunteers_with(session, community, numbers, now=now))


def _staff(session: Session, community: Community, numbers: list[str], now: datetime) -> dict[str, list[Somebody]]:
    theirs = sa.select(Staff).where(Staff.community_id == community.id, Staff.phone.in_(numbers))
    return _by_number(numbers, session.scalars(theirs.order_by(Staff.id)))


def _contacts(session: Session, community: Community, numbers: list[str], now: datetime) -> dict[str, list[Somebody]]:
    of = sa.select(Contact).join(Resident).where(Resident.community_id == community.id, Contact.phone.in_(numbers))
    return _by_number(numbers, session.scalars(of.order_by(Contact.id)))


def _kitchens(session: Session, community: Community, numbers: list[str], now: datetime) -> dict[str, list[Somebody]]:
    return _by_number(numbers, kitchens_of(session, community.id))


# Whose a number is first.
_KINDS: tuple[_Kind, ...] = (_residents, _volunteers, _staff, _contacts, _kitchens)


def _by_number(numbers: list[str], people: Iterable[Somebody]) -> dict[str, list[Somebody]]:
    """Each under every number of theirs that is asked about, in the order in which they come."""
    found: dict[str, list[Somebody]] = {}
    for person in people:
        for number in {person.phone, getattr(person, "other_phone", None)} & set(numbers):
            found.setdefault(str(number), []).append(person)
    return found
