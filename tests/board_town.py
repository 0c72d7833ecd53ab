"""A small town for the board's tests: a real SQLite file, a clock turned by hand, two communities, and a browser."""

import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import quick
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dispatch import alarms, asking, ordering
from dispatch.board import init_board
from dispatch.board.desk import Replies
from dispatch.founding import add_staff, found_community
from dispatch.logbook import Logbook
from dispatch.noticing import Notebook
from dispatch.watch import watch_once
from models.base import Base
from models.database import Database, open_engine
from models.menus import Dish, Menu
from models.numbers import phone_of
from models.people import Consent, Contact, Resident, Role, Volunteer
from models.places import Community
from models.requests import HelpRequest, Source
from models.traffic import Delivery, Direction, Message, Recording
from voice.cards import Cards
from voice.pieces import pieces_of
from voice.rehearsal import rehearse
from voice.teaching import TEACHABLE, known_words, why_not

PASSWORD = "correct horse battery"
# Monday 23 November 2026, 09:00 in Shanghai: an hour before the lunch cut-off.
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DEFAULTS = SimpleNamespace(offer_minutes=10, wave_size=3, nudge_minutes=60, acknowledge_minutes=15)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Town:
    """The house as the composition root would wire it, with only the clock faked."""

    database: Database
    app: Flask
    now: datetime = MORNING
    ids: dict[str, int] = field(default_factory=dict)
    is_wound: bool = False
    is_watched: bool = True
    sid: int = 0
    notebook: Notebook = field(default_factory=Notebook)
    logbook: Logbook = field(init=False)

    def __post_init__(self) -> None:
        self.logbook = Logbook(self.database)

    def wait(self, **span: float) -> None:
        """Time passes, and the watch looks at what is due."""
        self.now += timedelta(**span)
        watch_once(self.database, now=self.now)

    def browser(self, name: str = "Chen Li", *, language: str = "en") -> "Browser":
        """Somebody of the staff, logged in."""
        browser = Browser(self, self.app.test_client())
        browser.log_in(name)
        with browser.client.session_transaction() as session:
            session["language"] = language
        return browser

    def errand(self, who: str = "rose", note: str = "Milk and bread", **more: Any) -> int:
        """Somebody asks for an errand by phone."""
        with self.database.begin() as session:
            return self.errand_in(session, who, note, **more)

    def errand_in(self, session: Session, who: str = "rose", note: str = "Milk and bread", **more: Any) -> int:
        """The same, in a transaction that goes on."""
        resident = session.get_one(Resident, self.ids[who])
        service = next(s for s in resident.community.services if s.code == "errand")
        start, end = asking.soon(resident.community, self.now)
        return asking.place_help(
            session, resident, service, wanted_from=start, wanted_until=end, source=Source.VOICE,
            who=f"resident {resident.id}", now=self.now, note=note, **more,
        ).id  # fmt: skip

    def lunch(self, who: str, key: str = "1") -> int:
        """Somebody orders lunch by phone."""
        with self.database.begin() as session:
            resident = session.get_one(Resident, self.ids[who])
            menu = session.get_one(Menu, self.ids["lunch"])
            dish = next(dish for dish in menu.dishes if dish.key == key)
            return ordering.place_meal(
                session, resident, menu, dish, source=Source.VOICE, who=f"resident {resident.id}", now=self.now
            ).id

    def text_from(self, phone: str, body: str, who: str | None = None) -> int:
        """A text comes in that a person should read."""
        self.sid += 1
        with self.database.begin() as session:
            row = Message(
                community_id=self.ids["community"], direction=Direction.INBOUND, phone=phone, body=body,
                state=Delivery.RECEIVED, made_at=self.now, needs_reading=True, message_sid=f"SM{self.sid:032d}",
                resident_id=self.ids[who] if who else None,
            )  # fmt: skip
            session.add(row)
            community = session.get_one(Community, self.ids["community"])
            phone_of(session, community, phone).last_heard_at = self.now
            session.flush()
            return row.id

    def callback(self, phone: str | None, why: str = "unfinished", **more: Any) -> int:
        """Somebody is to be rung."""
        with self.database.begin() as session:
            community = session.get_one(Community, self.ids["community"])
            return alarms.open_callback(session, community, phone=phone, why=why, now=self.now, **more).id

    def recording(self, community: str = "community") -> int:
        """Something was said and fetched."""
        with self.database.begin() as session:
            row = Recording(
                community_id=self.ids[community], recording_sid=f"RE{self.ids[community]:032d}", seconds=7,
                media_type="audio/wav", audio=b"RIFF1234WAVE", made_at=self.now, fetched_at=self.now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def row(self, kind: Any, row_id: int) -> Any:
        """What is stored now."""
        with self.database.read() as session:
            found = session.get_one(kind, row_id)
            session.refresh(found)
            session.expunge_all()
            return found

    def job_of(self, request_id: int) -> int:
        """The job of a request."""
        return int(self.row(HelpRequest, request_id).job_id)


@dataclass
class Browser:
    """What a member of staff sees and presses, without scripts."""

    town: Town
    client: FlaskClient
    page: str = ""

    def log_in(self, name: str, password: str = PASSWORD, next_path: str = "") -> TestResponse:
        """Through the login page."""
        token = token_in(self.client.get("/login").text)
        data = {"name": name, "password": password, "csrf_token": token, "next": next_path}
        return self.client.post("/login", data=data)

    def see(self, path: str, status: int = 200) -> str:
        """Open a page."""
        answer = self.client.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[-1500:]}"
        self.page = answer.text
        return self.page

    def press(self, path: str, status: int = 200, **data: Any) -> str:
        """Send a form with the token (and the marks) of the page that was seen, and follow to where it leads."""
        data["csrf_token"] = token_in(self.page or self.see("/"))
        for mark in ("version", "seen_event"):
            # The first may be of the button that takes back what was just done.
            if mark not in data and (found := re.findall(rf'name="{mark}" value="([^"]*)"', self.page)):
                data[mark] = found[-1]
        answer = self.client.post(path, data=data, follow_redirects=True)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[-1500:]}"
        self.page = answer.text
        return self.page


def menu_form(page: str) -> dict[str, str]:
    """The fields of the form of a menu as they would be sent."""
    form = re.search(r'<form[^>]* class="menu-form".*?</form>', page, re.DOTALL)[0]
    return {
        name: value for name, value in re.findall(r'name="([\w-]+)"[^>]* value="([^"]*)"', form) if "csrf" not in name
    }


def token_in(page: str) -> str:
    """The page's token against forged forms."""
    found = _TOKEN.search(page)
    assert found, f"no form on this page:\n{page[:500]}"
    return found.group(1)


def build_town(folder: Path, *, is_https: bool = False, provider: Any = None) -> Town:
    """Two communities; residents, volunteers, staff and a menu in the first. A copy of one that is built once."""
    template, ids = _template()
    path = folder / "town.db"
    shutil.copy(template, path)
    database = Database(open_engine(f"sqlite:///{path}"))
    app = Flask("town")
    app.config.update(SECRET_KEY="a key for tests only")
    town = Town(database, app, ids=dict(ids))

    def play(session: Session, recording_id: int) -> tuple[bytes, str] | None:
        row = session.get(Recording, recording_id)
        return (row.audio, row.media_type) if row and row.audio else None

    init_board(
        app, database=database, now=lambda: town.now, is_wound=lambda: town.is_wound,
        is_watched=lambda: town.is_watched, is_simulated=True, play=play, is_https=is_https,
        cards=Cards(), cut=pieces_of, rehearse=rehearse,
        replies=Replies(TEACHABLE, known_words, why_not),
        word_at=lambda index, language: f"word-{index}-{language}", provider=provider, logbook=town.logbook,
        notebook=town.notebook,
    )  # fmt: skip
    quick.share(database.engine, app)
    return town


@cache
def _template() -> tuple[Path, dict[str, int]]:
    """Hashing five passwords takes a second; every test gets a copy."""
    path = Path(tempfile.mkdtemp()) / "template.db"
    database = Database(open_engine(f"sqlite:///{path}"))
    Base.metadata.create_all(database.engine)
    town = Town(database, Flask("template"))
    with database.begin() as session:
        _settle(session, town)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.engine.dispose()
    return path, town.ids


def _settle(session: Session, town: Town) -> None:
    here = _community(session, "East Lake", "+861055550100")
    there = _community(session, "West Hill", "+861055550200")
    town.ids |= {"community": here.id, "elsewhere": there.id}
    for name, role, community in (
        ("Chen Li", Role.COORDINATOR, here), ("Dai Fen", Role.DISPATCHER, here), ("Ai Ding", Role.AUDITOR, here),
        ("Op Rator", Role.OPERATOR, here), ("Far Away", Role.COORDINATOR, there),
    ):  # fmt: skip
        staff = add_staff(
            session, community, name=name, role=role, phone="+8613800000001", is_on_duty=role is Role.DISPATCHER,
            password=PASSWORD, language="en",
        )  # fmt: skip
        town.ids[name] = staff.id
    east, west = here.zones
    people = (
        ("rose", "Rose Miller", "+8617000002001", "en", east, "East 8-2-401", "no peanuts"),
        ("gao", "高慧敏", "+861055551004", "zh-CN", east, "东里8号楼4单元601", ""),
        ("zhu", "朱世杰", "+861055551004", "zh-CN", west, "西里10号楼", "花生过敏"),
    )
    for key, name, phone, language, zone, address, diet in people:
        row = Resident(
            community_id=here.id, name=name, phone=phone, language=language, zone_id=zone.id, address=address,
            diet=diet,
            door_note="Ring twice", enrolled_at=town.now, consent=Consent.PAPER,
        )  # fmt: skip
        row.contacts.append(Contact(name="Daughter Ann", phone="+8617000007001", language=language))
        session.add(row)
        session.flush()
        town.ids[key] = row.id
    for key, name, phone in (("sam", "Sam Lee", "+8617000003001"), ("lee", "李强", "+8617000003002")):
        helper = Volunteer(
            community_id=here.id, name=name, phone=phone, language="en", days=[], max_per_day=3,
            enrolled_at=town.now, consent=Consent.PAPER,
        )  # fmt: skip
        helper.zones, helper.services = list(here.zones), list(here.services)
        session.add(helper)
        session.flush()
        town.ids[key] = helper.id
    town.ids |= {f"{meal.code} meal": meal.id for meal in here.meals}
    lunch = next(meal for meal in here.meals if meal.code == "lunch")
    for day, name in ((date(2026, 11, 23), "lunch"), (date(2026, 11, 24), "tomorrow")):
        menu = Menu(community_id=here.id, meal_id=lunch.id, date=day, is_planned_for=True)
        menu.dishes = [
            Dish(key="1", name="冬瓜排骨汤", contains="猪肉"), Dish(key="2", name="Kung Pao", contains="peanuts;spicy"),
        ]  # fmt: skip
        session.add(menu)
        session.flush()
        town.ids[name] = menu.id
    stranger = Resident(
        community_id=there.id, name="Nobody Here", phone="+8617000009999", language="en", zone_id=there.zones[0].id
    )
    other_helper = Volunteer(community_id=there.id, name="Far Helper", phone="+8617000009998", language="en", days=[])
    session.add_all([stranger, other_helper])
    session.flush()
    town.ids |= {"stranger": stranger.id, "far helper": other_helper.id}


def _community(session: Session, name: str, number: str) -> Community:
    return found_community(
        session, name=name, number=number, timezone="Asia/Shanghai", language="zh-CN", zones=["东里", "西里"],
        defaults=DEFAULTS,
    )  # fmt: skip
