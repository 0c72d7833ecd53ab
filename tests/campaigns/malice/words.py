"""The hostile strings of hostile.toml, each with a mark of its own, and a deck that deals them out field by field."""

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product
from pathlib import Path

_LIST = Path(__file__).parent.parent / "hostile.toml"
MARK = re.compile(r"zq\d{3}")
_NUMBER = re.compile(r"_\d+(_|$)")


@dataclass(frozen=True)
class Word:
    """One hostile string. Its mark stands somewhere in it."""

    mark: str
    family: str
    text: str


def words():
    """All of them, no string twice."""
    with _LIST.open("rb") as file:
        families = tomllib.load(file)
    patterns = {pattern: name for name, told in families.items() for pattern in _patterns(told)}
    marked = ((f"zq{number:03d}", name, pattern) for number, (pattern, name) in enumerate(patterns.items()))
    return [Word(mark, name, pattern.replace("§", mark)) for mark, name, pattern in marked]


def _patterns(told):
    crossed = map("".join, product(told.get("first", ()), told.get("second", ())))
    # The mark stands in front as well: what is long is cut off behind.
    repeated = (f"{end}{piece * often}{end}" for piece, often, end in told.get("repeated", ()))
    return chain(told.get("strings", ()), crossed, repeated)


@lru_cache(maxsize=100_000)
def plain(text):
    """What is left of a text when everything that moves or hides is taken away: so that the two sides of a comparison
    differ only where something was read as more than text."""
    kept = (sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cs"))
    # A browser shows NUL as a sign of its own; headings begin with a capital letter.
    return "".join(kept).replace("\ufffd", "").casefold()


@dataclass
class Deck:
    """Some of the strings, dealt so that every field gets each of them in turn, and neighbours different ones."""

    words: list[Word]
    dealt: Counter = field(default_factory=Counter)
    reached: dict = field(default_factory=lambda: defaultdict(set))  # field → the marks that were put there

    def deal(self, place):
        """The next string for that field."""
        start = sum(map(ord, place))
        word = self.words[(start + self.dealt[place]) % len(self.words)]
        self.dealt[place] += 1
        self.reached[_NUMBER.sub("_", place)].add(word.mark)
        return word.text

    def __len__(self):
        return len(self.words)
