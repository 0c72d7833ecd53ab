"""When and how often a volunteer is asked, how far she goes, and to whom she is not sent."""

from datetime import time

import sqlalchemy as sa
from flask import redirect, request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.board.login import safe_next
from dispatch.board.pages.naming import note_edit
from dispatch.board.search import find_people
from dispatch.board.typed import line
from dispatch.lists.words import languages
from dispatch.returns import it_is_all_right
from models.nearness import Vehicle
from models.people import Resident, Volunteer, never_together
from models.places import WEEKDAYS

_MOST_A_WEEK = 99
_MOST_KM = 500
_METRES = 1000


def fill_asked(form: Form, row: Volunteer) -> None:
    """Everything of it, as it was typed; nothing in a field means no such limit."""
    hours = {day: span for day in WEEKDAYS if (span := _span(form, f"hours_from_{day}", f"hours_until_{day}"))}
    quiet = _span(form, "own_quiet_from", "own_quiet_until")
    reach = form.maybe("reach_km", lambda: form.number("reach_km", 0.1, _MOST_KM))
    row.max_per_week = form.maybe("max_per_week", lambda: form.whole("max_per_week", 1, _MOST_A_WEEK))
    row.hours = {day: [f"{wall:%H:%M}" for wall in span] for day, span in hours.items()}
    row.quiet_from, row.quiet_until = quiet or (None, None)
    row.reach_metres = None if reach is None else round(reach * _METRES)
    row.speaks = form.some_of("speaks", {tag: tag for tag in spoken(row)})
    row.vetted_until = form.day("vetted_until", needed=False)
    row.latitude, row.longitude = form.place("place") or (None, None)
    if "vehicle" in request.form:
        row.vehicle = form.one_of("vehicle", {one.value: one for one in Vehicle}) or row.vehicle


def all_right(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Staff know why she gave back what she took: she is asked again today."""
    row = desk.find(Volunteer, row_id)
    it_is_all_right(desk.session, row, who=desk.who, now=desk.now)
    desk.tell("all_right", name=row.name)
    return redirect(safe_next(request.form.get("next")), code=303)


def seen_asked(row: Volunteer) -> list[object]:
    """What the form shows of it."""
    return [
        row.hours, row.max_per_week, row.quiet_from, row.quiet_until, row.reach_metres, row.speaks, row.vetted_until,
        row.point, row.vehicle,
    ]  # fmt: skip


def spoken(row: Volunteer | None) -> list[str]:
    """Languages that she may speak besides her own: ours, and what is stored of others."""
    return list(dict.fromkeys([*languages(), *(row.speaks if row and row.speaks else [])]))


def apart_from(desk: Desk, row: Volunteer) -> list[Resident]:
    """To whom she is not sent."""
    pairs = sa.select(never_together.c.resident_id).where(never_together.c.volunteer_id == row.id)
    return list(desk.session.scalars(sa.select(Resident).where(Resident.id.in_(pairs)).order_by(Resident.name)))


def keep_apart(desk: Desk, row_id: int) -> ResponseReturnValue:
    """She is never asked about this resident again; nobody need say why."""
    row, resident = desk.find(Volunteer, row_id), _resident_meant(desk)
    if resident not in apart_from(desk, row):
        desk.session.execute(sa.insert(never_together).values(volunteer_id=row.id, resident_id=resident.id))
        note_edit(desk, row, "keep_apart")
    desk.tell("kept_apart", name=row.name, other=resident.name)
    return desk.go("volunteer", row_id=row.id)


def let_together(desk: Desk, row_id: int, resident_id: int) -> ResponseReturnValue:
    """She may be asked about them again."""
    row, resident = desk.find(Volunteer, row_id), desk.find(Resident, resident_id)
    pair = (never_together.c.volunteer_id == row.id) & (never_together.c.resident_id == resident.id)
    desk.session.execute(sa.delete(never_together).where(pair))
    note_edit(desk, row, "let_together")
    desk.tell("let_together", name=row.name, other=resident.name)
    return desk.go("volunteer", row_id=row.id)


def _resident_meant(desk: Desk) -> Resident:
    wanted = line("resident", most=80)
    # Whoever is kept apart is meant exactly: no slip is forgiven here.
    found = find_people(desk.session, desk.community, Resident, wanted, most=2, is_forgiving=False) if wanted else []
    if len(found) > 1:
        raise Wrong([desk.words.t("wrong.several_people", words=wanted)])
    if not found:
        raise Wrong([desk.words.t("wrong.nobody_found", words=wanted)])
    return found[0]


def _span(form: Form, first: str, last: str) -> tuple[time, time] | None:
    """Two times that belong together; both or neither."""
    if not request.form.get(first, "").strip() and not request.form.get(last, "").strip():
        return None
    start, end = form.time(first), form.time(last)
    if not form.mistakes and start == end:
        form.mistakes.append(form.desk.words.t("wrong.empty_span"))
    return start, end
