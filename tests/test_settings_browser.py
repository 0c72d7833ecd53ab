"""A setting tried out, saved and taken back in a real Chromium, by the keyboard alone."""

import pytest
from board_chromium import logged_in


@pytest.fixture
def served(served):
    """A town in which something has been changed."""
    chen = served.town.browser()
    chen.see("/settings")
    chen.press("/settings/emergency", emergency_number="999")
    chen.press("/settings/words", phrase="oh aye", means="volunteer.1", language="en")
    return served


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
