"""People who order from the real server, at once: whoever gets no answer is delivered again, as a carrier does."""

import http.client
import itertools
import random
import re
import threading
import time
import urllib.parse
from collections import Counter

from campaigns.hamlet import a_key, a_ring, a_text, an_end, news_of_text

_ACTION = re.compile(r'action="[^"]*/voice/turn/(\d+)')
_PAUSE_SECONDS = 0.1
# An answer must come within this; the carrier waits no longer.
_PATIENCE_SECONDS = 15.0


def phone_of(number):
    """The telephone of the resident with that number."""
    return f"+1{2125600000 + number}"


class Callers:
    """Threads that order, each resident once, and one that tells what became of the texts."""

    def __init__(self, server, carrier, residents, *, seed, threads=6):
        self.server, self.carrier, self.seed = server, carrier, seed
        self.residents = residents
        self.ordered = []  # the keys of acknowledged orders
        self.faults, self.counts = [], Counter()
        self.attempts = []  # (began, ended, what came of it), of every post
        self.first_answer_at = None
        self._numbers, self._lock = itertools.count(), threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(threads)]
        self._threads.append(threading.Thread(target=self._tell_news, daemon=True))

    def start(self):
        """Begin to order."""
        for thread in self._threads:
            thread.start()

    def finish(self, seconds=120.0):
        """Let everybody come to the end of what was begun."""
        self._over.set()
        for thread in self._threads:
            thread.join(seconds)
            if thread.is_alive():
                self.faults.append("somebody was never answered")

    def next_number(self):
        """Somebody who has not ordered yet; None: all have."""
        with self._lock:
            number = next(self._numbers)
        return number if number < self.residents else None

    def by_text(self, number):
        """Order by one text."""
        sid = f"SM{number:032x}"
        self.deliver(a_text(sid, phone_of(number), "1"))
        self.ordered.append(f"sms {sid}")

    def ring(self, number):
        """Begin a call; the number of the turn in which a key is awaited."""
        return _ACTION.search(self.deliver(a_ring(f"CA{number:032x}", phone_of(number))))[1]

    def press(self, number, turn):
        """Order by one key, and hang up."""
        sid, phone = f"CA{number:032x}", phone_of(number)
        heard = self.deliver(a_key(sid, phone, turn, "1"))
        if "Ordered" not in heard:
            self.faults.append(f"a key ordered nothing: {heard[:300]}")
            return
        self.ordered.append(f"call {sid}")
        self.deliver(an_end(sid, phone))

    def deliver(self, post):
        """Post until it is answered; the body."""
        body = urllib.parse.urlencode(post.form)
        headers = {**post.headers, "Content-Type": "application/x-www-form-urlencoded"}
        while True:
            began = time.monotonic()
            try:
                status, answer = self.server.ask("POST", post.path, body, headers, timeout=_PATIENCE_SECONDS)
            except ConnectionRefusedError:
                self._note(began, "refused")
            except (OSError, http.client.HTTPException) as error:
                self._note(began, "late" if isinstance(error, TimeoutError) else "cut off")
            else:
                self._note(began, "answered" if status in (200, 204) else f"answered {status}")
                if status in (200, 204):
                    return answer
            time.sleep(_PAUSE_SECONDS)

    def _note(self, began, what):
        ended = time.monotonic()
        with self._lock:
            self.counts[what] += 1
            self.attempts.append((began, ended, what))
            if what == "answered" and self.first_answer_at is None:
                self.first_answer_at = ended

    def _run(self, nth):
        rng = random.Random(self.seed * 1000 + nth)
        while not self._over.is_set():
            number = self.next_number()
            if number is None:
                return
            try:
                if rng.randrange(2):
                    self.by_text(number)
                else:
                    self.press(number, self.ring(number))
            except Exception as error:  # the edge: whatever it is, it is no order
                self.faults.append(f"somebody could not order: {error!r}")
            time.sleep(rng.uniform(0.0, 0.1))

    def _tell_news(self):
        news = self.carrier.ledger.news
        while not self._over.is_set() or news:
            if not news:
                time.sleep(_PAUSE_SECONDS)
                continue
            self.deliver(news_of_text(*news[0]))
            news.pop(0)
