"""scripts/soak simulation --steps N --seed S --jobs J [--replay SEED:STEPS]: the real program in a simulated town.

Each life is a town of its own with seeded people, mishaps and crashes. An act is what a person, the carrier or the clock
does; a step is a post answered or a sweep that did something. The invariants are checked after every step.
"""

import argparse
import gc
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from campaigns.sim.counters import Counters
from campaigns.sim.life import live
from campaigns.sim.people import settle_town
from campaigns.sim.shrink import indices_of, listed_as, shorter

_PROGRESS_SECONDS = 300
LIFE = 300  # acts of people, the carrier and the clock while things may go wrong; then a life comes to rest
_SHM = Path("/dev/shm")  # noqa: S108 - where a file is memory, when there is such a place


def run(seed, steps, *, counters=None, stop_after=5):
    """Live so many steps (a post answered, or a sweep that did something) from this seed; what was found, the earliest
    first. The same seed finds the same."""
    return _run(str(seed), steps, counters if counters is not None else Counters(), stop_after)[0]


def _run(seed, steps, counters, stop_after, tell=None, seconds=None):
    found, done, lives, acts = [], 0, 0, 0
    with _room() as folder:
        template = settle_town(folder / "template", "America/New_York")
        until = None if seconds is None else time.monotonic() + seconds
        while done < steps and len(found) < stop_after and (until is None or time.monotonic() < until):
            world = live(
                f"{seed}/{lives}", range(min(LIFE, steps - done)), template=template, folder=folder, counters=counters
            )
            found += world.checker.found[:1]
            done, lives, acts = done + max(world.steps, 1), lives + 1, acts + world.acts
            if tell is not None:
                tell(done, lives, found)
            if lives % 20 == 0:
                gc.collect()
    return found, done, lives, acts


class _room:
    """A folder in memory, while it is needed."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="linli-life-", dir=_SHM if _SHM.is_dir() else None))
        gc.disable()
        return self.path

    def __exit__(self, *_):
        gc.enable()
        shutil.rmtree(self.path, ignore_errors=True)


class _Progress:
    """A line every few minutes, so that a campaign that is broken off has said how far it came."""

    def __init__(self, seed):
        self.seed, self.said_at = seed, time.monotonic()

    def __call__(self, done, lives, found):
        if time.monotonic() - self.said_at >= _PROGRESS_SECONDS:
            self.said_at = time.monotonic()
            print(f"seed {self.seed}: {done} steps in {lives} lives, {len(found)} violations", flush=True)
            for violation in found:
                print(f"    {violation}", flush=True)


def _job(seed, steps, seconds=None):
    counters = Counters()
    began, busy = time.monotonic(), time.process_time()
    found, done, lives, acts = _run(seed, steps, counters, 20, tell=_Progress(seed), seconds=seconds)
    return found, done, lives, acts, counters, time.monotonic() - began, time.process_time() - busy


def main(argv):
    """0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="scripts/soak simulation", description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="end after so long, however many steps were made")
    parser.add_argument("--replay", metavar="SEED:STEPS", help='one life again, such as "1/7:0-120" or "1/7:3,17,44"')
    parser.add_argument("--shrink", type=float, metavar="SECONDS", default=0, help="look so long for a shorter story")
    given = parser.parse_args(argv)
    if given.replay:
        return _replay(given.replay, given.shrink)
    share = -(-given.steps // given.jobs)
    seeds = [given.seed if given.jobs == 1 else f"{given.seed}.{n}" for n in range(given.jobs)]
    seconds = given.minutes * 60 if given.minutes else None
    if given.jobs == 1:
        results = [_job(seeds[0], share, seconds)]
    else:
        with ProcessPoolExecutor(given.jobs) as pool:
            results = list(pool.map(_job, seeds, [share] * given.jobs, [seconds] * given.jobs))
    return _report(results)


def _replay(given, seconds):
    seed, _, listed = given.partition(":")
    indices = indices_of(listed or f"0-{LIFE - 1}")
    with _room() as folder:
        template = settle_town(folder / "template", "America/New_York")

        def again(indices):
            return live(seed, indices, template=template, folder=folder, counters=Counters())

        world = again(indices)
        if world.checker.found and seconds:
            indices = shorter(again, indices, world.checker.found[0].invariant, seconds=seconds)
            world = again(indices)
    for line in world.story:
        print(line)
    for violation in world.checker.found:
        print(violation)
    print(f"{len(indices)} steps: --replay {seed}:{listed_as(indices)}")
    return 1 if world.checker.found else 0


def _report(results):
    counters = Counters()
    found = [violation for result in results for violation in result[0]]
    for result in results:
        counters.update(result[4])
    done, lives = sum(r[1] for r in results), sum(r[2] for r in results)
    acts, seconds = sum(r[3] for r in results), max(r[5] for r in results)
    for name, count in sorted(counters.items()):
        print(f"{count:9}  {name}")
    for name in counters.missing():
        print(f"    never  {name}")
    for violation in found:
        print()
        print(violation)
        for line in violation.story[-25:]:
            print("    ", line)
    busy = sum(r[6] for r in results)
    print(
        f"\n{done} steps ({acts} acts) in {lives} lives, {seconds:.0f} s, {done / seconds:.0f} steps/s"
        f" ({done / busy:.0f} for each second of a core); {len(found)} violations"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
