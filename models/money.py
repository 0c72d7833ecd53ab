"""What meals cost: who is paid a part of them by the community, what was put right, and what each person was told."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to
from models.locked import LockedText
from models.people import Resident
from models.prepared import prepared


class Subsidy(Base):
    """A rule of the community: what it pays of the first portion of a meal, for whom. Amounts are cents, shares
    percent of the price; both are added, and never more is paid than the price."""

    __tablename__ = "subsidies"

    community_id: Mapped[int] = belongs_to("communities")
    name: Mapped[str] = mapped_column(sa.String(80))
    from_age: Mapped[int | None]  # in whole years on the day of the meal; None: at any age
    hardship: Mapped[str] = mapped_column(sa.String(40), default="")  # only for residents noted so; "": for everybody
    percent: Mapped[int] = mapped_column(default=0)
    cents: Mapped[int] = mapped_column(default=0)
    from_date: Mapped[date]
    until_date: Mapped[date | None]  # the last day; None: until further notice


class Correction(Base):
    """An amount that was put right by a person, and why; never changed, never deleted."""

    __tablename__ = "corrections"

    community_id: Mapped[int] = belongs_to("communities")
    resident_id: Mapped[int] = belongs_to("residents")
    month: Mapped[date]  # its first day
    cents: Mapped[int]  # more that she owes, or less
    why: Mapped[str] = mapped_column(LockedText("correction", 200))
    who: Mapped[str] = mapped_column(sa.String(40))  # "staff 3"
    at: Mapped[datetime]
    request_id: Mapped[int | None] = belongs_to("help_requests", optional=True, index=False)

    resident: Mapped[Resident] = relationship()


class Statement(Base):
    """What somebody was told on paper that she owes for a month: what changes afterwards is carried to the next one."""

    __tablename__ = "statements"
    __table_args__ = (sa.UniqueConstraint("resident_id", "month"),)

    community_id: Mapped[int] = belongs_to("communities")
    resident_id: Mapped[int] = belongs_to("residents", index=False)
    month: Mapped[date]  # its first day
    meals: Mapped[int]
    price_cents: Mapped[int]
    subsidy_cents: Mapped[int]
    corrected_cents: Mapped[int]
    carried_cents: Mapped[int]  # from months before, what had changed since they were told …
    carried: Mapped[list[Any]]  # … month by month: [[its first day, cents], …]
    owed_cents: Mapped[int]  # price - subsidy + corrected + carried
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(sa.String(40))

    resident: Mapped[Resident] = relationship()

    @property
    def own_cents(self) -> int:
        """What it said about its own month, without what was carried."""
        return self.price_cents - self.subsidy_cents + self.corrected_cents

    @property
    def carried_lines(self) -> list[tuple[date, int]]:
        """What was carried, as values."""
        return [(date.fromisoformat(month), cents) for month, cents in self.carried]


def subsidies_of(session: Session, community_id: int) -> list[Subsidy]:
    """The community's rules, those that are over too."""
    return list(session.scalars(*_subsidies_of(community_id)))


@prepared
def _subsidies_of(community_id: int) -> sa.Select[Subsidy]:
    return sa.select(Subsidy).where(Subsidy.community_id == community_id).order_by(Subsidy.from_date, Subsidy.id)


def hardships_of(session: Session, community_id: int) -> list[str]:
    """The words by which rules name those who have it hard."""
    return sorted({rule.hardship for rule in subsidies_of(session, community_id)} - {""})


def corrections_of(session: Session, resident_id: int, month: date) -> list[Correction]:
    """What was put right in one resident's month, the first first."""
    hers = sa.select(Correction).where(Correction.resident_id == resident_id, Correction.month == month)
    return list(session.scalars(hers.order_by(Correction.id)))


def statements_of(session: Session, community_id: int) -> list[Statement]:
    """Everything that was issued, the first month first."""
    ours = sa.select(Statement).where(Statement.community_id == community_id)
    return list(session.scalars(ours.order_by(Statement.month, Statement.id)))
