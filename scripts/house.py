"""The composition root: every room is built here and handed what it needs. No rules."""

import hashlib
import hmac
import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests
import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, Response, jsonify

from dispatch.board import csrf, init_board
from dispatch.demo import keep_menus_coming, load_demo
from dispatch.watch import watch_once as watch
from models import phones
from models.database import Database, open_engine
from models.people import Contact, Resident, Staff, Volunteer
from models.places import Community
from models.schema import migrate
from models.traffic import Call, Message
from scripts.clock import Clock
from scripts.settings import Settings
from voice.carrier.client import Account, Carrier
from voice.carrier.door import Door
from voice.exchange import Answer, Exchange, Handset, Line
from voice.exchange.page import page_blueprint
from voice.exchange.rest import rest_blueprint
from voice.outbox import Outbox
from voice.prompts import Setting, catalog, render, render_text
from voice.recordings import Links, fetch_due, play
from voice.webhooks import Line as Webhooks
from voice.webhooks import recordings_blueprint, voice_blueprint

log = logging.getLogger(__name__)

# How often the clock looks at what is due when nobody nudges it, and how long it may be silent before it is dead.
SWEEP_SECONDS = 1
DEAD_AFTER_SECONDS = 90
_BODY_BYTES = 64 * 1024
_UPLOAD_ROUNDS = 50


@dataclass(frozen=True)
class House:
    """Everything that was built."""

    settings: Settings
    clock: Clock
    database: Database
    app: Flask
    sweeps: "Sweeps"
    exchange: Exchange | None


def build(
    settings: Settings, clock: Clock, *, carrier: Carrier | None = None, exchange: Exchange | None = None
) -> House:
    """Build the house on a database that is there and up to date. Starts nothing."""
    engine = open_engine(settings.database.url)
    sweeps = Sweeps()
    database = Database(engine, after_commit=sweeps.nudge)
    quiet = Database(engine)
    carrier = carrier or Carrier(_account(settings))
    if exchange is None and settings.carrier.kind == "simulated":
        exchange = _exchange(settings, clock, quiet)
    outbox = Outbox(quiet, carrier, public_url=settings.server.public_url)
    sweeps.add("watch", lambda: watch(quiet, now=clock.now()), then="outbox")
    sweeps.add("outbox", lambda: outbox.send_due(now=clock.now()))
    sweeps.add("recordings", lambda: fetch_due(quiet, carrier, now=clock.now()))
    app = _app(settings, clock, database, exchange, sweeps)
    return House(settings, clock, database, app, sweeps, exchange)


def prepare(settings: Settings, clock: Clock) -> str | None:
    """Bring the database up to date; with the simulated carrier and nobody in it, load the demo community.

    Returns the demo's password when there is a demo, else None.
    """
    migrate(settings.database.url)
    database = Database(open_engine(settings.database.url))
    with database.begin() as session:
        community = session.scalars(sa.select(Community).order_by(Community.id)).first()
        password = demo_password(settings)
        if community is None and settings.carrier.kind == "simulated":
            load_demo(session, defaults=settings.dispatch, password=password, now=clock.now())
            return password
        if community is not None and community.is_demo:
            keep_menus_coming(session, community, now=clock.now())
            return password
    return None


def demo_password(settings: Settings) -> str:
    """The password of the demo login: this installation's own, the same at every start."""
    return hmac.new(settings.server.secret_key.encode(), b"demo login", hashlib.sha256).hexdigest()[:14]


def watch_once(settings: Settings, clock: Clock) -> int:
    """Do all work that is due, sending included, and return how many things were done. Safe beside a running server."""
    house = build(settings, clock)
    done = 0
    for _ in range(_UPLOAD_ROUNDS):
        round_done = house.sweeps.run_all()
        done += round_done
        if round_done == 0:
            break
    return done


class Sweeps:
    """The handful of periodic sweeps, each awake every second or at once when nudged; one of a kind runs at a time."""

    def __init__(self) -> None:
        self._sweeps: dict[str, _Sweep] = {}
        self._scheduler: Any = None
        self.beat_at = time.monotonic()

    def add(self, name: str, do: Callable[[], int], *, then: str = "") -> None:
        """A sweep by name; `then` names the one to be nudged when it did something."""
        self._sweeps[name] = _Sweep(name, do, then)

    def start(self) -> None:
        """Start the scheduler."""
        self._scheduler = BackgroundScheduler(
            timezone="UTC", executors={"default": ThreadPoolExecutor(len(self._sweeps) * 2)},
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )  # fmt: skip
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        for name in self._sweeps:
            self._scheduler.add_job(self._run, "interval", (name,), seconds=SWEEP_SECONDS, id=name)
        self._scheduler.start()

    def stop(self) -> None:
        """Stop, after what is in hand is done."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def nudge(self) -> None:
        """Something was committed: look now, not at the next tick."""
        if self._scheduler is not None:
            for name in self._sweeps:
                self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def run_all(self) -> int:
        """Run each sweep once, here and now."""
        return sum(sweep.run_once() for sweep in self._sweeps.values())

    @property
    def silent_seconds(self) -> float:
        """How long ago the clock last looked."""
        return time.monotonic() - self.beat_at

    def _run(self, name: str) -> None:
        sweep = self._sweeps[name]
        if sweep.run() and sweep.then:
            self._run(sweep.then)
        self.beat_at = time.monotonic()


class _Sweep:
    def __init__(self, name: str, do: Callable[[], int], then: str) -> None:
        self.name, self.then = name, then
        self._do = do
        self._busy = threading.Lock()
        self._wanted = threading.Event()

    def run(self) -> int:
        """Run until nobody has nudged meanwhile; if it runs already, that one goes round once more."""
        self._wanted.set()
        if not self._busy.acquire(blocking=False):
            return 0
        try:
            done = 0
            while self._wanted.is_set():
                self._wanted.clear()
                done += self.run_once()
            return done
        finally:
            self._busy.release()

    def run_once(self) -> int:
        """One look; a fault is logged, and the next look comes."""
        try:
            return self._do()
        except Exception:  # the edge: a sweep that died would forget everybody
            log.exception("the sweep %s failed", self.name)
            return 0


def _account(settings: Settings) -> Account:
    carrier = settings.carrier
    return Account(carrier.account_sid, carrier.auth_token, carrier.api_base, carrier.messaging_service_sid)


def _app(settings: Settings, clock: Clock, database: Database, exchange: Exchange | None, sweeps: Sweeps) -> Flask:
    app = Flask("linli", static_folder=None)
    app.config.update(SECRET_KEY=settings.server.secret_key, MAX_CONTENT_LENGTH=_BODY_BYTES)
    door = Door(settings.carrier.account_sid, settings.carrier.auth_token, settings.server.public_url)
    line = Webhooks(database, door, Links(settings.server.secret_key, settings.server.public_url), clock.now)
    blueprints = [voice_blueprint(line), recordings_blueprint(line)]
    if exchange is not None:
        blueprints += [
            rest_blueprint(exchange),
            page_blueprint(exchange, lambda: None, clock.write, lambda: _shown_time(database, clock)),
        ]
    for blueprint in blueprints:
        prefix = "/exchange" if blueprint.name in ("exchange_rest", "exchange") else None
        app.register_blueprint(blueprint, url_prefix=prefix)
        csrf.exempt(blueprint)
    init_board(
        app, database=database, now=clock.now, is_wound=lambda: clock.is_wound, is_simulated=exchange is not None,
        play=play, is_https=settings.server.public_url.startswith("https://"), word_at=_word_at,
        wording=lambda row: _wording(database, clock, row),
    )  # fmt: skip
    app.add_url_rule("/healthz", "healthz", lambda: _health(database, sweeps))
    return app


def _shown_time(database: Database, clock: Clock) -> datetime:
    """The time as the first community's walls show it."""
    with database.read() as session:
        community = session.scalars(sa.select(Community).order_by(Community.id)).first()
        return community.local(clock.now()) if community else clock.now()


def _word_at(index: int, language: str) -> str:
    words = catalog(language).words
    return words[index % len(words)]


def _wording(database: Database, clock: Clock, row: Message | Call) -> str:
    if isinstance(row, Message) and row.body:
        return row.body
    with database.read() as session:
        community = session.get_one(Community, row.community_id)
        medium = "text" if isinstance(row, Message) else "voice"
        setting = Setting(row.language, community.zone_info, clock.now(), medium, community.name)  # type: ignore[arg-type]
        sentences = [(prompt, said) for prompt, said in row.says]
        return render_text(sentences, setting) if medium == "text" else " ".join(render(sentences, setting))


def _health(database: Database, sweeps: Sweeps) -> tuple[Response, int]:
    """Alive: the database answers, and the clock has looked lately. No personal data."""
    why = []
    try:
        with database.read() as session:
            session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        log.exception("the database does not answer")
        why.append("the database does not answer")
    if sweeps.silent_seconds > DEAD_AFTER_SECONDS:
        why.append("the clock stands still")
    return jsonify(ok=not why, why=why), 503 if why else 200


def _exchange(settings: Settings, clock: Clock, database: Database) -> Exchange:
    base = settings.server.public_url.rstrip("/")
    return Exchange(
        account_sid=settings.carrier.account_sid, auth_token=settings.carrier.auth_token,
        lines=lambda: _lines(database, base), directory=lambda: _directory(database), now=clock.now,
        elapsed=time.monotonic, api_base=settings.carrier.api_base, fetch=_fetch,
        speak=_speak if shutil.which("espeak-ng") else None,
    )  # fmt: skip


def _lines(database: Database, base: str) -> list[Line]:
    with database.read() as session:
        numbers = list(session.scalars(sa.select(Community.number)))
    retry = "#rc=2&rp=all"
    return [Line(n, f"{base}/voice{retry}", f"{base}/sms{retry}", f"{base}/voice/status{retry}") for n in numbers]


def _directory(database: Database) -> list[Handset]:
    with database.read() as session:
        rows: list[tuple[str, Any]] = [
            *(("resident", row) for row in session.scalars(sa.select(Resident).order_by(Resident.id))),
            *(("volunteer", row) for row in session.scalars(sa.select(Volunteer).order_by(Volunteer.id))),
            *(("contact", row) for row in session.scalars(sa.select(Contact).order_by(Contact.id))),
            *(("staff", row) for row in session.scalars(sa.select(Staff).order_by(Staff.id))),
        ]
    found: dict[str, Handset] = {}
    for role, row in rows:
        if row.phone and row.phone in found:
            known = found[row.phone]
            label = f"{known.label}, {row.name}"
            found[row.phone] = Handset(known.number, label, known.role, known.is_landline, known.language)
        elif row.phone:
            found[row.phone] = Handset(row.phone, row.name, role, phones.is_landline(row.phone), row.language)
    return list(found.values())


def _fetch(method: str, url: str, params: Any, headers: Any, timeout_s: float) -> Answer:
    with requests.Session() as session:
        session.trust_env = False
        place = {"data": params} if method == "POST" else {"params": params}
        try:
            answer = session.request(method, url, headers=headers, timeout=timeout_s, allow_redirects=False, **place)
        except requests.Timeout as error:
            raise TimeoutError(str(error)) from error
    return Answer(
        answer.status_code,
        answer.content.decode("utf-8", "replace"),
        answer.headers.get("Content-Type", ""),
        location=answer.headers.get("Location", ""),
        cookies=tuple(f"{name}={value}" for name, value in answer.cookies.items()),
    )


def _speak(words: str, language: str) -> bytes:
    voice = "cmn-latn-pinyin" if language.startswith("zh") else "en-us"
    spoken = subprocess.run(  # noqa: S603 - a fixed program, the words are an argument and never a command
        ["espeak-ng", "-v", voice, "-s", "145", "--stdout", "--", words[:500]],  # noqa: S607
        capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    return spoken.stdout


def demo_morning(clock: Clock) -> None:
    """A demo begins at nine in the morning of its first day: lunch can be ordered, and nobody sleeps."""
    local = clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    clock.write(local.replace(hour=9, minute=0, second=0, microsecond=0).isoformat())
