"""The week for whoever writes the menus: seven days and their meals at a look, gaps and closing days too."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import day_of
from dispatch.board.pages.menus import AHEAD, can_be_written
from dispatch.weeks import WEEK, Gap, copy_week, days_of, monday_of
from models.kitchens import ClosingDay, closing_days, kitchens_of
from models.menus import Menu, menus_by_day
from models.places import Meal


@dataclass(frozen=True)
class Cell:
    """One meal of one day."""

    day: date
    meal: Meal
    menu: Menu | None
    closed: ClosingDay | None
    can_be_written: bool

    @property
    def is_gap(self) -> bool:
        """Does somebody still have to write it?"""
        is_written = self.menu is not None and (self.menu.dishes or self.menu.closed_at)
        return self.can_be_written and self.is_cooked and not is_written

    @property
    def is_cooked(self) -> bool:
        """Is it a day on which this meal is cooked?"""
        return self.closed is None and self.meal.is_cooked_on(self.day)


def show(desk: Desk, day: str, **_: object) -> str:
    """The week in which that day is."""
    monday = _monday(day)
    kitchens = kitchens_of(desk.session, desk.community.id)
    rows = _rows(desk, monday)
    before, after = monday - WEEK, monday + WEEK
    return desk.page(
        "week", monday=monday, rows=rows, meals=desk.community.meals, before=before, after=after,
        this=monday_of(desk.wall.today), kitchens={kitchen.id: kitchen.name for kitchen in kitchens[1:]},
        can_copy=any(cell.is_gap for cells in rows for cell in cells),
        has_after=after <= desk.wall.today + AHEAD,
    )  # fmt: skip


def copy(desk: Desk, day: str) -> ResponseReturnValue:
    """Last week's menus into the gaps of this one; what was copied is said, and what was not."""
    monday = _monday(day)
    if monday > desk.wall.today + AHEAD:
        abort(404)
    copied = copy_week(desk.session, desk.community, monday, now=desk.now)
    desk.tell_how_many("week_copied", len(copied.done), which=_named(desk, copied.done))
    for key, gaps in (
        ("week_closed", copied.closed), ("week_not_cooked", copied.not_cooked), ("week_late", copied.too_late),
        ("week_nothing", copied.nothing),
    ):  # fmt: skip
        if gaps:
            desk.tell(key, which=_named(desk, gaps))
    return desk.go("week", day=monday.isoformat())


def _monday(written: str) -> date:
    day = day_of(written)
    if day is None or not day_of((day - WEEK).isoformat()) or not day_of((day + 2 * WEEK).isoformat()):
        abort(404)
    return monday_of(day)


def _rows(desk: Desk, monday: date) -> list[list[Cell]]:
    last = monday + timedelta(days=6)
    menus = menus_by_day(desk.session, desk.community, monday, last)
    closed = {row.date: row for row in closing_days(desk.session, desk.community.id, monday, last)}
    return [
        [
            Cell(day, meal, menus.get((day, meal.id)), closed.get(day), _is_open(desk, meal, day))
            for meal in desk.community.meals
        ]
        for day in days_of(monday)
    ]


def _is_open(desk: Desk, meal: Meal, day: date) -> bool:
    return day <= desk.wall.today + AHEAD and can_be_written(desk, meal, day)


def _named(desk: Desk, gaps: list[Gap]) -> str:
    named = (f"{desk.wall.day(day)} {desk.words.named(meal.names)}" for day, meal in gaps)
    return desk.words.t("sign.list").join(named) or "–"
