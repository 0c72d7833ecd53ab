"""Somebody is forgotten: what was known of a person, said with her and written about her is no more. What was counted
stays: that on this day somebody in that zone had lunch, and what it cost.

Her row stays without a name, so that nothing else has to be counted anew. Words of others that name her are struck out
wherever they stand, and the carrier is asked to delete its copies. Copies of the database go as they grow old.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about
from dispatch.enrolment import set_absence
from dispatch.pausing import be_absent
from dispatch.reaching import Directory
from dispatch.sealing import hold_chain, say_instead, seal_what_is_said
from dispatch.striking import strike, strike_in, ways_to_write
from dispatch.telling import is_of, named
from models.carrier_copies import CopyKind, delete_at_carrier
from models.changes import touch
from models.doubles import Merge, NotTheSame
from models.errors import Refusal
from models.events import Event
from models.jobs import Job, Offer
from models.kitchens import KitchenCount
from models.looks import Look
from models.money import Correction
from models.nearness import Vehicle
from models.numbers import Phone, known_phones
from models.people import (
    GONE,
    AbsenceKind,
    Contact,
    Resident,
    Volunteer,
    never_together,
    volunteer_services,
    volunteer_zones,
)
from models.requests import HelpRequest
from models.tasks import Alert, AlertKind, Callback
from models.traffic import IN_FLIGHT, WAITING_TO_LEAVE, AnsweredTurn, Call, Delivery, Message, Recording, Thread

# What stands where a name was.
NOBODY = "—"
_ENROLLED = {"name": NOBODY, "phone": None, "other_phone": None, "enrolled_at": None, "consent": None,
             "withdrawn_at": None, "latitude": None, "longitude": None}  # fmt: skip
# What is left of somebody: which community and zone, in which language; of everything else only that it was.
LEFT: dict[type[Any], dict[str, Any]] = {
    Resident: {
        **_ENROLLED, "address": "", "door_note": "", "diet": "", "pace": 0, "born_on": None, "hardship": "",
        "follows_id": None,
    },
    Volunteer: {
        **_ENROLLED, "days": [], "max_per_day": 0, "hours": {}, "max_per_week": None, "quiet_from": None,
        "quiet_until": None, "reach_metres": None, "speaks": [], "vetted_until": None, "vehicle": Vehicle.FOOT,
    },
}  # fmt: skip
# What an alert says of people.
_NAMING = frozenset({"name", "names", "helper", "phone", "note", "thing"})
# A reason that is a key, not somebody's words: "wave 2", "resident 3", "too_late".
_KEY = re.compile(r"[a-z_]*( \d+)?")
# So long after it, what was still on its way then is looked through once more.
AFTERWARDS = timedelta(days=3)


@dataclass(frozen=True)
class _Traces:
    """Where somebody is met: her own numbers and her contacts', and the rows that are about her."""

    person: Resident | Volunteer
    numbers: list[str]
    contacts: list[int]
    requests: list[int]
    jobs: list[int]


def forget(session: Session, person: Resident | Volunteer, *, who: str, now: datetime) -> None:
    """Forget a person for good. What she had asked for is called off first, what she had promised goes to others.

    What still has to be told to others about that leaves; it is forgotten by `forget_the_rest`.
    """
    if person.forgotten_at is not None:
        raise Refusal("forgotten_already")
    hold_chain(session)  # what is struck out below is not sealed meanwhile
    _end_everything(session, person, who=who, now=now)
    traces = _traces_of(session, person, now=now)
    words = _words_of(session, traces)
    _wipe(session, traces, who=who, now=now)
    struck = strike(session, words)
    _strike_out_her_given_name(session, traces, struck)
    _strike_at_the_carrier(session, struck, now=now)
    seal_what_is_said(session, struck.get("events", ()), who=who, now=now)
    _empty(session, person, now=now)
    session.add(Event(community_id=person.community_id, at=now, who=who, verb="forget", why=named(person)))
    touch(session, person.community_id)


def forget_the_rest(session: Session, *, now: datetime) -> int:
    """Of whoever was forgotten lately: what was still on its way then, and has arrived. How many people there were."""
    since = now - AFTERWARDS
    found: list[Resident | Volunteer] = [
        *session.scalars(sa.select(Resident).where(Resident.forgotten_at > since)),
        *session.scalars(sa.select(Volunteer).where(Volunteer.forgotten_at > since)),
    ]
    for person in found:
        _wipe(session, _traces_of(session, person, now=now), who="clock", now=now)
        # Somebody may have been entered as hers in the moment in which she was forgotten.
        for contact in list(person.contacts) if isinstance(person, Resident) else ():
            _let_go(session, contact)
    return len(found)


def _end_everything(session: Session, person: Resident | Volunteer, *, who: str, now: datetime) -> None:
    today = person.community.local(now).date()
    if not person.is_gone(today):
        leave: Any = set_absence if isinstance(person, Resident) else be_absent
        leave(session, person, kind=AbsenceKind.MOVED, from_date=today, until_date=None, who=who, now=now)
        session.flush()
    talking = sa.select(Call.id).where(is_of(Call, person), Call.state == Delivery.LIVE)
    if session.scalars(talking.limit(1)).first() is not None:
        raise Refusal("merge_on_the_phone")
    close_alerts_about(session, named(person), {AlertKind.GIVES_BACK}, now=now)


def _traces_of(session: Session, person: Resident | Volunteer, *, now: datetime) -> _Traces:
    contacts = list(person.contacts) if isinstance(person, Resident) else []
    mine = [person, *contacts]
    numbers = {number for one in mine for number in (one.phone, getattr(one, "other_phone", None)) if number}
    book = Directory(session, person.community, numbers, now=now)
    # The telephone of a household is forgotten with the last of it.
    alone = [number for number in numbers if not [one for one in book.everybody(number) if one not in mine]]
    if isinstance(person, Resident):
        requests = list(session.scalars(sa.select(HelpRequest.id).where(HelpRequest.resident_id == person.id)))
        stops = sa.select(HelpRequest.job_id).where(HelpRequest.id.in_(requests), HelpRequest.job_id.is_not(None))
        jobs = [job_id for job_id in session.scalars(stops.distinct()) if job_id is not None]
    else:
        requests, jobs = [], list(session.scalars(sa.select(Job.id).where(Job.volunteer_id == person.id)))
    return _Traces(person, sorted(alone), [one.id for one in contacts], requests, jobs)


def _words_of(session: Session, traces: _Traces) -> list[str]:
    """How others may have written her down; not what is also that of whoever lives with her."""
    person = traces.person
    people = [person, *(person.contacts if isinstance(person, Resident) else [])]
    places = []
    if isinstance(person, Resident):
        next_to_her = (Resident.id != person.id, Resident.community_id == person.community_id)
        theirs = session.execute(sa.select(Resident.address, Resident.door_note).where(*next_to_her)).all()
        for which, hers in enumerate((person.address, person.door_note)):
            if all(row[which] != hers for row in theirs):
                places.append(hers)
    return ways_to_write([one.name for one in people], places, traces.numbers)


def _wipe(session: Session, traces: _Traces, *, who: str, now: datetime) -> None:
    """Everything that was said and written; nothing of it that has not left yet."""
    person, community_id = traces.person, traces.person.community_id
    recordings: set[int] = set()
    for kind in (Message, Call):
        recordings |= _wipe_traffic(session, kind, traces, now=now)
    about = is_of(Callback, person) | Callback.phone.in_(traces.numbers)
    for callback in session.scalars(sa.select(Callback).where(Callback.community_id == community_id, about)):
        recordings |= {callback.recording_id or 0, *_recordings_in(callback.details)}
        callback.phone, callback.details, callback.recording_id = None, {}, None
    for request in session.scalars(sa.select(HelpRequest).where(HelpRequest.id.in_(traces.requests))):
        recordings.add(request.recording_id or 0)
        _forget_diet(session, request, now=now)
        request.note, request.receipt, request.recording_id = "", "", None
    for job in session.scalars(sa.select(Job).where(Job.id.in_(traces.jobs))):
        job.yes_words = ""
    _wipe_history(session, traces, who=who, now=now)
    for recording in session.scalars(sa.select(Recording).where(Recording.id.in_(recordings))):
        delete_at_carrier(session, CopyKind.RECORDING, recording.recording_sid, now=now)
        session.delete(recording)
    for row in session.scalars(
        sa.select(Thread).where(Thread.community_id == community_id, Thread.phone.in_(traces.numbers))
    ):
        session.delete(row)


def _strike_at_the_carrier(session: Session, struck: dict[str, set[int]], *, now: datetime) -> None:
    """A text in which she was named lies there as it was sent."""
    for message in session.scalars(sa.select(Message).where(Message.id.in_(struck.get("messages", ())))):
        delete_at_carrier(session, CopyKind.TEXT, message.message_sid, now=now)


def _strike_out_her_given_name(session: Session, traces: _Traces, struck: dict[str, set[int]]) -> None:
    """What helpers and staff were told or said of her names her so. Of others with that name others are told."""
    if not isinstance(traces.person, Resident):
        return
    asked = list(session.scalars(sa.select(Offer.volunteer_id).where(Offer.job_id.in_(traces.jobs)).distinct()))
    theirs_too = sa.select(Volunteer.phone).where(Volunteer.id.in_(asked), Volunteer.phone.is_not(None))
    numbers = list(session.scalars(theirs_too))
    name = traces.person.given_name
    for kind in (Message, Call):
        theirs = sa.or_(kind.volunteer_id.in_(asked), kind.phone.in_(numbers), kind.staff_id.is_not(None))
        for column in ("body", "says", "talk"):
            if column in kind.__table__.c:
                found = strike_in(session, kind.__table__, kind.__table__.c[column], [name], where=theirs)
                struck.setdefault(kind.__tablename__, set()).update(found)


def _recordings_in(talk: Any) -> set[int]:
    """The recordings that an unfinished order names."""
    if isinstance(talk, dict):
        mine = {talk["recording_id"]} if isinstance(talk.get("recording_id"), int) else set()
        return mine.union(*(_recordings_in(value) for value in talk.values()))
    return set().union(*(_recordings_in(value) for value in talk)) if isinstance(talk, list) else set()


def _wipe_traffic(session: Session, kind: Any, traces: _Traces, *, now: datetime) -> set[int]:
    """The recordings that were met on the way are returned."""
    recordings: set[int] = set()
    hers = sa.or_(is_of(kind, traces.person), kind.contact_id.in_(traces.contacts), kind.phone.in_(traces.numbers))
    about_her = sa.or_(kind.request_id.in_(traces.requests), kind.job_id.in_(traces.jobs))
    over = sa.and_(kind.state.not_in(WAITING_TO_LEAVE | IN_FLIGHT), kind.state != Delivery.LIVE)
    mine = set(session.scalars(sa.select(kind.id).where(kind.community_id == traces.person.community_id, hers)))
    rows = sa.select(kind).where(kind.community_id == traces.person.community_id, sa.or_(hers, about_her), over)
    for row in session.scalars(rows):
        sid = row.message_sid if isinstance(row, Message) else row.call_sid
        is_new = bool(row.says or row.phone or getattr(row, "body", ""))
        if is_new and sid:
            delete_at_carrier(session, CopyKind.TEXT if isinstance(row, Message) else CopyKind.CALL, sid, now=now)
            session.execute(sa.delete(AnsweredTurn).where(AnsweredTurn.key.contains(sid, autoescape=True)))
        row.says = []
        if isinstance(row, Message):
            row.body = ""
        else:
            recordings |= _recordings_in(row.talk)
            row.talk = None
        if row.id in mine:
            row.phone, row.contact_id = "", None
    return recordings


def _forget_diet(session: Session, request: HelpRequest, *, now: datetime) -> None:
    """What the kitchen had to heed for her stays a line of the count; for what, nobody knows. What it was told of it is
    struck out too."""
    if request.menu_id is None or not request.cooked_for:
        return
    for kind in (Message, Call):
        _strike_out_diet(session, kind, request, now=now)
    for count in session.scalars(sa.select(KitchenCount).where(KitchenCount.menu_id == request.menu_id)):
        count.lines = [
            [key, dish, NOBODY if diet == request.cooked_for else diet, portions]
            for key, dish, diet, portions in count.lines
        ]


def _strike_out_diet(session: Session, kind: Any, request: HelpRequest, *, now: datetime) -> None:
    told = sa.select(kind).where(kind.community_id == request.community_id, kind.kitchen_id.is_not(None))
    for row in session.scalars(told.where(kind.made_at >= request.placed_at)):
        if not any(blanks.get("diet") == request.cooked_for for _, blanks in row.says):
            continue
        row.says = [
            [prompt, {**blanks, "diet": NOBODY} if blanks.get("diet") == request.cooked_for else blanks]
            for prompt, blanks in row.says
        ]
        if isinstance(row, Message):
            row.body = row.body.replace(request.cooked_for, NOBODY)
            if row.message_sid:
                delete_at_carrier(session, CopyKind.TEXT, row.message_sid, now=now)


def _wipe_history(session: Session, traces: _Traces, *, who: str, now: datetime) -> None:
    person = traces.person
    about = Event.request_id.in_(traces.requests) | Event.job_id.in_(traces.jobs)
    events = session.scalars(sa.select(Event).where(Event.community_id == person.community_id, about))
    in_words = [event for event in events if not _KEY.fullmatch(event.why)]
    say_instead(session, dict.fromkeys(in_words, ""), who=who, now=now)
    alerts = Alert.request_id.in_(traces.requests) | Alert.job_id.in_(traces.jobs)
    alerts |= (Alert.resident_id == person.id) if isinstance(person, Resident) else sa.false()
    phones = known_phones(session, person.community, traces.numbers)
    alerts |= Alert.about.in_([named(person), *(f"phone {phone.id}" for phone in phones)])
    for alert in session.scalars(sa.select(Alert).where(Alert.community_id == person.community_id, alerts)):
        # What is still open is not about her alone: a round goes on, and staff are told of it without her.
        alert.details = {} if alert.closed_at is not None else _without_names(alert.details)
    for merge in session.scalars(sa.select(Merge).where(is_of(Merge, person))):
        merge.name, merge.was, merge.moved = NOBODY, {}, {}
    if isinstance(person, Resident):
        for correction in session.scalars(sa.select(Correction).where(Correction.resident_id == person.id)):
            correction.why = ""


def _without_names(details: Any) -> dict[str, Any]:
    return {key: NOBODY if key in _NAMING else value for key, value in details.items()}


def _empty(session: Session, person: Resident | Volunteer, *, now: datetime) -> None:
    """Nothing of her own row is left, and nothing that hangs on it."""
    numbers = {number for number in (person.phone, person.other_phone) if number}
    if isinstance(person, Resident):
        numbers |= {contact.phone for contact in person.contacts if contact.phone}
        for contact in list(person.contacts):
            _let_go(session, contact)
        session.execute(sa.delete(never_together).where(never_together.c.resident_id == person.id))
        same = (NotTheSame.resident_id == person.id) | (NotTheSame.other_resident_id == person.id)
        session.execute(sa.update(Resident).where(Resident.follows_id == person.id).values(follows_id=None))
    else:
        for table in (never_together, volunteer_services, volunteer_zones):
            session.execute(sa.delete(table).where(table.c.volunteer_id == person.id))
        same = (NotTheSame.volunteer_id == person.id) | (NotTheSame.other_volunteer_id == person.id)
    session.execute(sa.delete(NotTheSame).where(same))
    session.execute(sa.delete(Look).where(is_of(Look, person)))
    for absence in list(person.absences):
        if absence.kind not in GONE:
            person.absences.remove(absence)
            session.delete(absence)
        else:
            absence.kind = AbsenceKind.MOVED  # whether she has died is nobody's business any more
    for name, value in LEFT[type(person)].items():
        setattr(person, name, value)
    person.forgotten_at = now
    session.flush()
    session.expire(person)
    _forget_numbers(session, person, numbers, now=now)


def _let_go(session: Session, contact: Contact) -> None:
    for kind in (Message, Call):
        session.execute(sa.update(kind).where(kind.contact_id == contact.id).values(contact_id=None))
    session.delete(contact)


def _forget_numbers(session: Session, person: Resident | Volunteer, numbers: Iterable[str], *, now: datetime) -> None:
    book = Directory(session, person.community, numbers, now=now)
    nobodys = [number for number in numbers if not book.everybody(number)]
    session.execute(sa.delete(Phone).where(Phone.community_id == person.community_id, Phone.number.in_(nobodys)))
