"""Who is there: login by name, password and code, and sessions that can be ended on the server."""

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from dispatch.board.desk import Board, tell_next
from dispatch.board.guessing import Limit, code_limits, password_limits
from dispatch.board.networks import network, rough_network
from dispatch.board.typed import line
from dispatch.board.words import LANGUAGES, Words, words_of
from dispatch.founding import check_password
from dispatch.logbook import Knock, write_down
from dispatch.second_factor import is_demanded, is_right, is_used_up
from dispatch.training import began_anew_at
from models.logins import What, came_from, guesses_since, notes_about
from models.people import Role, Staff, StaffSession
from models.places import Community
from models.prepared import prepared

# A login ends by itself after so long without work, and after so long whatever happens: seven days are a week in the
# office with one password a week, and no browser that was lost or stolen stays open for longer.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
# How often a session's last use is written down; every request would be a write.
_NOTED_EVERY = timedelta(minutes=5)
# So long the right password waits for its code.
_HALF_SECONDS = 300
# So many passwords are looked at at once, and so many are in line for it: each takes a core for a tenth of a second,
# and the telephone line needs cores and threads.
_looked_at, _in_line = threading.BoundedSemaphore(2), threading.BoundedSemaphore(6)
# Whoever finds no place in that line is asked to come again so soon.
_SOON_SECONDS = 2


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
    needs_code: bool = False  # must set up a second factor before anything else
    began_at: datetime | None = None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the signed cookie keeps; the database has only its hash."""
        return self.token


@dataclass(frozen=True)
class Look:
    """What came of a password: whose it was to be, and whether it is; or how many seconds nobody looks at it."""

    staff: Staff | None = None
    is_hers: bool = False
    seconds: int = 0


def visitor_of(board: Board, token: str) -> Visitor | None:
    """The person whose browser holds this token, unless the session was ended, idle too long, or they have left."""
    now = board.now()
    with board.database.read() as db:
        row = db.execute(*_visitor_with(_hashed(token))).first()
    if row is None or _why_over(row.began_at, row.seen_at, now=now):
        return None
    # A board that only watches is not a person who works: its polling does not keep the session alive.
    if now - row.seen_at > _NOTED_EVERY and request.endpoint not in ("board.version", "board.live"):
        with board.database.begin() as db:
            db.execute(sa.update(StaffSession).where(StaffSession.id == row.session_id).values(seen_at=now))
    return Visitor(
        row.staff_id, row.community_id, row.role, row.language, row.board_version, row.timezone, token,
        needs_code=_needs_code(row), began_at=row.began_at,
    )  # fmt: skip


def _why_over(began_at: datetime, seen_at: datetime, *, now: datetime) -> str:
    """Why a login has ended by itself, in a word; "" if it has not."""
    return "longest" if now - began_at > LONGEST else "idle" if now - seen_at > IDLE else ""


def _needs_code(row: Any) -> bool:
    """More than a password is demanded of her, and she has nothing; or all that she had on paper is used up."""
    if row.codes_since is None:
        return not row.had_second and is_demanded(row.second_factor_for, row.role)
    return is_used_up(row)


@prepared
def _visitor_with(token_hash: str) -> sa.Select[Any]:
    # Every open board asks for this every second.
    found = sa.select(
        StaffSession.id.label("session_id"), StaffSession.began_at, StaffSession.seen_at, StaffSession.had_second,
        Staff.id.label("staff_id"), Staff.role, Staff.language, Staff.codes_since, Staff.code_secret, Staff.spare_codes,
        Community.id.label("community_id"), Community.board_version, Community.timezone, Community.second_factor_for,
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
    return login_page(board, began_anew=_began_anew(board), told=_why_out(board))


def _why_out(board: Board) -> str:
    """Whoever has just set a password, or finds herself logged out, is told so: a word for it."""
    if told := session.get("told"):
        return str(told)
    token = session.get("_user_id")
    if not token:
        return ""
    with board.database.read() as db:
        mine = sa.select(StaffSession.began_at, StaffSession.seen_at).where(StaffSession.token_hash == _hashed(token))
        row = db.execute(mine.where(StaffSession.ended_at.is_(None))).first()
    return _why_over(row.began_at, row.seen_at, now=board.now()) if row is not None else ""


def _began_anew(board: Board) -> str:
    """Whoever finds herself logged out is told, where the training began anew lately: at what time."""
    if not board.is_simulated:
        return ""
    with board.database.read() as db:
        began_at = began_anew_at(db, now=board.now())
        community = db.scalars(sa.select(Community).order_by(Community.id)).first()
    return f"{community.local(began_at):%H:%M}" if began_at and community else ""


def log_in(board: Board) -> ResponseReturnValue:
    """Let somebody in, or say kindly why not."""
    name = line("name", most=80)
    limits = password_limits(name, here=network(), around=rough_network())
    look = _look(board, sa.select(Staff).where(Staff.name == name, Staff.is_active), limits)
    staff = look.staff
    if look.seconds:
        return _too_fast(board, look.seconds)
    if not look.is_hers or staff is None:
        note_failure(board, What.UNKNOWN_NAME if staff is None else What.WRONG_PASSWORD, staff)
        return login_page(board, "login.wrong"), 403
    if staff.codes_since is not None and not is_used_up(staff):
        return ask_for_code(board, staff, "password")
    begin_session(board, staff, "password")
    return redirect(safe_next(request.form.get("next")), code=303)


def look_at_own_password(board: Board, visitor: Visitor) -> Look:
    """Does whoever is logged in know the password, too? A browser that was left open is not enough to change how one
    gets in, nor to try it out."""
    limits = [Limit(f"logged in {visitor.staff_id}", free=5)]
    look = _look(board, sa.select(Staff).where(Staff.id == visitor.staff_id), limits)
    if not look.is_hers and not look.seconds:
        note_failure(board, What.WRONG_PASSWORD, look.staff)
    return look


def _look(board: Board, whose: sa.Select[Staff], limits: Sequence[Limit]) -> Look:
    """At the password that was typed. Outside of every transaction: the telephone line does not wait for it. Whoever
    finds no place in the line has guessed nothing, and nothing is counted."""
    if not _in_line.acquire(blocking=False):
        return Look(seconds=_SOON_SECONDS)
    try:
        if seconds := board.patience.passwords.try_now(limits):
            return Look(seconds=seconds)
        with board.database.read() as db:
            staff = db.scalars(whose).one_or_none()
            db.expunge_all()  # what was read stays readable after the transaction
        with _looked_at:
            is_hers = check_password(staff, request.form.get("password", ""))
    finally:
        _in_line.release()
    if is_hers:
        board.patience.passwords.was_right(limits)
    return Look(staff, is_hers=is_hers)


def _too_fast(board: Board, seconds: int, *, is_second: bool = False) -> ResponseReturnValue:
    note_failure(board, What.TOO_FAST)
    return login_page(board, "login.wait", is_second=is_second, seconds=seconds), 429


def ask_for_code(board: Board, staff: Staff, how: str) -> ResponseReturnValue:
    """The first step is right; nobody is in before the code is, and the browser has only five minutes for it."""
    session["first_step"] = [staff.id, board.now().timestamp(), how, _state_of(staff)]
    return login_page(board, is_second=True)


def _state_of(staff: Staff) -> str:
    """What the first step was right for: with another password, or other codes, it is not any more."""
    return _hashed(f"{staff.password_hash} {staff.codes_since} {staff.code_secret}")[:16]


def give_code(board: Board) -> ResponseReturnValue:
    """The second step: the code, of whoever has just given the right password."""
    staff_id, since, how, state = session.get("first_step") or (0, 0.0, "", "")
    if not 0 <= board.now().timestamp() - since <= _HALF_SECONDS:
        session.pop("first_step", None)
        return redirect(url_for("board.login"), code=303)
    with board.database.read() as db:
        is_known = came_from(db, staff_id, rough_network())
    limits = code_limits(staff_id, here=network(), is_known_here=is_known)
    if seconds := board.patience.codes.try_now(limits):
        return _too_fast(board, seconds, is_second=True)
    with board.database.begin() as db:
        staff = db.get(Staff, staff_id, with_for_update=True)
        code, left = request.form.get("code", ""), len(staff.spare_codes) if staff is not None else 0
        is_hers = staff is not None and staff.is_active and state == _state_of(staff)
        is_open = is_hers and staff is not None and is_right(staff, code, now=board.now())
        db.flush()
        db.expunge_all()
    # Outside of the transaction: what is counted may be written at once.
    if not is_hers:
        session.pop("first_step", None)
        return redirect(url_for("board.login"), code=303)
    if not is_open or staff is None:
        note_failure(board, What.WRONG_CODE, staff)
        return login_page(board, "login.code_wrong", is_second=True), 403
    board.patience.codes.was_right(limits)
    begin_session(board, staff, f"{how}+{'spare' if len(staff.spare_codes) < left else 'code'}", had_second=True)
    return redirect(safe_next(request.form.get("next")), code=303)


def note_failure(board: Board, what: What, staff: Staff | None = None, *, how: str = "") -> None:
    """Count what did not succeed; of a name that nobody has nothing is kept."""
    knock = Knock(what, rough_network(), how=how)
    if staff is not None:
        knock = replace(knock, staff_id=staff.id, community_id=staff.community_id)
    board.logbook.failed(knock, now=board.now())


def note(db: Session, what: What, staff: Staff, *, now: datetime, how: str = "") -> None:
    """Write down what has succeeded."""
    write_down(db, Knock(what, rough_network(), staff.id, staff.community_id, how), now=now)


def log_out(board: Board) -> ResponseReturnValue:
    """End this session, on the server too."""
    leave_session(board)
    return redirect(url_for("board.login"), code=303)


def leave_session(board: Board) -> None:
    """Whoever is logged in here is no more, and the browser's cookie holds nothing of theirs."""
    visitor = who_is_there()
    if visitor is not None:
        with board.database.begin() as db:
            end_session(db, visitor.token, now=board.now())
            note(db, What.OUT, db.get_one(Staff, visitor.staff_id), now=board.now())
    shown = chosen_words(visitor).tag
    logout_user()
    session.clear()
    session["last_language"] = shown  # the login page stays readable; whoever logs in next has a language of their own


def end_session(db: Session, token: str, *, now: datetime) -> None:
    """This token opens nothing any more."""
    db.execute(sa.update(StaffSession).where(StaffSession.token_hash == _hashed(token)).values(ended_at=now))


def sessions_of(db: Session, staff: Staff, *, now: datetime) -> list[StaffSession]:
    """The logins of this person that still open something, the one that was used last first."""
    theirs = sa.select(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
    lasting = theirs.where(StaffSession.seen_at > now - IDLE, StaffSession.began_at > now - LONGEST)
    return list(db.scalars(lasting.order_by(StaffSession.seen_at.desc())))


def is_this_login(row: StaffSession) -> bool:
    """Is it the one that asks?"""
    visitor = who_is_there()
    return visitor is not None and secrets.compare_digest(row.token_hash, _hashed(visitor.token))


def end_sessions_of(db: Session, staff: Staff, *, but_for: str = "", now: datetime) -> None:
    """Nobody is logged in as this person any more, in any browser but the one with that token."""
    theirs = (StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
    kept = StaffSession.token_hash != _hashed(but_for)
    db.execute(sa.update(StaffSession).where(*theirs, kept).values(ended_at=now))


def note_second(db: Session, *, was_shown: bool) -> None:
    """Whoever is logged in here has just shown more than a password; or has given up what she showed."""
    if (visitor := who_is_there()) is not None:
        mine = StaffSession.token_hash == _hashed(visitor.token)
        db.execute(sa.update(StaffSession).where(mine).values(had_second=was_shown))


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


def begin_session(board: Board, staff: Staff, how: str, *, had_second: bool = False) -> None:
    """Somebody is in: a new login, which ends the one that this browser had. `how` they got in is written down."""
    token, now, language, before = secrets.token_urlsafe(32), board.now(), session.get("language"), who_is_there()
    session.clear()  # whatever an attacker may have planted before the login is worth nothing after it
    if language:
        session["language"] = language
    with board.database.begin() as db:
        if before is not None:  # whoever logs in over a login, her own or another's, ends it
            end_session(db, before.token, now=now)
        db.add(
            StaffSession(staff_id=staff.id, token_hash=_hashed(token), began_at=now, seen_at=now, had_second=had_second)
        )
        if language:  # chosen on the login page: from now on it is this person's, in every browser
            db.execute(sa.update(Staff).where(Staff.id == staff.id).values(language=language))
        community = db.get_one(Community, staff.community_id)
        failed = _failed_since_last(db, staff)
        note(db, What.IN, staff, now=now, how=how)
    visitor = Visitor(staff.id, staff.community_id, staff.role, staff.language, 0, community.timezone, token)
    login_user(visitor, remember=False)
    if failed:
        tell_next(chosen_words(visitor).n("me.failed_since", failed))


def _failed_since_last(db: Session, staff: Staff) -> int:
    """How often somebody tried in vain under that name since she was last let in."""
    last = next(iter(notes_about(db, staff, What.IN, most=1)), None)
    return guesses_since(db, staff.id, last.at) if last is not None else 0


def login_page(
    board: Board, problem: str = "", *, began_anew: str = "", told: str = "", is_second: bool = False, **blanks: object
) -> str:
    """The login page again, with what is wrong on top."""
    words = chosen_words()
    next_path = request.values.get("next", "")
    return render_template(
        "board/login.html", t=words.t, n=words.n, words=words, problem=words.t(problem, **blanks) if problem else "",
        next_path=next_path, name=request.form.get("name", session.get("name", "")), began_anew=began_anew,
        told=words.t(f"login.told.{told}") if told else "", is_second=is_second,
        provider=board.provider.name if board.provider is not None else "",
    )  # fmt: skip


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
