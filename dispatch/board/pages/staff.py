"""Who works at the board: somebody new, a new password, on duty, gone and back again."""

import re

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch import inviting
from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.board.login import end_sessions_of
from dispatch.board.login import note as note_login
from dispatch.board.pages.me import note_event, refuse_own
from dispatch.board.provided import plain_address
from dispatch.board.scanned import to_be_scanned
from dispatch.board.settling import Part, change, note
from dispatch.board.words import LANGUAGES
from dispatch.founding import NO_PASSWORD, add_staff, hashed, hashed_pin, sentence
from dispatch.mornings import next_morning
from dispatch.second_factor import drop_what_was_begun
from models.errors import Refusal
from models.logins import What
from models.people import Role, Staff
from models.places import Community, Who

ROLES = tuple(Role)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Only who may act can be alarmed.
ON_DUTY = frozenset({Role.DISPATCHER, Role.COORDINATOR})


def hire(desk: Desk) -> ResponseReturnValue:
    """Somebody new; without a password typed for them they are invited to set one of their own."""
    form = Form(desk)
    name, role = form.words("name", most=80, needed=True), form.one_of("role", {role.value: role for role in ROLES})
    is_on_duty = "is_on_duty" in request.form and role in ON_DUTY
    phone = form.phone("phone", needed=is_on_duty)
    language = form.one_of("language", {tag: tag for tag in LANGUAGES})
    address = _address(form, desk)
    form.check()
    try:
        row = add_staff(
            desk.session, desk.community, name=name, role=role or Role.AUDITOR, phone=phone, is_on_duty=is_on_duty,
            password=request.form.get("password") or None, language=language,
        )  # fmt: skip
    except Refusal as refusal:
        raise Wrong([sentence(refusal, desk.words.tag)]) from None
    _enter_address(desk, row, address)
    desk.session.flush()
    note_event(desk, "staff_hired", row)
    if not request.form.get("password"):
        return _invited(desk, row)
    desk.tell("saved", name=name)
    return DUTY.go(desk)


def invite(desk: Desk, row_id: int) -> str:
    """A link to set a password: for the first time, or because it was forgotten. It is shown this once."""
    row = desk.find(Staff, row_id)
    refuse_own(desk, row)
    return _invited(desk, row)


def text_invitation(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The link that is open goes to the number on file, when texts may leave."""
    row = desk.find(Staff, row_id)
    refuse_own(desk, row)
    inviting.text_invitation(desk.session, row, now=desk.now)
    desk.tell("invitation_texted", name=row.name)
    return DUTY.go(desk)


def _invited(desk: Desk, row: Staff) -> str:
    link = desk.board.link("invitation", token=inviting.invite(row, key=desk.board.key, now=desk.now))
    note_login(desk.session, What.INVITED, row, now=desk.now, how=desk.who)
    desk.session.flush()
    return desk.page(
        "invited", row=row, link=link, picture=to_be_scanned(link), until=row.invited_until,
        can_be_texted=inviting.can_be_texted(desk.session, row, now=desk.now),
    )  # fmt: skip


def save_staff(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Telephone, role, and a new password if one was typed; the old one opens nothing any more, anywhere."""
    row, form = desk.find(Staff, row_id), Form(desk)
    before = DUTY.shows(row)
    role = form.one_of("role", {role.value: role for role in ROLES})
    stays_on_duty = row.is_on_duty and role in ON_DUTY
    phone = form.phone("phone", needed=stays_on_duty)
    if row.id == desk.staff.id and role is not None and role is not row.role:
        form.mistakes.append(desk.words.t("wrong.own_role"))
    if row.id == desk.staff.id and request.form.get("password"):
        form.mistakes.append(desk.words.t("wrong.own_login"))
    password = _hashed(form, desk, row) if request.form.get("password") else None
    address = _address(form, desk, row)
    form.check()
    _enter_address(desk, row, address)
    if role is not None and role is not row.role:
        note_event(desk, "staff_role", row)
    if phone != row.phone:
        note_event(desk, "staff_phone", row)
    row.role, row.phone, row.is_on_duty = role or row.role, phone, stays_on_duty
    if password is not None:
        _change_password(desk, row, password)
    note(desk, DUTY, row.id, before, DUTY.shows(row))
    desk.tell("saved", name=row.name)
    return DUTY.go(desk)


def save_pin(desk: Desk) -> ResponseReturnValue:
    """One's own PIN for recording by telephone; a field left empty takes it away."""
    form, pin = Form(desk), request.form.get("pin", "").strip()
    try:
        pin_hash = hashed_pin(pin) if pin else None
    except Refusal as refusal:
        form.mistakes.append(sentence(refusal, desk.words.tag))
    if pin and not desk.staff.phone:
        form.mistakes.append(desk.words.t("wrong.pin_no_phone"))
    form.check()
    desk.staff.pin_hash = pin_hash
    desk.tell("pin_saved" if pin else "pin_gone")
    return DUTY.go(desk)


def _address(form: Form, desk: Desk, row: Staff | None = None) -> str | None:
    """By which address the provider of logins knows somebody; where there is no provider, as it was."""
    if desk.board.provider is None or not form.has("login_email_shown"):
        return row.login_email if row is not None else None
    address = plain_address(form.words("login_email", most=254))
    if address and not _ADDRESS.fullmatch(address):
        form.mistakes.append(desk.words.t("wrong.login_email"))
    same = sa.select(Staff.id).where(Staff.login_email == address, Staff.id != (row.id if row is not None else 0))
    if address and desk.session.scalars(same).first() is not None:
        form.mistakes.append(desk.words.t("wrong.login_email_taken"))
    return address or None


def _enter_address(desk: Desk, row: Staff, address: str | None) -> None:
    """Whoever has this address at the provider gets in as this person: that it was entered stands in the history."""
    if address != row.login_email:
        row.login_email, row.login_subject = address, None
        note_event(desk, "login_email", row)


def set_duty(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody comes on duty, or goes."""
    return change(desk, DUTY, desk.find(Staff, row_id))


def _write_duty(form: Form, row: Staff) -> None:
    comes = form.sent.get("on") == "1" and row.role in ON_DUTY and row.is_active
    if comes and not row.phone:
        form.mistakes.append(form.desk.words.t("wrong.needed", field=form.desk.words.t("field.phone")))
    form.check()
    row.is_on_duty = comes


def set_morning(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody wants to be told of the day each morning, or no more."""
    row, form = desk.find(Staff, row_id), Form(desk)
    wants = request.form.get("on") == "1" and row.is_active
    if wants and not row.phone:
        form.mistakes.append(desk.words.t("wrong.needed", field=desk.words.t("field.phone")))
    form.check()
    row.morning_due_at = next_morning(desk.community, desk.now) if wants else None
    desk.tell("settings_saved")
    return desk.go("settings_part", part="staff")


def leave(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody works here no more: every session ends at once. What they did keeps their name."""
    row = desk.find(Staff, row_id)
    if row.id == desk.staff.id:
        raise Wrong([desk.words.t("wrong.own_leave")])
    before = DUTY.shows(row)
    row.is_active, row.is_on_duty, row.morning_due_at = False, False, None
    note_event(desk, "staff_left", row)
    inviting.end_invitation(row)
    note(desk, DUTY, row.id, before, DUTY.shows(row))
    end_sessions_of(desk.session, row, now=desk.now)
    desk.tell("staff_left", name=row.name)
    return DUTY.go(desk)


def come_back(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody works here again, with a new password: typed here, or by an invitation."""
    row, form = desk.find(Staff, row_id), Form(desk)
    password = _hashed(form, desk, row) if request.form.get("password") else NO_PASSWORD
    form.check()
    row.is_active = True
    note_event(desk, "staff_returned", row)
    _change_password(desk, row, password)
    if password == NO_PASSWORD:
        return _invited(desk, row)
    desk.tell("saved", name=row.name)
    return DUTY.go(desk)


def _change_password(desk: Desk, row: Staff, password_hash: str) -> None:
    """By a colleague: every login of hers ends, and it stands in the history and in the book at the door."""
    row.password_hash = password_hash
    drop_what_was_begun(row)
    inviting.end_invitation(row)
    end_sessions_of(desk.session, row, now=desk.now)
    if password_hash != NO_PASSWORD:
        note_event(desk, "staff_password", row)
        note_login(desk.session, What.NEW_PASSWORD, row, now=desk.now, how=desk.who)


def _hashed(form: Form, desk: Desk, row: Staff) -> str:
    try:
        return hashed(request.form.get("password", ""), names=(row.name, desk.community.name))
    except Refusal as refusal:
        form.mistakes.append(sentence(refusal, desk.words.tag))
        return ""


DUTY = Part("duty", Staff, lambda row: {"on": "1" if row.is_on_duty else "0"}, _write_duty, "staff")


def save_codes_rule(desk: Desk) -> ResponseReturnValue:
    """Of whom more than a password is demanded."""
    return change(desk, CODES, desk.community)


def _write_codes_rule(form: Form, community: Community) -> None:
    who = form.one_of("second_factor_for", {one.value: one for one in Who})
    form.check()
    community.second_factor_for = who or Who.NOBODY


CODES = Part(
    "codes", Community, lambda row: {"second_factor_for": str(row.second_factor_for)}, _write_codes_rule, "staff"
)
