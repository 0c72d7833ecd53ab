"""What can be eaten: the menu of a date and meal, its dishes, standing orders, and which dish suits a diet."""

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import (
    Mapped,
    Session,
    column_property,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from models.base import Base, belongs_to
from models.foods import foods_of_diet, is_ruled_out
from models.kitchens import ClosingDay
from models.people import Resident
from models.places import MOST_CUTOFF_DAYS, Community, Meal
from models.prepared import prepared

# How people write what they must not eat; what is caught in the group is the ingredient. Everything else is a wish
# ("soft food"), which ranks dishes but rules none out.
_AVOIDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?:不吃|忌口?|不能吃|无)(.+)$",
        r"^对?(.+?)过敏$",
        r"^(?:no|without|avoid|not?)\s+(.+)$",
        r"^(.+?)[ -](?:allergy|free)$",
        r"^allerg(?:y|ic) (?:to )?(.+)$",
    )
)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
# Orders for a day may end so long before it.
_CUT_OFF_BEFORE = timedelta(days=MOST_CUTOFF_DAYS)
# How long more may change before a kitchen is told of a change.
_CHANGES_TOGETHER = timedelta(minutes=3)
_SPARES_UNTIL = timedelta(hours=2)
_ALL = 1000
_BETWEEN = re.compile(r"[;；,，、/]+")


class Menu(Base):
    """What is cooked on one date for one meal; closed once the kitchen has its count."""

    __tablename__ = "menus"
    __table_args__ = (sa.UniqueConstraint("meal_id", "date"),)

    community_id: Mapped[int] = belongs_to("communities")
    meal_id: Mapped[int] = belongs_to("meals", index=False)
    date: Mapped[date]
    closed_at: Mapped[datetime | None]
    is_planned_for: Mapped[bool] = mapped_column(default=False)  # standing orders have been placed
    count_due_at: Mapped[datetime | None] = mapped_column(index=True)  # when the kitchens are told what has changed
    if TYPE_CHECKING:
        is_on_closing_day: Mapped[bool]  # no column of this table: see below

    community: Mapped[Community] = relationship()
    meal: Mapped[Meal] = relationship()
    dishes: Mapped[list["Dish"]] = relationship(
        order_by="Dish.key", back_populates="menu", cascade="all, delete-orphan"
    )

    @property
    def cutoff_at(self) -> datetime:
        """Until when it can be ordered: on its day, or so many days before."""
        return self.meal.orders_until(self.date)

    @property
    def orders_end_at(self) -> datetime:
        """Until when it can or could be ordered: staff may have closed it before its cut-off."""
        return self.cutoff_at if self.closed_at is None else min(self.closed_at, self.cutoff_at)

    @property
    def serve_from_at(self) -> datetime:
        """When the first stop may be reached."""
        return self.community.at(self.date, self.meal.serve_from)

    @property
    def serve_until_at(self) -> datetime:
        """When the last stop should have been reached."""
        return self.community.at(self.date, self.meal.serve_until)

    @property
    def kitchen_until_at(self) -> datetime:
        """Until when the kitchen is told of it at all: a spare may be wanted after all should have been served."""
        return self.serve_until_at + _SPARES_UNTIL

    @property
    def changes_until_at(self) -> datetime:
        """Until when the kitchen can still cook more or less than it was told: what is called off later is cooked."""
        return self.community.at(self.date, self.meal.changes_until or self.meal.serve_from)

    def count_again(self, now: datetime) -> None:
        """Something has changed of what its kitchens have counted: they are told in a while, of all of it together."""
        if self.closed_at is not None and now < self.kitchen_until_at and self.count_due_at is None:
            self.count_due_at = now + _CHANGES_TOGETHER

    @property
    def is_off(self) -> bool:
        """Is nothing cooked on that day, whatever is written here?"""
        return self.is_on_closing_day or not self.meal.is_cooked_on(self.date)

    def can_be_ordered(self, now: datetime) -> bool:
        """Before its cut-off, not closed by staff, and something is cooked?"""
        return self.closed_at is None and now < self.cutoff_at and bool(self.dishes) and not self.is_off

    def is_missed(self, now: datetime) -> bool:
        """Is it cooked, still to be eaten, and could be ordered until a while ago?"""
        is_cooked = bool(self.dishes) and not self.is_off
        return is_cooked and not self.can_be_ordered(now) and now < self.serve_until_at


# It comes with the menu, so that asking whether something can be ordered asks the database nothing more.
Menu.is_on_closing_day = column_property(
    sa.exists()
    .where(ClosingDay.community_id == Menu.community_id, ClosingDay.date == Menu.date)
    .correlate_except(ClosingDay)
)


class Dish(Base):
    """One dish of one menu, on the key that orders it."""

    __tablename__ = "dishes"
    __table_args__ = (sa.UniqueConstraint("menu_id", "key"),)

    menu_id: Mapped[int] = belongs_to("menus", index=False)
    key: Mapped[str] = mapped_column(sa.String(1))
    name: Mapped[str] = mapped_column(sa.String(80))
    contains: Mapped[str] = mapped_column(sa.String(200), default="")
    price_cents: Mapped[int | None]
    sold_out_at: Mapped[datetime | None]  # said by staff
    portions_max: Mapped[int | None]  # so many can be cooked; None: as many as are ordered (see dispatch/limits.py)
    full_at: Mapped[datetime | None]  # since when nobody more can have it, for that many are ordered
    # Who cooks it; None: the community's first kitchen. Without a foreign key, as elsewhere in tables that grew.
    kitchen_id: Mapped[int | None]
    menu: Mapped[Menu] = relationship(back_populates="dishes")

    @property
    def is_sold_out(self) -> bool:
        """Can nobody more have it?"""
        return self.sold_out_at is not None or self.full_at is not None

    def again(self) -> "Dish":
        """The same for another menu."""
        return Dish(
            key=self.key, name=self.name, contains=self.contains, price_cents=self.price_cents,
            portions_max=self.portions_max, kitchen_id=self.kitchen_id,
        )  # fmt: skip


class StandingOrder(Base):
    """ "Every weekday": placed once for each menu of its meal on its weekdays, never over what a person decided."""

    __tablename__ = "standing_orders"

    community_id: Mapped[int] = belongs_to("communities")
    resident_id: Mapped[int] = belongs_to("residents")
    meal_id: Mapped[int] = belongs_to("meals")
    days: Mapped[list[Any]]  # weekday codes; empty: every day
    dish: Mapped[str] = mapped_column(sa.String(80), default="")  # a dish's key or name; empty: the first that suits
    portions: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None]

    resident: Mapped[Resident] = relationship()
    meal: Mapped[Meal] = relationship()


def _terms(text: str) -> list[str]:
    return [part.strip().casefold() for part in _BETWEEN.split(text) if part.strip()]


def _avoided(diet: str) -> list[str]:
    terms = _terms(diet)
    named = [found.group(1).strip() for term in terms for pattern in _AVOIDS if (found := pattern.match(term))]
    return [*named, *(food for term in terms for food in sorted(foods_of_diet(term)))]


def clashes(diet: str, contains: str) -> bool:
    """May this dish not suit her? Both are free text with ; between: ("花生过敏", "花生;辣") → True."""
    avoided = _avoided(diet)
    return any(is_ruled_out(item, bad) for item in _terms(contains) for bad in avoided)


def _granted_wishes(diet: str, contains: str) -> int:
    return len(set(_terms(diet)) & set(_terms(contains)))


def left_of(dishes: list[Dish]) -> list[Dish]:
    """Those that are not sold out."""
    return [dish for dish in dishes if not dish.is_sold_out]


def first_suitable(dishes: list[Dish], diet: str) -> Dish | None:
    """The first dish that is left and suits a diet: none that clashes; one that grants a wish ("软食") first."""
    fitting = [dish for dish in left_of(dishes) if not clashes(diet, dish.contains)]
    return max(fitting, key=lambda dish: _granted_wishes(diet, dish.contains), default=None)


def named_dish(dishes: list[Dish], wanted: str) -> Dish | None:
    """The dish with that key or that name."""
    return next((d for d in dishes if wanted in (d.key, d.name)), None)


def orderable_menus(session: Session, community: Community, now: datetime, *, most: int = 4) -> list[Menu]:
    """The menus of the coming week that can be ordered now, in the order in which they are eaten."""
    today = community.local(now).date()
    some = most + 2
    rows = session.scalars(*_open_menus(community.id, today, today + _WEEK, some)).all()
    if (
        len(rows) == some and sum(menu.can_be_ordered(now) for menu in rows) < most
    ):  # a holiday week lies before the rest
        rows = session.scalars(*_open_menus(community.id, today, today + _WEEK, _ALL)).all()
    return [menu for menu in rows if menu.can_be_ordered(now)][:most]


@prepared
def _open_menus(community_id: int, today: date, last: date, most: int) -> sa.Select[Menu]:
    return (
        sa.select(Menu)
        .join(Menu.meal)
        .where(Menu.community_id == community_id, Menu.date >= today, Menu.date <= last, Menu.closed_at.is_(None))
        .order_by(Menu.date, Meal.serve_from, Meal.id)
        .limit(most)
        .options(contains_eager(Menu.meal), selectinload(Menu.dishes))
    )


# By what the cut-off of a menu is known: at every look of the watch, in one question.
_WHEN = (joinedload(Menu.meal, innerjoin=True), joinedload(Menu.community, innerjoin=True))


def menus_by_day(session: Session, community: Community, first: date, last: date) -> dict[tuple[date, int], Menu]:
    """The menus of these days, the first and the last included, by date and the id of the meal."""
    query = sa.select(Menu).where(Menu.community_id == community.id, Menu.date.between(first, last))
    rows = session.scalars(query.options(selectinload(Menu.dishes), selectinload(Menu.meal)))
    return {(menu.date, menu.meal_id): menu for menu in rows}


def menus_to_close(session: Session, now: datetime) -> list[Menu]:
    """Menus whose cut-off has passed and that are not closed yet, in all communities."""
    # A day's margin: no zone is further from UTC than fourteen hours.
    rows = session.scalars(*_menus_until(now.date() + _DAY + _CUT_OFF_BEFORE))
    return [menu for menu in rows if menu.cutoff_at <= now]


@prepared
def _menus_until(day: date) -> sa.Select[Menu]:
    until = sa.select(Menu).where(Menu.closed_at.is_(None), Menu.date <= day)
    return until.options(*_WHEN)


def menus_to_plan(session: Session, now: datetime) -> list[Menu]:
    """Menus of the coming 24 hours before whose cut-off standing orders are still to be placed."""
    rows = session.scalars(*_unplanned_menus_until(now.date() + 2 * _DAY + _CUT_OFF_BEFORE))
    return [menu for menu in rows if now < menu.cutoff_at <= now + _DAY and not menu.is_off]


@prepared
def _unplanned_menus_until(day: date) -> sa.Select[Menu]:
    unplanned = sa.select(Menu).where(Menu.is_planned_for.is_(False), Menu.closed_at.is_(None), Menu.date <= day)
    return unplanned.options(*_WHEN)


def missed_menus(session: Session, community: Community, now: datetime) -> list[Menu]:
    """What is still to be eaten and cannot be ordered any more, the latest cut-off last."""
    today = community.local(now).date()
    rows = session.scalars(*_menus_of(community.id, today, today + _CUT_OFF_BEFORE))
    return sorted((menu for menu in rows if menu.is_missed(now)), key=lambda menu: menu.cutoff_at)


@prepared
def _menus_of(community_id: int, first: date, last: date) -> sa.Select[Menu]:
    of_days = sa.select(Menu).join(Menu.meal).where(Menu.community_id == community_id, Menu.date.between(first, last))
    return of_days.order_by(Menu.date, Meal.serve_from).options(contains_eager(Menu.meal), selectinload(Menu.dishes))
