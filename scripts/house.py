"""The composition root: every room is built here and handed what it needs. No rules."""

import hashlib
import hmac
import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, jsonify, request

from dispatch.board import init_board
from dispatch.board.desk import Replies
from dispatch.board.sheet_file import day_sheet
from dispatch.day_sheets import DaySheets
from dispatch.demo import keep_menus_coming, load_demo
from dispatch.keeping import bring_up_to_date, keep_copies
from dispatch.logbook import Logbook
from dispatch.noticing import Notebook
from dispatch.retention import Retention
from dispatch.room import RoomWatch
from dispatch.sealing import seal_history
from dispatch.still_hers import StillHers
from dispatch.training import begin_anew, is_for_training, moments
from dispatch.watch import watch_once as watch
from models.database import Database, open_engine
from models.installation import take_keys
from models.leases import Turn
from models.places import Community
from models.room import database_file
from models.storage import Trouble, check_file
from models.traffic import Call, Message
from scripts.clock import Clock
from scripts.emergency import emergency_app
from scripts.outside import DeadMansSwitch
from scripts.provider import OpenIdProvider
from scripts.pulse import Pulse
from scripts.settings import Settings, beside_database
from scripts.simulated import simulated_carrier
from scripts.sweeps import Sweeps
from voice.cards import Cards
from voice.carrier.client import Account, Carrier
from voice.carrier.door import Door
from voice.carrier.ways import Ways
from voice.ending import end_lost_calls
from voice.exchange import Exchange, ExchangeError
from voice.exchange.living import Living
from voice.exchange.page import page_blueprint
from voice.exchange.rest import rest_blueprint
from voice.lifeline import Lifeline
from voice.lists import Lists
from voice.numbered import numbered
from voice.outbox import Outbox
from voice.pace import Pace
from voice.pieces import pieces_of
from voice.prices import Prices
from voice.prompts import Setting, catalog, render, render_text
from voice.recordings import Links, fetch_due, play
from voice.rehearsal import rehearse
from voice.teaching import TEACHABLE, known_words, why_not
from voice.webhooks import Line as Webhooks
from voice.webhooks import recordings_blueprint, voice_blueprint
from voice.wiping import wipe_due

log = logging.getLogger(__name__)

_BODY_BYTES = 64 * 1024
_ROUNDS = 50
# It copies for as long as it takes; a folder that hangs is a fault all the same.
_A_BACKUP_MAY_TAKE = 3600.0


@dataclass(frozen=True)
class House:
    """Everything that was built."""

    settings: Settings
    clock: Clock
    database: Database
    app: Flask
    sweeps: Sweeps
    exchange: Exchange | None
    pulse: Pulse
    outbox: Outbox
    lease: Turn
    notebook: Notebook

    def open(self) -> None:
        """Begin to do what is due, to keep backups, and to tell the outside that we live."""
        switch = DeadMansSwitch(
            self.settings.watch.dead_mans_url, is_well=lambda: self.pulse.is_well, stopwatch=time.monotonic
        )
        quiet = Database(self.database.engine)
        sheets = DaySheets(quiet, self.settings.sheet.folder, draw=day_sheet, stopwatch=time.monotonic)
        # What is told outside while all is well, and what lies ready for when nothing can be told.
        self.sweeps.add("outside", lambda: switch.hold() + sheets.keep(now=self.clock.now()), is_for_one=True)
        self.sweeps.add(
            "backups", lambda: keep_copies(quiet, self.settings.backup, now=self.clock.now()), is_for_one=True,
            may_take_seconds=_A_BACKUP_MAY_TAKE,
        )  # fmt: skip
        self.sweeps.start()

    def close(self) -> None:
        """End what is in hand, begin nothing more, and let another process take the watch at once."""
        self.outbox.close()
        self.sweeps.stop()
        try:
            self.notebook.write(Database(self.database.engine))
            self.lease.give_back(now=self.clock.now())
        except sa.exc.SQLAlchemyError:
            log.exception("what was in hand could not be written; whoever comes next waits for the watch")


def build(
    settings: Settings,
    clock: Clock,
    *,
    carrier: Carrier | None = None,
    exchange: Exchange | None = None,
    stopwatch: Callable[[], float] = time.monotonic,
) -> House:
    """Build the house on a database that is there and up to date. Starts nothing.

    `stopwatch` gives seconds that only ever grow, whatever the clock shows.
    """
    engine = open_engine(settings.database.url, settings.database.keyring)
    quiet = Database(engine)
    if settings.database.field_key:
        take_keys(quiet, settings.database.keyring)
    lease = Turn(quiet, "watch", stopwatch=stopwatch)
    sweeps = Sweeps(is_ours=lambda: lease.is_mine, stopwatch=stopwatch)
    database = Database(engine, after_commit=sweeps.nudge, health=quiet.health)
    if exchange is None and settings.carrier.kind == "simulated":
        exchange = simulated_carrier(settings, clock, quiet)
    ways = Ways(carrier or Carrier(_account(settings)), _second_carrier(settings))
    outbox = Outbox(
        quiet, ways, public_url=settings.server.public_url, stopwatch=stopwatch, is_wound=lambda: clock.is_wound,
        pace=Pace(settings.carrier.segments_per_second), key=settings.server.secret_key,
    )  # fmt: skip
    lifeline = Lifeline(beside_database(settings.database.url, ".lifeline"), stopwatch=stopwatch)
    _add_sweeps(sweeps, quiet, lease, ways, outbox, lifeline, settings, clock, stopwatch)
    # Each process has its own: it counts who could not get in there.
    logbook = Logbook(quiet, stopwatch=stopwatch)
    sweeps.add("logins", lambda: logbook.write(now=clock.now()))
    pulse = Pulse(quiet, sweeps, lease, lifeline, clock)
    notebook = Notebook()
    sweeps.add("looks", lambda: notebook.sweep(quiet, elapsed=stopwatch()))
    app = _app(settings, clock, database, exchange, pulse, lifeline, logbook, notebook)
    return House(settings, clock, database, app, sweeps, exchange, pulse, outbox, lease, notebook)


def _add_sweeps(
    sweeps: Sweeps, database: Database, lease: Turn, ways: Ways, outbox: Outbox, lifeline: Lifeline,
    settings: Settings, clock: Clock, stopwatch: Callable[[], float],
) -> None:  # fmt: skip
    """The handful of sweeps, in the order in which they run when they are run one after the other."""
    lists, prices = Lists(database, ways), Prices(database, ways)
    room = RoomWatch(database, _folder_of(settings), stopwatch=stopwatch)
    retention, still_hers = Retention(database, settings.retention), StillHers(database)

    def look_after_what_is_due() -> int:
        # What lies in the carrier's lists may have come before a cut-off: nothing is closed before they are read.
        now = clock.now()
        return 0 if lists.is_behind(now) else watch(database, now=now, is_wound=clock.is_wound)

    sweeps.add("lease", lambda: lease.keep(now=clock.now()))
    sweeps.add("lists", lambda: lists.take_up(now=clock.now()), then="outbox", is_for_one=True)
    sweeps.add("watch", look_after_what_is_due, then="outbox", is_for_one=True, at_once=True)
    sweeps.add("lost calls", lambda: end_lost_calls(database, now=clock.now()), is_for_one=True)
    sweeps.add("outbox", lambda: outbox.send_due(now=clock.now()), at_once=True)
    sweeps.add("recordings", lambda: fetch_due(database, ways, now=clock.now()), at_once=True)
    sweeps.add("wiping", lambda: wipe_due(database, ways, now=clock.now()), is_for_one=True)
    sweeps.add("history", lambda: seal_history(database), is_for_one=True)
    sweeps.add("retention", lambda: retention.sweep(now=clock.now()), is_for_one=True)
    sweeps.add("silence", lambda: still_hers.ask(now=clock.now()), then="outbox", is_for_one=True)
    sweeps.add("prices", lambda: prices.ask(now=clock.now()), is_for_one=True)
    sweeps.add("lifeline", lambda: lifeline.remember(database, now=clock.now()))
    sweeps.add("room", lambda: room.look(now=clock.now()), is_for_one=True)


def _folder_of(settings: Settings) -> Path:
    """Where what we write grows: beside the database, or, when that lies on a server, where we are started."""
    file = database_file(settings.database.url)
    return file.parent if file is not None else Path.cwd()


def prepare(settings: Settings, clock: Clock) -> str | None:
    """Bring the database up to date, an older one after a backup; into an empty demonstration, load its community.

    Returns the demo's password when there is a demo, else None. Raises Unusable when the storage is ill.
    """
    check_file(settings.database.url)
    bring_up_to_date(settings.database.url, settings.backup.folder, now=clock.now())
    database = Database(open_engine(settings.database.url, settings.database.keyring))
    take_keys(database, settings.database.keyring)
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
    for _ in range(_ROUNDS):
        round_done = house.sweeps.run_all(whoever=True)
        done += round_done
        if round_done == 0:
            break
    return done


def _account(settings: Settings) -> Account:
    carrier = settings.carrier
    return Account(
        carrier.account_sid, carrier.auth_token, carrier.api_base, carrier.messaging_service_sid,
        next_token=carrier.next_auth_token, media_hosts=carrier.media_hosts,
    )  # fmt: skip


def stand_in_house(settings: Settings, trouble: Trouble) -> Flask | None:
    """What answers while the database cannot be used; None when it is not known whom to connect callers to."""
    lifeline = Lifeline(beside_database(settings.database.url, ".lifeline"), stopwatch=time.monotonic)
    door = Door(_tokens(settings), settings.server.public_url)
    return emergency_app(settings, door, lifeline, trouble) if lifeline.is_ready else None


def _tokens(settings: Settings) -> dict[str, tuple[str, ...]]:
    first, second = settings.carrier, settings.second_carrier
    given = {first.account_sid: first} | ({second.account_sid: second} if second.is_given else {})
    return {sid: tuple(filter(None, (one.auth_token, one.next_auth_token))) for sid, one in given.items()}


def _second_carrier(settings: Settings) -> Carrier | None:
    second = settings.second_carrier
    account = Account(
        second.account_sid, second.auth_token, second.api_base, next_token=second.next_auth_token,
        media_hosts=second.media_hosts,
    )  # fmt: skip
    return Carrier(account) if second.is_given else None


def _app(
    settings: Settings, clock: Clock, database: Database, exchange: Exchange | None, pulse: Pulse, lifeline: Lifeline,
    logbook: Logbook, notebook: Notebook,
) -> Flask:  # fmt: skip
    app = Flask("linli", static_folder=None)
    app.config.update(SECRET_KEY=settings.server.secret_key, MAX_CONTENT_LENGTH=_BODY_BYTES)
    door = Door(_tokens(settings), settings.server.public_url)
    links = Links(settings.server.secret_key, settings.server.public_url)
    line = Webhooks(database, door, links, lifeline, clock.now)
    blueprints = [voice_blueprint(line), recordings_blueprint(line)]
    if exchange is not None:
        blueprints += [rest_blueprint(exchange), _for_this_machine_only(_handsets(settings, clock, database, exchange))]
    for blueprint in blueprints:
        prefix = "/exchange" if blueprint.name in ("exchange_rest", "exchange") else None
        app.register_blueprint(blueprint, url_prefix=prefix)
    init_board(
        app, database=database, now=clock.now, is_wound=lambda: clock.is_wound,
        is_watched=lambda: pulse.is_watched, is_simulated=exchange is not None,
        play=play, cards=Cards(), cut=pieces_of, word_at=_word_at,
        is_https=settings.server.public_url.startswith("https://"),
        wording=lambda row: _wording(database, clock, row), sentences=numbered, rehearse=rehearse,
        replies=Replies(TEACHABLE, known_words, why_not),
        signed=blueprints, logbook=logbook, notebook=notebook, public_url=settings.server.public_url,
        provider=OpenIdProvider(settings.oidc) if settings.oidc.is_given else None, proxy=settings.server.proxy,
    )  # fmt: skip
    app.add_url_rule("/healthz", "healthz", lambda: health(pulse))
    return app


def _handsets(settings: Settings, clock: Clock, database: Database, exchange: Exchange) -> Blueprint:
    """The simulated telephones, the people at them, and what makes this the training place that it is."""
    living = Living(exchange, shown_time=lambda: _shown_time(database, clock))
    return page_blueprint(
        exchange, wind=clock.write, shown_time=lambda: _shown_time(database, clock),
        is_wound=lambda: clock.is_wound, is_frozen=lambda: clock.is_frozen,
        moments=lambda: _moments(database, clock), living=living,
        begin_anew=lambda: _begin_training_anew(settings, clock, database, exchange, living),
    )  # fmt: skip


def _begin_training_anew(
    settings: Settings, clock: Clock, database: Database, exchange: Exchange, living: Living
) -> None:
    """Everything as on the first day. Raises ExchangeError, with nothing forgotten, where anybody may be real."""
    if settings.carrier.kind != "simulated":
        raise ExchangeError("Real people are called here: nothing was forgotten.")
    with database.read() as session:
        if not is_for_training(session):
            raise ExchangeError("This is not the demo community: nothing was forgotten.")
    # The telephones first: nobody is rung back for a call that nobody remembers. Then the clock, for what is loaded is
    # looked after at once.
    living.begin_anew()
    exchange.begin_anew()
    morning = morning_of(clock.now())
    clock.write(morning.isoformat())
    with database.begin() as session:
        begin_anew(session, defaults=settings.dispatch, password=demo_password(settings), now=morning)


def _moments(database: Database, clock: Clock) -> dict[str, datetime]:
    with database.read() as session:
        community = session.scalars(sa.select(Community).order_by(Community.id)).first()
        return moments(session, community, now=clock.now()) if community else {}


def _for_this_machine_only(page: Blueprint) -> Blueprint:
    """Whoever sees the simulated telephones can be anybody: they are shown only on the machine that runs them."""

    @page.before_request
    def near() -> None:
        if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - nobody's address
            abort(403)

    return page


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


def health(pulse: Pulse) -> tuple[Response, int]:
    """Alive, and what is due is done: 200; else 503 and why. No personal data."""
    found = pulse.feel()
    return jsonify(ok=not found.wrong, why=list(found.wrong), look=list(found.look)), 503 if found.wrong else 200


def demo_morning(clock: Clock) -> None:
    """A demo begins at nine in the morning of its first day: lunch can be ordered, and nobody sleeps."""
    clock.write(morning_of(clock.now()).isoformat())


def morning_of(now: datetime) -> datetime:
    """Nine o'clock of that day, where the demo's people live."""
    return now.astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=9, minute=0, second=0, microsecond=0)
