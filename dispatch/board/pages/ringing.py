"""Ringing somebody through the line, by a button beside the number; her own telephone rings first."""

from collections.abc import Iterable

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from dispatch import office_calls
from dispatch.board.desk import Desk, Undo
from dispatch.board.login import safe_next
from dispatch.office_calls import Wish
from dispatch.telling import named
from models.jobs import Job
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Call


def of_request(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Her, one of her contacts, or who helps her."""
    row = desk.find(HelpRequest, row_id)
    return _ring(desk, _one_of(_around(row.resident, row, row.job)))


def of_job(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Who holds it, or one of those whom it is for."""
    job = desk.find(Job, row_id)
    return _ring(desk, _one_of([Wish(job.volunteer, job), *(Wish(stop.resident, stop) for stop in job.stops)]))


def of_resident(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Her, or one of her contacts."""
    return _ring(desk, _one_of(_around(desk.find(Resident, row_id), None, None)))


def of_volunteer(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Who helps."""
    return _ring(desk, _one_of([Wish(desk.find(Volunteer, row_id))]))


def of_alert(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Whomever the alert names."""
    alert = desk.find(Alert, row_id)
    job = alert.job or (alert.request.job if alert.request else None)
    stops = [alert.request] if alert.request else job.stops if job and len(job.stops) == 1 else []
    stop = stops[0] if stops else None
    return _ring(desk, _one_of(_around(stop.resident if stop else alert.resident, stop, job, alert)))


def of_callback(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Whoever asked to be rung back."""
    return _ring(desk, Wish(task=desk.find(Callback, row_id)))


def do_not_ring(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Taken back, while it has not left; only what was one's own wish."""
    call = desk.find(Call, row_id)
    if call.staff_id != desk.staff.id:
        abort(404)
    office_calls.take_back(desk.session, call)
    desk.tell("do_not_ring")
    return redirect(safe_next(request.form.get("next")), code=303)


def _around(
    resident: Resident | None, stop: HelpRequest | None, job: Job | None, alert: Alert | None = None
) -> list[Wish]:
    contacts = resident.contacts if resident is not None else []
    helper = job.volunteer if job is not None else None
    return [Wish(person, stop or job, alert) for person in (resident, *contacts, helper)]


def _one_of(wishes: Iterable[Wish]) -> Wish:
    """The one that the button stood beside; nobody else is rung from there."""
    known = {named(wish.person): wish for wish in wishes if wish.person is not None}
    return known.get(request.form.get("whom", "")) or abort(400)


def _ring(desk: Desk, wish: Wish) -> ResponseReturnValue:
    call = office_calls.ring(desk.session, desk.staff, wish, now=desk.now)
    undo = Undo("do_not_ring", {"row_id": call.id}, label="ring.take_back")
    desk.tell("ring", name=desk.wall.said(call.says[0][1]["name"]), undo=undo)
    return redirect(safe_next(request.form.get("next")), code=303)
