"""What the telephone has cost in some days: counted always, priced by the carrier where it says so, else estimated."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
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


def traffic_of(session: Session, community: Community, first: date, last: date) -> dict[date, Traffic]:
    """Day by day; days without any are left out."""
    found: dict[date, Traffic] = defaultdict(Traffic)
    for made_at, direction, segments, price, unit in session.execute(_texts(community, first, last)):
        _text(found[community.local(made_at).date()], direction, segments, price, unit)
    for made_at, direction, began, ended, price, unit in session.execute(_calls(community, first, last)):
        _call(found[community.local(made_at).date()], direction, began, ended, price, unit)
    return dict(found)


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


def minutes_of(began: datetime | None, ended: datetime | None) -> int:
    """As carriers count: a minute that has begun is one; a call that nobody picked up has none."""
    return ceil((ended - began) / timedelta(minutes=1)) if began is not None and ended is not None else 0


def _texts(community: Community, first: date, last: date) -> Any:
    columns = (Message.made_at, Message.direction, Message.segments, Message.price, Message.price_unit)
    # What never left has no segments.
    return _within(sa.select(*columns), Message, community, first, last).where(Message.segments > 0)


def _calls(community: Community, first: date, last: date) -> Any:
    columns = (Call.made_at, Call.direction, Call.started_at, Call.ended_at, Call.price, Call.price_unit)
    return _within(sa.select(*columns), Call, community, first, last).where(Call.call_sid.is_not(None))


def _within(query: Any, kind: Any, community: Community, first: date, last: date) -> Any:
    begins, ends = community.at(first, time()), community.at(last + timedelta(days=1), time())
    return query.where(kind.community_id == community.id, kind.made_at >= begins, kind.made_at < ends)


def _text(into: Traffic, direction: Direction, segments: int, price: float | None, unit: str) -> None:
    if direction is Direction.OUTBOUND:
        into.texts_out += 1
    else:
        into.texts_in += 1
    into.segments += segments
    if price is None:
        into.unpriced_segments += segments
    else:
        into.priced[unit] += price


def _call(
    into: Traffic, direction: Direction, began: datetime | None, ended: datetime | None, price: float | None, unit: str
) -> None:
    minutes = minutes_of(began, ended)
    if direction is Direction.OUTBOUND:
        into.calls_out += 1
    else:
        into.calls_in += 1
    into.minutes += minutes
    if price is None:
        into.unpriced_minutes += minutes
    else:
        into.priced[unit] += price
