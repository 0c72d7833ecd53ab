"""How many are asked at a time, and who of them about which job when several jobs are due at once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from dispatch.matching import match
from dispatch.ranking import ONE_MORE_QUESTION, Standing, likelihood_of_yes, price, questions_left, rank

# A wave is never more than so many times what the service says, however seldom these people say yes.
_MOST_TIMES = 3
# From this wave on twice as many are asked: whoever was most likely to come has been asked.
_WIDER_FROM = 3
_NEW_VOLUNTEER = 0.5


@dataclass(frozen=True)
class Wish:
    """A job that is to be put to volunteers now: who can be asked, cheapest first, and how large a wave should be."""

    able: Sequence[Standing]
    wave_size: int
    wave: int = 1  # the first, the second, …
    is_urgent: bool = False

    @property
    def size(self) -> int:
        """So many that a yes is as likely as from `wave_size` people of whom nothing is known yet."""
        asked = self.wave_size * (2 if self.is_urgent else 1) * (2 if self.wave >= _WIDER_FROM else 1)
        nobody = _NEW_VOLUNTEER**asked
        for size in range(asked, min(_MOST_TIMES * asked, len(self.able))):
            if prod(1 - likelihood_of_yes(standing) for standing in self.able[:size]) <= nobody:
                return size
        return min(_MOST_TIMES * asked, len(self.able)) if len(self.able) > asked else len(self.able)


def spread(wishes: Mapping[int, Wish]) -> dict[int, list[int]]:
    """Whom to ask about each job (job id → volunteer ids, the best first), so that all prices together are lowest.

    Everybody is asked about one job before anybody is asked about a second, as long as there are enough.
    """
    chosen: dict[int, list[int]] = {job: [] for job in wishes}
    given: dict[int, int] = {}
    prices = {job: {s.volunteer_id: price(s) for s in rank(wish.able)} for job, wish in wishes.items()}
    left = {s.volunteer_id: questions_left(s) for wish in wishes.values() for s in wish.able}
    sizes = {job: wish.size for job, wish in wishes.items()}
    while True:
        wanting = [job for job in wishes if len(chosen[job]) < sizes[job]]
        people = [volunteer for volunteer, most in left.items() if given.get(volunteer, 0) < most]
        table = [[_price(prices[job], chosen[job], given, volunteer) for volunteer in people] for job in wanting]
        pairs = match(table)
        if not pairs:
            return chosen
        for row, column in pairs:
            chosen[wanting[row]].append(people[column])
            given[people[column]] = given.get(people[column], 0) + 1


def _price(prices: Mapping[int, int], chosen: Sequence[int], given: Mapping[int, int], volunteer: int) -> int | None:
    if volunteer not in prices or volunteer in chosen:
        return None
    return prices[volunteer] + ONE_MORE_QUESTION * given.get(volunteer, 0)
