"""A slip of the finger taken back at once: as if it had not been done, and nobody is told of either."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.ordering import order_anew
from dispatch.saying import what
from dispatch.telling import tell, unsay
from dispatch.working import cancel, reopen
from models.errors import Refusal
from models.lifecycle import State
from models.requests import HelpRequest, Source
from models.tasks import Alert, Callback, open_callback_to
from models.traffic import Call, Delivery, Message

# While nobody has it, it can be taken back without anybody's driving in vain.
_UNTAKEN = frozenset({State.POOLED, State.WAITING, State.OFFERED, State.STUCK})


def take_back(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """What has just been entered was not meant. Refuses "too_late" once somebody comes or it has ended."""
    if request.state not in _UNTAKEN:
        raise Refusal("too_late")
    cancel(session, request, who=who, now=now, why="undone", is_told=False)


def order_again(session: Session, request: HelpRequest, *, who: str, now: datetime) -> HelpRequest:
    """What was called off was not meant: while its menu can be ordered from it waits there again, as if it had never
    been called off; later, and for everything else, it is opened again and offered."""
    if request.state is not State.CANCELLED:
        raise Refusal("too_late")
    has_heard = _has_heard(session, request)
    anew = order_anew(session, request, source=Source.STAFF, who=who, now=now)
    if anew is None:
        reopen(session, request, who=who, now=now)
    if has_heard:
        tell(session, request.resident, "comes_after_all", now=now, about=anew or request, what=what(request))
    return anew or request


def _has_heard(session: Session, request: HelpRequest) -> bool:
    """Has she been told that it is called off? What has not left yet does not leave."""
    kinds: tuple[type[Any], ...] = (Message, Call)
    rows = [
        row
        for kind in kinds
        for row in session.scalars(
            sa.select(kind).where(
                kind.request_id == request.id, kind.cause == "cancelled_for_you", kind.state != Delivery.CANCELLED
            )
        )
    ]
    for row in rows:
        unsay(row)
    return any(row.state is not Delivery.CANCELLED for row in rows)


def open_callback_again(session: Session, callback: Callback) -> None:
    """Nobody has rung yet. Refuses "too_late" when there is one to the same number again."""
    if callback.closed_at is None:
        return
    if callback.phone and open_callback_to(session, callback.community_id, callback.phone) is not None:
        raise Refusal("too_late")
    callback.closed_at, callback.closed_by = None, None
    callback.due_at = callback.answer_by
    callback.details = {key: value for key, value in callback.details.items() if key != "closed_why"}


def raise_again(session: Session, alert: Alert, *, now: datetime) -> None:
    """It is not settled. Refuses "too_late" when the same has been raised again, or what it was about has ended."""
    if alert.closed_at is None:
        return
    same = sa.select(Alert.id).where(Alert.about == alert.about, Alert.kind == alert.kind, Alert.closed_at.is_(None))
    if session.scalars(same.limit(1)).first() is not None or alert.details.get("closed_why") == "no_longer_true":
        raise Refusal("too_late")
    alert.closed_at, alert.due_at, alert.was_false = None, now, False
    alert.details = {key: value for key, value in alert.details.items() if not key.startswith("closed_")}


def mark_unread(session: Session, newest: Message) -> None:
    """What was marked as read together with this text is unread again."""
    if newest.seen_at is None:
        return
    together = sa.select(Message).where(
        Message.community_id == newest.community_id, Message.phone == newest.phone,
        Message.seen_at == newest.seen_at, Message.seen_by == newest.seen_by,
    )  # fmt: skip
    for text in session.scalars(together).all():
        text.seen_at, text.seen_by = None, ""
