"""A round that somebody has given back: cut into rounds that still arrive in time, if one is too much by now."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.grouping import in_rounds
from dispatch.history import note
from dispatch.ordering import send_out
from models.jobs import Job

# However late it is: many people who are each sent to one door are more than a neighbourhood has.
_LEAST_MINUTES = 30


def plan_anew(session: Session, job: Job, *, who: str, now: datetime) -> None:
    """As many rounds as it takes until its window ends; the first keeps the job, which nobody has at the moment."""
    meals = job.open_stops
    menu = meals[0].menu if meals else None
    if menu is None or len(meals) < 2 or now >= job.wanted_until:
        return
    minutes = max(round((job.wanted_until - max(now, job.wanted_from)).total_seconds() / 60), _LEAST_MINUTES)
    first, *others = in_rounds(session, menu, meals, minutes=minutes)
    job.vehicle = first.vehicle
    for part in others:
        new = send_out(session, list(part.meals), who=who, now=now, vehicle=part.vehicle, kitchen_id=part.kitchen.id)
        new.wanted_from, new.wanted_until = job.wanted_from, job.wanted_until
        for stop in part.meals:
            note(session, stop, "moved", who=who, now=now, why=f"{job.code} → {new.code}")
    for position, stop in enumerate(first.meals):
        stop.stop_position = position
    session.flush()
    session.expire(job, ["stops"])
