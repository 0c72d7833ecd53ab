"""The whole story in a real browser, on the program as it is started: handsets on one page, the board on another."""

import os
import re
from pathlib import Path

import pytest
from board_chromium import chromium
from test_installation import Installation

WANG, LI, CHEN, SAM = "+861055551001", "+8617000002001", "+8617000003001", "+8617000003002"
PICTURES = os.environ.get("LINLI_PICTURES", "")  # a folder in which the pictures are kept, to be looked at


@pytest.fixture
def running(tmp_path):
    place = Installation(tmp_path)
    place.start()
    yield place
    place.stop()


class Pages:
    """One browser with the handsets and the board."""

    def __init__(self, browser, running, password):
        self.context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-US")
        self.context.set_default_timeout(10_000)
        self.phones = self.context.new_page()
        self.phones.goto(f"{running.url}/exchange/")
        self.board = self.context.new_page()
        self.said = []
        for page in (self.phones, self.board):
            page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        self.board.goto(f"{running.url}/")
        self.board.fill("#name", "demo")
        self.board.fill("#password", password)
        self.board.click("button.main")
        self.board.wait_for_selector("#live")
        if self.board.locator("html").get_attribute("lang") != "en":
            self.board.click(".me form:first-child button")
        self.board.wait_for_selector("html[lang='en']")

    def handset(self, number):
        return self.phones.locator("article", has=self.phones.locator(f"[id='name-{number}']"))

    def dial(self, number):
        self.handset(number).get_by_role("button", name="Call", exact=True).click()

    def press(self, number, *keys):
        for key in keys:
            button = self.handset(number).get_by_role("button", name=f"Key {key}", exact=True)
            before = self.handset(number).inner_text()
            button.click()
            self.phones.wait_for_function(
                "([id, before]) => document.getElementById(id).closest('article').innerText !== before",
                arg=[f"name-{number}", before],
            )

    def hears(self, number, words):
        self.handset(number).get_by_text(words).first.wait_for()

    def hang_up(self, number):
        self.handset(number).get_by_role("button", name="Hang up", exact=True).click()
        self.handset(number).get_by_text("on the hook").wait_for()

    def text(self, number, body):
        handset = self.handset(number)
        handset.get_by_label("Write a text").fill(body)
        handset.get_by_role("button", name="Send", exact=True).click()

    def lane(self, name):
        return self.board.locator(f"#lane-{name}")

    def picture(self, name):
        if PICTURES:
            for page, what in ((self.phones, "phones"), (self.board, "board")):
                page.screenshot(path=Path(PICTURES) / f"{name}-{what}.png", full_page=True)


@pytest.fixture
def pages(running):
    with chromium() as browser:
        printed = (running.folder / "linli.secrets").exists()
        assert printed
        pages = Pages(browser, running, _password(running))
        yield pages
        assert pages.said == []
        pages.context.close()


def _password(running):
    from scripts.house import demo_password
    from scripts.settings import Settings

    here = Path.cwd()
    os.chdir(running.folder)
    try:
        return demo_password(Settings.load(None, {}, port=running.port))
    finally:
        os.chdir(here)


def test_lunch_and_an_errand_from_the_first_key_to_done(pages):
    pages.dial(WANG)
    pages.hears(WANG, "要订请按1")
    pages.press(WANG, 1)
    pages.hears(WANG, "订好了")
    pages.hang_up(WANG)
    pages.board.get_by_text(re.compile(r"Lunch|lunch")).first.wait_for()
    pages.dial(LI)
    pages.hears(LI, "要订请按1")
    pages.press(LI, 2)
    pages.hears(LI, "不是急救电话")
    pages.press(LI, 1)
    pages.hears(LI, "越快越好")
    pages.press(LI, 1)
    handset = pages.handset(LI)
    handset.get_by_role("button", name="Say", exact=True).wait_for(timeout=40_000)  # the line speaks slowly
    handset.locator("form input:visible").first.fill("两斤牛奶")
    handset.get_by_role("button", name="Say", exact=True).click()
    pages.press(LI, "#")
    pages.hears(LI, "照您说的做")
    pages.picture("1-errand-is-read-back")
    pages.press(LI, 1)
    pages.hears(LI, "我们在找人")
    pages.hang_up(LI)
    pages.lane("nobody").get_by_text(re.compile("建国")).first.wait_for()
    pages.picture("2-both-on-the-board")
    pages.handset(SAM).get_by_text(re.compile("errand for")).first.wait_for()
    pages.text(SAM, "1")
    pages.handset(SAM).get_by_text(re.compile("西里8号楼1单元502")).first.wait_for()
    pages.handset(CHEN).get_by_text(re.compile("已经有人了")).first.wait_for()
    pages.handset(LI).get_by_text(re.compile("Sam来给您办")).first.wait_for()
    pages.lane("onway").get_by_text(re.compile("Sam Lee")).first.wait_for()
    pages.picture("3-somebody-goes")
    pages.text(SAM, "3")
    pages.lane("done").get_by_text(re.compile("建国")).first.wait_for()

    pages.board.get_by_text(re.compile("Close orders now")).first.click()
    pages.board.locator("details[open] form button").first.click()
    pages.board.get_by_text("Rounds made: 2").wait_for()
    pages.picture("4-closed")
    pages.board.get_by_role("link", name="Board", exact=True).click()
    pages.handset(CHEN).get_by_text(re.compile("东里秀英要午餐")).first.wait_for()
    pages.handset(CHEN).get_by_text(re.compile("西里午餐送餐，2户")).first.wait_for()
    pages.picture("5-the-rounds-are-offered")
    pages.text(CHEN, "1")  # two rounds are open, so she is asked which
    pages.handset(CHEN).get_by_text(re.compile("是哪一个")).first.wait_for()
    code = re.search(r"任务(\d+)：东里", pages.handset(CHEN).inner_text()).group(1)
    pages.text(CHEN, code)
    pages.handset(CHEN).get_by_text(re.compile("东里3号楼2单元101")).first.wait_for()
    pages.handset(WANG).get_by_text("ringing").first.wait_for()
    pages.picture("6-she-is-rung")
    pages.handset(WANG).get_by_role("button", name="Answer", exact=True).click()
    pages.hears(WANG, re.compile("静给您送午餐"))
    pages.press(WANG, 1)
    pages.text(CHEN, "3")
    pages.lane("done").get_by_text(re.compile("午餐|Lunch|lunch")).first.wait_for()
    pages.picture("7-done")
