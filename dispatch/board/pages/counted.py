"""The kitchen's paper: what is cooked and what has changed, labels for the boxes, and a sheet for each round."""

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from dispatch.board.desk import Desk
from dispatch.counting import count as count_of
from dispatch.counting import kitchen_of, meals_of
from dispatch.rounds import without_a_dish
from models.jobs import Job
from models.kitchens import Kitchen, KitchenCount, Line, by_dish, kitchens_of
from models.lifecycle import State
from models.menus import Menu, clashes
from models.requests import HelpRequest

# Rows of labels are printed on sheets of so many.
LABELS_A_SHEET = 24


@dataclass(frozen=True)
class DishRow:
    """A dish of a kitchen's count: how many portions now, and how many the kitchen was told before where it differs."""

    key: str
    dish: str
    portions: int
    before: int | None


@dataclass(frozen=True)
class Counted:
    """What one kitchen cooks, what it has been told, and what was told before."""

    kitchen: Kitchen
    dishes: list[DishRow]
    diets: list[Line]
    told: KitchenCount | None
    earlier: KitchenCount | None
    is_told: bool  # nothing has changed since

    @property
    def portions(self) -> int:
        """All of them."""
        return sum(row.portions for row in self.dishes)


@dataclass(frozen=True)
class Label:
    """What stands on one box."""

    meal: HelpRequest
    which: int  # of the portions of this meal, from 1
    kitchen: Kitchen


def count(desk: Desk, row_id: int) -> str:
    """What each kitchen cooks, for whom, and who carries it: for paper."""
    menu = desk.find(Menu, row_id)
    meals = handed_out(desk, menu)
    rounds: dict[int | None, list[HelpRequest]] = {}
    for meal in sorted(meals, key=lambda one: (one.job_id or 0, one.stop_position, one.resident.address)):
        rounds.setdefault(meal.job_id, []).append(meal)
    counted = _counted(desk, menu)
    return desk.page(
        "count", menu=menu, counted=counted, portions=sum(one.portions for one in counted), rounds=rounds,
        jobs={job.id: job for job in _rounds(desk, menu)}, clashes=clashes,
        undecided=without_a_dish(desk.session, menu),
    )  # fmt: skip


def labels(desk: Desk, row_id: int) -> str:
    """One label for each portion, in the order in which the boxes leave."""
    menu = desk.find(Menu, row_id)
    kitchens = kitchens_of(desk.session, desk.community.id)
    meals = sorted(handed_out(desk, menu), key=lambda one: (kitchen_of(one, kitchens).id, *_leaves(one)))
    boxes = [Label(one, which, kitchen_of(one, kitchens)) for one in meals for which in range(1, one.portions + 1)]
    sheets = [boxes[first : first + LABELS_A_SHEET] for first in range(0, len(boxes), LABELS_A_SHEET)]
    return desk.page("labels", menu=menu, sheets=sheets, several=len(kitchens) > 1, clashes=clashes)


def sheets(desk: Desk, row_id: int) -> str:
    """Each round on a page of its own: what is fetched, and door by door who gets what."""
    menu = desk.find(Menu, row_id)
    kitchens = kitchens_of(desk.session, desk.community.id)
    # A round is of one kitchen.
    rounds = [(job, _fetched(job), kitchen_of(job.stops[0], kitchens)) for job in _rounds(desk, menu)]
    return desk.page("sheets", menu=menu, rounds=rounds)


def _counted(desk: Desk, menu: Menu) -> list[Counted]:
    counts, versions = count_of(desk.session, menu), _versions(desk, menu)
    kitchens = kitchens_of(desk.session, desk.community.id)
    found = [_of_kitchen(kitchen, counts.get(kitchen.id, []), versions.get(kitchen.id, [])) for kitchen in kitchens]
    return [one for one in found if one.dishes] or found[:1]


def _of_kitchen(kitchen: Kitchen, lines: list[Line], versions: list[KitchenCount]) -> Counted:
    told = versions[-1] if versions else None
    is_told = told is not None and told.counted == lines
    # On paper that is printed anew, what the sheet before it said is marked.
    earlier = (versions[-2] if len(versions) > 1 else None) if is_told else told
    now, before = by_dish(lines), by_dish(earlier.counted) if earlier else {}
    dishes = [
        DishRow(*dish, now.get(dish, 0), was if earlier and (was := before.get(dish, 0)) != now.get(dish, 0) else None)
        for dish in sorted({*now, *before})
    ]
    return Counted(kitchen, dishes, [line for line in lines if line.diet], told, earlier, is_told)


def _versions(desk: Desk, menu: Menu) -> dict[int, list[KitchenCount]]:
    versions: dict[int, list[KitchenCount]] = {}
    rows = sa.select(KitchenCount).where(KitchenCount.menu_id == menu.id).order_by(KitchenCount.version)
    for row in desk.session.scalars(rows):
        versions.setdefault(row.kitchen_id, []).append(row)
    return versions


def handed_out(desk: Desk, menu: Menu) -> list[HelpRequest]:
    """The meals that go to somebody: what was called off too late is cooked, and has no label and no stop."""
    return [meal for meal in meals_of(desk.session, menu) if meal.state is not State.CANCELLED]


def _leaves(meal: HelpRequest) -> tuple[int, int, int]:
    return (meal.job.code if meal.job else 0, meal.stop_position, meal.id)


def _rounds(desk: Desk, menu: Menu) -> list[Job]:
    """The jobs that carry this menu, without those that are called off."""
    of_menu = sa.select(HelpRequest.job_id).where(HelpRequest.menu_id == menu.id, HelpRequest.state != State.CANCELLED)
    rows = sa.select(Job).where(Job.id.in_(of_menu), Job.state != State.CANCELLED).order_by(Job.code)
    return list(desk.session.scalars(rows.options(selectinload(Job.stops))))


def _fetched(job: Job) -> list[tuple[str, int]]:
    """What is fetched at the kitchen for this round: dish by dish."""
    portions: Counter[tuple[str, str]] = Counter()
    for stop in job.stops:
        if stop.dish is not None and stop.state is not State.CANCELLED:
            portions[(stop.dish.key, stop.dish.name)] += stop.portions
    return [(dish, number) for (_, dish), number in sorted(portions.items())]
