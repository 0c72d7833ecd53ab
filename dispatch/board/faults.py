"""When a page cannot be shown: a kind page that says what to do, in words and without a stack trace."""

import logging
from typing import Any

from flask import Blueprint, Flask, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from dispatch.board.headers import protect
from dispatch.board.login import chosen_words

_log = logging.getLogger(__name__)
# The pages we have words for; everything else is told as a bad request or as our fault.
_PAGES = frozenset({400, 401, 403, 404, 405, 500, 503})


def catch_faults(app: Flask, blueprint: Blueprint) -> None:
    """Kind pages for the board, and for addresses that nobody has; other blueprints keep their own answers."""
    for code in (400, 403, 404, 405, 413, 500):
        app.register_error_handler(code, _http_fault)
    blueprint.register_error_handler(CSRFError, _without_token)
    for kind in (OperationalError, InterfaceError):
        blueprint.register_error_handler(kind, _database_fault)


def _http_fault(error: Any) -> Any:
    if request.blueprint not in (None, "board"):
        return error if isinstance(error, HTTPException) else InternalServerError()
    code = error.code if isinstance(error, HTTPException) and error.code else 500
    return _page(code, str(code if code in _PAGES else (400 if code < 500 else 500)))


def _without_token(error: CSRFError) -> Response:
    # Which form, by its name in the table of routes; nothing of what was in it, and nothing of the address.
    _log.warning("a form without a valid token was turned away (%s)", request.endpoint)
    return _page(400, "csrf")


def _database_fault(error: OperationalError | InterfaceError) -> Response:
    _log.error("the board could not use the database: %s", type(error.orig).__name__, exc_info=error)
    return _page(503, "503")


def _page(code: int, which: str) -> Response:
    """Needs no database and no login, which may be what is broken."""
    words = chosen_words()
    page = render_template("board/fault.html", t=words.t, words=words, which=which)
    return protect(make_response(page, code))
