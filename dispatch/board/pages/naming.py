"""Who "staff 3" or "volunteer 7" is, and why something was done: the history keeps ids and keys, pages show words."""

import re

from dispatch.board.desk import Desk
from models.people import Resident, Staff, Volunteer

_WAVE = re.compile(r"wave (\d+)")
_BY_STAFF = re.compile(r"(\w+) \((staff \d+)\)")


def names_of(desk: Desk, whos: set[str]) -> dict[str, str]:
    """For each of these, how it is shown."""
    return {who: name_of(desk, who) for who in whos}


def name_of(desk: Desk, who: str) -> str:
    """How "staff 3" is shown."""
    kind, _, row_id = who.partition(" ")
    row = _find(desk, kind, int(row_id)) if row_id.isdigit() else None
    if row is None or row.community_id != desk.community.id:
        return desk.words.known("who", kind)
    return row.name


def reason(desk: Desk, why: str) -> str:
    """Why something was done: a key, a wave of offers, an absence entered by staff, or what a person wrote."""
    if found := _WAVE.fullmatch(why):
        return desk.words.t("why.wave", number=found.group(1))
    if (found := _BY_STAFF.fullmatch(why)) and desk.words.has(f"absence.{found.group(1)}"):
        return f"{desk.words.t(f'absence.{found.group(1)}')} ({name_of(desk, found.group(2))})"
    return desk.words.known("why", why)


def _find(desk: Desk, kind: str, row_id: int) -> Staff | Volunteer | Resident | None:
    if kind == "staff":
        return desk.session.get(Staff, row_id)
    if kind == "volunteer":
        return desk.session.get(Volunteer, row_id)
    return desk.session.get(Resident, row_id) if kind == "resident" else None
