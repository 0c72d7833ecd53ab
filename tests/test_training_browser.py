"""The training place in a real browser: both sides beside each other, the town living, a beginning anew seen by all."""

import re

from board_chromium import axe
from test_story_browser import _password, running  # noqa: F401 - a fixture


def log_in(frame, running):  # noqa: F811 - the fixture, handed on
    frame.locator("#name").fill("demo")
    frame.locator("#password").fill(_password(running))
    frame.locator("button.main").click()
    frame.locator("#live").wait_for()


def test_the_board_and_the_telephones_stand_side_by_side_live_and_begin_anew(browser, running):  # noqa: F811
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(30_000)
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{running.url}/exchange/training?lang=en")
    board, phones = page.frame_locator("#board iframe"), page.frame_locator("#phones iframe")
    log_in(board, running)
    if board.locator("html").get_attribute("lang") != "en":
        board.locator(".me form:first-child button").click()
        board.locator("html[lang='en']").wait_for()
    for side in (board, phones):
        assert re.search("nobody real is called", side.locator("body").inner_text())
    phones.get_by_role("button", name="In a rush").click()
    phones.get_by_text("The town lives").wait_for()
    phones.locator("#told li").first.wait_for()
    board.locator("#pools, #now, #lane-nobody .card, .calling").first.wait_for()
    faults = [fault for frame in page.frames for fault in axe(frame)]
    assert not faults, "\n".join(faults)
    phones.get_by_role("button", name="Stop", exact=True).click()
    phones.get_by_text("People call, text and answer by themselves").wait_for()

    phones.get_by_text("Begin anew…").click()
    phones.get_by_role("button", name="Forget everything and begin anew").click()
    board.get_by_text("The training began anew at 09:00").wait_for()
    assert board.locator("#live").count() == 1, "who was logged in is not any more"
    phones.get_by_role("button", name="To the next cut-off").click()
    phones.get_by_text(re.compile(r"\d{4}-\d\d-\d\d 10:00")).wait_for()
    assert [line for line in said if "404" not in line] == []


def test_on_a_telephones_width_one_leads_to_the_other(browser, running):  # noqa: F811
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{running.url}/exchange/training?lang=zh")
    assert page.locator("#board").is_visible()
    assert not page.locator("#phones").is_visible()
    page.get_by_role("link", name="电话", exact=True).click()
    page.locator("#phones").wait_for()
    assert not page.locator("#board").is_visible()
    page.get_by_role("link", name="看板", exact=True).click()
    page.locator("#board").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for frame in page.frames:
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), frame.url
