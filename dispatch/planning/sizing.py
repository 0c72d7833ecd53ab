"""How many volunteers do we need? The smallest number with which at most a given share stays unmet, by bisection."""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.planning.figures import Figures, figures_of
from dispatch.planning.life import lived
from dispatch.planning.plan import SETTINGS, Plan

# Beyond so many for each resident, more people change nothing.
_MOST_PER_RESIDENT = 2
_LEAST_TRIED = 10


@dataclass(frozen=True)
class Size:
    """A number of volunteers, the share that stays unmet with them, and whether that is little enough."""

    volunteers: int
    unmet: float
    is_enough: bool


def simulate(plan: Plan) -> Figures:
    """Live that plan once, and count."""
    with lived(plan) as life:
        return figures_of(life)


def unmet_in(plan: Plan) -> float:
    """The share that stays unmet when that plan is lived once."""
    return simulate(plan).unmet_share


def fewest(
    plan: Plan,
    *,
    unmet: float,
    seeds: int,
    tell: Callable[[int, float], None],
    live: Callable[[Plan], float] = unmet_in,
) -> Size:
    """The fewest volunteers with whom at most that share stays unmet, on the mean of `seeds` towns; `tell` hears of
    every number that was tried. If there is no such number, the largest that was tried."""

    def tried(volunteers: int) -> float:
        lives = [plan.with_("volunteers", volunteers).with_("seed", plan.seed + more) for more in range(seeds)]
        share = sum(live(life) for life in lives) / seeds
        tell(volunteers, share)
        return share

    most = int(min(max(plan.residents * _MOST_PER_RESIDENT, _LEAST_TRIED), SETTINGS["volunteers"].most))
    too_few, enough = 0, min(plan.volunteers, most)
    while (share := tried(enough)) > unmet:
        if enough == most:
            return Size(enough, share, is_enough=False)
        too_few, enough = enough, min(enough * 2, most)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if (now := tried(middle)) <= unmet:
            enough, share = middle, now
        else:
            too_few = middle
    return Size(enough, share, is_enough=True)
