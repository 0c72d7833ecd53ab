"""The staff's pages: one board to watch, and everything a person can do by phone, done for them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, request, url_for
from flask_login import LoginManager
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from dispatch import passwords
from dispatch.board import invitation, login, provided
from dispatch.board.desk import Board, Cards, Rehearsal, Replies, Sentence
from dispatch.board.doors import hang, let_in_large_posts
from dispatch.board.faults import catch_faults
from dispatch.board.headers import beside_the_telephones, guard_every_answer, protect
from dispatch.board.networks import PROXY
from dispatch.board.pages.front import version
from dispatch.board.routes import DOORS
from dispatch.board.words import shown_number
from dispatch.logbook import Logbook
from dispatch.noticing import Notebook
from dispatch.offered import Offered
from dispatch.oneline import Piece
from models.database import Database
from models.nearness import degrees
from models.traffic import Call, Message

_STATIC = Path(__file__).parent / "static"
_NO_REPLIES = Replies()


def init_board(
    app: Flask,
    *,
    database: Database,
    now: Callable[[], datetime],
    is_wound: Callable[[], bool],
    is_watched: Callable[[], bool],
    is_simulated: bool,
    play: Callable[[Session, int], tuple[bytes, str] | None],
    cards: Cards,
    cut: Callable[[str, str, date, Offered], list[Piece]],
    logbook: Logbook,
    notebook: Notebook,
    is_https: bool = False,
    word_at: Callable[[int, str], str] | None = None,
    wording: Callable[[Message | Call], str] | None = None,
    sentences: Callable[[str, str], Iterable[Sentence]] = lambda community, language: (),
    rehearse: Callable[..., Sequence[Rehearsal]] = lambda session, community, part, *, now: (),
    replies: Replies = _NO_REPLIES,
    signed: Iterable[Blueprint] = (),
    public_url: str = "",
    provider: provided.Provider | None = None,
    proxy: str = "",
) -> None:
    """Hang the board into the app. Every POST of the whole app needs the board's token from then on, but for those to
    `signed` blueprints: the carrier signs its posts.

    `is_watched()` says whether what is due is being done: boards say so when it is not.

    `play(session, recording_id)` gives a recording's audio and media type. What the board must show of `voice` is
    handed in too: `cut(line, language, today, offered)` makes pieces of what is typed (voice.pieces),
    `word_at(index, language)` is the word at the door, `wording(message)` what a promised text will say,
    `sentences(community, language)` what can be recorded, `rehearse(session, community, part, now=)` what callers hear
    of a part of the settings as the community is now, `replies` which answers can be given other words, `cards` what is
    printed for beside a telephone. `logbook` counts who could not get in; somebody must have it written now and then.
    In the `notebook` stands who looked at whom, until somebody writes it down. Links that are told outside begin with
    `public_url`; without it, as the browser asked. By `provider` staff may log in besides.
    `proxy` is the network of a proxy that is not on this machine.
    """
    board = Board(
        database, now, is_wound, is_watched, is_simulated, play, word_at, wording, cards, cut, sentences,
        rehearse=rehearse, replies=replies, logbook=logbook, key=str(app.config["SECRET_KEY"]),
        public_url=public_url, provider=provider, notebook=notebook,
    )  # fmt: skip
    app.config[PROXY] = proxy
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=is_https,
        # With this prefix browsers take the cookie from nobody but this very host, and only over https.
        SESSION_COOKIE_NAME="__Host-linli" if is_https else "linli",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the login: a board stays open all day
        WTF_CSRF_SSL_STRICT=False,  # it would ask for the Referer, which our pages do not send
    )  # fmt: skip
    csrf = CSRFProtect(app)
    for other in signed:
        csrf.exempt(other)
    blueprint = _blueprint(board)
    _know_people(app, board)
    catch_faults(app, blueprint)
    guard_every_answer(app, is_https=is_https)
    if is_simulated:
        app.after_request(beside_the_telephones)
    app.register_blueprint(blueprint)


def _blueprint(board: Board) -> Blueprint:
    blueprint = Blueprint(
        "board", __name__, template_folder="templates", static_folder="static", static_url_path="/board/static"
    )
    open_to_all: list[tuple[str, str, str, Callable[..., Any]]] = [
        ("GET", "/login", "login", lambda: login.show_login(board)),
        ("POST", "/login", "log_in", lambda: login.log_in(board)),
        ("POST", "/login/code", "give_code", lambda: login.give_code(board)),
        ("GET", "/login/provider", "to_provider", lambda: provided.start(board)),
        ("GET", "/login/provider/back", "from_provider", lambda: provided.come_back(board)),
        ("GET", "/invitation/<token>", "invitation", lambda token: invitation.show(board, token)),
        ("POST", "/invitation/<token>", "accept_invitation", lambda token: invitation.accept(board, token)),
        ("POST", "/logout", "log_out", lambda: login.log_out(board)),
        ("POST", "/language", "choose_language", lambda: login.choose_language(board)),
        ("GET", "/board/version", "version", lambda: version(board)),
    ]
    for method, rule, name, answer in open_to_all:
        blueprint.add_url_rule(rule, name, answer, methods=[method])
    let_in_large_posts(DOORS, blueprint)
    hang(DOORS, blueprint, board)
    blueprint.before_request(_only_from_our_pages)
    blueprint.after_request(_protected)
    blueprint.app_context_processor(lambda: _for_templates(board))
    return blueprint


def _only_from_our_pages() -> None:
    """Besides the token: a browser that says that a form was sent by another site's page is believed."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise CSRFError("The form was sent by a page that is not ours.")


def _protected(response: Response) -> Response:
    return protect(response, is_static=request.endpoint == "board.static" and response.status_code < 400)


def _for_templates(board: Board) -> dict[str, Any]:
    return {
        "national": shown_number,
        "degrees": degrees,
        "asset": _asset,
        "least_password": passwords.LEAST,
        "is_wound": board.is_wound,
        "is_simulated": board.is_simulated,
    }


@cache
def _mark(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]


def _asset(name: str) -> str:
    """The address of a script or style, which changes when its content does."""
    return url_for("board.static", filename=name, v=_mark(name))


def _know_people(app: Flask, board: Board) -> None:
    manager = LoginManager()
    manager.session_protection = None  # the session is kept on the server; a phone that changes its network stays in
    manager.user_loader(lambda token: login.visitor_of(board, token))
    manager.init_app(app)
