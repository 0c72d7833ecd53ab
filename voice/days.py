"""Which day is meant: "tomorrow", "周五", "27 de noviembre". What could be two days is no day."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from babel.dates import get_month_names

from models.places import WEEKDAYS
from voice.hours import han_number
from voice.plain import plain
from voice.prompts import catalog, languages_from

# A day is named at most so long ahead; a date that lies further back than this is one of next year.
_AHEAD, _AHEAD_WITHOUT_MONTH = timedelta(days=300), timedelta(days=31)


def read_day(words: str, language: str, today: date) -> date | None:
    """The day that these words name, from `today` on, read in that language and then in the others; None: no day.

    A weekday is the next one, and today if it is today's: whoever reads it says the date back before anything is done.
    """
    bare = plain(words)
    for tag in languages_from(language):
        if bare in day_words(tag):
            return day_of(day_words(tag)[bare], today)
        for pattern in date_patterns(tag):
            if found := pattern.fullmatch(bare):
                return date_of(found, tag, today)
    return None


# 6.12. is the sixth of December wherever it is written so; "6.12", without the last dot, may be the twelfth of June.
_DOTTED = re.compile(r"(?<!\S)(?P<day>\d{1,2})\.(?P<month_number>\d{1,2})\.(?!\S)", re.ASCII)
_HAN_DIGITS = "一二三四五六七八九十"
_IN_HAN = re.compile(
    r"(?P<month_number>[一二三四五六七八九十]{1,2}|\d{1,2})月(?P<day>[一二三四五六七八九十]{1,3})[号號日]?"
)


def plain_day(words: str, at: int, today: date) -> tuple[date, int] | None:
    """The day that stands there as 6.12. or 十二月六日, whatever the language, and where it ends."""
    if at and words[at - 1] in _HAN_DIGITS:
        return None
    for pattern in (_DOTTED, _IN_HAN):
        if found := pattern.match(words, at):
            day, month = han_number(found["day"]), han_number(found["month_number"])
            read = next((one for one in _candidates(day, month, today) if one >= today), None)
            return (read, found.end()) if read else None
    return None


@cache
def day_words(tag: str) -> dict[str, str]:
    """Words that name a day in a language, as `plain` leaves them → "0" (today), "1", "2", or a weekday's code."""
    table = catalog(tag).reads.get("days", {})
    return {plain(word): meaning for meaning, words in table.items() for word in words}


def day_of(meaning: str, today: date) -> date:
    """The day that a meaning in `day_words` stands for."""
    if meaning.isdigit():
        return today + timedelta(days=int(meaning))
    return today + timedelta(days=(WEEKDAYS.index(meaning) - today.weekday()) % 7)


@cache
def date_patterns(tag: str) -> tuple[re.Pattern[str], ...]:
    """How dates are written in a language: patterns with the groups `day`, and `month` or `month_number`."""
    months = "|".join(sorted((re.escape(name) for name in _months(tag)), key=len, reverse=True))
    slots = {
        "{day}": r"(?P<day>\d{1,2})", "{month}": f"(?P<month>{months})", "{month_number}": r"(?P<month_number>\d{1,2})",
    }  # fmt: skip
    return tuple(re.compile(_filled(plain(written), slots)) for written in catalog(tag).reads["dates"]["date"])


def date_of(found: re.Match[str], tag: str, today: date) -> date | None:
    """The day that a match of one of `date_patterns` names; without a month the next one with that number."""
    parts = found.groupdict()
    day, month = int(parts["day"]), parts.get("month_number") or _months(tag).get(parts.get("month") or "")
    return next((one for one in _candidates(day, int(month) if month else None, today) if one >= today), None)


def _candidates(day: int, month: int | None, today: date) -> Iterator[date]:
    for ahead in range(13):
        year, which = divmod(today.month - 1 + ahead, 12)
        if month not in (None, which + 1):
            continue
        try:
            found = date(today.year + year, which + 1, day)
        except ValueError:  # there is no such day in that month
            continue
        if found - today <= (_AHEAD if month else _AHEAD_WITHOUT_MONTH):
            yield found


@cache
def _months(tag: str) -> dict[str, int]:
    """Names of the months, whole and short, as `plain` leaves them."""
    locale = catalog(tag).locale
    named = {
        plain(name): number
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=locale).items()
    }
    return {name: number for name, number in named.items() if not name.isdigit()}


def _filled(pattern: str, slots: dict[str, str]) -> str:
    parts = re.split(r"(\{\w+\})", pattern)
    return "".join(slots.get(part, re.escape(part)) for part in parts)
