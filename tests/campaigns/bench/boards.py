"""scripts/bench boards: how long after an event fifty open boards show it, and what they cost the telephone line.

The real server, with everything durable. Texts come in at a steady pace, signed as the carrier signs; each must be read
by a person, so each is a card on the board. First nobody looks; then so many boards are open, asking as the page's script
asks. What is measured is the time from the post to the moment when a board has the new card, how long the posts take, and
the processor time of the server, in both halves of one run.
"""

import argparse
import http.client
import multiprocessing
import os
import re
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from campaigns.callers import phone_of
from campaigns.hamlet import People, a_text, shelf
from campaigns.server import ROOT, Server, Twilio
from dispatch.founding import add_staff
from models.database import Database, open_engine
from models.people import Role
from models.places import Community

PASSWORD = "a password of the benchmark"
_PAUSE = re.compile(r"const (EVERY|SOON) = (\d+);")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_CARD = re.compile(r"event-(\d+)-")


def main(argv: list[str]) -> int:
    """Measure; 0 when every board has shown every event."""
    parser = argparse.ArgumentParser(prog="scripts/bench boards", description=__doc__)
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument("--events", type=int, default=60, help="texts that come in, in each half")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two of them")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="linli-boards-", dir=shelf()) as folder:
        bench = Bench(Path(folder), arguments)
        try:
            return bench.run()
        finally:
            bench.server.kill()


class Bench:
    """A server with one community, and who looks at its board."""

    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        self.boards, self.events, self.pause = arguments.boards, arguments.events, arguments.pause
        people = People({phone_of(n): f"Rose{n} Miller" for n in range(2 * self.events)})
        self.server = Server(folder, people, Twilio())
        engine = open_engine(f"sqlite:///{self.server.database}")
        with Database(engine).begin() as session:
            community = session.query(Community).one()
            add_staff(
                session, community, name="Dora", role=Role.DISPATCHER, phone=None, is_on_duty=False, password=PASSWORD,
                language="en",
            )  # fmt: skip
        engine.dispose()
        self.server.start()
        self.server.until_well()

    def run(self) -> int:
        """Both halves, and what came of them."""
        cookie = log_in(self.server.port)
        alone = self._half(0)
        seen, stop = multiprocessing.Queue(), multiprocessing.Event()
        watchers = multiprocessing.Process(target=watch, args=(self.server.port, cookie, self.boards, seen, stop))
        watchers.start()
        time.sleep(3)
        watched = self._half(self.events)
        time.sleep(3)
        stop.set()
        shown = [seen.get(timeout=30) for _ in range(self.boards)]
        watchers.join()
        return self._report(alone, watched, shown)

    def _half(self, first: int) -> dict:
        """The texts of one half: when each was posted, how long its answer took, and what the server spent."""
        began, spent = time.monotonic(), self._processor()
        posted, took = {}, []
        for number in range(first, first + self.events):
            sid = f"SM{number:032x}"
            post = a_text(sid, phone_of(number), f"event-{number}- who comes today?")
            posted[number] = time.monotonic()
            status, _ = self.server.ask("POST", post.path, urlencode(post.form), {
                **post.headers, "Content-Type": "application/x-www-form-urlencoded"
            })  # fmt: skip
            assert status in (200, 204), status
            took.append(time.monotonic() - posted[number])
            time.sleep(self.pause)
        seconds = time.monotonic() - began
        return {"posted": posted, "took": took, "share": (self._processor() - spent) / seconds}

    def _processor(self) -> float:
        """Seconds of processor that the server's processes have used so far."""
        tick, spent = os.sysconf("SC_CLK_TCK"), 0
        group = self.server.process.pid
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended meanwhile
            if int(fields[2]) == group:
                spent += int(fields[11]) + int(fields[12])
        return spent / tick

    def _report(self, alone: dict, watched: dict, shown: list[dict[int, float]]) -> int:
        waits = [at - watched["posted"][n] for board in shown for n, at in board.items() if n in watched["posted"]]
        missed = self.boards * self.events - len(waits)
        print(f"{self.boards} boards, {self.events} events: shown {len(waits)} of {self.boards * self.events} times")
        print(f"event to visible: median {_at(waits, 0.5):.2f} s, 99th percentile {_at(waits, 0.99):.2f} s, "
              f"longest {max(waits):.2f} s")  # fmt: skip
        for name, half in (("no board open", alone), (f"{self.boards} boards", watched)):
            took = [1000 * one for one in half["took"]]
            print(f"{name}: a signed text answered in {_at(took, 0.5):.1f} ms (median), {_at(took, 0.99):.1f} ms (99th), "
                  f"{100 * half['share']:.0f} % of one core")  # fmt: skip
        return 1 if missed else 0


def log_in(port: int) -> str:
    """The cookie of somebody who has logged in."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    token = _TOKEN.search(answer.read().decode())
    assert token, "no login page"
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    form = urlencode({"name": "Dora", "password": PASSWORD, "csrf_token": token[1]})
    connection.request("POST", "/login", form, {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    return str(answer.headers["Set-Cookie"].split(";")[0])


def watch(port: int, cookie: str, boards: int, seen: multiprocessing.Queue, stop: object) -> None:
    """So many boards in a process of their own, each with a connection that it keeps; then what each has seen, when."""
    pauses = {
        name: int(ms) / 1000 for name, ms in _PAUSE.findall((ROOT / "dispatch/board/static/board.js").read_text())
    }

    def one(number: int) -> None:
        time.sleep(pauses["EVERY"] * number / boards)
        seen.put(_look(port, cookie, pauses, stop))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(boards)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _look(port: int, cookie: str, pauses: dict[str, float], stop: object) -> dict[int, float]:
    """As the page's script does it: is the number another? Then the part that changes; then a pause."""
    connection, version, mark, first_seen = http.client.HTTPConnection("127.0.0.1", port), "", "", {}
    while not stop.is_set():
        answer, _ = _get(connection, f"/board/version?seen={version}", cookie)
        before = version
        if answer == 200:
            _, page = _get(connection, f"/board/live?has={mark}", cookie)
            now = time.monotonic()
            if page:
                version, mark = (re.search(rf'data-{name}="([^"]+)"', page)[1] for name in ("version", "mark"))
            for number in map(int, _CARD.findall(page)):
                first_seen.setdefault(number, now)
        time.sleep(pauses["SOON" if answer == 200 and version == before else "EVERY"])
    return first_seen


def _get(connection: http.client.HTTPConnection, path: str, cookie: str) -> tuple[int, str]:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if len(ordered) > 1 else statistics.fmean(ordered)
