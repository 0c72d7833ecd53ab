"""Texts by number, and recordings."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from flask import abort, request, send_file
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk, Undo
from dispatch.board.doors import Wrong
from dispatch.board.pages.naming import names_of
from dispatch.board.texts import (
    correspondence,
    how_many_unread,
    mark_read,
    newest_text,
    refuse_a_second_answer,
    written_and_rung,
)
from dispatch.board.typed import line, lines, page_number
from dispatch.broken import how_many_broken
from dispatch.office_calls import became_of
from dispatch.telling import write_words
from models.numbers import Phone
from models.people import Person
from models.phones import is_landline
from models.traffic import Call, Delivery, Direction, Message, Recording

_A_PAGE, _A_THREAD = 40, 60


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
    def became(self) -> str:
        """What became of a call in which one of the staff was to be put through; "" for everything else."""
        return became_of(self.row) if isinstance(self.row, Call) else ""

    @property
    def has_failed(self) -> bool:
        """Promised, and it never arrived?"""
        return self.row.state in (Delivery.FAILED, Delivery.UNDELIVERED, Delivery.CANCELLED, Delivery.EXPIRED)


def threads(desk: Desk) -> str:
    """Every number that wrote or was written to: unread first, then the newest."""
    page, wanted = page_number(), line("q", most=80)
    found = correspondence(desk.session, desk.community, wanted, most=_A_PAGE + 1, skip=(page - 1) * _A_PAGE)
    book = desk.directory(one.last.phone for one in found)
    shown = [(one, line_of(desk, one.last), book.whose(one.last.phone)) for one in found[:_A_PAGE]]
    return desk.page(
        "texts", threads=shown, wanted=wanted, page=page, has_more=len(found) > _A_PAGE,
        broken=how_many_broken(desk.session, desk.community),
    )  # fmt: skip


def thread(desk: Desk, row_id: int, **_: object) -> str:
    """Everything written and rung with the number of that text, and a field for an answer."""
    message, page = desk.find(Message, row_id), page_number()
    part = {"most": _A_THREAD + 1, "skip": (page - 1) * _A_THREAD}
    rows = written_and_rung(desk.session, desk.community, message.phone, **part)
    newest, heard = newest_text(desk.session, message), newest_text(desk.session, message, is_theirs=True)
    whos = {row.written_by or row.seen_by for row in rows if isinstance(row, Message)} - {""}
    book = desk.directory([message.phone])
    return desk.page(
        "thread", message=message, newest=newest, heard=heard, people=book.whose(message.phone), page=page,
        lines=[line_of(desk, row) for row in reversed(rows[:_A_THREAD])], has_more=len(rows) > _A_THREAD,
        unread=how_many_unread(desk.session, desk.community, message.phone), names=names_of(desk, whos),
        why_not=book.why_not_write(message.phone),
    )  # fmt: skip


def read_thread(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody has read it, and everything before it from that number; no answer is needed."""
    if mark_read(desk.session, desk.find(Message, row_id), who=desk.who, now=desk.now):
        desk.tell("read", undo=Undo("unread", {"row_id": row_id}))
    return desk.go("texts" if request.form.get("from") == "thread" else "home")


def reply(desk: Desk, row_id: int) -> ResponseReturnValue:
    """An answer to everything that number wrote up to this text; with it, it is read."""
    newest = desk.find(Message, row_id)
    refuse_a_second_answer(desk.session, newest)
    send(desk, newest.phone, lines("words", most=600))
    mark_read(desk.session, newest, who=desk.who, now=desk.now)
    desk.tell("sent")
    return desk.go("thread", row_id=row_id) if request.form.get("from") == "thread" else desk.go("home")


def send(desk: Desk, phone: str, words: str, **about: object) -> None:
    """Words of the staff to a number, if there are any words."""
    if not words.strip():
        raise Wrong([desk.words.t("wrong.no_words")])
    write_words(desk.session, desk.community, phone, words, who=desk.who, now=desk.now, **about)  # type: ignore[arg-type]


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
    return row.resident or row.volunteer or row.contact or row.staff or row.kitchen


def may_text(desk: Desk) -> Callable[[str | None], bool]:
    """A question for templates: can a text reach this number?"""
    stopped = sa.or_(*(c.is_not(None) for c in (Phone.cannot_text_since, Phone.opted_out_at, Phone.unreachable_since)))
    closed = frozenset(
        desk.session.scalars(sa.select(Phone.number).where(Phone.community_id == desk.community.id, stopped))
    )
    return lambda phone: bool(phone and phone.startswith("+") and not is_landline(phone) and phone not in closed)
