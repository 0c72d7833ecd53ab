"""The settings in a real Chromium: usable by everybody, on a telephone's width, and without our script."""

from pathlib import Path

import pytest
from board_chromium import Served, chromium, logged_in
from board_town import build_town

from dispatch.board.pages.parts import LABELS

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PAGES = [*(f"/settings/{part}" for part in LABELS), "/settings/changes"]


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all these tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def served(tmp_path):
    """A town with its pages on a port, in which something has been changed."""
    served = Served(build_town(tmp_path))
    chen = served.town.browser()
    chen.see("/settings")
    chen.press("/settings/emergency", emergency_number="999")
    chen.press("/settings/words", phrase="oh aye", means="volunteer.1", language="en")
    yield served
    served.stop()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_settings_can_be_used_by_everybody_and_is_no_wider_than_a_phone(browser, served, path):
    page = logged_in(browser, served, width=390)
    page.goto(served.url + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "with everything unfolded"
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    page.context.close()
    assert [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found["violations"]] == []


def test_a_change_is_tried_out_saved_and_taken_back_by_keyboard(browser, served):
    page = logged_in(browser, served)
    page.goto(served.url + "/settings/emergency")
    page.focus("[name=emergency_number]")
    page.keyboard.type("9")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#heard >> text=9999")
    assert page.input_value("[name=emergency_number]") == "9999"
    page.focus("[name=emergency_number]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".told >> text=Saved")
    assert page.url.endswith("/settings/emergency")
    page.click(".told button")
    page.wait_for_selector(".told >> text=as it was before")
    assert page.input_value("[name=emergency_number]") == "999"
    assert page.url.endswith("/settings/emergency"), "back where it was pressed"
    page.context.close()
