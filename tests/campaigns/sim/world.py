"""One life of the simulated town: the real house on a database of its own, the carrier, the clock, and what befalls them."""

# ruff: noqa: S608 - the names of our own tables

import shutil
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import quick
from town import LINE, PUBLIC, HandClock
from werkzeug.test import Client

from campaigns.sim import due, people
from campaigns.sim.carrier import Posts, Wire, carriers_own_server
from campaigns.sim.crashes import Crash, Process
from campaigns.sim.due import Due
from campaigns.sim.invariants import Checker
from campaigns.sim.ledger import LedgerView
from campaigns.sim.luck import Luck
from models.storage import sqlite_module
from scripts.house import build
from scripts.settings import Settings
from voice.carrier.client import Account, Carrier
from voice.exchange import Exchange, Handset, Line

# At one moment things follow from each other for so long at most; more is a loop.
_ROUNDS = 60
_HOPS = 30
_SETTINGS = {"LINLI_SERVER__PUBLIC_URL": PUBLIC, "LINLI_SERVER__SECRET_KEY": "s" * 40, "LINLI_CARRIER__KIND": "twilio",
             "LINLI_CARRIER__AUTH_TOKEN": "t" * 32, "LINLI_CARRIER__ACCOUNT_SID": "AC" + "0" * 32,
             "LINLI_CARRIER__API_BASE": PUBLIC + "/exchange"}  # fmt: skip
_LINE = [Line(LINE, f"{PUBLIC}/voice#rc=2&rp=all", f"{PUBLIC}/sms#rc=2&rp=all", f"{PUBLIC}/voice/status#rc=2&rp=all")]
_settings_read = None


class World:
    """Everything there is, in one life."""

    def __init__(self, template, folder, *, seed, counters):
        self.seed, self.counters = seed, counters
        self.luck = Luck(seed)
        self.path = folder / "life.db"
        self._copy(template)
        self.true_now = self.luck.begins_at
        self.clock = HandClock(self.true_now)
        self.elapsed = 0.0
        self.story = []
        self.down_until = None
        self.is_asleep = False  # the process is there, and its sweeps do not run (a suspended machine)
        self.storage_fault = None
        self.is_safe = True  # in the safety phase: people and the carrier misbehave
        self.acts, self.steps, self.failed_at = 0, 0, 0
        self._processes = 0
        self.trouble_at = self.up_at = -1000.0
        self.clock_was_set_back = False
        self._other = None
        self.raw = sqlite_module().connect(str(self.path), isolation_level=None)
        self.taste = self.luck.taste
        landlines = people.LANDLINES | {self.luck.hidden_landline}
        self.handsets = [Handset(n, n, is_landline=n in landlines) for n in people.EVERYBODY if n != people.STRANGER]
        self.plans = {}
        self.exchange = Exchange(
            account_sid="AC" + "0" * 32, auth_token="t" * 32, lines=lambda: _LINE, directory=lambda: self.handsets,
            now=lambda: self.true_now, elapsed=lambda: self.elapsed, fetch=self._fetch, api_base=PUBLIC + "/exchange",
        )  # fmt: skip
        self.faults = self.exchange.faults
        self.faults.set({"seed": self.luck.number})
        self.plant = self.exchange.plant
        self.carrier_client = Client(carriers_own_server(self.exchange))
        self.posts = Posts(self)
        self.ledger = LedgerView(self)
        self.due = Due(self)
        self.checker = Checker(self)
        self.up()

    # --- the process ------------------------------------------------------------------------------------------------

    def up(self):
        """The process starts, on the database as it is."""
        self.down_until, self.up_at = None, self.elapsed
        self.due.is_new = True
        self.process, self.house = self._built(self.path)
        self.client = Client(self.house.app)

    def second(self):
        """Another process on the same database: its sweeps, beside ours."""
        # Another name for the same file, so that it does not stand in our line of writers.
        return self._built(self.path.parent / "." / ".." / self.path.parent.name / self.path.name)

    def _built(self, path):
        process = Process(on_begin=self.luck.between(self))
        wire = Wire(self, process)
        settings = replace(_settings(), database=replace(_settings().database, url=f"sqlite:///{path}"))
        account = Account("AC" + "0" * 32, "t" * 32, PUBLIC + "/exchange")
        house = build(settings, self.clock, carrier=Carrier(account, http=wire), stopwatch=lambda: self.elapsed)
        quick.share(house.database.engine, house.app)
        process.inhabit(house.database.engine)
        self._name(house.lease)
        return process, house

    def _name(self, lease):
        """Every process here is one of its own: on this machine, or on another that knows nothing of the dead one."""
        self._processes += 1
        lease.here = "a" * 16 if self.luck.is_one_machine else f"{self._processes:016x}"
        lease.process = 1
        lease.holder = f"{lease.here}.{lease.process}.{self._processes:08x}"

    @property
    def is_up(self):
        """Does anybody listen?"""
        return self.down_until is None

    def died(self):
        """The process is gone; it comes back after a while."""
        if not self.is_up:
            return
        self.counters.hit(f"died at {self.process.died_at or 'the plug'}")
        self.tell(f"    the process dies ({self.process.died_at or 'unplugged'})")
        self.down(self.luck.downtime())

    def down(self, seconds):
        """No process for so long."""
        self.process.bury()
        self.house.database.engine.dispose()
        self.down_until = self.elapsed + seconds

    def close(self):
        """The end of this life."""
        self.process.bury()
        self.house.database.engine.dispose()
        if self._other is not None:
            self._other[0].bury()
            self._other[1].database.engine.dispose()
        self.raw.close()

    # --- time -------------------------------------------------------------------------------------------------------

    @property
    def now(self):
        """What our machine's clock shows."""
        return self.clock.shown

    def pass_time(self, seconds):
        """Time passes, with a halt at every moment at which something is due."""
        until = self.elapsed + seconds
        for _ in range(_HOPS):
            left = until - self.elapsed
            if left <= 0:
                return
            self.leap(min(left, max(0.01, self.due.next_in(left))))

    def leap(self, seconds):
        """Time passes at once, whatever was due meanwhile."""
        self.elapsed += seconds
        self.true_now += timedelta(seconds=seconds)
        self.clock.shown += timedelta(seconds=seconds)
        if self.down_until is not None and self.elapsed >= self.down_until:
            self.up()
            self.tell("    the process is back")
        self.settle()

    def settle(self):
        """Let everything happen that happens at this moment."""
        for _ in range(_ROUNDS):
            done = self.exchange.tick()
            if self.is_up and not self.is_asleep:
                done += self.sweep()
            if not done:
                return
        self.checker.add("comes to rest", "things follow from each other without end")

    def sweep(self):
        """What the watch, the outbox and the others have to do now."""
        names = self.due.sweeps()
        if not names:
            return 0
        before = self.steps
        try:
            for name in names:
                work = self.checker.work()
                self.house.sweeps._sweeps[name].run_once()
                if self.checker.work() != work:
                    self.step_done()
        except Crash:
            self.died()
            return 1
        return self.steps != before

    def step_done(self):
        """A post was answered, or a sweep did something: one step, and what must always hold is looked for."""
        self.steps += 1
        self.checker.after_step()

    # --- mishaps ----------------------------------------------------------------------------------------------------

    def another_looks(self):
        """Another process on the same database does what is due, in the midst of ours."""
        self.counters.hit("two watches at once")
        if self._other is None:
            self._other = self.second()  # as `watch --once` beside a running server: without the lease
        for name, sweep in self._other[1].sweeps._sweeps.items():
            if name not in due.NEVER and name != "lease":
                sweep.run_once()

    def set_clock(self, seconds):
        """Our machine's clock is set; the carrier's is not, and a stopwatch runs on."""
        self.counters.hit("clock set forward" if seconds > 0 else "clock set back")
        self.clock_was_set_back = self.clock_was_set_back or seconds < 0
        self.clock.shown += timedelta(seconds=seconds)

    def _fetch(self, method, url, params, headers, timeout_s):
        return self.posts.fetch(method, url, params, headers, timeout_s)

    def trouble_on_the_wire(self):
        """What happens to the request to the carrier that leaves now: "", refused, silent."""
        return self.luck.wire()

    def loses_an_answer(self):
        """Does the answer to this post get lost on its way to the carrier?"""
        return self.luck.happens("answer_lost")

    def between_asking_and_answer(self, process):
        """While our process waits for the carrier's answer, the world goes on."""
        if process is self.process and self.luck.happens("quick_callback"):
            self.counters.hit("callback quicker than the answer")
            self.exchange.tick()

    def tell(self, line):
        """One line of the story."""
        self.story.append(f"{self.now:%a %H:%M:%S} {line}")

    def is_quiet(self):
        """Do the community's people sleep (nine in the evening until eight)?"""
        local = self.now.astimezone(ZoneInfo(self.luck.timezone)).time()
        return local.hour >= 21 or local.hour < 8

    def seen(self, number):
        """Has a text of ours arrived at this number?"""
        return any(message.to == number for message in self.plant.thread(number))

    def digest(self):
        """Everything that is stored, table by table."""
        tables = [row[0] for row in self.raw.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
        return {table: tuple(self.raw.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}

    def difference(self, before):
        """The tables that are not as they were."""
        return [table for table, rows in self.digest().items() if rows != before.get(table)]

    def _copy(self, template):
        for left in self.path.parent.glob("life*"):
            left.unlink()
        shutil.copy(template, self.path)


def _settings():
    global _settings_read
    if _settings_read is None:
        _settings_read = Settings.load(None, {**_SETTINGS, "LINLI_DATABASE__URL": "sqlite:///nowhere.db"})
    return _settings_read
