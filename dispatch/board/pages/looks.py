"""Who has looked at whom, and which helper was told where somebody lives: for those who answer for the office."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from dispatch.board.desk import Desk
from dispatch.board.pages.naming import names_of
from dispatch.board.typed import page_number
from dispatch.noticing import Told, told_whom
from models.jobs import Job
from models.looks import TAKEN_OUT, Line, Look, Saw, everything_seen, looks_at, whoever_looked
from models.menus import Menu
from models.people import Person, Resident, Volunteer
from models.requests import HelpRequest

_A_PAGE, _ON_HER_PAGE = 50, 12
# What can be asked for by itself.
KINDS = (*(saw.value for saw in Saw), *TAKEN_OUT)


@dataclass(frozen=True)
class Seen:
    """One line: when, who, what of whom, and how often within that quarter of an hour."""

    at: datetime
    who: str
    what: str
    thing: str
    person: Person | None
    times: int


@dataclass(frozen=True)
class Looked:
    """The panel on somebody's page."""

    looks: list[Seen]
    names: dict[str, str]
    told: list[Told]


def show(desk: Desk) -> str:
    """Everything that is known, the last first; of one person of the staff, or of one kind."""
    page, who, what = page_number(), request.args.get("who", ""), request.args.get("what", "")
    what = what if what in KINDS else ""
    whos = whoever_looked(desk.session, desk.community.id)
    rows = everything_seen(
        desk.session, desk.community.id, who=who if who in whos else "", what=what, most=_A_PAGE + 1,
        skip=(page - 1) * _A_PAGE,
    )  # fmt: skip
    shown = [_seen(desk, row) for row in rows[:_A_PAGE]]
    return desk.page(
        "looks", shown=shown, page=page, has_more=len(rows) > _A_PAGE, whos=whos, kinds=KINDS, who=who, what=what,
        names=names_of(desk, set(whos)),
    )  # fmt: skip


def looked(desk: Desk, row: Resident | Volunteer) -> Looked | None:
    """Who has looked at somebody, for those who may know it."""
    if not desk.may("looks"):
        return None
    rows = looks_at(desk.session, row, most=_ON_HER_PAGE)
    told = told_whom(desk.session, row, most=_ON_HER_PAGE) if isinstance(row, Resident) else []
    return Looked([_seen(desk, one) for one in rows], names_of(desk, {one.who for one in rows}), told)


def _seen(desk: Desk, row: Look | Line) -> Seen:
    kind, _, row_id = row.about.partition(" ")
    resident_id, volunteer_id = row.resident_id, row.volunteer_id
    if row.what == "own_file" and row_id.isdigit():  # the history names her, and keeps no more of it
        resident_id, volunteer_id = (int(row_id), None) if kind == "resident" else (None, int(row_id))
    person: Person | None = None
    if resident_id is not None:
        person = desk.session.get(Resident, resident_id)
    elif volunteer_id is not None:
        person = desk.session.get(Volunteer, volunteer_id)
    return Seen(row.at, row.who, row.what, _thing(desk, kind, row_id, row.about), person, row.times)


def _thing(desk: Desk, kind: str, row_id: str, about: str) -> str:
    """What the line names besides: the code of a request or a job, a meal and its day, a month, the name of a file."""
    if not row_id.isdigit():
        return desk.words.t(about) if about in ("residents", "volunteers", "requests") else about
    if kind == "menu":
        menu = desk.session.get(Menu, int(row_id))
        return f"{desk.words.named(menu.meal.names)} {desk.wall.dated(menu.date)}" if menu is not None else ""
    coded: dict[str, Any] = {"request": HelpRequest, "job": Job}
    row = desk.session.get(coded[kind], int(row_id)) if kind in coded else None
    return str(row.code) if row is not None else ""
