"""What is printed, in a real Chromium and in both languages: the right sheets, nothing cut off, what has changed marked."""

import re

import pytest
from board_chromium import Served, logged_in
from board_town import build_town
from sqlalchemy import select

from dispatch.counting import tell_kitchens
from dispatch.rounds import close_menu
from dispatch.working import cancel, finish
from models.menus import Menu
from models.requests import HelpRequest

_LONG = "无盐；无糖；糖尿病；软食；对花生、芹菜和海鲜过敏，请一定单独装盒"


@pytest.fixture
def served(tmp_path):
    """A town whose lunch is counted, told, and has changed since."""
    town = build_town(tmp_path)
    for who in ("rose", "gao", "zhu"):
        town.lunch(who)
    with town.database.begin() as session:
        menu = session.get_one(Menu, town.ids["lunch"])
        menu.dishes[0].price_cents = 1250
        meals = session.scalars(select(HelpRequest).order_by(HelpRequest.id)).all()
        meals[0].resident.diet, meals[0].portions = _LONG, 2
        meals[0].resident.name = "Maria del Carmen Fernandez-Ruiz von Hohenstein"
        close_menu(session, menu, who="staff 1", now=town.now)
        tell_kitchens(session, menu, now=town.now)
        cancel(session, meals[2], who="staff 1", now=town.now)
        tell_kitchens(session, menu, now=town.now)
        finish(session, meals[0], who="staff 1", now=town.now)
    served = Served(town)
    yield served
    served.stop()


def sheets_of(paper):
    """How many pages a PDF has."""
    return int(re.search(rb"/Count (\d+)", paper).group(1))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_everything_on_paper_has_its_size_and_nothing_is_cut_off(browser, served, language):
    page = logged_in(browser, served, language=language)
    lunch, rose = served.town.ids["lunch"], served.town.ids["rose"]
    paths = {
        f"/meals/{lunch}": 1, f"/meals/{lunch}/labels": 1, f"/meals/{lunch}/rounds": 1,
        f"/residents/{rose}/statement?month=2026-11": 1,
    }  # fmt: skip
    for path, sheets in paths.items():
        page.goto(served.url + path)
        page.emulate_media(media="print")
        paper = page.pdf(prefer_css_page_size=True)
        assert sheets_of(paper) == sheets, path
        if path != f"/meals/{lunch}":  # on whatever the office's printer has
            assert re.search(rb"MediaBox \[0 0 59[45]", paper), f"{path} is on A4"
        assert not page.locator(".no-print:visible").count(), path
        page.emulate_media(media="screen")
    page.context.close()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_label_holds_the_longest_diet_and_name(browser, served, language):
    page = logged_in(browser, served, language=language)
    page.goto(f"{served.url}/meals/{served.town.ids['lunch']}/labels")
    page.emulate_media(media="print")
    assert page.locator(".label").count() == 3, "two portions, one, and none for whoever called off"
    cut = page.evaluate(
        "[...document.querySelectorAll('.label, .label p')].filter(e => e.scrollHeight > e.clientHeight + 2).map(e => e.textContent)"
    )
    assert cut == []
    page.context.close()


@pytest.mark.parametrize(("language", "before"), [("en", "before: 4"), ("zh-CN", "原4份")])
def test_what_has_changed_since_the_sheet_before_is_marked_on_the_reprint(browser, served, language, before):
    page = logged_in(browser, served, language=language)
    page.goto(f"{served.url}/meals/{served.town.ids['lunch']}")
    page.emulate_media(media="print")
    changed = page.locator("tr.changed")
    assert changed.count() == 1
    assert before in changed.inner_text()
    assert "2026" not in page.locator("h1").inner_text()
    assert re.search(r"Nov 23|11月23日", page.locator("h1").inner_text()), "paper bears a date"
    page.context.close()
