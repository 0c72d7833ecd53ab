"""What the telephone has cost in some days: counted always, priced by the carrier where it says so, else estimated."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Community
from models.traffic import Call, Direction, Message


@dataclass
class Traffic:
    """Texts and calls of some time, and what they cost as far as that is known."""

    texts_out: int = 0
    texts_in: int = 0
    segments: int = 0  # of those that left and those that came
    calls_out: int = 0
    calls_in: int = 0
    minutes: int = 0  # each call rounded up, as carriers count them
    priced: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # currency → what the carrier said
    unpriced_segments: int = 0
    unpriced_minutes: int = 0

    @property
    def texts(self) -> int:
        """In and out."""
        return self.texts_out + self.texts_in

    @property
    def calls(self) -> int:
        """In and out."""
        return self.calls_out + self.calls_in

    @property
    def is_all_priced(self) -> bool:
        """Has the carrier said of everything what it cost?"""
        return not self.unpriced_segments and not self.unpriced_minutes

    def estimate(self, community: Community) -> float | None:
        """What of it has no price yet, by what staff say that a segment and a minute cost; None: they say nothing."""
        segment, minute = community.segment_price, community.minute_price
        if (self.unpriced_segments and segment is None) or (self.unpriced_minutes and minute is None):
            return None
        return self.unpriced_segments * (segment or 0) + self.unpriced_minutes * (minute or 0)


def traffic_of(session: Session, community: Community, first: date, last: date) -> Traffic:
    """Of these days, the first and the last included; added up by the database."""
    found = Traffic()
    for direction, unit, is_priced, count, segments, price in session.execute(_texts(community, first, last)):
        _add_texts(found, direction, count, segments)
        _add_price(found, unit, price) if is_priced else _add_unpriced(found, segments=segments)
    for direction, unit, is_priced, count, minutes, price in session.execute(_calls(community, first, last)):
        _add_calls(found, direction, count, minutes)
        _add_price(found, unit, price) if is_priced else _add_unpriced(found, minutes=minutes)
    return found


def together(parts: Iterable[Traffic]) -> Traffic:
    """All of it added up."""
    total = Traffic()
    for part in parts:
        for name in _SUMMED:
            setattr(total, name, getattr(total, name) + getattr(part, name))
        for unit, price in part.priced.items():
            total.priced[unit] += price
    return total


_SUMMED = ("texts_out", "texts_in", "segments", "calls_out", "calls_in", "minutes", "unpriced_segments",
           "unpriced_minutes")  # fmt: skip


def _texts(community: Community, first: date, last: date) -> Any:
    # What never left has no segments.
    return _summed(Message, Message.segments, community, first, last).where(Message.segments > 0)


def _calls(community: Community, first: date, last: date) -> Any:
    return _summed(Call, Call.minutes, community, first, last).where(Call.call_sid.is_not(None))


def _summed(kind: Any, size: Any, community: Community, first: date, last: date) -> Any:
    begins, ends = community.within_days(first, last)
    groups = (kind.direction, kind.price_unit, kind.price.is_not(None))
    sums = (sa.func.count(), sa.func.sum(size), sa.func.sum(kind.price))
    within = (kind.community_id == community.id, kind.made_at >= begins, kind.made_at < ends)
    return sa.select(*groups, *sums).where(*within).group_by(*groups)


def _add_texts(into: Traffic, direction: Direction, count: int, segments: int) -> None:
    if direction is Direction.OUTBOUND:
        into.texts_out += count
    else:
        into.texts_in += count
    into.segments += segments


def _add_calls(into: Traffic, direction: Direction, count: int, minutes: int) -> None:
    if direction is Direction.OUTBOUND:
        into.calls_out += count
    else:
        into.calls_in += count
    into.minutes += minutes


def _add_price(into: Traffic, unit: str, price: float) -> None:
    into.priced[unit] += price


def _add_unpriced(into: Traffic, *, segments: int = 0, minutes: int = 0) -> None:
    into.unpriced_segments += segments
    into.unpriced_minutes += minutes
