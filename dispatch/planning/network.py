"""The light carrier: what was promised leaves when it is due, texts arrive in seconds, calls are answered or not.

It knows no words and no keys, and keeps the rules of the real outbox that the queue relies on: nothing leaves before
its row says so, nothing that has expired or is no longer true; calls that nobody answers are made again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.planning.chances import chance
from dispatch.planning.plan import Plan
from dispatch.planning.town import Town
from dispatch.telling import OFFERING
from dispatch.truth import is_still_true
from dispatch.unreached import could_not_tell
from models.jobs import Job, Offer, OfferState
from models.traffic import Call, Delivery, Direction, Message, Outcome

# A landline is answered so often: by residents, who are mostly at home, and by volunteers.
_AT_HOME, _AT_HAND = 0.8, 0.6
# As the real outbox rings again (voice/ending.py).
_RING_AGAIN_MINUTES = (10, 30)
# What waited longer than this, through the night, may have become untrue.
_WAITED = timedelta(minutes=1)
_SLOWEST_SECONDS = 40
_TALKS_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class Heard:
    """An offer that has reached its volunteer."""

    offer_id: int
    volunteer_id: int
    job_code: int
    round: int
    at: datetime
    is_call: bool


class Network:
    """What carries texts and calls."""

    def __init__(self, plan: Plan, town: Town) -> None:
        self._plan, self._town = plan, town

    def carry(self, now: datetime) -> list[Heard]:
        """Let leave what is due; returns the offers that have reached somebody."""
        with self._town.database.begin() as session:
            return [*self._texts(session, now), *self._calls(session, now)]

    def _texts(self, session: Session, now: datetime) -> list[Heard]:
        rows = session.execute(_DUE_TEXTS, {"now": now}).all()
        became: dict[Delivery, list[int]] = {}
        for row in rows:
            became.setdefault(_fate(session, row, now=now), []).append(row.id)
        for state, ids in became.items():
            session.execute(sa.update(Message), [{"id": id_, "state": state, "due_at": None} for id_ in ids])
        arrived = set(became.get(Delivery.SENT, ()))
        return [self._heard(row, now) for row in rows if row.id in arrived and row.cause in OFFERING]

    def _heard(self, row: Any, now: datetime) -> Heard:
        seconds = chance(self._plan.seed, "network", row.job_code, row.volunteer_id).uniform(1, _SLOWEST_SECONDS)
        # Everything here happens on full minutes, so that what is done in the same one is looked at once.
        at = now + timedelta(minutes=round(seconds / 60))
        return Heard(row.offer_id, row.volunteer_id, row.job_code, row.round, at, is_call=False)

    def _calls(self, session: Session, now: datetime) -> list[Heard]:
        due = sa.select(Call).where(
            Call.state == Delivery.QUEUED, Call.due_at <= now, Call.direction == Direction.OUTBOUND
        )
        heard = [self._ring(session, call, now) for call in session.scalars(due.order_by(Call.due_at, Call.id)).all()]
        return [each for each in heard if each is not None]

    def _ring(self, session: Session, call: Call, now: datetime) -> Heard | None:
        if call.expires_at is not None and now >= call.expires_at:
            call.state, call.due_at = Delivery.EXPIRED, None
            return None
        if (call.attempts or now - call.made_at > _WAITED) and not is_still_true(session, call, now=now):
            call.state, call.due_at = Delivery.CANCELLED, None
            return None
        call.attempts += 1
        at_home = _AT_HAND if call.volunteer_id else _AT_HOME
        if chance(self._plan.seed, "rings", call.phone, call.made_at, call.attempts).random() >= at_home:
            self._nobody_answers(session, call, now)
            return None
        call.state, call.due_at, call.ended_at, call.outcome = Delivery.ENDED, None, now, Outcome.HEARD
        offer = session.get(Offer, call.offer_id) if call.cause in OFFERING and call.offer_id else None
        if offer is None:
            return None
        return Heard(offer.id, offer.volunteer_id, offer.job.code, offer.round, now + _TALKS_FOR, is_call=True)

    def _nobody_answers(self, session: Session, call: Call, now: datetime) -> None:
        if call.attempts <= len(_RING_AGAIN_MINUTES):
            pause = timedelta(minutes=_RING_AGAIN_MINUTES[call.attempts - 1])
            if call.cause in OFFERING and call.expires_at is not None:
                pause = min(pause, max((call.expires_at - now) / 2, timedelta(minutes=1)))
            call.due_at = now + pause
            return
        call.state, call.due_at = Delivery.FAILED, None
        could_not_tell(session, call, now=now)


_DUE_TEXTS = (
    sa.select(
        Message.id, Message.cause, Message.made_at, Message.due_at, Message.expires_at, Message.offer_id,
        Message.volunteer_id, Offer.state.label("offer_state"), Offer.round, Job.code.label("job_code"),
    )
    .outerjoin(Offer, Offer.id == Message.offer_id)
    .outerjoin(Job, Job.id == Offer.job_id)
    .where(Message.state == Delivery.QUEUED, Message.due_at <= sa.bindparam("now"))
    .where(Message.direction == Direction.OUTBOUND)
    .order_by(Message.due_at, Message.id)
)  # fmt: skip


def _fate(session: Session, row: Any, *, now: datetime) -> Delivery:
    if row.expires_at is not None and now >= row.expires_at:
        return Delivery.EXPIRED
    if row.cause in OFFERING:
        return Delivery.SENT if row.offer_state is OfferState.OPEN else Delivery.CANCELLED
    waited = row.due_at - row.made_at > _WAITED
    if waited and not is_still_true(session, session.get_one(Message, row.id), now=now):
        return Delivery.CANCELLED
    return Delivery.SENT
