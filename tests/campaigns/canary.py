"""A parish in which every word about every person is a canary lives through a week; who learns what is searched for them.

Everything that the program says: log lines of every logger at DEBUG, answers to callers, texts, calls, pages, errors, what
commands print. Then some people are forgotten, and their words are searched for in every file that is there.
"""

import argparse
import tempfile
from pathlib import Path

import quick

from campaigns.hamlet import shelf
from campaigns.privy.afterwards import Afterwards
from campaigns.privy.parish import Parish
from campaigns.privy.planting import not_found


def main(argv):
    """Run the campaign; 0 when nobody learned what was not for them, and the search would have found it."""
    parser = argparse.ArgumentParser(prog="scripts/soak canary", description=__doc__)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1, help="of what people do")
    chosen = parser.parse_args(argv)
    quick.be_quick()
    with tempfile.TemporaryDirectory(dir=shelf(), prefix="linli-canary-") as folder:
        return tell(*run(Path(folder), chosen.days, chosen.seed))


def run(folder, days, seed=1):
    """The parish after so many days, what was found of those who were forgotten, and which plants were not found."""
    parish = Parish(folder, seed)
    with parish.ears.at_every_log():
        parish.live(days)
        missed = not_found(parish)
    afterwards = Afterwards(parish)
    afterwards.forget()
    parish.town.database.engine.dispose()
    return parish, afterwards, missed


def tell(parish, afterwards, missed):
    """Print it; 1 if anything is wrong."""
    ears = parish.ears
    print(f"{len(ears.leaks)} leaks in {sum(ears.searched.values()):,} things said")
    for said, often in sorted(ears.searched.items()):
        print(f"  {often:9,}  {said}")
    print(f"  loggers: {', '.join(f'{name} {often:,}' for name, often in sorted(ears.loggers.items()))}")
    for leak in ears.leaks[:40]:
        print(f"  LEAK {leak}")
    print(f"planted on purpose and not found: {', '.join(missed) or 'none'}")
    afterwards.tell()
    return 1 if ears.leaks or missed or afterwards.wrong() else 0
