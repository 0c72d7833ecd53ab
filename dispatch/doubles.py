"""Who is probably entered twice: by the number, the name and the address, without those whom staff have told apart."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import TypeVar

import sqlalchemy as sa
from rapidfuzz.distance import OSA
from sqlalchemy.orm import Session

from dispatch.likeness import is_like, name_key, written
from models.doubles import NotTheSame, told_apart
from models.people import Resident, Volunteer
from models.places import Community

Someone = TypeVar("Someone", Resident, Volunteer)
# More people than this at one number or one address are a home, and its people are compared by name alone.
_A_HOME = 40


@dataclass(frozen=True)
class Double:
    """Two entries that are probably one person, and why: a key of the board's words."""

    first_id: int
    other_id: int
    why: str


@dataclass(frozen=True)
class _Entry:
    id: int
    name: str
    phones: tuple[str, ...]
    address: str


def probable_doubles(session: Session, community: Community, kind: type[Resident] | type[Volunteer]) -> list[Double]:
    """All such pairs, the surest first: by one number, then by one address, then by numbers that are nearly one."""
    entries = _entries(session, community, kind)
    apart = told_apart(session, kind, community.id)
    found: dict[frozenset[int], Double] = {}
    for why, pairs in (
        ("same_number", _alike(_by_number(entries))),
        ("same_address", _alike(_by_address(entries))),
        ("near_number", _nearly(_by_name(entries))),
    ):
        for first, other in pairs:
            pair = frozenset((first.id, other.id))
            if pair not in apart:
                found.setdefault(pair, Double(min(pair), max(pair), why))
    return list(found.values())


def tell_apart(session: Session, one: Someone, other: Someone, *, who: str, now: datetime) -> None:
    """They are two: they are not proposed again."""
    if frozenset((one.id, other.id)) in told_apart(session, type(one), one.community_id):
        return
    is_resident = isinstance(one, Resident)
    ids = {"resident_id": one.id, "other_resident_id": other.id} if is_resident else {
        "volunteer_id": one.id, "other_volunteer_id": other.id,
    }  # fmt: skip
    session.add(NotTheSame(community_id=one.community_id, at=now, who=who, **ids))


def _entries(session: Session, community: Community, kind: type[Resident] | type[Volunteer]) -> list[_Entry]:
    address = Resident.address if kind is Resident else sa.literal("")
    columns = (kind.id, kind.name, kind.phone, kind.other_phone, address)
    rows = session.execute(
        sa.select(*columns).where(kind.community_id == community.id, kind.forgotten_at.is_(None)).order_by(kind.id)
    )
    return [
        _Entry(row_id, name, tuple(phone for phone in (first, second) if phone), lives)
        for row_id, name, first, second, lives in rows
    ]


def _by_number(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    return _together((phone, entry) for entry in entries for phone in dict.fromkeys(entry.phones))


def _by_address(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    lived = ((written(entry.address).joined, entry) for entry in entries)
    return _together((address, entry) for address, entry in lived if address)


def _by_name(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    return _together((name_key(entry.name), entry) for entry in entries)


def _together(keyed: Iterable[tuple[Hashable, _Entry]]) -> Iterator[list[_Entry]]:
    groups: dict[Hashable, list[_Entry]] = defaultdict(list)
    for key, entry in keyed:
        groups[key].append(entry)
    return (group for group in groups.values() if len(group) > 1)


def _alike(groups: Iterable[list[_Entry]]) -> Iterator[tuple[_Entry, _Entry]]:
    for group in groups:
        for part in [group] if len(group) <= _A_HOME else list(_by_name(group)):
            yield from ((one, other) for one, other in combinations(part, 2) if is_like(one.name, other.name))


def _nearly(groups: Iterable[list[_Entry]]) -> Iterator[tuple[_Entry, _Entry]]:
    for group in groups:
        yield from ((one, other) for one, other in combinations(group, 2) if _are_near(one, other))


def _are_near(one: _Entry, other: _Entry) -> bool:
    """Numbers with one slip between them: a digit too many or too few, another one, or two the wrong way round."""
    return any(OSA.distance(a, b, score_cutoff=1) <= 1 for a in one.phones for b in other.phones)
