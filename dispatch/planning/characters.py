"""How the invented volunteers are: who answers at once, who hours later, who never; and when they are free."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from dispatch.planning.chances import chance, minutes
from dispatch.planning.plan import Plan

# Of every hundred offers that nobody answers, so many went to people who never answer at all.
_NEVER = 0.3
_QUICK = 0.55
# Quick and slow ones: the usual minutes until an answer, how much they vary, how much more or less often than others
# they are silent.
_HABITS = {True: (4.0, 0.8, 0.8), False: (25.0, 0.9, 1.25)}
_FORGETS = 0.1  # of what is done is only said to be when asked


@dataclass(frozen=True)
class Answer:
    """What somebody makes of one offer; `minutes` is None when she never answers."""

    minutes: int | None
    is_willing: bool
    comes: bool  # if she has it
    gives_back: bool  # if she does not come
    forgets: bool  # to say that it is done
    chance: float  # for when she gives it back


@dataclass
class Helper:
    """One volunteer: her habits, and what she has taken on."""

    number: int
    is_quick: bool
    is_never: bool
    silent: float
    accept: float
    max_per_day: int
    taken: list[tuple[datetime, datetime]] = field(default_factory=list)

    @classmethod
    def drawn(cls, plan: Plan, number: int) -> Self:
        """The volunteer of that number, whoever else there is."""
        stream = chance(plan.seed, "character", number)
        never, rest = plan.silent * _NEVER, plan.silent * (1 - _NEVER)
        is_never, is_quick, lean = stream.random() < never, stream.random() < _QUICK, stream.uniform(-0.2, 0.2)
        silent = rest / (1 - never) * _HABITS[is_quick][2] if never < 1 else 1.0
        return cls(
            number, is_quick, is_never, min(silent, 1.0), plan.accept + lean * min(plan.accept, 1 - plan.accept) * 2,
            plan.max_per_day,
        )  # fmt: skip

    def answer(self, plan: Plan, *about: object) -> Answer:
        """What she makes of that offer: drawn for it alone, whatever came before."""
        stream = chance(plan.seed, "answer", self.number, *about)
        is_silent, is_willing = stream.random() < self.silent or self.is_never, stream.random() < self.accept
        comes, gives_back = stream.random() >= plan.no_show, stream.random() < 0.5
        forgets, share = stream.random() < _FORGETS, stream.random()
        median, spread, _ = _HABITS[self.is_quick]
        after = minutes(stream, median=median, spread=spread)
        return Answer(None if is_silent else after, is_willing, comes, gives_back, forgets, share)

    def free_at(self, start: datetime, until: datetime, takes: timedelta) -> datetime | None:
        """When within that time she could begin; None: she has something else, or enough for that day."""
        begin = start
        for busy_from, busy_until in sorted(self.taken):
            if begin + takes > busy_from and begin < busy_until:
                begin = busy_until
        return begin if begin <= until else None

    def has_enough(self, midnight: datetime) -> bool:
        """Has she taken as much for the day that begins then as she wants to do in a day?"""
        return sum(midnight <= start < midnight + timedelta(days=1) for start, _ in self.taken) >= self.max_per_day

    def take_on(self, start: datetime, takes: timedelta) -> tuple[datetime, datetime]:
        """She keeps that time free."""
        self.taken.append((start, start + takes))
        return self.taken[-1]
