"""Findings, and the words for them: a key with its blanks, put into words only when somebody reads it (words.toml)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from dispatch.lists import words


class Mark(StrEnum):
    """How bad it is. In the order in which findings are told."""

    WRONG = "wrong"  # somebody will not be served, or something will be lost
    LOOK = "look"  # a person should judge it
    OK = "ok"


@dataclass(frozen=True)
class Word:
    """A blank that has a word of its own in every language."""

    key: str


@dataclass(frozen=True)
class Finding:
    """What one check has found. Its mark and its words stand in the catalog under `key`."""

    key: str
    blanks: Mapping[str, object] = field(default_factory=dict)
    subject: str = ""

    @property
    def mark(self) -> Mark:
        """How bad it is."""
        return Mark(catalog()["findings"][self.key]["mark"])

    def told(self, language: str) -> tuple[str, str]:
        """The finding as a sentence, and its cure ("" when all is well)."""
        sentence, *cure = catalog()["findings"][self.key][language]
        blanks = {name: _said(value, language) for name, value in self.blanks.items()}
        return sentence.format_map(blanks), "".join(cure).format_map(blanks)

    def about(self, language: str) -> str:
        """What it is about, in a word."""
        return str(catalog()["subjects"][self.subject][language])


def found(key: str, **blanks: object) -> Finding:
    """A finding. Blanks are texts and numbers, a Word, names by language (a dict), or several of these (a tuple)."""
    return Finding(key, blanks)


@lru_cache(maxsize=1)
def catalog() -> Any:
    """Everything in words.toml."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def phrase(key: str, language: str, **blanks: object) -> str:
    """Something that is said around the findings."""
    return str(catalog()["phrases"][key][language]).format(**blanks)


def languages() -> tuple[str, ...]:
    """The languages in which the doctor speaks."""
    return tuple(catalog()["phrases"]["nothing"])


def spoken(language: str) -> str:
    """The one that is nearest to a tag."""
    return language if language in languages() else words.spoken(language)


def told_by_server(sentence: str) -> Mapping[str, str]:
    """A sentence of /healthz by language, as far as the catalog knows it."""
    known: Mapping[str, str] = catalog()["health"].get(sentence, {})
    return {"en": sentence, **known}


def _said(value: object, language: str) -> str:
    if isinstance(value, Word):
        return str(catalog()["words"][value.key][language])
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or next(iter(value.values()), ""))
    if isinstance(value, tuple):
        return phrase("between", language).join(_said(item, language) for item in value)
    return str(value)
