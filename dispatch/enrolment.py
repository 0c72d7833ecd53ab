"""Consent and absence: who may be called and texted at all, and who is not here."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.working import cancel
from models.changes import touch
from models.people import Absence, AbsenceKind, Consent, Resident, Volunteer
from models.requests import open_requests_of


def enrol(session: Session, person: Resident | Volunteer, *, consent: Consent, who: str, now: datetime) -> None:
    """Record that somebody said yes to being called and texted; from now on they may be. Calls and texts nobody."""
    person.enrol(consent, now=now)
    touch(session, person.community_id)


def set_absence(
    session: Session,
    resident: Resident,
    *,
    kind: AbsenceKind,
    from_date: date,
    until_date: date | None,
    who: str,
    now: datetime,
) -> Absence:
    """She is away, in hospital, has moved or has died: what she had asked for within it is called off, without calling
    her. Her household's other orders stay."""
    absence = Absence(resident=resident, kind=kind, from_date=from_date, until_date=until_date)
    session.add(absence)
    session.flush()
    is_now = absence.covers(resident.community.local(now).date())
    for request in open_requests_of(session, resident):
        is_overdue = is_now and (request.wanted_until <= now or resident.is_gone(absence.from_date))
        if is_overdue or absence.covers(resident.community.local(request.wanted_from).date()):
            cancel(session, request, who=who, now=now, why=kind, is_told=False)
    touch(session, resident.community_id)
    return absence


def end_absence(session: Session, absence: Absence, *, who: str, now: datetime) -> None:
    """She is back."""
    resident = absence.resident
    resident.absences.remove(absence)
    session.delete(absence)
    touch(session, resident.community_id)
