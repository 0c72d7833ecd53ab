"""In which order a round visits its doors: what staff change is so today, if nobody has it yet, and from then on."""

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.walking import forget_order, visit_behind
from models.jobs import Job
from models.lifecycle import OPEN
from models.people import Resident
from models.requests import HelpRequest


def walk(desk: Desk, row_id: int) -> ResponseReturnValue:
    """This stop right behind that one, or first."""
    stop = desk.find(HelpRequest, row_id)
    behind = request.form.get("behind", type=int)
    before = desk.find(HelpRequest, behind) if behind else None
    visit_behind(desk.session, stop, before if before is not stop else None, who=desk.who, now=desk.now)
    desk.tell("walk", name=stop.resident.name)
    return desk.go("job", row_id=stop.job_id or 0)


def forget_walk(desk: Desk, row_id: int) -> ResponseReturnValue:
    """She is visited wherever the way is shortest again."""
    resident = desk.find(Resident, row_id)
    forget_order(desk.session, resident)
    desk.tell("forget_walk", name=resident.name)
    return desk.go("resident", row_id=resident.id)


def neighbours(desk: Desk, job: Job) -> list[HelpRequest]:
    """Behind whom a stop of this round could be visited: everybody who is brought the same meal and still waits."""
    menus = {stop.menu_id for stop in job.stops if stop.menu_id is not None}
    if not menus:
        return []
    rows = sa.select(HelpRequest).join(Job, HelpRequest.job_id == Job.id)
    rows = rows.where(HelpRequest.menu_id.in_(menus), HelpRequest.state.in_(OPEN))
    return list(desk.session.scalars(rows.order_by(Job.code, HelpRequest.stop_position)))
