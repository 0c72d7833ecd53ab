"""What stands in two entries of one person, and which of it stays: what is filled before what is not, the newer before
the older, and what must not be lost of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.likeness import written
from dispatch.telling import named
from models.events import Event
from models.people import Resident, Volunteer

Someone = TypeVar("Someone", Resident, Volunteer)
KEPT, GONE_ONE, BOTH = "kept", "gone", "both"
_ENTRIES = ("enter", "edit")


@dataclass(frozen=True)
class Part:
    """Something that an entry says: the columns that belong together, and what the board calls it."""

    name: str
    columns: tuple[str, ...]
    label: str
    between: str = ""  # what stands between the two where both can stay
    most: int = 0  # … if they are no longer than this together

    def value(self, row: Resident | Volunteer) -> tuple[Any, ...]:
        """What that entry says."""
        return tuple(getattr(row, column) for column in self.columns)

    def is_filled(self, row: Resident | Volunteer) -> bool:
        """Does it say anything?"""
        return any(value not in (None, "", [], {}, 0) for value in self.value(row))


def _part(name: str, *columns: str, label: str = "", between: str = "", most: int = 0) -> Part:
    return Part(name, columns or (name,), label or f"field.{name}", between, most)


PARTS: dict[type[Any], tuple[Part, ...]] = {
    Resident: (
        _part("name"),
        _part("language"),
        _part("zone", "zone_id"),
        _part("address"),
        _part("place", "latitude", "longitude"),
        _part("pace"),
        _part("door_note", between=" · ", most=300),
        _part("diet", between="; ", most=200),
        _part("born_on"),
        _part("hardship"),
    ),
    Volunteer: (
        _part("name"),
        _part("language"),
        _part("speaks", label="field.speaks"),
        _part("days"),
        _part("max_per_day"),
        _part("max_per_week"),
        _part("hours", label="asked.hours"),
        _part("quiet", "quiet_from", "quiet_until", label="asked.quiet"),
        _part("reach_km", "reach_metres"),
        _part("place", "latitude", "longitude"),
        _part("vetted_until"),
        _part("vehicle"),
    ),
}
# What is settled without being asked: two numbers have room for two, the first consent stands, and so on.
SETTLED = frozenset(
    {
        "id",
        "community_id",
        "phone",
        "other_phone",
        "enrolled_at",
        "consent",
        "withdrawn_at",
        "follows_id",
        "forgotten_at",
    }
)


@dataclass(frozen=True)
class Choice:
    """What stays of two entries: for each part KEPT, GONE_ONE or BOTH; what is not named is as by default."""

    parts: Mapping[str, str] = field(default_factory=dict)
    phone: str | None = None
    other_phone: str | None = None
    standing: str = KEPT  # whose standing order stays where both have one for a meal of a weekday
    has_left: bool = False  # where only one of the entries has moved or died: is that so?


def differing(kept: Someone, gone: Someone) -> list[Part]:
    """What the two say differently."""
    return [part for part in PARTS[type(kept)] if _plainly(part.value(kept)) != _plainly(part.value(gone))]


def may_be_both(part: Part, kept: Someone, gone: Someone) -> bool:
    """Can what both say stay, one behind the other?"""
    return bool(part.between) and len(joined(part, kept, gone)) <= part.most


def joined(part: Part, kept: Someone, gone: Someone) -> str:
    """What both say, once."""
    one, other = (str(part.value(row)[0]) for row in (kept, gone))
    if written(other).joined in written(one).joined:
        return one
    return other if written(one).joined in written(other).joined else f"{one}{part.between}{other}"


def by_default(part: Part, kept: Someone, gone: Someone, *, newer: Someone) -> str:
    """What stays if nobody says otherwise."""
    if not part.is_filled(gone) or not part.is_filled(kept):
        return KEPT if part.is_filled(kept) else GONE_ONE
    if may_be_both(part, kept, gone):
        return BOTH
    return KEPT if newer is kept else GONE_ONE


def numbers(kept: Someone, gone: Someone) -> list[str]:
    """All their numbers, those that are rung first first."""
    rung = (kept.phone, gone.phone, kept.other_phone, gone.other_phone)
    return list(dict.fromkeys(number for number in rung if number))


def newer_of(session: Session, kept: Someone, gone: Someone) -> Someone:
    """Which entry somebody last wrote in."""

    def written_at(row: Someone) -> tuple[str, int]:
        about = (Event.community_id == row.community_id, Event.why == named(row), Event.verb.in_(_ENTRIES))
        last = session.scalar(sa.select(sa.func.max(Event.at)).where(*about))
        return (last.isoformat() if last else "", row.id)

    return max((kept, gone), key=written_at)


def take_over(kept: Someone, gone: Someone, choice: Choice, *, newer: Someone) -> None:
    """Everything that stays stands in the one that is kept."""
    for part in differing(kept, gone):
        stays = choice.parts.get(part.name) or by_default(part, kept, gone, newer=newer)
        if stays == BOTH and may_be_both(part, kept, gone):
            setattr(kept, part.columns[0], joined(part, kept, gone))
        elif stays == GONE_ONE:
            for column in part.columns:
                setattr(kept, column, getattr(gone, column))
    known = numbers(kept, gone)
    first = choice.phone if choice.phone in known else next(iter(known), None)
    others = [number for number in known if number != first]
    second = choice.other_phone if choice.other_phone in others else None
    kept.phone, kept.other_phone = first, second or (others[0] if len(others) == 1 else None)
    said_yes = [row for row in (kept, gone) if row.enrolled_at is not None]
    first_yes = min(said_yes, key=lambda row: row.enrolled_at or row.id, default=None)
    if first_yes is not None:
        kept.enrolled_at, kept.consent = first_yes.enrolled_at, first_yes.consent
    _heed_the_last_word(kept, gone, [row.enrolled_at for row in said_yes if row.enrolled_at])
    if isinstance(kept, Resident) and isinstance(gone, Resident):
        ahead = kept.follows_id or gone.follows_id
        kept.follows_id = None if ahead in (kept.id, gone.id) else ahead


def _heed_the_last_word(kept: Someone, gone: Someone, said_yes: list[datetime]) -> None:
    """Whoever has wanted nothing any more, and has not said yes since, is left in peace in either entry."""
    kept.withdrawn_at = max((row.withdrawn_at for row in (kept, gone) if row.withdrawn_at), default=None)
    if kept.withdrawn_at is not None and all(at <= kept.withdrawn_at for at in said_yes):
        kept.enrolled_at, kept.consent = None, None
    else:
        kept.withdrawn_at = None


def _plainly(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(None if one in ("", [], {}) else one for one in value)
