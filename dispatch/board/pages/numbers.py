"""Numbers that do not work: whose they are, why, since when, and what is to be done about each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import url_for
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.typed import page_number
from dispatch.broken import broken_numbers, last_failure
from dispatch.telling import kind_of, named
from models.errors import Refusal
from models.events import Event
from models.numbers import Phone
from models.people import Contact, Person, Resident, Volunteer
from models.phones import national
from models.traffic import Call, Message

_A_PAGE = 40


@dataclass(frozen=True)
class Broken:
    """One number that does not work, and whose it is."""

    phone: Phone
    people: Sequence[Person]
    failure: Message | Call | None

    @property
    def can_be_tried(self) -> bool:
        """May staff say that it works after all? Whoever stopped our texts must say START from that telephone."""
        return self.phone.opted_out_at is None


def numbers(desk: Desk, **_: object) -> str:
    """All of them: what needs a person first, then the longest broken."""
    page = page_number()
    rows = broken_numbers(desk.session, desk.community, most=_A_PAGE + 1, skip=(page - 1) * _A_PAGE)
    book = desk.directory(row.number for row in rows)
    shown = [Broken(row, book.whose(row.number), last_failure(desk.session, row)) for row in rows[:_A_PAGE]]
    return desk.page(
        "numbers", broken=shown, page=page, has_more=len(rows) > _A_PAGE, edit_link=partial(_edit_link, desk),
        role_of=kind_of,
    )  # fmt: skip


def number_works(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody has tried it, and it works: it is texted and called again as the numbering plan says."""
    phone = desk.find(Phone, row_id)
    if phone.opted_out_at is not None:
        raise Refusal("only_start")
    if phone.unreachable_since or phone.cannot_text_since:
        phone.unreachable_since = phone.cannot_text_since = None
        about = next(map(named, desk.directory([phone.number]).whose(phone.number)), "")
        desk.session.add(
            Event(community_id=desk.community.id, at=desk.now, who=desk.who, verb="number_works", why=about)
        )
    desk.tell("number_works", number=national(phone.number))
    return desk.go("numbers")


def _edit_link(desk: Desk, person: Person) -> str | None:
    """Where a number is corrected; a contact's on the page of the resident, staff's in the settings."""
    if isinstance(person, Resident | Volunteer):
        door = "edit_resident" if isinstance(person, Resident) else "edit_volunteer"
        return url_for(f"board.{door}", row_id=person.id)
    if isinstance(person, Contact):
        return url_for("board.resident", row_id=person.resident_id)
    return url_for("board.settings") if desk.may("settings") else None
