"""What people do, as a table: drawn by how often each is done of all."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from voice.prompts import nearest


@dataclass(frozen=True)
class Manner:
    """One way of calling, answering, writing; what of it there is depends on the table (see words.toml)."""

    name: str
    often: float
    keys: tuple[str, ...] = ()
    says: str = ""
    goes: bool = False
    writes: tuple[str, ...] = ()
    after: tuple[float, float] = (0, 0)
    then: str = ""
    machine: bool = False
    silent: bool = False


def drawn(table: Mapping[str, Manner], chance: random.Random) -> Manner:
    """One of them."""
    return chance.choices(list(table.values()), [manner.often for manner in table.values()])[0]


@cache
def manners(*table: str) -> Mapping[str, Manner]:
    """The table of that name."""
    rows: Any = _data()
    for name in table:
        rows = rows.get(name, {})
    return {name: _manner(name, row) for name, row in rows.items()}


def words(language: str, about: str, chance: random.Random) -> str:
    """Something that somebody says about that, in her language or in one that is near."""
    says = _data()["says"]
    return str(chance.choice(says.get(nearest(language), says["en"])[about]))


def _manner(name: str, row: Mapping[str, Any]) -> Manner:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Manner(name, **values)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
