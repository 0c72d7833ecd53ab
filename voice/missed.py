"""What came while nothing of ours answered: a text of today is done as if it arrived then, a caller is rung back."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import open_callback
from dispatch.reaching import ANSWER_MINUTES, may_leave_at, why_not_tell
from models import phones
from models.menus import Menu
from models.numbers import phone_of
from models.people import residents_at
from models.places import Community
from models.traffic import Call, Delivery, Direction, Message, Outcome
from voice.carrier.client import Came
from voice.ringing_back import MISSED, ring_back
from voice.texting import keep_text, text_comes_in


def text_was_missed(session: Session, community: Community, came: Came, *, now: datetime) -> None:
    """Do what it says, by the cut-offs that held when it arrived; what the day has overtaken is read by a person."""
    body = came.body.replace("\x00", "")[:1600]
    if not _is_overtaken(session, community, phones.caller_number(came.sender), since=came.at, now=now):
        text_comes_in(session, community, sid=came.sid, sender=came.sender, body=body, now=came.at, media=came.media)
        _let_answers_leave(session, community, phones.caller_number(came.sender), made_at=came.at, now=now)
        return
    message = keep_text(
        session, community, sid=came.sid, sender=came.sender, body=body, cause="came_while_down", now=came.at
    )
    open_callback(
        session, community, phone=phones.caller_number(came.sender), why="came_while_down", now=now, message=message,
        resident=message.resident, volunteer=message.volunteer,
    )  # fmt: skip


def _is_overtaken(
    session: Session, community: Community, number: str | None, *, since: datetime, now: datetime
) -> bool:
    """Is it of another day, or from a resident who could then have meant a menu that has been closed since?

    Her "1" of half past nine is no order of tomorrow's lunch.
    """
    if community.local(since).date() != community.local(now).date():
        return True
    closed_since = sa.select(Menu.id).where(Menu.community_id == community.id, Menu.closed_at > since)
    is_resident = number is not None and bool(residents_at(session, community, number, now=now))
    return is_resident and session.scalars(closed_since.limit(1)).first() is not None


def call_was_missed(session: Session, community: Community, came: Came, *, now: datetime) -> None:
    """Note the call, and ring back: by machine whom we may ring and know, else by a person; nobody who got through
    since then."""
    number = phones.caller_number(came.sender)
    call = Call(
        community_id=community.id, call_sid=came.sid, direction=Direction.INBOUND, phone=number or came.sender[:32],
        state=Delivery.ENDED, made_at=came.at, started_at=came.at, ended_at=came.at, outcome=Outcome.UNFINISHED,
    )  # fmt: skip
    session.add(call)
    session.flush()
    if number is not None and _has_been_served(session, community, number, since=came.at):
        return
    resident = next(iter(residents_at(session, community, number, now=now)), None) if number else None
    call.resident_id = resident.id if resident else None
    if number is not None and resident is not None and not why_not_tell(session, resident, now=now):
        ring_back(session, community, resident, number, why=MISSED, heard_at=came.at, now=now)
        return
    open_callback(
        session, community, phone=number, why="missed_while_down", now=now, call=call, resident=resident
    )  # fmt: skip


def _has_been_served(session: Session, community: Community, number: str, *, since: datetime) -> bool:
    served = sa.select(Call.id).where(
        Call.community_id == community.id, Call.phone == number, Call.direction == Direction.INBOUND,
        Call.made_at > since, Call.outcome.is_not(None), Call.outcome != Outcome.UNFINISHED,
    )  # fmt: skip
    return session.scalars(served.limit(1)).first() is not None


def _let_answers_leave(
    session: Session, community: Community, number: str | None, *, made_at: datetime, now: datetime
) -> None:
    """Answers to a text that we read late are worth reading from now on, not from when it came."""
    if number is None:
        return
    phone = phone_of(session, community, number)
    keeps_until = now + timedelta(minutes=ANSWER_MINUTES)
    kinds: tuple[type[Any], ...] = (Message, Call)
    for kind in kinds:
        mine = sa.select(kind).where(
            kind.community_id == community.id, kind.phone == number, kind.direction == Direction.OUTBOUND,
            kind.made_at == made_at, kind.state == Delivery.QUEUED,
        )  # fmt: skip
        for row in session.scalars(mine):
            row.due_at = may_leave_at(community, phone, may_wake=row.may_wake, now=now)
            row.expires_at = max(row.expires_at or keeps_until, keeps_until, row.due_at + timedelta(hours=1))
