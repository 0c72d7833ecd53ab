"""Which food a word means, whatever the language: so that "no peanuts" meets "花生". The words are in foods.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).with_suffix(".toml")


def is_ruled_out(contained: str, avoided: str) -> bool:
    """May it be wrong to give what contains the one to whoever avoids the other? Both as people write them; unknown
    words are compared as they are: ("花生", "peanuts") → True, ("meat", "pork") → True, ("fish", "prawns") → False."""
    return _same(contained, avoided) or bool(_included(_meant(contained)) & _included(_meant(avoided)))


def foods_of_diet(term: str) -> frozenset[str]:
    """The foods that a way to eat rules out, such as "vegetarian"; nothing for a word that is none."""
    return _diets().get(_plain(term), frozenset())


def is_of_kind(dish: str, words: str) -> bool:
    """Does every one of these words name a kind of which that dish is, in whatever language: 冬瓜排骨汤, "rib soup"?

    False when one of them names no kind of dish.
    """
    wanted = [_plain(word) for word in words.split()]
    return bool(wanted) and all(any(_stands_in(dish, kind) for kind in _kinds_named(word)) for word in wanted)


def _stands_in(dish: str, kind: Any) -> bool:
    name = _plain(dish)
    for other in kind.get("but", ()):
        name = name.replace(other, "")
    in_words = {_plain(word) for word in name.split()}
    return any(word in in_words if word.isascii() else word in name for word in kind["words"])


def _kinds_named(word: str) -> list[Any]:
    return [kind for kind in _data()["kinds"].values() if word in kind["words"]]


def _meant(word: str) -> frozenset[str]:
    return _foods().get(_plain(word), frozenset())


def _included(foods: frozenset[str]) -> frozenset[str]:
    includes = _data()["foods"]
    deeper = frozenset(part for food in foods for part in includes[food].get("includes", ()))
    return foods | _included(deeper) if deeper - foods else foods


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(word: str) -> str:
    """Without case, and without the ending of an English or Spanish plural."""
    word = word.strip().casefold()
    return word[:-1] if word.isascii() and word.endswith("s") and not word.endswith("ss") else word


@cache
def _data() -> Any:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))


@cache
def _foods() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for food, about in _data()["foods"].items():
        for word in about["words"]:
            found[_plain(word)] = found.get(_plain(word), frozenset()) | {food}
    return found


@cache
def _diets() -> dict[str, frozenset[str]]:
    diets = _data()["diets"].values()
    return {_plain(word): frozenset(about["avoids"]) for about in diets for word in about["words"]}
