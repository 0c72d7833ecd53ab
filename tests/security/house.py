"""The house itself on a free port, in a town that lived through a morning; and somebody who is logged in and may sign.

Tools that know neither sessions nor signatures go through a door of ours: it adds the login, the form's token and the
carrier's signature, so that what they write comes to the pages and webhooks and not only to the locks before them.
"""

import http.client
import itertools
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from a_morning import PAGES, live_a_morning
from board_town import PASSWORD, build_town
from campaigns.hamlet import shelf
from campaigns.server import free_port
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from dispatch.board.words import LANGUAGES, words_of
from models.schema import own_version
from security.findings import ROOT
from security.pages import A_FORM

ACCOUNT, TOKEN = "AC" + "5" * 32, "a-token-of-the-scans-0123456789"
_TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')
INDEX = "/all-there-is-to-ask"  # the door's own page, not the house's
_LINE = "+861055550100"
_INVITATION = re.compile(r"/invitation/[\w.-]+")
# Where nobody is logged in: passed on without a login, each time from another network, so that nobody is made to wait.
_OPEN = re.compile(r"/(login|invitation)\b")
# What would demand a second factor of whoever looks; what a tool makes of it is let through.
_DEMANDED = re.compile(rb"second_factor_for=(coordinators|everybody)(&|$)")
# Said of a form before anything else of it is looked at; what makes no sense is answered otherwise.
_WITHOUT_TOKEN = [words_of(tag).t("fault.csrf").encode() for tag in LANGUAGES]
_NEVER_SAID_BEFORE = itertools.count(1)
_PASSED_ON = ("content-type", "accept", "user-agent", "referer", "x-requested-with")


@contextmanager
def house():
    """The door to the house, in which it is nine in the morning; the house behind it ends with the block."""
    with tempfile.TemporaryDirectory(dir=shelf(), prefix="linli-scan-") as folder:
        ids = _live_in(Path(folder))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")} | {
            "LINLI_DATABASE__URL": f"sqlite:///{folder}/town.db", "LINLI_SERVER__PORT": str(port), "LINLI_SERVER__PUBLIC_URL": url,
            "LINLI_CARRIER__ACCOUNT_SID": ACCOUNT, "LINLI_CARRIER__AUTH_TOKEN": TOKEN, "PYTHONPATH": str(ROOT),
            "LINLI_CARRIER__CLOCK_FILE": f"{folder}/clock",
        }  # fmt: skip
        log = Path(folder) / "log"
        with log.open("wb") as noise:
            server = subprocess.Popen(
                [sys.executable, "-P", "-m", "scripts.serve"], cwd=folder, env=environ, stdout=noise, stderr=noise
            )
        door = None
        try:
            _wait(port, server, log)
            door = Door(port, url, ids, Path(folder) / "town.db")
            yield door
        finally:
            if door is not None:
                door.shutdown()
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


def _live_in(folder):
    """A town with something of everything in it, in a file of this program's version; its clock stands still."""
    town = build_town(folder)
    ids = live_a_morning(town)
    ids["recording"] = town.recording()
    town.database.engine.dispose()
    with sqlite3.connect(folder / "town.db") as file:
        file.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        file.execute("INSERT INTO alembic_version VALUES (?)", (own_version(),))
    file.close()
    (folder / "clock").write_text(f"{town.now.isoformat()} frozen\n", "utf-8")
    return ids


def _wait(port, server, log):
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status in (200, 503):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the house did not start: {log.read_text('utf-8', errors='replace')[-2000:]}")


class Door(ThreadingHTTPServer):
    """Lets anything through to the house as a coordinator, or as the carrier."""

    daemon_threads = True

    def __init__(self, port, public_url, ids, file):
        super().__init__(("127.0.0.1", 0), _Hand)
        self._file, self._as_it_was = file, None
        self.port, self.public_url, self.line = port, public_url, _LINE
        self.index = b""  # what it shows at INDEX: pages.index
        self.failures = {}  # what was answered with a fault of ours, by method and path
        self.asked = self.written = self.taken = self.unreadable = 0
        self._lock = threading.Lock()
        own = ids["Chen Li"]
        # What would lock out the one who looks, or end the day for all that come after.
        self._closed = re.compile(rf"/logout|/exchange|/settings/staff/{own}(/|$)|/me/logins")
        self.log_in()
        _, headers, page = self.ask("GET", "/login", b"", {})
        self._headers_of_a_page = headers
        self._stranger = _cookie(headers), _TOKEN_FIELD.search(page.decode()).group(1)
        _, _, page = self.pass_on("POST", f"/settings/staff/{ids['Dai Fen']}/invite", b"", A_FORM)
        self.begins = [path.format(**ids) for paths in PAGES.values() for path in paths]
        self.begins += [f"/recordings/{ids['recording']}", "/login", _INVITATION.search(page.decode())[0]]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Where tools ask."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def log_in(self):
        """Begin a session; its cookie and its form's token."""
        with self._lock:
            status, headers, page = self.ask("GET", "/login", b"", {})
            cookie, token = _cookie(headers), _TOKEN_FIELD.search(page.decode()).group(1)
            form = urlencode({"name": "Chen Li", "password": PASSWORD, "csrf_token": token}).encode()
            sent = {"Cookie": cookie, **A_FORM}
            status, headers, _ = self.ask("POST", "/login", form, sent)
            if status != 303:
                raise RuntimeError(f"nobody was let in: {status}")
            _, headers, page = self.ask("GET", "/people", b"", {"Cookie": _cookie(headers)})
            # The cookie of this answer: the form's token was made for it, and fits no earlier one.
            self.cookie = _cookie(headers)
            self.token = _TOKEN_FIELD.search(page.decode()).group(1)

    @contextmanager
    def undoing(self):
        """Within the block whatever is taken is undone at once: each request comes to the same town, and no page grows."""
        with closing(sqlite3.connect(":memory:", check_same_thread=False)) as as_it_was:
            with closing(sqlite3.connect(self._file)) as now:
                now.backup(as_it_was)
            self._as_it_was = as_it_was
            try:
                yield
            finally:
                self._as_it_was = None

    def _undo(self):
        with self._lock:
            if self._as_it_was is not None:
                with closing(sqlite3.connect(self._file, timeout=30)) as now:
                    self._as_it_was.backup(now)

    def handle_error(self, request, client_address):
        """A tool that goes before its answer comes is no fault of ours."""

    def ask(self, method, path, body, headers):
        """One request to the house itself: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def pass_on(self, method, path, body, headers):
        """The same request, with what whoever asks cannot know."""
        self.asked += 1
        if path == INDEX:
            return 200, self._headers_of_a_page, self.index
        if self._closed.match(path) or (path == "/settings/codes" and _DEMANDED.search(body)):
            return 404, [("Content-Type", "text/plain")], b"closed for tools"
        # However a tool writes them: the same header twice would be refused.
        kept = {name.title(): value for name, value in headers.items() if name.lower() in _PASSED_ON}
        if method == "POST" and path.startswith(("/voice", "/sms")):
            body, kept = self._signed(path, body, kept)
        elif _OPEN.match(path):
            cookie, token = self._stranger
            body, kept = _with_token(method, body, kept, token)
            kept |= {"Cookie": cookie, "X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"}
        else:
            kept["Cookie"] = self.cookie
            body, kept = _with_token(method, body, kept, self.token)
        answer = self.ask(method, path, body, kept)
        if answer[0] == 302 and dict(answer[1]).get("Location", "").startswith("/login"):
            self.log_in()
            answer = self.ask(method, path, body, kept | {"Cookie": self.cookie})
        self.written += method == "POST"
        self.taken += method == "POST" and answer[0] == 303
        if method == "POST" and answer[0] < 400:
            self._undo()
        self.unreadable += answer[0] == 400 and any(words in answer[2] for words in _WITHOUT_TOKEN)
        if answer[0] >= 500:
            self.failures.setdefault(
                f"{method} {path.partition('?')[0]} {answer[0]}", body[:300].decode("utf-8", "replace") + path[:300]
            )
        return answer

    def _signed(self, path, body, kept):
        """As the carrier would sign it; each a call or a text that was never there before."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        sid = f"{next(_NEVER_SAID_BEFORE):032x}"
        form |= {
            "AccountSid": ACCOUNT,
            **({"CallSid": f"CA{sid}"} if path.startswith("/voice") else {"MessageSid": f"SM{sid}"}),
        }
        form.pop("SmsSid", None)
        signed = RequestValidator(TOKEN).compute_signature(self.public_url + path, MultiDict(form))
        return urlencode(form).encode(), kept | {
            **A_FORM,
            "X-Twilio-Signature": signed,
        }


def _with_token(method, body, kept, token):
    if method != "POST":
        return body, kept
    told = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    told = [pair for pair in told if pair[0] != "csrf_token"]
    return urlencode([*told, ("csrf_token", token)]).encode(), kept | A_FORM


def _cookie(headers):
    return next(value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie")


class _Hand(BaseHTTPRequestHandler):
    def _pass(self):
        length = int(self.headers.get("Content-Length") or 0)
        try:
            status, headers, body = self.server.pass_on(self.command, self.path, self.rfile.read(length), self.headers)
        except (ValueError, OSError, http.client.HTTPException):
            status, headers, body = 400, [("Content-Type", "text/plain")], b"no request"  # nothing that HTTP can carry
        self.send_response(status)
        for name, value in headers:
            if name.lower() in ("content-type", "location", "allow") or name.lower().startswith(
                ("content-security", "x-", "referrer", "cache")
            ):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _pass

    def log_message(self, *_):
        """Quiet."""
