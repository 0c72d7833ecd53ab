"""How every page and every act is entered: who may, with which kind of transaction, and what is shown when refused."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Board, Desk, Rehearsal
from dispatch.board.login import Visitor, chosen_words, look_at_own_password, who_is_there
from dispatch.board.networks import rough_network
from dispatch.board.seen import sights_of
from dispatch.logbook import Knock
from models.errors import Refusal
from models.logins import What
from models.people import Role, Staff
from models.places import Community

READERS = frozenset(Role)
ACTORS = frozenset({Role.DISPATCHER, Role.COORDINATOR})
SETTERS = frozenset({Role.COORDINATOR})
KEEPERS = READERS - {Role.DISPATCHER}
# Those who answer for the office, or look after it: they may know who looked at whom.
OVERSEERS = frozenset({Role.COORDINATOR, Role.AUDITOR})


@dataclass(frozen=True)
class Door:
    """One row of the table of routes. POST gets a transaction that writes, GET one that only reads."""

    name: str
    rule: str
    roles: frozenset[Role]
    answer: Callable[..., ResponseReturnValue]
    method: str = "GET"
    again: Callable[..., str] | None = None  # the page shown, with what was typed, when the act was refused
    most_bytes: int | None = None  # a post may be as large as this, if not as the house allows everywhere
    is_part: bool = False  # fetched by our script: without a login it gets 401, not the login page
    asks_password: bool = False  # of whoever is logged in, in the field "password", before the act is begun
    is_for_setting_up: bool = False  # stays open to whoever must set up a second factor before anything else


class Wrong(Refusal):
    """A form that cannot be taken as it is: several sentences, already in the reader's language."""

    def __init__(self, notices: list[str], *, status: int = 422) -> None:
        super().__init__("wrong_form")
        self.notices, self.status = notices, status


class Stale(Refusal):
    """The page was older than the thing: what has happened since is shown, and nothing is done."""

    def __init__(self, seen_event: int) -> None:
        super().__init__("changed_meanwhile")
        self.seen_event = seen_event


class Shown(Refusal):
    """What was typed is only shown as callers would hear it. Nothing of it is kept."""

    def __init__(self, rehearsal: Sequence[Rehearsal]) -> None:
        super().__init__("only_shown")
        self.rehearsal = rehearsal


def hang(doors: Iterable[Door], blueprint: Blueprint, board: Board) -> None:
    """Give every door of the table its URL."""
    table = list(doors)
    allowed = {role: frozenset(door.name for door in table if role in door.roles) for role in Role}
    shown = {door.answer: door.name for door in table if door.method == "GET"}
    for door in table:
        blueprint.add_url_rule(door.rule, door.name, _opener(door, board, allowed, shown), methods=[door.method])


def let_in_large_posts(doors: Iterable[Door], blueprint: Blueprint) -> None:
    """Whoever may upload a file may send more than anybody else; it is known before the form is read."""
    large = {f"{blueprint.name}.{door.name}": door for door in doors if door.most_bytes is not None}

    def let_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
        door = large.get(endpoint or "")
        visitor = who_is_there() if door is not None else None
        if door is not None and visitor is not None and visitor.role in door.roles:
            request.max_content_length = door.most_bytes

    blueprint.url_value_preprocessor(let_in)


def _opener(
    door: Door, board: Board, allowed: dict[Role, frozenset[str]], shown: dict[Callable[..., Any], str]
) -> Callable[..., ResponseReturnValue]:
    def open_door(**ids: Any) -> ResponseReturnValue:
        visitor = who_is_there()
        if visitor is None:
            return _ask_to_log_in(door)
        if visitor.role not in door.roles:
            _note_refusal(board, visitor, door)
            abort(403)
        if visitor.needs_code and not door.is_for_setting_up:
            return ("", 401) if door.is_part else redirect(url_for("board.set_up"), code=303)
        if door.asks_password and (wrong := _without_password(board, visitor)):
            return _say_why_not(door, board, visitor, allowed, wrong, ids, shown)
        unit = board.database.read if door.method == "GET" else board.database.begin
        try:
            with unit() as session:
                desk = _desk(board, session, visitor, allowed, is_acting=door.method == "POST")
                _may_still(desk, door)
                answer = make_response(door.answer(desk, **ids))
                if door.method == "GET":
                    note_looking(desk, door.name, ids)
                return answer
        except Refusal as refusal:
            return _say_why_not(door, board, visitor, allowed, refusal, ids, shown)

    return open_door


def _without_password(board: Board, visitor: Visitor) -> Wrong | None:
    """Before the transaction of the act, which would keep the telephone line waiting."""
    look, words = look_at_own_password(board, visitor), chosen_words(visitor)
    if look.seconds:
        return Wrong([words.t("login.wait", seconds=look.seconds)], status=429)
    return None if look.is_hers else Wrong([words.t("wrong.password")])


def _may_still(desk: Desk, door: Door) -> None:
    """Whoever was sent away, or got another role, between the door and the transaction does nothing any more."""
    if not desk.staff.is_active or desk.staff.role not in door.roles:
        abort(403)


def _note_refusal(board: Board, visitor: Visitor, door: Door) -> None:
    """Who was turned away at which door is counted, as what fails at the login is."""
    knock = Knock(What.REFUSED, rough_network(), visitor.staff_id, visitor.community_id, f"{door.method} {door.rule}")
    board.logbook.failed(knock, now=board.now())


def note_looking(desk: Desk, door: str, ids: dict[str, Any]) -> None:
    """Who looked at whom: in hand until it is written, so that nobody waits for it."""
    if request.method != "HEAD":
        desk.board.notebook.note(desk.community.id, desk.who, sights_of(desk, door, ids), now=desk.now)


def _ask_to_log_in(door: Door) -> ResponseReturnValue:
    if door.is_part:
        return "", 401
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("board.login", next=wanted))


def _desk(
    board: Board, session: Any, visitor: Visitor, allowed: dict[Role, frozenset[str]], *, is_acting: bool = False
) -> Desk:
    staff = session.get_one(Staff, visitor.staff_id)
    community = session.get_one(Community, staff.community_id)
    words = chosen_words(visitor)
    return Desk(board, session, staff, community, board.now(), words, allowed[visitor.role], is_acting=is_acting)


def _say_why_not(
    door: Door,
    board: Board,
    visitor: Visitor,
    allowed: dict[Role, frozenset[str]],
    refusal: Refusal,
    ids: dict[str, Any],
    shown: dict[Callable[..., Any], str],
) -> ResponseReturnValue:
    """The page again with the reason on top. The transaction of the act is undone, so nothing of it is stored."""
    if door.again is None:
        raise refusal
    with board.database.read() as session:
        desk = _desk(board, session, visitor, allowed)
        note_looking(desk, shown.get(door.again, ""), ids)  # what is refused shows the page all the same
        if isinstance(refusal, Shown):
            return make_response(door.again(replace(desk, shown=refusal.rehearsal), **ids))
        desk = replace(desk, seen_event=getattr(refusal, "seen_event", None))
        desk.notices.extend(
            refusal.notices if isinstance(refusal, Wrong) else [refusal_words(desk, refusal.reason, refusal.blanks)]
        )
        return make_response(door.again(desk, **ids), refusal.status if isinstance(refusal, Wrong) else 409)


def refusal_words(desk: Desk, reason: str, blanks: dict[str, object]) -> str:
    """The sentence for a refusal."""
    return desk.words.t(f"refusal.{reason}", **{name: desk.wall.said(value) for name, value in blanks.items()})
