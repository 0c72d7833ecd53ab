"""The list of standing orders: which meal somebody gets on which weekdays, without asking for it each time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.lists.cells import Reader, length_of
from dispatch.lists.faults import Fault
from models.menus import StandingOrder
from models.people import Resident
from models.places import WEEKDAYS, Community, Meal


@dataclass(frozen=True)
class Wanted:
    """One row, understood: a standing order."""

    line: int
    name: str
    phone: str
    meal: Meal | None
    days: list[str]
    values: dict[str, Any]


def read_standing(reader: Reader) -> Wanted:
    """A row of the list of standing orders."""
    return Wanted(
        line=reader.row.line,
        name=reader.text("name", most=length_of(Resident.name), is_needed=True),
        phone=reader.phone("phone", is_needed=True),
        meal=reader.meal("meal"),
        days=reader.days("days"),
        values={
            "dish": reader.text("dish", most=length_of(StandingOrder.dish)),
            "portions": reader.whole("portions", least=1, most=9) or 1,
        },
    )


@dataclass
class Plan:
    """What the list would change. It says all about one resident's meal: what it no longer names has ended."""

    session: Session
    community: Community
    residents: dict[tuple[str, str | None], Resident]
    orders: dict[tuple[int, int], list[StandingOrder]]
    rows: list[Wanted]

    @classmethod
    def of(cls, session: Session, community: Community, rows: list[Wanted]) -> "Plan":
        """Compare the rows with what is there."""
        people = session.scalars(
            sa.select(Resident).where(Resident.community_id == community.id).order_by(Resident.id.desc())
        )
        orders: dict[tuple[int, int], list[StandingOrder]] = {}
        query = sa.select(StandingOrder).where(
            StandingOrder.community_id == community.id, StandingOrder.ended_at.is_(None)
        )
        for order in session.scalars(query):
            orders.setdefault((order.resident_id, order.meal_id), []).append(order)
        return cls(session, community, {(person.name, person.phone): person for person in people}, orders, rows)

    def faults(self, headings: dict[str, str]) -> list[Fault]:
        """Rows about nobody we know, and rows that order one meal of one day twice."""
        faults: list[Fault] = []
        taken: dict[tuple[object, ...], int] = {}
        for row in self.rows:
            if row.name and row.phone and (row.name, row.phone) not in self.residents:
                faults.append(Fault(row.line, headings.get("name", "name"), "no_such_resident"))
            days = (row.days or WEEKDAYS) if row.meal is not None else ()
            first = min(
                (taken.setdefault((row.name, row.phone, *self._of(row), day), row.line) for day in days), default=0
            )
            if first not in (0, row.line):
                column = headings.get("days", headings["meal"])
                faults.append(Fault(row.line, column, "overlapping_days", {"first": first}))
        return faults

    @property
    def counts(self) -> dict[str, int]:
        """How many orders are new, changed and unchanged. What has ended counts as a change."""
        deeds = [(self._there(row), row) for row in self.rows]
        new = sum(order is None for order, _ in deeds)
        changed = sum(order is not None and self._differs(order, row) for order, row in deeds)
        return {"new": new, "changed": changed + len(self._ended()), "unchanged": len(deeds) - new - changed}

    def carry_out(self, *, now: datetime) -> None:
        """Store it."""
        for order in self._ended():
            order.ended_at = now
        for row in self.rows:
            order = self._there(row) or self._newcomer(row)
            for name, value in row.values.items():
                setattr(order, name, value)
        self.session.flush()

    def _of(self, row: Wanted) -> tuple[int, int]:
        resident = self.residents.get((row.name, row.phone))
        return (resident.id if resident else 0, row.meal.id if row.meal else 0)

    def _there(self, row: Wanted) -> StandingOrder | None:
        return next((order for order in self.orders.get(self._of(row), []) if set(order.days) == set(row.days)), None)

    def _ended(self) -> list[StandingOrder]:
        kept = {order.id for row in self.rows if (order := self._there(row)) is not None}
        named = {self._of(row) for row in self.rows}
        return [order for about in named for order in self.orders.get(about, []) if order.id not in kept]

    def _newcomer(self, row: Wanted) -> StandingOrder:
        resident_id, meal_id = self._of(row)
        order = StandingOrder(community_id=self.community.id, resident_id=resident_id, meal_id=meal_id, days=row.days)
        self.session.add(order)
        return order

    @staticmethod
    def _differs(order: StandingOrder, row: Wanted) -> bool:
        return any(getattr(order, name) != value for name, value in row.values.items())
