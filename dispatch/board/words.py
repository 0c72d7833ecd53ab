"""The board's sentences and dates in the reader's language, from gettext catalogs that are read once at the start."""

import io
import logging
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from models.phones import national
from models.places import Community

# The languages of these pages: tags as people and prompts have them → the catalog that serves them. Residents and
# volunteers are spoken with in more of them (lists/words.toml).
LANGUAGES = {"en": "en", "zh-CN": "zh_Hans"}
_CATALOGS = Path(__file__).parent / "locale"
_FIRST_STRONG, _POP = "\u2068", "\u2069"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Words:
    """One language: sentences by their key, `{blanks}` filled."""

    tag: str
    locale: Locale
    keys: frozenset[str]
    catalog: Translations

    def has(self, key: str) -> bool:
        """Is there such a sentence?"""
        return key in self.keys

    def t(self, key: str, /, **blanks: object) -> str:
        """The sentence of that key."""
        return self._filled(key, str(self.catalog.gettext(key)), blanks)

    def n(self, key: str, count: int, /, **blanks: object) -> str:
        """The sentence of that key as it is said for that many."""
        return self._filled(key, str(self.catalog.ngettext(key, key, count)), {"count": count, **blanks})

    def known(self, family: str, key: str) -> str:
        """The sentence `family.key` if there is one, else the words themselves (what a person wrote)."""
        whole = f"{family}.{key}"
        return self.t(whole) if self.has(whole) else key

    def why_not(self, code: str) -> str:
        """Why something was not sent: in words where there are some, else the carrier's number for it."""
        is_unknown_number = code.isdigit() and not self.has(f"error.{code}")
        return self.t("error.carrier", code=code) if is_unknown_number else self.known("error", code)

    def named(self, names: Mapping[str, str]) -> str:
        """A name that the community wrote in several languages, in this one if it did."""
        family = self.tag.split("-")[0]
        near = (name for tag, name in names.items() if tag.split("-")[0] == family)
        name = names.get(self.tag) or next(near, None) or next(iter(names.values()), "")
        return name[:1].upper() + name[1:]

    def language(self, tag: str) -> str:
        """What a language is called."""
        if self.has(f"language.{tag}"):
            return self.t(f"language.{tag}")
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.locale) or tag
        except (ValueError, UnknownLocaleError):
            return tag

    def _filled(self, key: str, sentence: str, blanks: Mapping[str, object]) -> str:
        if key not in self.keys:
            _log.error("the board has no sentence %r in %s", key, self.tag)
            return key
        return sentence.format(**{name: _isolated(value) for name, value in blanks.items()}) if blanks else sentence


@dataclass(frozen=True)
class Wall:
    """Instants as the community's wall clock shows them, in the reader's language."""

    words: Words
    community: Community
    now: datetime

    @property
    def stamp(self) -> str:
        """Now, with its day."""
        return stamp(self.words, self.community.local(self.now))

    @property
    def today(self) -> date:
        """The community's local date."""
        return self.community.local(self.now).date()

    def time(self, instant: datetime) -> str:
        """The time of day: "09:05"."""
        return self.community.local(instant).strftime("%H:%M")

    def day(self, local: date) -> str:
        """A local date, by name if it is near."""
        near = {0: "day.today", 1: "day.tomorrow", -1: "day.yesterday"}.get((local - self.today).days)
        return self.words.t(near) if near else self.dated(local)

    def dated(self, local: date) -> str:
        """A local date by its number, as paper needs it, which is read on other days too."""
        return str(format_skeleton("MMMEd", local, locale=self.words.locale))

    def hours(self, start: datetime, end: datetime) -> str:
        """From when until when, without the day: "11:00–12:30"."""
        return f"{self.time(start)}–{self.time(end)}"

    def full_day(self, local: date) -> str:
        """A local date, however near it is: for paper."""
        return str(format_skeleton("MMMEd", local, locale=self.words.locale))

    def month(self, first: date) -> str:
        """A month with its year, by its first day."""
        return str(format_skeleton("yMMMM", first, locale=self.words.locale))

    def moment(self, instant: datetime) -> str:
        """The time alone if it is today, else with its day."""
        local = self.community.local(instant)
        return self.time(instant) if local.date() == self.today else f"{self.day(local.date())} {self.time(instant)}"

    def span(self, start: datetime, end: datetime) -> str:
        """From when until when: "today 11:00–12:30"."""
        day = self.day(self.community.local(start).date())
        if self.community.local(end).date() == self.community.local(start).date():
            return f"{day} {self.time(start)}–{self.time(end)}"
        return f"{day} {self.time(start)} – {self.moment(end)}"

    def age(self, since: datetime) -> str:
        """How long ago, in one unit: "12 min"."""
        gone = max(self.now - since, timedelta())
        if gone < timedelta(minutes=1):
            return self.words.t("age.now")
        locale = self.words.locale
        return str(format_timedelta(gone, granularity="minute", threshold=1.5, format="short", locale=locale))

    def money(self, cents: int) -> str:
        """A sum of the community's currency, without its sign (we do not know it)."""
        return str(format_decimal(cents / 100, "#,##0.00", locale=self.words.locale))

    def said(self, blank: Any) -> str:
        """A blank of a promised sentence (see dispatch.blanks), in the reader's language."""
        if not isinstance(blank, dict) or len(blank) != 1:
            return str(blank)
        (kind, value), *_ = blank.items()
        shown = _SHOWN.get(kind)
        return shown(self, value) if shown else ""

    def number_in(self, blank: Any) -> str:
        """The telephone number that such a blank holds, as it is dialled; "" for any other."""
        return str(blank.get("$phone", "")) if isinstance(blank, dict) else ""


def shown_number(number: str | None) -> str:
    """A number as people here write it; what the carrier said, if it is none."""
    return national(number) if number and number.startswith("+") and number[1:].isdigit() else number or ""


def stamp(words: Words, local: datetime) -> str:
    """A local moment with its day, whatever day it is: "Mon, Nov 23 09:05"."""
    return f"{format_skeleton('MMMEd', local.date(), locale=words.locale)} {local:%H:%M}"


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)


# How each kind of blank is shown; one that is not here is left out.
_SHOWN: dict[str, Callable[[Wall, Any], str]] = {
    "$clock": lambda wall, value: wall.time(_at(value)),
    "$moment": lambda wall, value: wall.moment(_at(value)),
    "$span": lambda wall, value: wall.span(_at(value[0]), _at(value[1])),
    "$day": lambda wall, value: wall.day(date.fromisoformat(value)),
    "$names": lambda wall, value: wall.words.named(value),
    "$phone": lambda wall, value: national(value),
    "$money": lambda wall, value: wall.money(value),
    "$list": lambda wall, value: wall.words.t("sign.list").join(wall.said(item) for item in value),
    "$sentence": lambda wall, value: " · ".join(str(wall.said(item)) for item in value[1].values()),
}


@cache
def words_of(tag: str) -> Words:
    """The words for a language tag; languages that the board does not speak read English."""
    spoken = "zh-CN" if tag.lower().startswith(("zh", "yue", "cmn")) else "en"
    folder = LANGUAGES[spoken]
    with (_CATALOGS / folder / "LC_MESSAGES" / "board.po").open("rb") as file:
        catalog = read_po(file, locale=folder)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    keys = (message.id if isinstance(message.id, str) else message.id[0] for message in catalog)
    return Words(spoken, Locale.parse(folder), frozenset(keys) - {""}, Translations(compiled))


def _isolated(value: object) -> object:
    """A blank that runs from right to left is set apart, so that it does not turn the sentence around it."""
    if not isinstance(value, str) or not any(unicodedata.bidirectional(c) in _TURNING for c in value):
        return value
    return f"{_FIRST_STRONG}{value}{_POP}"


_TURNING = frozenset({"R", "AL", "RLE", "RLO", "LRO", "LRE", "RLI"})
