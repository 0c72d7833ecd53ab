"""A text of somebody of the staff: 1 "I see to it", 3 "it is settled", of what they were told; else it is read."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import alarms, saying
from dispatch.telling import Sentence
from models.errors import Refusal
from models.people import Staff
from models.places import Community
from models.tasks import Alert
from models.traffic import Message, Outcome
from voice.own_words import own_words
from voice.reading import Read, read_text
from voice.writing import write_back

_MINE, _SETTLED = "1", "3"


def answer_staff(session: Session, community: Community, staff: Staff, message: Message, *, now: datetime) -> str:
    """Do what the text says; returns the outcome kept with it."""
    read = read_text(message.body, staff.language, ("volunteer",), own_words(session, community))
    if read.intent in ("thanks", "noted"):
        return "thanks"
    key = read.key or (_MINE if read.numbers else "")
    if key not in (_MINE, _SETTLED):
        message.needs_reading = True
        return Outcome.MESSAGE
    told_of = _told_of(session, staff, is_taken_on=key == _SETTLED)
    meant = _meant(told_of, read)
    if meant is None:
        said: Sentence = _which(told_of) if told_of else ("alert_over", {})
        write_back(session, community, message.phone, [said], language=staff.language, now=now)
        return "asked" if told_of else Outcome.ANSWERED
    if key == _MINE:
        alarms.acknowledge(session, meant, staff, now=now)
    done: Sentence = ("taken_on", {}) if key == _MINE else _settled(session, meant, staff, now=now)
    write_back(session, community, message.phone, [done], language=staff.language, now=now)
    return Outcome.ANSWERED


def _settled(session: Session, alert: Alert, staff: Staff, *, now: datetime) -> Sentence:
    try:
        alarms.settle(session, alert, who=f"staff {staff.id}", now=now, why="done")
    except Refusal as refusal:
        return (refusal.reason, refusal.blanks)
    return ("alert_settled", {})


def _told_of(session: Session, staff: Staff, *, is_taken_on: bool) -> list[Alert]:
    """The open alerts that this person was told of and nobody has taken on; or those that this person has."""
    still_open = sa.select(Alert).where(Alert.community_id == staff.community_id, Alert.closed_at.is_(None))
    if is_taken_on:
        mine = still_open.where(Alert.owner_id == staff.id, Alert.acknowledged_at.is_not(None))
        return list(session.scalars(mine.order_by(Alert.id)))
    free = session.scalars(still_open.where(Alert.acknowledged_at.is_(None)).order_by(Alert.id))
    return [alert for alert in free if alarms.was_told(session, alert, staff)]


def _meant(alerts: list[Alert], read: Read) -> Alert | None:
    if read.numbers:
        return next((alert for alert in alerts if alert.id == read.numbers[0]), None)
    return alerts[0] if len(alerts) == 1 else None


def _which(alerts: list[Alert]) -> Sentence:
    named = ((alert.id, alert.details.get("name") or alert.details.get("what", "")) for alert in alerts[:6])
    return ("which_job", {"list": saying.by_number(named)})
