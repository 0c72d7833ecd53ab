"""What people hear and read: sentences as data, one TOML file per language, and their rendering."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from dispatch.telling import Sentence
from models import phones
from voice.links import MASK

Medium = Literal["voice", "text"]
_SPACES = re.compile(r"\s+")
_LIST_ENDS = re.compile(r"[,，、]$")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Catalog:
    """One language: its sentences, spoken and written, and how it tells times.

    `somebody` is what whoever practises and is not known is called. `folds` are letters that would cut a text from 160
    letters to 70, and what is written in their place.
    """

    tag: str
    name: str
    locale: str
    say_language: str
    say_voice: str
    rate: str
    joiner: str
    somebody: str
    folds: Mapping[int, str]
    formats: Mapping[str, str]
    voice: Mapping[str, str]
    text: Mapping[str, str]
    words: tuple[str, ...]
    reads: Mapping[str, Mapping[str, list[str]]]
    card: Mapping[str, Any]

    def pattern(self, prompt: str, medium: Medium) -> str:
        """The sentence for that prompt: the written form where there is one, else the spoken one. KeyError: a bug."""
        if medium == "text" and prompt in self.text:
            return self.text[prompt]
        return self.voice[prompt] if prompt in self.voice else self.text[prompt]


@dataclass(frozen=True)
class Setting:
    """Where and when something is said: blanks such as "today" depend on it."""

    language: str
    zone: ZoneInfo
    now: datetime
    medium: Medium
    community: str

    @property
    def catalog(self) -> Catalog:
        """The sentences of this language, or of its nearest relative that is shipped."""
        return catalog(self.language)


@cache
def languages() -> tuple[str, ...]:
    """The tags of the languages shipped."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def languages_from(tag: str) -> tuple[str, ...]:
    """The language that serves `tag`, and then the others: in this order what somebody writes is read."""
    own = nearest(tag)
    return (own, *(other for other in languages() if other != own))


def nearest(tag: str) -> str:
    """The shipped language that serves somebody who wants `tag`: "zh-TW" → "zh-CN", "es-MX" → "es", others → "en"."""
    if tag in languages():
        return tag
    parts = tag.casefold().replace("_", "-").split("-")
    if parts[0] == "zh" and _CANTONESE_LANDS & set(parts):
        return "yue"
    family = _FAMILIES.get(parts[0], parts[0])
    return next((known for known in languages() if known.split("-")[0] == family), "en")


# Languages that are read or understood by speakers of another, until they have a file of their own.
_FAMILIES = {"cantonese": "yue", "cmn": "zh", "wuu": "zh", "nan": "zh", "hak": "zh"}
# Where "Chinese" on the telephone is Cantonese.
_CANTONESE_LANDS = {"hk", "mo"}


def in_language(words: Mapping[str, str], tag: str) -> str:
    """What staff wrote in several languages, in this one, in the nearest of them, or in any; "" if it is in none."""
    wanted = (nearest(tag), tag, *_NEXT_BEST.get(nearest(tag), ()), "en")
    return next((words[one] for one in wanted if words.get(one)), next(iter(words.values()), ""))


# In which language somebody is served where her own was left out.
_NEXT_BEST = {"yue": ("zh-CN",)}


@cache
def catalog(tag: str) -> Catalog:
    """The catalog that serves `tag`."""
    known = nearest(tag)
    with (_FOLDER / f"{known}.toml").open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    about = data["language"]
    return Catalog(
        tag=known, name=about["name"], locale=about["locale"], say_language=about["say_language"],
        say_voice=about["say_voice"], rate=about["rate"], joiner=about["joiner"], somebody=about["somebody"],
        folds=str.maketrans(about.get("folds", {})), formats=data["formats"], voice=data["voice"], text=data["text"],
        words=tuple(data["door_words"]["words"]), reads=data["reads"], card=data["card"],
    )  # fmt: skip


def render(sentences: list[Sentence], setting: Setting) -> list[str]:
    """The sentences as they are said or written; a sentence that is empty in this medium is left out."""
    said = (render_one(prompt, blanks, setting) for prompt, blanks in sentences)
    return [words[0].upper() + words[1:] for words in said if words]


def render_text(sentences: list[Sentence], setting: Setting) -> str:
    """A whole text: the sentences one after the other; a list of choices that is the end of it ends like a sentence."""
    words = setting.catalog.joiner.join(render(sentences, setting))
    return _LIST_ENDS.sub(setting.catalog.formats["stop"], words)


def render_one(prompt: str, blanks: Mapping[str, Any], setting: Setting) -> str:
    """One sentence with its blanks filled. Raises KeyError for a prompt or a blank that does not exist: a bug."""
    pattern = setting.catalog.pattern(prompt, setting.medium)
    filled = pattern.format_map({"community": setting.community, **{k: say(v, setting) for k, v in blanks.items()}})
    words = _SPACES.sub(" ", filled).strip()
    return words.translate(setting.catalog.folds) if setting.medium == "text" else words


def say(blank: Any, setting: Setting) -> str:
    """One blank in words (see dispatch.blanks)."""
    if not isinstance(blank, dict):
        return str(blank)
    kind, value = next(iter(blank.items()))
    return str(_KINDS[kind](value, setting))


def _say_clock(iso: str, setting: Setting) -> str:
    local = datetime.fromisoformat(iso).astimezone(setting.zone)
    which = ("clock_one" if local.hour % 12 == 1 else "clock") + ("" if local.minute else "_full")
    return format_time(local.time(), setting.catalog.formats[which], locale=setting.catalog.locale)


def _say_moment(iso: str, setting: Setting) -> str:
    day = datetime.fromisoformat(iso).astimezone(setting.zone).date()
    return setting.catalog.formats["moment"].format(day=_day(day, setting), clock=_say_clock(iso, setting))


def _say_span(both: list[str], setting: Setting) -> str:
    start, end = (datetime.fromisoformat(iso).astimezone(setting.zone) for iso in both)
    if end <= setting.now:
        return setting.catalog.formats["overdue"]
    has_begun = start <= setting.now + timedelta(minutes=5)
    kind = "from" if end.date() != start.date() else "until" if has_begun else "span"
    return setting.catalog.formats[kind].format(
        day=_day(start.date(), setting), start=_say_clock(both[0], setting), end=_say_clock(both[1], setting)
    )


def _say_day(iso: str, setting: Setting) -> str:
    return _day(date.fromisoformat(iso), setting)


def _say_names(by_language: dict[str, str], setting: Setting) -> str:
    return in_language(by_language, setting.language)


def _say_phone(number: str, setting: Setting) -> str:
    shown = phones.national(number)
    return " ".join(c for c in shown if c.isdigit()) if setting.medium == "voice" else shown


def _say_money(cents: int, setting: Setting) -> str:
    return format_decimal(cents / 100, format="0.00" if cents % 100 else "0", locale=setting.catalog.locale)


def _say_word(which: list[Any], setting: Setting) -> str:
    index, language = which
    words = catalog(str(language)).words
    return words[int(index) % len(words)]


def _say_sentence(inner: list[Any], setting: Setting) -> str:
    return render_one(inner[0], inner[1], setting)


def _say_list(items: list[Any], setting: Setting) -> str:
    return setting.catalog.formats["comma"].join(say(item, setting) for item in items)


def _say_invitation(which: list[Any], setting: Setting) -> str:
    return MASK


_KINDS: dict[str, Callable[[Any, Setting], str]] = {
    "$clock": _say_clock,
    "$moment": _say_moment,
    "$span": _say_span,
    "$day": _say_day,
    "$names": _say_names,
    "$phone": _say_phone,
    "$money": _say_money,
    "$word": _say_word,
    "$sentence": _say_sentence,
    "$list": _say_list,
    "$invitation": _say_invitation,
}


def _day(day: date, setting: Setting) -> str:
    away = (day - setting.now.astimezone(setting.zone).date()).days
    relative = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(away)
    if relative:
        return setting.catalog.formats[relative]
    return format_date(day, setting.catalog.formats["day"], locale=setting.catalog.locale)
