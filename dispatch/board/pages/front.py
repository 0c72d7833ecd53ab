"""The board itself, and what is settled without leaving it: alerts and callbacks."""

import re
import secrets
from functools import partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response

from dispatch.alarms import acknowledge, close_callback, settle
from dispatch.board.desk import Board, Desk, Undo
from dispatch.board.lanes import Lane, look
from dispatch.board.login import chosen_words, safe_next, who_is_there
from dispatch.board.pages.guide import needs_guide
from dispatch.board.pages.halfway import half_made, spoken
from dispatch.board.pages.late import wish_of
from dispatch.board.pages.looking import steps
from dispatch.board.pages.traffic import may_text
from dispatch.board.pages.typed_in import empty_line
from dispatch.board.pictures import Picture
from dispatch.board.typed import line
from dispatch.board.words import stamp
from dispatch.broken import how_many_broken
from dispatch.cries import cries_of
from dispatch.holding import how_many_held
from dispatch.office_calls import joined_at, last_spoken, waiting_calls
from dispatch.returns import whom_she_saw
from dispatch.spares import send_again as send_again_at_once
from dispatch.spending import how_many_wait
from dispatch.training import began_anew_at
from models.errors import Refusal
from models.installation import held_since
from models.menus import clashes
from models.tasks import Alert, Callback

# Ages and "late" change with the clock alone: a picture of the board is drawn anew after so long.
_KEPT_SECONDS = 10
# Where each browser's own token against forged forms goes in the picture that all share.
# Nobody who writes to us can know it, or the place where a picture names itself.
_TOKEN, _MARK = f"token-{secrets.token_hex(8)}", f"mark-{secrets.token_hex(8)}"


def home(desk: Desk, **_: object) -> str:
    """The whole page."""
    return desk.page("board", live=_live(desk), needs_guide=needs_guide(desk), **empty_line())


def live(desk: Desk) -> ResponseReturnValue:
    """The part of it that changes: for a page that says which picture it has, of what has stayed the same only that."""
    has = request.args.get("has", "")
    picture = _picture(desk, may_be_older=True)
    if picture.mark == has:
        return "", 204
    return _for_me(desk, desk.board.pictures.since(_eyes(desk), picture, has), picture.mark)


def lane(desk: Desk, lane: str) -> str:
    """Everything in one lane."""
    sight = look(desk.session, desk.community, now=desk.now, most=10_000)
    return desk.page("lane", lane=Lane(lane), cards=sight.lanes[Lane(lane)], tasks=sight.tasks)


def version(board: Board) -> Response:
    """The number that changes when the board does: 204 if the page has it already. Asked for every second."""
    visitor = who_is_there()
    if visitor is None:
        return make_response("", 401)
    seen = board.version_of(visitor.board_version)
    answer = make_response("", 204) if request.args.get("seen") == seen else make_response(seen, 200)
    if board.is_wound():  # the bar on every page shows what the clock shows; headers hold plain letters only
        local = board.now().astimezone(ZoneInfo(visitor.timezone))
        words = chosen_words(visitor)
        answer.headers["X-Wound"] = quote(words.t("wound", at=stamp(words, local)))
    return answer


def acknowledge_alert(desk: Desk, row_id: int) -> ResponseReturnValue:
    """I see to it."""
    acknowledge(desk.session, desk.find(Alert, row_id), desk.staff, now=desk.now)
    return redirect(safe_next(request.form.get("next")), code=303)


def send_again(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What has not come is sent once more, in one move."""
    alert = desk.find(Alert, row_id)
    if alert.request is None or alert.closed_at is not None:
        raise Refusal("too_late")
    sent = send_again_at_once(desk.session, alert.request, who=desk.who, now=desk.now)
    desk.tell("send_again", code=sent.code)
    return redirect(safe_next(request.form.get("next")), code=303)


def settle_alert(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It is settled; or there was nothing wrong, which is counted."""
    why = line("why", most=200)
    was_false = "nothing_wrong" in request.form
    settle(desk.session, desk.find(Alert, row_id), who=desk.who, now=desk.now, why=why, was_false=was_false)
    desk.tell("settled", undo=Undo("raise_again", {"row_id": row_id}))
    return redirect(safe_next(request.form.get("next")), code=303)


def settle_callback(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody has rung."""
    callback = desk.find(Callback, row_id)
    why = line("why", most=200)
    close_callback(desk.session, callback, staff=desk.staff, now=desk.now, why=why)
    desk.tell("settled", undo=Undo("open_again", {"row_id": row_id}))
    return desk.go("home")


def _live(desk: Desk) -> Markup:
    picture = _picture(desk)
    return _for_me(desk, picture.whole, picture.mark)


def _picture(desk: Desk, *, may_be_older: bool = False) -> Picture:
    """The changing part, drawn once for all boards that look at the same moment with the same eyes."""
    moment = (_version(desk), int(desk.now.timestamp()) // _KEPT_SECONDS)
    return desk.board.pictures.get(_eyes(desk), moment, lambda: _draw(desk), may_be_older=may_be_older)


def _eyes(desk: Desk) -> tuple[object, ...]:
    return desk.community.id, desk.words.tag, desk.staff.role, desk.can_ring


def _for_me(desk: Desk, drawn: str, mark: str) -> Markup:
    # What I have already is not offered to me again, nor what is another's alone; the picture is the same for all.
    drawn = re.sub(rf"<!--of {desk.staff.id}-->.*?<!--/of-->", "", drawn, flags=re.DOTALL)
    drawn = re.sub(rf"<!--for (?!{desk.staff.id}-->)\d+-->.*?<!--/for-->", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace(_TOKEN, generate_csrf()).replace(_MARK, mark, 1)
    return Markup(drawn)  # noqa: S704 - drawn by a template, which has escaped it


def _version(desk: Desk) -> str:
    return desk.board.version_of(desk.community.board_version)


def _draw(desk: Desk) -> str:
    sight = look(desk.session, desk.community, now=desk.now)
    book = desk.directory(sight.numbers)
    return desk.page(
        "live", sight=sight, version=_version(desk), is_watched=desk.board.is_watched(),
        lanes=list(Lane), whose=book.whose, may_text=may_text(desk), why_not=book.why_not_write,
        half_made=partial(half_made, desk), steps=partial(steps, desk), spoken=partial(spoken, desk),
        wish_of=partial(wish_of, desk), clashes=clashes,
        cries_of=partial(cries_of, desk.session),
        whom_she_saw=partial(whom_she_saw, desk.session),
        limit_waits=partial(how_many_wait, desk.session, desk.community, now=desk.now),
        household=book.household, csrf_token=lambda: _TOKEN, mark=_MARK,
        held_since=held_since(desk.session, desk.community), held=how_many_held(desk.session, desk.community),
        began_anew=began_anew_at(desk.session, now=desk.now) if desk.board.is_simulated else None,
        broken=how_many_broken(desk.session, desk.community),
        ringing=waiting_calls(desk.session, desk.community, now=desk.now),
        last_spoken=partial(last_spoken, desk.session, now=desk.now), joined_at=joined_at,
    )  # fmt: skip
