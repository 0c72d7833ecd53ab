"""The staff's guide: one source for paper, repository and page, in both languages, and every word of it on the screen."""

import re
from pathlib import Path

import pytest
from board_chromium import Served, chromium, logged_in
from board_town import build_town
from test_paper_browser import sheets_of

from dispatch.board.words import words_of

DOCS = Path(__file__).parents[1] / "docs"
GUIDES = {"en": DOCS / "staff.md", "zh-CN": DOCS / "staff.zh-CN.md"}


def sections(tag):
    return re.split(r"^## ", GUIDES[tag].read_text("utf-8"), flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("tag", GUIDES)
def test_every_word_that_it_prints_bold_stands_on_the_screen(tag):
    words = words_of(tag)
    said = "\n".join(str(words.catalog.gettext(key)) for key in words.keys)
    bold = {" ".join(one.split()) for one in re.findall(r"\*\*(.+?)\*\*", "\n".join(sections(tag)), re.DOTALL)}
    assert len(bold) > 25
    assert [one for one in bold if one not in said] == []


def test_both_have_the_same_ten_tasks_with_the_same_pictures_which_are_small():
    english, chinese = sections("en"), sections("zh-CN")
    assert len(english) == len(chinese) == 10
    pictures = [re.findall(r"staff/(\w\w)-([\w-]+)\.png", part) for part in (*english, *chinese)]
    assert [[name for _, name in one] for one in pictures[:10]] == [[name for _, name in one] for one in pictures[10:]]
    files = list((DOCS / "staff").glob("*.png"))
    assert len(files) == sum(map(len, pictures))
    assert all(file.stat().st_size < 30_000 for file in files)


@pytest.mark.parametrize(("tag", "word"), [("en", "The board on two pages"), ("zh-CN", "两页看懂看板")])
def test_the_question_mark_shows_it_in_the_readers_language(tmp_path, tag, word):
    browser = build_town(tmp_path).browser("Ai Ding", language=tag)
    assert 'href="/help"' in browser.see("/")
    page = browser.see("/help")
    assert f"<h1>{word}</h1>" in page
    assert page.count("<section>") == page.count("</section>")
    assert "**" not in page
    for address in re.findall(r'src="(/help/pictures/[^"]+)"', page):
        assert browser.client.get(address).content_type == "image/png"
    browser.see("/help/pictures/nothing.png", 404)
    browser.see("/help/pictures/..%2f..%2fconfig.example.toml", 404)


@pytest.mark.parametrize("tag", GUIDES)
def test_it_is_two_printed_pages(tmp_path, tag):
    served = Served(build_town(tmp_path))
    with chromium() as browser:
        page = logged_in(browser, served, language=tag)
        page.goto(f"{served.url}/help")
        page.wait_for_load_state("networkidle")
        assert sheets_of(page.pdf(prefer_css_page_size=True, format="A4")) == 2
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    served.stop()
