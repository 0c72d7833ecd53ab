"""Texts by number: what nobody has read, what was last written with each number, and all of it in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from dispatch.board.search import numbers_meant
from models.errors import Refusal
from models.places import Community
from models.tasks import Callback
from models.traffic import Call, Direction, Message


@dataclass(frozen=True)
class Unread:
    """What one number has written that nobody has read."""

    texts: list[Message]

    @property
    def oldest(self) -> Message:
        """Since when somebody waits there."""
        return self.texts[0]

    @property
    def newest(self) -> Message:
        """What was written last."""
        return self.texts[-1]


@dataclass(frozen=True)
class Correspondence:
    """One number in the list of all: what was written last, by either side, and how much of theirs nobody has read."""

    last: Message
    unread: int


def unread_texts(session: Session, community: Community, callbacks: list[Callback]) -> list[Unread]:
    """Whoever waits for a reader, the longest waiting first; a text that a callback shows is not shown twice."""
    shown = {callback.message_id for callback in callbacks}
    rows = session.scalars(
        sa.select(Message)
        .where(Message.community_id == community.id, *_UNREAD)
        .options(
            joinedload(Message.resident), joinedload(Message.volunteer), joinedload(Message.contact),
            joinedload(Message.staff),
        )
        .order_by(Message.made_at, Message.id)
    )  # fmt: skip
    by_number: dict[str, list[Message]] = {}
    for message in rows:
        if message.id not in shown:
            by_number.setdefault(message.phone, []).append(message)
    return [Unread(texts) for texts in by_number.values()]


def correspondence(
    session: Session, community: Community, wanted: str, *, most: int, skip: int
) -> list[Correspondence]:
    """Every number that wrote or was written to: first where something is unread, then the newest."""
    unread = sa.func.sum(sa.case((sa.and_(*_UNREAD), 1), else_=0))
    newest = sa.func.max(Message.id)
    known = (Message.community_id == community.id, Message.phone != "")  # "": whose it was is forgotten
    query = sa.select(newest, unread).where(*known).group_by(Message.phone)
    if wanted:
        query = query.where(numbers_meant(session, community, Message.phone, wanted))
    order = (sa.case((unread > 0, 0), else_=1), newest.desc())
    found = {row_id: int(count) for row_id, count in session.execute(query.order_by(*order).limit(most).offset(skip))}
    rows = {row.id: row for row in session.scalars(sa.select(Message).where(Message.id.in_(found)))}
    return [Correspondence(rows[row_id], count) for row_id, count in found.items()]


def written_and_rung(
    session: Session, community: Community, phone: str, *, most: int, skip: int
) -> Sequence[Message | Call]:
    """Texts and calls with one number, the newest first."""
    both = sa.union_all(*(_moments(kind, community, phone) for kind in (Message, Call))).subquery()
    order = (both.c.made_at.desc(), both.c.is_call.desc(), both.c.id.desc())
    wanted = session.execute(sa.select(both.c.is_call, both.c.id).order_by(*order).limit(most).offset(skip)).all()
    found: dict[tuple[bool, int], Message | Call] = {}
    for is_call, kind in ((False, Message), (True, Call)):
        ids = [row_id for was_call, row_id in wanted if bool(was_call) is is_call]
        found |= {(is_call, row.id): row for row in session.scalars(_rows(kind, ids))}
    return [found[bool(is_call), row_id] for is_call, row_id in wanted]


def newest_text(session: Session, one: Message, *, is_theirs: bool = False) -> Message | None:
    """What was written last with the number of that text, by anybody or by them."""
    rows = sa.select(Message).where(Message.community_id == one.community_id, Message.phone == one.phone)
    if is_theirs:
        rows = rows.where(Message.direction == Direction.INBOUND)
    return session.scalars(rows.order_by(Message.id.desc()).limit(1)).first()


def how_many_unread(session: Session, community: Community, phone: str) -> int:
    """How many texts of that number nobody has read."""
    rows = sa.select(sa.func.count()).where(Message.community_id == community.id, Message.phone == phone, *_UNREAD)
    return session.scalar(rows) or 0


def mark_read(session: Session, newest: Message, *, who: str, now: datetime) -> int:
    """Everything of that number up to this text has been read; what came later has not. How many there were."""
    rows = session.scalars(
        sa.select(Message)
        .where(
            Message.community_id == newest.community_id,
            Message.phone == newest.phone,
            Message.id <= newest.id,
            *_UNREAD,
        )
        .with_for_update()
    ).all()
    for row in rows:
        row.seen_at, row.seen_by = now, who
    return len(rows)


def refuse_a_second_answer(session: Session, newest: Message) -> None:
    """Whoever answers a thread must have seen what a colleague has written since."""
    theirs = session.scalars(
        sa.select(Message)
        .where(
            Message.community_id == newest.community_id, Message.phone == newest.phone, Message.id > newest.id,
            Message.written_by != "",
        )
        .limit(1)
    ).first()  # fmt: skip
    if theirs is not None:
        raise Refusal("answered_meanwhile")


_UNREAD = (Message.direction == Direction.INBOUND, Message.needs_reading, Message.seen_at.is_(None))


def _moments(kind: Any, community: Community, phone: str) -> sa.Select[Any]:
    mine = (kind.community_id == community.id, kind.phone == phone)
    return sa.select(sa.literal(kind is Call, sa.Boolean).label("is_call"), kind.id, kind.made_at).where(*mine)


def _rows(kind: Any, ids: list[int]) -> sa.Select[Any]:
    people = (joinedload(kind.resident), joinedload(kind.volunteer), joinedload(kind.contact), joinedload(kind.staff))
    return sa.select(kind).where(kind.id.in_(ids)).options(*people)
