"""Consent and absence: who may be called and texted at all, and who is not here."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import forget
from dispatch.offering import decline
from dispatch.ordering import order_anew
from dispatch.telling import named, withdraw_promises
from dispatch.working import cancel, release, reopen
from models.changes import touch
from models.errors import Refusal
from models.events import Event
from models.jobs import open_jobs_of, open_offers_to
from models.lifecycle import State
from models.menus import StandingOrder
from models.people import GONE, Absence, AbsenceKind, Consent, Resident, Volunteer
from models.requests import HelpRequest, open_requests_of


def enrol(session: Session, person: Resident | Volunteer, *, consent: Consent, who: str, now: datetime) -> None:
    """Record that somebody said yes to being called and texted; from now on they may be. Calls and texts nobody."""
    person.enrol(consent, now=now)
    touch(session, person.community_id)


def enrol_herself(session: Session, person: Resident | Volunteer, *, by: str, now: datetime) -> None:
    """She has done something of her own accord: that is her yes. `by` says in which call or text, and with which words
    she is told what is kept of her."""
    enrol(session, person, consent=Consent.OWN_CALL, who=named(person), now=now)
    for verb, why in (("enrol", named(person)), ("consent", by)):
        session.add(Event(community_id=person.community_id, at=now, who=named(person), verb=verb, why=why))


def withdraw(session: Session, person: Resident | Volunteer, *, who: str, now: datetime) -> None:
    """She wants nothing at all any more: what she had asked for is called off and nothing regular goes on, what she had
    promised goes to others, and nobody rings or texts her. She has not moved: whoever lives with her is served as
    before, and whatever she asks for by her own call takes it back."""
    person.enrolled_at, person.consent, person.withdrawn_at = None, None, now
    session.add(Event(community_id=person.community_id, at=now, who=who, verb="withdraw", why=named(person)))
    if isinstance(person, Resident):
        for request in open_requests_of(session, person):
            cancel(session, request, who=who, now=now, why="withdrawn", is_told=False)
        for order in _standing(session, person, StandingOrder.ended_at.is_(None)):
            order.ended_at = now
        forget(session, person, who=who, now=now, why="withdrawn")
    else:
        for offer in open_offers_to(session, person):
            decline(session, offer, who=who, now=now)
        for job in open_jobs_of(session, person):
            release(session, job, who=who, now=now, why="withdrawn", former_is_told=False)
    withdraw_promises(session, person)
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
    her. Her household's other orders stay. Of whoever is gone for good nothing stays open, promised or regular."""
    absence = Absence(kind=kind, from_date=from_date, until_date=until_date, entered_at=now)
    resident.absences.append(absence)
    session.flush()
    is_now = absence.covers(resident.community.local(now).date())
    for request in open_requests_of(session, resident):
        is_overdue = is_now and (request.wanted_until <= now or kind in GONE)
        if is_overdue or absence.covers(resident.community.local(request.wanted_from).date()):
            cancel(session, request, who=who, now=now, why=kind, is_told=False)
    if is_now and kind in GONE:
        for order in _standing(session, resident, StandingOrder.ended_at.is_(None)):
            order.ended_at = now
        forget(session, resident, who=who, now=now, why=kind)
        withdraw_promises(session, resident)
    touch(session, resident.community_id)
    return absence


def end_absence(
    session: Session, resident: Resident, absence: Absence, *, who: str, now: datetime, is_mistake: bool = False
) -> None:
    """She is back. That somebody had moved or died was a mistake, as is what is taken back at once (`is_mistake`): what
    it had ended goes on."""
    entered_at = absence.entered_at if absence.kind in GONE or is_mistake else None
    resident.absences.remove(absence)
    session.delete(absence)
    session.flush()
    if entered_at is not None:
        for order in _standing(session, resident, StandingOrder.ended_at == entered_at):
            order.ended_at = None
        for request in _called_off(session, resident, absence.kind, entered_at):
            _take_up_again(session, request, who=who, now=now)
    touch(session, resident.community_id)


def _standing(session: Session, resident: Resident, wanted: sa.ColumnElement[bool]) -> list[StandingOrder]:
    return list(
        session.scalars(sa.select(StandingOrder).where(StandingOrder.resident_id == resident.id, wanted))
    )  # fmt: skip


def _called_off(session: Session, resident: Resident, kind: AbsenceKind, at: datetime) -> list[HelpRequest]:
    by_that = sa.select(Event.request_id).where(Event.verb == "cancel", Event.why == kind, Event.at == at)
    hers = sa.select(HelpRequest).where(
        HelpRequest.resident_id == resident.id, HelpRequest.state == State.CANCELLED, HelpRequest.id.in_(by_that)
    )
    return list(session.scalars(hers.order_by(HelpRequest.id)))


def _take_up_again(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """A meal that the kitchen can still count is ordered anew, help that can still be given is asked for again."""
    try:
        if request.menu is None and request.wanted_until > now:
            reopen(session, request, who=who, now=now)
        else:
            order_anew(session, request, source=request.source, who=who, now=now)
    except Refusal:
        return  # sold out, or she is away for another reason: it stays called off, and her page shows it
