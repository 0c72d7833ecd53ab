"""What became of a meal that was ordered: exactly one thing, derived from its request and never written beside it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.lifecycle import State
from models.menus import Menu
from models.requests import MealFate


class Fate(StrEnum):
    """Of one ordered meal, with all its portions."""

    ORDERED = "ordered"  # the kitchen has not counted it yet
    COOKED = "cooked"  # counted, and still on its way
    CANCELLED = "cancelled"  # called off in time: never cooked
    DELIVERED = "delivered"
    NEIGHBOUR = MealFate.NEIGHBOUR.value
    BROUGHT_BACK = MealFate.BROUGHT_BACK.value
    GIVEN_AWAY = MealFate.GIVEN_AWAY.value
    THROWN_AWAY = MealFate.THROWN_AWAY.value
    LOST = MealFate.LOST.value
    UNKNOWN = "unknown"  # cooked and not handed over, and nobody has said yet where it is


# She has it: handed to her, or kept for her next door. Only these are charged.
RECEIVED = frozenset({Fate.DELIVERED, Fate.NEIGHBOUR})
# Cooked for nobody, whoever ate it in the end.
WASTED = frozenset({Fate.BROUGHT_BACK, Fate.THROWN_AWAY, Fate.LOST, Fate.UNKNOWN})
_BY_STATE = {State.POOLED: Fate.ORDERED, State.DONE: Fate.DELIVERED}


class Ordered(Protocol):
    """A request from a menu, or as much of it as is needed here."""

    @property
    def state(self) -> State: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def job_id(self) -> int | None: ...
    @property
    def meal_fate(self) -> MealFate | None: ...
    @property
    def menu(self) -> Menu | None: ...


def fate_of(meal: Ordered) -> Fate:
    """What became of it so far; `meal` is a request from a menu."""
    if known := _BY_STATE.get(meal.state):
        return known
    if meal.is_open:
        return Fate.COOKED
    if was_called_off_in_time(meal):
        return Fate.CANCELLED
    return Fate(meal.meal_fate.value) if meal.meal_fate is not None else Fate.UNKNOWN


def was_called_off_in_time(meal: Ordered) -> bool:
    """Before the kitchen counted, or while it could still cook one less?"""
    menu = meal.menu
    if meal.state is not State.CANCELLED or menu is None or meal.closed_at is None:
        return False
    # What is counted is sent out at once; what had been sent out by hand and called off before is never counted.
    was_counted = menu.closed_at is not None and meal.job_id is not None and menu.closed_at <= meal.closed_at
    return not was_counted or meal.closed_at < menu.changes_until_at


def is_cooked(meal: Ordered) -> bool:
    """Has the kitchen counted it, and not been told in time that it need not?"""
    return meal.state is not State.POOLED and not was_called_off_in_time(meal)
