"""The list of menus: one menu for each date and meal, its dishes on keys 1 to 8."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.limits import note_what_is_full
from dispatch.lists.cells import Reader, length_of
from dispatch.lists.faults import Fault
from models.kitchens import closing_days
from models.menus import Dish, Menu, menus_by_day
from models.places import Community, Meal
from models.requests import HelpRequest

MOST_PORTIONS = 9999


@dataclass(frozen=True)
class Wanted:
    """One row, understood: a dish."""

    line: int
    day: date | None
    meal: Meal | None
    key: str
    values: dict[str, Any]

    @property
    def menu(self) -> tuple[date, int] | None:
        """Which menu it belongs to."""
        return None if self.day is None or self.meal is None else (self.day, self.meal.id)


def read_dish(reader: Reader) -> Wanted:
    """A row of the list of menus."""
    values: dict[str, Any] = {
        "name": reader.text("dish", most=length_of(Dish.name), is_needed=True),
        "contains": reader.text("contains", most=length_of(Dish.contains)),
    }
    if reader.cell("price"):
        values["price_cents"] = reader.cents("price")
    if kitchen := reader.kitchen("kitchen"):
        values["kitchen_id"] = kitchen.id
    if reader.cell("portions"):
        values["portions_max"] = reader.whole("portions", least=1, most=MOST_PORTIONS)
    day, meal, key = reader.date("date"), reader.meal("meal"), reader.dish_key("key")
    return Wanted(reader.row.line, day, meal, key, values)


def twins(rows: list[Wanted], headings: dict[str, str]) -> list[Fault]:
    """Two dishes on one key of one menu: the second is a mistake."""
    first: dict[object, int] = {}
    faults = []
    for row in rows:
        seen = first.setdefault((row.menu, row.key), row.line)
        if seen != row.line and row.menu is not None and row.key:
            faults.append(Fault(row.line, headings.get("key", "key"), "duplicate", {"first": seen}))
    return faults


@dataclass
class Plan:
    """What a list of menus would change. Dishes are changed in place, since orders point to them; none is removed."""

    session: Session
    community: Community
    menus: dict[tuple[date, int], Menu]
    closed: set[date]  # days on which nothing is cooked
    deeds: list[tuple[Wanted, Dish | None, dict[str, Any]]]

    @classmethod
    def of(cls, session: Session, community: Community, rows: list[Wanted]) -> "Plan":
        """Compare the rows with what is there."""
        menus = _menus(session, community, rows)
        deeds = []
        for row in rows:
            dish = _dish_of(menus, row)
            deeds.append((row, dish, {} if dish is None else _changes(dish, row)))
        days = [row.day for row in rows if row.day is not None]
        closed = closing_days(session, community.id, min(days), max(days)) if days else []
        return cls(session, community, menus, {row.date for row in closed}, deeds)

    def faults(self, headings: dict[str, str]) -> list[Fault]:
        """Rows that would change a menu whose orders are closed, or of a day on which nothing is cooked. Those that
        only repeat what is there are none."""
        return [
            Fault(row.line, headings.get("date", "date"), *why)
            for row, dish, changes in self.deeds
            if (dish is None or changes) and (why := self._why_not(row))
        ]

    def notes(self) -> list[Fault]:
        """People who have ordered what is now another dish: somebody should tell them."""
        changed = [
            dish.id for _, dish, changes in self.deeds if dish is not None and {"name", "contains"} & set(changes)
        ]
        ordered = self._orders_of(changed)
        return [Fault(0, "", "ordered_changed", {"count": ordered})] if ordered else []

    @property
    def counts(self) -> dict[str, int]:
        """How many dishes are new, changed and unchanged."""
        new = sum(dish is None for _, dish, _ in self.deeds)
        changed = sum(bool(changes) for _, _, changes in self.deeds)
        return {"new": new, "changed": changed, "unchanged": len(self.deeds) - new - changed}

    def carry_out(self, *, now: datetime) -> None:
        """Store it."""
        for row, dish, changes in self.deeds:
            if dish is None:
                self._menu(row).dishes.append(Dish(key=row.key, **row.values))
                continue
            for name, value in changes.items():
                setattr(dish, name, value)
        self.session.flush()
        for menu in {row.menu: self._menu(row) for row, _, _ in self.deeds}.values():
            note_what_is_full(self.session, menu, now=now)

    def _orders_of(self, dish_ids: list[int]) -> int:
        if not dish_ids:
            return 0
        query = sa.select(sa.func.count()).select_from(HelpRequest)
        return self.session.scalar(query.where(HelpRequest.dish_id.in_(dish_ids), HelpRequest.closed_at.is_(None))) or 0

    def _why_not(self, row: Wanted) -> tuple[str, dict[str, Any]] | None:
        menu = self.menus.get(row.menu) if row.menu is not None else None
        if menu is not None and menu.closed_at is not None:
            return "menu_closed", {}
        if row.day in self.closed:
            return "closed_that_day", {"day": row.day}
        if row.day is not None and row.meal is not None and not row.meal.is_cooked_on(row.day):
            name = row.meal.names.get(self.community.language) or row.meal.code
            return "not_cooked_then", {"day": row.day, "meal": name}
        return None

    def _menu(self, row: Wanted) -> Menu:
        assert row.menu is not None  # noqa: S101  # a row without one was a fault, and nothing is carried out then
        if row.menu not in self.menus:
            menu = Menu(community_id=self.community.id, meal_id=row.menu[1], date=row.menu[0])
            self.session.add(menu)
            self.menus[row.menu] = menu
        return self.menus[row.menu]


def _menus(session: Session, community: Community, rows: list[Wanted]) -> dict[tuple[date, int], Menu]:
    days = [row.day for row in rows if row.day is not None]
    return menus_by_day(session, community, min(days), max(days)) if days else {}


def _changes(dish: Dish, row: Wanted) -> dict[str, Any]:
    changes = {name: value for name, value in row.values.items() if getattr(dish, name) != value}
    if "name" not in changes and not row.values["contains"]:
        changes.pop("contains", None)  # what somebody may be allergic to is never lost to an empty cell
    return changes


def _dish_of(menus: dict[tuple[date, int], Menu], row: Wanted) -> Dish | None:
    menu = menus.get(row.menu) if row.menu is not None else None
    return None if menu is None else next((dish for dish in menu.dishes if dish.key == row.key), None)
