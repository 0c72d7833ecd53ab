"""Which sentences can be recorded whole, and the number of each, by which it is asked for on the telephone."""

import string
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from voice.prompts import catalog

# The name of the community is the same in every call: a sentence with it can be recorded whole.
_CONSTANT = frozenset({"community"})
DIGITS = 3


@dataclass(frozen=True)
class Numbered:
    """A sentence that can be recorded: its number, its key, and what the machine says."""

    number: int
    key: str
    words: str


@cache
def can_be_recorded(prompt: str, language: str) -> bool:
    """Is it a sentence of its own in this language, the same every time that it is heard?"""
    pattern = catalog(language).voice.get(prompt)
    return bool(pattern) and _blanks(pattern or "") <= _CONSTANT


@cache
def numbers() -> dict[int, str]:
    """The prompts by number. A number is never given to another sentence: what staff have written down stays true."""
    listed = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["prompts"]
    return {number: prompt for number, prompt in enumerate(listed, start=1) if can_be_recorded(prompt, "en")}


def numbered(community: str, language: str) -> Iterator[Numbered]:
    """Everything that can be recorded in a language, in the order of the numbers, for a community of that name."""
    for number, prompt in numbers().items():
        if can_be_recorded(prompt, language):
            yield Numbered(number, prompt, catalog(language).voice[prompt].format(community=community))


def _blanks(pattern: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(pattern) if name)
