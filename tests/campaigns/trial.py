"""One trial: a story is lived through while the house is killed; whoever got no answer asks again, as the carrier would."""

import multiprocessing
import os
import re
import shutil
import signal
import sys
import threading
import traceback
from datetime import timedelta

from campaigns.hamlet import ACCOUNT, LINE, MONDAY, Post, a_key, a_ring, a_text, an_end, news_of_text
from campaigns.ledger import Ledger

_ACTION = re.compile(r'action="[^"]*/voice/turn/(\d+)')
# So long, so often in a row without a death: past the time that a claim is kept and the lag of the carrier's list.
_QUIET_SECONDS, _QUIET_TIMES = 50, 4


class Died(Exception):
    """The house was killed before it answered."""


class Fault(Exception):
    """What must not be."""


class Trial:
    """The world around the house: the people, the carrier's ledger, the time, and the lives that the house has."""

    begins = MONDAY

    def __init__(self, house, file, template, rng, lives=()):
        """`lives`: for each life of the house the point at which it dies, or a float: the seconds until it does."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(template, file)
        self.house, self.rng, self.now = house, rng, self.begins
        self.ledger = Ledger()
        self.lives, self.deaths = list(lives), []
        self.answered = []  # (post, answer), the oldest first
        self.ordered = []  # the keys of acknowledged orders
        self.passed = []
        self._sids = 0
        self._pid = self._pipe = self._timer = None
        self._be_born()

    # --- what people do ---------------------------------------------------------------------------------------------

    def text(self, sender, body, *, orders=False):
        """Somebody writes; the carrier delivers it until it is answered."""
        sid = f"SM{self._next():032x}"
        self._deliver(a_text(sid, sender, body))
        if orders:
            self.ordered.append(f"sms {sid}")
        self.sweep()

    def order_by_call(self, caller, digits):
        """Somebody rings, presses these keys one after the other, and hangs up; the last one orders."""
        sid = f"CA{self._next():032x}"
        heard = self._deliver(a_ring(sid, caller))
        for digit in digits:
            turn = _ACTION.search(heard)[1]
            heard = self._deliver(a_key(sid, caller, turn, digit))
        if "Ordered" not in heard:
            raise Fault(f"no order was spoken: {heard}")
        self.ordered.append(f"call {sid}")
        self._deliver(an_end(sid, caller))
        self.sweep()

    def answer_our_call(self, phone, digit):
        """A telephone that we ring is picked up, and a key is pressed."""
        row = self._until(lambda: self.ledger.call_to(phone), f"a call to {phone[-3:]}")
        row["is_answered"] = True
        told = {"CallSid": row["sid"]}
        path = row["url"].partition(".org")[2]
        heard = self._deliver(_towards(path, phone, told))
        turn = _ACTION.search(heard)[1]
        self._deliver(_towards(f"/voice/turn/{turn}", phone, {**told, "Digits": digit}))
        self._deliver(_towards("/voice/status", phone, {**told, "CallStatus": "completed"}))
        self.sweep()

    def wait_for_text(self, phone, words):
        """Nobody answers what has not arrived."""
        self._until(lambda: any(words in body for body in self.ledger.texts_to(phone)), f"a text with {words!r}")

    def sweep(self):
        """Let everything happen that is due, and tell the news of it."""
        for _ in range(30):
            if not self._insist(lambda: self._ask(self.now)):
                break
        self._tell_news()

    def rest(self):
        """Let the time pass until nothing is left to do."""
        quiet = 0
        while quiet < _QUIET_TIMES:
            deaths = len(self.deaths)
            self.now += timedelta(seconds=_QUIET_SECONDS)
            self.sweep()
            quiet = quiet + 1 if len(self.deaths) == deaths else 0
        self.lives = []
        self._insist(self._goodbye)
        self._buried()

    # --- the carrier ------------------------------------------------------------------------------------------------

    def _deliver(self, post):
        status, body = answer = self._insist(lambda: self._post(post))
        if status not in (200, 204):
            raise Fault(f"{post.path} was answered {status}")
        self.answered.append((post, answer))
        return body

    def _post(self, post):
        return self._ask(self.now, post.path, post.form, post.headers)

    def _tell_news(self):
        while self.ledger.news:
            self._deliver(news_of_text(*self.ledger.news[0]))
            self.ledger.news.pop(0)

    def _until(self, true, what):
        for _ in range(40):
            if found := true():
                return found
            self.now += timedelta(seconds=10)
            self.sweep()
        raise Fault(f"never came: {what}")

    def _next(self):
        self._sids += 1
        return self._sids

    # --- the house, and its deaths ----------------------------------------------------------------------------------

    def _insist(self, ask):
        while True:
            try:
                return ask()
            except Died:
                self._be_born_again()

    def _ask(self, *command):
        return self._ask_mortal(command)

    def _goodbye(self):
        return self._ask_mortal(None)

    def _ask_mortal(self, command):
        try:
            return self._ask_plainly(command)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise Died from None

    def _ask_plainly(self, command):
        self._pipe.send(command)
        while True:
            kind, *told = self._pipe.recv()
            if kind == "carrier":
                self._pipe.send(self.ledger.ask(*told, now=self.now))
            elif kind == "error":
                raise Fault(f"the house logged a fault: {told[0]}")
            elif kind == "dying":
                self._died_at = told[0]
            elif command is None:
                self.passed = told[0]
                return None
            else:
                return told[0]

    def _be_born_again(self):
        """A new life on the same file: the carrier brings again what was answered too; the answer is the same."""
        self._buried()
        self.deaths.append(self._died_at)
        self.now += timedelta(seconds=self.rng.choice((2, 2, 5, 20)))
        self._be_born()
        for post, answer in self.rng.sample(self.answered, min(2, len(self.answered))):
            again = self._insist(lambda post=post: self._post(post))
            if again != answer:
                raise Fault(f"{post.path} was answered otherwise the second time")

    def _be_born(self):
        fatal = self.lives.pop(0) if self.lives else None
        self._died_at = "any instant, by a clock"
        self._pipe, theirs = multiprocessing.Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._pipe.close()
            self._live(theirs, fatal)
        theirs.close()
        if isinstance(fatal, float):
            self._timer = threading.Timer(fatal, os.kill, (self._pid, signal.SIGKILL))
            self._timer.start()

    def _live(self, pipe, fatal):
        try:
            self.house.live(pipe, fatal if isinstance(fatal, int) else None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)

    def _buried(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._timer = None
        self._pipe.close()
        _, status = os.waitpid(self._pid, 0)
        self._pid = None
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise Fault("the house ended by itself")

    def end(self):
        """Leave nothing behind, however it ended."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self._pipe.close()


class Rehearsal(Trial):
    """The same in this process, without a fork: what is slow the first time is done before anybody forks."""

    begins = MONDAY - timedelta(hours=1)  # long enough before, so that the house knows of nothing any more

    def _be_born(self):
        self.house.pipe = self.house.http.pipe = self

    def _ask_plainly(self, command):
        return self.house.do(command) if command is not None else None

    def send(self, told):
        """As the parent's end of the pipe would take it."""
        kind, *told = told
        if kind == "error":
            raise Fault(f"the house logged a fault: {told[0]}")
        self._carried = self.ledger.ask(*told, now=self.now)

    def recv(self):
        """What the carrier answers."""
        return self._carried

    def _buried(self):
        self.house.rest()

    def end(self):
        """Nothing was begun."""


def _towards(path, phone, told):
    return Post(path, {"AccountSid": ACCOUNT, "From": LINE, "To": phone, **told})
