"""One line while somebody is on the phone: read as it is typed, shown back, and done by Enter."""

import secrets
from functools import partial
from itertools import product

from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk, Undo
from dispatch.board.doors import note_looking
from dispatch.board.pages.cause import cause_of, settle_cause, source_key
from dispatch.board.pages.halfway import half_made, spoken
from dispatch.board.pages.helping import undo_of
from dispatch.board.pages.naming import note_edit
from dispatch.board.pages.people import not_away
from dispatch.board.search import find_people
from dispatch.board.typed import line
from dispatch.calling import callers_now
from dispatch.oneline import Wanted, said_in, ways_to_begin
from dispatch.taking_down import Plan, carry_out, plan_for, what_can_be_named
from models.people import Absence, Resident
from models.requests import HelpRequest

# So many people are shown whom the beginning of a line may mean.
_FOUND = 8
_LONGEST = 200


def people(desk: Desk) -> str:
    """What the line comes to so far, while one types."""
    cause = cause_of(desk)
    return desk.page("enter_found", marks=cause.marks if cause else {}, **reading(read(desk)))


def enter(desk: Desk) -> ResponseReturnValue:
    """Do what was shown; a line that was not shown yet is shown, and done by the next Enter."""
    plans = read(desk)
    chosen = _chosen(plans)
    if chosen is not None:
        return _done(desk, chosen)
    if len(plans) == 1 and plans[0].said.wanted is Wanted.PERSON:
        cause = cause_of(desk)
        note = {"note": plans[0].said.note} if plans[0].said.note else {}
        return desk.go("enter", resident=plans[0].resident.id, **note, **(cause.marks if cause else {}))
    note_looking(desk, "people", {})  # whoever may be meant is shown, as in a list
    return desk.page("enter", **about_line(desk, plans))


def about_line(desk: Desk, plans: list[Plan]) -> dict[str, object]:
    """What the page of a line needs besides its cause."""
    cause = cause_of(desk)
    return {
        "cause": cause, "marks": cause.marks if cause else {}, "key": secrets.token_urlsafe(12),
        "callers": callers_now(desk.session, desk.community, now=desk.now), "half_made": partial(half_made, desk),
        "spoken": partial(spoken, desk), **reading(plans),
    }  # fmt: skip


def empty_line() -> dict[str, object]:
    """A line in which nothing stands yet."""
    return {"marks": {}, "key": secrets.token_urlsafe(12), "plans": [], "wanted": "", "by_enter": None}


def reading(plans: list[Plan]) -> dict[str, object]:
    """What was read, for the page; Enter does it when only one person fits and it can be done."""
    only = plans[0] if len(plans) == 1 and plans[0].is_ready and plans[0].said.is_certain else None
    by_enter = only if only and not only.is_sold_out else None
    return {"plans": plans, "wanted": wanted_line(), "by_enter": by_enter}


def wanted_line() -> str:
    """What stands in the line."""
    return line("q", most=_LONGEST)


def read(desk: Desk) -> list[Plan]:
    """What the line may mean: one plan for each person who fits, the best first."""
    offered = what_can_be_named(desk.session, desk.community, now=desk.now)
    ways = list(ways_to_begin(desk.board.cut(wanted_line(), desk.words.tag, desk.wall.today, offered)))
    # A name as it is written, however short, before a longer one with a slip in it.
    for is_forgiving, (who, rest) in product((False, True), ways):
        found = find_people(desk.session, desk.community, Resident, who, most=_FOUND, is_forgiving=is_forgiving)
        if found:
            said = said_in(rest, offered.dishes, desk.wall.today)
            return [plan_for(desk.session, resident, said, now=desk.now) for resident in found]
    return []


def _chosen(plans: list[Plan]) -> Plan | None:
    """Whose button was pressed, or, by Enter, the only one; if it still is what was shown."""
    pressed = request.form.get("choose") or request.form.get("shown", "")
    resident_id, _, mark = pressed.partition(".")
    return next(
        (plan for plan in plans if plan.is_ready and (str(plan.resident.id), plan.mark) == (resident_id, mark)), None
    )


def _done(desk: Desk, plan: Plan) -> ResponseReturnValue:
    cause = cause_of(desk)
    did = carry_out(desk.session, plan, source_key=source_key(desk), who=desk.who, now=desk.now)
    desk.session.flush()
    if plan.said.wanted in (Wanted.AWAY, Wanted.BACK):
        note_edit(desk, plan.resident, "absence" if plan.said.wanted is Wanted.AWAY else "back")
    if cause is not None and "settle" in request.form:
        settle_cause(desk, cause)
    _tell(desk, plan, did)
    return desk.go("home" if request.form.get("from") == "home" else "enter")


def _tell(desk: Desk, plan: Plan, did: HelpRequest | Absence | None) -> None:
    name, wanted = plan.resident.name, plan.said.wanted
    if isinstance(did, HelpRequest) and wanted is Wanted.OFF:
        desk.tell("cancel", code=did.code, undo=undo_of(did))
    elif isinstance(did, HelpRequest):
        what = did.dish.name if did.dish else desk.words.named(did.service.names)
        what += f" × {did.portions}" if did.portions > 1 else ""
        what += f" ({did.note})" if did.note else ""
        when = desk.wall.span(did.wanted_from, did.wanted_until)
        desk.tell("entered", what=what, name=name, code=did.code, when=when, undo=Undo("take_back", {"row_id": did.id}))
    elif isinstance(did, Absence):
        start, end = (desk.wall.dated(day) if day else "" for day in (did.from_date, did.until_date))
        sentence = desk.words.t("line.away" if end else "line.away_open", start=start, end=end)
        desk.tell("away_from_to", name=name, sentence=sentence, undo=not_away(did))
    else:
        desk.tell("back", name=name)
