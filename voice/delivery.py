"""What the carrier tells about a text later: news by rank, in any order, twice or never."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.prepared import prepared
from models.traffic import WAITING_TO_LEAVE, AnsweredTurn, Delivery, Direction, Message, answer_given
from voice.carrier.errors import Remedy, remedy_for
from voice.remedies import apply_remedy

# Late news change nothing: a status counts only if it ranks above the last. What is final stays.
_RANKS = {
    "accepted": 0, "scheduled": 1, "queued": 2, "sending": 3, "sent": 4,
    "undelivered": 9, "failed": 9, "canceled": 9, "delivered": 9, "read": 10,
}  # fmt: skip
_STATES = {
    "sent": Delivery.SENT, "delivered": Delivery.DELIVERED, "read": Delivery.DELIVERED,
    "undelivered": Delivery.UNDELIVERED, "failed": Delivery.FAILED, "canceled": Delivery.CANCELLED,
}  # fmt: skip
# What is kept of a SID under which a text did not arrive, and was promised anew.
_GIVEN_UP = "given up"
_BAD = ("undelivered", "failed")
# What the carrier took and could not bring is tried once more at the most: each try is paid for.
_ONCE_MORE = (Remedy.LATER, Remedy.CONFIGURE)


def text_status(session: Session, *, sid: str, status: str, error_code: str, now: datetime) -> bool:
    """Note what became of a text; False when the news is old. News of a text that we do not know (yet) are kept."""
    rank = _RANKS.get(status)
    row = session.scalars(*_text_of_ours(sid)).one_or_none()
    if row is None and status in _STATES and answer_given(session, _kept_key(sid, _GIVEN_UP)) is None:
        _keep(session, sid, status, error_code, now=now)
    if row is None or rank is None or rank <= row.delivery_rank:
        return False
    row.delivery_rank = rank
    if status in _STATES:
        row.state, row.due_at = _STATES[status], None
    if status in _BAD:
        row.error_code = error_code[:16]
        code = int(error_code) if error_code.isascii() and error_code.isdigit() else 0
        remedy = remedy_for(code, 400)
        if remedy in _ONCE_MORE and row.attempts >= 2:
            remedy = Remedy.GIVE_UP
        apply_remedy(session, row, remedy, now=now)
        if row.state in WAITING_TO_LEAVE:
            # It is a new text for the carrier, with a SID and news of its own; of the old one nothing is news any more.
            row.message_sid, row.delivery_rank = None, -1
            _keep(session, sid, _GIVEN_UP, error_code, now=now)
    return True


@prepared
def _text_of_ours(sid: str) -> sa.Select[Message]:
    ours = (Message.message_sid == sid) & (Message.direction == Direction.OUTBOUND)
    return sa.select(Message).where(ours).with_for_update()


def take_kept_news(session: Session, sid: str, *, now: datetime) -> None:
    """Now that a text is known by its SID: the news that came before are noted, and kept no longer."""
    for news in session.scalars(*_kept(_kept_key(sid, ""))).all():
        status = news.key.removeprefix(_kept_key(sid, ""))
        text_status(session, sid=sid, status=status, error_code=news.answer, now=now)
        session.delete(news)


@prepared
def _kept(start: str) -> sa.Select[AnsweredTurn]:
    return sa.select(AnsweredTurn).where(AnsweredTurn.key.startswith(start))


def _keep(session: Session, sid: str, status: str, error_code: str, *, now: datetime) -> None:
    # The carrier tells them once. They may be quicker than its answer to our sending, or that answer was lost with
    # whoever waited for it, and the SID is found later in the carrier's list.
    key = _kept_key(sid, status)
    if answer_given(session, key) is None:
        session.add(AnsweredTurn(key=key, answer=error_code[:16], at=now))


def _kept_key(sid: str, status: str) -> str:
    return f"news {sid} {status}"
