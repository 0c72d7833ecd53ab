"""What a meal costs and what of it the community pays: a rule over values, written down when the kitchen counts."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from models.fates import RECEIVED, fate_of
from models.money import Subsidy, subsidies_of
from models.requests import HelpRequest


def age_on(born_on: date, day: date) -> int:
    """In whole years. Whoever was born on the last day of a February is a year older on the first of March."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def subsidy_for(
    price_cents: int, rules: Iterable[Subsidy], *, day: date, born_on: date | None = None, hardship: str = ""
) -> int:
    """What the community pays of one portion on that day: by the one rule that pays most, never more than its price."""
    applying = (rule for rule in rules if _applies(rule, day=day, born_on=born_on, hardship=hardship))
    return max((_paid_by(rule, price_cents) for rule in applying), default=0)


def fix_price(session: Session, request: HelpRequest) -> None:
    """Write down what a meal costs, and what of that is paid for her; once. Whatever changes later, it stays."""
    fix_prices(session, [request])


def fix_prices(session: Session, requests: Iterable[HelpRequest]) -> None:
    """As `fix_price`, for the meals among several requests of one community."""
    # A dish without a price is fixed as well: that is what the subsidy of nothing says.
    meals = [one for one in requests if one.menu is not None and one.subsidy_cents is None]
    rules = subsidies_of(session, meals[0].community_id) if meals else []
    for meal in meals:
        price = meal.dish.price_cents if meal.dish is not None else None
        meal.price_cents = None if price is None else price * meal.portions
        meal.subsidy_cents = 0 if price is None else _subsidy_of(meal, price, rules)


def is_charged(meal: HelpRequest) -> bool:
    """Has she had it, and does it have a price?"""
    return meal.price_cents is not None and fate_of(meal) in RECEIVED


def owed_for(meal: HelpRequest) -> int:
    """What she owes for it, in cents; nothing for what she has not had."""
    return (meal.price_cents or 0) - (meal.subsidy_cents or 0) if is_charged(meal) else 0


def _subsidy_of(meal: HelpRequest, price_cents: int, rules: list[Subsidy]) -> int:
    """Of the first portion; the others she pays herself."""
    assert meal.menu is not None  # noqa: S101 - only meals come here
    resident = meal.resident
    return subsidy_for(
        price_cents, rules, day=meal.menu.date, born_on=resident.born_on, hardship=resident.hardship
    )  # fmt: skip


def _applies(rule: Subsidy, *, day: date, born_on: date | None, hardship: str) -> bool:
    if day < rule.from_date or (rule.until_date is not None and day > rule.until_date):
        return False
    if rule.from_age is not None and (born_on is None or age_on(born_on, day) < rule.from_age):
        return False
    return not rule.hardship or _plain(rule.hardship) == _plain(hardship)


def _paid_by(rule: Subsidy, price_cents: int) -> int:
    half_up = (price_cents * rule.percent + 50) // 100
    return min(price_cents, half_up + rule.cents)


def _plain(word: str) -> str:
    return "".join(word.split()).casefold()
