"""Strangers who write: each is answered once a day, and all together only so often. Beyond that a text is kept and
counted, and staff see one alert; a cry for help goes to a person however many write."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.alarms import raise_alert
from models.places import Community
from models.tallies import count_one_more, counted, last_counted
from models.tasks import Alert, AlertKind, open_alert

# So many strangers are answered in a day, and in an hour of those whose numbers differ in the last digits only: such
# numbers are sold by the ten thousand.
ANSWERED_A_DAY, ANSWERED_AN_HOUR, LAST_DIGITS = 200, 20, 4
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_ALL, _UNANSWERED = "strangers", "strangers unanswered"


def are_too_many(session: Session, community: Community, number: str, *, now: datetime) -> bool:
    """Have so many strangers been answered that this one is not?"""
    of_all = counted(session, community.id, _ALL, within=_DAY, now=now)
    return of_all >= ANSWERED_A_DAY or (
        counted(session, community.id, _block(number), within=_HOUR, now=now) >= ANSWERED_AN_HOUR
    )


def may_answer(session: Session, community: Community, number: str, *, now: datetime) -> bool:
    """May one more stranger be answered? Then it is counted."""
    if are_too_many(session, community, number, now=now):
        return False
    count_one_more(session, community.id, _ALL, within=_DAY, now=now)
    count_one_more(session, community.id, _block(number), within=_HOUR, now=now)
    return True


def note_unanswered(session: Session, community: Community, *, now: datetime) -> None:
    """One more who is not: staff see how many, in one alert."""
    count = count_one_more(session, community.id, _UNANSWERED, within=_DAY, now=now)
    about = f"community {community.id}"
    alert = open_alert(session, AlertKind.STRANGERS, about)
    if alert is None:
        raise_alert(session, community, AlertKind.STRANGERS, about=about, now=now, count=count)
    else:
        alert.details = {**alert.details, "count": count}


def is_flood_over(session: Session, alert: Alert, *, now: datetime) -> bool:
    """Was no stranger left unanswered for an hour?"""
    last_at = last_counted(session, alert.community_id, _UNANSWERED)
    return last_at is None or now - last_at >= _HOUR


def _block(number: str) -> str:
    return f"{_ALL} {number[:-LAST_DIGITS]}"
