"""What a community still lacks, so that a request would wait for nobody: people, menus, hours. Only looked at."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import phones
from models.kitchens import closing_days
from models.menus import Menu
from models.numbers import Phone
from models.people import GONE, Resident, Volunteer, absent_on, duty_staff, volunteer_services, volunteer_zones
from models.places import MOST_CUTOFF_DAYS, WEEKDAYS, Community, Meal, Service

# So many names stand for the rest.
NAMES_MOST = 5
_MENU_DAYS = 3
_KITCHEN_RESTS_DAYS = 14


@dataclass(frozen=True)
class Some:
    """How many, and the first of their names."""

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Uncovered:
    """A service that nobody who is enrolled and here does: in these zones, or nowhere at all."""

    service: dict[str, str]  # language tag → its name
    zones: tuple[str, ...]
    is_nowhere: bool


def zone_is_known(community: Community) -> bool:
    """Does this machine know the community's time zone?"""
    try:
        ZoneInfo(community.timezone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def has_residents(session: Session, community: Community) -> bool:
    """Is there anybody at all who could order?"""
    return (
        session.scalars(sa.select(Resident.id).where(Resident.community_id == community.id).limit(1)).first()
        is not None
    )


def unreached_residents(session: Session, community: Community, *, now: datetime) -> dict[str, Some]:
    """Residents who live here and can be neither called nor texted, by the reason: see dispatch.telling."""
    today = community.local(now).date()
    return _unreached(session, Resident, community, ~Resident.absences.any(absent_on(today, *GONE)))


def unreached_volunteers(session: Session, community: Community, *, now: datetime) -> dict[str, Some]:
    """Volunteers who are never asked, by the reason; not those who have moved or died."""
    today = community.local(now).date()
    return _unreached(session, Volunteer, community, ~Volunteer.absences.any(absent_on(today, *GONE)))


def _unreached(session: Session, kind: Any, community: Community, wanted: Any) -> dict[str, Some]:
    has_phone, may = kind.phone.is_not(None), kind.enrolled_at.is_not(None)
    reasons = {
        "no_phone": ~has_phone,
        "not_enrolled": has_phone & ~may,
        "opted_out": has_phone & may & kind.phone.in_(_phones_with(community, Phone.opted_out_at)),
        "unreachable": has_phone & may & kind.phone.in_(_phones_with(community, Phone.unreachable_since)),
    }
    found = {
        reason: _some(session, kind, (kind.community_id == community.id) & wanted & holds)
        for reason, holds in reasons.items()
    }
    return {reason: some for reason, some in found.items() if some.count}


def _phones_with(community: Community, since: InstrumentedAttribute[datetime | None]) -> Any:
    return sa.select(Phone.number).where(Phone.community_id == community.id, since.is_not(None))


def _some(session: Session, kind: Any, holds: Any) -> Some:
    count = session.scalar(sa.select(sa.func.count()).select_from(kind).where(holds)) or 0
    names = session.scalars(sa.select(kind.name).where(holds).order_by(kind.id).limit(NAMES_MOST))
    return Some(count, tuple(names))


def people_on_duty(session: Session, community: Community) -> Some:
    """Staff on duty who can be rung."""
    reached = [staff.name for staff in duty_staff(session, community) if staff.phone]
    return Some(len(reached), tuple(reached[:NAMES_MOST]))


def zones_without_volunteers(session: Session, community: Community, *, now: datetime) -> tuple[str, ...]:
    """Zones in which nobody does anything."""
    covered = {zone for _, zone in _covered(session, community, now)}
    return tuple(zone.name for zone in community.zones if zone.id not in covered)


def uncovered_services(session: Session, community: Community, *, now: datetime) -> list[Uncovered]:
    """Services that are offered and that nobody does, somewhere or anywhere; zones where nobody does anything apart."""
    covered = _covered(session, community, now)
    done_here = {zone for _, zone in covered}
    found = []
    for service in (service for service in community.services if service.is_active):
        missing = [z for z in community.zones if z.id in done_here and (service.id, z.id) not in covered]
        is_nowhere = not any(known == service.id for known, _ in covered)
        if missing or is_nowhere:
            found.append(Uncovered(service.names, tuple(zone.name for zone in missing), is_nowhere))
    return found


def _covered(session: Session, community: Community, now: datetime) -> set[tuple[int, int]]:
    """Pairs of service and zone for which there is somebody who can be asked."""
    today = community.local(now).date()
    rows = session.execute(
        sa.select(volunteer_services.c.service_id, volunteer_zones.c.zone_id)
        .join(volunteer_zones, volunteer_zones.c.volunteer_id == volunteer_services.c.volunteer_id)
        .join(Volunteer, Volunteer.id == volunteer_services.c.volunteer_id)
        .where(
            Volunteer.community_id == community.id, Volunteer.enrolled_at.is_not(None), Volunteer.phone.is_not(None),
            Volunteer.max_per_day > 0, ~Volunteer.absences.any(absent_on(today)),
            Volunteer.phone.not_in(_phones_with(community, Phone.opted_out_at)),
        )
        .distinct()
    )  # fmt: skip
    return {(service, zone) for service, zone in rows}


def zones_fed_on(session: Session, community: Community, day: date) -> set[int]:
    """Ids of the zones in which somebody brings meals on that day: enrolled, not away, and the day is one of theirs."""
    bring = (
        sa.select(volunteer_zones.c.zone_id, Volunteer.days)
        .join(Volunteer, Volunteer.id == volunteer_zones.c.volunteer_id)
        .join(volunteer_services, volunteer_services.c.volunteer_id == Volunteer.id)
        .join(Service, Service.id == volunteer_services.c.service_id)
        .where(
            Volunteer.community_id == community.id, Service.code == "meal", Volunteer.enrolled_at.is_not(None),
            Volunteer.phone.is_not(None), Volunteer.max_per_day > 0, ~Volunteer.absences.any(absent_on(day)),
            Volunteer.phone.not_in(_phones_with(community, Phone.opted_out_at)),
        )
    )  # fmt: skip
    weekday = WEEKDAYS[day.weekday()]
    return {zone for zone, days in session.execute(bring) if not days or weekday in days}


def volunteers_by_call(session: Session, community: Community) -> Some:
    """Volunteers whose phones take no texts: they are rung, one after the other."""
    rows = session.execute(
        sa.select(Volunteer.name, Volunteer.phone, Phone.cannot_text_since)
        .outerjoin(Phone, (Phone.number == Volunteer.phone) & (Phone.community_id == Volunteer.community_id))
        .where(Volunteer.community_id == community.id, Volunteer.phone.is_not(None))
        .order_by(Volunteer.id)
    )
    names = [name for name, number, told in rows if told or phones.is_landline(str(number))]
    return Some(len(names), tuple(names[:NAMES_MOST]))


def meals_running_out(session: Session, community: Community, *, now: datetime) -> list[Meal]:
    """Meals that were cooked lately, and for whose next days nothing can be ordered; all, if nothing ever was."""
    today = community.local(now).date()
    last = today + timedelta(days=_MENU_DAYS + MOST_CUTOFF_DAYS)
    menus = list(
        session.scalars(
            sa.select(Menu).where(
                Menu.community_id == community.id, Menu.date >= today - timedelta(days=_KITCHEN_RESTS_DAYS),
                Menu.date <= last,
            )
        )
    )  # fmt: skip
    cooked = {menu.meal_id for menu in menus}
    ahead = {m.meal_id for m in menus if m.can_be_ordered(now) and m.date in _days_ahead(m.meal, today)}
    closed = {row.date for row in closing_days(session, community.id, today, last)}
    return [
        meal
        for meal in community.meals
        if any(meal.is_cooked_on(day) and day not in closed for day in _days_ahead(meal, today))
        and meal.id not in ahead
        and (meal.id in cooked or not cooked)
    ]


def _days_ahead(meal: Meal, today: date) -> list[date]:
    """The next days for which this meal should be written: counted from the first whose orders may still be open."""
    return [today + timedelta(days=meal.cutoff_days + number) for number in range(_MENU_DAYS + 1)]


def meals_ordered_too_late(community: Community) -> list[Meal]:
    """Meals that can still be ordered when they are already brought."""

    def is_in_time(meal: Meal) -> bool:
        return (meal.cutoff_days > 0 or meal.cutoff <= meal.serve_from) and meal.serve_from < meal.serve_until

    return [meal for meal in community.meals if not is_in_time(meal)]


def is_never_staffed(community: Community) -> bool:
    """Is there no hour in the week at which a caller is connected to somebody?"""
    return not community.opening_days or community.opens_at >= community.closes_at
