"""The program as somebody runs it: its own process, its own files, and a carrier that is only known by configuration."""

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
from twilio.request_validator import RequestValidator

ROOT = Path(__file__).parent.parent
ACCOUNT, TOKEN = "AC" + "5" * 32, "a-token-of-the-tests-0123456789"
LINE, ROSE, SAM = "+12125550100", "+12125550111", "+12125550121"


class Wire(http.server.BaseHTTPRequestHandler):
    """Somebody who speaks Twilio's REST interface: keeps what is created, lists it, and checks the login."""

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        kind = "Messages" if "Messages" in self.path else "Calls"
        kept = self.server.kept[kind]
        sid = f"{'SM' if kind == 'Messages' else 'CA'}{len(kept) + 1:032x}"
        kept.append({**form, "sid": sid, "path": self.path, "authorization": self.headers["Authorization"]})
        self._answer(201, _wire(kept[-1]))

    def do_GET(self):
        kind = "messages" if "Messages" in self.path else "calls"
        self._answer(200, {kind: [_wire(row) for row in self.server.kept[kind.title()]], "next_page_uri": None})

    def _answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Quiet."""


def _wire(row):
    now = format_datetime(datetime.now(UTC))
    return {"sid": row["sid"], "status": "queued", "to": row.get("To"), "from": row.get("From"), "body": row.get("Body"),
            "direction": "outbound-api", "date_created": now, "date_sent": None, "error_code": None}  # fmt: skip


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """A folder with a settings file, and the program running in it."""

    def __init__(self, folder, *, environ=None):
        self.folder, self.port = folder, free_port()
        self.environ = {**{k: v for k, v in os.environ.items() if not k.startswith("LINLI_")}, **(environ or {}),
                        "PYTHONPATH": str(ROOT)}  # fmt: skip
        self.process = None

    def linli(self, *words, stdin=""):
        """The operator's command line; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "scripts.commands", *words], cwd=self.folder, env=self.environ, input=stdin,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *words):
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.serve", "--port", str(self.port), *words], cwd=self.folder, env=self.environ,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        for _ in range(200):
            try:
                if requests.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except requests.ConnectionError:
                if self.process.poll() is not None:
                    raise AssertionError(self.process.stdout.read()) from None
            time.sleep(0.1)
        raise AssertionError("it never answered")

    def stop(self, how=signal.SIGTERM):
        """Stop it; what it had printed."""
        if self.process is None:
            return ""
        if how is signal.SIGKILL:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        words, _ = self.process.communicate(timeout=30)
        self.process = None
        return words

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def installation(tmp_path):
    place = Installation(tmp_path)
    yield place
    if place.process is not None:
        place.process.kill()
        place.process.communicate()


@pytest.fixture
def wire():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Wire)
    server.kept = {"Messages": [], "Calls": []}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def until(true, what, seconds=15):
    for _ in range(int(seconds * 20)):
        found = true()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def test_the_story_with_twilio_by_configuration_alone(installation, wire):
    """Lunch by one key, the round offered by text, taken, delivered; an errand nobody takes: all over Twilio's wire."""
    api = f"http://127.0.0.1:{wire.server_address[1]}"
    clock = installation.folder / "clock"
    clock.write_text("2026-11-23T09:00:00-05:00")
    (installation.folder / "config.toml").write_text(
        f"""
[server]
port = {installation.port}
public_url = "https://linli.example.org"
secret_key = "{"k" * 40}"
[database]
url = "sqlite:///linli.db"
[carrier]
kind = "twilio"
account_sid = "{ACCOUNT}"
auth_token = "env:THE_TOKEN"
api_base = "{api}"
clock_file = "clock"
"""
    )
    installation.environ["THE_TOKEN"] = TOKEN
    config = ("--config", "config.toml")
    installation.linli(*config, "community", "add", "Linli", "--number", LINE, "--timezone", "America/New_York",
                       "--language", "en", "--zones", "East;West")  # fmt: skip
    (installation.folder / "residents.csv").write_text(
        "name,phone,zone,address\nRose Miller,212 555 0111,East,5 Elm Street\n"
    )
    (installation.folder / "volunteers.csv").write_text(
        "name,phone,zones,services\nSam Lee,(212) 555-0121,East;West,meal;errand\n"
    )
    (installation.folder / "menu.csv").write_text("date,meal,key,dish\n2026-11-23,lunch,1,Tomato soup\n")
    installation.linli(*config, "import", "residents", "residents.csv", "--enrolled")
    installation.linli(*config, "import", "volunteers", "volunteers.csv", "--enrolled")
    installation.linli(*config, "import", "menu", "menu.csv")
    installation.start(*config)

    def post(path, **form):
        form = {"AccountSid": ACCOUNT, "To": LINE, **form}
        signed = RequestValidator(TOKEN).compute_signature(f"https://linli.example.org{path}", form)
        answer = requests.post(installation.url + path, data=form, headers={"X-Twilio-Signature": signed}, timeout=10)
        assert answer.status_code in (200, 204), (path, answer.status_code, answer.text)
        return answer.text

    call = "CA" + "7" * 32
    first = post("/voice", CallSid=call, From=ROSE)
    assert "Tomato soup" in first
    action = re.search(r'action="([^"]+)"', first).group(1)
    assert "Ordered" in post(action, CallSid=call, From=ROSE, Digits="1")
    post("/voice/status", CallSid=call, From=ROSE, CallStatus="completed")
    assert wire.kept["Messages"] == []
    installation.linli(*config, "meals", "close", "2026-11-23", "lunch")
    offer = until(lambda: [m for m in wire.kept["Messages"] if m["To"] == SAM], "an offer")[0]
    assert offer["Body"].endswith("Can you? 1 yes, 2 no.")
    assert "Elm" not in offer["Body"]
    assert offer["From"] == LINE
    assert offer["StatusCallback"] == "https://linli.example.org/sms/status"
    assert offer["authorization"].startswith("Basic ")
    post("/sms", MessageSid="SM" + "8" * 32, From=SAM, Body="1")
    until(lambda: [m for m in wire.kept["Messages"] if m["To"] == SAM and "5 Elm Street" in m["Body"]], "the address")
    until(lambda: [m for m in wire.kept["Messages"] if m["To"] == ROSE and "Sam brings" in m["Body"]], "who comes")
    post("/sms", MessageSid="SM" + "9" * 32, From=SAM, Body="3")
    exported = json.loads(installation.linli(*config, "export", "requests", "--format", "json"))
    assert [(row["state"], row["source"], row["kind"], row["volunteer_phone"]) for row in exported] == [
        ("done", "voice", "meal", SAM)
    ]
    calls = json.loads(installation.linli(*config, "export", "calls", "--format", "json"))
    assert [(row["call_sid"], row["direction"], row["outcome"]) for row in calls] == [(call, "inbound", "ordered")]
    assert "/exchange" not in requests.get(f"{installation.url}/login", timeout=5).text
    assert requests.get(f"{installation.url}/exchange/", timeout=5).status_code == 404
    printed = installation.stop()
    for personal in (ROSE, SAM, "Rose", "Elm", TOKEN):
        assert personal not in printed


def test_the_demo_comes_alive_by_itself_and_survives_a_kill(installation):
    installation.start()
    page = requests.get(f"{installation.url}/exchange/", timeout=5)
    assert page.status_code == 200
    assert requests.get(f"{installation.url}/", timeout=5, allow_redirects=False).status_code == 302
    finger = {"X-Exchange": "1"}
    dial = requests.post(
        f"{installation.url}/exchange/handsets/+861055551001/dial",
        json={"to": "+861055550000"},
        headers=finger,
        timeout=10,
    )
    assert dial.status_code == 200, dial.text
    press = requests.post(
        f"{installation.url}/exchange/handsets/+861055551001/press", json={"keys": "1"}, headers=finger, timeout=10
    )
    assert press.status_code == 200, press.text
    before = until(lambda: _voice_orders(installation), "the order")
    installation.stop(signal.SIGKILL)
    installation.start()
    assert _voice_orders(installation) == before
    files = [file for file in installation.folder.rglob("*") if file.is_file()]
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []  # all of it is about people
    printed = installation.stop()
    assert re.search(r"Login:\s+demo\s+Password: \w{14}", printed)
    assert "Handsets" in printed


def _voice_orders(installation):
    rows = json.loads(installation.linli("export", "requests", "--format", "json"))
    return [row for row in rows if row["source"] == "voice"]


def test_a_port_in_use_is_said_in_a_sentence(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "scripts.serve", "--port", str(installation.port)], cwd=installation.folder,
            env=installation.environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"Port {installation.port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("[server]\nprot = 1\n", "prot"),
        ("[sever]\nport = 1\n", "sever"),
        ("not toml", "TOML"),
        ('[carrier]\nkind = "pigeon"\n', "kind"),
        ('[carrier]\nkind = "twilio"\n', "auth_token"),
    ],
)
def test_wrong_settings_stop_the_start_with_a_sentence(installation, settings, named):
    (installation.folder / "config.toml").write_text(settings)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.serve", "--config", "config.toml"], cwd=installation.folder,
        env=installation.environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
