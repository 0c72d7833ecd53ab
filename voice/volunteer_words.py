"""What a volunteer writes besides the digits: CALL, MINE, MORE, LATE, OFF, ON; and a yes to which she adds a time.

A yes with a time behind it is a yes; with anything else behind it, it is none, and a person reads it.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from voice.days import read_day
from voice.own_words import NO_WORDS, OwnWords
from voice.plain import plain
from voice.prompts import catalog, languages_from
from voice.reading import Read, is_question, read_text

# The intentions of [reads.volunteer], which stand as keys.
WISHES = frozenset({"call", "mine", "more", "late", "off", "on", "not_me"})
_ABOUT_A_JOB = ("call", "more", "late")
# What a question mark takes nothing from.
_ASKED = ("mine", "more")
_WORDS_AND_CODE = re.compile(r"^(.+?)[\s,#.:-]*(\d{1,6})(?:[\s,#.:-]+(\d))?$")
_CODE_AND_WORDS = re.compile(r"^#?(\d{2,6})[\s,#.:-]+(\D+)$")
_CODE = r"(?:\s*#?(?P<code>\d{2,6})(?![\d:.]|\s*[ap]\.?m))?"
_BETWEEN = r"[\s,.;:!、，。-]*"
_HOUR = r"(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?"
_MOST_DAYS = 60


@dataclass(frozen=True)
class Written:
    """A volunteer's text: what it says, what she added to a yes, when she is off (None: from today, until ON), and how
    many minutes late she will be, if she said so."""

    read: Read
    added: str = ""
    until: date | None = None
    minutes: int | None = None
    since: date | None = None


def read_volunteer(text: str, language: str, today: date, own: OwnWords = NO_WORDS) -> Written:
    """Read a volunteer's text, in her language and then in the others."""
    read = read_text(text, language, ("volunteer",), own)
    if read.intent in WISHES:
        return Written(Read(key=read.intent))
    if read:
        return Written(read)
    words = plain(text)
    if wish := _with_numbers(words, language, own):
        return Written(wish)
    if is_question(text):
        asked = _wish_in(words, language, own)
        return Written(Read(key=asked) if asked in _ASKED else read)
    return (
        _off(words, language, today)
        or _late_by(words, language)
        or _yes_and_when(text, words, language, own)
        or Written(read)
    )


def _with_numbers(words: str, language: str, own: OwnWords) -> Read:
    if not (found := _WORDS_AND_CODE.match(words)) or not words[found.start(2) :].isascii():
        found = _CODE_AND_WORDS.match(words)
        return _wish(found[2], (found[1],), language, own) if found and found[1].isascii() else Read()
    return _wish(found[1], found.groups()[1:], language, own)


def _wish_in(words: str, language: str, own: OwnWords) -> str:
    return read_text(words, language, ("volunteer",), own).intent


def _wish(words: str, numbers: tuple[str | None, ...], language: str, own: OwnWords) -> Read:
    intent = _wish_in(words, language, own)
    return Read(key=intent, numbers=tuple(int(n) for n in numbers if n)) if intent in _ABOUT_A_JOB else Read()


def _late_by(words: str, language: str) -> Written | None:
    for tag in languages_from(language):
        for pattern in _table(tag)["late"]:
            if found := re.fullmatch(pattern, words):
                minutes = 30 if found["half"] else 60 if found["hour"] else _count(found["n"], tag)
                return Written(Read(key="late"), minutes=minutes) if minutes else None
    return None


def _off(words: str, language: str, today: date) -> Written | None:
    for tag in languages_from(language):
        for phrase in _longest(catalog(tag).reads["volunteer"]["off"]):
            rest = words.removeprefix(phrase)
            if rest == words or (phrase.isascii() and rest[:1].isalnum()):
                continue
            rest = rest.strip(" ,.:;-，。、")
            if (until := _last_day(rest, tag, today)) is not None:
                return Written(Read(key="off"), until=until)
            if span := _from_to(rest, tag, today):
                return Written(Read(key="off"), since=span[0], until=span[1])
    return None


def _from_to(rest: str, tag: str, today: date) -> tuple[date, date] | None:
    """A first and a last day: "from Friday to Sunday"."""
    for before in _longest(_table(tag)["until"]):
        first, found, last = rest.partition(f" {before} " if before.isascii() else before)
        begun = next((word for word in _longest(_table(tag)["since"]) if first.startswith(word)), "")
        since = read_day(first, tag, today) or read_day(first.removeprefix(begun), tag, today)
        if found and since and (until := read_day(last, tag, since)) and until >= since:
            return since, until
    return None


def _last_day(rest: str, tag: str, today: date) -> date | None:
    table = _table(tag)
    for pattern in table["days"]:
        if found := re.fullmatch(pattern, rest):
            days = _count(found["n"], tag)
            return today + timedelta(days=days - 1) if 0 < days <= _MOST_DAYS else None
    for before in _longest(table["until"]):
        if rest.startswith(before) and (day := read_day(rest.removeprefix(before), tag, today)):
            return day
    return today if read_day(rest, tag, today) == today else None


def _count(written: str, tag: str) -> int:
    if written.isdecimal():
        return int(written)
    numbers = catalog(tag).reads["numbers"]
    small = next((int(digit) for digit, names in numbers.items() if written in map(plain, names)), 0)
    return small or _tens(tag).get(written, 0)


@cache
def _tens(tag: str) -> dict[str, int]:
    return {plain(name): number for name, number in _kept(tag)["tens"].items()}


def _yes_and_when(text: str, words: str, language: str, own: OwnWords) -> Written | None:
    for tag in languages_from(language):
        found = _yes_pattern(tag, _own_yes(tag, own)).fullmatch(words)
        if found is None or found["yes"] in _table(tag)["unsure"]:
            continue
        code = (int(found["code"]),) if found["code"] else ()
        return Written(Read(key="1", numbers=code), added=text.strip()[:200])
    return None


def _own_yes(tag: str, own: OwnWords) -> tuple[str, ...]:
    here = own.get((tag, "volunteer"), {}) if own else {}
    return tuple(phrase for phrase, meaning in here.items() if meaning == "1")


@lru_cache(maxsize=500)
def _yes_pattern(tag: str, own: tuple[str, ...]) -> re.Pattern[str]:
    table = _table(tag)
    yes = "|".join(_spelled(phrase) for phrase in [*_longest([*catalog(tag).reads["volunteer"]["1"], *own]), "1"])
    but = "|".join(_spelled(phrase) for phrase in _longest(table["but"]))
    when = "|".join(table["when"])
    return re.compile(f"(?P<yes>{yes}){_CODE}{_BETWEEN}(?:(?:{but}){_BETWEEN})?(?P<when>{when})")


def _spelled(phrase: str) -> str:
    """A phrase in letters ends where its last word does; a digit is one by itself."""
    return re.escape(phrase) + (r"(?![a-z0-9])" if phrase.isascii() else "")


@cache
def _kept(tag: str) -> dict[str, Any]:
    kept: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))[tag]
    return kept


@cache
def _table(tag: str) -> dict[str, list[str]]:
    kept = _kept(tag)
    numbers = [plain(name) for names in catalog(tag).reads["numbers"].values() for name in names]
    word = "(?:" + "|".join(map(re.escape, [*numbers, *map(plain, kept["beyond_nine"])])) + ")"
    count = "|".join([r"\d{1,3}", *map(re.escape, sorted(_tens(tag), key=len, reverse=True)), word])
    slots = {"{much}": str(kept["much"]), "{hour}": _HOUR, "{word}": word, "{n}": f"(?P<n>{count})"}
    table = {name: [plain(one) for one in kept[name]] for name in ("but", "unsure", "until", "since")}
    return table | {name: [_filled(one, slots) for one in kept[name]] for name in ("when", "days", "late")}


def _filled(pattern: str, slots: dict[str, str]) -> str:
    for slot, written in slots.items():
        pattern = pattern.replace(slot, written)
    return pattern


def _longest(phrases: list[str]) -> list[str]:
    return sorted({plain(phrase) for phrase in phrases}, key=len, reverse=True)
