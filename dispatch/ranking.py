"""Who is asked, and in what order: pure rules over what is known of each volunteer, explainable to staff."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dispatch.giving_back import MOST_A_DAY


@dataclass(frozen=True)
class Standing:
    """What ranking looks at, for one volunteer and one job."""

    volunteer_id: int
    does_service: bool = True
    is_vetted_for_it: bool = True
    covers_zone: bool = True
    can_carry: bool = True  # by what she rides or drives
    works_then: bool = True
    is_here: bool = True
    is_enrolled: bool = True
    has_opted_out: bool = False
    is_unreachable: bool = False
    is_resting: bool = False  # in quiet hours of her own at this moment
    is_household_of_a_stop: bool = False
    is_kept_apart: bool = False  # never to be sent to one of these people
    must_talk: bool = False  # the service is none without a language in common
    can_talk: bool = True
    metres: int | None = None  # from home to the nearest stop; None: not known
    reach_metres: int | None = None
    gave_it_back: bool = False
    gave_back_today: int = 0  # jobs she took today and gave back
    goes_already: bool = False  # as another of those who go together; or is asked to, or has said no
    jobs_then: int = 0  # jobs she has in the same hours
    jobs_at_once_max: int | None = None
    jobs_that_day: int = 0
    max_per_day: int = 3
    jobs_that_week: int = 0
    max_per_week: int | None = None
    asked_today: int = 0
    asked_per_day_max: int = 10
    open_offers: int = 0  # of other jobs, still to be answered
    knows_them: bool = False  # was with one of these people before
    asked_lately: int = 0  # offers in the last seven days
    done_lately: int = 0  # jobs in the last thirty days, and those to come
    answered: int = 0  # offers of the last thirty days that are over and were not withdrawn
    said_yes: int = 0  # of these


# Why somebody is not asked: catalog key → rule. Adding a rule is adding a line.
_Rule = Callable[[Standing], bool]
_HINDRANCES: dict[str, _Rule] = {
    "not_this_service": lambda s: not s.does_service,
    "not_vetted": lambda s: not s.is_vetted_for_it,
    "not_this_zone": lambda s: not s.covers_zone,
    "cannot_carry": lambda s: not s.can_carry,
    "too_far": lambda s: s.metres is not None and s.reach_metres is not None and s.metres > s.reach_metres,
    "not_then": lambda s: not s.works_then,
    "away": lambda s: not s.is_here,
    "not_enrolled": lambda s: not s.is_enrolled,
    "opted_out": lambda s: s.has_opted_out,
    "unreachable": lambda s: s.is_unreachable,
    "own_household": lambda s: s.is_household_of_a_stop,
    "kept_apart": lambda s: s.is_kept_apart,
    "no_language": lambda s: s.must_talk and not s.can_talk,
    "gave_it_back": lambda s: s.gave_it_back,
    "gives_back": lambda s: s.gave_back_today >= MOST_A_DAY,
    "goes_already": lambda s: s.goes_already,
    "busy_then": lambda s: s.jobs_at_once_max is not None and s.jobs_then >= s.jobs_at_once_max,
    "enough_for_the_day": lambda s: s.jobs_that_day >= s.max_per_day,
    "enough_for_the_week": lambda s: s.max_per_week is not None and s.jobs_that_week >= s.max_per_week,
    "asked_enough": lambda s: s.asked_today >= s.asked_per_day_max,
    "resting": lambda s: s.is_resting,
}
# The one that passes by itself: whoever is hindered by nothing else is asked when she is up.
_PASSING = ["resting"]

# Why somebody is asked before others.
_MERITS: dict[str, _Rule] = {
    "knows_them": lambda s: s.knows_them,
    "asked_least": lambda s: s.asked_lately == 0,
    "free_that_day": lambda s: s.jobs_that_day == 0,
    "lives_near": lambda s: s.metres is not None and s.metres <= _NEAR_METRES,
}
# What speaks against asking her first.
_DEMERITS: dict[str, _Rule] = {
    "other_question": lambda s: s.open_offers > 0,
    "other_job_then": lambda s: s.jobs_then > 0,
    "other_language": lambda s: not s.can_talk,
}

_NEAR_METRES = 1000
# One point of the way is so many metres; whose home is not known counts as if it were ten kilometres off.
_WAY_METRES, _WAY_UNKNOWN = 20, 500
# What being asked and what working weighs in the fair share.
_PER_ASKED, _PER_DONE, _PER_JOB_THAT_DAY = 10, 3, 5
# The price of asking somebody, most important first: how many there are of each kind of mark, and her own. Whoever has
# a question open already is asked last; then whoever is busy; then a familiar face goes before a stranger, then who can
# talk with them, then who has had the smaller share, then who has the shorter way.
_PRICE: tuple[tuple[int, Callable[[Standing], int]], ...] = (
    (10, lambda s: s.open_offers),
    (10, lambda s: s.jobs_then),
    (2, lambda s: int(not s.knows_them)),
    (2, lambda s: int(not s.can_talk)),
    (1000, lambda s: _PER_ASKED * s.asked_lately + _PER_DONE * s.done_lately + _PER_JOB_THAT_DAY * s.jobs_that_day),
    (1000, lambda s: _WAY_UNKNOWN if s.metres is None else s.metres // _WAY_METRES),
)
# What one more open question costs.
ONE_MORE_QUESTION = 10 * 2 * 2 * 1000 * 1000
_MOST_QUESTIONS = 9
# A person who has hardly been asked yet: two yes of four.
_NEW_YES, _NEW_ASKED = 2, 4


def hindrances(standing: Standing) -> list[str]:
    """Why this volunteer is not asked, as catalog keys; empty if nothing speaks against it."""
    return [key for key, holds in _HINDRANCES.items() if holds(standing)]


def is_only_resting(standing: Standing) -> bool:
    """Can she be asked as soon as she is up?"""
    return hindrances(standing) == _PASSING


def reasons(standing: Standing) -> list[str]:
    """What speaks for asking this volunteer before others, and what against, as catalog keys."""
    return [key for key, holds in {**_MERITS, **_DEMERITS}.items() if holds(standing)]


def price(standing: Standing) -> int:
    """The price of asking her: the lower, the sooner. Prices of several jobs may be added up."""
    total = 0
    for marks, mark in _PRICE:
        total = total * marks + min(mark(standing), marks - 1)
    return total


def rank(standings: Iterable[Standing]) -> list[Standing]:
    """Those who can be asked, the lowest price first."""
    able = [standing for standing in standings if not hindrances(standing)]
    return sorted(able, key=lambda s: (price(s), s.volunteer_id))


def likelihood_of_yes(standing: Standing) -> float:
    """How likely a yes is, by what she answered lately; one half for somebody new."""
    return (standing.said_yes + _NEW_YES) / (standing.answered + _NEW_ASKED)


def questions_left(standing: Standing) -> int:
    """How many more questions may be put to her at this moment."""
    return max(0, min(standing.asked_per_day_max - standing.asked_today, _MOST_QUESTIONS - standing.open_offers))
