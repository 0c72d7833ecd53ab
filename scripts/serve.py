"""Start everything: server, clock and, with the simulated carrier, the exchange. Called by scripts/run."""

import argparse
import logging
import os
import socket
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from dispatch.demo import LOGIN
from models.presence import beside
from models.room import database_file
from models.schema import is_empty
from models.storage import Trouble, Unusable, trouble_of
from scripts.clock import Clock
from scripts.gathering import GatheringWorker
from scripts.house import House, build, demo_morning, prepare, stand_in_house
from scripts.sentences import SAID, sentence_for
from scripts.settings import Settings, SettingsError
from voice.exchange import start_pump

_THREADS = 32
# What does not mend itself by another start, and is no slip in the settings either.
_ILL = frozenset({Trouble.CORRUPT, Trouble.FULL, Trouble.READ_ONLY, Trouble.FAILING})


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one process and many threads: SQLite has one writer, and the clock runs once."""

    def __init__(self, settings: Settings, clock: Clock, *, stand_in: Any = None) -> None:
        """`stand_in` is served instead of the house while its database cannot be used."""
        self._settings, self._clock, self._stand_in = settings, clock, stand_in
        self._house: House | None = None
        self._stop_pump: Any = None
        super().__init__()

    def load_config(self) -> None:
        """How gunicorn runs us."""
        server = self._settings.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        options = {
            "bind": f"{host}:{server.port}", "workers": 1, "worker_class": GatheringWorker, "threads": _THREADS,
            "graceful_timeout": 20, "timeout": 60, "keepalive": 75, "control_socket_disable": True,
            "loglevel": "warning", "limit_request_line": 4094,
            "post_worker_init": self._begin, "worker_exit": self._end,
        }  # fmt: skip
        for key, value in options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        """The web application; built in the process that serves it."""
        if self._stand_in is not None:
            return self._stand_in
        self._house = build(self._settings, self._clock)
        return self._house.app

    def _begin(self, worker: Any) -> None:
        house = self._house
        if house is None:
            return
        house.open()
        if house.exchange is not None:
            self._stop_pump = start_pump(house.exchange)

    def _end(self, server: Any, worker: Any) -> None:
        if self._stop_pump is not None:
            self._stop_pump()
        if self._house is not None:
            self._house.close()


def main() -> int:
    """Read the arguments and the settings, prepare the database, say where everything is, and serve."""
    parser = argparse.ArgumentParser(
        prog="scripts/run",
        description="Start Linli. Without a settings file: the demo community on a simulated carrier.",
    )
    parser.add_argument("--config", type=Path, help="the settings file (see config.example.toml)")
    parser.add_argument("--port", type=int, help="listen here instead of at the port of the settings")
    arguments = parser.parse_args()
    os.umask(0o077)  # what we write is about people: for us alone
    _log_in_one_time()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings, clock = None, None
    try:
        settings = Settings.load(arguments.config, os.environ, port=arguments.port)
        _port_is_free(settings)
        clock = Clock(settings.carrier.clock_file)
        is_new = _is_new_demo(settings)
        if is_new and not clock.is_wound:
            demo_morning(clock)
        password = prepare(settings, clock)
    except SAID as error:
        told = sentence_for(error)
        if told is None:
            raise
        print(told, file=sys.stderr)
        return _serve_stand_in(settings, clock, error) if settings and clock else 2
    _say_where(settings, clock, password)
    Server(settings, clock).run()
    return 0


def _log_in_one_time() -> None:
    """Each line: the time in UTC, how grave it is, where in the program, and a sentence."""
    lines = logging.StreamHandler()
    shape = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    shape.converter = time.gmtime
    lines.setFormatter(shape)
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    logging.getLogger("gunicorn.error").addFilter(_without_what_came)


# Gunicorn writes down what it could not read, word for word: that may be anybody's name.
_TOLD_WITH_WORDS = {
    "Invalid request from ip=": "a request that could not be read was turned away",
    "Error handling request": "a request could not be answered",
}


def _without_what_came(record: logging.LogRecord) -> bool:
    said = record.getMessage()
    for begin, instead in _TOLD_WITH_WORDS.items():
        if said.startswith(begin):
            record.msg, record.args = instead, ()
    return True


def _serve_stand_in(settings: Settings, clock: Clock, error: Exception) -> int:
    """The storage is ill: whoever calls is connected to a person all the same, until somebody has seen to it."""
    trouble = error.trouble if isinstance(error, Unusable) else trouble_of(error)
    app = stand_in_house(settings, trouble) if trouble in _ILL else None
    if app is None:
        return 2
    print("Callers are connected to whoever is on duty. Stop with Ctrl-C, see to it, and start again.", file=sys.stderr)
    file = database_file(settings.database.url)
    with beside(file) if file is not None else nullcontext():
        Server(settings, clock, stand_in=app).run()
    return 0


def _is_new_demo(settings: Settings) -> bool:
    return settings.carrier.kind == "simulated" and is_empty(settings.database.url)


def _port_is_free(settings: Settings) -> None:
    server = settings.server
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host, server.port))
        except OSError as error:
            raise SettingsError(
                f"Port {server.port} on {server.host} cannot be used ({error.strerror}): "
                f"is Linli running already? Choose another with --port."
            ) from None


def _say_where(settings: Settings, clock: Clock, password: str | None) -> None:
    base = settings.server.public_url.rstrip("/")
    here = f"http://{settings.server.host}:{settings.server.port}"
    lines = ["", f"  Board:     {here}/"]
    if settings.carrier.kind == "simulated":
        lines.append(f"  Handsets:  {here}/exchange/   (simulated telephones: nobody real is called)")
    else:
        lines.append(f"  Webhooks:  {base}/voice  {base}/voice/status  {base}/sms  {base}/sms/status")
    if password is not None:
        lines.append(f"  Login:     {LOGIN}   Password: {password}")
    if clock.is_wound:
        lines.append(f"  The clock is wound: it shows {clock.now().isoformat(timespec='minutes')} (UTC)")
    print("\n".join([*lines, "", "  Stop with Ctrl-C.", ""]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
