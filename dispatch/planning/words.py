"""The words of simulations (words.toml): what is printed and drawn, in the languages of the board."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from dispatch.planning.figures import Figures, share_of
from dispatch.planning.plan import NotASetting


@lru_cache(maxsize=1)
def catalog() -> Any:
    """Everything in words.toml."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def said(key: str, language: str, **blanks: object) -> str:
    """A word or sentence in that language, or in English."""
    known = catalog()["said"][key]
    return str(known.get(language, known["en"])).format(**blanks)


def refused(fault: NotASetting, language: str) -> str:
    """The sentence for what is no setting."""
    return said(fault.key, language, **fault.blanks)


def lines(figures: Figures, language: str) -> list[tuple[str, str]]:
    """Every figure with its name, in the order in which they are read."""
    each = figures.jobs_each
    values: list[tuple[str, str]] = [
        ("requests", said("of_which", language, meals=figures.meals, helps=figures.helps, all=figures.requests)),
        ("done", str(figures.done)),
        ("cancelled", str(figures.cancelled)),
        ("unmet", f"{figures.unmet} ({percent(figures.unmet_share)})"),
        ("broken_promises", str(figures.broken_promises)),
        ("still_open", str(figures.still_open)),
        ("minutes", _median_and_ninetieth(figures.minutes, language)),
        ("meal_minutes", _median_and_ninetieth(figures.meal_minutes, language)),
        ("help_minutes", _median_and_ninetieth(figures.help_minutes, language)),
        ("accepted", str(figures.accepted)),
        ("offers_per_job", f"{figures.offers_per_job:.1f}"),
        ("texts_per_job", f"{figures.texts_per_job:.1f}"),
        ("calls", f"{figures.calls / figures.days:.1f}"),
        ("jobs_each", said("spread", language, least=each[0], median=share_of(each, 0.5), most=each[-1])),
        ("gini", f"{figures.gini:.2f}"),
        ("alerts", f"{figures.alerts_a_day:.1f}"),
    ]
    return [(said(key, language), value) for key, value in values]


COLUMNS = ("unmet", "median", "ninetieth", "texts_per_job", "jobs_each_short", "gini", "alerts")


def row(figures: Figures) -> list[str]:
    """The figures by which settings are compared, one for each of COLUMNS."""
    each = figures.jobs_each
    return [
        percent(figures.unmet_share), _whole(share_of(figures.minutes, 0.5)), _whole(share_of(figures.minutes, 0.9)),
        f"{figures.texts_per_job:.1f}", f"{each[0]}/{share_of(each, 0.5)}/{each[-1]}", f"{figures.gini:.2f}",
        f"{figures.alerts_a_day:.1f}",
    ]  # fmt: skip


def percent(share: float) -> str:
    """0.0234 as "2.3 %"."""
    return f"{share * 100:.1f} %"


def _median_and_ninetieth(values: tuple[int, ...], language: str) -> str:
    if not values:
        return said("nobody", language)
    return said("median_and_ninetieth", language, median=share_of(values, 0.5), ninetieth=share_of(values, 0.9))


def _whole(value: int | None) -> str:
    return "-" if value is None else str(value)
