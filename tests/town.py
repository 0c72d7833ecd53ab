"""A small town for stories: the whole house on a real database, with a simulated carrier and a clock turned by hand.

Only the carrier and the clock are not real. Phones are dialled, keys pressed, texts written; boards are looked at.
"""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import quick
import requests
from sqlalchemy import func, select, true, union_all
from twilio.http.response import Response

from dispatch.founding import add_staff, found_community
from models.base import Base
from models.jobs import Job, Offer
from models.kitchens import Kitchen
from models.menus import Dish, Menu, StandingOrder
from models.people import Consent, Contact, Resident, Role, Volunteer
from models.places import WEEKDAYS
from models.requests import HelpRequest
from models.schema import migrate
from models.tasks import Alert, Callback
from models.traffic import Call, Message
from scripts.house import build
from scripts.settings import Settings
from voice import prompts
from voice.carrier.client import Account, Carrier, OriginClient
from voice.exchange import Answer, Exchange, Handset, Line

LINE = "+12125550100"
ROSE, KARL, ANNA, SAM, LEE, MIA, DUTY = (f"+1212555{n:04d}" for n in (111, 112, 113, 121, 122, 123, 131))
MEI = "+861055551001"  # a landline
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # nine in the morning in New York
PUBLIC = "http://linli.test"
PASSWORD = "a long password"
_BLANK = re.compile(r"{(\w+)")


def _open_and_due():
    """When everything that is still to be done is due."""
    tables = [table for table in Base.metadata.sorted_tables if "due_at" in table.c]
    for table in tables:
        still_open = table.c.closed_at.is_(None) if "closed_at" in table.c else true()
        yield select(table.c.due_at).where(table.c.due_at.is_not(None), still_open)
    yield select(Menu.count_due_at).where(Menu.count_due_at.is_not(None))


_NEXT_DUE = select(func.min(union_all(*_open_and_due()).subquery().c.due_at))


def _pattern(catalog, prompt, medium):
    """A sentence; "" for one that does not exist: such a promise is poison, and has its own stories."""
    return catalog.pattern(prompt, medium) if prompt in {**catalog.voice, **catalog.text} else ""


class HandClock:
    """The time, turned by hand."""

    def __init__(self, now=MONDAY):
        self.shown = now
        self.is_wound = self.is_frozen = False
        self.is_ahead = False

    def now(self):
        return self.shown

    def write(self, text):
        self.shown = datetime.fromisoformat(text.split()[0])


class FlaskHttp(OriginClient):
    """Twilio's client, with the exchange in this process for a network."""

    def __init__(self, town):
        super().__init__(PUBLIC + "/exchange")
        self.town = town

    def request(
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ):
        if self.town.is_cut:
            raise requests.exceptions.ConnectionError("no way out")
        parts = urlsplit(self.moved(url))
        query = "&".join(part for part in (parts.query, urlencode(params or {}, doseq=True)) if part)
        answer = self.town.app.test_client().open(
            f"{parts.path}?{query}" if query else parts.path,
            method=method,
            data=data or None,
            headers=headers,
            auth=auth,
        )
        self.town.sends.append((method, parts.path))
        self.town.wire.append((dict(data or {}), answer.get_data(as_text=True)))
        return self.answered(Response(answer.status_code, answer.get_data(as_text=True), dict(answer.headers)))

    def get_bytes(self, path, *, auth):
        answer = self.town.app.test_client().get(f"/exchange{path}", auth=auth)
        return answer.status_code, answer.get_data()


class Telephone:
    """Somebody's telephone, and the fingers that use it."""

    def __init__(self, town, number):
        self.town, self.number = town, number

    def dial(self, withheld=False, from_text=None, to=None):
        """Ring the line, or another of our numbers; what is heard first."""
        self.town.exchange.dial(self.number, to or self.town.line, withheld=withheld, from_text=from_text)
        self.town.settle()
        return self.heard

    def press(self, key):
        """Press a key as soon as the line listens."""
        self._until("keys", "words")
        before = len(self._sounds())
        self.town.exchange.press(self.number, key)
        self.town.settle()
        return self._said(before)

    def silence(self):
        """Do nothing until the line goes on by itself."""
        self._until("keys", "words")
        before = len(self._sounds())
        for _ in range(60):
            self.town.step()
            if len(self._sounds()) > before or self.state == "idle":
                break
        return self._said(before)

    def speak(self, words):
        """Say something after the tone, then press a key."""
        self._until("words")
        before = len(self._sounds())
        self.town.exchange.speak(self.number, words)
        self.town.seconds(4)
        if self.state == "recording":
            self.town.exchange.press(self.number, "#")
        self.town.settle()
        return self._said(before)

    def rings(self, minutes=1):
        """Does it ring within that time?"""
        for _ in range(int(minutes * 6)):
            if self.state == "ringing":
                return True
            self.town.seconds(10)
        return self.state == "ringing"

    def hang_up(self):
        """Put the receiver down."""
        self.town.exchange.hang_up(self.number)
        self.town.settle()

    def answer(self):
        """Pick up a call that rings."""
        self.town.exchange.answer(self.number)
        self.town.settle()
        return self.heard

    def text(self, body, to=None):
        """Write a text to the line, or to another of our numbers; the texts that come back."""
        before = len(self.inbox)
        self.town.exchange.text(self.number, to or self.town.line, body)
        self.town.settle()
        return " | ".join(self.inbox[before:])

    @property
    def state(self):
        """idle, ringing, talking, waiting or recording."""
        return self.town.exchange.handset(self.number)["state"]

    @property
    def heard(self):
        """Everything that was said in this call."""
        return self._said(0)

    @property
    def inbox(self):
        """The texts that have arrived."""
        thread = self.town.exchange.handset(self.number)["thread"]
        return [entry["body"] for entry in thread if entry["direction"] == "received"]

    def _sounds(self):
        return self.town.exchange.handset(self.number)["heard"]

    def _said(self, since):
        return " ".join(entry["text"] for entry in self._sounds()[since:] if entry["kind"] == "say")

    def _until(self, *wanted):
        for _ in range(200):
            if self.town.exchange.handset(self.number)["expects"] in wanted:
                return
            self.town.step()
        raise AssertionError(f"the line never listened: {self._sounds()}")


class Town:
    """The house, its people, their telephones."""

    rounds = 60  # so often everything is looked through until nothing is left to be done

    def __init__(self, folder, *, now=MONDAY, template=None, line=LINE, timezone="America/New_York", language="en",
                 zones=("East", "West"), environ=None, url=None):  # fmt: skip
        self.clock = HandClock(now)
        self.line, self.more_numbers = line, ()
        self.elapsed = 0.0
        self.sends = []
        self.wire = []  # what went between the house and the carrier: what was asked, and the answer
        self.telephones = {}
        self.ported = set()  # numbers of landlines that their owners have taken along to a mobile
        path = Path(folder) / "linli.db"
        if template is not None and url is None:
            shutil.copy(template, path)
        self.url = url or f"sqlite:///{path}"
        given = {"LINLI_DATABASE__URL": self.url, "LINLI_SERVER__PUBLIC_URL": PUBLIC, "LINLI_SERVER__SECRET_KEY": "s" * 40,
                 "LINLI_CARRIER__AUTH_TOKEN": "t" * 32, "LINLI_CARRIER__ACCOUNT_SID": "AC" + "0" * 32,
                 "LINLI_CARRIER__SEGMENTS_PER_SECOND": "0"}  # fmt: skip
        self.settings = Settings.load(None, {**given, **(environ or {})})
        if template is None:
            migrate(self.url)
        self.exchange = Exchange(
            account_sid=self.settings.carrier.account_sid, auth_token=self.settings.carrier.auth_token,
            lines=self._lines, directory=self._directory, now=self.clock.now, elapsed=lambda: self.elapsed,
            fetch=self._fetch, api_base=PUBLIC + "/exchange",
        )  # fmt: skip
        self.is_down = self.is_cut = False  # the house stands still; the house runs, and no wire leads to it
        self._build()
        with self.database.begin() as session:
            community = found_community(
                session, name="Linli", number=line, timezone=timezone, language=language, zones=list(zones),
                defaults=self.settings.dispatch,
            )  # fmt: skip
            community.countries = ["CN"]  # Mei's telephone is there
            session.flush()
            self.community_id = community.id

    def _build(self):
        given = self.settings.carrier
        account = Account(given.account_sid, given.auth_token, PUBLIC + "/exchange", next_token=given.next_auth_token)
        self.house = build(
            self.settings, self.clock, carrier=Carrier(account, http=FlaskHttp(self)), exchange=self.exchange,
            stopwatch=lambda: self.elapsed,
        )  # fmt: skip
        self.app = self.house.app
        self.app.testing = False
        self.database = self.house.database
        quick.share(self.database.engine, self.app)

    def go_down(self):
        """Nothing of ours answers any more, and nothing is done."""
        self.is_down = True

    def come_back(self):
        """The program starts again on what was stored."""
        self.is_down = False
        self._build()
        self.settle()

    # --- people -----------------------------------------------------------------------------------------------------

    def resident(self, name, phone, *, zone=0, language="en", diet="", enrolled=True, address="", contact=None):
        """Somebody who orders; returns the telephone."""
        with self.database.begin() as session:
            community = self._community(session)
            person = Resident(
                community=community, name=name, phone=phone, language=language, zone=community.zones[zone],
                address=address or f"{name.split()[0]}'s house", diet=diet,
            )  # fmt: skip
            if enrolled:
                person.enrol(Consent.PAPER, now=self.now)
            if contact:
                person.contacts.append(Contact(name=contact[0], phone=contact[1], language=language))
            session.add(person)
        return self.telephone(phone)

    def volunteer(
        self, name, phone, *, services=("meal", "errand"), zones=(0, 1), language="en", days=(), max_per_day=3
    ):
        """Somebody who helps; returns the telephone."""
        with self.database.begin() as session:
            community = self._community(session)
            known = {s.code: s for s in community.services}
            person = Volunteer(
                community=community, name=name, phone=phone, language=language, days=list(days), max_per_day=max_per_day,
                services=[known[s] for s in services], zones=[community.zones[z] for z in zones],
            )  # fmt: skip
            person.enrol(Consent.PAPER, now=self.now)
            session.add(person)
        return self.telephone(phone)

    def staff(self, name, phone, *, role=Role.DISPATCHER, on_duty=True, password=PASSWORD):
        """Somebody with a login; returns the telephone."""
        with self.database.begin() as session:
            add_staff(session, self._community(session), name=name, role=role, phone=phone, is_on_duty=on_duty,
                      password=password, language="en")  # fmt: skip
        return self.telephone(phone)

    def kitchen(self, name, phone, *, cooks=()):
        """Who cooks: the community's first kitchen, or, with `cooks` (names of dishes of menus that are there), another
        one that cooks these. Returns the telephone."""
        with self.database.begin() as session:
            row = session.scalars(select(Kitchen).order_by(Kitchen.id)).first()
            if cooks:
                row = Kitchen(community_id=self.community_id, name=name, phone=phone, language="en")
                session.add(row)
                session.flush()
            row.name, row.phone = name, phone
            for dish in session.scalars(select(Dish).where(Dish.name.in_(cooks))):
                dish.kitchen_id = row.id
        return self.telephone(phone)

    def menu(self, *dishes, meal="lunch", days=0):
        """What is cooked; each dish is "name" or ("name", "contains")."""
        with self.database.begin() as session:
            community = self._community(session)
            row = next(m for m in community.meals if m.code == meal)
            date = community.local(self.now).date() + timedelta(days=days)
            menu = Menu(community_id=community.id, meal_id=row.id, date=date)
            for key, dish in enumerate(dishes, start=1):
                name, contains = (dish, "") if isinstance(dish, str) else dish
                menu.dishes.append(Dish(key=str(key), name=name, contains=contains))
            session.add(menu)
            session.flush()
            return menu.id

    def standing_order(self, name, *, meal="lunch", dish="", days=WEEKDAYS):
        """ "Every day": placed by the clock."""
        with self.database.begin() as session:
            community = self._community(session)
            resident = session.scalars(select(Resident).where(Resident.name == name)).one()
            row = next(m for m in community.meals if m.code == meal)
            session.add(StandingOrder(community_id=community.id, resident_id=resident.id, meal_id=row.id, days=list(days),
                                      dish=dish, portions=1))  # fmt: skip

    def telephone(self, number):
        """The telephone with that number, known to us or not."""
        return self.telephones.setdefault(number, Telephone(self, number))

    # --- time -------------------------------------------------------------------------------------------------------

    @property
    def now(self):
        """What the clock shows."""
        return self.clock.now()

    def settle(self):
        """Let everything happen that happens at this moment."""
        for _ in range(self.rounds):
            done = 0 if self.is_down else self.house.sweeps.run_all()
            if not done + self.exchange.tick():
                return
        raise AssertionError("the town does not come to rest")

    def seconds(self, count):
        """Let seconds pass."""
        self.clock.shown += timedelta(seconds=count)
        self.elapsed += count
        self.settle()

    def step(self):
        """Until the exchange has something to do or something is due; at most ten seconds, one when nobody knows."""
        rings = self.exchange.next_due()
        left = 1.0 if rings is None else rings - self.elapsed
        if left > 1.0:
            left = min(left, max(1.0, min(10.0, self._idle_seconds())))
        self.seconds(max(0.05, left))

    def wait(self, minutes=0.0, hours=0.0, *, every=30.0):
        """Let time pass, in steps of so many seconds; where nothing is due they are taken together, to the next half hour.

        Longer steps are for long waits in which something is tried each minute and nothing comes of it.
        """
        left = (minutes + hours * 60) * 60
        while left > 0:
            part = min(every * (1 + max(0, int(self._idle_seconds() // (every + 0.001)))), left)
            self.seconds(part)
            left -= part

    def _idle_seconds(self):
        """For how long nobody need look; at the half hour what goes by the clock on the wall may begin or end."""
        rings, longest = self.exchange.next_due(), 1800.0 - self.now.timestamp() % 1800.0
        with self.database.read() as session:
            due_at = session.scalar(_NEXT_DUE)
        return min(
            longest,
            longest if rings is None else rings - self.elapsed,
            longest if due_at is None else (due_at - self.now).total_seconds(),
        )

    # --- what is stored ---------------------------------------------------------------------------------------------

    def rows(self, kind, **wanted):
        """Rows of a table, the oldest first."""
        with self.database.read() as session:
            query = select(kind).order_by(kind.id)
            for key, value in wanted.items():
                query = query.where(getattr(kind, key) == value)
            return list(session.scalars(query))

    @property
    def requests(self):
        """All help requests."""
        return self.rows(HelpRequest)

    @property
    def jobs(self):
        """All jobs."""
        return self.rows(Job)

    @property
    def offers(self):
        """All offers."""
        return self.rows(Offer)

    @property
    def calls(self):
        """All calls that came in."""
        return self.rows(Call, direction="inbound")

    @property
    def messages(self):
        """All texts."""
        return self.rows(Message)

    @property
    def alerts(self):
        """The alerts that are open."""
        return [alert for alert in self.rows(Alert) if alert.closed_at is None]

    @property
    def callbacks(self):
        """The callbacks that are open."""
        return [task for task in self.rows(Callback) if task.closed_at is None]

    def unsayable(self):
        """Promised sentences with a blank that nobody filled, in a text or a call, in any language."""
        promised = {(p, *b, "voice") for row in [*self.messages, *self.rows(Call)] for p, b in row.says or ()}
        promised |= {(p, *b, "text") for row in self.messages for p, b in row.says or ()}
        catalogs = [prompts.catalog(tag) for tag in prompts.languages()]
        return [
            (prompt, given, medium)
            for prompt, *given, medium in sorted(promised)
            for catalog in catalogs
            if not set(_BLANK.findall(_pattern(catalog, prompt, medium))) <= {*given, "community"}
        ]

    def rows_about_callbacks(self, call):
        """Was anybody asked to ring back for this call, or for an earlier one from that number?"""
        return [task for task in self.rows(Callback) if task.call_id == call.id or task.phone == call.phone]

    def close_meals(self, menu_id):
        """Staff close the orders of a menu."""
        from dispatch.rounds import close_menu

        with self.database.begin() as session:
            close_menu(session, session.get(Menu, menu_id), who="staff 1", now=self.now)
        self.settle()

    def _community(self, session):
        from models.places import Community

        return session.get(Community, self.community_id)

    def _lines(self):
        numbers = (self.line, *self.more_numbers)
        return [Line(number, f"{PUBLIC}/voice", f"{PUBLIC}/sms", f"{PUBLIC}/voice/status") for number in numbers]

    def _directory(self):
        from models import phones

        return [Handset(n, n, is_landline=phones.is_landline(n) and n not in self.ported) for n in self.telephones]

    def _fetch(self, method, url, params, headers, timeout_s):
        if self.is_down or self.is_cut:
            raise ConnectionError("nobody listens there")
        answer = self.app.test_client().open(
            url.removeprefix(PUBLIC), base_url=PUBLIC, method=method, data=params if method == "POST" else None,
            headers=headers,
        )  # fmt: skip
        body = answer.get_data().decode("utf-8", "replace")
        self.wire.append((dict(params), body))
        return Answer(answer.status_code, body, answer.headers.get("Content-Type", ""))
