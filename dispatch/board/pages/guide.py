"""The first steps of a community, each looked up in what is stored: what it is, why, and where it is done."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from dispatch import guide
from dispatch.board.desk import Desk
from dispatch.guide import Step
from models.phones import national

# Where each step is done: the door, and which part of the settings.
_WHERE: dict[str, tuple[str, str]] = {
    "hours": ("settings_part", "hours"), "duty": ("settings_part", "staff"),
    "codes": ("settings_part", "staff"), "carrier": ("settings_part", "numbers"),
    "residents": ("new_resident", ""), "volunteers": ("new_volunteer", ""), "kitchen": ("settings_part", "kitchens"),
    "menu": ("week", ""), "practice": ("settings_part", "numbers"), "order": ("enter", ""), "delivery": ("home", ""),
}  # fmt: skip
# With simulated telephones, these are done there.
_AT_A_TELEPHONE = frozenset({"carrier", "practice", "order", "delivery"})
_TELEPHONES = "/exchange/training"


@dataclass(frozen=True)
class Shown:
    """A step in the reader's language."""

    key: str
    is_done: bool
    state: str
    link: str


def show(desk: Desk, **_: object) -> str:
    """All of them; those that are done are folded away."""
    found = guide.steps(desk.session, desk.community, now=desk.now)
    return desk.page(
        "guide", steps=[_shown(desk, step) for step in found], is_finished=guide.is_finished(found),
        done=sum(step.is_done for step in found), telephones=_TELEPHONES if desk.board.is_simulated else "",
    )  # fmt: skip


def needs_guide(desk: Desk) -> bool:
    """Is the reader somebody who founds this community, and is that not finished yet?"""
    return desk.may("guide") and guide.needs_guide(desk.session, desk.community, now=desk.now)


def _shown(desk: Desk, step: Step) -> Shown:
    blanks = {name: _said(desk, name, value) for name, value in step.found.blanks.items()}
    state = desk.words.t(f"guide.{step.key}.{step.found.word}", **blanks)
    return Shown(step.key, step.is_done, state, _link(desk, step.key))


def _link(desk: Desk, key: str) -> str:
    if desk.board.is_simulated and key in _AT_A_TELEPHONE:
        return _TELEPHONES
    door, part = _WHERE[key]
    ids: dict[str, Any] = {"day": desk.wall.today.isoformat()} if door == "week" else {"part": part} if part else {}
    return url_for(f"board.{door}", **ids)


def _said(desk: Desk, name: str, value: Any) -> object:
    comma = desk.words.t("sign.list")
    if name == "services":
        return comma.join(desk.words.named(names) for names in value)
    if name == "names":
        return comma.join(value)
    if name == "meal":
        return desk.words.named(value)
    if name == "number":
        return national(value) if value else ""
    if name == "day":
        return desk.wall.day(value)
    return value
