"""How many are asked at a time, and who of them about which job when several jobs are due at once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from dispatch.matching import share_out
from dispatch.ranking import ONE_MORE_QUESTION, Standing, likelihood_of_yes, price, questions_left

# A wave is never more than so many times what the service says, however seldom these people say yes.
_MOST_TIMES = 3
# From this wave on twice as many are asked: whoever was most likely to come has been asked.
_WIDER_FROM = 3
_NEW_VOLUNTEER = 0.5
# Dearer than any question can be.
_SOMEBODY_FOR_EVERY_JOB = 100 * ONE_MORE_QUESTION


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

    There is somebody for every job before there are two for any; and everybody is asked about one job before anybody is
    asked about a second, as long as there are enough.
    """
    jobs = list(wishes)
    left = {s.volunteer_id: questions_left(s) for wish in wishes.values() for s in wish.able}
    people = sorted(left)
    table = []
    for wish in wishes.values():
        prices = {standing.volunteer_id: price(standing) for standing in wish.able}
        table.append([prices.get(volunteer) for volunteer in people])
    shares = share_out(
        table, [wish.size for wish in wishes.values()], [left[volunteer] for volunteer in people],
        row_step=_SOMEBODY_FOR_EVERY_JOB, column_step=ONE_MORE_QUESTION,
    )  # fmt: skip
    return {job: [people[column] for column in share] for job, share in zip(jobs, shares, strict=True)}
