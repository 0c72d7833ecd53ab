"""A hamlet: a founded database for a campaign, and the carrier's signed posts to it. No clock, no network."""

import resource
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from dispatch.founding import found_community
from models.database import Database, open_engine
from models.menus import Dish, Menu
from models.numbers import Phone
from models.people import Consent, Resident, Volunteer
from models.schema import migrate
from scripts.settings import Settings

ACCOUNT, TOKEN = "AC" + "7" * 32, "a-token-of-the-campaigns-0123456789"
PUBLIC = "https://linli.example.org"
LINE = "+12125550100"
ROSE, KARL, ANNA, SAM, LEE = (f"+1212555{n:04d}" for n in (111, 112, 113, 121, 122))
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # nine in the morning in New York


class WoundClock:
    """The time that a campaign says it is."""

    is_wound = False
    is_frozen = False

    def __init__(self, shown=MONDAY):
        self.shown = shown

    def now(self):
        """The time, in UTC."""
        return self.shown

    def write(self, text):
        """Wind it."""
        self.shown = datetime.fromisoformat(text.split()[0])


def settings_for(database, **more):
    """The settings of an installation on that SQLite file; `more` in the environment's names."""
    return Settings.load(
        None,
        {
            "LINLI_DATABASE__URL": f"sqlite:///{database}", "LINLI_SERVER__PUBLIC_URL": PUBLIC,
            "LINLI_SERVER__SECRET_KEY": "k" * 40, "LINLI_CARRIER__AUTH_TOKEN": TOKEN,
            "LINLI_CARRIER__ACCOUNT_SID": ACCOUNT, **more,
        },
    )  # fmt: skip


def shelf():
    """A folder in memory, where there is one."""
    return Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())  # noqa: S108 - memory, not a file


def processor_seconds():
    """Of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


@dataclass(frozen=True)
class People:
    """Who lives there: names by number. Whoever is in `rung` has a telephone that cannot receive texts."""

    residents: dict[str, str]
    volunteers: dict[str, str] = field(default_factory=dict)
    rung: tuple[str, ...] = ()


def found(settings, people, *, now=MONDAY, days=1):
    """A community with these people, and lunch for so many days, in a new database."""
    migrate(settings.database.url)
    engine = open_engine(settings.database.url)
    with Database(engine).begin() as session:
        community = found_community(
            session, name="Linli", number=LINE, timezone="America/New_York", language="en", zones=["East"],
            defaults=settings.dispatch,
        )  # fmt: skip
        known = {"community": community, "language": "en"}
        zone = community.zones[0]
        for phone, name in people.residents.items():
            person = Resident(name=name, phone=phone, zone=zone, address=f"{name}'s house", **known)
            person.enrol(Consent.PAPER, now=now)
            session.add(person)
        services = [service for service in community.services if service.code in ("meal", "errand")]
        for phone, name in people.volunteers.items():
            person = Volunteer(name=name, phone=phone, services=services, zones=[zone], days=[], max_per_day=9, **known)
            person.enrol(Consent.PAPER, now=now)
            session.add(person)
        for phone in people.rung:
            session.add(Phone(community_id=community.id, number=phone, cannot_text_since=now))
        lunch = next(meal for meal in community.meals if meal.code == "lunch")
        for ahead in range(days):
            date = community.local(now).date() + timedelta(days=ahead)
            menu = Menu(community_id=community.id, meal_id=lunch.id, date=date)
            menu.dishes.append(Dish(key="1", name="Tomato soup", contains=""))
            session.add(menu)
    engine.dispose()


@dataclass(frozen=True)
class Post:
    """One post of the carrier's: where to, and what it says."""

    path: str
    form: dict[str, str]

    @property
    def headers(self):
        """With the signature that the carrier would put on it."""
        signed = RequestValidator(TOKEN).compute_signature(PUBLIC + self.path, MultiDict(self.form))
        return {"X-Twilio-Signature": signed}


def a_text(sid, sender, body):
    """A text comes in."""
    return Post("/sms", {"MessageSid": sid, "AccountSid": ACCOUNT, "From": sender, "To": LINE, "Body": body})


def a_ring(sid, caller):
    """Somebody rings the line."""
    return Post("/voice", {"CallSid": sid, "AccountSid": ACCOUNT, "From": caller, "To": LINE})


def a_key(sid, caller, turn, digits):
    """Somebody who rang presses a key."""
    form = {"CallSid": sid, "AccountSid": ACCOUNT, "From": caller, "To": LINE, "Digits": digits}
    return Post(f"/voice/turn/{turn}", form)


def an_end(sid, caller):
    """Somebody who rang has hung up."""
    form = {"CallSid": sid, "AccountSid": ACCOUNT, "From": caller, "To": LINE, "CallStatus": "completed"}
    return Post("/voice/status", form)


def news_of_text(sid, to, status):
    """What became of a text of ours."""
    form = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": LINE, "To": to, "MessageStatus": status}
    return Post("/sms/status", form)
