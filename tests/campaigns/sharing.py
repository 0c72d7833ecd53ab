"""scripts/soak sharing: whom the queue asks about many jobs at once, against the optimum of an established solver.

HiGHS solves the same instance as a linear programme; its corners are whole numbers, as in every network.
"""

import argparse
import random
import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from dispatch.ranking import ONE_MORE_QUESTION, Standing, price, questions_left, rank
from dispatch.waves import Wish, spread

# Jobs due at once, volunteers, people asked about each.
_SIZES = ((5, 20, 1), (25, 60, 1), (100, 120, 1), (5, 20, 3), (15, 60, 3), (25, 60, 3), (60, 60, 3))


@dataclass(frozen=True)
class Outcome:
    """What one instance came to; prices added up."""

    asked: int
    ours: int
    best: float
    first_come: int
    seconds: float

    @property
    def gap(self) -> float:
        """How much dearer than the optimum."""
        return (self.ours - self.best) / self.best

    @property
    def first_come_gap(self) -> float:
        """The same for jobs served one after the other."""
        return (self.first_come - self.best) / self.best


def main(arguments: list[str]) -> int:
    """0 when no instance was dearer than the optimum."""
    parser = argparse.ArgumentParser(prog="scripts/soak sharing", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="instances of each size")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    given = parser.parse_args(arguments)
    worst = 0.0
    for jobs, people, size in _SIZES:
        found = [outcome(random.Random(given.seed + at), jobs, people, size) for at in range(given.seeds)]
        gaps, first_come = [one.gap for one in found], [one.first_come_gap for one in found]
        worst = max(worst, *gaps)
        print(
            f"{jobs:4} jobs, {people:4} people, waves of {size}: gap mean {np.mean(gaps):8.4%}, worst {max(gaps):8.4%}; "
            f"first come first served {np.mean(first_come):9.1%}; slowest {max(one.seconds for one in found) * 1000:5.0f} ms",
            flush=True,
        )
    return int(worst > 1e-6)


def outcome(luck: random.Random, jobs: int, people: int, size: int) -> Outcome:
    """One invented morning, shared out by the queue, by the solver, and one job after the other."""
    wishes = {job: Wish(rank(_somebody(luck, one) for one in range(people)), wave_size=size) for job in range(jobs)}
    began = time.perf_counter()
    chosen = spread(wishes)
    seconds = time.perf_counter() - began
    prices = {(job, one.volunteer_id): price(one) for job, wish in wishes.items() for one in wish.able}
    left = {one.volunteer_id: questions_left(one) for wish in wishes.values() for one in wish.able}
    counts = {job: len(asked) for job, asked in chosen.items()}
    return Outcome(
        asked=sum(counts.values()), ours=_worth(prices, chosen), best=_optimum(prices, counts, left),
        first_come=_worth(prices, _one_after_the_other(prices, counts, left)), seconds=seconds,
    )  # fmt: skip


def _somebody(luck: random.Random, number: int) -> Standing:
    return Standing(
        number, knows_them=luck.random() < 0.15, can_talk=luck.random() < 0.85, asked_lately=luck.randint(0, 8),
        done_lately=luck.randint(0, 12), jobs_that_day=luck.randint(0, 2), does_service=luck.random() < 0.7,
        metres=luck.choice([None, *(luck.randint(0, 6000) for _ in range(4))]), covers_zone=luck.random() < 0.6,
        asked_today=luck.randint(0, 4),
    )  # fmt: skip


def _worth(prices: dict[tuple[int, int], int], chosen: dict[int, list[int]]) -> int:
    used: dict[int, int] = {}
    total = 0
    for job, asked in chosen.items():
        for one in asked:
            total += prices[job, one] + ONE_MORE_QUESTION * used.get(one, 0)
            used[one] = used.get(one, 0) + 1
    return total


def _one_after_the_other(
    prices: dict[tuple[int, int], int], counts: dict[int, int], left: dict[int, int]
) -> dict[int, list[int]]:
    free, chosen = dict(left), {}
    for job, count in counts.items():
        able = sorted((one for of, one in prices if of == job and free[one]), key=lambda one: (prices[job, one], one))
        chosen[job] = able[:count]
        for one in chosen[job]:
            free[one] -= 1
    return chosen


def _optimum(prices: dict[tuple[int, int], int], counts: dict[int, int], left: dict[int, int]) -> float:
    """The least that so many questions about each job can cost; the k-th question to one person costs k steps more."""
    pairs, uses = list(prices), [(one, k) for one, most in left.items() for k in range(most)]
    costs = [*(prices[pair] for pair in pairs), *(ONE_MORE_QUESTION * k for _, k in uses)]
    people = {one: len(counts) + at for at, one in enumerate(left)}
    equations, sums = lil_matrix((len(counts) + len(left), len(costs))), np.zeros(len(counts) + len(left))
    for at, (job, one) in enumerate(pairs):
        equations[job, at] = equations[people[one], at] = 1
    for at, (one, _) in enumerate(uses, start=len(pairs)):
        equations[people[one], at] = -1
    for job, count in counts.items():
        sums[job] = count
    return float(linprog(costs, A_eq=equations.tocsr(), b_eq=sums, bounds=(0, 1), method="highs").fun)
