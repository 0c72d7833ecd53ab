"""The ways out: the first carrier, and a second account or number by which things leave while the first fails."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from models.places import Community
from voice.carrier.client import Carrier
from voice.carrier.errors import CarrierError

# A single refusal to connect is a hiccup; after so many in a row the way counts as failing.
HICCUPS = 2
# A failing way is tried again after this, with one text and not with all that wait.
_RESTS = timedelta(seconds=30)

_Found = TypeVar("_Found")


@dataclass
class Way:
    """One way out, and whether it has failed lately. Several threads may use it: a wrong guess costs one attempt."""

    carrier: Carrier
    failures: int = 0
    _rests_until: datetime | None = field(default=None, repr=False)

    @property
    def is_failing(self) -> bool:
        """Did the last few attempts all fail?"""
        return self.failures >= HICCUPS

    def is_resting(self, now: datetime) -> bool:
        """Is it not worth an attempt yet? (A clock that has been set back ends the rest.)"""
        until = self._rests_until
        return self.is_failing and until is not None and until - _RESTS <= now < until

    def failed(self, *, now: datetime) -> None:
        """An attempt did not get through."""
        self.failures += 1
        self._rests_until = now + _RESTS

    def worked(self) -> None:
        """An attempt got through, whatever the answer was."""
        self.failures, self._rests_until = 0, None


class Ways:
    """Both ways. Without a second account the second is the first account, with the community's second number."""

    def __init__(self, first: Carrier, second: Carrier | None = None) -> None:
        self.first = Way(first)
        self.second = Way(second or first)
        self._has_second_account = second is not None

    def way(self, *, is_second: bool) -> Way:
        """The one or the other."""
        return self.second if is_second else self.first

    def is_open(self, *, has_second: bool, now: datetime) -> bool:
        """Is an attempt worth while, by the one way or the other?"""
        return not self.first.is_resting(now) or (has_second and not self.second.is_resting(now))

    def goes_by_second(self, community: Community, *, is_urgent: bool, attempts: int, now: datetime) -> bool:
        """Should the next attempt leave by the second number?

        What is urgent leaves by it as soon as the first fails; the rest tries the first once more when it has rested,
        which is how we learn that it is well again.
        """
        if community.second_number is None or self.second.is_resting(now):
            return False
        return self.first.is_failing and (is_urgent or attempts > 0 or self.first.is_resting(now))

    def sender(self, community: Community, *, is_second: bool) -> str:
        """The number by which the community is seen on that way."""
        return (community.second_number if is_second else None) or community.number

    def any_of(self, ask: Callable[[Carrier], _Found]) -> _Found:
        """Ask the first account, and where it does not have it the second. Raises the first's CarrierError."""
        try:
            return ask(self.first.carrier)
        except CarrierError:
            if not self._has_second_account:
                raise
        return ask(self.second.carrier)

    def each(self, ask: Callable[[Carrier], object]) -> None:
        """Ask both accounts, where something may lie with either. Raises CarrierError."""
        ask(self.first.carrier)
        if self._has_second_account:
            ask(self.second.carrier)
