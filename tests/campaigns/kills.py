"""SIGKILL at each statement, commit, request to the carrier and answer: nothing acknowledged is lost, nothing doubled.

Each trial lives through a small story while the house is killed once or several times; a new life opens the same file,
gets again what was not answered (and some that was), and lets the time pass. Then the database is compared with the
ledger of the carrier, who lives outside, and with the end of the same story without a kill.
"""

import argparse
import gc
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from campaigns.hamlet import found, processor_seconds, settings_for, shelf
from campaigns.kill_stories import PEOPLE, STORIES, expect_clean, verdict
from campaigns.killed import KilledHouse
from campaigns.trial import Fault, Rehearsal, Trial

# One life in so many is ended by a clock, in the middle of whatever it does, instead of at a point.
_BY_CLOCK = 5
# How often a trial has a second death, while it recovers; and a third.
_AGAIN = (0.35, 0.3)


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak kills", description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the first trial's; the others count on from it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes that try at once")
    parser.add_argument(
        "--at", default="", help='die only at this kind of point, such as "after the carrier was asked"'
    )
    parser.add_argument("--minutes", type=float, default=0.0, help="end after so long, however many were tried")
    parser.add_argument(
        "--story", action="append", help="live only through this one, such as lunch_by_text; or several"
    )
    arguments = parser.parse_args(argv)
    began = time.monotonic(), processor_seconds()
    total = run(arguments)
    report(total, arguments, time.monotonic() - began[0], processor_seconds() - began[1])
    return 1 if total["faults"] else 0


def run(arguments):
    """Counters of everything that happened; `faults` is a list of (seed, words)."""
    seed, jobs = arguments.seed, arguments.jobs
    seeds = [range(seed + job, seed + arguments.trials, jobs) for job in range(jobs)]
    if jobs == 1:
        return _work(seeds[0], arguments)
    total = {"counts": Counter(), "points": Counter(), "faults": []}
    with ProcessPoolExecutor(jobs) as pool:
        for done in pool.map(_work, seeds, [arguments] * jobs):
            total["counts"] += done["counts"]
            total["points"] += done["points"]
            total["faults"] += done["faults"]
    return total


def report(total, arguments, seconds, processor_seconds):
    """Say what came of it."""
    counts = total["counts"]
    for name, count in sorted(total["points"].items()):
        print(f"  {count:7} killed at: {name}")
    for seed, words in total["faults"][:20]:
        print(f"  FAULT scripts/soak kills --trials 1 --jobs 1 --seed {seed}: {words}")
    kinds = Counter(kind for _, words in total["faults"] for kind in ("lost", "doubled", "corrupt") if kind in words)
    print(
        f"  SQLite in WAL with synchronous=FULL on {shelf()}; SIGKILL does not test the disk (power_cuts does).\n"
        f"kills: {counts['trials']} trials, {counts['deaths']} kills, "
        f"{counts['orders']} orders acknowledged, {counts['texts']} texts and calls accepted by the carrier; "
        f"{kinds['lost']} lost, {kinds['doubled']} doubled, {kinds['corrupt']} corrupt, {len(total['faults'])} trials with "
        f"a fault; {seconds:.0f} s, {counts['trials'] / seconds:.1f} trials/s, "
        f"{counts['trials'] / processor_seconds:.1f} for each second of a processor; "
        f"seed {arguments.seed}"
    )


def _work(seeds, arguments):
    folder = Path(tempfile.mkdtemp(prefix="linli-kills-", dir=shelf()))
    logging.getLogger().setLevel(logging.ERROR)
    try:
        return _Workshop(folder, arguments).run(seeds)
    finally:
        shutil.rmtree(folder)


class _Workshop:
    """One process's place to try: a founded database to copy, a house to fork, and how each story ends unharmed."""

    def __init__(self, folder, arguments):
        self.at = arguments.at
        self.until = time.monotonic() + arguments.minutes * 60 if arguments.minutes else None
        stories = [story for story in STORIES if story.__name__ in (arguments.story or [story.__name__])]
        self.file, self.template = folder / "linli.db", folder / "template.db"
        settings = settings_for(self.file, LINLI_CARRIER__KIND="twilio")
        found(settings, PEOPLE)
        self.house = KilledHouse(settings)
        self.house.rest()
        self.file.rename(self.template)
        self.total = {"counts": Counter(), "points": Counter(), "faults": []}
        for story in stories:
            self._lived(story, Rehearsal)
        # What is collected when decides what is read again: without it, the points are the same every time.
        gc.collect()
        gc.freeze()
        gc.disable()
        self.ends = {story: self._unharmed(story) for story in stories}

    def run(self, seeds):
        """Try each seed."""
        for seed in seeds:
            if self.until is not None and time.monotonic() > self.until:
                break
            self._one(seed)
        return self.total

    def _unharmed(self, story):
        began = time.monotonic()
        trial = self._lived(story, Trial)
        seconds = time.monotonic() - began
        faults, summary = verdict(trial, self.file)
        expect_clean(faults)
        return summary, trial.passed, seconds

    def _lived(self, story, kind):
        trial = kind(self.house, self.file, self.template, random.Random(0))
        try:
            story(trial)
            trial.rest()
        finally:
            trial.end()
        return trial

    def _one(self, seed):
        rng = random.Random(seed)
        story = rng.choice([story for story, end in self.ends.items() if not self.at or self.at in end[1]])
        reference, passed, seconds = self.ends[story]
        lives = [self._death(rng, passed, seconds)]
        for chance in _AGAIN:
            if not self.at and rng.random() < chance:
                lives.append(self._death(rng, passed[: len(passed) // 2], seconds / 2))
        trial = Trial(self.house, self.file, self.template, rng, lives)
        try:
            story(trial)
            trial.rest()
            faults, _ = verdict(trial, self.file, reference)
        except Fault as fault:
            faults = [str(fault)]
        except Exception:  # the edge: a harness that stumbles has found something too
            faults = [traceback.format_exc()]
        finally:
            trial.end()
        self._count(seed, story, trial, lives, faults)

    def _count(self, seed, story, trial, lives, faults):
        counts = self.total["counts"]
        counts["trials"] += 1
        counts["deaths"] += len(trial.deaths)
        counts["orders"] += len(trial.ordered)
        counts["texts"] += len(trial.ledger.accepted)
        self.total["points"].update(trial.deaths)
        if faults:
            self.total["faults"].append((seed, f"{story.__name__} {lives}: {'; '.join(faults)}"))
            print(f"  seed {seed}: {faults[0][:300]}", file=sys.stderr, flush=True)

    def _death(self, rng, passed, seconds):
        name = self.at
        if not name and rng.randrange(_BY_CLOCK) == 0:
            return rng.uniform(0.0, seconds)
        if not name and rng.randrange(2):
            return rng.randint(1, len(passed))
        # Most points are before and after a SELECT; the others are few, and matter more.
        name = name or rng.choice(sorted(set(passed)))
        return 1 + rng.choice([at for at, point in enumerate(passed) if point == name])
