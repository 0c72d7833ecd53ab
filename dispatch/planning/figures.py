"""What a simulated month came to, counted in its database."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.planning.life import Life
from dispatch.planning.town import BEGINS_AT
from models.jobs import Job, Offer, OfferState
from models.lifecycle import OPEN, State
from models.menus import Menu
from models.requests import HelpRequest
from models.tasks import Alert
from models.traffic import Call, Delivery, Direction, Message


@dataclass(frozen=True)
class Figures:
    """Every request has one fate: done, cancelled, unmet or still open."""

    meals: int
    helps: int
    done: int
    cancelled: int
    unmet: int
    broken_promises: int  # of the unmet: somebody had said yes
    still_open: int
    meal_minutes: tuple[int, ...]  # from the cut-off to the first yes, ascending
    help_minutes: tuple[int, ...]  # from the order to the first yes, ascending
    accepted: int
    offers: int
    unanswered: int  # offers that nobody answered while they stood
    texts: int
    calls: int
    jobs_each: tuple[int, ...]  # done by each volunteer, ascending
    alerts: int
    days: int
    placed_by_day: tuple[int, ...]  # not cancelled, by the day for which it was wanted
    unmet_by_day: tuple[int, ...]

    @property
    def requests(self) -> int:
        """All that was asked for."""
        return self.meals + self.helps

    @property
    def unmet_share(self) -> float:
        """Of those that were not called off."""
        return self.unmet / max(self.requests - self.cancelled, 1)

    @property
    def minutes(self) -> tuple[int, ...]:
        """From the order, for meals from the cut-off, to the first yes."""
        return tuple(sorted(self.meal_minutes + self.help_minutes))

    @property
    def texts_per_job(self) -> float:
        """Texts to everybody, for each time that a job was accepted."""
        return self.texts / max(self.accepted, 1)

    @property
    def offers_per_job(self) -> float:
        """How many were asked, for each time that a job was accepted."""
        return self.offers / max(self.accepted, 1)

    @property
    def alerts_a_day(self) -> float:
        """What staff had to look at."""
        return self.alerts / self.days

    @property
    def gini(self) -> float:
        """How unevenly the jobs fell: 0 when everybody did as many, near 1 when one did all."""
        total, count = sum(self.jobs_each), len(self.jobs_each)
        if not total:
            return 0.0
        weighted = sum(rank * jobs for rank, jobs in enumerate(self.jobs_each, start=1))
        return 2 * weighted / (count * total) - (count + 1) / count


def share_of(values: tuple[int, ...], share: float) -> int | None:
    """The value that this share of them does not exceed (0.5: the median); None when there is none."""
    return values[min(int(share * len(values)), len(values) - 1)] if values else None


def figures_of(life: Life) -> Figures:
    """Count what a life came to."""
    with life.town.database.read() as session:
        rows = session.execute(_REQUESTS).all()
        first_yes = {job: at for job, at in session.execute(_FIRST_YES) if at is not None}
        states = Counter(row.state for row in rows)
        unmet = [row for row in rows if row.state is State.UNMET]
        cutoffs = {menu.id: menu.cutoff_at for menu in session.scalars(sa.select(Menu))}
        offers = Counter(session.scalars(sa.select(Offer.state)))
        return Figures(
            meals=sum(row.menu_id is not None for row in rows),
            helps=sum(row.menu_id is None for row in rows),
            done=states[State.DONE],
            cancelled=states[State.CANCELLED],
            unmet=len(unmet),
            broken_promises=sum(row.job_id in first_yes for row in unmet),
            still_open=sum(states[state] for state in OPEN),
            meal_minutes=_waits((row for row in rows if row.menu_id is not None), first_yes, cutoffs),
            help_minutes=_waits((row for row in rows if row.menu_id is None), first_yes, cutoffs),
            accepted=offers[OfferState.YES],
            offers=offers.total(),
            unanswered=offers[OfferState.EXPIRED],
            texts=_sent(session, Message, Delivery.SENT) + life.volunteers.answers,
            calls=_sent(session, Call, Delivery.ENDED),
            jobs_each=_jobs_each(session, life),
            alerts=session.scalar(sa.select(sa.func.count(Alert.id))) or 0,
            days=life.plan.days,
            placed_by_day=_by_day([row for row in rows if row.state is not State.CANCELLED], life.plan.days),
            unmet_by_day=_by_day(unmet, life.plan.days),
        )


_REQUESTS = sa.select(
    HelpRequest.state, HelpRequest.menu_id, HelpRequest.job_id, HelpRequest.placed_at, HelpRequest.wanted_from
).order_by(HelpRequest.id)
_FIRST_YES = (
    sa.select(Offer.job_id, sa.func.min(Offer.answered_at)).where(Offer.state == OfferState.YES).group_by(Offer.job_id)
)


def _waits(rows: Any, first_yes: dict[int, datetime], cutoffs: dict[int, datetime]) -> tuple[int, ...]:
    """Minutes until somebody was found, for whoever somebody was found for."""
    found = ((row, first_yes[row.job_id]) for row in rows if row.job_id in first_yes)
    return tuple(
        sorted(
            round((yes_at - max(row.placed_at, cutoffs.get(row.menu_id, row.placed_at))) / timedelta(minutes=1))
            for row, yes_at in found
        )
    )


def _sent(session: Session, kind: type[Message] | type[Call], state: Delivery) -> int:
    sent = sa.select(sa.func.count(kind.id)).where(kind.direction == Direction.OUTBOUND, kind.state == state)
    return session.scalar(sent) or 0


def _jobs_each(session: Session, life: Life) -> tuple[int, ...]:
    done = sa.select(Job.volunteer_id, sa.func.count(Job.id)).where(Job.state == State.DONE).group_by(Job.volunteer_id)
    counts = {volunteer: count for volunteer, count in session.execute(done) if volunteer}
    return tuple(sorted(counts.get(volunteer, 0) for volunteer in life.town.volunteers))


def _by_day(rows: list[Any], days: int) -> tuple[int, ...]:
    """By the day on which it was wanted; help that was asked for on the last evening is of the last day."""
    counts = Counter(min((row.wanted_from - BEGINS_AT) // timedelta(days=1), days - 1) for row in rows)
    return tuple(counts[day] for day in range(days))
