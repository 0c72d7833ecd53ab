"""A week of menus at once: what was cooked in the last one is copied into the gaps of this one."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.changes import touch
from models.kitchens import closing_days
from models.menus import Menu, menus_by_day
from models.places import Community, Meal

WEEK = timedelta(days=7)
Gap = tuple[date, Meal]


@dataclass
class Copied:
    """What was copied, and which gaps stay, by the reason."""

    done: list[Gap] = field(default_factory=list)
    closed: list[Gap] = field(default_factory=list)
    not_cooked: list[Gap] = field(default_factory=list)
    too_late: list[Gap] = field(default_factory=list)
    nothing: list[Gap] = field(default_factory=list)  # nothing was cooked a week before either


def days_of(monday: date) -> list[date]:
    """The seven days of a week."""
    return [monday + timedelta(days=number) for number in range(7)]


def monday_of(day: date) -> date:
    """The day on which its week begins."""
    return day - timedelta(days=day.weekday())


def copy_week(session: Session, community: Community, monday: date, *, now: datetime) -> Copied:
    """Fill the gaps of a week with what was cooked seven days before. What is written stays as it is."""
    menus = menus_by_day(session, community, monday - WEEK, monday + WEEK)
    closed = {row.date for row in closing_days(session, community.id, monday, monday + WEEK)}
    copied = Copied()
    for day in days_of(monday):
        for meal in community.meals:
            menu, before = menus.get((day, meal.id)), menus.get((day - WEEK, meal.id))
            if menu is not None and (menu.dishes or menu.closed_at):
                continue
            if day in closed:
                copied.closed.append((day, meal))
            elif not meal.is_cooked_on(day):
                copied.not_cooked.append((day, meal))
            elif now >= meal.orders_until(day):
                copied.too_late.append((day, meal))
            elif before is None or not before.dishes:
                copied.nothing.append((day, meal))
            else:
                _copy(session, community, before, menu, day)
                copied.done.append((day, meal))
    touch(session, community.id)
    return copied


def _copy(session: Session, community: Community, before: Menu, menu: Menu | None, day: date) -> None:
    if menu is None:
        menu = Menu(community_id=community.id, meal_id=before.meal_id, date=day)
        session.add(menu)
    menu.dishes.extend(dish.again() for dish in before.dishes)
