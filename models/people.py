"""The people: residents and their contacts, volunteers, staff."""

import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, contains_eager, declared_attr, mapped_column, relationship, selectinload

from models.base import Base, belongs_to, one_of
from models.locked import LockedText
from models.nearness import Somewhere, Vehicle
from models.places import WEEKDAYS, Community, Service, Zone, is_between
from models.prepared import prepared

# As usual, slower, and slowest: how somebody wants to hear what is said by telephone.
PACES = 3
_FIRST_BIRTH_YEAR = 1880
_HAN = re.compile(r"[\u3400-\u9fff\s]+")
TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam", "rev", "sister", "brother"})
# Family names of two characters; every other Chinese family name has one.
_DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯")


def given_name(name: str) -> str:
    """What may be said to whoever calls from a number: never the surname. "Rose Miller" → "Rose", "高慧敏" → "慧敏"."""
    if _HAN.fullmatch(name):
        whole = "".join(name.split())
        surname = 2 if whole.startswith(_DOUBLE_SURNAMES) and len(whole) > 2 else 1
        return whole[surname:] or whole
    words = [word for word in name.split() if word.casefold().rstrip(".") not in TITLES]
    return words[0] if words else name


def can_be_born_on(day: date, *, today: date) -> bool:
    """Can somebody who lives have been born on that date?"""
    return day.year >= _FIRST_BIRTH_YEAR and day <= today


class Person:
    """What residents, volunteers, contacts and staff share: a name and the phone they are reached by."""

    name: Mapped[str] = mapped_column(sa.String(80))
    phone: Mapped[str | None] = mapped_column(sa.String(16), index=True)
    language: Mapped[str] = mapped_column(sa.String(16))

    @property
    def given_name(self) -> str:
        """The name without the surname (see given_name)."""
        return given_name(self.name)


class Consent(StrEnum):
    """How somebody said yes to being rung and texted by us."""

    PAPER = "paper"
    STAFF = "staff"
    OWN_CALL = "own_call"


def helper_name(name: str) -> str:
    """What a resident hears of who comes: the given name; a Chinese name whole, for half of it is no name: "陈静"."""
    return name if _HAN.fullmatch(name) else given_name(name)


class Enrolled(Person):
    """Somebody whom we may call or text only after consent was recorded."""

    # A second telephone: what comes from it is theirs too; what we have to say goes to the first.
    other_phone: Mapped[str | None] = mapped_column(sa.String(16), index=True)
    enrolled_at: Mapped[datetime | None]
    consent: Mapped[Consent | None] = mapped_column(one_of(Consent))
    # Since when they want nothing at all any more; None: they have not said so, or have taken it back.
    withdrawn_at: Mapped[datetime | None]
    # Since when nothing is known of them any more (see dispatch/forgetting.py); the row stays, so that counts do.
    forgotten_at: Mapped[datetime | None]

    @declared_attr
    def absences(cls) -> Mapped[list["Absence"]]:
        """When they are not here."""
        return relationship("Absence", order_by="Absence.from_date", back_populates=cast(type, cls).__name__.lower())

    def is_gone(self, day: date) -> bool:
        """Moved away or dead by that local date?"""
        return any(a.kind in GONE and a.covers(day) for a in self.absences)

    def absence_on(self, day: date) -> "Absence | None":
        """Why they are not here on that local date, if they are not: for good before for a while."""
        return max((a for a in self.absences if a.covers(day)), key=lambda a: a.kind in GONE, default=None)

    def enrol(self, consent: Consent, *, now: datetime) -> None:
        """Record consent; the first one stands."""
        if self.enrolled_at is None:
            self.enrolled_at, self.consent, self.withdrawn_at = now, consent, None


class Resident(Base, Enrolled, Somewhere):
    """Somebody who may order and ask for help. Residents behind one phone number are a household."""

    __tablename__ = "residents"

    community_id: Mapped[int] = belongs_to("communities")
    zone_id: Mapped[int] = belongs_to("zones")
    address: Mapped[str] = mapped_column(LockedText("address", 200), default="")
    door_note: Mapped[str] = mapped_column(LockedText("door_note", 300), default="")
    diet: Mapped[str] = mapped_column(LockedText("diet", 200), default="")
    pace: Mapped[int] = mapped_column(default=0)  # how much more slowly she wants to hear everything: 0, 1, 2
    born_on: Mapped[date | None]
    hardship: Mapped[str] = mapped_column(
        LockedText("hardship", 40), default=""
    )  # as the community's subsidies name it
    # Behind whom staff want her visited: the id of a resident. Without a foreign key: SQLite takes none into a table
    # that is there. Whoever is merged into another is followed there (see dispatch/moving_over.py).
    follows_id: Mapped[int | None]

    community: Mapped[Community] = relationship()
    zone: Mapped[Zone] = relationship()
    contacts: Mapped[list["Contact"]] = relationship(order_by="Contact.id", back_populates="resident")


class AbsenceKind(StrEnum):
    """Why a resident is not to be cooked for, called or offered, and a volunteer not to be asked."""

    AWAY = "away"
    HOSPITAL = "hospital"  # of a volunteer: ill
    MOVED = "moved"
    DECEASED = "deceased"


GONE = frozenset({AbsenceKind.MOVED, AbsenceKind.DECEASED})


class Absence(Base):
    """Of a resident or a volunteer: from one local date until another (both included); without an end it lasts."""

    __tablename__ = "absences"
    __table_args__ = (
        sa.CheckConstraint("(resident_id IS NULL) <> (volunteer_id IS NULL)", name="of_one_person"),
        sa.Index("ix_absences_until_date", "until_date"),
    )

    resident_id: Mapped[int | None] = belongs_to("residents", optional=True)
    volunteer_id: Mapped[int | None] = belongs_to("volunteers", optional=True)
    kind: Mapped[AbsenceKind] = mapped_column(one_of(AbsenceKind))
    from_date: Mapped[date]
    until_date: Mapped[date | None]
    entered_at: Mapped[datetime | None]  # what was called off for it was called off at that instant
    resident: Mapped[Resident | None] = relationship(back_populates="absences")
    volunteer: Mapped["Volunteer | None"] = relationship(back_populates="absences")

    def covers(self, day: date) -> bool:
        """Is that local date within it?"""
        return self.from_date <= day and (self.until_date is None or day <= self.until_date)

    def lasts(self, today: date) -> bool:
        """Begun, or about to: not over yet?"""
        return self.until_date is None or today <= self.until_date


def absent_on(day: Any, *kinds: AbsenceKind) -> sa.ColumnElement[bool]:
    """The rows that cover that local date, in a query; only of these kinds, if any are given."""
    covers = sa.and_(Absence.from_date <= day, sa.or_(Absence.until_date.is_(None), Absence.until_date >= day))
    return sa.and_(covers, Absence.kind.in_(kinds)) if kinds else covers


class Contact(Base, Person):
    """A daughter, a neighbour with the key: texted and called when something is wrong."""

    __tablename__ = "contacts"

    resident_id: Mapped[int] = belongs_to("residents")
    resident: Mapped[Resident] = relationship(back_populates="contacts")


volunteer_zones = sa.Table(
    "volunteer_zones",
    Base.metadata,
    sa.Column("volunteer_id", sa.ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("zone_id", sa.ForeignKey("zones.id", ondelete="CASCADE"), primary_key=True),
)
volunteer_services = sa.Table(
    "volunteer_services",
    Base.metadata,
    sa.Column("volunteer_id", sa.ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("service_id", sa.ForeignKey("services.id", ondelete="CASCADE"), primary_key=True),
)


# Who is not to be sent to whom, whatever the reason: nobody is asked to give one.
never_together = sa.Table(
    "never_together",
    Base.metadata,
    sa.Column("volunteer_id", sa.ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("resident_id", sa.ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
)


class Volunteer(Base, Enrolled, Somewhere):
    """Somebody who takes jobs: which services, in which zones, on which weekdays, how many a day."""

    __tablename__ = "volunteers"

    community_id: Mapped[int] = belongs_to("communities")
    days: Mapped[list[Any]]  # weekday codes ("mon"); empty: any day
    max_per_day: Mapped[int] = mapped_column(default=3)
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)  # weekday code → ["09:00", "12:30"]; none: any hour
    max_per_week: Mapped[int | None]  # None: as many as the days give
    quiet_from: Mapped[time | None]  # her own quiet hours, besides the community's
    quiet_until: Mapped[time | None]
    reach_metres: Mapped[int | None]  # how far from home; None: anywhere in her zones
    speaks: Mapped[list[Any]] = mapped_column(default=list)  # language tags besides her own
    vetted_until: Mapped[date | None]  # checked by the office, good until that day
    vehicle: Mapped[Vehicle] = mapped_column(one_of(Vehicle), default=Vehicle.FOOT)

    @property
    def helper_name(self) -> str:
        """The name by which residents hear of this volunteer (see helper_name)."""
        return helper_name(self.name)

    def works_between(self, start: datetime, end: datetime, *, whole: bool) -> bool:
        """Is she free then, in local time: for some of it, or for the `whole` of it?"""
        weekday = WEEKDAYS[start.weekday()]
        if self.days and weekday not in self.days:
            return False
        if weekday not in self.hours:
            return True
        walls = (time.fromisoformat(wall) for wall in self.hours[weekday])
        begins, ends = (datetime.combine(start.date(), wall, start.tzinfo) for wall in walls)
        return begins <= start and end <= ends if whole else begins < end and start < ends

    def is_resting(self, local: datetime) -> bool:
        """Within quiet hours of her own?"""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        return is_between(local.time(), self.quiet_from, self.quiet_until)

    def can_talk_with(self, language: str) -> bool:
        """Do they have a language in common? A region makes no difference: "es-MX" is "es"."""
        return _spoken(language) in {_spoken(tag) for tag in (self.language, *self.speaks)}

    community: Mapped[Community] = relationship()
    zones: Mapped[list[Zone]] = relationship(secondary=volunteer_zones, order_by="Zone.position")
    services: Mapped[list[Service]] = relationship(secondary=volunteer_services, order_by="Service.position")


def _spoken(tag: str) -> str:
    return tag.partition("-")[0].casefold()


class Role(StrEnum):
    """What somebody of the staff is there for; the board's own table says what each may do."""

    DISPATCHER = "dispatcher"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Staff(Base, Person):
    """Somebody with a login to the board; on duty, also somebody who is alarmed."""

    __tablename__ = "staff"
    __table_args__ = (sa.UniqueConstraint("name"),)

    community_id: Mapped[int] = belongs_to("communities")
    role: Mapped[Role] = mapped_column(one_of(Role))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    is_on_duty: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    pin_hash: Mapped[str | None] = mapped_column(sa.String(200))  # for recording prompts by telephone
    morning_due_at: Mapped[datetime | None] = mapped_column(index=True)  # when next told of the day; None: not wanted
    # What the app on their telephone shares with us (base32); since when a code is asked for at each login; which was
    # the last that opened, for none opens twice; what is left of the codes for the day the telephone is lost, hashed.
    code_secret: Mapped[str | None] = mapped_column(LockedText("code_secret", 64))
    codes_since: Mapped[datetime | None]
    last_code: Mapped[int] = mapped_column(default=0)
    spare_codes: Mapped[list[Any]] = mapped_column(default=list)
    # An invitation to set a password oneself: what of its link is kept, from what it can be told again to the outbox
    # (with a secret that is not here), and until when it opens (see dispatch/inviting.py).
    invite_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True, index=True)
    invite_salt: Mapped[str | None] = mapped_column(sa.String(64))
    invited_until: Mapped[datetime | None]
    # By which address a provider of logins knows this person, if the office has entered one.
    login_email: Mapped[str | None] = mapped_column(sa.String(254), unique=True, index=True)
    # As whom the provider knows whoever first came with that address: should it give the address to somebody else.
    login_subject: Mapped[str | None] = mapped_column(sa.String(255))
    community: Mapped[Community] = relationship()


class StaffSession(Base):
    """One login of one browser, kept here so that it can be ended everywhere at once; `token_hash` is SHA-256."""

    __tablename__ = "staff_sessions"

    staff_id: Mapped[int] = belongs_to("staff")
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    had_second: Mapped[bool] = mapped_column(default=False)  # more than a password was shown for it
    staff: Mapped[Staff] = relationship()


def residents_at(session: Session, community: Community, phone: str, *, now: datetime) -> list[Resident]:
    """The household behind a number, in the order they were entered, without those who have moved or died."""
    return residents_with(session, community, [phone], now=now)


def residents_with(session: Session, community: Community, numbers: list[str], *, now: datetime) -> list[Resident]:
    """Everybody who has one of these numbers, in the order they were entered, without those who have moved or died."""
    rows = session.scalars(*_residents_with(community.id, numbers))
    today = community.local(now).date()
    return [resident for resident in rows if not resident.is_gone(today)]


def contact_at(session: Session, community: Community, phone: str) -> "Contact | None":
    """The daughter or neighbour who has this number, if she is somebody's contact."""
    return session.scalars(*_contacts_at(community.id, phone)).first()


def residents_of_contact(session: Session, community: Community, phone: str, *, now: datetime) -> list[Resident]:
    """For whom the contact with this number may call, without those who have moved or died."""
    today = community.local(now).date()
    people = {contact.resident_id: contact.resident for contact in session.scalars(*_contacts_at(community.id, phone))}
    return [resident for resident in people.values() if not resident.is_gone(today)]


@prepared
def _contacts_at(community_id: int, phone: str) -> sa.Select[Contact]:
    at = sa.select(Contact).join(Contact.resident).where(Resident.community_id == community_id, Contact.phone == phone)
    return at.order_by(Contact.id).options(contains_eager(Contact.resident))


def _has(kind: "type[Resident | Volunteer]", numbers: list[str]) -> sa.ColumnElement[bool]:
    return sa.or_(kind.phone.in_(numbers), kind.other_phone.in_(numbers))


@prepared
def _residents_with(community_id: int, numbers: list[str]) -> sa.Select[Resident]:
    with_one = sa.select(Resident).where(Resident.community_id == community_id, _has(Resident, numbers))
    return with_one.order_by(Resident.id).options(selectinload(Resident.absences))


def volunteer_at(session: Session, community: Community, phone: str, *, now: datetime) -> Volunteer | None:
    """The volunteer who has this number, as the first or the second one, and has neither moved away nor died."""
    return next(iter(volunteers_with(session, community, [phone], now=now)), None)


def volunteers_with(session: Session, community: Community, numbers: list[str], *, now: datetime) -> list[Volunteer]:
    """Every volunteer who has one of these numbers and has neither moved away nor died, in the order of their ids."""
    return list(session.scalars(*_volunteers_with(community.id, numbers, community.local(now).date())))


@prepared
def _volunteers_with(community_id: int, numbers: list[str], today: date) -> sa.Select[Volunteer]:
    with_one = sa.select(Volunteer).where(Volunteer.community_id == community_id, _has(Volunteer, numbers))
    return with_one.where(~Volunteer.absences.any(absent_on(today, *sorted(GONE)))).order_by(Volunteer.id)


def duty_staff(session: Session, community: Community) -> list[Staff]:
    """Staff on duty, in the order they are alarmed."""
    return list(session.scalars(*_duty_staff(community.id)))


@prepared
def _duty_staff(community_id: int) -> sa.Select[Staff]:
    on_duty = sa.select(Staff).where(Staff.community_id == community_id, Staff.is_on_duty, Staff.is_active)
    return on_duty.order_by(Staff.id)


def staff_at(session: Session, community: Community, phone: str) -> Staff | None:
    """Who of the staff has this number and may set up what the line says."""
    return session.scalars(*_staff_at(community.id, phone)).first()


@prepared
def _staff_at(community_id: int, phone: str) -> sa.Select[Staff]:
    at = sa.select(Staff).where(Staff.community_id == community_id, Staff.phone == phone, Staff.is_active)
    return at.where(Staff.role == Role.COORDINATOR).order_by(Staff.pin_hash.is_(None), Staff.id).limit(1)
