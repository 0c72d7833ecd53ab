"""The real server is killed under load, again and again: every acknowledged order is there exactly once.

Callers order by text and by call from several threads, signed as Twilio signs; kill -9 takes the whole process group,
and it is started again at once. Whoever got no answer is delivered again. In between, SIGTERM: what is in flight is
answered, and a call that was begun before goes on after.
"""

import argparse
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from campaigns.callers import Callers, phone_of
from campaigns.hamlet import People, shelf
from campaigns.ledger import sent_once
from campaigns.server import Server, Twilio
from models.storage import sqlite_module

# Residents for each life of the server; each orders once.
_PER_LIFE = 120
# One end in so many is a SIGTERM.
_TERM_EVERY = 5
# A claim that was lost with its server is looked up after a minute and a half; a lease is taken over after half a one.
_WIND_SECONDS, _SETTLE_SECONDS = 60, 180
# A post that has just been begun may still lie where the kernel keeps it: nobody has taken it, and it comes again.
_TAKEN_WITHIN = 0.5
_LONGEST_SECONDS = 60


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak server_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--terms", type=int, default=None, help="how many SIGTERMs besides (one for five kills)")
    parser.add_argument("--seed", type=int, default=1, help="who orders how, and when the server dies")
    arguments = parser.parse_args(argv)
    terms = max(1, arguments.kills // _TERM_EVERY) if arguments.terms is None else arguments.terms
    with tempfile.TemporaryDirectory(prefix="linli-server-", dir=shelf()) as folder:
        siege = Siege(Path(folder), arguments.kills, terms, arguments.seed)
        began = time.monotonic()
        siege.run()
        siege.report(time.monotonic() - began)
    return 1 if siege.faults else 0


class Siege:
    """A server, its callers, and its many ends."""

    def __init__(self, folder, kills, terms, seed):
        self.rng, self.seed = random.Random(seed), seed
        residents = _PER_LIFE * (kills + terms + 1)
        self.ends = ["kill"] * kills + ["term"] * terms
        self.rng.shuffle(self.ends)
        self.carrier = Twilio()
        self.server = Server(folder, People({phone_of(n): f"Rose{n} Miller" for n in range(residents)}), self.carrier)
        self.callers = Callers(self.server, self.carrier, residents, seed=seed)
        self.restarts, self.first_posts, self.drains = [], [], []
        self.terms = Counter()
        self.faults, self.requests = [], 0

    def run(self):
        """All of it; `faults` says what was wrong."""
        self.server.start()
        try:
            self.server.until_well()
            self.callers.start()
            for end in self.ends:
                time.sleep(self.rng.uniform(0.2, 2.5))
                if end == "kill":
                    self.server.kill()
                    self._again()
                else:
                    self._terminate()
            self.callers.finish()
            self._settle()
        finally:
            self.server.terminate()
            self.carrier.shutdown()
        self._judge()

    def _again(self):
        self.callers.first_answer_at = None
        began = time.monotonic()
        self.server.start()
        self.restarts.append(self.server.until_well())
        while self.callers.first_answer_at is None and time.monotonic() - began < _LONGEST_SECONDS:
            time.sleep(0.01)
        if self.callers.first_answer_at is None:
            self.faults.append("after a restart nobody was answered")
        else:
            self.first_posts.append(self.callers.first_answer_at - began)

    def _terminate(self):
        """A call is begun; SIGTERM; the server is started again; the call goes on."""
        number = self.callers.next_number()
        turn = self.callers.ring(number) if number is not None else None
        at = time.monotonic()
        self.drains.append(self.server.terminate())
        gone = time.monotonic()
        self._again()
        time.sleep(0.2)
        for began, ended, what in list(self.callers.attempts):
            if began < at - _TAKEN_WITHIN and at < ended:
                self.terms[f"in flight, {what}"] += 1
            elif at - _TAKEN_WITHIN <= began < gone and at < ended:
                self.terms[f"came later, {what}"] += 1
        if turn is not None:
            self.callers.press(number, turn)
            self.terms["calls went on"] += 1

    def _settle(self):
        """Wind the clock until every text has left, in case its sender was killed."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < deadline:
            if not self._asked("SELECT COUNT(*) FROM messages WHERE state IN ('queued', 'sending', 'unknown')")[0][0]:
                return
            if self.server.wound_at + 5 < time.monotonic():
                self.server.wind(_WIND_SECONDS)
            time.sleep(0.25)

    def _asked(self, query):
        connection = sqlite_module().connect(str(self.server.database), timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def _judge(self):
        self.faults += self.callers.faults
        stored = Counter(re.sub(r"^(call \S+) \d+$", r"\1", row[0]) for row in self._asked(
            "SELECT source_key FROM help_requests"))  # fmt: skip
        self.requests = sum(stored.values())
        for key in self.callers.ordered:
            if stored[key] != 1:
                self.faults.append(f"{'doubled' if stored[key] else 'lost'}: {key}")
        if self.requests > len(self.callers.ordered):
            self.faults.append(f"doubled: {self.requests} orders for {len(self.callers.ordered)} acknowledged")
        if self._asked("PRAGMA integrity_check") != [("ok",)]:
            self.faults.append("corrupt")
        connection = sqlite_module().connect(str(self.server.database))
        self.faults += sent_once(connection, self.carrier.ledger)
        connection.close()
        if self.terms["in flight, cut off"]:
            self.faults.append(f"SIGTERM cut off {self.terms['in flight, cut off']} posts that were in flight")
        unwell = {what: count for what, count in self.callers.counts.items() if re.match(r"answered \d|late", what)}
        if unwell:
            self.faults.append(f"posts that were not answered as they should: {unwell}")
        if "Traceback" in self.server.log():
            self.faults.append("the server logged: " + self.server.log().split("Traceback")[1][-1500:])

    def report(self, seconds):
        """Say what came of it."""
        for fault in self.faults[:20]:
            print(f"  FAULT {fault}")
        kinds = Counter(
            kind for words in self.faults for kind in ("lost", "doubled", "corrupt") if words.startswith(kind)
        )
        counts = self.callers.counts
        print(
            f"  posts: {counts['answered']} answered, {counts['cut off']} cut off and {counts['refused']} refused, all "
            f"delivered again\n"
            f"  restart to the first 200: {_spread(self.restarts)}; to the first post answered: {_spread(self.first_posts)}\n"
            f"  SIGTERM: {len(self.drains)} times, gone after {_spread(self.drains)}; "
            f"{', '.join(f'{count} {what}' for what, count in sorted(self.terms.items()))}\n"
            f"server_kills: {self.ends.count('kill')} kills, {len(self.callers.ordered)} orders acknowledged, "
            f"{self.requests} stored, {len(self.carrier.ledger.accepted)} texts accepted by the carrier; {kinds['lost']} "
            f"lost, {kinds['doubled']} doubled, {kinds['corrupt']} corrupt, {len(self.faults)} faults in all; "
            f"{seconds:.0f} s; seed {self.seed}"
        )


def _spread(values):
    if not values:
        return "never"
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"median {statistics.median(ordered):.2f} s, p99 {p99:.2f} s, worst {ordered[-1]:.2f} s"
