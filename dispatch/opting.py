"""Whoever wants no texts gets none, and nothing waits for an answer that cannot come; until they want them again."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import alarms, blanks, offering, working
from models.jobs import open_jobs_of, open_offers_to
from models.numbers import Phone
from models.people import Staff, duty_staff, residents_at, volunteer_at
from models.places import Community
from models.tasks import AlertKind


def stop(session: Session, community: Community, phone: Phone, *, now: datetime) -> None:
    """They said so, or the carrier says that they did: from now on nothing leaves for that number.

    A resident may only have meant her lunch: staff ring and ask. A volunteer's offers and jobs go to others at once;
    from a second telephone it is only that one, for what we have to say goes to the first. Whoever is on duty is rung
    with alarms all the same, and all on duty get to know.
    """
    phone.opted_out_at = phone.opted_out_at or now
    theirs = residents_at(session, community, phone.number, now=now)
    for resident in [one for one in theirs if one.phone == phone.number][:1]:
        alarms.raise_alert(
            session, community, AlertKind.OPTED_OUT, about=f"resident {resident.id}", now=now, resident=resident,
            name=resident.name, phone=blanks.number(phone.number),
        )  # fmt: skip
    for staff in _on_duty_at(session, community, phone):
        alarms.raise_alert(
            session, community, AlertKind.OPTED_OUT, about=f"staff {staff.id}", now=now, name=staff.name,
            phone=blanks.number(phone.number),
        )  # fmt: skip
    volunteer = volunteer_at(session, community, phone.number, now=now)
    if volunteer is not None and volunteer.phone == phone.number:
        for offer in open_offers_to(session, volunteer):
            offering.decline(session, offer, who=f"volunteer {volunteer.id}", now=now)
        for job in open_jobs_of(session, volunteer):
            working.release(session, job, who=f"volunteer {volunteer.id}", now=now, why="opted_out")


def start(session: Session, community: Community, phone: Phone, *, now: datetime) -> None:
    """They want to be texted again."""
    phone.opted_out_at = None
    for resident in residents_at(session, community, phone.number, now=now):
        alarms.close_alerts_about(session, f"resident {resident.id}", {AlertKind.OPTED_OUT}, now=now)
    for staff in _on_duty_at(session, community, phone):
        alarms.close_alerts_about(session, f"staff {staff.id}", {AlertKind.OPTED_OUT}, now=now)


def _on_duty_at(session: Session, community: Community, phone: Phone) -> list[Staff]:
    return [staff for staff in duty_staff(session, community) if staff.phone == phone.number]
