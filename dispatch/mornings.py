"""The morning: what waits for a person, what is unfilled, who is away, what is cooked; as a page, and as one text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from dispatch.alarms import open_tasks
from dispatch.broken import how_many_broken
from dispatch.counting import count
from dispatch.gaps import zones_fed_on
from dispatch.sealing import last_seal, short_seal
from dispatch.telling import Sentence, tell_all
from models.jobs import Job
from models.kitchens import Kitchen, KitchenCount, Line, by_dish, kitchens_of, last_counts
from models.lifecycle import State
from models.menus import Menu
from models.people import GONE, Absence, Resident, Staff, Volunteer, absent_on
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Delivery, Message

# Nobody wants to be told of the morning in the afternoon, when the machine was off until then.
_WORTH = timedelta(hours=3)
# From so long before its cut-off on it is said that a menu has nobody who would bring it.
_NEAR = timedelta(hours=3)
_LEFT = (Delivery.SENT, Delivery.DELIVERED)
_UNFILLED = (State.WAITING, State.OFFERED, State.STUCK)


@dataclass(frozen=True)
class Kettle:
    """What one kitchen cooks of one menu: what it was told last, and when it said that it has it."""

    kitchen: Kitchen
    told: KitchenCount | None
    lines: Sequence[Line]

    @property
    def portions(self) -> int:
        """All dishes together."""
        return sum(line.portions for line in self.lines)

    @property
    def dishes(self) -> dict[tuple[str, str], int]:
        """Portions by key and name of the dish, whatever the diets."""
        return by_dish(list(self.lines))

    @property
    def is_confirmed(self) -> bool:
        """Has somebody there said that they have the newest count?"""
        return self.told is not None and self.told.heard_at is not None

    @property
    def is_awaited(self) -> bool:
        """Has it been told by telephone, and not answered? Who has none finds it on paper."""
        return self.told is not None and self.kitchen.phone is not None and not self.is_confirmed


@dataclass(frozen=True)
class Cooked:
    """A meal of today: kitchen by kitchen."""

    menu: Menu
    kettles: Sequence[Kettle]

    @property
    def portions(self) -> int:
        """Of all kitchens."""
        return sum(kettle.portions for kettle in self.kettles)


@dataclass(frozen=True)
class Unfilled:
    """What nobody has taken: one request, or a round with all whom it feeds."""

    first: HelpRequest
    people: int

    @property
    def job(self) -> Job | None:
        """The round, where several are fed by it."""
        return self.first.job if self.people > 1 else None


@dataclass(frozen=True)
class Morning:
    """Everything that is said of it; each figure is the length of a list."""

    alerts: Sequence[Alert]
    callbacks: list[Callback]
    unfilled: Sequence[Unfilled]
    unfed: Sequence[tuple[Menu, Sequence[str]]]  # near its cut-off: the zones to which nobody would bring it
    broken: int
    away: Sequence[Absence]
    back: Sequence[Absence]
    cooked: Sequence[Cooked]

    @property
    def waiting(self) -> int:
        """How much waits for a person."""
        return len(self.alerts) + len(self.callbacks)

    @property
    def unconfirmed(self) -> int:
        """How many kitchens have been told, and have not said that they have it."""
        return sum(kettle.is_awaited for meal in self.cooked for kettle in meal.kettles)


def look_at_morning(session: Session, community: Community, *, now: datetime) -> Morning:
    """All of it, from what is open and what is today's: nothing that is over is read."""
    today = community.local(now).date()
    alerts, callbacks = open_tasks(session, community)
    return Morning(
        alerts=alerts, callbacks=callbacks, unfilled=_unfilled(session, community, today),
        unfed=_unfed(session, community, now=now), broken=how_many_broken(session, community),
        away=away_on(session, community, today),
        back=[
            one for one in _absences(session, community, Absence.until_date == today - timedelta(days=1))
            if not _is_away(one, today)
        ],
        cooked=_cooked(session, community, today),
    )  # fmt: skip


def away_on(session: Session, community: Community, day: date) -> list[Absence]:
    """Who of the residents and volunteers is not here on that day."""
    return _absences(session, community, absent_on(day))


def due_mornings(session: Session, now: datetime) -> list[int]:
    """Ids of those of the staff who are to be told now."""
    return list(session.scalars(sa.select(Staff.id).where(Staff.morning_due_at <= now, Staff.is_active).limit(100)))


def next_morning(community: Community, now: datetime) -> datetime:
    """When it is next told: at the time that staff have set, on the next day on which the office is open."""
    is_open_then = community.opens_at <= community.morning_at < community.closes_at
    wall = community.morning_at if is_open_then else community.opens_at  # hours may have changed since it was set
    today = community.local(now).date()
    days = [today + timedelta(days=ahead) for ahead in range(9)]
    mornings = [community.at(day, wall) for day in days if not community.opening_days or community.is_open_on(day)]
    return next(at for at in mornings if at > now)


def set_mornings_anew(session: Session, community: Community, *, now: datetime) -> None:
    """The time of it, or the opening hours, have changed: whoever wants it is told at the new time."""
    wanting = sa.select(Staff).where(Staff.community_id == community.id, Staff.morning_due_at.is_not(None))
    for staff in session.scalars(wanting):
        staff.morning_due_at = _not_twice(community, staff, now=now)


def _not_twice(community: Community, staff: Staff, *, now: datetime) -> datetime:
    """Whoever has been told today is told again tomorrow, however late the new time is."""
    due_at = staff.morning_due_at
    today = community.local(now).date()
    was_told = due_at is not None and community.local(due_at).date() > today
    return next_morning(community, community.within_days(today, today)[1] if was_told else now)


def tell_morning(session: Session, staff: Staff, *, now: datetime) -> bool:
    """One text to one person, once a day; none if nobody would read it in the morning any more."""
    due_at, community = staff.morning_due_at, staff.community
    if due_at is None or due_at > now:
        return False
    staff.morning_due_at = next_morning(community, now)
    if now - due_at > _WORTH:
        return True
    said = sentences_of(look_at_morning(session, community, now=now))
    row = tell_all(session, staff, said, now=now, expires_at=due_at + _WORTH)
    seal = short_seal(*last_seal(session))
    if seal and isinstance(row, Message):  # nobody writes down what is read out in the morning
        row.says = [*row.says, ["morning_seal", {"seal": seal}]]
    return True


def seal_left_at(session: Session, community: Community) -> datetime | None:
    """When a text last left with the seal of the history, so that it is known outside this machine; None: never."""
    left = sa.select(sa.func.max(Message.made_at)).where(
        Message.community_id == community.id, Message.cause == "morning", Message.state.in_(_LEFT)
    )
    return session.scalar(left)


def sentences_of(morning: Morning) -> list[Sentence]:
    """What is told: figures only, for a text is no list, and it may be read by anybody who sees the telephone."""
    portions = sum(meal.portions for meal in morning.cooked)
    told: list[tuple[str, int]] = [
        ("morning_waiting", morning.waiting), ("morning_unfilled", len(morning.unfilled)),
        ("morning_kitchens", morning.unconfirmed), ("morning_numbers", morning.broken),
    ]  # fmt: skip
    open_ones: list[Sentence] = [(prompt, {"count": number}) for prompt, number in told if number]
    return [
        ("morning", {"portions": portions, "away": len(morning.away)}),
        *(open_ones or [("morning_calm", {})]),
    ]


def _unfilled(session: Session, community: Community, today: date) -> list[Unfilled]:
    _, is_over_at = community.within_days(today, today)
    rows = sa.select(HelpRequest).where(
        HelpRequest.community_id == community.id, HelpRequest.state.in_(_UNFILLED),
        HelpRequest.wanted_from < is_over_at, HelpRequest.twin_of_id.is_(None),
    )  # fmt: skip
    with_all = rows.options(
        joinedload(HelpRequest.resident), joinedload(HelpRequest.service), joinedload(HelpRequest.dish),
        joinedload(HelpRequest.menu).joinedload(Menu.meal), joinedload(HelpRequest.job).joinedload(Job.zone),
    )  # fmt: skip
    together: dict[object, list[HelpRequest]] = {}
    for row in session.scalars(with_all.order_by(HelpRequest.wanted_from, HelpRequest.id)):
        together.setdefault(row.job_id or f"request {row.id}", []).append(row)
    return [Unfilled(rows_of_it[0], len(rows_of_it)) for rows_of_it in together.values()]


def _unfed(session: Session, community: Community, *, now: datetime) -> list[tuple[Menu, list[str]]]:
    today = community.local(now).date()
    rows = sa.select(Menu).where(
        Menu.community_id == community.id, Menu.date.between(today, today + timedelta(days=1)), Menu.closed_at.is_(None)
    )
    near = [menu for menu in session.scalars(rows) if menu.can_be_ordered(now) and menu.cutoff_at - now <= _NEAR]
    found = [(menu, _hungry_zones(session, community, menu)) for menu in near]
    return [(menu, zones) for menu, zones in found if zones]


def _hungry_zones(session: Session, community: Community, menu: Menu) -> list[str]:
    """Where somebody has ordered of it, and nobody brings meals on that day."""
    orders = sa.select(Resident.zone_id).join(HelpRequest, HelpRequest.resident_id == Resident.id)
    wanted = set(session.scalars(orders.where(HelpRequest.menu_id == menu.id, HelpRequest.state == State.POOLED)))
    fed = zones_fed_on(session, community, menu.date) if wanted else set()
    return [zone.name for zone in community.zones if zone.id in wanted - fed]


def _absences(session: Session, community: Community, which: sa.ColumnElement[bool]) -> list[Absence]:
    """Of residents and volunteers; not of those who have moved or died, who are not away but gone."""
    ours = sa.or_(Resident.community_id == community.id, Volunteer.community_id == community.id)
    rows = (
        sa.select(Absence)
        .outerjoin(Absence.resident)
        .outerjoin(Absence.volunteer)
        .where(which, ours, Absence.kind.not_in(GONE))
        .options(joinedload(Absence.resident), joinedload(Absence.volunteer))
    )
    return sorted(session.scalars(rows), key=lambda one: (one.volunteer_id is None, one.from_date, one.id))


def _is_away(absence: Absence, day: date) -> bool:
    person = absence.volunteer or absence.resident
    return person is not None and person.absence_on(day) is not None


def _cooked(session: Session, community: Community, today: date) -> list[Cooked]:
    rows = sa.select(Menu).where(Menu.community_id == community.id, Menu.date == today)
    menus = [menu for menu in session.scalars(rows) if not menu.is_off and (menu.dishes or menu.closed_at)]
    menus.sort(key=lambda menu: (menu.serve_from_at, menu.id))
    return [Cooked(menu, _kettles(session, menu)) for menu in menus]


def _kettles(session: Session, menu: Menu) -> list[Kettle]:
    """Before the cut-off what is ordered so far; afterwards what each kitchen was told."""
    told = last_counts(session, menu.id)
    so_far = {} if menu.closed_at and told else count(session, menu)
    kettles = []
    for kitchen in kitchens_of(session, menu.community_id):
        row = told.get(kitchen.id)
        lines = row.counted if row is not None else so_far.get(kitchen.id, [])
        if lines:
            kettles.append(Kettle(kitchen, row, lines))
    return kettles
