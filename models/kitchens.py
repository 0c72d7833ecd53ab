"""Where meals are cooked, what each kitchen was told to cook, and the days on which nothing is cooked."""

from collections import Counter
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to
from models.locked import LockedJson
from models.nearness import Somewhere
from models.people import Person
from models.places import Community
from models.prepared import prepared


class Kitchen(Base, Person, Somewhere):
    """Who cooks for a community: a hall with a printer, and perhaps a telephone. `portions_max` is for one meal."""

    __tablename__ = "kitchens"
    __table_args__ = (sa.UniqueConstraint("community_id", "name"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    portions_max: Mapped[int | None]  # more than that of one meal it cannot cook; None: nobody has counted
    ended_at: Mapped[datetime | None]  # it cooks for us no more

    community: Mapped[Community] = relationship()


class Line(NamedTuple):
    """So many portions of one dish for people with one diet ("": none that we know of)."""

    key: str
    dish: str
    diet: str
    portions: int


class KitchenCount(Base):
    """What one kitchen was told to cook for one meal, version by version: the last one is what it cooks."""

    __tablename__ = "kitchen_counts"
    __table_args__ = (sa.UniqueConstraint("menu_id", "kitchen_id", "version"),)

    menu_id: Mapped[int] = belongs_to("menus", index=False)
    kitchen_id: Mapped[int] = belongs_to("kitchens")
    version: Mapped[int]  # from 1
    at: Mapped[datetime]
    lines: Mapped[list[Any]] = mapped_column(LockedJson("lines"))  # [[key, dish, diet, portions], …]
    heard_at: Mapped[datetime | None]  # when somebody there said that they have it

    kitchen: Mapped[Kitchen] = relationship()

    @property
    def counted(self) -> list[Line]:
        """The lines as values."""
        return [Line(*line) for line in self.lines]

    @property
    def portions(self) -> int:
        """All portions together."""
        return sum(line.portions for line in self.counted)


class ClosingDay(Base):
    """A local date on which nothing is cooked and nothing can be ordered: a holiday, a burst pipe."""

    __tablename__ = "closing_days"
    __table_args__ = (sa.UniqueConstraint("community_id", "date"),)

    community_id: Mapped[int] = belongs_to("communities", index=False)
    date: Mapped[date]
    why: Mapped[str] = mapped_column(sa.String(80), default="")


def by_dish(lines: list[Line]) -> dict[tuple[str, str], int]:
    """Portions by key and name of the dish, whatever the diets; in the order of the keys."""
    portions: Counter[tuple[str, str]] = Counter()
    for line in lines:
        portions[(line.key, line.dish)] += line.portions
    return dict(sorted(portions.items()))


def kitchens_of(session: Session, community_id: int) -> list[Kitchen]:
    """Who cooks for this community, the one that cooks what is not said to be another's first."""
    return list(session.scalars(*_kitchens_of(community_id)))


@prepared
def _kitchens_of(community_id: int) -> sa.Select[Kitchen]:
    cooking = sa.select(Kitchen).where(Kitchen.community_id == community_id, Kitchen.ended_at.is_(None))
    return cooking.order_by(Kitchen.id)


def kitchen_at(session: Session, community_id: int, phone: str) -> Kitchen | None:
    """The kitchen with this number, if it is one's."""
    return next((kitchen for kitchen in kitchens_of(session, community_id) if kitchen.phone == phone), None)


def last_counts(session: Session, menu_id: int) -> dict[int, KitchenCount]:
    """What each kitchen was told last about this menu, by its id."""
    rows = session.scalars(
        sa.select(KitchenCount).where(KitchenCount.menu_id == menu_id).order_by(KitchenCount.version, KitchenCount.id)
    )
    return {row.kitchen_id: row for row in rows}


def closing_days(session: Session, community_id: int, first: date, last: date) -> list[ClosingDay]:
    """The days from the first to the last on which nothing is cooked, in their order."""
    rows = sa.select(ClosingDay).where(ClosingDay.community_id == community_id, ClosingDay.date.between(first, last))
    return list(session.scalars(rows.order_by(ClosingDay.date)))


def closing_day(session: Session, community_id: int, day: date) -> ClosingDay | None:
    """That nothing is cooked on that local date, if so."""
    return session.scalars(*_closing_day(community_id, day)).one_or_none()


@prepared
def _closing_day(community_id: int, day: date) -> sa.Select[ClosingDay]:
    return sa.select(ClosingDay).where(ClosingDay.community_id == community_id, ClosingDay.date == day)
