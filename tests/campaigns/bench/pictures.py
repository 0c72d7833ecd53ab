"""scripts/bench pictures: every page of the board as a picture, in both languages, wide and narrow, and as it is printed.

For looking at: what is ugly, unclear or cut off shows here first. The town is the one of the tests, so nobody real is on
the pictures. `docs/pages` holds those that the guide and the readme show.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from a_morning import PAGES, live_a_morning
from board_chromium import Served, chromium, logged_in
from board_town import build_town

LANGUAGES = ("en", "zh-CN")
WIDTHS = (1280, 390)
# What is meant to be printed.
PAPER = (
    "card",
    "helper_card",
    "count",
    "labels",
    "sheets",
    "statements",
    "statement",
    "sheet",
    "morning",
    "figures",
    "help",
)


def main(argv: list[str]) -> int:
    """Take them; 0 when every page answered."""
    parser = argparse.ArgumentParser(prog="scripts/bench pictures", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where they are put")
    parser.add_argument(
        "--only", nargs="*", choices=sorted(PAGES), help="only these pages, by the names of their doors"
    )
    arguments = parser.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        served = Served(build_town(Path(folder)))
        ids = live_a_morning(served.town)
        wanted = {name: paths for name, paths in PAGES.items() if not arguments.only or name in arguments.only}
        missing = [
            fault for language in LANGUAGES for fault in _take(browser, served, language, wanted, ids, arguments.folder)
        ]
        served.stop()
    for fault in missing:
        print(fault, file=sys.stderr)
    return 1 if missing else 0


def _take(browser, served, language, wanted, ids, folder):
    page, missing = logged_in(browser, served, language=language), []
    for name, paths in wanted.items():
        for number, path in enumerate(paths, start=1):
            answer = page.goto(served.url + path.format(**ids))
            if answer is None or answer.status != 200:
                missing.append(f"{path} in {language}: {answer and answer.status}")
                continue
            called = f"{name}-{number}-{language}"
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=folder / f"{called}-{width}.png", full_page=True)
            if name in PAPER:
                page.pdf(path=folder / f"{called}.pdf", prefer_css_page_size=True)
    page.context.close()
    return missing
