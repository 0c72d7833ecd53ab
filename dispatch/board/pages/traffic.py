"""Texts by number, and recordings."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from flask import abort, send_file
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.typed import page_number
from dispatch.telling import somebody_at
from models.people import Person, Phone
from models.phones import is_landline
from models.traffic import Call, Delivery, Direction, Message, Recording

_A_PAGE = 40


@dataclass(frozen=True)
class Line:
    """One text or call, as a row of a thread."""

    row: Message | Call
    words: str
    is_ours: bool

    @property
    def is_call(self) -> bool:
        """Spoken rather than written?"""
        return isinstance(self.row, Call)

    @property
    def person(self) -> Person | None:
        """Whose it is, if the number is in the book."""
        return who_wrote(self.row)

    @property
    def role(self) -> str:
        """What that person is to us: resident, volunteer, contact or staff."""
        return type(self.person).__name__.lower()

    @property
    def has_failed(self) -> bool:
        """Promised, and it never arrived?"""
        return self.row.state in (Delivery.FAILED, Delivery.UNDELIVERED, Delivery.CANCELLED, Delivery.EXPIRED)


def threads(desk: Desk) -> str:
    """The last text with each number, the newest first."""
    page = page_number()
    newest = (
        sa.select(sa.func.max(Message.id).label("id"))
        .where(Message.community_id == desk.community.id)
        .group_by(Message.phone)
        .order_by(sa.func.max(Message.id).desc())
    )
    ids = list(desk.session.scalars(newest.limit(_A_PAGE + 1).offset((page - 1) * _A_PAGE)))
    rows = desk.session.scalars(sa.select(Message).where(Message.id.in_(ids[:_A_PAGE])).order_by(Message.id.desc()))
    return desk.page(
        "texts", lines=[line_of(desk, row) for row in rows], page=page, has_more=len(ids) > _A_PAGE,
        who_wrote=who_wrote,
    )  # fmt: skip


def thread(desk: Desk, row_id: int, **_: object) -> str:
    """Everything written with the number of that text."""
    message = desk.find(Message, row_id)
    rows = desk.session.scalars(
        sa.select(Message)
        .where(Message.community_id == desk.community.id, Message.phone == message.phone)
        .order_by(Message.id.desc())
        .limit(200)
    ).all()
    person = somebody_at(desk.session, desk.community, message.phone, now=desk.now)
    lines = [line_of(desk, row) for row in reversed(rows)]
    return desk.page("thread", message=message, person=person, lines=lines, may_text=may_text(desk))


def recording(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What was said, to be heard in the browser; with ranges, so that one can skip in it."""
    found = desk.board.play(desk.session, desk.find(Recording, row_id).id)
    if found is None:
        abort(404)
    audio, media_type = found
    safe_type = media_type if media_type.startswith("audio/") else "application/octet-stream"
    return send_file(io.BytesIO(audio), mimetype=safe_type, conditional=True, max_age=0)


def line_of(desk: Desk, row: Message | Call) -> Line:
    """A text or call as it is shown: its words, or what it will say when it leaves."""
    words = row.body if isinstance(row, Message) else ""
    if not words and row.says and desk.board.wording is not None:
        words = desk.board.wording(row)
    own = " ".join(str(blanks["words"]) for _, blanks in row.says if isinstance(blanks, dict) and "words" in blanks)
    return Line(row, words or own, row.direction is Direction.OUTBOUND)


def who_wrote(row: Message | Call) -> Person | None:
    """Whoever of the book sent or gets it."""
    return row.resident or row.volunteer or row.contact or row.staff


def may_text(desk: Desk) -> Callable[[str | None], bool]:
    """A question for templates: can a text reach this number?"""
    stopped = Phone.cannot_text_since.is_not(None) | Phone.opted_out_at.is_not(None)
    closed = frozenset(
        desk.session.scalars(sa.select(Phone.number).where(Phone.community_id == desk.community.id, stopped))
    )
    return lambda phone: bool(phone and phone.startswith("+") and not is_landline(phone) and phone not in closed)
