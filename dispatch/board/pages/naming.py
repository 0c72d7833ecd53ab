"""Who did what to whom: the history keeps ids and keys ("staff 3"), pages show words."""

import re
from datetime import datetime
from typing import Any, cast

from dispatch.board.desk import Desk
from dispatch.looking import Decision
from dispatch.reaching import Somebody, community_of_person
from dispatch.telling import kind_of, named
from models.doubles import merged_into
from models.events import Event
from models.people import AbsenceKind, Contact, Resident, Staff, Volunteer
from models.requests import MealFate

_WAVE = re.compile(r"wave (\d+)")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+\+00:00)/(\d{4}-\d\d-\d\dT[\d:.]+\+00:00)")
_ABSENCES = frozenset(AbsenceKind)
_TRIED = re.compile(r"((?:resident|contact) \d+) (reached|no_answer|texted)")
_WHOM = re.compile(r"(?:resident|volunteer|contact) \d+")
_CHOICES = {"decide": frozenset(Decision), "fate": frozenset(MealFate)}


def names_of(desk: Desk, whos: set[str]) -> dict[str, str]:
    """For each of these, how it is shown."""
    return {who: name_of(desk, who) for who in whos}


def name_of(desk: Desk, who: str) -> str:
    """How "staff 3" is shown."""
    kind, _, row_id = who.partition(" ")
    row = _find(desk, kind, int(row_id)) if row_id.isdigit() else None
    if row is None and row_id.isdigit() and kind in _MERGED:
        row = merged_into(desk.session, _MERGED[kind], int(row_id))
    if row is None or community_of_person(row).id != desk.community.id:
        return desk.words.known("who", kind)
    return row.name


def reason(desk: Desk, why: str) -> str:
    """Why something was done: a key, a wave of offers, an absence, or what a person wrote."""
    if found := _WAVE.fullmatch(why):
        return desk.words.t("why.wave", number=found.group(1))
    if _WHOM.fullmatch(why):
        return name_of(desk, why)
    if found := _TRIED.fullmatch(why):
        return f"{name_of(desk, found[1])}: {desk.words.t(f'steps.{found[2]}')}"
    for family, known in _CHOICES.items():
        if why in known:
            return desk.words.t(f"{family}.{why}")
    if found := _SPAN.fullmatch(why):
        return desk.words.t(
            "why.instead_of", when=desk.wall.span(*(datetime.fromisoformat(at) for at in found.groups()))
        )
    if why in _ABSENCES:
        return desk.words.t(f"absence.{why}")
    return desk.words.known("why", why)


def note_edit(desk: Desk, row: Resident | Volunteer, verb: str) -> None:
    """Who changed whose data is kept; what it was is not."""
    desk.session.add(Event(community_id=desk.community.id, at=desk.now, who=desk.who, verb=verb, why=named(row)))


def tell_who_shares(desk: Desk, row: Resident | Volunteer) -> None:
    """Say on the next page whose else the telephone numbers of somebody are who was just saved."""
    numbers = [number for number in (row.phone, row.other_phone) if number]
    book = desk.directory(numbers)
    others = {person: None for number in numbers for person in book.everybody(number) if person is not row}
    if others:
        shown = [f"{one.name} {desk.words.t('sign.role', role=desk.words.t(f'who.{kind_of(one)}'))}" for one in others]
        desk.tell("number_shared", name=row.name, others=desk.words.t("sign.list").join(shown))


_MERGED: dict[str, type[Resident] | type[Volunteer]] = {"resident": Resident, "volunteer": Volunteer}
_KINDS: dict[str, type[Any]] = {"staff": Staff, "volunteer": Volunteer, "resident": Resident, "contact": Contact}


def _find(desk: Desk, kind: str, row_id: int) -> Somebody | None:
    found: Any = desk.session.get(_KINDS[kind], row_id) if kind in _KINDS else None
    return cast(Somebody | None, found)
