"""2 to 50 volunteers say yes to one job in the same instant, and one lunch is ordered from all sides at once.

Threads wait for each other at a barrier and post what a carrier would, signed, to the real house on a real database.
After each round: one holder at the most, everybody else told so, no 5xx, no lock that anybody noticed, a history without a gap.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from postgres import SERVER, database_on_server
from town import Town

from campaigns.hamlet import shelf
from campaigns.race_rounds import MOST, Field, lunch_round, yes_round
from campaigns.race_truth import untrue
from models.schema import migrate

_KINDS = {"job": (yes_round, 3), "lunch": (lunch_round, 1)}


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak races", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100_000, help="on each database")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--threads", type=int, default=MOST, help="how many are asked at the most, 2 to 50")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with a town of its own")
    arguments = parser.parse_args(argv)
    if not 2 <= arguments.threads <= MOST:
        parser.error(f"--threads should be 2 to {MOST}")
    kinds = ("sqlite", "postgresql") if arguments.database == "both" else (arguments.database,)
    if "postgresql" in kinds and not SERVER:
        parser.error("there is no PostgreSQL here: apt-get install postgresql, or --database sqlite")
    return max(_campaign(kind, arguments) for kind in kinds)


def _campaign(kind, arguments):
    began, jobs = time.monotonic(), arguments.jobs
    shares = [(kind, arguments.rounds // jobs, arguments.threads, arguments.seed + job) for job in range(jobs)]
    counts, found = Counter(), []
    with ProcessPoolExecutor(jobs) as pool:
        for part, faults in pool.map(_share, shares):
            counts += part
            found += faults
    seconds = time.monotonic() - began
    print(
        f"{kind}: {counts['rounds']:,} rounds, {counts['deeds']:,} deeds at once, {seconds:.0f} s; {len(found)} untrue"
    )
    print(
        "  "
        + ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()) if name not in ("rounds", "deeds"))
    )
    for words in found[:20]:
        print(f"  UNTRUE {words}", file=sys.stderr)
    return 1 if found else 0


def _share(share):
    return run(*share)


def run(kind, rounds, threads, seed):
    """So many rounds in one town; returns counters, and a sentence for everything that was not true."""
    counts, found = Counter(), []
    with _loud() as noise, _town(kind) as town:
        field = Field(town, seed)
        for number in range(rounds):
            name = field.chance.choices(list(_KINDS), [share for _, share in _KINDS.values()])[0]
            seen = _KINDS[name][0](field, threads)
            found += [f"(seed {seed}, round {number}, {name}, {seen.words}) {words}" for words in untrue(field, seen)]
            found += [f"(seed {seed}, round {number}, {name}) logged: {words}" for words in noise]
            noise.clear()
            counts.update({"rounds": 1, name: 1, "deeds": len(seen.answers)})
            counts.update(what for what, _, _ in seen.answers)
            field.clear()
        field.close()
    return counts, found


@contextmanager
def _town(kind):
    with tempfile.TemporaryDirectory(dir=shelf(), prefix="linli-races-") as folder:
        if kind == "sqlite":
            town = Town(folder)
            yield town
            town.database.engine.dispose()
            return
        with database_on_server() as url:
            migrate(url)
            town = Town(folder, template="migrated", url=url)
            yield town
            town.database.engine.dispose()


@contextmanager
def _loud():
    """What the house itself holds for an error, in its own words."""
    noise = []

    class Ear(logging.Handler):
        def emit(self, record):
            noise.append(logging.Formatter().format(record)[-600:])

    ear = Ear(level=logging.ERROR)
    logging.getLogger().addHandler(ear)
    try:
        yield noise
    finally:
        logging.getLogger().removeHandler(ear)
