"""What residents owe for a month, what they were told, and what has changed since: derived, until it is issued.

A month that was issued stands as it was told. What changes in it afterwards is carried into the next one that is
issued, as a line with its month; so whatever happens, all statements and what is still to be carried add up to all
that was eaten.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from dispatch.prices import is_charged
from models.changes import touch
from models.errors import Refusal
from models.events import Event
from models.lifecycle import CLOSED, State
from models.menus import Menu
from models.money import Correction, Statement, statements_of
from models.people import Resident
from models.places import Community
from models.requests import HelpRequest, MealFate

Key = tuple[int, date]  # a resident's id, and the first day of a month


@dataclass(frozen=True)
class Own:
    """What one resident has had in one month, and what was put right in it."""

    meals: int = 0
    price_cents: int = 0
    subsidy_cents: int = 0
    corrected_cents: int = 0
    corrections: int = 0

    @property
    def cents(self) -> int:
        """What that comes to."""
        return self.price_cents - self.subsidy_cents + self.corrected_cents

    @property
    def is_something(self) -> bool:
        """Is there anything to tell, even if it comes to nothing?"""
        return bool(self.meals or self.corrections)


@dataclass(frozen=True)
class Account:
    """One resident's month: as it was issued, else as it stands now."""

    resident_id: int
    month: date
    own: Own  # as it stands now
    carried: tuple[tuple[date, int], ...]
    statement: Statement | None
    is_issued: bool

    @property
    def told(self) -> Own:
        """What stands, or would stand, on paper about this month."""
        row = self.statement
        if not self.is_issued:
            return self.own
        return Own(row.meals, row.price_cents, row.subsidy_cents, row.corrected_cents) if row is not None else Own()

    @property
    def carried_cents(self) -> int:
        """What was, or would be, carried from earlier months."""
        return sum(cents for _, cents in self.carried)

    @property
    def owed_cents(self) -> int:
        """What she was told, or would be."""
        return self.told.cents + self.carried_cents

    @property
    def changed_cents(self) -> int:
        """What has changed in this month since it was issued."""
        return self.own.cents - self.told.cents


@dataclass(frozen=True)
class Book:
    """Everything a community has charged, put right and told."""

    own: dict[Key, Own]
    statements: dict[Key, Statement]
    told: dict[Key, int] = field(default_factory=lambda: defaultdict(int))  # about a month, in whichever statement

    @classmethod
    def of(cls, session: Session, community_id: int) -> "Book":
        """The book as it stands now."""
        statements = {(row.resident_id, row.month): row for row in statements_of(session, community_id)}
        book = cls(_own(session, community_id), statements)
        for (resident_id, month), row in statements.items():
            book.told[resident_id, month] += row.own_cents
            for earlier, cents in row.carried_lines:
                book.told[resident_id, earlier] += cents
        return book

    @property
    def last_issued(self) -> date | None:
        """The last month that was issued; the months before it are closed with it."""
        return max((month for _, month in self.statements), default=None)

    def is_issued(self, month: date) -> bool:
        """Does what changes in that month go into a later one?"""
        return self.last_issued is not None and month <= self.last_issued

    def is_waiting(self, month: date) -> bool:
        """Must an earlier month be issued before this one?"""
        return any(earlier < month and not self.is_issued(earlier) for _, earlier in self.own)

    def changes(self) -> dict[int, list[tuple[date, int]]]:
        """By resident, what is still to be told about months that were issued, the earliest first."""
        found: dict[int, list[tuple[date, int]]] = defaultdict(list)
        for resident_id, month in sorted({*self.own, *self.told}):
            key = (resident_id, month)
            cents = self.own.get(key, Own()).cents - self.told.get(key, 0)
            if self.is_issued(month) and cents:
                found[resident_id].append((month, cents))
        return found

    def accounts(self, month: date) -> list[Account]:
        """Everybody who had something in that month, or to whom something is carried into it."""
        is_issued = self.is_issued(month)
        changes = {} if is_issued or self.is_waiting(month) else self.changes()
        ids = {one for one, of in {*self.own, *self.statements} if of == month} | set(changes)
        accounts = [self._account(one, month, tuple(changes.get(one, ()))) for one in sorted(ids)]
        return [one for one in accounts if one.own.is_something or one.carried or one.statement is not None]

    def account(self, resident_id: int, month: date) -> Account:
        """One resident's month, also an empty one."""
        found = (one for one in self.accounts(month) if one.resident_id == resident_id)
        return next(found, None) or self._account(resident_id, month, ())

    def _account(self, resident_id: int, month: date, changes: tuple[tuple[date, int], ...]) -> Account:
        statement = self.statements.get((resident_id, month))
        carried = tuple(statement.carried_lines) if statement is not None else changes
        own = self.own.get((resident_id, month), Own())
        return Account(resident_id, month, own, carried, statement, self.is_issued(month))


def first_of(day: date) -> date:
    """The month of a date, named by its first day."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The month after."""
    return first_of(month + timedelta(days=31))


def is_over(community: Community, month: date, *, now: datetime) -> bool:
    """Has the last local day of that month gone by?"""
    return community.local(now).date() >= next_month(month)


def issue(session: Session, community: Community, month: date, *, who: str, now: datetime) -> list[Statement]:
    """Write down what everybody is told for a month; once: from then on it stands.

    Refuses "month_not_over", and "earlier_month_first" while what an earlier month came to has not been told.
    """
    if not is_over(community, month, now=now):
        raise Refusal("month_not_over")
    # Two who issue at once: the second finds it done.
    session.execute(sa.select(Community.id).where(Community.id == community.id).with_for_update(key_share=True))
    book = Book.of(session, community.id)
    if book.is_issued(month):
        return []
    if book.is_waiting(month):
        raise Refusal("earlier_month_first")
    rows = [_statement(community, account, who=who, now=now) for account in book.accounts(month)]
    session.add_all(rows)
    if rows:
        why = f"month {month:%Y-%m}"
        session.add(Event(community_id=community.id, at=now, who=who, verb="issue", why=why))
        touch(session, community.id)
    return rows


def correct(
    session: Session,
    resident: Resident,
    month: date,
    *,
    cents: int,
    why: str,
    who: str,
    now: datetime,
    request: HelpRequest | None = None,
) -> Correction:
    """Put an amount right, by a line of its own that nobody takes away again."""
    row = Correction(
        community_id=resident.community_id, resident_id=resident.id, month=month, cents=cents, why=why, who=who, at=now,
        request_id=request.id if request is not None else None,
    )  # fmt: skip
    session.add(row)
    touch(session, resident.community_id)
    return row


def meals_in(session: Session, community_id: int, month: date, resident_id: int | None = None) -> list[HelpRequest]:
    """What was ordered for the days of a month, by everybody or by one, the first day first."""
    query = (
        sa.select(HelpRequest)
        .join(HelpRequest.menu)
        .where(HelpRequest.community_id == community_id, Menu.date >= month, Menu.date < next_month(month))
        .options(joinedload(HelpRequest.menu).joinedload(Menu.meal), joinedload(HelpRequest.dish))
        .order_by(Menu.date, HelpRequest.wanted_from, HelpRequest.id)
    )
    return list(session.scalars(query if resident_id is None else query.where(HelpRequest.resident_id == resident_id)))


def _statement(community: Community, account: Account, *, who: str, now: datetime) -> Statement:
    own = account.own
    return Statement(
        community_id=community.id, resident_id=account.resident_id, month=account.month, meals=own.meals,
        price_cents=own.price_cents, subsidy_cents=own.subsidy_cents, corrected_cents=own.corrected_cents,
        carried_cents=account.carried_cents, carried=[[month.isoformat(), cents] for month, cents in account.carried],
        owed_cents=account.owed_cents, issued_at=now, issued_by=who,
    )  # fmt: skip


def _own(session: Session, community_id: int) -> dict[Key, Own]:
    """What everybody has had, month by month."""
    own: dict[Key, Own] = {}
    for key, more in [*_delivered(session, community_id), *_next_door(session, community_id)]:
        had = own.get(key, Own())
        own[key] = replace(
            had, meals=had.meals + more.meals, price_cents=had.price_cents + more.price_cents,
            subsidy_cents=had.subsidy_cents + more.subsidy_cents,
        )  # fmt: skip
    for key, cents, count in _corrected(session, community_id):
        own[key] = replace(own.get(key, Own()), corrected_cents=cents, corrections=count)
    return own


def _delivered(session: Session, community_id: int) -> Iterator[tuple[Key, Own]]:
    """Nearly all that is charged: added up by the database, however many years there are."""
    year, month = sa.extract("year", Menu.date), sa.extract("month", Menu.date)
    price, subsidy = sa.func.sum(HelpRequest.price_cents), sa.func.sum(HelpRequest.subsidy_cents)
    query = (
        sa.select(HelpRequest.resident_id, year, month, sa.func.count(), price, subsidy)
        .join(HelpRequest.menu)
        .where(
            HelpRequest.community_id == community_id, HelpRequest.state == State.DONE,
            HelpRequest.price_cents.is_not(None),
        )
        .group_by(HelpRequest.resident_id, year, month)
    )  # fmt: skip
    for resident_id, year_, month_, meals, price_, subsidy_ in session.execute(query):
        yield (resident_id, date(int(year_), int(month_), 1)), Own(meals, price_ or 0, subsidy_ or 0)


def _next_door(session: Session, community_id: int) -> Iterator[tuple[Key, Own]]:
    """Those few that were not handed over and are hers all the same: looked at one by one."""
    query = (
        sa.select(HelpRequest)
        .where(
            HelpRequest.community_id == community_id, HelpRequest.state.in_(CLOSED - {State.DONE}),
            HelpRequest.meal_fate == MealFate.NEIGHBOUR,
        )
        .options(joinedload(HelpRequest.menu).joinedload(Menu.meal))
    )  # fmt: skip
    for meal in session.scalars(query):
        if meal.menu is not None and is_charged(meal):
            key = (meal.resident_id, first_of(meal.menu.date))
            yield key, Own(1, meal.price_cents or 0, meal.subsidy_cents or 0)


def _corrected(session: Session, community_id: int) -> Iterator[tuple[Key, int, int]]:
    cents, count = sa.func.sum(Correction.cents), sa.func.count()
    query = (
        sa.select(Correction.resident_id, Correction.month, cents, count)
        .where(Correction.community_id == community_id)
        .group_by(Correction.resident_id, Correction.month)
    )
    for resident_id, month, cents_, count_ in session.execute(query):
        yield (resident_id, month), cents_ or 0, count_
