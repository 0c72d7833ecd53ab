"""What was said of a resident in one line (see oneline) becomes what will be done, is shown, and is then done."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from dispatch.asking import on_day, place_help, services_by_key, soon
from dispatch.enrolment import end_absence, set_absence
from dispatch.offered import Offered, offered_in
from dispatch.oneline import Said, Wanted
from dispatch.ordering import (
    MOST_BY_STAFF,
    orderable_for_staff,
    place_meal,
    standing_order_for,
    usual_dish,
    usual_meal,
)
from dispatch.working import cancel
from models.menus import Dish, Menu, clashes, named_dish
from models.people import Absence, AbsenceKind, Resident
from models.places import Community, Service
from models.requests import HelpRequest, Source, last_meal_of, meal_request_of, open_requests_of

_MOST_MENUS = 60
_HALVES = {"morning": 9, "afternoon": 13}
_MORNING = 9
_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """What will be done for one resident; `problem` says why it cannot be, and is "" where it can."""

    resident: Resident
    said: Said
    problem: str = ""
    menu: Menu | None = None
    dish: Dish | None = None
    portions: int = 1
    service: Service | None = None
    wanted_from: datetime | None = None
    wanted_until: datetime | None = None
    request: HelpRequest | None = None  # what is called off, or what she has already
    absence: Absence | None = None

    @property
    def is_ready(self) -> bool:
        """Can it be done as it stands, and was more said than a name?"""
        return not self.problem and self.said.wanted is not Wanted.PERSON

    @property
    def is_sold_out(self) -> bool:
        """Has the kitchen none left? Staff may enter it all the same, once they have settled it with the kitchen."""
        return self.dish is not None and self.dish.is_sold_out

    @property
    def may_not_suit(self) -> bool:
        """Is it a dish that her diet may rule out?"""
        return self.dish is not None and clashes(self.resident.diet, self.dish.contains)

    @property
    def mark(self) -> str:
        """What was shown, in a few letters: only that is done."""
        rows = (self.resident, self.menu, self.dish, self.service, self.request, self.absence)
        day = self.wanted_from.date() if self.wanted_from and self.said.day else None
        shown = [self.said.wanted, self.said.note, self.said.day, self.said.until, self.portions, day, self.said.at]
        ids = [row.id if row is not None else None for row in rows]
        return hashlib.sha256(repr([*map(str, shown), *ids]).encode()).hexdigest()[:16]


def _menus(session: Session, community: Community, now: datetime) -> list[Menu]:
    """A whole week of them, however many meals there are a day."""
    return orderable_for_staff(session, community, now, most=_MOST_MENUS)


def what_can_be_named(session: Session, community: Community, *, now: datetime) -> Offered:
    """Dishes, services and meals of this community, as they may stand in a line."""
    return offered_in(session, community, _menus(session, community, now))


def plan_for(session: Session, resident: Resident, said: Said, *, now: datetime) -> Plan:
    """What this would come to for her. Nothing is written."""
    return _PLANNERS[said.wanted](session, resident, said, now)


def carry_out(
    session: Session, plan: Plan, *, source_key: str | None, who: str, now: datetime
) -> HelpRequest | Absence | None:
    """Do what was shown. The same `source_key` twice orders once. Refuses as ordering, asking and calling off do."""
    resident, said = plan.resident, plan.said
    if said.wanted is Wanted.MEAL and plan.menu is not None and plan.dish is not None:
        return place_meal(
            session, resident, plan.menu, plan.dish, portions=plan.portions, source=Source.STAFF, who=who, now=now,
            source_key=source_key, note_for_kitchen=said.note,
        )  # fmt: skip
    if said.wanted is Wanted.HELP and plan.service and plan.wanted_from and plan.wanted_until:
        return place_help(
            session, resident, plan.service, wanted_from=plan.wanted_from, wanted_until=plan.wanted_until,
            source=Source.STAFF, who=who, now=now, note=said.note, source_key=source_key,
        )  # fmt: skip
    if said.wanted is Wanted.OFF and plan.request is not None:
        cancel(session, plan.request, who=who, now=now, why=said.note)
        return plan.request
    if said.wanted is Wanted.AWAY and said.day is not None:
        return set_absence(
            session, resident, kind=AbsenceKind.HOSPITAL if said.is_in_hospital else AbsenceKind.AWAY,
            from_date=said.day, until_date=said.until, who=who, now=now,
        )  # fmt: skip
    if said.wanted is Wanted.BACK and plan.absence is not None:
        end_absence(session, resident, plan.absence, who=who, now=now)
    return None


def _only_her(session: Session, resident: Resident, said: Said, now: datetime) -> Plan:
    usual = usual_meal(session, resident, now=now)
    plan = Plan(resident, said)
    return replace(plan, menu=usual.menu, dish=usual.dish, portions=usual.portions) if usual else plan


def _a_meal(session: Session, resident: Resident, said: Said, now: datetime) -> Plan:
    plan = Plan(resident, said, portions=min(said.count or 1, MOST_BY_STAFF))
    if said.count == 0 or said.is_double:
        return replace(plan, problem="no_portions" if said.count == 0 else "double")
    if said.dish or said.dish_key or said.day or said.meal:
        menus = [m for m in _menus(session, resident.community, now) if _is_meant(m, said)]
        menu = next((m for m in menus if _named(m, said)), None)
        return _from_menu(session, plan, menu or next(iter(menus), None))
    usual = usual_meal(session, resident, now=now)
    if usual is None:
        return _from_menu(session, plan, next(iter(_menus(session, resident.community, now)), None))
    portions = plan.portions if said.count else usual.portions
    return replace(plan, menu=usual.menu, dish=usual.dish, portions=portions)


def _is_meant(menu: Menu, said: Said) -> bool:
    return (said.day is None or menu.date == said.day) and (not said.meal or menu.meal.code == said.meal)


def _named(menu: Menu, said: Said) -> Dish | None:
    return named_dish(menu.dishes, said.dish or said.dish_key) if said.dish or said.dish_key else menu.dishes[0]


def _from_menu(session: Session, plan: Plan, menu: Menu | None) -> Plan:
    if menu is None:
        return replace(plan, problem="no_menu")
    said, resident = plan.said, plan.resident
    plan = replace(plan, menu=menu)
    if resident.absence_on(menu.date) is not None:
        return replace(plan, problem="absent")
    if (has := meal_request_of(session, resident, menu)) is not None:
        return replace(plan, problem="already", request=has)
    if said.dish or said.dish_key:
        dish = _named(menu, said)
        return replace(plan, dish=dish, problem="" if dish else "not_that_dish")
    standing = standing_order_for(session, resident, menu)
    dish = usual_dish(menu, resident, standing, last_meal_of(session, resident))
    return replace(plan, dish=dish, problem="" if dish else "no_dish")


def _off(session: Session, resident: Resident, said: Said, now: datetime) -> Plan:
    if said.is_double:
        return Plan(resident, said, problem="double")
    local = resident.community.local
    hers = [
        one for one in open_requests_of(session, resident)
        if (not said.day or local(one.wanted_from).date() == said.day)
        and (not said.meal or (one.menu is not None and one.menu.meal.code == said.meal))
        and (not said.dish or (one.dish is not None and one.dish.name == said.dish))
    ]  # fmt: skip
    if len(hers) != 1:
        return Plan(resident, said, problem="off_several" if hers else "off_none")
    return Plan(resident, said, request=hers[0], menu=hers[0].menu, dish=hers[0].dish)


def _away(session: Session, resident: Resident, said: Said, now: datetime) -> Plan:
    today = resident.community.local(now).date()
    is_wrong = said.day is None or said.day < today or (said.until is not None and said.until < said.day)
    return Plan(resident, said, problem="double" if said.is_double else "away_past" if is_wrong else "")


def _back(session: Session, resident: Resident, said: Said, now: datetime) -> Plan:
    absence = resident.absence_on(resident.community.local(now).date())
    return Plan(resident, said, absence=absence, problem="" if absence else "not_away")


def _help(session: Session, resident: Resident, said: Said, now: datetime) -> Plan:
    community = resident.community
    service = next((one for one in services_by_key(session, community) if one.id == said.service_id), None)
    start, end = _when(community, said, now)
    if end <= now:
        return Plan(resident, said, service=service, wanted_from=start, wanted_until=end, problem="over")
    is_away = resident.absence_on(community.local(start).date()) is not None
    return Plan(
        resident, said, service=service, wanted_from=start, wanted_until=end,
        problem="no_service" if service is None else "absent" if is_away else "",
    )  # fmt: skip


def _when(community: Community, said: Said, now: datetime) -> tuple[datetime, datetime]:
    today = community.local(now).date()
    day: date = said.day or today
    if said.at is not None:
        return _at_an_hour(community, day, said, now)
    if said.day is None and not said.half:
        return soon(community, now)
    if day == today and not said.half:
        return soon(community, now)
    if day == today and community.local(now).hour >= _HALVES[said.half] + 3 and said.day is None:
        day = today + timedelta(days=1)  # "in the morning", said in the afternoon
    return on_day(community, day, _HALVES.get(said.half, _MORNING), now)


def _at_an_hour(community: Community, day: date, said: Said, now: datetime) -> tuple[datetime, datetime]:
    """From the hour that was said on; an hour that is over today is tomorrow's, unless a day was said."""
    start = community.at(day, said.at or time())
    if start <= now and said.day is None:
        start = community.at(day + timedelta(days=1), said.at or time())
    return start, start + _AN_HOUR


_Planner = Callable[[Session, Resident, Said, datetime], Plan]
_PLANNERS: dict[Wanted, _Planner] = {
    Wanted.PERSON: _only_her,
    Wanted.MEAL: _a_meal,
    Wanted.OFF: _off,
    Wanted.AWAY: _away,
    Wanted.BACK: _back,
    Wanted.HELP: _help,
}
