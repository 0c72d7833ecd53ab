"""One process of many keeps the watch; a dead one is seen and stood in for; a clock that is set back times nothing."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from town import DUTY, LEE, ROSE, SAM

from models.leases import TAKEN_OVER_AFTER_SECONDS, Turn
from models.lifecycle import State
from models.traffic import Message
from scripts.clock import Steady
from scripts.outside import DeadMansSwitch
from scripts.sweeps import DEAD_AFTER_SECONDS, Sweeps


@pytest.fixture
def fed(town):
    """A town with Rose, lunch, two volunteers and somebody on duty."""
    town.resident("Rose Miller", ROSE)
    town.volunteer("Sam Lee", SAM)
    town.volunteer("Lee Wong", LEE)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup", "Noodles")
    town.settle()
    return town


# --- the lease ------------------------------------------------------------------------------------------------------


class Machine:
    """One process somewhere, with a stopwatch of its own."""

    def __init__(self, town, here, process):
        self.town, self.ticks = town, 0.0
        self.turn = Turn(town.database, "somebody", stopwatch=lambda: self.ticks, here=here, process=process)

    def beat(self):
        return self.turn.beat(now=self.town.now)


def test_one_of_many_holds_it_and_another_takes_over_when_it_falls_silent(town):
    first, second, third = (Machine(town, name, 900 + n) for n, name in enumerate("abc"))
    assert first.beat()
    assert not second.beat()
    assert not third.beat()
    for machine in (second, third):
        machine.ticks += TAKEN_OVER_AFTER_SECONDS - 1
        assert not machine.beat()
    first.ticks += 5
    assert first.beat()  # a sign of life, so the others begin to count anew
    for machine in (second, third):
        machine.ticks += TAKEN_OVER_AFTER_SECONDS - 1
        assert not machine.beat()
        machine.ticks += 2
        machine.beat()
    second.ticks += TAKEN_OVER_AFTER_SECONDS
    assert [second.beat(), third.beat()].count(True) <= 1
    third.ticks += TAKEN_OVER_AFTER_SECONDS
    holders = [machine for machine in (second, third) if machine.beat()]
    assert len(holders) == 1
    assert not first.beat()  # it was only slow: it sees that it has lost it


def test_no_clock_decides_about_the_lease(town):
    first, second = Machine(town, "a", 901), Machine(town, "b", 902)
    assert first.beat()
    town.clock.shown += timedelta(days=365)
    assert not second.beat()
    town.clock.shown -= timedelta(days=700)
    assert not second.beat()
    assert first.beat()


def test_a_process_that_has_ended_on_this_machine_is_succeeded_at_once(town):
    import subprocess

    ended = subprocess.Popen(["true"])
    ended.wait()
    first, second = Machine(town, "same", ended.pid), Machine(town, "same", 1)
    assert first.beat()
    assert second.beat()
    assert not Machine(town, "other", 1).beat()


def test_it_is_given_back_at_the_end(town):
    first, second = Machine(town, "a", 901), Machine(town, "b", 902)
    assert first.beat()
    first.turn.give_back(now=town.now)
    assert second.beat()


def test_two_at_the_same_moment_never_both_hold_it(town):
    for _ in range(10):
        machines = [Machine(town, f"m{n}", n) for n in range(6)]
        gate, held = threading.Barrier(len(machines)), []

        def run(machine, gate=gate, held=held):
            gate.wait()
            held.append(machine.beat())

        threads = [threading.Thread(target=run, args=(machine,)) for machine in machines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert held.count(True) == 1
        for machine in machines:
            machine.turn.give_back(now=town.now)


def test_two_houses_on_one_database_do_what_one_would(fed):
    other = fed.house
    fed._build()
    rose = fed.telephone(ROSE)
    rose.text("2")
    rose.text("1")
    rose.text("1")
    rose.text("bread")
    for _ in range(20):
        other.sweeps.run_all(whoever=True)
        fed.seconds(30)
    assert [len(fed.telephone(number).inbox) for number in (SAM, LEE)] == [1, 1]


# --- the watch is dead ----------------------------------------------------------------------------------------------


def test_a_dead_watch_is_seen_within_ninety_seconds(fed):
    assert DEAD_AFTER_SECONDS <= 90
    assert fed.app.test_client().get("/healthz").status_code == 200
    fed.elapsed += DEAD_AFTER_SECONDS - 1
    assert fed.app.test_client().get("/healthz").status_code == 200
    fed.elapsed += 2
    answer = fed.app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["ok"]) == (503, False)
    assert answer.json["why"] == ["the clock stands still"]
    fed.settle()
    assert fed.app.test_client().get("/healthz").status_code == 200


def test_what_cannot_wait_is_done_by_whoever_commits_something():
    ticks, done = [0.0], threading.Event()
    sweeps = Sweeps(stopwatch=lambda: ticks[0])
    sweeps.add("urgent", lambda: done.set() or 1, at_once=True)
    sweeps._scheduler = type("Dead", (), {"modify_job": lambda *a, **k: None})()
    sweeps.nudge()
    assert not done.wait(0.2)
    ticks[0] += DEAD_AFTER_SECONDS + 1
    sweeps.nudge()
    assert done.wait(5)
    assert sweeps.silent_seconds > DEAD_AFTER_SECONDS  # that somebody stood in does not bring it back to life


def test_a_sweep_that_fails_again_and_again_counts_as_dead():
    ticks = [0.0]
    sweeps = Sweeps(stopwatch=lambda: ticks[0])
    sweeps.add("broken", lambda: 1 // 0)
    for _ in range(100):
        ticks[0] += 1
        sweeps.run_all()
    assert sweeps.silent_seconds == 100


class Watchdog:
    """Somebody outside who counts how often he is asked."""

    def __init__(self):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping"


def test_the_outside_is_told_once_a_minute_while_all_is_well():
    dog, ticks, well = Watchdog(), [0.0], [True]
    switch = DeadMansSwitch(dog.url, is_well=lambda: well[0], stopwatch=lambda: ticks[0])
    for _ in range(180):
        switch.hold()
        ticks[0] += 1
    assert dog.asked == ["/ping"] * 3
    well[0] = False
    for _ in range(180):
        switch.hold()
        ticks[0] += 1
    assert len(dog.asked) == 3
    dog.server.shutdown()
    dog.server.server_close()
    well[0] = True
    assert switch.hold() == 0  # nobody there: logged, and no more


# --- the clock ------------------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_times_nothing_and_says_so(fed):
    rose, sam = fed.telephone(ROSE), fed.telephone(SAM)
    for body in ("2", "1", "1", "bread"):
        rose.text(body)
    asked = len(sam.inbox)
    fed.wait(minutes=1)
    fed.clock.shown -= timedelta(days=1)
    fed.settle()
    fed.wait(minutes=30)
    assert [job.state for job in fed.jobs] == [State.OFFERED]
    assert [str(a.kind) for a in fed.alerts] == ["clock"]
    assert fed.app.test_client().get("/healthz").json["why"] == ["the machine's clock has been set back"]
    rose.text("3")  # whoever calls or texts is still answered
    assert "bread" in rose.inbox[-1] or "errand" in rose.inbox[-1].lower()
    fed.clock.shown += timedelta(days=1)
    fed.settle()
    assert fed.alerts == [] or {str(a.kind) for a in fed.alerts} == {"nobody_found"}
    assert fed.app.test_client().get("/healthz").status_code == 200
    assert len(sam.inbox) == asked


def test_a_clock_that_somebody_winds_is_believed(fed):
    fed.clock.is_wound = True
    fed.clock.shown -= timedelta(days=1)
    fed.settle()
    assert fed.alerts == []
    assert fed.app.test_client().get("/healthz").status_code == 200


def test_a_machine_that_slept_does_late_what_was_due(fed):
    rose = fed.telephone(ROSE)
    rose.text("1")
    fed.clock.shown += timedelta(hours=3)  # past the cut-off; nothing of ours ran
    fed.elapsed += 3 * 3600
    fed.settle()
    assert [str(r.state) for r in fed.requests] == ["offered"]
    assert len([m for m in fed.rows(Message) if m.cause.startswith("offer")]) == 2


def test_the_time_goes_on_when_the_machines_clock_is_set_back():
    wall, ticks = [datetime(2026, 11, 24, 9, tzinfo=UTC)], [100.0]
    steady = Steady(wall=lambda: wall[0], stopwatch=lambda: ticks[0])
    assert steady.now() == wall[0]
    wall[0] -= timedelta(hours=5)
    ticks[0] += 60
    assert steady.now() == datetime(2026, 11, 24, 9, 1, tzinfo=UTC)
    assert steady.is_ahead
    wall[0] += timedelta(hours=6)  # a step forward is taken over: the machine had slept, or was wrong before
    ticks[0] += 1
    assert steady.now() == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert not steady.is_ahead


@pytest.mark.parametrize(
    "night", [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2027, 3, 14, 6, 30, tzinfo=UTC)], ids=["back", "on"]
)
def test_the_night_on_which_clocks_change_plans_each_meal_once(found_town, night):
    town = found_town(now=night - timedelta(hours=20))
    town.resident("Rose Miller", ROSE)
    town.standing_order("Rose Miller")
    for day in range(3):
        town.menu("Soup", days=day)
    for _ in range(60):
        town.clock.shown += timedelta(hours=1)
        town.elapsed += 3600
        town.settle()
    days = sorted(r.wanted_from.date() for r in town.requests)
    assert len(days) == len(set(days)) == 3
