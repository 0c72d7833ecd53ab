"""Words are struck out wherever they stand: in every text of every table, but where people and places are entered."""

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.events import LETS_GO, Event
from models.keyring import keyring_of
from models.locked import Locked, LockedJson, LockedText
from models.phones import national

STRUCK = "…"
# Columns in which words can stand.
_WORDS = (sa.String, sa.JSON, LockedText, LockedJson)
# Where people, places and what is offered are entered: of two people with one name, only one is forgotten.
ENTERED = frozenset(
    {"communities", "zones", "services", "meals", "kitchens", "staff", "residents", "volunteers", "contacts", "dishes",
     "menus", "subsidies", "reply_words", "leases", "backups", "staff_sessions", "phones", "threads"}
)  # fmt: skip
# What the house and the carrier write in words of their own: "ed" is no name in "SM3ed4…", nor "en" in "en-GB". A
# number in `phone` is somebody's, or nobody's: whoever forgets sees whose.
HOUSE_WORDS = frozenset(
    {"phone", "sid", "message_sid", "call_sid", "recording_sid", "media_type", "language", "error_code", "price_unit",
     "vouched", "who", "seen_by", "written_by", "issued_by", "verb", "from_state", "to_state", "salt", "mark", "seal",
     "last_seal"}
)  # fmt: skip
# Where words are struck out in some rows of a table only: marks of words are none.
_IN_ROWS = {"events": Event.verb != LETS_GO}
# Shorter words would strike out parts of others.
_SHORTEST_NAME, _SHORTEST_PLACE = 2, 4


def ways_to_write(names: Iterable[str], places: Iterable[str], numbers: Iterable[str]) -> list[str]:
    """How a person may be written down: by name, where she lives, her numbers in any notation; the longest first."""
    found = {name for name in names if len(name) >= _SHORTEST_NAME}
    found |= {place for place in places if len(place) >= _SHORTEST_PLACE}
    for number in numbers:
        found |= {number, number.removeprefix("+"), national(number), "".join(filter(str.isdigit, national(number)))}
    return sorted((word for word in found if word.strip()), key=len, reverse=True)


def strike(session: Session, words: Sequence[str]) -> dict[str, set[int]]:
    """Strike these words out of everything that was ever written; which rows of which tables had them."""
    struck: dict[str, set[int]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in ENTERED:
            continue
        for column in table.c:
            is_text = isinstance(column.type, _WORDS) and not isinstance(column.type, sa.Enum)
            if is_text and column.name not in HOUSE_WORDS:
                found = strike_in(session, table, column, words, where=_IN_ROWS.get(table.name))
                struck.setdefault(table.name, set()).update(found)
    return struck


def strike_in(
    session: Session, table: Any, column: Any, words: Sequence[str], *, where: sa.ColumnElement[bool] | None = None
) -> set[int]:
    """Strike them out of one column of a table, or only of those of its rows; which rows had them."""
    session.flush()
    if not words:
        return set()
    found = set()
    pattern, stored = _pattern(tuple(words)), sa.cast(column, sa.Text)
    spelled = {*words, *(json.dumps(word)[1:-1] for word in words)}  # JSON is kept in ASCII
    having = sa.select(table.c.id, column).where(column.is_not(None))
    if not _is_locked(session, column):  # else nobody but us can see what stands there
        having = having.where(sa.or_(*(stored.contains(word, autoescape=True) for word in spelled)))
    for row_id, value in session.execute(having if where is None else having.where(where)).all():
        struck = _without(value, pattern)
        if struck != value:
            session.execute(sa.update(table).where(table.c.id == row_id).values({column.name: struck}))
            found.add(row_id)
    session.expire_all()
    return found


def _is_locked(session: Session, column: Any) -> bool:
    return isinstance(column.type, Locked) and bool(keyring_of(session.get_bind().dialect).names)


@lru_cache(maxsize=4)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of these words; in the Latin alphabet only where it is a word of its own: "Al" does not stand in "Also"."""
    return re.compile(
        "|".join(rf"(?<![A-Za-z]){re.escape(w)}(?![A-Za-z])" if w.isascii() else re.escape(w) for w in words)
    )


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(STRUCK, value)
    if isinstance(value, list):
        return [_without(one, pattern) for one in value]
    if isinstance(value, dict):
        return {key: _without(one, pattern) for key, one in value.items()}
    return value
