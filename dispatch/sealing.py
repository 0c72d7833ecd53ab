"""The history cannot be changed unseen: each entry is sealed onto the one before, as links of a chain.

A seal is the SHA-256 of the seal before it and of everything the entry says. Whoever changes or removes an entry in the
database itself breaks the chain there. Whoever could make the whole chain anew is found out by a seal that was written
down elsewhere: it leaves each morning with the text to the staff; the morning page and `linli audit verify` show it.

Words of an entry are let go of when they are old, somebody is forgotten, or two are one. That is an entry itself: it
names by whom and of which, and seals what they say from then on.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.database import Database
from models.events import LETS_GO, Event
from models.installation import Installation, installation

_AT_ONCE = 200
_SAID = (Event.community_id, Event.at, Event.who, Event.verb, Event.request_id, Event.job_id, Event.from_state,
         Event.to_state)  # fmt: skip

# An entry that lets go of words of others names these by their places, each with the beginning of the mark of what it
# says now: "17:9f2c4b1e… 18:…", so many at once.
_LET_GO_AT_ONCE = 12
_LET_GO_LETTERS = 32

# How a person keeps a seal, "1234-3f2a-9b1c-5d7e": its place and how it begins, in more letters than anybody hits by
# trying.
_KEPT_LETTERS = 12
_KEPT = re.compile(r"(\d+)-([0-9a-f-]{8,})", re.ASCII)
_DASHES = dict.fromkeys(map(ord, "–—‐‑−"), "-")


@dataclass(frozen=True)
class Verdict:
    """What came of looking through the chain: how many entries are as they were written, of how many the words were let
    go, the last seal of these, and what is wrong first ("": nothing is)."""

    entries: int
    let_go: int
    seal: str
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """Is nothing wrong?"""
        return not self.fault


def seal_history(database: Database) -> int:
    """Seal what is new, in a transaction only if there is anything; how much."""
    with database.read() as session:
        is_new = session.scalars(sa.select(Event.id).where(Event.sealed_as.is_(None)).limit(1)).first() is not None
    if not is_new:
        return 0
    with database.begin() as session:
        return seal_new(session)


def seal_new(session: Session) -> int:
    """Seal the next entries that are not sealed yet; how many."""
    here = hold_chain(session)
    new = sa.select(Event.id, Event.why, *_SAID).where(Event.sealed_as.is_(None)).order_by(Event.id).limit(_AT_ONCE)
    rows = session.execute(new).all()
    if not rows:
        return 0
    place, seal, sealed = here.sealed_entries, here.last_seal, []
    for event_id, why, *said in rows:
        place += 1
        salt = secrets.token_hex(8)
        mark = _digest(salt, why)
        seal = _seal(seal, place, said, mark)
        sealed.append({"id": event_id, "sealed_as": place, "seal": seal, "salt": salt, "mark": mark})
    session.execute(sa.update(Event), sealed)
    here.sealed_entries, here.last_seal = place, seal
    return len(rows)


def hold_chain(session: Session) -> Installation:
    """Nobody else seals until we are done: two who seal would make two chains, and words that change while they are
    sealed would break one."""
    here = installation(session)
    session.refresh(here, with_for_update=True)
    return here


def say_instead(session: Session, words: Mapping[Event, str], *, who: str, now: datetime) -> None:
    """Other words in place of the reasons of these entries; `who` lets go of what they said."""
    if not words:
        return
    hold_chain(session)
    for event, why in words.items():
        event.why = why
    session.flush()
    seal_what_is_said(session, [event.id for event in words], who=who, now=now)


def seal_what_is_said(session: Session, event_ids: Iterable[int], *, who: str, now: datetime) -> None:
    """Seal what these entries say now; `who` has let go of what they said, in this transaction, which holds the chain
    (hold_chain) since before that."""
    sealed = sa.select(Event).where(Event.id.in_(list(event_ids)), Event.sealed_as.is_not(None))
    changed = sealed.order_by(Event.community_id, Event.sealed_as).execution_options(populate_existing=True)
    for community_id, theirs in groupby(session.scalars(changed).all(), key=lambda event: event.community_id):
        marks = [_marked_anew(event) for event in theirs]
        for first in range(0, len(marks), _LET_GO_AT_ONCE):
            why = " ".join(marks[first : first + _LET_GO_AT_ONCE])
            session.add(Event(community_id=community_id, at=now, who=who, verb=LETS_GO, why=why))
    session.flush()


def verify(session: Session, *, noted: str = "") -> Verdict:
    """Look through the whole chain. `noted` is a seal that was written down, or how it begins, perhaps with its place
    (see short_seal): was it ever the last, and there?"""
    place, seal, let_go, has_noted = 0, "", 0, not noted
    noted_at, noted = _read_noted(noted)
    marks_since = _marks_since(session)
    chain = sa.select(Event.id, Event.sealed_as, Event.seal, Event.salt, Event.mark, Event.why, *_SAID)
    chain = chain.where(Event.sealed_as.is_not(None)).order_by(Event.sealed_as)
    rows = session.execute(chain.execution_options(yield_per=1000))
    for event_id, at, kept, salt, mark, why, *said in rows:
        place += 1
        if at != place:
            return Verdict(place - 1, let_go, seal, f"entry {place} is missing")
        seal = _seal(seal, place, said, mark)
        begins = marks_since.get(place, mark)
        has_its_words = _digest(salt, why).startswith(begins) if begins else not salt
        if seal != kept or not has_its_words:
            return Verdict(place - 1, let_go, seal, f"entry {place} (event {event_id}) was changed")
        let_go += place in marks_since
        has_noted = has_noted or (noted_at in (None, place) and seal.startswith(noted))
    if last_seal(session) != (place, seal):
        return Verdict(place, let_go, seal, f"entries after {place} are missing")
    if not has_noted:
        return Verdict(place, let_go, seal, "the seal that was written down is nowhere in it")
    return Verdict(place, let_go, seal)


def _marked_anew(event: Event) -> str:
    event.salt = secrets.token_hex(8)
    return f"{event.sealed_as}:{_digest(event.salt, event.why)[:_LET_GO_LETTERS]}"


def _marks_since(session: Session) -> dict[int, str]:
    """By their places: the entries of which words were let go, and how the mark begins of what each says since ("": it
    was let go before that was sealed). Whether these entries are themselves as they were written, `verify` sees."""
    entries = sa.select(Event.why).where(Event.verb == LETS_GO).order_by(Event.id)
    named = (one.partition(":") for why in session.scalars(entries) for one in why.split())
    return {int(place): mark for place, _, mark in named if place.isdecimal()}


def last_seal(session: Session) -> tuple[int, str]:
    """How many entries are sealed, and the seal of the last."""
    found = session.execute(sa.select(Installation.sealed_entries, Installation.last_seal)).first()
    return (found[0], found[1]) if found else (0, "")


def short_seal(place: int, seal: str) -> str:
    """A seal as a person keeps it; "": nothing is sealed yet."""
    parts = (seal[start : start + 4] for start in range(0, _KEPT_LETTERS, 4))
    return "-".join([str(place), *parts]) if seal else ""


def _read_noted(noted: str) -> tuple[int | None, str]:
    """What somebody has written down, in whatever way: its place, if that is known, and how it begins."""
    plain = "".join(noted.translate(_DASHES).split()).casefold()
    found = _KEPT.fullmatch(plain)
    return (int(found[1]), found[2].replace("-", "")) if found else (None, plain)


def _seal(before: str, place: int, said: list[Any], mark: str) -> str:
    return _digest(before, str(place), *("" if part is None else _written(part) for part in said), mark)


def _written(part: Any) -> str:
    return str(part.isoformat()) if hasattr(part, "isoformat") else str(part)


def _digest(*parts: str) -> str:
    """Of parts that cannot run into each other."""
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
