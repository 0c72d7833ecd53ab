"""Hundreds who send half a request byte by byte, or read a page so, at the real server; signed posts go on meanwhile.

How long a signed text waits for its answer with nobody else there, and beside each kind of slow client, in one run.
"""

import argparse
import http.client
import socket
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from campaigns.hamlet import ROSE, People, a_text
from campaigns.server import Server, Twilio

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Kind → what is sent at once, and what then comes byte by byte; an answer that comes of it is read one byte at a time.
_START = b"POST /sms HTTP/1.1\r\nHost: linli.example.org\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SLOW = {
    "nothing at all": (b"", b""),
    "half a head": (b"GET /login HTTP/1.1\r\nHost: linli.example.org\r\n", b"X-Slow: " + b"a" * 4000),
    "half a body": (_START + b"Content-Length: 6000\r\n\r\n", b"Body=" + b"a" * 4000),
    "half a body in pieces": (_START + b"Transfer-Encoding: chunked\r\n\r\n", b"fa0\r\n" + b"a" * 4000),
    "a hundred large files, read slowly": (
        b"GET /board/static/board.css HTTP/1.1\r\nHost: linli.example.org\r\n\r\n" * 100,
        b"",
    ),
    "half a request behind a whole one": (
        b"GET /healthz HTTP/1.1\r\nHost: linli.example.org\r\n\r\nGET /login HT",
        b"X" * 4000,
    ),
}
_A_BYTE_EACH = 1.0
_LIMIT = 2.0


def main(argv):
    """Run the campaign; 0 when nobody was refused and the line answered in time."""
    parser = argparse.ArgumentParser(prog="scripts/soak slow", description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--posts", type=int, default=300, help="signed texts, beside each kind of slow clients")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        found = measured(server, clients=chosen.clients, posts=chosen.posts)
    alone = found[""]
    print(
        f"{chosen.posts} signed texts each, one after the other, and /healthz after each; {chosen.clients} slow clients"
    )
    for kind, figures in found.items():
        print(
            f"  {kind or 'nobody else':34} {figures}  p99 x {figures.p(0.99) / alone.p(0.99):.1f}  held {figures.held}"
        )
    is_well = all(figures.refused == 0 and figures.p(0.99) < _LIMIT for figures in found.values())
    return 0 if is_well else 1


@contextmanager
def running(folder):
    """The server as scripts/run starts it, with Rose in its town."""
    twilio = Twilio()
    server = Server(folder, People({ROSE: "Rose Miller"}), twilio)
    server.start()
    try:
        server.until_well()
        yield server
    finally:
        with suppress(ProcessLookupError):  # it has been ended
            server.kill()
        twilio.shutdown()


def measured(server, *, clients, posts):
    """For each kind of slow client, and for none, how long the posts took."""
    return {kind: _beside(server, kind, clients if kind else 0, posts) for kind in ("", *SLOW)}


@dataclass
class Figures:
    """How long the answers took, in seconds; how many posts were refused, and how many slow clients there still were."""

    seconds: list[float]
    refused: int
    held: int

    def p(self, share):
        """So many took at most so long."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]

    @property
    def worst(self):
        """The longest."""
        return max(self.seconds)

    def __str__(self):
        times = f"p50 {self.p(0.5) * 1000:6.0f} ms  p99 {self.p(0.99) * 1000:6.0f} ms  max {self.worst * 1000:6.0f} ms"
        return f"{times}  refused {self.refused}"


def _beside(server, kind, clients, posts):
    crowd = Crowd(server.port, kind, clients)
    try:
        figures = Figures([], 0, clients)
        for _ in range(posts):
            began = time.monotonic()
            figures.refused += not (_is_taken(server) and server.ask("GET", "/healthz", timeout=60)[0] in (200, 503))
            figures.seconds.append(time.monotonic() - began)
        figures.held = crowd.held
        return figures
    finally:
        crowd.go()


_numbers = iter(range(1, 10**9))


def _is_taken(server):
    told = a_text(f"SM{next(_numbers):032x}", ROSE, "hello")
    try:
        return server.ask("POST", told.path, urlencode(told.form), {**FORM, **told.headers}, timeout=60)[0] in (
            200,
            204,
        )
    except (OSError, http.client.HTTPException):
        return False


class Crowd:
    """So many slow clients at once, each with a connection of its own; whoever is let go comes again."""

    def __init__(self, port, kind, clients):
        self.port, self.clients, self.held, self._is_over = port, clients, 0, threading.Event()
        self.at_once, self.later = SLOW.get(kind, (b"", b""))
        self._thread = threading.Thread(target=self._be_slow, daemon=True)
        if clients:
            self._lines = [[self._come(), 0] for _ in range(clients)]
            self._thread.start()

    def go(self):
        """They all leave."""
        self._is_over.set()
        if self.clients:
            self._thread.join()
            for line, _ in self._lines:
                line.close()

    def _come(self):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.settimeout(30)
        line.connect(("127.0.0.1", self.port))
        line.sendall(self.at_once)
        line.setblocking(False)
        return line

    def _be_slow(self):
        while not self._is_over.wait(_A_BYTE_EACH):
            self.held = sum(self._is_slow_still(one) for one in self._lines)

    def _is_slow_still(self, one):
        line, sent = one
        try:
            if self.later:
                line.send(self.later[sent : sent + 1])
                one[1] += 1
            line.recv(1)
        except BlockingIOError:
            return True
        except OSError:
            line.close()
            one[:] = [self._come(), 0]
            return False
        return True
