"""The words of lists (words.toml): headings and values in every language, and the sentences about mistakes."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

_ALIKE = str.maketrans("", "", " \u3000-_*:：")


def plain(word: str) -> str:
    """A word without what writers vary: case, width, spaces, hyphens, underscores, and the marks behind a heading."""
    return unicodedata.normalize("NFKC", word).casefold().translate(_ALIKE)


@lru_cache(maxsize=1)
def tables() -> Any:
    """Everything in words.toml."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def columns(kind: str) -> dict[str, str]:
    """Heading, as `plain` leaves it → the column it means, for one kind of list."""
    return by_word(tables()["columns"][kind])


def column_names(kind: str) -> tuple[str, ...]:
    """The columns of one kind of list, by the names of the contract."""
    return tuple(tables()["columns"][kind])


@lru_cache(maxsize=8)
def values(table: str) -> dict[str, str]:
    """Word, as `plain` leaves it → what it means: of "languages", "days", "services", "meals" or "roles"."""
    return by_word(tables()[table])


def languages() -> tuple[str, ...]:
    """The tags of the languages that residents and volunteers can be spoken with in."""
    return tuple(tables()["languages"])


@lru_cache(maxsize=1)
def day_groups() -> dict[str, list[str]]:
    """Words for several weekdays at once."""
    return {plain(word): group["days"] for group in tables()["day_groups"].values() for word in group["words"]}


def by_word(meanings: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """A table of meanings and their words, turned round."""
    return {plain(word): meaning for meaning, words in meanings.items() for word in words}


def sentence(key: str, language: str, **blanks: object) -> str:
    """A sentence in that language, in its nearest kin, or in English."""
    return _in_language("sentences", key, language).format(**blanks)


def word(key: str, language: str) -> str:
    """A word that is stored, in that language, in its nearest kin, or in English."""
    return _in_language("words", key, language)


def spoken(language: str) -> str:
    """The shipped language that is nearest to a tag or a LANG: "zh_CN.UTF-8" and "yue" → "zh-CN", "fr" → "en"."""
    first = language.replace("_", "-").split("-")[0].split(".")[0].casefold()
    family = "zh" if first == "yue" else first
    return next((tag for tag in tables()["sentences"] if tag.split("-")[0] == family), "en")


def _in_language(table: str, key: str, language: str) -> str:
    shipped = tables()[table]
    return str(shipped[language if language in shipped else spoken(language)][key])
