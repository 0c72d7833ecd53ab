"""The invented town: a community with its zones, residents, volunteers, staff and menus, in a database in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch.founding import found_community
from dispatch.planning.chances import chance
from dispatch.planning.memory import TownDatabase
from dispatch.planning.plan import Plan
from models.menus import Dish, Menu, StandingOrder
from models.people import Consent, Resident, Role, Staff, Volunteer
from models.places import WEEKDAYS, Community

# A Monday, at midnight there: what is lived does not depend on the day on which somebody asks.
_ZONE = "Asia/Shanghai"
BEGINS_AT = datetime(2026, 5, 31, 16, tzinfo=UTC)
_LANGUAGE = "en"
# Nobody of these is ever rung: the numbers only tell landlines and mobiles apart, as the numbering plan does.
_MOBILE, _LANDLINE = "+86139{:08}", "+861055{:06}"
_STAFF, _RESIDENTS, _VOLUNTEERS = 1, 100_000, 500_000
_RESIDENTS_BY_LANDLINE = 0.6
# Half of the meals are of people who eat with us every day.
_REGULARS = 0.5
# How many of the volunteers do what; everybody does meals or errands.
_DOES = {"meal": 0.85, "errand": 0.75, "ride": 0.3, "repair": 0.25, "visit": 0.5}
_ANY_DAY = 0.5
_SECOND_ZONE = 0.6


@dataclass(frozen=True)
class _Patience:
    offer_minutes: float
    wave_size: int
    nudge_minutes: float = 60
    acknowledge_minutes: float = 15


@dataclass(frozen=True)
class Town:
    """The database of a town that has just been settled, and who lives there, by id."""

    database: TownDatabase
    community_id: int
    staff_id: int
    regulars: frozenset[int]  # residents with a standing order
    residents: tuple[int, ...]
    volunteers: tuple[int, ...]
    menus: tuple[int, ...]


def settle(plan: Plan) -> Town:
    """Found the town and move everybody in."""
    database = TownDatabase()
    with database.begin() as session:
        community = _community(session, plan)
        staff = Staff(
            community_id=community.id, name="Staff", phone=_MOBILE.format(_STAFF), language=_LANGUAGE,
            role=Role.DISPATCHER, password_hash="", is_on_duty=True,
        )  # fmt: skip
        residents = [_resident(community, plan, number) for number in range(plan.residents)]
        volunteers = [_volunteer(community, plan, number) for number in range(plan.volunteers)]
        menus = _menus(community, plan)
        session.add_all([staff, *residents, *volunteers, *menus])
        session.flush()
        regulars = [
            resident for number, resident in enumerate(residents)
            if chance(plan.seed, "regular", number).random() < plan.meals_a_day * _REGULARS
        ]  # fmt: skip
        lunch = community.meals[0]
        session.add_all(_standing(community, resident, lunch) for resident in regulars)
        return Town(
            database, community.id, staff.id, frozenset(resident.id for resident in regulars),
            tuple(resident.id for resident in residents), tuple(volunteer.id for volunteer in volunteers),
            tuple(menu.id for menu in menus),
        )  # fmt: skip


def _community(session: Session, plan: Plan) -> Community:
    patience = _Patience(plan.offer_minutes, plan.wave_size)
    community = found_community(
        session, name="Town", number=_LANDLINE.format(0), timezone=_ZONE, language=_LANGUAGE,
        zones=[f"Zone {number}" for number in range(1, plan.zones + 1)], defaults=patience,
    )  # fmt: skip
    for service in community.services:
        service.stops_max = plan.stops_max
    return community


def _resident(community: Community, plan: Plan, number: int) -> Resident:
    stream = chance(plan.seed, "resident", number)
    phone = _LANDLINE if stream.random() < _RESIDENTS_BY_LANDLINE else _MOBILE
    resident = Resident(
        community=community, name=f"Resident {number}", phone=phone.format(_RESIDENTS + number), language=_LANGUAGE,
        zone=community.zones[number % plan.zones], address=f"House {number:05}",
    )  # fmt: skip
    resident.enrol(Consent.PAPER, now=BEGINS_AT)
    return resident


def _volunteer(community: Community, plan: Plan, number: int) -> Volunteer:
    stream = chance(plan.seed, "volunteer", number)
    zones = [community.zones[number % plan.zones]]
    if plan.zones > 1 and stream.random() < _SECOND_ZONE:
        zones.append(community.zones[(number + 1) % plan.zones])
    phone = _LANDLINE if stream.random() < plan.landlines else _MOBILE
    days = [] if stream.random() < _ANY_DAY else sorted(stream.sample(WEEKDAYS, stream.randint(3, 5)))
    volunteer = Volunteer(
        community=community, name=f"Volunteer {number}", phone=phone.format(_VOLUNTEERS + number), language=_LANGUAGE,
        zones=zones, services=_services(community, {code: stream.random() for code in _DOES}), days=days,
        max_per_day=plan.max_per_day,
    )  # fmt: skip
    volunteer.enrol(Consent.PAPER, now=BEGINS_AT)
    return volunteer


def _services(community: Community, drawn: dict[str, float]) -> list[Any]:
    does = {code for code, share in _DOES.items() if drawn[code] < share}
    if not does & {"meal", "errand"}:
        does.add("meal")
    return [service for service in community.services if service.code in does]


def _menus(community: Community, plan: Plan) -> list[Menu]:
    first = community.local(BEGINS_AT).date()
    return [
        Menu(community=community, meal=meal, date=first + timedelta(days=day), dishes=[Dish(key="1", name="Dish")])
        for day in range(plan.days)
        for meal in community.meals
    ]


def _standing(community: Community, resident: Resident, meal: Any) -> StandingOrder:
    return StandingOrder(community_id=community.id, resident_id=resident.id, meal_id=meal.id, days=[])


def day_of(number: int) -> datetime:
    """Midnight of that day of the simulation, from 0."""
    return BEGINS_AT + timedelta(days=number)


def at(day: int, wall: time) -> datetime:
    """When the town's clock shows that on that day."""
    return day_of(day) + timedelta(hours=wall.hour, minutes=wall.minute)


def midnight(instant: datetime) -> datetime:
    """When the day of that instant began in the town."""
    return day_of((instant - BEGINS_AT) // timedelta(days=1))
