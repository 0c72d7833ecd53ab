"""The lists behind figures: exactly the requests, calls and texts that a figure counts, by the same rules."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import joinedload

from dispatch.board.desk import Desk
from dispatch.board.pages.calls import shown_calls
from dispatch.board.pages.figures import span_asked
from dispatch.board.pages.traffic import line_of
from dispatch.board.typed import page_number
from dispatch.figures import Asked, asked_in, jobs_accepted, rang_in, was_wanted
from models.lifecycle import State
from models.menus import Menu
from models.requests import HelpRequest
from models.traffic import Call, Message

_A_PAGE = 60
_CHOSEN = ("service", "state", "fate", "volunteer", "jobs", "wanted")


def requests(desk: Desk) -> str:
    """The requests that a figure counts."""
    span, page, chosen = span_asked(desk), page_number(), request.args
    rows = asked_in(desk.session, desk.community, span.first, span.last)
    found = _filtered(rows, chosen)
    ids = [row.id for row in found[(page - 1) * _A_PAGE : page * _A_PAGE]]
    wide = sa.select(HelpRequest).where(HelpRequest.id.in_(ids), HelpRequest.community_id == desk.community.id)
    loaded = desk.session.scalars(wide.options(
        joinedload(HelpRequest.resident), joinedload(HelpRequest.service), joinedload(HelpRequest.dish),
        joinedload(HelpRequest.menu).joinedload(Menu.meal), joinedload(HelpRequest.job),
    ))  # fmt: skip
    by_id = {row.id: row for row in loaded}
    after = {row.id: row.accepted_after for row in found}
    return desk.page(
        "counted_requests", span=span, rows=[by_id[id_] for id_ in ids], after=after, count=len(found), page=page,
        has_more=len(found) > page * _A_PAGE, chosen=_kept(chosen, *_CHOSEN),
    )  # fmt: skip


def calls(desk: Desk) -> str:
    """The calls that a figure counts."""
    span, page = span_asked(desk), page_number()
    hour, wanted = request.args.get("hour", type=int), request.args.getlist("came")
    rows = rang_in(desk.session, desk.community, span.first, span.last)
    found = [row for row in rows if (not wanted or row.came in wanted) and (hour is None or row.hour == hour)]
    ids = [row.id for row in found[(page - 1) * _A_PAGE : page * _A_PAGE]]
    loaded = desk.session.scalars(sa.select(Call).where(Call.id.in_(ids)).order_by(Call.made_at, Call.id)).all()
    return desk.page(
        "counted_calls", span=span, calls=shown_calls(desk, loaded), count=len(found), page=page,
        has_more=len(found) > page * _A_PAGE, chosen=_kept(request.args, "hour", "came"),
    )  # fmt: skip


def texts(desk: Desk) -> str:
    """The texts that a figure counts: those that left or came, the oldest first."""
    span, page = span_asked(desk), page_number()
    begins, ends = desk.community.within_days(span.first, span.last)
    within = (Message.community_id == desk.community.id, Message.made_at >= begins, Message.made_at < ends)
    rows = sa.select(Message).where(*within, Message.segments > 0)
    count = desk.session.scalar(sa.select(sa.func.count()).select_from(Message).where(*within, Message.segments > 0))
    part = rows.order_by(Message.made_at, Message.id).limit(_A_PAGE).offset((page - 1) * _A_PAGE)
    shown = [line_of(desk, row) for row in desk.session.scalars(part)]
    return desk.page(
        "counted_texts", span=span, lines=shown, count=count or 0, page=page,
        has_more=(count or 0) > page * _A_PAGE, chosen={},
    )  # fmt: skip


def _filtered(rows: Sequence[Asked], chosen: Any) -> list[Asked]:
    """Exactly what each figure counts, by the same rules."""
    found = list(rows)
    if service := chosen.get("service", type=int):
        found = [row for row in found if row.service_id == service]
    if state := chosen.get("state"):
        found = [row for row in found if row.state == state]
    if fates := chosen.getlist("fate"):
        found = [row for row in found if row.fate in fates]
    if chosen.get("wanted"):
        found = [row for row in found if was_wanted(row)]
    if volunteer := chosen.get("volunteer", type=int):
        found = [row for row in found if row.volunteer_id == volunteer and row.state is not State.CANCELLED]
    return jobs_accepted(found) if chosen.get("jobs") else found


def _kept(chosen: Any, *names: str) -> dict[str, list[str]]:
    return {name: chosen.getlist(name) for name in names if chosen.get(name)}
