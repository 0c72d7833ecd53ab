"""A campaign that posts to one town after the other, in several processes: its options, and what it prints at the end."""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial


def in_many_towns(name, about, run, argv, *, town):
    """Run `run(seed, posts)` until there were enough posts, `town` at most in each; 0 when nothing was wrong.

    It returns counters, "posts" among them, and a sentence for everything that was wrong.
    """
    parser = argparse.ArgumentParser(prog=f"scripts/soak {name}", description=about)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first town; the others count on from it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes that post at once")
    parser.add_argument("--minutes", type=float, help="begin no further town after so long")
    chosen = parser.parse_args(argv)
    began = time.monotonic()
    sizes = [min(town, chosen.posts - start) for start in range(0, chosen.posts, town)]
    until = began + chosen.minutes * 60 if chosen.minutes else None
    counts, found = Counter(), []
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for part, words in pool.map(partial(_until, run, until), range(chosen.seed, chosen.seed + len(sizes)), sizes):
            counts += part
            found += words
    _tell(counts, found, time.monotonic() - began, chosen.jobs)
    return 1 if found else 0


def _until(run, until, seed, posts):
    # The stopwatch of one machine is the same in all its processes.
    return run(seed, posts) if until is None or time.monotonic() < until else (Counter(), [])


def _tell(counts, found, seconds, jobs):
    posts = counts["posts"]
    print(f"{posts:,} posts in {seconds:.0f} s, {posts / seconds / jobs:.0f} a second and process; {len(found)} wrong")
    print("  " + ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()) if name != "posts"))
    for words in found[:20]:
        print(f"  WRONG {words}", file=sys.stderr)
