"""A code besides the password, on paper or anew; and the one page that is open to whoever must set one up first."""

from datetime import timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue

from dispatch import second_factor
from dispatch.board.desk import Desk
from dispatch.board.login import who_is_there
from dispatch.board.pages.me import begin_here, codes_on, confirm_app, is_begun_here, note_event, show
from dispatch.second_factor import begins_with_paper, is_demanded, is_used_up
from models.errors import Refusal

# So long after the login nobody is asked for the password once more.
_FRESH = timedelta(minutes=15)


def set_up(desk: Desk, *, codes: list[str] | None = None, is_over: bool = False) -> str:
    """What is demanded and why, and the two ways; or what is still to be done of the one that was chosen."""
    staff = desk.staff
    return desk.page(
        "set_up", me=staff, codes=codes or [], is_over=is_over, is_fresh=_is_fresh(desk), here=url_for("board.set_up"),
        is_demanded=is_demanded(desk.community.second_factor_for, staff.role), is_used_up=is_used_up(staff),
        has_app=is_begun_here(desk), has_paper=begins_with_paper(staff),
    )  # fmt: skip


def begin_app(desk: Desk) -> ResponseReturnValue:
    """A secret for an app, right after the login."""
    _must_be_fresh(desk)
    second_factor.prepare(desk.staff)
    begin_here(desk)
    return desk.go("set_up")


def begin_paper(desk: Desk) -> str:
    """Ten codes to be printed, right after the login."""
    _must_be_fresh(desk)
    return set_up(desk, codes=second_factor.prepare_paper(desk.staff))


def finish(desk: Desk) -> ResponseReturnValue:
    """What was chosen is shown to be there: from now on a code is asked for, and everything is open."""
    spare = []
    if desk.staff.code_secret is not None:
        spare = confirm_app(desk)
    else:
        second_factor.confirm_paper(desk.staff, request.form.get("code", ""), now=desk.now)
    codes_on(desk)
    return set_up(desk, codes=spare, is_over=True)


def paper(desk: Desk) -> str:
    """Ten codes to be printed, for whoever has time to set it up, and no app."""
    return show(desk, codes=second_factor.prepare_paper(desk.staff))


def confirm_paper(desk: Desk) -> ResponseReturnValue:
    """One of them was typed: from now on one is asked for at each login."""
    second_factor.confirm_paper(desk.staff, request.form.get("code", ""), now=desk.now)
    codes_on(desk)
    return desk.go("me", _anchor="codes")


def renew(desk: Desk) -> str:
    """Ten new ones, before the last are used."""
    codes = second_factor.renew(desk.staff)
    note_event(desk, "codes_new", desk.staff)
    return show(desk, codes=codes)


def _is_fresh(desk: Desk) -> bool:
    """Right after the password nobody is asked for it again; a browser that was left open is not enough."""
    visitor = who_is_there()
    return visitor is not None and visitor.began_at is not None and desk.now - visitor.began_at <= _FRESH


def _must_be_fresh(desk: Desk) -> None:
    if not _is_fresh(desk):
        raise Refusal("not_fresh")
