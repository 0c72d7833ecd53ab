"""One's own login: the password, a code besides it, and where one is logged in."""

import io

import segno
from flask import abort, request, send_file, session
from flask.typing import ResponseReturnValue

from dispatch import second_factor
from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.login import end_sessions_of, is_this_login, note, note_second, sessions_of, who_is_there
from dispatch.founding import hashed, sentence
from dispatch.inviting import end_invitation
from dispatch.second_factor import are_few, begins_with_app, begins_with_paper, drop_what_was_begun, is_demanded
from dispatch.telling import named
from models.errors import Refusal
from models.events import Event
from models.logins import GUESSES, What, notes_about
from models.people import Staff

# So long after it was made the secret for an app is shown, in the browser that asked for it.
_BEGUN_SECONDS = 15 * 60
# Of one's own last log-ins, and of those that failed, so many are shown.
_SHOWN = 8


def show(desk: Desk, *, codes: list[str] | None = None) -> str:
    """Everything about one's own login; `codes` are shown once, right after they were made."""
    staff = desk.staff
    return desk.page(
        "me", me=staff, codes=codes or [], logins=sessions_of(desk.session, staff, now=desk.now),
        is_this_login=is_this_login, is_setting_up=is_begun_here(desk), is_on_paper=begins_with_paper(staff),
        are_few=are_few(staff), is_demanded=is_demanded(desk.community.second_factor_for, staff.role),
        came=notes_about(desk.session, staff, What.IN, most=_SHOWN), failed=notes_about(
            desk.session, staff, *GUESSES, most=_SHOWN
        ),
    )  # fmt: skip


def save_password(desk: Desk) -> ResponseReturnValue:
    """Another password, by whoever knows the one there is; every other login of theirs ends."""
    try:
        desk.staff.password_hash = hashed(request.form.get("new", ""), names=(desk.staff.name, desk.community.name))
    except Refusal as refusal:
        raise Wrong([sentence(refusal, desk.words.tag)]) from None
    drop_what_was_begun(desk.staff)
    end_invitation(desk.staff)
    _end_others(desk)
    return _done(desk, "password")


def begin_codes(desk: Desk) -> ResponseReturnValue:
    """A secret for the app, to be read from the picture."""
    second_factor.prepare(desk.staff)
    begin_here(desk)
    return desk.go("me", _anchor="codes")


def picture(desk: Desk) -> ResponseReturnValue:
    """The picture that an app reads, while it is being set up and never after."""
    if not is_begun_here(desk):
        abort(404)
    out = io.BytesIO()
    segno.make(second_factor.address_of(desk.staff), error="m").save(out, kind="svg", scale=5, border=2, light="#fff")
    out.seek(0)
    return send_file(out, mimetype="image/svg+xml", max_age=0)


def confirm_codes(desk: Desk) -> ResponseReturnValue:
    """The app shows the right code: from now on one is asked for at each login."""
    codes = confirm_app(desk)
    codes_on(desk)
    return show(desk, codes=codes)


def confirm_app(desk: Desk) -> list[str]:
    """The ten codes for paper, if the app shows the code that was typed, and was set up in this browser."""
    if not is_begun_here(desk):
        raise Refusal("begun_elsewhere")
    return second_factor.confirm(desk.staff, "".join(request.form.get("code", "").split()), now=desk.now)


def codes_on(desk: Desk) -> None:
    """From now on a code is asked for: that stands in the history and in the book at the door, and is told. Every other
    login of hers ends, for it was begun with less; this one counts as begun with a code, for one was shown."""
    _end_others(desk)
    note_second(desk.session, was_shown=True)
    note_event(desk, "codes_on", desk.staff)
    note(desk.session, What.CODES_ON, desk.staff, now=desk.now)
    desk.tell("codes_on")


def end_codes(desk: Desk) -> ResponseReturnValue:
    """The password alone opens again."""
    second_factor.give_up(desk.staff)
    note_second(desk.session, was_shown=False)
    return _done(desk, "codes_off")


def end_codes_of(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody has lost telephone and codes: the coordinator lets the password alone open, until they set up anew."""
    row = desk.find(Staff, row_id)
    refuse_own(desk, row)
    second_factor.give_up(row)
    end_sessions_of(desk.session, row, now=desk.now)
    note_event(desk, "codes_off", row)
    note(desk.session, What.CODES_OFF, row, now=desk.now, how=desk.who)
    desk.tell("codes_off_of", name=row.name)
    return desk.go("settings_part", part="staff")


def end_logins(desk: Desk) -> ResponseReturnValue:
    """Every login of mine but this one ends."""
    _end_others(desk)
    return _done(desk, "logins_ended")


def refuse_own(desk: Desk, row: Staff) -> None:
    """How one gets in oneself is changed under "My login", where the password is asked for: not by whoever finds a
    coordinator's browser open."""
    if row.id == desk.staff.id:
        raise Wrong([desk.words.t("wrong.own_login")])


def begin_here(desk: Desk) -> None:
    """From now on, and for a while, this browser may see what the app is to read."""
    session["begun"] = desk.now.timestamp()


def is_begun_here(desk: Desk) -> bool:
    """Was a secret for an app made in this browser a little while ago? Another one is shown nothing of it."""
    since = desk.now.timestamp() - session.get("begun", 0.0)
    return begins_with_app(desk.staff) and 0 <= since <= _BEGUN_SECONDS


def _end_others(desk: Desk) -> None:
    visitor = who_is_there()
    end_sessions_of(desk.session, desk.staff, but_for=visitor.token if visitor else "", now=desk.now)


# How the book at the door calls what is done here.
_WHAT = {"password": What.NEW_PASSWORD, "codes_off": What.CODES_OFF, "logins_ended": What.OTHERS_OUT}


def _done(desk: Desk, what: str) -> ResponseReturnValue:
    note_event(desk, what, desk.staff)
    note(desk.session, _WHAT[what], desk.staff, now=desk.now)
    desk.tell(f"me_{what}")
    return desk.go("me")


def note_event(desk: Desk, verb: str, whose: Staff) -> None:
    """It stands in the history, too."""
    desk.session.add(Event(community_id=desk.community.id, at=desk.now, who=desk.who, verb=verb, why=named(whose)))
