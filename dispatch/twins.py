"""Where several people go together: one request for each of them, so that each is asked, told and thanked on her own.

The first is what the resident asked for and hears of; the others are its twins. They end together.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.jobs import KEPT, Job
from models.lifecycle import State
from models.people import Volunteer
from models.prepared import prepared
from models.requests import HelpRequest


def beside(session: Session, request: HelpRequest) -> list[HelpRequest]:
    """The others that belong to the same visit, open or not; of a meal there are none."""
    if request.is_meal:
        return []
    return list(session.scalars(*_beside(request.id, request.visit_id)))


@prepared
def _beside(id_: int, first_id: int) -> sa.Select[HelpRequest]:
    same = (HelpRequest.id == first_id) | (HelpRequest.twin_of_id == first_id)
    return sa.select(HelpRequest).where(same, HelpRequest.id != id_).order_by(HelpRequest.id)


def comes_already(session: Session, job: Job, volunteer: Volunteer) -> bool:
    """Does she go to the same visit, as another of those who go there?"""
    return part_of(session, job, volunteer) not in (None, job)


def part_of(session: Session, job: Job, volunteer: Volunteer) -> Job | None:
    """The part of that visit with which she goes there, or has been there: this job, or another."""
    parts = [*_others(session, job), job]
    return next((one for one in parts if one.volunteer_id == volunteer.id and one.state in KEPT), None)


def free_part(session: Session, job: Job) -> Job | None:
    """Another part of the same visit that is put to volunteers now."""
    return next((one for one in _others(session, job) if one.state is State.OFFERED), None)


def who_comes_too(session: Session, job: Job) -> list[Volunteer]:
    """The others who go to the same visit, or have been there."""
    return [one.volunteer for one in _others(session, job) if one.state in KEPT and one.volunteer is not None]


def _others(session: Session, job: Job) -> list[Job]:
    others = (one.job for stop in job.stops for one in beside(session, stop))
    return [one for one in others if one is not None]
