"""Residents and volunteers: found, shown, entered, edited, enrolled, away."""

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa
from flask import abort, request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk, Undo
from dispatch.board.forms import Form, check_unchanged, fingerprint
from dispatch.board.pages.asked import apart_from, fill_asked, seen_asked
from dispatch.board.pages.asked import spoken as tongues
from dispatch.board.pages.calls import calls_with
from dispatch.board.pages.cause import Cause, cause_of, is_whose
from dispatch.board.pages.guessed import language_guessed, name_typed, zone_guessed
from dispatch.board.pages.halfway import spoken
from dispatch.board.pages.helper_week import week_of
from dispatch.board.pages.known import known_of
from dispatch.board.pages.looks import looked
from dispatch.board.pages.naming import note_edit, tell_who_shares
from dispatch.board.pages.off import absence_meant, absence_typed, off_of
from dispatch.board.pages.standing import standing_of
from dispatch.board.pages.traffic import line_of
from dispatch.board.search import find_people
from dispatch.board.typed import line, page_number
from dispatch.counting import cook_otherwise_for
from dispatch.cries import cries_about
from dispatch.enrolment import end_absence, enrol, set_absence, withdraw
from dispatch.lists.words import languages
from models.jobs import Job, Offer
from models.money import hardships_of
from models.people import PACES, Absence, AbsenceKind, Consent, Contact, Resident, Volunteer
from models.places import WEEKDAYS
from models.requests import HelpRequest
from models.traffic import Call, Message

_A_PAGE = 50
# A person's own first call is a consent that only a call can give.
CONSENTS = {Consent.PAPER.value: Consent.PAPER, Consent.STAFF.value: Consent.STAFF}


def people(desk: Desk) -> str:
    """Everybody in the book, or those whom the words mean."""
    is_volunteers = request.args.get("kind") == "volunteers"
    wanted, page = line("q", most=80), page_number()
    search = partial(find_people, wanted=wanted, most=_A_PAGE + 1, skip=(page - 1) * _A_PAGE)
    rows: Sequence[Resident | Volunteer] = (
        search(desk.session, desk.community, Volunteer)
        if is_volunteers
        else search(desk.session, desk.community, Resident)
    )
    return desk.page(
        "people", kind="volunteers" if is_volunteers else "residents", people=rows[:_A_PAGE], wanted=wanted,
        page=page, has_more=len(rows) > _A_PAGE,
    )  # fmt: skip


def resident(desk: Desk, row_id: int, **_: object) -> str:
    """Everything we know of one resident."""
    row = desk.find(Resident, row_id)
    requests = desk.session.scalars(
        sa.select(HelpRequest).where(HelpRequest.resident_id == row.id).order_by(HelpRequest.placed_at.desc()).limit(30)
    ).all()
    return desk.page(
        "resident", row=row, requests=requests, lines=_texts(desk, row), kinds=list(AbsenceKind),
        consents=list(CONSENTS), calls=calls_with(desk, row), **standing_of(desk, row),
        leader=desk.session.get(Resident, row.follows_id) if row.follows_id else None, known=known_of(desk, row),
        cries=cries_about(desk.session, row.id, until=desk.now),
        looked=looked(desk, row),
    )  # fmt: skip


def new_resident(desk: Desk, **_: object) -> str:
    """An empty form; where it began with a text or a callback, that is there to be read or heard, with its number."""
    cause = cause_of(desk)
    return desk.page(
        "resident_form", row=None, seen="", cause=cause, spoken=partial(spoken, desk), name=name_typed(),
        language=language_guessed(desk, cause), zone=zone_guessed(desk, cause), **_resident_choices(desk, None),
    )  # fmt: skip


def edit_resident(desk: Desk, row_id: int, **_: object) -> str:
    """Her data, to be changed."""
    row = desk.find(Resident, row_id)
    return desk.page("resident_form", row=row, seen=_seen_resident(row), **_resident_choices(desk, row))


def add_resident(desk: Desk) -> ResponseReturnValue:
    """Somebody new. Entering contacts nobody; enrolling is an act of its own."""
    row, cause = Resident(community_id=desk.community.id), cause_of(desk)
    _fill_resident(desk, row, cause)
    desk.session.add(row)
    desk.session.flush()
    note_edit(desk, row, "enter")
    desk.tell("saved", name=row.name)
    tell_who_shares(desk, row)
    if cause is None:
        return desk.go("resident", row_id=row.id)
    is_whose(desk, cause, row)
    if "own_call" in request.form and cause.phone == row.phone:
        enrol(desk.session, row, consent=Consent.OWN_CALL, who=desk.who, now=desk.now)
        note_edit(desk, row, "enrol")
    # What was asked for is entered next.
    return desk.go("enter", resident=row.id, **cause.marks)


def save_resident(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Her data, changed."""
    row = desk.find(Resident, row_id)
    check_unchanged(desk, _seen_resident(row))
    diet, phone = row.diet, row.phone
    _fill_resident(desk, row)
    if row.diet != diet:
        cook_otherwise_for(desk.session, row, now=desk.now)
    note_edit(desk, row, "edit")
    desk.tell("saved", name=row.name)
    if row.phone != phone:
        tell_who_shares(desk, row)
    return desk.go("resident", row_id=row.id)


def add_contact(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A daughter, a neighbour with the key."""
    row = desk.find(Resident, row_id)
    _add_contact(desk, row, needed=True)
    note_edit(desk, row, "edit")
    desk.tell("saved", name=row.name)
    return desk.go("resident", row_id=row.id)


def enrol_resident(desk: Desk, row_id: int) -> ResponseReturnValue:
    """She has said yes to being called and texted."""
    row = desk.find(Resident, row_id)
    enrol(desk.session, row, consent=_consent(), who=desk.who, now=desk.now)
    note_edit(desk, row, "enrol")
    desk.tell("enrolled", name=row.name)
    return desk.go("resident", row_id=row.id)


def withdraw_resident(desk: Desk, row_id: int) -> ResponseReturnValue:
    """She wants nothing at all any more: she has not moved, and her own call takes it back."""
    return _withdraw(desk, desk.find(Resident, row_id), "resident")


def withdraw_volunteer(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A volunteer does not want to be asked any more."""
    return _withdraw(desk, desk.find(Volunteer, row_id), "volunteer")


def _withdraw(desk: Desk, row: Resident | Volunteer, door: str) -> ResponseReturnValue:
    withdraw(desk.session, row, who=desk.who, now=desk.now)
    desk.tell("withdrawn", name=row.name)
    return desk.go(door, row_id=row.id)


def begin_absence(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Away, in hospital, moved, deceased: meals, offers and calls stop together."""
    row = desk.find(Resident, row_id)
    kind, start, end = absence_typed(desk)
    absence = set_absence(desk.session, row, kind=kind, from_date=start, until_date=end, who=desk.who, now=desk.now)
    note_edit(desk, row, "absence")
    desk.session.flush()
    desk.tell("absence", name=row.name, undo=not_away(absence))
    return desk.go("resident", row_id=row.id)


def finish_absence(desk: Desk, row_id: int, absence_id: int) -> ResponseReturnValue:
    """She is back."""
    row = desk.find(Resident, row_id)
    absence = absence_meant(row, absence_id)
    end_absence(desk.session, row, absence, who=desk.who, now=desk.now, is_mistake="mistake" in request.form)
    note_edit(desk, row, "back")
    desk.tell("back", name=row.name)
    return desk.go("resident", row_id=row.id)


def not_away(absence: Absence) -> Undo:
    """What takes back an absence of a resident's that has just been entered."""
    return Undo("back", {"row_id": absence.resident_id, "absence_id": absence.id}, {"mistake": 1})


def volunteer(desk: Desk, row_id: int, **_: object) -> str:
    """Everything we know of one volunteer."""
    row = desk.find(Volunteer, row_id)
    jobs = desk.session.scalars(
        sa.select(Job).where(Job.volunteer_id == row.id).order_by(Job.wanted_from.desc()).limit(30)
    ).all()
    offers = desk.session.scalars(
        sa.select(Offer).where(Offer.volunteer_id == row.id).order_by(Offer.made_at.desc()).limit(30)
    ).all()
    return desk.page(
        "volunteer", row=row, jobs=jobs, offers=offers, lines=_traffic(desk, row), consents=list(CONSENTS),
        apart=apart_from(desk, row), known=known_of(desk, row), week=week_of(desk, row), **off_of(desk, row),
        looked=looked(desk, row),
    )  # fmt: skip


def new_volunteer(desk: Desk, **_: object) -> str:
    """An empty form."""
    return desk.page("volunteer_form", row=None, seen="", **_volunteer_choices(None))


def edit_volunteer(desk: Desk, row_id: int, **_: object) -> str:
    """A volunteer's data, to be changed."""
    row = desk.find(Volunteer, row_id)
    return desk.page("volunteer_form", row=row, seen=_seen_volunteer(row), **_volunteer_choices(row))


def add_volunteer(desk: Desk) -> ResponseReturnValue:
    """Somebody new who helps."""
    row = Volunteer(community_id=desk.community.id)
    _fill_volunteer(desk, row)
    desk.session.add(row)
    desk.session.flush()
    note_edit(desk, row, "enter")
    desk.tell("saved", name=row.name)
    return desk.go("volunteer", row_id=row.id)


def save_volunteer(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A volunteer's data, changed."""
    row = desk.find(Volunteer, row_id)
    check_unchanged(desk, _seen_volunteer(row))
    _fill_volunteer(desk, row)
    note_edit(desk, row, "edit")
    desk.tell("saved", name=row.name)
    return desk.go("volunteer", row_id=row.id)


def enrol_volunteer(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A volunteer has said yes to being called and texted."""
    row = desk.find(Volunteer, row_id)
    enrol(desk.session, row, consent=_consent(), who=desk.who, now=desk.now)
    note_edit(desk, row, "enrol")
    desk.tell("enrolled", name=row.name)
    return desk.go("volunteer", row_id=row.id)


def _fill_resident(desk: Desk, row: Resident, cause: Cause | None = None) -> None:
    form = Form(desk)
    name, phone = form.words("name", most=80, needed=True), form.phone("phone")
    other_phone = form.phone("other_phone")
    language = form.one_of("language", {tag: tag for tag in _languages(row)})
    zone = None if request.form.get("zone") else zone_guessed(desk, cause, form.words("address", most=200))
    zone = zone or form.one_of("zone", {str(zone.id): zone for zone in desk.community.zones})
    values = {"address": form.words("address", most=200), "door_note": form.words("door_note", most=300)}
    diet, place = form.words("diet", most=200), form.place("place")
    paces = {str(pace): pace for pace in range(PACES)}
    contacts = _corrected(form, row)
    born_on, hardship = form.birthday("born_on"), form.words("hardship", most=40)
    form.check()
    if zone is None or language is None:  # check() has said so; this is for the type checker
        abort(400)
    row.name, row.phone, row.language, row.zone_id, row.diet = name, phone, language, zone.id, diet
    row.other_phone = other_phone or None
    row.address, row.door_note = values["address"], values["door_note"]
    row.latitude, row.longitude = place or (None, None)
    row.pace = paces.get(request.form.get("pace", ""), row.pace)
    row.born_on, row.hardship = born_on, hardship
    for contact, called, number in contacts:
        contact.name, contact.phone = called, number
    _add_contact(desk, row, needed=False)


def _corrected(form: Form, row: Resident) -> list[tuple[Contact, str, str | None]]:
    """Her contacts as they were typed over; one that the form did not show stays as it is."""
    found = []
    for contact in row.contacts:
        name, phone = f"contact_{contact.id}_name", f"contact_{contact.id}_phone"
        if name in request.form and phone in request.form:
            called = form.words(name, most=80, needed=True, label="contact_name")
            found.append((contact, called, form.phone(phone, label="contact_phone")))
    return found


def _add_contact(desk: Desk, row: Resident, *, needed: bool) -> None:
    form = Form(desk)
    name = form.words("contact_name", most=80, needed=needed)
    phone = form.phone("contact_phone", needed=needed or bool(name))
    if phone and not name:
        form.words("contact_name", most=80, needed=True)
    form.check()
    if name:
        row.contacts.append(Contact(name=name, phone=phone, language=row.language))


def _fill_volunteer(desk: Desk, row: Volunteer) -> None:
    form = Form(desk)
    name, phone = form.words("name", most=80, needed=True), form.phone("phone", needed=True)
    other_phone = form.phone("other_phone")
    language = form.one_of("language", {tag: tag for tag in _languages(row)})
    cap = form.number("max_per_day", 1, 20)
    fill_asked(form, row)
    form.check()
    if language is None:  # check() has said so; this is for the type checker
        abort(400)
    row.name, row.phone, row.language, row.max_per_day = name, phone, language, int(cap)
    row.other_phone = other_phone or None
    row.zones = form.some_of("zones", {str(zone.id): zone for zone in desk.community.zones})
    row.services = form.some_of("services", {str(service.id): service for service in desk.community.services})
    row.days = form.some_of("days", {day: day for day in WEEKDAYS})


def _languages(row: Resident | Volunteer | None) -> list[str]:
    """What can be chosen: the languages that people are spoken with in, and whatever this person has."""
    return list(dict.fromkeys([*languages(), *([row.language] if row and row.language else [])]))


def _resident_choices(desk: Desk, row: Resident | None) -> dict[str, object]:
    hardships = hardships_of(desk.session, desk.community.id)
    return {"languages": _languages(row), "zones": desk.community.zones, "hardships": hardships}


def _volunteer_choices(row: Volunteer | None) -> dict[str, object]:
    return {"languages": _languages(row), "weekdays": WEEKDAYS, "tongues": tongues(row)}


def _seen_resident(row: Resident) -> str:
    return fingerprint(
        [
            row.name,
            row.phone,
            row.other_phone,
            row.language,
            row.zone_id,
            row.address,
            row.door_note,
            row.diet,
            row.pace,
            row.born_on,
            row.hardship,
            row.point,
            [[contact.id, contact.name, contact.phone] for contact in row.contacts],
        ]
    )


def _seen_volunteer(row: Volunteer) -> str:
    ids = [sorted(zone.id for zone in row.zones), sorted(service.id for service in row.services)]
    own = [row.name, row.phone, row.other_phone, row.language, row.max_per_day, row.days]
    return fingerprint([*own, *ids, *seen_asked(row)])


def _consent() -> Consent:
    return CONSENTS.get(request.form.get("consent", "")) or abort(400)


def _texts(desk: Desk, row: Resident) -> list[object]:
    query = sa.select(Message).where(Message.resident_id == row.id).order_by(Message.made_at.desc(), Message.id.desc())
    return [line_of(desk, text) for text in desk.session.scalars(query.limit(30))]


def _traffic(desk: Desk, row: Volunteer) -> list[object]:
    found: list[Message | Call] = []
    for kind in (Message, Call):
        query = sa.select(kind).where(kind.volunteer_id == row.id).order_by(kind.id.desc()).limit(30)
        found += desk.session.scalars(query)
    newest = sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)[:30]
    return [line_of(desk, one) for one in newest]
