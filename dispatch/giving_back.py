"""Who takes jobs and gives them back again and again learns addresses and helps nobody: for that day she is asked no
more, and staff ring her. Nothing is said to her by us: there may be a reason, and a person asks for it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import open_callback
from models.jobs import Job, Offer, OfferState
from models.people import Volunteer
from models.prepared import prepared

# So many jobs taken and given back on one day are the most.
MOST_A_DAY = 3
WHY = "gives_back"


def note_giving_back(session: Session, volunteer: Volunteer, *, now: datetime) -> None:
    """She has just given one back: at the third of a day somebody rings her."""
    today = volunteer.community.local(now).date()
    since, _ = volunteer.community.within_days(today, today)
    session.flush()
    count = next((count for _, count in session.execute(*gave_back_since([volunteer.id], since))), 0)
    if count == MOST_A_DAY:
        open_callback(
            session, volunteer.community, phone=volunteer.phone, why=WHY, now=now, volunteer=volunteer,
            details={"count": count},
        )  # fmt: skip


@prepared
def gave_back_since(volunteer_ids: list[int], since: datetime) -> sa.Select[int, int]:
    """How many jobs each of them has said yes to since then and does not have any more."""
    gone = sa.or_(Job.volunteer_id.is_(None), Job.volunteer_id != Offer.volunteer_id)
    yes = (Offer.state == OfferState.YES, Offer.answered_at >= since, Offer.volunteer_id.in_(volunteer_ids))
    counted = sa.select(Offer.volunteer_id, sa.func.count(Offer.job_id.distinct()))
    return counted.join(Job, Job.id == Offer.job_id).where(*yes, gone).group_by(Offer.volunteer_id)
