"""The composition root: every room is built here and handed what it needs. No rules."""

import hashlib
import hmac
import ipaddress
import logging
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, jsonify, request

from dispatch.board import csrf, init_board
from dispatch.demo import keep_menus_coming, load_demo
from dispatch.watch import watch_once as watch
from models.database import Database, open_engine
from models.places import Community
from models.schema import migrate
from models.traffic import Call, Message
from scripts.clock import Clock
from scripts.settings import Settings
from scripts.simulated import simulated_carrier
from scripts.sweeps import Sweeps
from voice.answer import end_lost_calls
from voice.carrier.client import Account, Carrier
from voice.carrier.door import Door
from voice.carrier.ways import Ways
from voice.exchange import Exchange
from voice.exchange.page import page_blueprint
from voice.exchange.rest import rest_blueprint
from voice.outbox import Outbox
from voice.prompts import Setting, catalog, render, render_text
from voice.recordings import Links, fetch_due, play
from voice.webhooks import Line as Webhooks
from voice.webhooks import recordings_blueprint, voice_blueprint

log = logging.getLogger(__name__)

# How long the clock may be silent before it counts as dead.
DEAD_AFTER_SECONDS = 90
_BODY_BYTES = 64 * 1024
_ROUNDS = 50


@dataclass(frozen=True)
class House:
    """Everything that was built."""

    settings: Settings
    clock: Clock
    database: Database
    app: Flask
    sweeps: Sweeps
    exchange: Exchange | None


def build(
    settings: Settings, clock: Clock, *, carrier: Carrier | None = None, exchange: Exchange | None = None
) -> House:
    """Build the house on a database that is there and up to date. Starts nothing."""
    engine = open_engine(settings.database.url)
    sweeps = Sweeps()
    database = Database(engine, after_commit=sweeps.nudge)
    quiet = Database(engine)
    ways = Ways(carrier or Carrier(_account(settings)), _second_carrier(settings))
    if exchange is None and settings.carrier.kind == "simulated":
        exchange = simulated_carrier(settings, clock, quiet)
    outbox = Outbox(quiet, ways, public_url=settings.server.public_url)
    sweeps.add("watch", lambda: watch(quiet, now=clock.now()), then="outbox")
    sweeps.add("lost calls", lambda: end_lost_calls(quiet, now=clock.now()))
    sweeps.add("outbox", lambda: outbox.send_due(now=clock.now()))
    sweeps.add("recordings", lambda: fetch_due(quiet, ways, now=clock.now()))
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
    for _ in range(_ROUNDS):
        round_done = house.sweeps.run_all()
        done += round_done
        if round_done == 0:
            break
    return done


def _account(settings: Settings) -> Account:
    carrier = settings.carrier
    return Account(carrier.account_sid, carrier.auth_token, carrier.api_base, carrier.messaging_service_sid)


def _tokens(settings: Settings) -> dict[str, str]:
    first, second = settings.carrier, settings.second_carrier
    tokens = {first.account_sid: first.auth_token}
    return tokens | {second.account_sid: second.auth_token} if second.is_given else tokens


def _second_carrier(settings: Settings) -> Carrier | None:
    second = settings.second_carrier
    return Carrier(Account(second.account_sid, second.auth_token, second.api_base)) if second.is_given else None


def _app(settings: Settings, clock: Clock, database: Database, exchange: Exchange | None, sweeps: Sweeps) -> Flask:
    app = Flask("linli", static_folder=None)
    app.config.update(SECRET_KEY=settings.server.secret_key, MAX_CONTENT_LENGTH=_BODY_BYTES)
    door = Door(_tokens(settings), settings.server.public_url)
    line = Webhooks(database, door, Links(settings.server.secret_key, settings.server.public_url), clock.now)
    blueprints = [voice_blueprint(line), recordings_blueprint(line)]
    if exchange is not None:
        blueprints += [
            rest_blueprint(exchange),
            _for_this_machine_only(
                page_blueprint(
                    exchange,
                    wind=clock.write,
                    shown_time=lambda: _shown_time(database, clock),
                    is_wound=lambda: clock.is_wound,
                    is_frozen=lambda: clock.is_frozen,
                )
            ),
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


def demo_morning(clock: Clock) -> None:
    """A demo begins at nine in the morning of its first day: lunch can be ordered, and nobody sleeps."""
    local = clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    clock.write(local.replace(hour=9, minute=0, second=0, microsecond=0).isoformat())
