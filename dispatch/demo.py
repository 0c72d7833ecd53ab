"""The demo community: invented people on invented numbers, enrolled and alive, so that everything can be tried."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.founding import add_staff, found_community
from models.kitchens import kitchens_of
from models.menus import Dish, Menu, StandingOrder
from models.people import Consent, Contact, Resident, Role, Volunteer
from models.places import Announcement, Community

_DATA = Path(__file__).with_name("demo.toml")
_MENU_DAYS = 14
LOGIN = "demo"


def load_demo(session: Session, *, defaults: Any, password: str, now: datetime) -> Community:
    """Found the demo community with its people; the login is LOGIN with `password`."""
    data = tomllib.loads(_DATA.read_text("utf-8"))
    place = data["community"]
    community = found_community(
        session, name=place["name"], number=place["number"], timezone=place["timezone"], language=place["language"],
        zones=place["zones"], defaults=defaults, is_demo=True,
    )  # fmt: skip
    community.practice_number = place["practice_number"]
    session.flush()
    cooks = kitchens_of(session, community.id)[0]
    cooks.name, cooks.phone = place["kitchen"]
    zones = {zone.name: zone for zone in community.zones}
    services = {service.code: service for service in community.services}
    residents = {}
    for row in data["residents"]:
        resident = Resident(
            community=community, name=row["name"], phone=row["phone"], language=row["language"],
            zone=zones[row["zone"]], address=row["address"], door_note=row.get("door_note", ""),
            diet=row.get("diet", ""),
        )  # fmt: skip
        resident.enrol(Consent.PAPER, now=now)
        if "contact" in row:
            name, phone = row["contact"]
            resident.contacts.append(Contact(name=name, phone=phone, language=row["language"]))
        residents[row["name"]] = resident
    for row in data["volunteers"]:
        volunteer = Volunteer(
            community=community, name=row["name"], phone=row["phone"], language=row["language"], days=[],
            max_per_day=row.get("max_per_day", 3), zones=[zones[z] for z in row["zones"]],
            services=[services[s] for s in row["services"]],
        )  # fmt: skip
        volunteer.enrol(Consent.PAPER, now=now)
        session.add(volunteer)
    session.add_all(residents.values())
    session.flush()
    _standing_orders(session, community, residents, data["standing_orders"])
    for row in data["staff"]:
        add_staff(
            session, community, name=row["name"], role=Role(row["role"]), phone=row["phone"],
            is_on_duty=True, password=password, language=row["language"],
        )  # fmt: skip
    today = community.local(now).date()
    session.add(Announcement(
        community_id=community.id, words=data["news"], from_date=today, until_date=today + timedelta(days=30)
    ))  # fmt: skip
    keep_menus_coming(session, community, now=now)
    return community


def keep_menus_coming(session: Session, community: Community, *, now: datetime) -> int:
    """Write the menus of the next days that are not there yet; returns how many. A demo must never run out of lunch."""
    kitchen = tomllib.loads(_DATA.read_text("utf-8"))["kitchen"]
    today = community.local(now).date()
    made = 0
    for offset in range(_MENU_DAYS):
        day = today + timedelta(days=offset)
        for meal in community.meals:
            made += _write_menu(session, community, meal.id, meal.code, day, kitchen)
    return made


def _write_menu(
    session: Session, community: Community, meal_id: int, code: str, day: date, kitchen: dict[str, list[list[str]]]
) -> bool:
    known = session.scalars(sa.select(Menu.id).where(Menu.meal_id == meal_id, Menu.date == day)).first()
    if known is not None:
        return False
    dishes = kitchen[code]
    start = day.toordinal() % len(dishes)
    menu = Menu(community_id=community.id, meal_id=meal_id, date=day)
    for key, index in enumerate((start, start + 1), start=1):
        name, contains = dishes[index % len(dishes)]
        menu.dishes.append(Dish(key=str(key), name=name, contains=contains, price_cents=1000))
    session.add(menu)
    return True


def _standing_orders(
    session: Session, community: Community, residents: dict[str, Resident], rows: list[dict[str, Any]]
) -> None:
    meals = {meal.code: meal for meal in community.meals}
    for row in rows:
        session.add(
            StandingOrder(
                community_id=community.id,
                resident_id=residents[row["name"]].id,
                meal_id=meals[row["meal"]].id,
                days=[],
                dish="",
                portions=1,
            )
        )
