"""Ringing back whoever rang in vain, or rang off at once so that the call costs her nothing: by machine, and once."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.telling import tell
from models.jobs import Channel
from models.numbers import heard_from, phone_of
from models.people import Resident
from models.places import Community
from models.traffic import Call, Delivery

# What is said first in such a call: we could not answer her, or she rang off and wants to be rung.
MISSED, RANG_OFF = "missed_you", "you_rang"
RINGING_BACK = frozenset({MISSED, RANG_OFF})
_ON_ITS_WAY = (Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN, Delivery.SENT, Delivery.LIVE)


def ring_back(
    session: Session,
    community: Community,
    resident: Resident,
    number: str,
    *,
    why: str,
    heard_at: datetime,
    now: datetime,
) -> None:
    """Promise a call to that number at once, as an answer to hers of `heard_at`; one, however often she tried."""
    phone = phone_of(session, community, number)
    if phone.last_heard_at is None or phone.last_heard_at < heard_at:
        heard_from(session, community, number, now=heard_at)
    waiting = sa.select(Call.id).where(
        Call.phone == number, Call.community_id == community.id, Call.cause.in_(RINGING_BACK),
        Call.state.in_(_ON_ITS_WAY),
    )  # fmt: skip
    if session.scalars(waiting.limit(1)).first() is None:
        ring = tell(session, resident, why, now=now, is_urgent=True, by=Channel.CALL)
        # Whoever of the household picks up is asked who she is.
        ring.says = [[why, {}]]
