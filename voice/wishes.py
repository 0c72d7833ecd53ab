"""What somebody wants in one line: "2 lunches on Friday, please", "明天午饭两份", "away until Sunday".

A line is read only if every word of it is known and all of it makes one wish; it is never guessed from a part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import takewhile

from dispatch.offered import Offered
from voice.own_words import NO_WORDS, OwnWords
from voice.parts import Part, lexicon_of, ways_to_cut
from voice.plain import plain
from voice.prompts import languages_from
from voice.reading import Read, read_text

# Longer than this it is no wish in one line; a person reads it.
_LONGEST = 120
_MOST_DAYS_AWAY = 60


class Kind(StrEnum):
    """What a wish is about."""

    ORDER = "order"
    OFF = "off"
    AWAY = "away"
    BACK = "back"
    HELP = "help"


@dataclass(frozen=True)
class Wish:
    """One wish. `dish` is a dish's name as on the menu, `dish_key` its number; empty where nothing was said of it."""

    kind: Kind
    meal: str = ""  # the meal's code; "" where it was not said
    day: date | None = None
    count: int | None = None  # portions; None where it was not said
    dish: str = ""
    dish_key: str = ""
    service_id: int | None = None
    half: str = ""  # "morning" or "afternoon"
    days: int | None = None  # so many days away from tomorrow on; None: until she is back

    @property
    def is_plain(self) -> bool:
        """An order without anything but a meal: what she always has."""
        return self.kind is Kind.ORDER and not (self.day or self.count or self.dish or self.dish_key)


def read_line(
    text: str, language: str, tables: tuple[str, ...], today: date, offered: Offered, own: OwnWords = NO_WORDS
) -> Read | Wish:
    """A resident's line: by the tables, and what they do not know as a wish. What is only a word for a menu's key, such
    as "shopping", is the wish for that service where the community has it."""
    read = read_text(text, language, tables, own)
    is_word = not read.numbers and not plain(text).isdigit()
    if read.intent in ("", "usual", "off") and is_word:
        wish = read_wish(text, language, today, offered)
        if wish is not None and (not read.key or wish.kind is Kind.HELP):
            return wish
    return Wish(_PLAIN[read.intent]) if read.intent in _PLAIN else read


def read_wish(text: str, language: str, today: date, offered: Offered) -> Wish | None:
    """The one wish that this text is, by its language, then the others; None: none for certain."""
    words = plain(text)
    if not words or len(words) > _LONGEST:
        return None
    for tag in languages_from(language):
        for parts in ways_to_cut(words, tag, lexicon_of(tag, offered), today):
            if (wish := _wish(parts, today)) is not None:
                return wish
    return None


# Words of the tables that are a wish by themselves.
_PLAIN = {"usual": Kind.ORDER, "off": Kind.OFF}
_EVERYWHERE = frozenset({"courtesy", "want", "for", "thanks"})
# What may stand in a wish of each kind, besides courtesies; the first that fits decides.
_MAY_HOLD: tuple[tuple[str, Kind, frozenset[str]], ...] = (
    ("back", Kind.BACK, frozenset({"back"})),
    ("away", Kind.AWAY, frozenset({"away", "until", "day", "number", "days"})),
    ("off", Kind.OFF, frozenset({"off", "meal", "day"})),
    ("service", Kind.HELP, frozenset({"service", "day", "morning", "afternoon"})),
    ("", Kind.ORDER, frozenset({"meal", "day", "count", "portion", "dish", "dish_key", "usual"})),
)
_NONE = Part("")
# At most one of each: who names two days means something that a person must read.
_ONCE = ("meal", "day", "number", "count", "portion", "dish", "dish_key", "service", "days", "usual", "off", "away")
# A number is a count where one of these follows it, or one of those stands before it; "lunch 2" may be the second dish.
_COUNTED, _COUNTING = frozenset({"portion", "meal", "dish", "dish_key", "usual"}), frozenset({"portion", "for"})


def _wish(parts: tuple[Part, ...], today: date) -> Wish | None:
    if any(part.kind == "thanks" for part in parts[: len(parts) - _polite_end(parts)]):
        return None  # "thanks for lunch" is no order
    told = [part for part in _numbered(parts) if part.kind not in _EVERYWHERE]
    found = _meals_together(
        {kind: [part.value for part in told if part.kind == kind] for kind in {p.kind for p in told}}
    )
    if not found or any(len(found.get(kind, ())) > 1 for kind in _ONCE):
        return None
    which, may_hold = next((kind, may) for sign, kind, may in _MAY_HOLD if not sign or sign in found)
    if set(found) - may_hold:
        return None
    one = {kind: values[0] for kind, values in found.items()}
    day = date.fromisoformat(one["day"]) if "day" in one else None
    return _MAKERS[which](one, day, today)


def _polite_end(parts: tuple[Part, ...]) -> int:
    """How many parts at the end are only polite."""
    polite = takewhile(lambda part: part.kind in ("thanks", "courtesy"), reversed(parts))
    return len(list(polite))


def _numbered(parts: tuple[Part, ...]) -> list[Part]:
    """What its numbers are: a dish beside the word for one ("dish 2", "2号餐"), a count where something is counted."""
    told = _dishes_by_number([part for part in parts if part.kind not in ("courtesy", "want", "thanks")])
    numbered: list[Part] = []
    for at, part in enumerate(told):
        before, behind = (told[at - 1] if at else _NONE), (told[at + 1] if at + 1 < len(told) else _NONE)
        is_counted = behind.kind != "days" and (behind.kind in _COUNTED or before.kind in _COUNTING)
        numbered.append(Part("count", part.value) if part.kind == "number" and is_counted else part)
    return numbered


def _dishes_by_number(parts: list[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        if joined and {joined[-1].kind, part.kind} == {"number", "number_of_dish"}:
            joined[-1] = Part("dish_key", joined[-1].value or part.value)
        else:
            joined.append(part)
    return joined


def _meals_together(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """ "Lunch meal" names one meal: "any" beside a certain one says nothing more."""
    meals = [meal for meal in found.get("meal", []) if meal != "any"] or found.get("meal", [])[:1]
    return {**found, "meal": meals} if meals else found


def _order(one: Mapping[str, str], day: date | None, today: date) -> Wish | None:
    if "portion" in one and "count" not in one:
        return None
    # A day by itself is an answer to something; by itself it is no order.
    if not set(one) & {"meal", "dish", "dish_key", "usual", "count"}:
        return None
    count = int(one["count"]) if "count" in one else None
    if count == 0:
        return None
    meal = "" if one.get("meal") == "any" else one.get("meal", "")
    return Wish(Kind.ORDER, meal, day, count, one.get("dish", ""), one.get("dish_key", ""))


def _off(one: Mapping[str, str], day: date | None, today: date) -> Wish | None:
    if not set(one) & {"meal", "day"}:
        return None
    return Wish(Kind.OFF, "" if one.get("meal") == "any" else one.get("meal", ""), day)


def _away(one: Mapping[str, str], day: date | None, today: date) -> Wish | None:
    if ("number" in one) != ("days" in one) or ("until" in one and day is None) or (day and "number" in one):
        return None
    if day is not None and "until" not in one:
        # "Away on Friday" is one day, and what is kept begins tomorrow: only tomorrow itself is certain.
        return Wish(Kind.AWAY, days=1) if day == today + timedelta(days=1) else None
    days = (day - today).days if day else int(one["number"]) if "number" in one else None
    return None if days is not None and not 1 <= days <= _MOST_DAYS_AWAY else Wish(Kind.AWAY, days=days)


def _back(one: Mapping[str, str], day: date | None, today: date) -> Wish | None:
    return Wish(Kind.BACK)


def _help(one: Mapping[str, str], day: date | None, today: date) -> Wish | None:
    halves = [half for half in ("morning", "afternoon") if half in one]
    if len(halves) > 1:
        return None
    return Wish(Kind.HELP, day=day, service_id=int(one["service"]), half=halves[0] if halves else "")


_MAKERS = {Kind.ORDER: _order, Kind.OFF: _off, Kind.AWAY: _away, Kind.BACK: _back, Kind.HELP: _help}
