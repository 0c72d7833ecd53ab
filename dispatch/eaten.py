"""What became of the meals of some days: ordered, cooked, eaten, lost; every figure is derived."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from models.fates import RECEIVED, WASTED, Fate, fate_of, is_cooked
from models.menus import Menu
from models.questions import Asked, Question
from models.requests import HelpRequest


@dataclass(frozen=True)
class Eaten:
    """Portions, by what became of them. `fates` adds up to `ordered`; everything but what was called off is cooked."""

    ordered: int
    cooked: int
    fates: dict[Fate, int]
    on_time: int  # of those delivered: reported before the meal's hours were over
    not_good: int  # meals of which somebody said afterwards that not everything was all right

    @property
    def received(self) -> int:
        """Those that reached whom they were for."""
        return sum(self.fates.get(fate, 0) for fate in RECEIVED)

    @property
    def wasted(self) -> int:
        """Cooked, and eaten by nobody whom we know of."""
        return sum(self.fates.get(fate, 0) for fate in WASTED)

    @property
    def given_away(self) -> int:
        """Cooked for one and eaten by another."""
        return self.fates.get(Fate.GIVEN_AWAY, 0)


def eaten(meals: Iterable[HelpRequest], complained: frozenset[int] = frozenset()) -> Eaten:
    """Add up; `complained` are the ids of the requests that were not good."""
    meals = list(meals)
    fates: Counter[Fate] = Counter()
    for meal in meals:
        fates[fate_of(meal)] += meal.portions
    return Eaten(
        ordered=sum(fates.values()), cooked=sum(meal.portions for meal in meals if is_cooked(meal)), fates=dict(fates),
        on_time=sum(meal.portions for meal in meals if fate_of(meal) is Fate.DELIVERED and _is_on_time(meal)),
        not_good=sum(meal.id in complained for meal in meals),
    )  # fmt: skip


def menus_between(session: Session, community_id: int, first: date, last: date) -> list[tuple[Menu, Eaten]]:
    """Menu by menu, the first first; those of which nobody ordered anything are left out."""
    rows = session.scalars(
        sa.select(HelpRequest)
        .join(HelpRequest.menu)
        .where(Menu.community_id == community_id, Menu.date >= first, Menu.date <= last)
        .options(contains_eager(HelpRequest.menu).joinedload(Menu.meal))
    )
    by_menu: dict[Menu, list[HelpRequest]] = {}
    for meal in rows:
        if meal.menu is not None:
            by_menu.setdefault(meal.menu, []).append(meal)
    complained = _complained(session, [meal.id for meals in by_menu.values() for meal in meals])
    ordered = sorted(by_menu, key=lambda menu: (menu.date, menu.meal.serve_from, menu.id))
    return [(menu, eaten(by_menu[menu], complained)) for menu in ordered]


def together(parts: Iterable[Eaten]) -> Eaten:
    """All of them added up."""
    parts = list(parts)
    fates: Counter[Fate] = Counter()
    for part in parts:
        fates.update(part.fates)
    return Eaten(
        sum(part.ordered for part in parts), sum(part.cooked for part in parts), dict(fates),
        sum(part.on_time for part in parts), sum(part.not_good for part in parts),
    )  # fmt: skip


def _is_on_time(meal: HelpRequest) -> bool:
    return meal.closed_at is not None and meal.closed_at <= meal.wanted_until


def _complained(session: Session, ids: list[int]) -> frozenset[int]:
    if not ids:
        return frozenset()
    said_no = (Question.kind == Asked.WAS_GOOD, Question.is_yes.is_(False))
    first, last = min(ids), max(ids)
    rows = session.scalars(sa.select(Question.request_id).where(*said_no, Question.request_id.between(first, last)))
    return frozenset(rows) & frozenset(ids)
