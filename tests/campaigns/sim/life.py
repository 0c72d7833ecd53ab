"""One life from its seed: a part in which everything may go wrong, and a part in which it must all come to rest."""

# ruff: noqa: S608 - the names of our own tables

import logging
import random
import secrets
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from campaigns.sim import at_rest, office, steps, texters
from campaigns.sim.kitchen import cook
from campaigns.sim.world import World
from scripts import house
from voice.carrier import client as carrier_client

# Time goes on for so many looks at most once the mishaps are over.
_LOOKS = 160
# … the longer it takes, the longer the strides: (up to which look, seconds at least).
_PACE = ((60, 0.0), (100, 30.0), (135, 300.0), (_LOOKS, 1800.0))
# What came while we were down is taken up within five minutes of our being well, and a minute for the list to know of it.
_HEALED_IN = 400.0
_LOGGERS = ("voice", "dispatch", "scripts", "models")


def live(seed, indices, *, template, folder, counters):
    """Live one life with these acts; the world at its end, with what was found (`world.checker.found`)."""
    with _no_chance(seed) as clock_of:
        world = World(template, folder, seed=seed, counters=counters)
        clock_of.append(world)
        try:
            _begin(world)
            for index in indices:
                world.tell(steps.take(world, index))
                world.checker.after_act()
                world.acts += 1
                if world.checker.found:
                    world.failed_at = index
                    break
            if not world.checker.found:
                _come_to_rest(world)
            counters.harvest(world.raw)
            world.digests = world.digest()
            if world.luck.is_change:
                counters.hit("night of the clock change")
        finally:
            world.close()
    world.checker.found = [replace(v, step=world.failed_at, story=tuple(world.story)) for v in world.checker.found]
    return world


def _begin(world):
    raw, luck = world.raw, world.luck
    raw.execute("UPDATE communities SET timezone=?", (luck.timezone,))
    cook(world)
    world.faults.set(luck.switches)
    world.settle()


def _come_to_rest(world):
    """The mishaps stop, people do what is asked of them, time runs: everything must come to an end."""
    world.luck.step(world.seed, "rest")
    world.luck.is_kind = True
    world.tell("--- from now on nothing goes wrong any more")
    world.faults.set(
        {
            name: 0
            for name in world.luck.switches
            if name not in ("idempotency_token", "empty_recording", "empty_digits", "refused_whisper")
        }
    )
    world.faults.set({"is_down": False, "rest_429_next": 0, "rest_503_next": 0, "answers_lost_next": 0})
    world.faults.switched_off.clear()
    world.process.countdown = None
    world.is_asleep = False
    if not world.is_up:
        world.up()
    world.settle()
    dice, began = world.luck.dice, world.elapsed
    for look in range(_LOOKS):
        if world.checker.found or (_is_over(world) and world.elapsed - began > _HEALED_IN):
            break
        _be_good(world, look, dice)
        least = next(seconds for until, seconds in _PACE if look < until)
        world.leap(max(least, world.due.next_in(1800.0) + 0.001))
        world.checker.after_act()
        world.acts += 1
    if not world.checker.found:
        for invariant, what in at_rest.settled(world):
            world.checker.add(invariant, what)


def _is_over(world):
    open_ones = world.raw.execute(
        "SELECT (SELECT count(*) FROM jobs WHERE closed_at IS NULL) + (SELECT count(*) FROM messages WHERE direction='outbound'"
        " AND state IN ('queued','sending','unknown')) + (SELECT count(*) FROM calls WHERE (direction='outbound' AND state IN"
        " ('queued','sending','unknown','sent')) OR state='live')"
    ).fetchone()[0]
    return open_ones == 0 and world.exchange.next_due() is None


def _be_good(world, look, dice):
    for number in sorted(world.plant.in_use):
        leg = world.plant.in_use.get(number)
        if leg is None:
            continue
        if leg.step is not None and leg.step.expects == "answer":
            world.exchange.answer(number)
        elif leg.step is not None and leg.step.expects == "keys":
            world.exchange.press(number, "1" if leg.call.direction != "inbound" else "*")
            if world.plant.in_use.get(number) is leg and leg.call.direction == "inbound":
                world.exchange.hang_up(number)
        else:
            world.exchange.hang_up(number)
    world.settle()
    if look % 3 == 0:
        for table, act in (
            ("jobs WHERE state IN ('stuck','taken')", office.finish_late),
            ("callbacks WHERE closed_at IS NULL", office.ring_back),
        ):
            if world.is_up and world.raw.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() and look > 20:
                office.at_the_board(world, act, dice)
    if look % 4 == 1:
        texters.volunteer_reports(world, dice)


class _Listener(logging.Handler):
    def __init__(self, worlds):
        super().__init__(logging.ERROR)
        self.worlds = worlds

    def emit(self, record):
        if self.worlds:
            self.worlds[-1].checker.on_log(record)


@contextmanager
def _no_chance(seed):
    """Nothing is left to chance but the seed: identifiers, the words at the door, the wall clock."""
    worlds = []
    dice = random.Random(f"{seed} identifiers")
    kept = (secrets.token_hex, secrets.randbelow, carrier_client.datetime, house.init_board)

    class Shown(datetime):
        @classmethod
        def now(cls, tz=None):
            return worlds[-1].now.astimezone(tz)

    secrets.token_hex = lambda length=32: dice.randbytes(length).hex()
    secrets.randbelow = dice.randrange
    carrier_client.datetime = Shown
    house.init_board = lambda *args, **options: None  # staff act by the board's verbs here; its pages need not be built
    listener = _Listener(worlds)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(listener)
        logger.propagate = False
    try:
        yield worlds
    finally:
        secrets.token_hex, secrets.randbelow, carrier_client.datetime, house.init_board = kept
        for logger, (propagate, level) in zip(loggers, before, strict=True):
            logger.removeHandler(listener)
            logger.propagate, logger.level = propagate, level
