"""What the board shows: four lanes of cards, and above them what a person must do now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from dispatch.alarms import open_tasks
from dispatch.board.texts import Unread, unread_texts
from dispatch.calling import Caller, callers_now
from models.events import Event
from models.jobs import Job, Offer, OfferState
from models.lifecycle import CLOSED, State
from models.menus import Menu
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, Callback

# How many cards a lane shows before it counts the rest.
SHOWN = 24
# What nobody has taken is urgent: a meal this long before it should leave, anything else after this long a wait.
_BEFORE_A_MEAL, _AFTER_ASKING = timedelta(minutes=20), timedelta(minutes=30)


class Lane(StrEnum):
    """Where a card stands on the board."""

    PERSON = "person"
    NOBODY = "nobody"
    ONWAY = "onway"
    DONE = "done"


_LANE_OF = {
    State.WAITING: Lane.NOBODY,
    State.OFFERED: Lane.NOBODY,
    State.TAKEN: Lane.ONWAY,
    State.STUCK: Lane.PERSON,
    State.POOLED: Lane.NOBODY,
}


_OUTCOMES = ("done", "not_home", "refused", "cancelled", "unmet", "open")


@dataclass(frozen=True)
class Card:
    """A job with its stops, or a request that never became one."""

    job: Job | None
    stops: list[HelpRequest]
    lane: Lane
    alerts: list[Alert]
    is_late: bool
    is_urgent: bool
    began_at: datetime | None = None  # when the round was made, which may be days after its first order

    @property
    def thing(self) -> Job | HelpRequest:
        """The row that carries its state and its window."""
        return self.job or self.stops[0]

    @property
    def key(self) -> str:
        """A name for the page's element, the same at every look."""
        return f"{'job' if self.job else 'request'}-{self.thing.id}"

    @property
    def is_round(self) -> bool:
        """Several stops, or a meal on its way?"""
        return self.job is not None and len(self.stops) > 1

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """What has become of its stops."""
        return outcomes(self.stops)

    @property
    def since(self) -> datetime:
        """Since when it is in this lane's hands: placed, taken or closed."""
        if self.lane is Lane.DONE and self.thing.closed_at:
            return self.thing.closed_at
        if self.job is not None and self.job.taken_at:
            return self.job.taken_at
        if self.stops[0].is_meal:
            return self.began_at or max(stop.placed_at for stop in self.stops)
        return min(stop.placed_at for stop in self.stops)

    @property
    def asked(self) -> int:
        """How many volunteers have been asked."""
        return len({offer.volunteer_id for offer in self.job.offers}) if self.job else 0

    @property
    def said_no(self) -> int:
        """How many of them have said no."""
        return sum(offer.state is OfferState.NO for offer in self.job.offers) if self.job else 0


@dataclass(frozen=True)
class Pool:
    """The orders of one menu before its cut-off: a row, not two hundred cards."""

    menu: Menu
    dishes: list[tuple[str, int]]  # the dish, how many portions
    people: int

    @property
    def portions(self) -> int:
        """How much the kitchen cooks."""
        return sum(count for _, count in self.dishes)


@dataclass(frozen=True)
class Sight:
    """Everything on the board at one moment."""

    lanes: dict[Lane, list[Card]]
    counts: dict[Lane, int]
    alerts: list[Alert]
    callbacks: list[Callback]
    texts: list[Unread]  # one for each number
    pools: list[Pool]
    callers: list[Caller]

    @property
    def tasks(self) -> int:
        """How many things above the lanes wait for a person."""
        return len(self.alerts) + len(self.callbacks) + len(self.texts)

    @property
    def numbers(self) -> set[str]:
        """Every number of which the board says whose it is: of texts, and of whoever is to be rung back."""
        of_texts = {unread.newest.phone for unread in self.texts}
        return of_texts | {callback.phone for callback in self.callbacks if callback.phone}


def outcomes(stops: list[HelpRequest]) -> list[tuple[str, int]]:
    """How many were delivered, not at home, called off …, and how many are still to come (`open`), in this order."""
    counts = Counter("open" if stop.is_open else str(stop.state) for stop in stops)
    return [(name, counts[name]) for name in _OUTCOMES if counts[name]]


def look(session: Session, community: Community, *, now: datetime, most: int = SHOWN) -> Sight:
    """The whole board."""
    alerts, callbacks = open_tasks(session, community)
    cards = _open_cards(session, community, alerts, now=now)
    lanes: dict[Lane, list[Card]] = {lane: [] for lane in Lane}
    for card in sorted(cards, key=lambda card: (not card.is_urgent, card.thing.wanted_from, card.since)):
        lanes[card.lane].append(card)
    lanes[Lane.ONWAY].sort(key=lambda card: (not card.is_late, card.thing.wanted_from, card.thing.wanted_until))
    shown_as_alert = {card.key for card in lanes[Lane.PERSON]}
    done = [c for c in _done_cards(session, community, now=now) if c.key not in shown_as_alert]
    lanes[Lane.DONE] = sorted(done, key=lambda card: card.since, reverse=True)
    return Sight(
        lanes={lane: cards[:most] for lane, cards in lanes.items()},
        counts={lane: len(cards) for lane, cards in lanes.items()},
        alerts=sorted(alerts, key=lambda alert: (alert.acknowledged_at is not None, alert.answer_by, alert.id)),
        callbacks=sorted(callbacks, key=lambda callback: (callback.answer_by, callback.id)),
        texts=unread_texts(session, community, callbacks),
        pools=pools(session, community),
        callers=callers_now(session, community, now=now),
    )


def pools(session: Session, community: Community) -> list[Pool]:
    """The menus with orders that wait for the cut-off, the earliest first."""
    rows = session.scalars(
        sa.select(HelpRequest)
        .where(HelpRequest.community_id == community.id, HelpRequest.state == State.POOLED)
        .options(joinedload(HelpRequest.dish), joinedload(HelpRequest.menu).joinedload(Menu.meal))
    ).all()
    by_menu: dict[int, list[HelpRequest]] = {}
    for row in rows:
        by_menu.setdefault(row.menu_id or 0, []).append(row)
    found = [pool_of(orders[0].menu, orders) for orders in by_menu.values() if orders[0].menu]
    return sorted(found, key=lambda pool: pool.menu.cutoff_at)


def pool_of(menu: Menu, orders: list[HelpRequest]) -> Pool:
    """What the orders of one menu come to, in the order of its dishes."""
    counts: Counter[str] = Counter()
    for order in orders:
        counts[order.dish.name if order.dish else ""] += order.portions
    place = {dish.name: dish.key for dish in menu.dishes}
    return Pool(menu, sorted(counts.items(), key=lambda pair: place.get(pair[0], "~")), len(orders))


def _open_cards(session: Session, community: Community, alerts: list[Alert], *, now: datetime) -> list[Card]:
    """Everything sent out and not finished, and whatever an open alert is about."""
    about_jobs = {alert.job_id or (alert.request and alert.request.job_id) for alert in alerts} - {None}
    about_loose = {a.request_id for a in alerts if a.request and a.request.job_id is None} - {None}
    sent_out = (State.WAITING, State.OFFERED, State.TAKEN, State.STUCK)
    found = session.scalars(
        sa.select(Job)
        .where(Job.community_id == community.id, Job.state.in_(sent_out) | Job.id.in_(about_jobs))
        .options(*_with_a_job())
    ).unique()
    jobs = found.all()
    began = _began(session, jobs)
    loose = session.scalars(
        sa.select(HelpRequest).where(
            HelpRequest.community_id == community.id,
            HelpRequest.job_id.is_(None),
            HelpRequest.state.in_(sent_out) | HelpRequest.id.in_(about_loose),
        )
    )
    cards = [_card(job, list(job.stops), alerts, began.get(job.id), now=now) for job in jobs if job.stops]
    return cards + [_card(None, [row], alerts, None, now=now) for row in loose]


def _began(session: Session, jobs: Sequence[Job]) -> dict[int, datetime]:
    """When each of these jobs was made: its first event."""
    mine = sa.select(Event.job_id, sa.func.min(Event.at)).where(Event.job_id.in_([job.id for job in jobs]))
    return {job_id: at for job_id, at in session.execute(mine.group_by(Event.job_id)) if job_id is not None}


def _done_cards(session: Session, community: Community, *, now: datetime) -> list[Card]:
    midnight = community.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    jobs = session.scalars(
        sa.select(Job)
        .where(Job.community_id == community.id, Job.state.in_(CLOSED), Job.closed_at >= midnight)
        .options(*_with_a_job())
    ).unique()
    loose = session.scalars(
        sa.select(HelpRequest)
        .where(
            HelpRequest.community_id == community.id,
            HelpRequest.job_id.is_(None),
            HelpRequest.state.in_(CLOSED),
            HelpRequest.closed_at >= midnight,
        )
        .options(joinedload(HelpRequest.resident), joinedload(HelpRequest.dish))
    )
    finished = [(job, list(job.stops)) for job in jobs] + [(None, [row]) for row in loose]
    return [Card(job, stops, Lane.DONE, [], False, False) for job, stops in finished if stops]


def _with_a_job() -> tuple[ORMOption, ...]:
    stops = selectinload(Job.stops)
    return (
        joinedload(Job.volunteer),
        joinedload(Job.zone),
        joinedload(Job.service),
        selectinload(Job.offers).joinedload(Offer.volunteer),
        stops.joinedload(HelpRequest.resident),
        stops.joinedload(HelpRequest.dish),
        stops.joinedload(HelpRequest.menu),
    )


def _card(
    job: Job | None, stops: list[HelpRequest], alerts: list[Alert], began_at: datetime | None, *, now: datetime
) -> Card:
    thing: Job | HelpRequest = job or stops[0]
    ids = {stop.id for stop in stops}
    mine = [a for a in alerts if (job is not None and a.job_id == job.id) or (a.request_id in ids)]
    lane = Lane.PERSON if mine else _LANE_OF.get(thing.state, Lane.PERSON)
    is_late = thing.is_open and now > thing.wanted_until
    is_short = lane is Lane.NOBODY and now > _urgent_from(thing, stops)
    is_unseen = any(alert.acknowledged_at is None for alert in mine)
    return Card(job, stops, lane, mine, is_late, is_late or is_short or is_unseen, began_at)


def _urgent_from(thing: Job | HelpRequest, stops: list[HelpRequest]) -> datetime:
    if stops[0].is_meal:
        return thing.wanted_from - _BEFORE_A_MEAL
    return max(thing.wanted_from, max(stop.placed_at for stop in stops)) + _AFTER_ASKING
