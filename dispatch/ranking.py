"""Who is asked, and in what order: pure rules over what is known of each volunteer, explainable to staff."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What ranking looks at, for one volunteer and one job."""

    volunteer_id: int
    does_service: bool = True
    covers_zone: bool = True
    works_that_day: bool = True
    is_here: bool = True
    is_enrolled: bool = True
    has_opted_out: bool = False
    is_unreachable: bool = False
    is_household_of_a_stop: bool = False
    gave_it_back: bool = False
    jobs_that_day: int = 0
    max_per_day: int = 3
    knows_them: bool = False  # was with one of these people before
    asked_lately: int = 0  # offers in the last seven days
    done_lately: int = 0  # jobs in the last thirty days


# Why somebody is not asked: catalog key → rule. Adding a rule is adding a line.
_Rule = Callable[[Standing], bool]
_HINDRANCES: dict[str, _Rule] = {
    "not_this_service": lambda s: not s.does_service,
    "not_this_zone": lambda s: not s.covers_zone,
    "not_this_day": lambda s: not s.works_that_day,
    "away": lambda s: not s.is_here,
    "not_enrolled": lambda s: not s.is_enrolled,
    "opted_out": lambda s: s.has_opted_out,
    "unreachable": lambda s: s.is_unreachable,
    "own_household": lambda s: s.is_household_of_a_stop,
    "gave_it_back": lambda s: s.gave_it_back,
    "enough_for_the_day": lambda s: s.jobs_that_day >= s.max_per_day,
}
# Why somebody is asked before others.
_MERITS: dict[str, _Rule] = {
    "knows_them": lambda s: s.knows_them,
    "asked_least": lambda s: s.asked_lately == 0,
    "free_that_day": lambda s: s.jobs_that_day == 0,
}


def hindrances(standing: Standing) -> list[str]:
    """Why this volunteer is not asked, as catalog keys; empty if nothing speaks against it."""
    return [key for key, holds in _HINDRANCES.items() if holds(standing)]


def merits(standing: Standing) -> list[str]:
    """What speaks for this volunteer, as catalog keys."""
    return [key for key, holds in _MERITS.items() if holds(standing)]


def rank(standings: Iterable[Standing]) -> list[Standing]:
    """Those who can be asked: a familiar face first, then whoever was asked least, then whoever did least."""
    able = [standing for standing in standings if not hindrances(standing)]
    return sorted(
        able, key=lambda s: (not s.knows_them, s.asked_lately, s.done_lately, s.jobs_that_day, s.volunteer_id)
    )
