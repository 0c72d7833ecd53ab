"""What was changed of the settings, each change with a button that sets it back: itself a change, checked like any."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.board.login import safe_next
from dispatch.board.pages.house import NEWS
from dispatch.board.pages.kitchens import KITCHENS
from dispatch.board.pages.naming import names_of
from dispatch.board.pages.parts import LABELS
from dispatch.board.pages.replies import WORDS
from dispatch.board.pages.saying import Line, label_of, lines_of, thing_of
from dispatch.board.pages.services import MEALS, SERVICES
from dispatch.board.pages.settings import (
    ASKING,
    CALLERS,
    COUNTRIES,
    EMERGENCY,
    HOURS,
    MORNING,
    NUMBERS,
    SPENDING,
    ZONES,
)
from dispatch.board.pages.staff import CODES, DUTY
from dispatch.board.pages.subsidies import SUBSIDIES, SUBSIDY_ENDS
from dispatch.board.settling import Fields, Part, hold, keep, left_of
from dispatch.board.typed import page_number
from models.errors import Refusal
from models.settled import SettingChange, changes_of, undone_of

PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        HOURS, MORNING, NUMBERS, COUNTRIES, SPENDING, ASKING, CALLERS, EMERGENCY, ZONES, SERVICES, MEALS, KITCHENS,
        SUBSIDIES, SUBSIDY_ENDS, DUTY, CODES, NEWS, WORDS,
    )
}  # fmt: skip
_A_PAGE = 40


@dataclass(frozen=True)
class Shown:
    """One change as the page tells it."""

    row: SettingChange
    label: str
    thing: str
    lines: list[Line]
    is_undone: bool


def show(desk: Desk, row_id: int | None = None, **_: object) -> str:
    """What was changed, the newest first. What somebody wants to set back that is different by now is asked again."""
    page = page_number()
    rows = changes_of(desk.session, desk.community.id, most=_A_PAGE + 1, skip=(page - 1) * _A_PAGE)
    undone = undone_of(desk.session, [row.id for row in rows])
    asked = desk.find(SettingChange, row_id) if row_id is not None else None
    return desk.page(
        "changes", labels=LABELS, page=page, has_more=len(rows) > _A_PAGE,
        shown=[_shown(desk, row, is_undone=row.id in undone) for row in rows[:_A_PAGE]],
        names=names_of(desk, {row.who for row in rows}), sure=asked and _sure(desk, asked),
    )  # fmt: skip


def set_back(desk: Desk, row_id: int) -> ResponseReturnValue:
    """As it was before that change, if it can be; the rest stays as it is now."""
    wanted = desk.find(SettingChange, row_id)
    part = PARTS[wanted.part]
    hold(desk)
    row = _row_of(desk, part, wanted)
    try:
        _as_before(desk, part, wanted, row)
    except Wrong as wrong:
        raise Wrong([desk.words.t("set_back.cannot"), *wrong.notices]) from None
    return redirect(safe_next(request.form.get("next")), code=303)


def _as_before(desk: Desk, part: Part, wanted: SettingChange, row: Any) -> None:
    if row is None:
        _make_again(desk, part, wanted)
        return
    desk.session.refresh(row)
    now, row_id = part.shows(row), row.id
    if wanted.before and all(now.get(name, "") == value for name, value in wanted.before.items()):
        raise Refusal("set_back_already")
    if _is_different(wanted, now) and not Form(desk).has("sure"):
        raise Refusal("changed_since")
    if wanted.before:
        part.write(Form(desk, sent=_sent({**now, **wanted.before})), row)
    else:
        part.goes(desk, row)
    keep(desk, part, row_id, now, left_of(desk, part, row), undoes_id=wanted.id)


def _make_again(desk: Desk, part: Part, wanted: SettingChange) -> None:
    """What was taken away is there again, as something new."""
    if wanted.after or part.again is None or wanted.id in undone_of(desk.session, [wanted.id]):
        raise Refusal("setting_gone")
    row = part.again(desk)
    part.write(Form(desk, sent=_sent(wanted.before)), row)
    desk.session.add(row)
    desk.session.flush()
    keep(desk, part, row.id, {}, part.shows(row), undoes_id=wanted.id)


def _row_of(desk: Desk, part: Part, wanted: SettingChange) -> Any:
    row = desk.session.get(part.kind, wanted.row_id)
    if row is None or getattr(row, "community_id", row.id) != desk.community.id:
        return None
    return row


def _is_different(wanted: SettingChange, now: Fields) -> bool:
    """Has somebody changed the same since?"""
    return any(now.get(name, "") != value for name, value in wanted.after.items())


def _sent(fields: Fields) -> MultiDict[str, str]:
    sent: MultiDict[str, str] = MultiDict()
    for name, value in fields.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def _shown(desk: Desk, row: SettingChange, *, is_undone: bool) -> Shown:
    part = PARTS[row.part]
    fields = _fields_of(desk, part, row)
    lines = lines_of(desk.words, row.part, row.before, row.after)
    return Shown(row, label_of(desk.words, row.part), thing_of(desk.words, row.part, fields), lines, is_undone)


def _fields_of(desk: Desk, part: Part, row: SettingChange) -> Fields:
    """What tells which of several is meant: the row as it is now, or what was kept of one that is gone."""
    if part.kind.__tablename__ in ("communities", "announcements"):
        return {**row.before, **row.after}
    found = _row_of(desk, part, row)
    return _told_by(part, found) if found is not None else {**row.before, **row.after}


def _told_by(part: Part, row: Any) -> Fields:
    return {**part.shows(row), "called": getattr(row, "name", "")}


def _sure(desk: Desk, wanted: SettingChange) -> Shown | None:
    """The values that it had, and those that it has by now: shown before somebody's change is overwritten."""
    part = PARTS[wanted.part]
    row = _row_of(desk, part, wanted)
    now = part.shows(row) if row is not None else {}
    if row is None or not _is_different(wanted, now):
        return None
    shown = _shown(desk, wanted, is_undone=False)
    here = {name: now.get(name, "") for name in wanted.after}
    lines = lines_of(desk.words, wanted.part, here, wanted.before)
    return Shown(wanted, shown.label, shown.thing, lines, is_undone=False)
