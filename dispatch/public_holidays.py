"""Public holidays of the community's country, as suggestions for closing days. The only file that knows the library."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from models.phones import region_of
from models.places import Community


@dataclass(frozen=True)
class Holiday:
    """A local date, and what it is called in the reader's language where that is known."""

    date: date
    name: str


def holidays_ahead(community: Community, first: date, last: date, *, language: str) -> list[Holiday]:
    """The public holidays from the first to the last day; none where the country is not known."""
    found = _holidays(region_of(community.number), tuple(range(first.year, last.year + 1)), language)
    return [holiday for holiday in found if first <= holiday.date <= last]


def days_made_up(community: Community, first: date, last: date) -> list[date]:
    """Saturdays and Sundays on which people work instead (China's 调休), from the first to the last day."""
    made_up = _made_up(region_of(community.number), tuple(range(first.year, last.year + 1)))
    return [day for day in made_up if first <= day <= last]


@lru_cache(maxsize=64)
def _holidays(region: str, years: tuple[int, ...], language: str) -> tuple[Holiday, ...]:
    calendar = _calendar(region, years, language)
    if calendar is None:
        return ()
    found = ((day, calendar[day]) for day in sorted(calendar) if day not in calendar.weekend_workdays)
    return tuple(Holiday(day, name) for day, name in found)


@lru_cache(maxsize=64)
def _made_up(region: str, years: tuple[int, ...]) -> tuple[date, ...]:
    calendar = _calendar(region, years, "")
    return () if calendar is None else tuple(sorted(day for day in calendar.weekend_workdays if day.year in years))


def _calendar(region: str, years: tuple[int, ...], language: str) -> Any:
    """The country's calendar, in the nearest it has to that language; None: the library does not know the country."""
    import holidays  # it takes a while, and only one page needs it

    try:
        plain = holidays.country_holidays(region)
    except NotImplementedError:
        return None
    spoken = {tag.lower(): tag for tag in plain.supported_languages}
    near = [tag for tag in spoken if language and tag.startswith(language.split("-")[0].lower())]
    exact = language.replace("-", "_").lower()
    chosen = exact if exact in spoken else next(iter(sorted(near)), None)
    return holidays.country_holidays(region, years=years, language=spoken[chosen] if chosen else plain.default_language)
