"""Hostile strings put through every door into towns, and looked for wherever they may turn up: nothing of them ever runs.

Each town gets some of the strings of hostile.toml, and every field that a person can fill gets each of them: by lists, by
commands, by forms of the board, by calls and texts. Then every page is opened in a real Chromium, half of the rows in each
language: no script ran, no policy was broken, nothing was asked of another host, and what is seen of a string is all of it,
as text. Every list that is given out is opened by LibreOffice: no formula, nothing changed. Every answer to the carrier is
TwiML of our verbs.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from pathlib import Path

import quick
from board_chromium import Served, chromium

from campaigns.hamlet import shelf
from campaigns.malice import sheets
from campaigns.malice.browsers import Browsers
from campaigns.malice.eyes import Eyes, Told
from campaigns.malice.place import DORA, WHOLE, Place
from campaigns.malice.words import Deck, words
from dispatch.lists.exporting import KINDS

_LANGUAGES = ("en", "zh-CN")
_MONTH = "2026-11"
_SHOWN = 30
# Pages that show a part of a row are looked at for one row in so many: several strings stand on each.
_OTHERS = 8


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak hostile", description=__doc__)
    parser.add_argument("--strings", type=int, help="only so many (all, without)")
    parser.add_argument("--at-once", type=int, default=48, help="how many a town gets")
    parser.add_argument("--seed", type=int, default=1, help="of which strings come together in one town")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="towns at once")
    parser.add_argument(
        "--towns", type=_range, help="only these of them, such as 3-5: those of a run that was broken off"
    )
    chosen = parser.parse_args(argv)
    assert sheets.OFFICE, sheets.INSTALL
    began = time.monotonic()
    dealt = words()
    random.Random(chosen.seed).shuffle(dealt)
    dealt = dealt[: chosen.strings]
    decks = [dealt[start : start + chosen.at_once] for start in range(0, len(dealt), chosen.at_once)]
    numbers = [number for number in range(len(decks)) if not chosen.towns or number + 1 in chosen.towns]
    whole, decks = Outcome(), [decks[number] for number in numbers]
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for number, part in enumerate(pool.map(run, decks, numbers), start=1):
            whole.add(part)
            passed = f"{time.monotonic() - began:.0f} s"
            print(f"{number} of {len(decks)} towns, {len(whole.found)} wrong, {passed}", file=sys.stderr, flush=True)
            for words_ in part.found[:_SHOWN]:
                print(f"  WRONG {words_}", file=sys.stderr, flush=True)
    whole.tell(sum(map(len, decks)), len(decks), time.monotonic() - began)
    return 1 if whole.found else 0


def _range(words):
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


class Outcome:
    """What came of it: counts, what was wrong, which strings got where and were seen where."""

    def __init__(self):
        self.counts, self.found, self.ended = Counter(), [], []
        self.reached, self.seen = defaultdict(set), defaultdict(set)

    def add(self, other):
        """Those of another town."""
        self.counts += other.counts
        self.found += other.found
        self.ended += other.ended
        for mine, theirs in ((self.reached, other.reached), (self.seen, other.seen)):
            for name, marks in theirs.items():
                mine[name] |= marks

    def tell(self, strings, towns, seconds):
        """Print it."""
        print(f"{strings} hostile strings in {towns} towns, {seconds:.0f} s; {len(self.found)} wrong")
        print("  " + ", ".join(f"{name} {number:,}" for name, number in sorted(self.counts.items())))
        print(f"  browser ended without cause, {len(self.ended)} times (the same page did not end it again)")
        for words_ in self.ended:
            print(f"    {words_}")
        for title, told in (("put into {} fields", self.reached), ("seen on {} kinds of pages", self.seen)):
            full = [name for name, marks in told.items() if len(marks) == strings]
            fewer = sorted((f"{name} {len(marks)}" for name, marks in told.items() if len(marks) < strings))
            print(f"  {title.format(len(told))}: all in {len(full)}; fewer in {', '.join(fewer) or 'none'}")


def run(dealt, number):
    """One town with these strings."""
    quick.be_quick()
    outcome = Outcome()
    with tempfile.TemporaryDirectory(dir=shelf(), prefix="linli-hostile-") as folder:
        place = Place(Path(folder), Deck(dealt), shape=("csv", "xlsx")[number % 2])
        place.put_in()
        _look_at_lists(place, outcome)
        place.found_others()
        with chromium() as browser:
            served, browsers = Served(place.town), Browsers(browser)
            try:
                _look_at_pages(place, browsers, served, outcome, _LANGUAGES[:: 1 if number % 4 < 2 else -1])
            finally:
                served.stop()
                browsers.now.close()
        outcome.ended += [f"town {number + 1}, {words_}" for words_ in browsers.without_cause]
        outcome.found += place.found
        outcome.reached = place.deck.reached
        outcome.counts += Counter({
            "forms sent": place.pen.sent, "forms taken": place.pen.taken, "rows and commands refused": place.refused,
            "posts of the carrier": place.line.posts,
        })  # fmt: skip
        place.town.database.engine.dispose()
    return outcome


def _look_at_lists(place, outcome):
    """Everything that is given out, by command and by the board."""
    files = [place.commands.give_out(kind, shape, place.folder / f"given-{kind}.{shape}")
             for kind in KINDS for shape in sheets.WRONG_IN]  # fmt: skip
    for shape in ("csv", "xlsx"):
        files.append(place.folder / f"given-money.{shape}")
        files[-1].write_bytes(place.pen.client.get(f"/money/list?month={_MONTH}&shape={shape}").data)
    for file in files:
        outcome.found += sheets.WRONG_IN[file.suffix[1:]](file.name, file.read_bytes())
    opened = place.folder / "opened"
    opened.mkdir()
    outcome.found += sheets.wrong_in_office([file for file in files if file.suffix != ".json"], opened)
    outcome.found += place.wrong_in_sounds()
    outcome.counts["lists given out"] += len(files)


def _look_at_pages(place, browsers, served, outcome, languages):
    told, eyes = Told(place.stored()), opened_eyes(place, browsers, served, languages)
    for path, one in zip(place.paths_of_all(), cycle(eyes), strict=False):
        outcome.found += one.look(path, told, kind=place.kind_of(path))
    outcome.found += look_at_rows(place, eyes, told, others=_OTHERS)
    outcome.found += look_at_addresses(place, eyes, told)
    outcome.found += look_at_answers(place, eyes, told)
    outcome.found += eyes[0].look_at_file(place.day_sheet(), told)
    outcome.found += eyes[0].look("/exchange/", told, kind="telephones")
    for cookie in place.cookies_of_others():
        eyes[0].show_as(cookie)
        for path in ("/", "/settings/zones", "/settings/staff"):
            outcome.found += eyes[0].look(path, told, kind=f"another community {path}")
    for each in eyes:
        outcome.counts["pages looked at"] += each.looked
        for kind, marks in each.seen.items():
            outcome.seen[kind] |= marks
        each.close()


def opened_eyes(place, browsers, served, languages=_LANGUAGES):
    """Somebody of the staff in each language."""
    return [Eyes(browsers, served, cookie=place.cookie(place.logged_in(DORA), language)) for language in languages]


def look_at_rows(place, eyes, told, *, others):
    """The pages of rows in turn with each pair of eyes; those that show only a part, of one row in so many `others`."""
    for path, one in zip(place.paths_of_each(WHOLE, others), cycle(eyes), strict=False):
        yield from one.look(path, told, kind=place.kind_of(path))


def look_at_addresses(place, eyes, told):
    """Addresses that somebody may be sent, with strings in them."""
    for (pattern, path, typed), one in zip(place.addresses(), cycle(eyes), strict=False):
        yield from one.look(path, told, kind=f"address {pattern}", also=typed)


def look_at_answers(place, eyes, told, *, most=None):
    """Forms that were refused and came back with what had been typed."""
    for (*answer, typed), one in zip(place.pen.shown_again[:most], cycle(eyes), strict=False):
        yield from one.look_at(*answer, told, typed)
