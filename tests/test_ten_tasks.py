"""What staff do every day, in a real Chromium: with so many keys and clicks and no more, and with the keyboard alone."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_chromium import Served, logged_in
from board_town import build_town
from playwright.sync_api import Page

from dispatch.taking import assign
from dispatch.working import miss
from models.jobs import Job
from models.lifecycle import State
from models.menus import Menu
from models.people import Absence, Resident, Volunteer
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Message

# Task → at most so many inputs: a click, a key, or a field that is filled, counted from the board on; for the usual meal
# and what one line says from behind the name on.
LIMITS = {
    "usual meal": 3, "one line": 1, "assign": 2, "call off": 2, "absence": 3, "answer a text": 2, "take an alert on": 1,
    "callback done": 1, "close the orders": 2, "not at home": 2,
}  # fmt: skip


@dataclass
class Hand:
    """A hand on the mouse and the keys; or on the keys alone: then Tab leads to whatever is pressed."""

    page: Page
    keys_only: bool
    inputs: int = 0
    tabs: dict[str, int] = field(default_factory=dict)

    def press(self, selector: str) -> None:
        """A button, a link or a fold."""
        self.inputs += 1
        if not self.keys_only:
            self.page.click(selector)
            return
        self._tab_to(selector)
        self.page.keyboard.press("Enter")

    def write(self, selector: str, words: str) -> None:
        """Fill a field."""
        self.inputs += 1
        if self.keys_only:
            self._tab_to(selector)
        else:
            self.page.focus(selector)
        self.page.keyboard.type(words)

    def enter(self) -> None:
        """The Enter key, where the focus is."""
        self.inputs += 1
        self.page.keyboard.press("Enter")

    def _tab_to(self, selector: str) -> None:
        self.page.wait_for_selector(selector, state="attached")
        for count in range(250):
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", _plain(selector)):
                self.tabs[selector] = count
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by Tab")


def _plain(selector: str) -> str:
    """For the page's own `matches`, which knows nothing of the test's text selectors."""
    return selector.partition(" >> ")[0]


class Desk:
    """One morning of Dai's, task by task. Each says what must be so afterwards."""

    def __init__(self, served, hand):
        self.served, self.town, self.hand, self.page = served, served.town, hand, hand.page

    def rows(self, kind, **wanted):
        with self.town.database.read() as session:
            return list(session.scalars(sa.select(kind).filter_by(**wanted).order_by(kind.id)))

    def board(self):
        self.page.goto(self.served.url)
        self.page.wait_for_selector("#asof.is-live")
        self.hand.inputs = 0

    def usual_meal(self):
        self.hand.write("#q", "rose")
        self.page.wait_for_selector("#found >> text=Rose Miller")
        self.hand.inputs = 0  # "after the name"
        self.hand.enter()
        self.page.wait_for_selector(".usual button:focus")
        self.hand.enter()
        self.page.wait_for_selector(".told")
        assert [one.resident_id for one in self.rows(HelpRequest)] == [self.town.ids["rose"]]

    def one_line(self):
        self.hand.write("#q", "高慧敏 2 kung 明天 少盐")
        self.page.wait_for_selector("#found-here input[name=shown]", state="attached")
        self.hand.inputs = 0
        self.hand.enter()
        self.page.wait_for_selector(".told")
        last = self.rows(HelpRequest)[-1]
        assert (last.resident_id, last.portions, last.note) == (self.town.ids["gao"], 2, "少盐")

    def assign(self):
        errand = self.town.errand("rose", "Milk")
        self.page.wait_for_selector("#lane-nobody >> text=Milk")
        self.hand.press(f"#lane-nobody a[href='/requests/{errand}']")
        self.page.wait_for_selector(".candidates")
        self.hand.press(".candidates li.able:first-child button")
        self.page.wait_for_selector(".told")
        assert self.town.row(Job, self.town.job_of(errand)).state is State.TAKEN

    def call_off(self):
        meal = next(one for one in self.rows(HelpRequest) if one.is_meal and one.state is State.POOLED)
        self.hand.write("#q", "rose no lunch")
        self.page.wait_for_selector("#found-here input[name=shown]", state="attached")
        self.hand.enter()
        self.page.wait_for_selector(".told")
        assert self.town.row(HelpRequest, meal.id).state is State.CANCELLED

    def absence(self):
        self.hand.write("#q", "朱世杰 不在 到周五")
        self.page.wait_for_selector("#found-here input[name=shown]", state="attached")
        self.hand.enter()
        self.page.wait_for_selector(".told")
        away = self.rows(Absence)[-1]
        assert (away.resident_id, away.until_date.isoformat()) == (self.town.ids["zhu"], "2026-11-27")

    def answer_a_text(self):
        text = self.town.text_from("+8617000002001", "Who comes?", "rose")
        self.page.wait_for_selector("#now >> text=Who comes?")
        self.hand.write("#now textarea[name=words]", "Sam comes at eleven")
        self.hand.press("#now form.reply button")
        self.page.wait_for_selector(".told")
        assert self.town.row(Message, text).seen_at is not None

    def take_an_alert_on(self):
        errand = self.town.errand("gao", "Soap")
        with self.town.database.begin() as session:
            job = session.get_one(Job, self.town.job_of(errand))
            assign(session, job, session.get_one(Volunteer, self.town.ids["sam"]), who="staff 1", now=self.town.now)
        with self.town.database.begin() as session:
            miss(session, session.get_one(HelpRequest, errand), who="volunteer 1", now=self.town.now)
        self.page.wait_for_selector("#now .task-alert")
        self.hand.press("#now .task-alert form[action$='/mine'] button")
        self.page.wait_for_selector("#now .task-alert.is-seen")
        assert self.rows(Alert)[-1].acknowledged_at is not None

    def not_at_home(self):
        """Somebody was rung, and it is said what becomes of it."""
        self.hand.press("#now .task-alert details summary")
        self.hand.press("#now .task-alert details form button")
        self.page.wait_for_selector(".told")
        assert self.rows(Alert)[-1].closed_at is not None

    def callback_done(self):
        callback = self.town.callback("+861055551004", "asked_for_person")
        self.page.wait_for_selector(f"#callback-{callback}")
        self.hand.press(f"#callback-{callback} form[action$='/done'] button")
        self.page.wait_for_selector(".told")
        assert self.town.row(Callback, callback).closed_at is not None

    def close_the_orders(self):
        self.town.lunch("gao")
        menu = self.town.ids["lunch"]
        self.page.wait_for_selector(f"#close-{menu} summary")
        self.hand.press(f"#close-{menu} summary")
        self.hand.press(f"#close-{menu} button")
        self.page.wait_for_selector(".told")
        assert self.town.row(Menu, menu).closed_at is not None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("keys_only", [False, True], ids=["mouse", "keyboard"])
def test_ten_everyday_tasks_take_so_many_inputs_and_no_more(browser, tmp_path, keys_only):
    served = Served(build_town(tmp_path))
    page = logged_in(browser, served, name="Dai Fen")
    hand = Hand(page, keys_only)
    desk, counted = Desk(served, hand), {}
    for task in LIMITS:
        served.town.now += timedelta(minutes=1)
        desk.board()
        getattr(desk, task.replace(" ", "_"))()
        counted[task] = hand.inputs
    page.context.close()
    served.stop()
    print(" · ".join(f"{task} {count}" for task, count in counted.items()))
    assert {task: count for task, count in counted.items() if count > LIMITS[task]} == {}
    assert served.town.row(Resident, served.town.ids["rose"]).name == "Rose Miller"
