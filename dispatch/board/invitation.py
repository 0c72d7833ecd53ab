"""The page that an invitation leads to: whoever has its link sets a password of their own, and then logs in with it."""

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from dispatch import inviting
from dispatch.board.desk import Board
from dispatch.board.guessing import Limit
from dispatch.board.login import chosen_words, end_sessions_of, leave_session, note, note_failure
from dispatch.board.networks import network
from dispatch.board.words import Words, words_of
from dispatch.founding import sentence
from models.changes import touch
from models.errors import Refusal
from models.logins import What
from models.people import Staff
from models.places import Community


def show(board: Board, token: str) -> ResponseReturnValue:
    """Ask for a password. Looking uses nothing up: machines look at links before people do."""
    if seconds := _wait(board):
        return _page(_words(), problem=_words().t("login.wait", seconds=seconds)), 429
    with board.database.read() as db:
        staff = inviting.invited_by(db, token, now=board.now())
        if staff is not None:
            return _page(_words(staff), token=token, staff=staff, place=db.get_one(Community, staff.community_id))
    return _opens_nothing(board)


def accept(board: Board, token: str) -> ResponseReturnValue:
    """The password is set, every login there was under that name ends, and the login page is next."""
    if seconds := _wait(board):
        return _page(_words(), problem=_words().t("login.wait", seconds=seconds)), 429
    password = request.form.get("password", "")
    try:
        name = _accepted(board, token, password, again=request.form.get("again", ""))
    except Refusal as refusal:
        return _ask_again(board, token, refusal)
    if name is None:
        return _opens_nothing(board)
    # Whoever was logged in here, in whatever name, is not what the next login builds upon.
    leave_session(board)
    session["told"], session["name"] = "password_set", name
    return redirect(url_for("board.login"), code=303)


def _accepted(board: Board, token: str, password: str, *, again: str) -> str | None:
    now = board.now()
    with board.database.begin() as db:
        staff = inviting.invited_by(db, token, now=now)
        if staff is None:
            return None
        if password != again:
            raise Refusal("not_the_same")
        db.refresh(staff, with_for_update=True)  # of two who press at once, one finds it used; or a newer one made
        if inviting.invited_by(db, token, now=now) is None:
            return None
        community = db.get_one(Community, staff.community_id)
        inviting.accept(db, staff, password, names=(staff.name, community.name), now=now)
        end_sessions_of(db, staff, now=now)
        note(db, What.INVITATION_USED, staff, now=now)
        touch(db, community.id)
        return staff.name


def _ask_again(board: Board, token: str, refusal: Refusal) -> ResponseReturnValue:
    with board.database.read() as db:
        staff = inviting.invited_by(db, token, now=board.now())
        if staff is None:
            return _opens_nothing(board)
        words = _words(staff)
        is_ours = refusal.reason == "not_the_same"
        problem = words.t("refusal.not_the_same") if is_ours else sentence(refusal, words.tag)
        place = db.get_one(Community, staff.community_id)
        return _page(words, token=token, staff=staff, place=place, problem=problem), 422


def _opens_nothing(board: Board) -> ResponseReturnValue:
    """Wrong, used or too old: which of these, a stranger need not know; what to do is the same."""
    board.patience.links.failed(Limit(network()))
    note_failure(board, What.NO_INVITATION)
    return _page(_words()), 404


def _wait(board: Board) -> int:
    return board.patience.links.wait(Limit(network()))


def _words(staff: Staff | None = None) -> Words:
    """In the language that was chosen here, else in that of whoever is invited."""
    return words_of(staff.language) if staff is not None and not session.get("language") else chosen_words()


def _page(
    words: Words, *, token: str = "", staff: Staff | None = None, place: Community | None = None, problem: str = ""
) -> str:
    return render_template(
        "board/invitation.html", t=words.t, n=words.n, words=words, token=token, staff=staff, place=place,
        problem=problem, here=request.path,
    )  # fmt: skip
