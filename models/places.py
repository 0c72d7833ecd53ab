"""The community, its zones, its services and its meals: what is offered here, as data that staff can edit."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.nearness import Somewhere
from models.prepared import prepared

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Whom a service may ask before staff are alarmed (see dispatch/ladder.py).
RUNGS, LAST_RUNG = ("everyone", "contacts"), "staff"


class Who(StrEnum):
    """Of whom of the staff something is demanded."""

    NOBODY = "nobody"
    COORDINATORS = "coordinators"
    EVERYBODY = "everybody"


class Community(Base):
    """A neighbourhood with its own number. The number that was called or texted decides which one is meant."""

    __tablename__ = "communities"

    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    # Where texts and calls go out when the first number or its carrier fails; who answers there is heard as well.
    second_number: Mapped[str | None] = mapped_column(sa.String(16), unique=True)
    # Where everything works and nothing is done.
    practice_number: Mapped[str | None] = mapped_column(sa.String(16), unique=True, index=True)
    timezone: Mapped[str] = mapped_column(sa.String(64))
    language: Mapped[str] = mapped_column(sa.String(16))
    quiet_from: Mapped[time] = mapped_column(default=time(21))
    quiet_until: Mapped[time] = mapped_column(default=time(8))
    opens_at: Mapped[time] = mapped_column(default=time(8))
    closes_at: Mapped[time] = mapped_column(default=time(20))
    opening_days: Mapped[list[Any]] = mapped_column(default=lambda: list(WEEKDAYS))
    emergency_number: Mapped[str] = mapped_column(sa.String(16), default="112")
    countries: Mapped[list[Any]] = mapped_column(default=list)  # that the line rings besides those of its own numbers
    next_code: Mapped[int] = mapped_column(default=11)
    board_version: Mapped[int] = mapped_column(default=1)
    is_demo: Mapped[bool] = mapped_column(default=False)
    asked_per_day_max: Mapped[int] = mapped_column(default=10)  # how often one volunteer is asked in a day
    jobs_at_once_max: Mapped[int | None]  # how many jobs one volunteer may have in the same hours; None: as many as fit
    asked_whether_good_every: Mapped[int] = mapped_column(default=20)  # one request in so many; 0: nobody is asked
    rings_back: Mapped[bool] = mapped_column(default=False)  # whoever rings off at once, so that it costs her nothing
    tests_strangers: Mapped[bool] = mapped_column(default=False)  # who is not known presses a key first
    words_version: Mapped[int] = mapped_column(default=0)  # one further at each change of its own reply words
    # When its staff said that everything may leave again; it counts if that was after the last restore.
    released_at: Mapped[datetime | None]
    # Until when each of its numbers is busy with the texts that have left by it, and when one that can wait left last.
    busy_until: Mapped[datetime | None]
    second_busy_until: Mapped[datetime | None]
    bulk_left_at: Mapped[datetime | None]
    morning_at: Mapped[time] = mapped_column(default=time(8, 15))  # when staff who want it are told of the day by text
    # What a segment of a text and a minute of a call cost, said by staff; None: nobody has, and nothing is estimated.
    segment_price: Mapped[float | None] = mapped_column(sa.Double)
    minute_price: Mapped[float | None] = mapped_column(sa.Double)
    # What may leave in a day: in the carrier's currency while prices are known, else in segments and minutes; None:
    # what is usual for so many people. Until when what can wait waits; on which date somebody has let it leave.
    day_limit_money: Mapped[float | None] = mapped_column(sa.Double)
    day_limit_units: Mapped[int | None]
    stopped_until: Mapped[datetime | None]
    limit_lifted_on: Mapped[date | None]
    limit_due_at: Mapped[datetime | None]  # when what has left today is counted next
    prices_due_at: Mapped[datetime | None]  # when the carrier is asked what the day before has cost; None: never yet
    second_factor_for: Mapped[Who] = mapped_column(one_of(Who), default=Who.NOBODY)  # who shows more than a password
    sheet_at: Mapped[datetime | None]  # of when the day sheet is that lies on the machine's own disk

    zones: Mapped[list["Zone"]] = relationship(order_by="Zone.position, Zone.id", back_populates="community")
    services: Mapped[list["Service"]] = relationship(order_by="Service.position", back_populates="community")
    meals: Mapped[list["Meal"]] = relationship(order_by="Meal.serve_from", back_populates="community")

    @property
    def zone_info(self) -> ZoneInfo:
        """The community's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its own numbers: the first, and the second and the one for practice where there are such."""
        return tuple(number for number in (self.number, self.second_number, self.practice_number) if number)

    def local(self, instant: datetime) -> datetime:
        """An instant as the community's wall clock shows it."""
        return instant.astimezone(self.zone_info)

    def at(self, day: date, wall: time) -> datetime:
        """The instant at which the community's wall clock shows `wall` on `day`."""
        return datetime.combine(day, wall, tzinfo=self.zone_info)

    def within_days(self, first: date, last: date) -> tuple[datetime, datetime]:
        """From when until when these days last, `last` among them; the end itself is of the next day."""
        return self.at(first, time()), self.at(last + timedelta(days=1), time())

    def is_open_on(self, day: date) -> bool:
        """Is somebody in the office on that weekday?"""
        return WEEKDAYS[day.weekday()] in self.opening_days

    def is_staffed(self, instant: datetime) -> bool:
        """Within opening hours?"""
        local = self.local(instant)
        return self.is_open_on(local.date()) and self.opens_at <= local.time() < self.closes_at

    def opens_next(self, instant: datetime) -> datetime:
        """The first instant from `instant` on at which the office is open; `instant` itself if it never is."""
        if self.is_staffed(instant) or not self.opening_days:
            return instant
        local = self.local(instant)
        days = (local.date() + timedelta(days=ahead) for ahead in range(8))
        openings = (self.at(day, self.opens_at) for day in days if self.is_open_on(day))
        return next((opening for opening in openings if opening > instant), instant)

    def is_quiet(self, instant: datetime) -> bool:
        """Within quiet hours? (They may span midnight.)"""
        return is_between(self.local(instant).time(), self.quiet_from, self.quiet_until)

    def after_quiet(self, instant: datetime) -> datetime:
        """The first instant from `instant` on at which people may be rung or texted."""
        return self.next_at(self.quiet_until, instant) if self.is_quiet(instant) else instant

    def next_at(self, wall: time, instant: datetime) -> datetime:
        """The first instant after `instant` at which the community's wall clock shows `wall`."""
        today = self.local(instant).date()
        soon = self.at(today, wall)
        return soon if soon > instant else self.at(today + timedelta(days=1), wall)

    def before_quiet(self, instant: datetime) -> datetime:
        """The last instant up to `instant` at which people may be rung or texted."""
        if not self.is_quiet(instant):
            return instant
        local = self.local(instant)
        evening = self.at(local.date(), self.quiet_from)
        evening = evening if evening <= instant else self.at(local.date() - timedelta(days=1), self.quiet_from)
        return evening - timedelta(minutes=1)

    def take_code(self, session: Session) -> int:
        """The next short code. Codes of a community are never used again."""
        row = session.execute(
            sa.update(Community)
            .where(Community.id == self.id)
            .values(next_code=Community.next_code + 1)
            .returning(Community.next_code)
            .execution_options(synchronize_session=False)
        )
        return int(row.scalar_one()) - 1


class Zone(Base, Somewhere):
    """A part of the neighbourhood that a volunteer can cover; its place is its middle."""

    __tablename__ = "zones"
    __table_args__ = (sa.UniqueConstraint("community_id", "name"),)

    community_id: Mapped[int] = belongs_to("communities")
    name: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int] = mapped_column(default=0)
    community: Mapped[Community] = relationship(back_populates="zones")


class Service(Base):
    """What can be asked for: meal, errand, ride, repair, visit, ... Rows, not code. Patience is in minutes."""

    __tablename__ = "services"
    __table_args__ = (sa.UniqueConstraint("community_id", "code"),)

    community_id: Mapped[int] = belongs_to("communities")
    code: Mapped[str] = mapped_column(sa.String(24))
    names: Mapped[dict[str, str]]  # language tag → "errand"
    key: Mapped[str | None] = mapped_column(sa.String(1))  # its key in the help menu; None: not asked for there (meals)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    offer_minutes: Mapped[float] = mapped_column(default=10)
    wave_size: Mapped[int] = mapped_column(default=3)
    nudge_minutes: Mapped[float] = mapped_column(default=60)
    acknowledge_minutes: Mapped[float] = mapped_column(default=15)
    work_minutes: Mapped[float] = mapped_column(default=120)  # how long after its start such help is normally finished
    stops_max: Mapped[int] = mapped_column(default=8)  # how many people one round may feed
    # Who is asked, in this order, once `small_waves` waves of a few have found nobody; "staff" always come last.
    ladder: Mapped[list[Any]] = mapped_column(default=lambda: [LAST_RUNG])
    small_waves: Mapped[int] = mapped_column(default=3)
    spending_limit_cents: Mapped[int | None]  # what a volunteer may lay out; None: no money is spent on this service
    needs_vetting: Mapped[bool] = mapped_column(default=False)  # only for volunteers whom the office has checked
    needs_language: Mapped[bool] = mapped_column(default=False)  # they must be able to talk with each other
    is_urgent: Mapped[bool] = mapped_column(default=False)  # more people are asked at a time
    helpers: Mapped[int] = mapped_column(default=1)  # how many people go there together
    community: Mapped[Community] = relationship(back_populates="services")


# So many days before its own a meal may have to be ordered.
MOST_CUTOFF_DAYS = 3


class Meal(Base):
    """A meal of the day (lunch, dinner): until when it is ordered, and when it comes."""

    __tablename__ = "meals"
    __table_args__ = (sa.UniqueConstraint("community_id", "code"),)

    community_id: Mapped[int] = belongs_to("communities")
    code: Mapped[str] = mapped_column(sa.String(24))
    names: Mapped[dict[str, str]]
    cutoff: Mapped[time]
    cutoff_days: Mapped[int] = mapped_column(default=0)  # so many days before its own day the orders end; 0: on it
    serve_from: Mapped[time]
    serve_until: Mapped[time]
    changes_until: Mapped[time | None]  # until when the kitchen can still cook more or less; None: until it is served
    days: Mapped[list[Any]] = mapped_column(default=list)  # on which weekdays it is cooked; empty: on every day
    community: Mapped[Community] = relationship(back_populates="meals")

    def orders_until(self, day: date) -> datetime:
        """Until when the meal of that day can be ordered: a wall-clock rule in the community's zone."""
        return self.community.at(day - timedelta(days=self.cutoff_days), self.cutoff)

    def is_cooked_on(self, day: date) -> bool:
        """Is it cooked on that weekday? (Closing days are another matter.)"""
        return not self.days or WEEKDAYS[day.weekday()] in self.days


class Announcement(Base):
    """News of the community, read to whoever presses 4, from one local date until another (both included)."""

    __tablename__ = "announcements"

    community_id: Mapped[int] = belongs_to("communities")
    words: Mapped[dict[str, str]]  # language tag → what is said
    from_date: Mapped[date]
    until_date: Mapped[date]


def is_between(wall: time, start: time, end: time) -> bool:
    """Is that time of day within these two? They may span midnight."""
    return start <= wall < end if start <= end else wall >= start or wall < end


def community_of(session: Session, number: str) -> Community | None:
    """The community of which this number, in E.164, is one."""
    return session.scalars(*_community_of(number)).one_or_none()


@prepared
def _community_of(number: str) -> sa.Select[Community]:
    numbers = (Community.number, Community.second_number, Community.practice_number)
    return sa.select(Community).where(sa.or_(*(own == number for own in numbers))).order_by(Community.id).limit(1)
