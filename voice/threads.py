"""Where the conversation by text with one number rests. It is forgotten after half an hour."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Community
from models.traffic import Thread
from voice.talk import Talk

_REMEMBERED = timedelta(minutes=30)


def thread_with(session: Session, community: Community, phone: str, *, language: str, now: datetime) -> Thread:
    """The thread with that number; begun anew when nothing was said in it lately."""
    known = (Thread.community_id == community.id) & (Thread.phone == phone)
    row = session.scalars(sa.select(Thread).where(known)).one_or_none()
    fresh = Talk(medium="text", language=language).to_json()
    if row is None:
        row = Thread(community_id=community.id, phone=phone, talk=fresh, at=now)
        session.add(row)
    elif row.at < now - _REMEMBERED:
        row.talk = fresh
    row.at = now
    return row
