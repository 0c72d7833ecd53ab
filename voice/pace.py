"""How fast texts leave by one of our numbers: no faster than the network takes them, so that what is urgent does not
stand behind hundreds that can wait.

Until when a number is busy with what has left by it is kept in its community's row, so several processes keep one pace.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum


class Rank(IntEnum):
    """In this order texts leave."""

    URGENT = 0
    PRESSING = 1  # an answer, an offer: in an hour it is worth nothing
    BULK = 2


# What expires within this is sent before what keeps for a day.
PRESSES = timedelta(hours=1)
# So many segments may leave ahead of the pace: the network queues a few, and keeps their order.
_AHEAD = {Rank.URGENT: 60.0, Rank.PRESSING: 20.0, Rank.BULK: 10.0}
# However much is urgent, one bulk text leaves in the time of so many segments: nothing waits for ever.
_BULK_EVERY_SEGMENTS = 8.0
# No number is busy with more segments than this: one that seems so was busy by a clock that has been set back since.
_NEVER_AHEAD = 2 * _AHEAD[Rank.URGENT]
_ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pace:
    """So many segments in a second by one number; 0: as fast as they come."""

    segments_per_second: float = 0.0

    def free_if_busy_until(self, rank: Rank, *, now: datetime) -> datetime:
        """A text of that rank may leave if its number is not busy for longer than until then."""
        return now + self._time_of(_AHEAD[rank]) if self.segments_per_second else _ALWAYS

    def forgotten_after(self, *, now: datetime) -> datetime:
        """Whatever is said to be busy beyond this instant is not."""
        return now + self._time_of(_NEVER_AHEAD)

    def bulk_again_if_left_before(self, *, now: datetime) -> datetime:
        """If no bulk text has left since then, one may, however busy the number is."""
        return now - self._time_of(_BULK_EVERY_SEGMENTS)

    def may_leave(
        self, rank: Rank, busy_until: datetime | None, bulk_left_at: datetime | None, *, now: datetime
    ) -> bool:
        """May a text of that rank leave by a number that is busy until then?"""
        if busy_until is None or busy_until <= self.free_if_busy_until(rank, now=now):
            return True
        is_starving = bulk_left_at is None or not self.bulk_again_if_left_before(now=now) < bulk_left_at <= now
        return busy_until > self.forgotten_after(now=now) or (rank is Rank.BULK and is_starving)

    def busy_until(self, busy_until: datetime | None, segments: int, *, now: datetime) -> datetime | None:
        """Until when the number is busy once such a text has left as well; None: it never is."""
        if not self.segments_per_second:
            return None
        is_known = busy_until is not None and now < busy_until <= self.forgotten_after(now=now)
        return (busy_until if is_known and busy_until else now) + self._time_of(segments)

    def _time_of(self, segments: float) -> timedelta:
        return timedelta(seconds=segments / self.segments_per_second) if self.segments_per_second else timedelta(0)


def rank_of(*, is_urgent: bool, expires_at: datetime | None, now: datetime) -> Rank:
    """How soon it should leave."""
    if is_urgent:
        return Rank.URGENT
    return Rank.PRESSING if expires_at is not None and expires_at <= now + PRESSES else Rank.BULK
