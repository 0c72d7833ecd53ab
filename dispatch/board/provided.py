"""Logging in by way of a provider of logins that the office has already, where the settings name one.

Whoever comes from there is somebody whose address a coordinator has entered; nobody becomes one of the staff by it.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Board
from dispatch.board.login import ask_for_code, begin_session, login_page, note_failure, safe_next
from dispatch.second_factor import is_used_up
from models.logins import What
from models.people import Staff

_log = logging.getLogger(__name__)
# So long somebody may take to log in there.
_MOST_SECONDS = 600


class ProviderError(Exception):
    """It cannot be asked, or says what cannot be believed. The text is for the log, and holds nothing of anybody."""


@dataclass(frozen=True)
class Started:
    """One login that was begun there, as the browser's cookie keeps it: nothing of another one fits it."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Known:
    """Whom the provider says that it is."""

    address: str
    subject: str  # what the provider gives to nobody else, ever
    had_second: bool  # it has seen more than a password


class Provider(Protocol):
    """A provider of logins (see scripts/provider.py)."""

    @property
    def name(self) -> str:
        """How it is called on the button."""

    def address_of(self, started: Started, *, back: str) -> str:
        """Where the browser is sent. Raises ProviderError."""

    def who(self, code: str, started: Started, *, back: str, now: datetime) -> Known:
        """Who has logged in there. Raises ProviderError. Speaks with the network: never within a transaction."""


def start(board: Board) -> ResponseReturnValue:
    """Off to the provider."""
    if board.provider is None:
        return redirect(url_for("board.login"))
    started = Started(*(secrets.token_urlsafe(32) for _ in range(3)))
    try:
        address = board.provider.address_of(started, back=board.link("from_provider"))
    except ProviderError as error:
        return _unreachable(board, error)
    session["provider"] = [
        started.state, started.nonce, started.verifier, board.now().timestamp(), request.args.get("next", ""),
    ]  # fmt: skip
    return redirect(address)


def come_back(board: Board) -> ResponseReturnValue:
    """Back from there: whoever the provider says it is, if it is one of us."""
    state, nonce, verifier, since, next_path = session.pop("provider", None) or ("", "", "", 0.0, "")
    is_ours = bool(state) and secrets.compare_digest(state.encode(), request.args.get("state", "").encode())
    if board.provider is None or not is_ours or not 0 <= board.now().timestamp() - since <= _MOST_SECONDS:
        return login_page(board, "login.provider.again"), 400
    code = request.args.get("code", "")
    if not code:  # called off there
        return login_page(board, "login.provider.again"), 400
    try:
        known = board.provider.who(
            code, Started(state, nonce, verifier), back=board.link("from_provider"), now=board.now()
        )
    except ProviderError as error:
        return _unreachable(board, error)
    staff = _whose(board, known)
    if staff is None:
        note_failure(board, What.NOT_OURS)
        return login_page(board, "login.provider.nobody"), 403
    if staff.codes_since is not None and not known.had_second and not is_used_up(staff):
        return ask_for_code(board, staff, "provider")
    how = "provider+provider_second" if known.had_second else "provider"
    begin_session(board, staff, how, had_second=known.had_second)
    return redirect(safe_next(next_path), code=303)


def _whose(board: Board, known: Known) -> Staff | None:
    """Who of the staff that is. Whoever comes first with an address that was entered has it from then on: nobody who
    is given the address there later gets in here."""
    with board.database.begin() as db:
        theirs = sa.select(Staff).where(Staff.login_email == plain_address(known.address), Staff.is_active)
        staff = db.scalars(theirs.with_for_update()).one_or_none()
        if staff is not None and staff.login_subject is None:
            staff.login_subject = known.subject
        db.flush()
        db.expunge_all()
    return staff if staff is not None and staff.login_subject == known.subject else None


def plain_address(written: str) -> str:
    """An address as it is compared: large or small letters make no difference. Only of the English alphabet: to other
    letters "the same in small" may be another address (ß and ss are two domains)."""
    written = written.strip()
    return written.lower() if written.isascii() else written


def _unreachable(board: Board, error: ProviderError) -> ResponseReturnValue:
    _log.warning("the provider of logins: %s", error)
    return login_page(board, "login.provider.unreachable"), 503
