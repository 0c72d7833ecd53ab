"""A volunteer is off for a while: she is offered nothing then, and asked about what she still has."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.offering import decline
from models.events import Event
from models.jobs import Job, open_jobs_of, open_offers_to
from models.people import OFF_FOR_GOOD, Volunteer


def go_off(session: Session, volunteer: Volunteer, *, until: date | None, who: str, now: datetime) -> list[Job]:
    """Off to the end of that day, or until she says that she is back; returns which of her jobs are in that time."""
    volunteer.away_until = until or OFF_FOR_GOOD
    for offer in open_offers_to(session, volunteer):
        if _is_within(offer.job, volunteer.away_until):
            decline(session, offer, who=who, now=now)
    _note(session, volunteer, "away", who=who, now=now, why=until.isoformat() if until else "")
    return [job for job in open_jobs_of(session, volunteer) if _is_within(job, volunteer.away_until)]


def come_back(session: Session, volunteer: Volunteer, *, who: str, now: datetime) -> None:
    """She is there again, from now on."""
    if volunteer.away_until is None:
        return
    volunteer.away_until = None
    _note(session, volunteer, "back", who=who, now=now)


def _is_within(job: Job, until: date) -> bool:
    return job.community.local(job.wanted_from).date() <= until


def _note(session: Session, volunteer: Volunteer, verb: str, *, who: str, now: datetime, why: str = "") -> None:
    session.add(Event(community_id=volunteer.community_id, at=now, who=who, verb=verb, why=why))
