"""The known parts of a text: days, meals, dishes, services, numbers and words of the tables, with spaces or without."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from dispatch.offered import Offered
from voice.days import date_of, date_patterns, day_of, day_words
from voice.plain import plain
from voice.prompts import catalog

# So much of a text is looked at where it is only pointed at what it may be about.
_LOOKED_AT = 480
# So many cuts are tried before a text is left to a person.
_TRIES = 2000
_GAP = re.compile(r"[\s.,;:!。，；：！、&+-]*")
_DIGITS = re.compile(r"\d{1,2}")
# "8号楼" is a house, not a day.
_OF_A_HOUSE = frozenset("楼樓院门門室栋棟单單幢层層座房")


@dataclass(frozen=True)
class Part:
    """A word or phrase that was recognised: of which kind, and what it stands for."""

    kind: str
    value: str = ""


def parts_in(text: str, language: str, today: date, offered: Offered) -> set[str]:
    """The kinds of words that stand anywhere in a text: no reading, only what a person who reads it is pointed at."""
    words = plain(text)[:_LOOKED_AT]
    found: set[str] = set()
    lexicon, at = lexicon_of(catalog(language).tag, offered), 0
    while at < len(words):
        here = next((one for one in known_at(words, at, catalog(language).tag, lexicon, today)), None)
        if here is None:
            at = next_word(words, at)
        else:
            found.add(here[0].kind)
            at = here[1]
    return found


def ways_to_cut(
    words: str, tag: str, lexicon: "Lexicon", today: date, at: int = 0, budget: list[int] | None = None
) -> Iterator[tuple[Part, ...]]:
    """Every way to cut the words from `at` on into known parts, the longest part first; a bound keeps it short."""
    budget = [_TRIES] if budget is None else budget
    at = _gap(words, at)
    if at == len(words):
        yield ()
        return
    for part, end in known_at(words, at, tag, lexicon, today):
        budget[0] -= 1
        if budget[0] < 0:
            return
        for rest in ways_to_cut(words, tag, lexicon, today, end, budget):
            yield (part, *rest)


def known_at(words: str, at: int, tag: str, lexicon: "Lexicon", today: date) -> Iterator[tuple[Part, int]]:
    """What can begin here, the longest first: dates, words of the tables, numbers."""
    for pattern in date_patterns(tag):
        found = pattern.match(words, at)
        if not found or not _ends_a_word(words, found.end()) or _numbers_a_dish(words, at, found.end(), lexicon):
            continue
        if words[found.end() : found.end() + 1] in _OF_A_HOUSE:
            continue
        if day := date_of(found, tag, today):
            yield Part("day", day.isoformat()), found.end()
    for length in range(min(lexicon.longest, len(words) - at), 0, -1):
        part = lexicon.parts.get(words[at : at + length])
        if part is not None and _ends_a_word(words, at + length) and _begins_a_word(words, at):
            value = day_of(part.value, today).isoformat() if part.kind == "day" else part.value
            yield Part(part.kind, value), at + length
    if (number := _DIGITS.match(words, at)) and not words[number.end() : number.end() + 1].isdigit():
        yield Part("number", number[0]), number.end()


@dataclass(frozen=True)
class Lexicon:
    """What can be recognised, by how it is written, and how long the longest of it is."""

    parts: Mapping[str, Part]
    longest: int


def lexicon_of(tag: str, offered: Offered) -> Lexicon:
    """What can be recognised in a language, and what is offered."""
    named = {plain(name): Part("dish", name) for name in offered.dishes}
    services = {plain(name): Part("service", str(id_)) for name, id_ in offered.services.items()}
    meals = {plain(name): Part("meal", code) for name, code in offered.meals.items()}
    parts = {**_single_words(offered.dishes), **meals, **_own_words(tag), **services, **named}
    return Lexicon(parts, max(map(len, parts)))


def _single_words(dishes: Sequence[str]) -> dict[str, Part]:
    """ "soup" is the tomato soup where no other dish has that word; what is meant is said back before it is ordered."""
    by_word: dict[str, set[str]] = {}
    for dish in dishes:
        for word in plain(dish).split():
            by_word.setdefault(word, set()).add(dish)
            by_word.setdefault(f"{word}s", set()).add(dish)
    return {
        word: Part("dish", next(iter(of)))
        for word, of in by_word.items()
        if len(of) == 1 and len(word) > 3 and word.isascii()
    }


@cache
def _own_words(tag: str) -> dict[str, Part]:
    reads = catalog(tag).reads
    words = {word: Part("day", meaning) for word, meaning in day_words(tag).items()}
    words |= {plain(word): Part("number", number) for number, many in reads["numbers"].items() for word in many}
    words |= {plain(word): Part("meal", meal) for meal, many in reads["meals"].items() for word in many}
    words |= {plain(word): Part("thanks") for many in reads["thanks"].values() for word in many}
    words |= {plain(word): Part(kind) for kind, many in reads["parts"].items() for word in many}
    words |= {plain(word): Part("away", "hospital") for word in reads["hospital"]["hospital"]}
    words |= {plain(word): Part("distress") for word in reads["distress"]["distress"]}
    return words


def _numbers_a_dish(words: str, at: int, end: int, lexicon: Lexicon) -> bool:
    """ "2号餐" is the second dish, though "2号" alone would be a day."""
    number = _DIGITS.match(words, at)
    start = number.end() if number else at
    longer = (words[start:behind] for behind in range(end + 1, min(start + lexicon.longest, len(words)) + 1))
    return any((part := lexicon.parts.get(one)) and part.kind == "number_of_dish" for one in longer)


def _is_letter(sign: str) -> bool:
    """A letter of a script that is written with spaces between words."""
    return sign.isalpha() and ord(sign) < 0x2E80


def _begins_a_word(words: str, at: int) -> bool:
    return at == 0 or not (_is_letter(words[at]) and _is_letter(words[at - 1]))


def _ends_a_word(words: str, at: int) -> bool:
    return at >= len(words) or not (_is_letter(words[at - 1]) and _is_letter(words[at]))


def _gap(words: str, at: int) -> int:
    found = _GAP.match(words, at)
    return found.end() if found else at


def next_word(words: str, at: int) -> int:
    """Behind the word, or the letter of a script without spaces, that begins here."""
    if not _is_letter(words[at]):
        return at + 1
    while at < len(words) and _is_letter(words[at]):
        at += 1
    return at
