"""What something is entered for: a text that came, or a callback that is owed; and whose it turns out to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import request

from dispatch.alarms import close_callback
from dispatch.board.desk import Desk
from dispatch.board.texts import mark_read
from dispatch.board.typed import line
from models.people import Resident
from models.tasks import Callback
from models.traffic import Call, Direction, Message


@dataclass(frozen=True)
class Cause:
    """What is being entered: a text that came, or a callback that is owed."""

    text: Message | None
    callback: Callback | None

    @property
    def phone(self) -> str | None:
        """The number it came from."""
        return self.text.phone if self.text else self.callback.phone if self.callback else None

    @property
    def at(self) -> datetime | None:
        """When it came."""
        return self.text.made_at if self.text else self.callback.opened_at if self.callback else None

    @property
    def words(self) -> str:
        """What was written."""
        message = self.text or (self.callback.message if self.callback else None)
        return message.body if message else ""

    @property
    def resident_id(self) -> int | None:
        """Who it is, if that is known."""
        return self.text.resident_id if self.text else self.callback.resident_id if self.callback else None

    @property
    def marks(self) -> dict[str, int]:
        """How a form or a link names it."""
        return {name: row.id for name, row in (("text", self.text), ("callback", self.callback)) if row is not None}


def cause_of(desk: Desk) -> Cause | None:
    """The text or the callback that the address or the form names; nothing when it names none."""
    text_id, callback_id = (request.values.get(name, type=int) for name in ("text", "callback"))
    if not text_id and not callback_id:
        return None
    text = desk.find(Message, text_id) if text_id else None
    return Cause(text, desk.find(Callback, callback_id) if callback_id else None)


def is_whose(desk: Desk, cause: Cause, resident: Resident) -> None:
    """It was this resident: so is everything else that came from there and was nobody's.

    Only when the number is hers: a daughter who has called for her mother is somebody else.
    """
    if cause.callback is not None:
        cause.callback.resident = resident
        if cause.callback.message is not None:
            cause.callback.message.resident = resident
    if cause.text is not None:
        cause.text.resident = resident
    if cause.phone is None or cause.phone != resident.phone:
        return
    kinds: tuple[tuple[type[Any], tuple[Any, ...]], ...] = (
        (Call, (Call.direction == Direction.INBOUND, Call.staff_id.is_(None), Call.volunteer_id.is_(None))),
        (Message, (Message.direction == Direction.INBOUND, Message.staff_id.is_(None), Message.volunteer_id.is_(None))),
        (Callback, (Callback.volunteer_id.is_(None),)),
    )
    for kind, nobodys in kinds:
        here = (kind.community_id == desk.community.id, kind.phone == resident.phone, kind.resident_id.is_(None))
        desk.session.execute(sa.update(kind).where(*here, *nobodys).values(resident_id=resident.id))


def settle_cause(desk: Desk, cause: Cause) -> None:
    """With what has been entered the text is read and the callback done."""
    for text in (cause.text, cause.callback.message if cause.callback else None):
        if text is not None and text.seen_at is None:
            text.seen_at, text.seen_by = desk.now, desk.who
            mark_read(desk.session, text, who=desk.who, now=desk.now)
    if cause.callback is not None:
        close_callback(desk.session, cause.callback, staff=desk.staff, now=desk.now, why="entered")


def source_key(desk: Desk) -> str | None:
    """The form's own key: sent twice, it orders once."""
    key = line("key", most=40)
    return f"staff {desk.staff.id} {key}" if key else None
