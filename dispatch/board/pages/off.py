"""Volunteers who are not here: entered, ended, and what they hold given back or handed over in one move."""

from datetime import date

import sqlalchemy as sa
from flask import abort, request
from flask.typing import ResponseReturnValue

from dispatch import pausing
from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.pages.naming import note_edit
from models.errors import Refusal
from models.jobs import Job
from models.people import Absence, AbsenceKind, Enrolled, Volunteer


def begin(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Away, ill, moved, deceased: nothing is offered then; who is gone for good holds nothing any more either."""
    row = desk.find(Volunteer, row_id)
    kind, start, end = absence_typed(desk)
    pausing.be_absent(
        desk.session, row, kind=kind, from_date=start, until_date=end, who=desk.who, now=desk.now
    )  # fmt: skip
    note_edit(desk, row, "absence")
    desk.tell("volunteer_absence", name=row.name)
    desk.session.flush()
    held = off_of(desk, row)["held"]
    if isinstance(held, list) and held:
        desk.tell_how_many("still_held", len(held), name=row.name)
        return desk.go("volunteer", row_id=row.id, _anchor="held")
    return desk.go("volunteer", row_id=row.id)


def finish(desk: Desk, row_id: int, absence_id: int) -> ResponseReturnValue:
    """She is back, or it was a mistake."""
    row = desk.find(Volunteer, row_id)
    absence = absence_meant(row, absence_id)
    pausing.end_absence(desk.session, row, absence)
    note_edit(desk, row, "back")
    desk.tell("back", name=row.name)
    return desk.go("volunteer", row_id=row.id)


def give_back(desk: Desk, row_id: int) -> ResponseReturnValue:
    """All that she holds in that time goes back into the queue."""
    row, jobs = desk.find(Volunteer, row_id), _chosen(desk)
    done = pausing.give_back(desk.session, row, jobs, why="absent", who=desk.who, now=desk.now)
    if not done:
        raise Refusal("too_late")
    desk.tell_how_many("given_back", done)
    return desk.go("volunteer", row_id=row.id)


def hand_over(desk: Desk, row_id: int) -> ResponseReturnValue:
    """All that she holds in that time goes to one other volunteer; what that one cannot take stays, and is named."""
    row, jobs = desk.find(Volunteer, row_id), _chosen(desk)
    to = desk.find(Volunteer, request.form.get("volunteer", type=int))
    handed = pausing.hand_over(desk.session, row, jobs, to, who=desk.who, now=desk.now)
    if not handed.jobs and not handed.kept:
        raise Refusal("too_late")
    if handed.jobs:
        desk.tell("handed_over", codes=_codes(handed.jobs), name=to.name)
    for job, reason in handed.kept:
        desk.tell("not_handed_over", code=job.code, name=to.name, reason=desk.words.t(f"candidate.{reason}"))
    return desk.go("volunteer", row_id=row.id)


def off_of(desk: Desk, row: Volunteer) -> dict[str, object]:
    """What her page shows of it: when she is not here, what she holds in that time, and who could take it over."""
    away = [absence for absence in row.absences if absence.lasts(desk.wall.today)]
    held = pausing.jobs_within(desk.session, row, away, now=desk.now)
    return {"kinds": list(AbsenceKind), "held": held, "others": _others(desk, row) if held else []}


def absence_typed(desk: Desk) -> tuple[AbsenceKind, date, date | None]:
    """Why and from when to when, as it was typed; what is wrong with it is named."""
    form = Form(desk)
    kind = form.one_of("absence_kind", {kind.value: kind for kind in AbsenceKind})
    start, end = form.day("from_date"), form.day("until_date", needed=False)
    if start and end and end < start:
        form.mistakes.append(desk.words.t("wrong.ends_before"))
    form.check()
    if kind is None or start is None:  # check() has said so; this is for the type checker
        abort(400)
    return kind, start, end


def absence_meant(row: Enrolled, absence_id: int) -> Absence:
    """One of theirs; anybody else's is not found."""
    return next((absence for absence in row.absences if absence.id == absence_id), None) or abort(404)


def _chosen(desk: Desk) -> list[Job]:
    """The jobs that the page showed; what is no longer hers of them is left alone."""
    return [desk.find(Job, job_id) for job_id in request.form.getlist("job", type=int)[:100]]


def _others(desk: Desk, row: Volunteer) -> list[Volunteer]:
    enrolled = sa.select(Volunteer).where(Volunteer.enrolled_at.is_not(None), Volunteer.id != row.id)
    here = enrolled.where(Volunteer.community_id == desk.community.id).order_by(Volunteer.name, Volunteer.id)
    today = desk.wall.today
    return [one for one in desk.session.scalars(here) if one.absence_on(today) is None]


def _codes(jobs: list[Job]) -> str:
    return ", ".join(str(job.code) for job in jobs)
