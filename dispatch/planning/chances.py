"""Chance that can be lived again: every decision has a stream of its own, by the seed and what it is about.

So the same resident wants the same on the same day however many volunteers there are, and two plans are compared by
their settings and not by luck.
"""

from math import log
from random import Random


def chance(seed: int, *about: object) -> Random:
    """The stream of one decision."""
    return Random("/".join(map(str, (seed, *about))))  # noqa: S311 - nothing secret: it is to come out the same again


def minutes(stream: Random, *, median: float, spread: float, most: float = 24 * 60) -> int:
    """A delay as people have them: mostly around the median, sometimes much longer; whole minutes, at least one."""
    return max(1, round(min(stream.lognormvariate(log(median), spread), most)))
