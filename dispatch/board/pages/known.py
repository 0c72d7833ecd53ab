"""What we know of somebody and since when: who entered them, what changed last, what their numbers do."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dispatch.board.desk import Desk
from dispatch.board.pages.naming import names_of
from dispatch.telling import named
from models.doubles import Merge, merges_into
from models.events import Event
from models.numbers import Phone, known_phone
from models.people import Resident, Volunteer, residents_at
from models.traffic import Direction, Message

_CHANGES = (
    "edit", "enrol", "withdraw", "absence", "back", "away", "stand", "end_standing", "merge", "keep_apart",
    "let_together", "number_works", "all_right", "tell_apart", "own_file", "forget",
)  # fmt: skip
_SAID_SO = ("stop", "start")  # texts by which somebody ends our texts, and takes them up again
_SHOWN = 6


@dataclass(frozen=True)
class Known:
    """The panel of it on the page of a resident or a volunteer."""

    entered: Event | None
    changes: Sequence[Event]
    said: Sequence[Message]
    merges: Sequence[Merge]
    numbers: Sequence[tuple[str, Phone | None]]
    household: Sequence[Resident]
    names: dict[str, str]


def known_of(desk: Desk, row: Resident | Volunteer) -> Known:
    """What we know of them."""
    merges = merges_into(desk.session, row)
    called = [named(row), *(f"{named(row).split()[0]} {one.gone_id}" for one in merges)]
    entered = next(iter(_events(desk, called, ("enter",), newest_first=False)), None)
    changes = _events(desk, called, _CHANGES, newest_first=True)
    numbers = [number for number in (row.phone, row.other_phone) if number]
    whos = {one.who for one in changes} | {one.who for one in merges} | ({entered.who} if entered else set())
    return Known(
        entered, changes, _said(desk, numbers), merges,
        [(number, known_phone(desk.session, desk.community, number)) for number in numbers],
        _household(desk, row, numbers), names_of(desk, whos),
    )  # fmt: skip


def _events(desk: Desk, called: list[str], verbs: Sequence[str], *, newest_first: bool) -> Sequence[Event]:
    # What volunteers say of themselves names them as who said it, and when they come back as why.
    theirs = Event.why.in_(called) | (Event.who.in_(called) & Event.verb.in_(("away", "back")))
    query = sa.select(Event).where(Event.community_id == desk.community.id, Event.verb.in_(verbs), theirs)
    order = (Event.at.desc(), Event.id.desc()) if newest_first else (Event.at, Event.id)
    return desk.session.scalars(query.order_by(*order).limit(_SHOWN)).all()


def _said(desk: Desk, numbers: list[str]) -> Sequence[Message]:
    query = sa.select(Message).where(
        Message.community_id == desk.community.id, Message.phone.in_(numbers), Message.direction == Direction.INBOUND,
        Message.cause.in_(_SAID_SO),
    )  # fmt: skip
    return desk.session.scalars(query.order_by(Message.id.desc()).limit(_SHOWN)).all()


def _household(desk: Desk, row: Resident | Volunteer, numbers: list[str]) -> list[Resident]:
    found = {
        one.id: one for number in numbers for one in residents_at(desk.session, desk.community, number, now=desk.now)
    }
    return [one for one in found.values() if one is not row]
