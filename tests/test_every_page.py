"""Every page of the board, in both languages: nothing that axe knows to be a fault, and nothing wider than a phone."""

import re

import pytest
from a_morning import PAGES, live_a_morning
from board_chromium import Served, axe, logged_in
from board_town import build_town

from dispatch.board.routes import DOORS

# What no person looks at as a page: parts of one, files, sounds.
NO_PAGES = {"live", "enter_people", "charges_list", "prompt_file", "recording", "help_picture", "code_picture"}
# As wide as a telephone, and as a screen of 1440 at twice the size.
WIDTHS = (380, 720)


def test_every_page_is_looked_at():
    assert {door.name for door in DOORS if door.method == "GET"} - NO_PAGES == set(PAGES)


def invitation_of_fen(town):
    """The page on which she sets her password, which looks the same to whoever is logged in."""
    page = town.browser().press(f"/settings/staff/{town.ids['Dai Fen']}/invite")
    return re.search(r"/invitation/[\w-]+", page)[0]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_page_has_a_fault_that_axe_knows_and_none_is_wider_than_a_phone(browser, tmp_path, language):
    served = Served(build_town(tmp_path))
    ids = live_a_morning(served.town)
    page = logged_in(browser, served, language=language)
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    paths = [path.format(**ids) for paths in PAGES.values() for path in paths]
    for path in [*paths, invitation_of_fen(served.town)]:
        page.set_viewport_size({"width": 1440, "height": 900})
        answer = page.goto(served.url + path)
        if answer is None or answer.status != 200:
            faults.append(f"{path}: {answer and answer.status}")
            continue
        faults += [f"{path}: {fault}" for fault in axe(page)]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                faults.append(f"{path} is wider than {width}")
    page.context.close()
    served.stop()
    assert not faults, "\n".join(faults)
