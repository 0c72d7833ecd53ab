"""The board in a real Chromium: live without a reload, honest when it is not, and usable by everybody."""

import hashlib
import re
import tomllib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_chromium import VENDOR, logged_in
from board_town import PASSWORD

from dispatch import taking
from models.jobs import Job
from models.people import Resident, Volunteer
from models.requests import HelpRequest
from models.tasks import Callback


@pytest.fixture
def page(browser, served):
    """Chen's board."""
    page = logged_in(browser, served)
    yield page
    page.context.close()


def give_to_sam(town, request_id):
    with town.database.begin() as session:
        job, sam = session.get_one(Job, town.job_of(request_id)), session.get_one(Volunteer, town.ids["sam"])
        taking.assign(session, job, sam, who="staff 1", now=town.now)


def test_vendored_files_are_what_the_manifest_says():
    for row in tomllib.loads((VENDOR / "MANIFEST.toml").read_text())["file"]:
        assert hashlib.sha256((VENDOR / row["name"]).read_bytes()).hexdigest() == row["sha256"], row["name"]


def test_a_request_appears_within_seconds_and_nothing_in_hand_is_lost(page, served):
    town = served.town
    town.text_from("+8617000002001", "Who comes?", "rose")
    page.wait_for_selector("text=Who comes?")
    page.fill("textarea[name=words]", "Sam comes at el")
    page.focus("textarea[name=words]")
    page.evaluate("window.notReloaded = true")
    town.lunch("gao")
    page.wait_for_selector("#pools")
    page.click("#pools summary")
    town.errand("rose", "Milk and bread")
    page.wait_for_selector("#lane-nobody >> text=Milk and bread")
    assert page.input_value("textarea[name=words]") == "Sam comes at el"
    assert page.evaluate("document.querySelector('#pools details').open")
    assert page.evaluate("window.notReloaded"), "the page was loaded anew"


def test_only_what_changed_is_fetched_and_a_card_that_moves_is_moved(page, served):
    town = served.town
    milk, bread = town.errand("rose", "Milk"), town.errand("rose", "Bread")
    page.wait_for_selector("#lane-nobody >> text=Bread")
    for note in ("Milk", "Bread"):
        page.evaluate("([note]) => { [...document.querySelectorAll('li.card')].find((card) => "
                      "card.textContent.includes(note)).mine = true; }", [note])  # fmt: skip
    with page.expect_response(lambda answer: "/board/live" in answer.url and answer.status == 200) as answer:
        give_to_sam(town, milk)
    page.wait_for_selector("#lane-onway >> text=Milk")
    sent = answer.value.text()
    assert "Milk" in sent
    assert "Bread" not in sent
    assert f'<li id="job-{town.job_of(bread)}" data-same></li>' in sent
    assert page.locator("#lane-nobody li.card").count() == 1
    assert page.evaluate("document.querySelector('#lane-nobody li.card').mine"), "what stayed was drawn anew"
    assert "Bread" in page.inner_text("#lane-nobody")
    assert page.locator("[data-same]").count() == 0


def test_a_page_that_has_lost_a_piece_fetches_all_of_them(page, served):
    served.town.errand("rose", "Milk")
    page.wait_for_selector("#lane-nobody >> text=Milk")
    page.evaluate("document.querySelector('#lane-nobody li.card').remove()")
    served.town.errand("rose", "Bread")
    page.wait_for_selector("#lane-nobody >> text=Bread")
    assert page.locator("#lane-nobody >> text=Milk").count() == 1


def test_the_focus_stays_where_it_is(page, served):
    served.town.text_from("+8617000002001", "One", "rose")
    page.wait_for_selector("text=One")
    page.focus("textarea[name=words]")
    page.keyboard.type("Half a wo")
    for number in range(3):
        served.town.callback(f"+861700000444{number}")
        page.wait_for_selector(f"#callback-{number + 1}")
    page.keyboard.type("rd")
    assert page.input_value("textarea[name=words]") == "Half a word"


def test_words_being_typed_survive_when_a_colleague_is_faster(page, served):
    text = served.town.text_from("+8617000002001", "Who comes?", "rose")
    page.wait_for_selector("text=Who comes?")
    page.fill("textarea[name=words]", "My answer")
    dai = served.town.browser("Dai Fen")
    dai.see("/")
    dai.press(f"/texts/{text}/read")
    page.wait_for_selector("text=Somebody else has dealt with this")
    assert page.input_value("textarea[name=words]") == "My answer"


def test_a_new_alert_is_said_to_a_screen_reader(page, served):
    served.town.callback("+8617000004444")
    page.wait_for_selector("#said:not(:empty)", state="attached")
    assert page.inner_text("#said") == "Please ring back"
    assert page.title().startswith("(1) ")


def test_a_lost_connection_is_said_and_heals(page, served):
    page.wait_for_selector(".asof.is-live")
    served.is_cut = True
    page.wait_for_selector(".asof.is-behind")
    assert "Not current since 09:00" in page.inner_text("#asof")
    served.town.errand("rose", "Meanwhile")
    served.is_cut = False
    page.wait_for_selector(".asof.is-live")
    assert page.locator("#lane-nobody >> text=Meanwhile").count() == 1


def test_a_login_that_ended_is_said(page, served):
    page.wait_for_selector(".asof.is-live")
    served.town.now += (served.town.now - served.town.now).__class__(hours=13)
    page.wait_for_selector(".asof.is-out")
    assert "logged out" in page.inner_text("#asof")


def test_a_logout_in_one_window_empties_the_board_in_the_others(page, served):
    served.town.errand("rose", "Milk")
    page.wait_for_selector("#lane-nobody >> text=Rose Miller")
    other = page.context.new_page()
    other.goto(served.url)
    other.click("form[action='/logout'] button")
    page.wait_for_selector(".asof.is-out")
    assert "Rose Miller" not in page.content()
    other.fill("#name", "Chen Li")
    other.fill("#password", PASSWORD)
    other.click("button.main")
    page.wait_for_selector("#lane-nobody >> text=Rose Miller")


def test_the_usual_meal_takes_three_keys_after_the_name(page, served):
    page.goto(f"{served.url}/enter")
    page.wait_for_selector("input[type=search]:focus")
    page.keyboard.type("rose")
    page.wait_for_selector("#found a >> text=Rose Miller")
    page.keyboard.press("Enter")
    page.wait_for_selector(".usual button:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".told >> text=is entered")
    with served.town.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).one().dish.key == "1"


def test_what_was_typed_before_the_script_had_come_is_looked_for_too(page, served):
    held = []
    page.route("**/board.js*", lambda route: held.append(route))
    page.goto(f"{served.url}/enter", wait_until="commit")
    page.fill("input[type=search]", "rose")
    held.pop().continue_()
    assert page.wait_for_selector("#found a >> text=Rose Miller")


def test_assigning_takes_two_clicks_from_the_board(page, served):
    served.town.errand("rose", "Milk")
    page.wait_for_selector("#lane-nobody .card-head a")
    page.click("#lane-nobody .card-head a")
    page.click(".candidates button >> nth=0")
    assert page.wait_for_selector(".told >> text=is given to")


def test_the_board_works_with_the_keyboard_alone(page, served):
    served.town.errand("rose", "Milk")
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName"))
    assert {"/enter", "/people", "/requests/1"} <= seen
    page.focus("#lane-nobody .card-head a")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize(("phone", "pages"), [("+8613800002001", 2), ("+861055552001", 1)])
def test_the_card_is_a5_with_what_can_be_written_on_its_back(browser, served, phone, pages):
    """The back is for a telephone that takes texts."""
    rose = served.town.ids["rose"]
    with served.town.database.begin() as session:
        resident = session.get(Resident, rose)
        resident.phone, resident.language = phone, "es"
    page = logged_in(browser, served)
    for path in (f"/residents/{rose}/card", f"/volunteers/{served.town.ids['sam']}/card"):
        page.goto(served.url + path)
        paper = page.pdf(prefer_css_page_size=True)
        count = pages if "residents" in path else 2
        assert re.search(rf"/Count {count}\b".encode(), paper), path
        assert b"MediaBox [0 0 420 59" in paper, "A5 is 420 by 595 points"
    page.context.close()


def test_without_scripts_the_board_refreshes_itself_and_everything_works(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}/login")
    page.fill("#name", "Chen Li")
    page.fill("#password", "correct horse battery")
    page.click("button.main")
    assert page.locator("noscript meta[http-equiv=refresh]").count() or 'http-equiv="refresh"' in page.content()
    assert "As of 09:00" in page.inner_text("#asof")
    page.goto(f"{served.url}/enter")
    page.fill("#q", "rose")
    page.click("form.line-form button")
    page.click(".usual button")
    assert "is entered" in page.inner_text(".told")
    context.close()


def test_the_wound_clocks_bar_goes_with_the_clock(page, served):
    served.town.is_wound = True
    page.wait_for_selector("#wound >> text=09:00")
    served.town.now += timedelta(minutes=35)
    assert page.wait_for_selector("#wound >> text=09:35")


def test_paper_is_one_press_away_and_the_box_of_what_is_settled_is_obeyed(page, served):
    callback = served.town.callback("+8617000002001")
    page.goto(f"{served.url}/sheet")
    assert page.locator("[data-print]").is_visible()
    page.goto(f"{served.url}/enter?callback={callback}")
    page.uncheck("#settles")
    page.click(".usual button")
    page.wait_for_selector(".told >> text=is entered")
    assert served.town.row(Callback, callback).closed_at is None


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_lane_has_its_tab_on_a_phone(browser, served, language):
    page = logged_in(browser, served, language=language, width=390)
    assert page.evaluate(
        "[...document.querySelectorAll('.tabs a')].every((a) => a.getBoundingClientRect().right <= 390)"
    )
    page.context.close()
