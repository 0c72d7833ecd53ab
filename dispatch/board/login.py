"""Who is there: login by name and password, sessions that can be ended on the server, and patience with guessers."""

import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from dispatch.board.desk import Board
from dispatch.board.typed import line
from dispatch.board.words import LANGUAGES, Words, words_of
from dispatch.founding import check_password
from dispatch.second_factor import is_right
from dispatch.training import began_anew_at
from models.people import Role, Staff, StaffSession
from models.places import Community
from models.prepared import prepared

IDLE = timedelta(hours=12)
# How often a session's last use is written down; every request would be a write.
_NOTED_EVERY = timedelta(minutes=5)
# Wherever the guesses come from, a name waits no longer than this (seconds).
_LONGEST_FOR_A_NAME = 2.0
# So long the right password waits for its code.
_HALF_SECONDS = 300


@dataclass(frozen=True)
class Visitor:
    """A member of staff who is logged in, as Flask-Login knows one."""

    staff_id: int
    community_id: int
    role: Role
    language: str
    board_version: int
    timezone: str
    token: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the signed cookie keeps; the database has only its hash."""
        return self.token


@dataclass
class Guesses:
    """Failed logins: each makes the next one wait twice as long, up to a while. Nobody is ever locked out."""

    clock: Callable[[], float] = time.monotonic  # not the wound clock: a frozen one would never let anybody in
    free: int = 3
    longest: float = 30.0
    _failed: dict[str, tuple[int, float]] = field(default_factory=dict)

    def wait(self, key: str) -> float:
        """How many seconds until this name may be tried again from there."""
        return max(0.0, self._failed.get(key, (0, 0.0))[1] - self.clock())

    def has_tried(self, key: str) -> bool:
        """Was there a wrong answer from there?"""
        return key in self._failed

    def failed(self, key: str, *, longest: float | None = None) -> None:
        """One more wrong answer; the next may have to wait, at the most so long."""
        if len(self._failed) > 5000:  # somebody tries every name there is; the oldest are forgotten
            self._failed.pop(next(iter(self._failed)))
        times = self._failed.get(key, (0, 0.0))[0] + 1
        most = self.longest if longest is None else longest
        pause = min(most, 2.0 ** min(times - self.free, 9)) if times >= self.free else 0.0
        self._failed[key] = (times, self.clock() + pause)

    def wait_from(self, here: str, anywhere: str) -> int:
        """How many whole seconds whoever tries this name from here must wait; 0: none.

        Somebody else's guesses never hold up the first try from another place: nobody can keep the owner out.
        """
        seconds = max(self.wait(here), self.wait(anywhere) if self.has_tried(here) else 0.0)
        return max(1, round(seconds)) if seconds else 0

    def failed_from(self, here: str, anywhere: str) -> None:
        """One more wrong answer for a name from here; wherever the guesses come from, the name waits a little."""
        self.failed(here)
        self.failed(anywhere, longest=_LONGEST_FOR_A_NAME)

    def forget(self, key: str) -> None:
        """The right answer."""
        self._failed.pop(key, None)


def visitor_of(board: Board, token: str) -> Visitor | None:
    """The person whose browser holds this token, unless the session was ended, idle too long, or they have left."""
    now = board.now()
    with board.database.read() as db:
        row = db.execute(*_visitor_with(_hashed(token))).first()
    if row is None or now - row[1] > IDLE:
        return None
    # A board that only watches is not a person who works: its polling does not keep the session alive.
    if now - row[1] > _NOTED_EVERY and request.endpoint not in ("board.version", "board.live"):
        with board.database.begin() as db:
            db.execute(sa.update(StaffSession).where(StaffSession.id == row[0]).values(seen_at=now))
    return Visitor(row[2], row[5], row[3], row[4], row[6], row[7], token)


@prepared
def _visitor_with(token_hash: str) -> sa.Select[int, datetime, int, Role, str, int, int, str]:
    # Every open board asks for this every second.
    found = sa.select(
        StaffSession.id, StaffSession.seen_at, Staff.id, Staff.role, Staff.language,
        Community.id, Community.board_version, Community.timezone,
    )  # fmt: skip
    found = found.select_from(StaffSession).join(Staff).join(Community)
    return found.where(StaffSession.token_hash == token_hash, StaffSession.ended_at.is_(None), Staff.is_active)


def who_is_there() -> Visitor | None:
    """Whoever is logged in."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def chosen_words(visitor: Visitor | None = None) -> Words:
    """The language chosen in this browser, else the person's own, else what was shown last or the browser prefers."""
    wanted = session.get("language") or (visitor.language if visitor else session.get("last_language"))
    return words_of(wanted or request.accept_languages.best_match(["en", "zh-CN", "zh"], "en") or "en")


def show_login(board: Board) -> ResponseReturnValue:
    """The page that asks for name and password."""
    if who_is_there():
        return redirect(safe_next(request.args.get("next")))
    return _login_page(began_anew=_began_anew(board))


def _began_anew(board: Board) -> str:
    """Whoever finds herself logged out is told, where the training began anew lately: at what time."""
    if not board.is_simulated:
        return ""
    with board.database.read() as db:
        began_at = began_anew_at(db, now=board.now())
        community = db.scalars(sa.select(Community).order_by(Community.id)).first()
    return f"{community.local(began_at):%H:%M}" if began_at and community else ""


def log_in(board: Board, guesses: Guesses) -> ResponseReturnValue:
    """Let somebody in, or say kindly why not."""
    name, password = line("name", most=80), request.form.get("password", "")
    anywhere = name.casefold()
    here = f"{anywhere} {_network()}"
    if seconds := guesses.wait_from(here, anywhere):
        return _login_page("login.wait", seconds=seconds), 429
    with board.database.read() as db:
        staff = db.scalars(sa.select(Staff).where(Staff.name == name, Staff.is_active)).one_or_none()
        db.expunge_all()  # what was read stays readable after the transaction
    # The hash takes a tenth of a second: outside of every transaction, so that the telephone line does not wait.
    if not check_password(staff, password) or staff is None:
        guesses.failed_from(here, anywhere)
        return _login_page("login.wrong"), 403
    if staff.codes_since is not None:
        # The password is right; nobody is in before the code is, and the browser has only five minutes for it.
        session["half"] = [staff.id, board.now().timestamp()]
        return _login_page(is_second=True)
    guesses.forget(here)
    _begin_session(board, staff)
    return redirect(safe_next(request.form.get("next")), code=303)


def give_code(board: Board, guesses: Guesses) -> ResponseReturnValue:
    """The second step: the code, of whoever has just given the right password."""
    staff_id, since = session.get("half") or (0, 0.0)
    if not 0 <= board.now().timestamp() - since <= _HALF_SECONDS:
        session.pop("half", None)
        return redirect(url_for("board.login"), code=303)
    with board.database.begin() as db:
        staff = db.get(Staff, staff_id, with_for_update=True)
        anywhere = staff.name.casefold() if staff is not None else ""
        here = f"{anywhere} {_network()}"
        if seconds := guesses.wait_from(here, anywhere):
            return _login_page("login.wait", is_second=True, seconds=seconds), 429
        code = request.form.get("code", "")
        is_open = staff is not None and staff.is_active and is_right(staff, code, now=board.now())
        db.flush()
        db.expunge_all()
    if not is_open or staff is None:
        guesses.failed_from(here, anywhere)
        return _login_page("login.code_wrong", is_second=True), 403
    guesses.forget(here)
    _begin_session(board, staff)
    return redirect(safe_next(request.form.get("next")), code=303)


def log_out(board: Board) -> ResponseReturnValue:
    """End this session, on the server too."""
    visitor = who_is_there()
    if visitor is not None:
        with board.database.begin() as db:
            end_session(db, visitor.token, now=board.now())
    shown = chosen_words(visitor).tag
    logout_user()
    session.clear()
    session["last_language"] = shown  # the login page stays readable; whoever logs in next has a language of their own
    return redirect(url_for("board.login"), code=303)


def end_session(db: Session, token: str, *, now: datetime) -> None:
    """This token opens nothing any more."""
    db.execute(sa.update(StaffSession).where(StaffSession.token_hash == _hashed(token)).values(ended_at=now))


def sessions_of(db: Session, staff: Staff, *, now: datetime) -> list[StaffSession]:
    """The logins of this person that still open something, the one that was used last first."""
    theirs = sa.select(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
    return list(db.scalars(theirs.where(StaffSession.seen_at > now - IDLE).order_by(StaffSession.seen_at.desc())))


def is_this_login(row: StaffSession) -> bool:
    """Is it the one that asks?"""
    visitor = who_is_there()
    return visitor is not None and row.token_hash == _hashed(visitor.token)


def end_sessions_of(db: Session, staff: Staff, *, but_for: str = "", now: datetime) -> None:
    """Nobody is logged in as this person any more, in any browser but the one with that token."""
    theirs = (StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
    kept = StaffSession.token_hash != _hashed(but_for)
    db.execute(sa.update(StaffSession).where(*theirs, kept).values(ended_at=now))


def choose_language(board: Board) -> ResponseReturnValue:
    """The page in the other language, from now on; remembered with the person who is logged in."""
    tag = request.form.get("language", "")
    visitor = who_is_there()
    if tag in LANGUAGES:
        session["language"] = tag
    if tag in LANGUAGES and visitor is not None:
        with board.database.begin() as db:
            db.execute(sa.update(Staff).where(Staff.id == visitor.staff_id).values(language=tag))
    return redirect(safe_next(request.form.get("next")), code=303)


def safe_next(path: str | None) -> str:
    """A path of our own to go on to; the board for everything else."""
    home = url_for("board.home")
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return home
    parts = urlsplit(path)
    return home if parts.scheme or parts.netloc else path


def _network() -> str:
    """Where somebody comes from: the address, or the network that one household has of the new kind.

    Only our own proxy, on this machine, is believed when it names another address; what stands before the last one was
    written by whoever asks.
    """
    with suppress(ValueError):
        peer = ip_address(request.remote_addr or "")
        if peer.is_loopback and (said := request.headers.get("X-Forwarded-For", "")):
            with suppress(ValueError):
                peer = ip_address(said.rpartition(",")[2].strip())
        return str(ip_network((peer, 64 if peer.version == 6 else 32), strict=False))
    return ""


def _begin_session(board: Board, staff: Staff) -> None:
    token, now, language, before = secrets.token_urlsafe(32), board.now(), session.get("language"), who_is_there()
    session.clear()  # whatever an attacker may have planted before the login is worth nothing after it
    if language:
        session["language"] = language
    with board.database.begin() as db:
        if before is not None:  # whoever logs in over a login, her own or another's, ends it
            end_session(db, before.token, now=now)
        db.add(StaffSession(staff_id=staff.id, token_hash=_hashed(token), began_at=now, seen_at=now))
        if language:  # chosen on the login page: from now on it is this person's, in every browser
            db.execute(sa.update(Staff).where(Staff.id == staff.id).values(language=language))
        community = db.get_one(Community, staff.community_id)
    login_user(
        Visitor(staff.id, staff.community_id, staff.role, staff.language, 0, community.timezone, token), remember=False
    )


def _login_page(problem: str = "", *, began_anew: str = "", is_second: bool = False, **blanks: object) -> str:
    words = chosen_words()
    next_path = request.values.get("next", "")
    return render_template(
        "board/login.html", t=words.t, n=words.n, words=words, problem=words.t(problem, **blanks) if problem else "",
        next_path=next_path, name=request.form.get("name", ""), began_anew=began_anew, is_second=is_second,
    )  # fmt: skip


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
