"""Who takes jobs and gives them back again and again in one day: she may be ill, or she may be looking for addresses.
She is asked for nothing more that day, nobody tells her off, and staff see what she has seen."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about, raise_alert
from dispatch.blanks import number
from dispatch.telling import named
from models.changes import touch
from models.events import Event
from models.jobs import Offer, OfferState
from models.people import Resident, Volunteer
from models.places import Community
from models.prepared import prepared
from models.requests import HelpRequest
from models.tasks import Alert, AlertKind

# So many jobs taken and given back within one day are many.
MOST_A_DAY = 3
_ALL_RIGHT = "all_right"


def too_often_today(session: Session, community: Community, ids: Sequence[int], *, now: datetime) -> set[int]:
    """Which of these volunteers have today, if nobody of the staff has said that it is all right."""
    midnight, _ = community.within_days(community.local(now).date(), community.local(now).date())
    many = {one for one, count in session.execute(*_given_back(list(ids), midnight)) if count >= MOST_A_DAY}
    return {one for one in many if not _is_all_right(session, community, one, midnight)}


def look_at_returns(session: Session, volunteer: Volunteer, *, now: datetime) -> bool:
    """She has just given one back: too often today? Then staff see it."""
    community = volunteer.community
    session.flush()
    if volunteer.id not in too_often_today(session, community, [volunteer.id], now=now):
        return False
    midnight, _ = community.within_days(community.local(now).date(), community.local(now).date())
    count = sum(count for _, count in session.execute(*_given_back([volunteer.id], midnight)))
    alert = raise_alert(
        session, community, AlertKind.GIVES_BACK, about=named(volunteer), now=now, name=volunteer.name,
        phone=number(volunteer.phone) if volunteer.phone else "", count=count,
    )  # fmt: skip
    alert.details = {**alert.details, "count": count}
    return True


def whom_she_saw(session: Session, alert: Alert) -> list[Resident]:
    """Whose addresses she was told that day: of all that she took."""
    volunteer = volunteer_of(session, alert)
    if volunteer is None:
        return []
    day = volunteer.community.local(alert.raised_at).date()
    since, until = volunteer.community.within_days(day, day)
    told = (
        sa.select(HelpRequest.resident_id)
        .join(Offer, Offer.job_id == HelpRequest.job_id)
        .where(
            Offer.volunteer_id == volunteer.id, Offer.state == OfferState.YES, Offer.answered_at >= since,
            Offer.answered_at < until,
        )
    )  # fmt: skip
    # What was given back may have become stops of other rounds since.
    back = (
        sa.select(HelpRequest.resident_id)
        .join(Event, Event.request_id == HelpRequest.id)
        .where(Event.verb == "release", Event.who == named(volunteer), Event.at >= since, Event.at < until)
    )  # fmt: skip
    saw = Resident.id.in_(told) | Resident.id.in_(back)
    return list(session.scalars(sa.select(Resident).where(saw).order_by(Resident.name)))


def volunteer_of(session: Session, alert: Alert) -> Volunteer | None:
    """Whom such an alert is about."""
    return session.get(Volunteer, int(alert.about.removeprefix("volunteer ")))


def it_is_all_right(session: Session, volunteer: Volunteer, *, who: str, now: datetime) -> None:
    """Staff know why: she is asked again today."""
    session.add(Event(community_id=volunteer.community_id, at=now, who=who, verb=_ALL_RIGHT, why=named(volunteer)))
    close_alerts_about(session, named(volunteer), {AlertKind.GIVES_BACK}, now=now)
    touch(session, volunteer.community_id)


def is_of_another_day(session: Session, alert: Alert, *, now: datetime) -> bool:
    """Was it raised on a day that is over?"""
    community = session.get_one(Community, alert.community_id)
    return community.local(alert.raised_at).date() != community.local(now).date()


def _is_all_right(session: Session, community: Community, volunteer_id: int, since: datetime) -> bool:
    said = sa.select(Event.id).where(
        Event.community_id == community.id, Event.at >= since, Event.verb == _ALL_RIGHT,
        Event.why == f"volunteer {volunteer_id}",
    )  # fmt: skip
    return session.scalars(said.limit(1)).first() is not None


@prepared
def _given_back(ids: list[int], midnight: datetime) -> sa.Select[int, int]:
    herself = sa.literal("volunteer ") + sa.cast(Offer.volunteer_id, sa.String)
    back = (Event.job_id == Offer.job_id) & (Event.verb == "release") & (Event.who == herself) & (Event.at >= midnight)
    return (
        sa.select(Offer.volunteer_id, sa.func.count(sa.distinct(Offer.job_id)))
        .join(Event, back)
        .where(Offer.volunteer_id.in_(ids), Offer.state == OfferState.YES, Offer.answered_at >= midnight)
        .group_by(Offer.volunteer_id)
    )
