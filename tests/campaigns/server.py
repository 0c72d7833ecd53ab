"""The real server: a folder of its own, its process group, and a carrier on a free port that outlives it."""

import http.client
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaigns.hamlet import ACCOUNT, PUBLIC, TOKEN, found, settings_for
from campaigns.ledger import Ledger

ROOT = Path(__file__).parent.parent.parent
SIX = "2026-11-23T06:00:00-05:00"


class Twilio(http.server.ThreadingHTTPServer):
    """The carrier: speaks Twilio's interface, keeps a ledger."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Desk)
        self.ledger, self.lock = Ledger(lag=timedelta(0)), threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """Whoever asked was killed before the answer came: that is the campaign."""


class _Desk(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer("POST", {}, dict(form))

    def do_GET(self):
        self._answer("GET", dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)), {})

    def _answer(self, method, params, data):
        with self.server.lock:
            status, body = self.server.ledger.ask(method, self.path, params, data, now=datetime.now(UTC))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Quiet."""


class Server:
    """An installation in a folder, with these people; not started yet."""

    def __init__(self, folder, people, carrier):
        self.folder, self.port, self.process = folder, free_port(), None
        self.database = folder / "linli.db"
        found(settings_for(self.database, LINLI_CARRIER__KIND="twilio"), people)
        self.clock = folder / "clock"
        self.clock.write_text(SIX)
        self.wound_at, self.wound = time.monotonic(), datetime.fromisoformat(SIX)
        (folder / "config.toml").write_text(
            f'[server]\nport = {self.port}\npublic_url = "{PUBLIC}"\nsecret_key = "{"k" * 40}"\n'
            f'[database]\nurl = "sqlite:///linli.db"\n'
            f'[carrier]\nkind = "twilio"\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\n'
            f'api_base = "{carrier.url}"\nclock_file = "clock"\n'
        )

    def start(self):
        """Start it; whether it answers is another question."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "scripts.serve", "--config", "config.toml"], cwd=self.folder,
                env={**environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def until_well(self, seconds=60.0):
        """Wait for the first 200; the seconds that it took. Raises RuntimeError."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log()[-2000:]}")
            if self._is_well(seconds):
                return time.monotonic() - began
            time.sleep(0.01)
        raise RuntimeError(f"the server never answered 200: {self.log()[-2000:]}")

    def _is_well(self, seconds):
        try:
            return self.ask("GET", "/healthz", timeout=seconds)[0] == 200
        except (OSError, http.client.HTTPException):
            return False  # it does not listen yet

    def ask(self, method, path, body=None, headers=None, timeout=15.0):
        """One request over a connection of its own: status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def kill(self):
        """kill -9, the whole group at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self):
        """SIGTERM to the one that was started, as a service manager does; the seconds until it was gone."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - began

    def wind(self, seconds):
        """Let its clock run ahead by so much more."""
        shown = self.wound + timedelta(seconds=time.monotonic() - self.wound_at + seconds)
        self.clock.write_text(shown.isoformat())
        self.wound, self.wound_at = shown, time.monotonic()

    def log(self):
        """Everything it has printed."""
        return (self.folder / "log").read_text(errors="replace")


def free_port():
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
