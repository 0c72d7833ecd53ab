"""Who came in at the board and who could not: for whoever must notice that somebody tries."""

from flask import request

from dispatch.board.desk import Desk
from dispatch.board.pages.naming import names_of
from dispatch.board.typed import page_number
from models.logins import FAILED, LoginNote, notes_of

_A_PAGE = 50


def show(desk: Desk, **_: object) -> str:
    """The newest first; all of it, or only what failed."""
    page, only_failed = page_number(), request.args.get("only") == "failed"
    rows = notes_of(
        desk.session, desk.community.id, only_failed=only_failed, most=_A_PAGE + 1, skip=(page - 1) * _A_PAGE
    )
    shown = rows[:_A_PAGE]
    return desk.page(
        "logins", rows=shown, page=page, has_more=len(rows) > _A_PAGE, only_failed=only_failed, failed=FAILED,
        names=names_of(desk, {row.how for row in shown if _is_by_somebody(row)}),
    )  # fmt: skip


def _is_by_somebody(row: LoginNote) -> bool:
    return row.how.startswith("staff ")
