"""The simulated house with its demo, on a free port, started and ended here; and somebody who is logged in and may sign.

Tools that know neither sessions nor signatures go through a door of ours: it adds the login, the form's token and the
carrier's signature, so that what they write comes to the pages and webhooks and not only to the locks before them.
"""

import http.client
import itertools
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from campaigns.server import free_port
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from security.findings import ROOT

ACCOUNT, TOKEN = "AC" + "5" * 32, "a-token-of-the-scans-0123456789"
_TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')
_LOGIN = re.compile(r"Login: +(\S.*?) +Password: (\S+)")
# What would lock out the one who looks, or end the day for all that come after.
_CLOSED = re.compile(r"/logout|/exchange|/settings/staff|/settings/duty|/settings/pin|/language")
_NEVER_SAID_BEFORE = itertools.count(1)
_PASSED_ON = ("content-type", "accept", "user-agent", "referer", "x-requested-with")


@contextmanager
def demo():
    """The address of the door; the demo behind it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="linli-scan-") as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")} | {
            "LINLI_DATABASE__URL": f"sqlite:///{folder}/linli.db", "LINLI_SERVER__PORT": str(port), "LINLI_SERVER__PUBLIC_URL": url,
            "LINLI_CARRIER__ACCOUNT_SID": ACCOUNT, "LINLI_CARRIER__AUTH_TOKEN": TOKEN, "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        log = Path(folder) / "log"
        with log.open("wb") as noise:
            server = subprocess.Popen(
                [sys.executable, "-P", "-m", "scripts.serve"], cwd=folder, env=environ, stdout=noise, stderr=noise
            )
        door = None
        try:
            _wait(port, server, log)
            name, password = _LOGIN.search(log.read_text("utf-8")).groups()
            door = Door(port, url, name.strip(), password)
            yield door
        finally:
            if door is not None:
                door.shutdown()
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


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
    raise RuntimeError(f"the demo did not start: {log.read_text('utf-8', errors='replace')[-2000:]}")


class Door(ThreadingHTTPServer):
    """Lets anything through to the demo as a coordinator, or as the carrier."""

    daemon_threads = True

    def __init__(self, port, public_url, name, password):
        super().__init__(("127.0.0.1", 0), _Hand)
        self.port, self.public_url, self._who = port, public_url, (name, password)
        self.failures = {}  # what was answered with a fault of ours, by method and path
        self.asked = 0
        self._lock = threading.Lock()
        self.log_in()
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
            form = urlencode({"name": self._who[0], "password": self._who[1], "csrf_token": token}).encode()
            sent = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            status, headers, _ = self.ask("POST", "/login", form, sent)
            if status != 303:
                raise RuntimeError(f"nobody was let in: {status}")
            self.cookie = _cookie(headers)
            _, _, page = self.ask("GET", "/people", b"", {"Cookie": self.cookie})
            self.token = _TOKEN_FIELD.search(page.decode()).group(1)

    def handle_error(self, request, client_address):
        """A tool that goes before its answer comes is no fault of ours."""

    def ask(self, method, path, body, headers):
        """One request to the demo itself: status, headers, body."""
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
        if _CLOSED.match(path):
            return 404, [("Content-Type", "text/plain")], b"closed for tools"
        kept = {name: value for name, value in headers.items() if name.lower() in _PASSED_ON}
        if method == "POST" and path.startswith(("/voice", "/sms")):
            body, kept = self._signed(path, body, kept)
        else:
            kept["Cookie"] = self.cookie
            body = self._with_token(body) if method == "POST" else body
        answer = self.ask(method, path, body, kept)
        if answer[0] == 302 and dict(answer[1]).get("Location", "").startswith("/login"):
            self.log_in()
            answer = self.ask(method, path, body, kept | {"Cookie": self.cookie})
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
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signed,
        }

    def _with_token(self, body):
        pairs = [
            (name, value)
            for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            if name != "csrf_token"
        ]
        return urlencode([*pairs, ("csrf_token", self.token)]).encode()


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
