"""What may leave in a day: how much has, what the community's limit is, and who has let the rest leave all the same.

Only what we ring and text ourselves counts; whoever calls in is served without end. What is urgent, what is told to
or written by staff, and the answer to somebody of the book who has just called or written leave whatever the limit
says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about, raise_alert
from dispatch.reaching import TOLD_UNASKED, is_an_answer, somebody_at
from models.changes import touch
from models.events import Event
from models.numbers import Phone
from models.people import Resident, Volunteer
from models.places import Community
from models.prepared import prepared
from models.tasks import AlertKind
from models.traffic import Call, Delivery, Direction, Message

# How the history calls it that somebody has let everything leave.
LIFTED = "lift_limit"
# Without a limit of its own: so many segments and minutes for each enrolled person, and never less than that in all.
# On an ordinary day each has three or four; a day of many offers has ten.
_EACH, _LEAST = 20, 500
_NEAR = 0.8
_LOOKS_EVERY = timedelta(minutes=1)
_PRICED_DAYS = 28
_GOES_ON = (Delivery.SENDING, Delivery.SENT, Delivery.LIVE, Delivery.UNKNOWN)
_KINDS = {AlertKind.NEAR_LIMIT, AlertKind.LIMIT}


@dataclass(frozen=True)
class Tariff:
    """What a segment and a minute cost; without prices each counts as one."""

    segment: float = 1.0
    minute: float = 1.0
    is_money: bool = False
    unit: str = ""  # "USD", where the carrier says so


@dataclass(frozen=True)
class Spent:
    """What has left today, by whichever measure the limit has."""

    used: float
    limit: float
    is_money: bool
    unit: str = ""

    @property
    def percent(self) -> int:
        """How much of the limit, in whole percent."""
        return int(100 * self.used / self.limit) if self.limit > 0 else 100

    @property
    def is_near(self) -> bool:
        """Is most of it used?"""
        return self.used >= _NEAR * self.limit

    @property
    def is_reached(self) -> bool:
        """Is all of it?"""
        return self.used >= self.limit


def spent_today(session: Session, community: Community, *, now: datetime) -> Spent:
    """How much has left since midnight, and how much may."""
    tariff = _tariff(session, community, now=now)
    today = community.local(now).date()
    since, _ = community.within_days(today, today)
    segments = session.scalar(*_segments_since(community.id, since)) or 0
    minutes = session.scalar(*_minutes_since(community.id, since)) or 0
    used = segments * tariff.segment + minutes * tariff.minute
    return Spent(used, _limit(session, community, tariff), tariff.is_money, tariff.unit)


def usual_limit(session: Session, community: Community) -> int:
    """The limit where staff have set none, in segments and minutes: by how many people are enrolled."""
    people = sum(
        session.scalar(
            sa.select(sa.func.count()).where(kind.community_id == community.id, kind.enrolled_at.is_not(None))
        )
        or 0
        for kind in (Resident, Volunteer)
    )
    return max(_LEAST, _EACH * people)


def look_at_spending(session: Session, community: Community, *, now: datetime) -> None:
    """Stop what can wait when the limit is reached, and let it go when it is not; staff are told, before and then."""
    community.limit_due_at = now + _LOOKS_EVERY
    spent, today = spent_today(session, community, now=now), community.local(now).date()
    is_lifted = community.limit_lifted_on == today
    is_stopped = spent.is_reached and not is_lifted
    was_stopped = community.stopped_until is not None
    community.stopped_until = community.within_days(today, today)[1] if is_stopped else None
    if is_stopped is not was_stopped:
        touch(session, community.id)
    if is_stopped:
        _alarm(session, community, AlertKind.LIMIT, spent, now=now)
    elif spent.is_near and not is_lifted:
        _alarm(session, community, AlertKind.NEAR_LIMIT, spent, now=now)
    else:
        close_alerts_about(session, _about(community), _KINDS, now=now)


def communities_to_look_at(session: Session, now: datetime) -> list[int]:
    """Ids of communities whose day has not been looked at for a minute."""
    return list(session.scalars(*_to_look_at(now)))


def lift_limit(session: Session, community: Community, *, who: str, now: datetime) -> bool:
    """Let everything leave until midnight; False if somebody has said so already."""
    today = community.local(now).date()
    if community.limit_lifted_on == today:
        return False
    community.limit_lifted_on, community.stopped_until = today, None
    session.add(Event(community_id=community.id, at=now, who=who, verb=LIFTED))
    close_alerts_about(session, _about(community), _KINDS, now=now)
    touch(session, community.id)
    return True


def must_wait(session: Session, row: Any, community: Community, phone: Phone, *, now: datetime) -> bool:
    """Does the limit keep this text or call here for now?"""
    if community.stopped_until is None or community.stopped_until <= now:
        return False
    if row.is_urgent or row.may_wake or row.staff_id is not None or getattr(row, "written_by", ""):
        return False
    if row.cause in TOLD_UNASKED:
        return True
    return not (is_an_answer(phone, now=now) and somebody_at(session, community, row.phone, now=now))


def how_many_wait(session: Session, community: Community, *, now: datetime) -> int:
    """How many texts and calls would leave by now if they were let."""
    kinds: tuple[Any, ...] = (Message, Call)
    return sum(
        session.scalar(
            sa.select(sa.func.count()).where(
                kind.community_id == community.id, kind.direction == Direction.OUTBOUND,
                kind.state == Delivery.QUEUED, kind.is_urgent.is_(False), kind.due_at <= now + 2 * _LOOKS_EVERY,
            )
        )
        or 0
        for kind in kinds
    )  # fmt: skip


def _alarm(session: Session, community: Community, kind: AlertKind, spent: Spent, *, now: datetime) -> None:
    close_alerts_about(session, _about(community), _KINDS - {kind}, now=now)
    raise_alert(session, community, kind, about=_about(community), now=now, share=spent.percent)


def _about(community: Community) -> str:
    return f"community {community.id}"


def _limit(session: Session, community: Community, tariff: Tariff) -> float:
    if tariff.is_money:
        usual = usual_limit(session, community) * max(tariff.segment, tariff.minute)
        return usual if community.day_limit_money is None else community.day_limit_money
    return usual_limit(session, community) if community.day_limit_units is None else community.day_limit_units


def _tariff(session: Session, community: Community, *, now: datetime) -> Tariff:
    """By the carrier's own prices of the last weeks, else by what staff say; where one is not known, by count."""
    since = now - timedelta(days=_PRICED_DAYS)
    segment, unit = _price_of(session, _priced_segments(community.id, since))
    minute, unit_of_minutes = _price_of(session, _priced_minutes(community.id, since))
    segment = community.segment_price if segment is None else segment
    minute = community.minute_price if minute is None else minute
    if segment is None or minute is None or segment + minute <= 0:
        return Tariff()
    return Tariff(segment, minute, is_money=True, unit=unit or unit_of_minutes)


def _price_of(session: Session, query: Any) -> tuple[float | None, str]:
    found = session.execute(*query).all()
    unit, price, size = max(found, key=lambda row: row[2], default=("", 0.0, 0))
    return (abs(price) / size, unit) if size else (None, "")


def _sent(kind: Any, community_id: int, since: datetime) -> tuple[Any, ...]:
    return kind.community_id == community_id, kind.made_at >= since, kind.direction == Direction.OUTBOUND


# What was promised before midnight and left after it is counted by when it was promised at night: nobody minds.
@prepared
def _segments_since(community_id: int, since: datetime) -> Any:
    left = Message.claimed_at.is_not(None)
    return sa.select(sa.func.sum(Message.segments)).where(*_sent(Message, community_id, since), left)


@prepared
def _minutes_since(community_id: int, since: datetime) -> Any:
    # One that rings, or goes on, is a minute already.
    long = sa.case((Call.minutes > 0, Call.minutes), (Call.state.in_(_GOES_ON), 1), else_=0)
    return sa.select(sa.func.sum(long)).where(*_sent(Call, community_id, since), Call.claimed_at.is_not(None))


@prepared
def _priced_segments(community_id: int, since: datetime) -> Any:
    sums = sa.select(Message.price_unit, sa.func.sum(Message.price), sa.func.sum(Message.segments))
    priced = (*_sent(Message, community_id, since), Message.price.is_not(None), Message.segments > 0)
    return sums.where(*priced).group_by(Message.price_unit)


@prepared
def _priced_minutes(community_id: int, since: datetime) -> Any:
    sums = sa.select(Call.price_unit, sa.func.sum(Call.price), sa.func.sum(Call.minutes))
    priced = (*_sent(Call, community_id, since), Call.price.is_not(None), Call.minutes > 0)
    return sums.where(*priced).group_by(Call.price_unit)


@prepared
def _to_look_at(now: datetime) -> Any:
    is_due = Community.limit_due_at.is_(None) | (Community.limit_due_at <= now)
    return sa.select(Community.id).where(is_due).order_by(Community.id)
