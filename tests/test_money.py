"""Meal money: what the community pays, what is owed, what was told; everything adds up to the cent, and nobody is rung."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch import money, ordering, working
from dispatch.lists.exporting import export
from dispatch.looking import note_fate
from dispatch.prices import age_on, fix_price, owed_for, subsidy_for
from dispatch.rounds import close_menu
from models.errors import Refusal
from models.events import Event
from models.fates import Fate, fate_of
from models.menus import Dish, Menu
from models.money import Correction, Statement, Subsidy
from models.people import Resident, Staff
from models.places import Community, Meal
from models.requests import HelpRequest, MealFate, Source
from models.traffic import Call, Message

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
DAY = date(2026, 11, 23)


def rule(percent=0, cents=0, *, age=None, hardship="", since=date(2026, 1, 1), until=None):
    return Subsidy(
        name="x", from_age=age, hardship=hardship, percent=percent, cents=cents, from_date=since, until_date=until
    )


# ---- the rule


@pytest.mark.parametrize(
    ("price", "rules", "paid"),
    [
        (1000, [], 0),
        (1000, [rule(50)], 500),
        (1000, [rule(0, 300)], 300),
        (1000, [rule(50, 300)], 800),
        (1000, [rule(80, 300)], 1000),  # never more than the price
        (1000, [rule(0, 5000)], 1000),
        (0, [rule(0, 300)], 0),
        (1385, [rule(50)], 693),  # 692.5, half up
        (1, [rule(50)], 1),
        (1, [rule(49)], 0),
        (333, [rule(33)], 110),  # 109.89
        (1000, [rule(30), rule(0, 299), rule(10, 150)], 300),  # the one that pays most, not all of them
    ],
)
def test_what_a_rule_pays(price, rules, paid):
    assert subsidy_for(price, rules, day=DAY) == paid


@pytest.mark.parametrize(
    ("one", "born", "hardship", "applies"),
    [
        (rule(100), None, "", True),
        (rule(100), None, "低保", True),  # everybody is everybody
        (rule(100, age=80), None, "", False),  # nobody knows how old
        (rule(100, age=80), date(1946, 11, 23), "", True),  # eighty today
        (rule(100, age=80), date(1946, 11, 24), "", False),  # tomorrow
        (rule(100, age=0), date(2026, 11, 23), "", True),
        (rule(100, hardship="低保"), None, "低保", True),
        (rule(100, hardship="低保"), None, " 低保 ", True),
        (rule(100, hardship="Low income"), None, "low  INCOME", True),
        (rule(100, hardship="低保"), None, "特困", False),
        (rule(100, hardship="低保"), None, "", False),
        (rule(100, hardship="低保", age=80), date(1940, 1, 1), "", False),  # both, not either
        (rule(100, hardship="低保", age=80), date(1940, 1, 1), "低保", True),
        (rule(100, hardship="低保", age=80), date(1960, 1, 1), "低保", False),
        (rule(100, since=DAY), None, "", True),
        (rule(100, since=DAY + timedelta(days=1)), None, "", False),
        (rule(100, until=DAY), None, "", True),
        (rule(100, until=DAY - timedelta(days=1)), None, "", False),
    ],
)
def test_whom_a_rule_is_for(one, born, hardship, applies):
    assert subsidy_for(700, [one], day=DAY, born_on=born, hardship=hardship) == (700 if applies else 0)


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(1946, 2, 28), date(2026, 2, 28), 80),
        (date(1944, 2, 29), date(2026, 2, 28), 81),
        (date(1944, 2, 29), date(2026, 3, 1), 82),
        (date(1944, 2, 29), date(2028, 2, 29), 84),
        (date(1946, 12, 31), date(2026, 1, 1), 79),
    ],
)
def test_how_old_somebody_is(born, day, years):
    assert age_on(born, day) == years


# ---- a kitchen and its month


class Kitchen:
    """What is eaten in the town on which day, and who is at the board about it."""

    def __init__(self, town):
        self.town = town
        with town.database.begin() as session:
            self.community_id = town.ids["community"]
            self.meal_id = session.scalars(
                sa.select(Meal.id).filter_by(community_id=self.community_id, code="lunch")
            ).one()

    def rule(self, **what):
        with self.town.database.begin() as session:
            one = rule(**what)
            one.community_id = self.community_id
            session.add(one)
            session.flush()
            return one.id

    def menu(self, day, *prices):
        """The menu of a day; dishes cost that."""
        with self.town.database.begin() as session:
            menu = session.scalars(sa.select(Menu).filter_by(meal_id=self.meal_id, date=day)).one_or_none()
            menu = menu or Menu(community_id=self.community_id, meal_id=self.meal_id, date=day, is_planned_for=True)
            menu.dishes = []
            session.add(menu)
            session.flush()
            menu.dishes = [
                Dish(key=str(key), name=f"dish {key}", price_cents=cents) for key, cents in enumerate(prices, 1)
            ]
            session.flush()
            return menu.id

    def order(self, who, menu_id, key="1", portions=1, source=Source.VOICE):
        with self.town.database.begin() as session:
            menu, resident = session.get_one(Menu, menu_id), session.get_one(Resident, self.town.ids[who])
            dish = next(dish for dish in menu.dishes if dish.key == key)
            self.town.now = max(
                menu.cutoff_at - timedelta(hours=1),
                self.town.now if source is Source.STAFF else menu.cutoff_at - timedelta(hours=1),
            )
            return ordering.place_meal(
                session, resident, menu, dish, portions=portions, source=source, who="staff 1", now=self.town.now
            ).id

    def close(self, menu_id):
        with self.town.database.begin() as session:
            menu = session.get_one(Menu, menu_id)
            self.town.now = menu.cutoff_at
            close_menu(session, menu, who="clock", now=self.town.now)

    def do(self, act, order_id, **how):
        """finish, miss, refuse, cancel, reopen"""
        with self.town.database.begin() as session:
            self.town.now += timedelta(minutes=1)
            getattr(working, act)(
                session, session.get_one(HelpRequest, order_id), who="staff 1", now=self.town.now, **how
            )

    def fate(self, order_id, fate):
        with self.town.database.begin() as session:
            staff = session.get_one(Staff, self.town.ids["Dai Fen"])
            note_fate(session, session.get_one(HelpRequest, order_id), fate, staff=staff, now=self.town.now)

    def eaten(self, who, day, cents=1000, **how):
        """A lunch ordered, counted and handed over."""
        menu = self.menu(day, cents)
        order = self.order(who, menu, **how)
        self.close(menu)
        self.do("finish", order)
        return order

    def price(self, order_id):
        row = self.town.row(HelpRequest, order_id)
        return row.price_cents, row.subsidy_cents

    def on(self, day, hour=4):
        self.town.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.fixture
def town(tmp_path):
    return build_town(tmp_path)


@pytest.fixture
def kitchen(town):
    return Kitchen(town)


class Chen:
    """The coordinator at the board, who logs in anew each time that the clock has moved."""

    def __init__(self, town):
        self.town, self.at = town, None

    def see(self, path, status=200):
        return self._here().see(path, status)

    def press(self, path, status=200, **data):
        return self._here().press(path, status, **data)

    def get(self, path):
        return self._here().client.get(path)

    @property
    def page(self):
        return self.browser.page

    def _here(self):
        if self.at != self.town.now:
            self.at, self.browser = self.town.now, self.town.browser()
        return self.browser


@pytest.fixture
def chen(town):
    return Chen(town)


def cells(page):
    """The rows of the month's table, as they are read."""
    table = page[page.index('<table class="list sums">') : page.index("</table>")]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows[1:]
    ]


def lines(page):
    """What stands on the (first) statement, row by row."""
    paper = page[page.index('<article class="statement"') : page.index("</article>")]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", paper, re.DOTALL)
    return [
        " | ".join(re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL))
        for row in rows[1:]
    ]


# ---- the price of an order


def test_only_the_first_portion_is_subsidised_and_nothing_changes_the_price_once_it_is_counted(town, kitchen):
    rule_id = kitchen.rule(percent=50)
    menu = kitchen.menu(DAY, 1001)
    order = kitchen.order("rose", menu, portions=3)
    assert kitchen.price(order) == (None, None), "not counted yet"
    kitchen.close(menu)
    assert kitchen.price(order) == (3003, 501)
    with town.database.begin() as session:
        session.get_one(Subsidy, rule_id).percent = 100
        session.get_one(Menu, menu).dishes[0].price_cents = 5
    kitchen.do("miss", order)
    kitchen.do("reopen", order)
    assert kitchen.price(order) == (3003, 501)


def test_what_staff_send_out_late_has_its_price_at_once(kitchen):
    kitchen.rule(cents=250)
    menu = kitchen.menu(DAY, 1000)
    kitchen.close(menu)
    assert kitchen.price(kitchen.order("rose", menu, source=Source.STAFF)) == (1000, 250)


def test_what_was_called_off_before_the_count_gets_its_price_when_it_is_sent_after_all(kitchen):
    menu = kitchen.menu(DAY, 1000)
    order = kitchen.order("rose", menu)
    kitchen.do("cancel", order)
    kitchen.close(menu)
    assert kitchen.price(order) == (None, None)
    kitchen.do("reopen", order)
    assert kitchen.price(order) == (1000, 0)


def test_what_was_called_off_before_it_was_counted_stays_called_off_however_late_the_count_is(town, kitchen):
    menu = kitchen.menu(DAY, 1000)
    order = kitchen.order("rose", menu)
    kitchen.do("cancel", order)
    kitchen.do("reopen", order)  # by hand, as a job of its own, while the menu is still open
    town.now += timedelta(days=12)
    kitchen.do("cancel", order)
    with town.database.begin() as session:
        close_menu(session, session.get_one(Menu, menu), who="clock", now=town.now + timedelta(days=1))
    with town.database.read() as session:
        assert fate_of(session.get_one(HelpRequest, order)) is Fate.CANCELLED


def test_a_dish_without_a_price_has_none_and_gets_none_later(town, kitchen, chen):
    kitchen.rule(cents=250)
    menu = kitchen.menu(DAY, None)
    order = kitchen.order("rose", menu)
    kitchen.close(menu)
    assert kitchen.price(order) == (None, 0)
    with town.database.begin() as session:
        session.get_one(Menu, menu).dishes[0].price_cents = 900
        fix_price(session, session.get_one(HelpRequest, order))
    kitchen.do("finish", order)
    assert kitchen.price(order) == (None, 0)
    assert "Nobody has had a meal with a price" in chen.see("/money")
    assert "No charge" in chen.see(f"/residents/{town.ids['rose']}/statement")


def test_age_and_hardship_are_those_of_the_day_of_the_meal(town, kitchen, chen):
    kitchen.rule(percent=100, age=80)
    kitchen.rule(percent=30, hardship="低保")
    form = {
        "name": "Rose Miller",
        "phone": "170 0000 2001",
        "language": "en",
        "zone": "1",
        "born_on": "1946-11-24",
        "hardship": "低保",
    }
    chen.press(f"/residents/{town.ids['rose']}/edit", **form)
    assert 'value="低保"' in chen.see(f"/residents/{town.ids['rose']}/edit")
    before = kitchen.eaten("rose", DAY)
    after = kitchen.eaten("rose", DAY + timedelta(days=1))
    assert (kitchen.price(before), kitchen.price(after)) == ((1000, 300), (1000, 1000))


@pytest.mark.parametrize("born", ["1879-12-31", "2026-11-24", "yesterday", "2001-02-30"])
def test_a_date_of_birth_that_cannot_be_is_refused_in_words(town, chen, born):
    path = f"/residents/{town.ids['rose']}/edit"
    chen.see(path)
    page = chen.press(path, 422, name="Rose Miller", language="en", zone="1", born_on=born)
    assert "is no date on which" in page
    assert town.row(Resident, town.ids["rose"]).born_on is None


# ---- the month


def test_only_what_she_has_had_is_charged(town, kitchen, chen):
    kitchen.rule(percent=50)
    orders = []
    for day, ends in ((2, "finish"), (3, "miss"), (4, "miss"), (5, "cancel"), (6, "miss")):
        menu = kitchen.menu(date(2026, 11, day), 1000)
        orders.append(kitchen.order("rose", menu))
        if ends == "cancel":
            kitchen.do("cancel", orders[-1])
        kitchen.close(menu)
        if ends != "cancel":
            kitchen.do(ends, orders[-1])
    kitchen.fate(orders[1], MealFate.NEIGHBOUR)
    kitchen.fate(orders[2], MealFate.BROUGHT_BACK)
    assert cells(chen.see("/money?month=2026-11")) == [
        ["Rose Miller", "2", "20.00", "-10.00", "", "", "10.00"],
        ["Total of 1", "2", "20.00", "-10.00", "0.00", "0.00", "10.00"],
    ]
    assert lines(chen.see(f"/residents/{town.ids['rose']}/statement?month=2026-11")) == [
        "Mon, Nov 2 | Lunch · dish 1 | 1 | 10.00 | -5.00 | 5.00",
        "Tue, Nov 3 | Lunch · dish 1 (left with a neighbour) | 1 | 10.00 | -5.00 | 5.00",
        "Wed, Nov 4 | Lunch · dish 1 | 1 | Not handed over, no charge",
        "Thu, Nov 5 | Lunch · dish 1 | 1 | Called off, no charge",
        "Fri, Nov 6 | Lunch · dish 1 | 1 | Not handed over, no charge",
        "Total to pay | 10.00",
    ]


def test_a_month_is_one_of_local_dates(town, kitchen, chen):
    kitchen.eaten("rose", date(2026, 10, 31), 1000)
    kitchen.eaten("rose", date(2026, 11, 1), 700)
    kitchen.eaten("rose", date(2026, 11, 30), 600)
    town.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # a minute before December there
    chen.see("/money?month=2026-11")
    assert cells(chen.page)[0] == ["Rose Miller", "2", "13.00", "", "", "", "13.00"]
    assert "still change" in chen.page
    assert 'action="/money/issue"' not in chen.page
    chen.see("/money?month=2026-12", 404)
    chen.see("/")
    assert "not over" in chen.press("/money/issue", 409, month="2026-11")
    town.now += timedelta(minutes=1)
    chen.see("/money?month=2026-12")
    chen.press("/money/issue", month="2026-10")
    assert "1 statement is issued" in chen.press("/money/issue", month="2026-11")
    assert [(row.month, row.owed_cents) for row in statements(town)] == [(OCTOBER, 1000), (NOVEMBER, 1300)]


def test_a_month_without_anything(chen):
    page = chen.see("/money?month=2025-02")
    assert "Nobody has had a meal" in page
    assert "/money/list" not in page
    assert "nothing left to issue" in chen.press("/money/issue", month="2025-02")
    assert "Nobody has had a meal" in chen.see("/money/statements?month=2025-02")


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "x", "2027-01", "1999-12", "2026-11-01", "9" * 25])
@pytest.mark.parametrize("path", ["/money", "/money/list", "/money/statements", "/residents/{rose}/statement"])
def test_a_month_that_is_none_is_nowhere(town, chen, path, month):
    chen.see(f"{path.format(**town.ids)}?month={month}", 404)


def statements(town):
    with town.database.read() as session:
        rows = list(session.scalars(sa.select(Statement).order_by(Statement.month, Statement.resident_id)))
        session.expunge_all()
        return rows


def test_what_was_issued_stands_and_what_changes_is_carried_month_by_month(town, kitchen, chen):
    rose = town.ids["rose"]
    first = kitchen.eaten("rose", date(2026, 9, 7), 1100)
    second = kitchen.eaten("rose", date(2026, 10, 7), 900)
    kitchen.eaten("gao", date(2026, 10, 8), 500)
    kitchen.on(NOVEMBER)
    assert "Please" not in chen.press("/money/issue", month="2026-09")
    chen.press("/money/issue", month="2026-10")
    told = [(row.resident_id, row.month, row.owed_cents) for row in statements(town)]
    assert told == [(rose, date(2026, 9, 1), 1100), (rose, OCTOBER, 900), (town.ids["gao"], OCTOBER, 500)]
    for order in (first, second):  # they turn out not to have come
        kitchen.do("reopen", order)
        kitchen.do("miss", order)
        kitchen.fate(order, MealFate.LOST)
    kitchen.on(NOVEMBER, 6)
    assert [row.owed_cents for row in statements(town)] == [1100, 900, 500], "what was told stands"
    assert cells(chen.see("/money?month=2026-10"))[0] == ["Rose Miller", "1", "9.00", "", "", "", "9.00", "-9.00"]
    assert lines(chen.see(f"/residents/{rose}/statement?month=2026-10"))[-2:] == [
        "Changed after this was issued; it is in a later statement | 9.00",
        "Total to pay | 9.00",
    ]
    assert cells(chen.see("/money?month=2026-11"))[0] == ["Rose Miller", "0", "0.00", "", "", "-20.00", "-20.00"]
    kitchen.on(DECEMBER)
    chen.press("/money/issue", month="2026-11")
    assert lines(chen.see(f"/residents/{rose}/statement?month=2026-11")) == [
        "No meals in this month.",
        "Changed for September 2026 after your statement | -11.00",
        "Changed for October 2026 after your statement | -9.00",
        "In your favour | 20.00",
    ]
    assert "Nobody has had" in chen.see("/money?month=2026-12"), "told once is told"
    kitchen.do("reopen", first)  # and it had come after all
    kitchen.do("finish", first)
    assert cells(chen.see("/money?month=2026-12"))[0][-2:] == ["11.00", "11.00"]


def test_issuing_twice_changes_nothing_and_an_earlier_month_comes_first(town, kitchen, chen):
    kitchen.eaten("rose", date(2026, 9, 7))
    late = kitchen.eaten("gao", date(2026, 10, 7), 800)
    kitchen.on(NOVEMBER)
    assert "issue that one first" in chen.see("/money?month=2026-10")
    assert "issue that one first" in chen.press("/money/issue", 409, month="2026-10")
    chen.press("/money/issue", month="2026-09")
    before = [(row.id, row.owed_cents, row.issued_at) for row in statements(town)]
    kitchen.on(NOVEMBER, 5)
    assert "nothing left to issue" in chen.press("/money/issue", month="2026-09")
    assert [(row.id, row.owed_cents, row.issued_at) for row in statements(town)] == before
    chen.press("/money/issue", month="2026-10")
    with town.database.begin() as session:  # somebody who had nothing in September then
        money.correct(
            session,
            session.get_one(Resident, town.ids["gao"]),
            date(2026, 9, 1),
            cents=150,
            why="x",
            who="staff 1",
            now=town.now,
        )
    assert "nothing left" in chen.press("/money/issue", month="2026-09")
    assert "这个月没有给这位居民出单" in chen.see(f"/residents/{town.ids['gao']}/statement?month=2026-09")
    assert "A later month has been issued" not in chen.see("/money?month=2026-09")
    assert cells(chen.see("/money?month=2026-11"))[0] == ["高慧敏", "0", "0.00", "", "", "1.50", "1.50"]
    assert kitchen.price(late) == (800, 0)


def test_what_changed_is_carried_into_the_next_month_and_into_no_other(town, kitchen, chen):
    kitchen.eaten("gao", date(2026, 9, 7))
    kitchen.on(date(2026, 10, 1))
    chen.see("/money?month=2026-09")
    chen.press("/money/issue", month="2026-09")
    kitchen.eaten("gao", date(2026, 10, 7), 800)
    kitchen.eaten("gao", date(2026, 11, 3), 900)
    with town.database.begin() as session:
        gao = session.get_one(Resident, town.ids["gao"])
        money.correct(session, gao, date(2026, 9, 1), cents=150, why="x", who="staff 1", now=town.now)
    with town.database.read() as session:
        book = money.Book.of(session, town.ids["community"])
        october, november = (book.account(town.ids["gao"], date(2026, month, 1)) for month in (10, 11))
    assert (october.carried_cents, november.carried_cents) == (150, 0)


def test_a_correction_leaves_its_trace_and_counts_once(town, kitchen, chen):
    order = kitchen.eaten("rose", date(2026, 11, 3))
    path, page = f"/residents/{town.ids['rose']}/corrections", f"/residents/{town.ids['rose']}/statement?month=2026-11"
    chen.see(page)
    seen = re.search(r'name="seen" value="([^"]*)"', chen.page).group(1)
    form = {
        "month": "2026-11",
        "sign": "less",
        "amount": "2,50",
        "why": "<cold> soup",
        "about_meal": str(order),
        "seen": seen,
    }
    chen.press(path, **form)
    assert "the amount is put right" in chen.page
    assert "changed" in chen.press(path, 422, **form), "pressed twice"
    chen.see(page)
    assert "&lt;cold&gt; soup" in chen.page
    assert f'href="/requests/{order}"' in chen.page
    seen = re.search(r'name="seen" value="([^"]*)"', chen.page).group(1)
    chen.press(path, month="2026-11", sign="more", amount="0.05", why="counted again", about_meal="", seen=seen)
    with town.database.read() as session:
        rows = session.scalars(sa.select(Correction).order_by(Correction.id)).all()
        assert [(r.cents, r.why, r.who, r.request_id, r.at) for r in rows] == [
            (-250, "<cold> soup", f"staff {town.ids['Chen Li']}", order, town.now),
            (5, "counted again", f"staff {town.ids['Chen Li']}", None, town.now),
        ]
    assert cells(chen.see("/money?month=2026-11"))[0] == ["Rose Miller", "1", "10.00", "", "-2.45", "", "7.55"]
    assert [line.split(" | ")[-1] for line in lines(chen.see(page))] == ["10.00", "-2.50", "0.05", "7.55"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": ""}, "write a sum"),
        ({"amount": "0"}, "write a sum"),
        ({"amount": "-3"}, "write a sum"),
        ({"amount": "1e9"}, "write a sum"),
        ({"why": "  "}, "“Why” is needed"),
        ({"sign": "perhaps"}, "Please choose"),
        ({"about_meal": "999"}, "Please choose"),
        ({"seen": "old"}, "changed"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(town, kitchen, chen, changes, said):
    kitchen.eaten("rose", date(2026, 11, 3))
    form = {"month": "2026-11", "sign": "less", "amount": "2.50", "why": "cold", "about_meal": "", **changes}
    page = chen.press(f"/residents/{town.ids['rose']}/corrections", 422, **form)
    assert said in page
    with town.database.read() as session:
        assert session.scalars(sa.select(Correction)).all() == []


def test_who_may_look_and_who_may_put_right(town, kitchen):
    kitchen.eaten("rose", date(2026, 10, 5))
    kitchen.on(NOVEMBER)
    rose = town.ids["rose"]
    for name in ("Dai Fen", "Ai Ding", "Op Rator"):
        reader = town.browser(name)
        assert "Rose Miller" in reader.see("/money?month=2026-10")
        assert "/money/issue" not in reader.page
        assert "/corrections" not in reader.see(f"/residents/{rose}/statement?month=2026-10")
        reader.press("/money/issue", 403, month="2026-10")
        reader.see("/")
        reader.press(f"/residents/{rose}/corrections", 403, month="2026-10", sign="less", amount="1", why="x")
        reader.see("/")
        reader.press("/settings/subsidies", 403, subsidy_name="x", percent="5", from_date="2026-11-01")
    theirs = town.browser("Far Away")
    assert "Rose" not in theirs.see("/money?month=2026-10")
    theirs.see(f"/residents/{rose}/statement", 404)
    assert statements(town) == []


def test_the_statement_is_in_the_residents_language_whoever_prints_it(town, kitchen, chen):
    kitchen.eaten("gao", date(2026, 10, 5), 1250)
    kitchen.eaten("rose", date(2026, 10, 6), 1250)
    kitchen.on(NOVEMBER)
    page = chen.see(f"/residents/{town.ids['gao']}/statement?month=2026-10")
    assert '<article class="statement" lang="zh-CN">' in page
    assert "2026年10月餐费单" in page
    assert "应付合计 | 12.50" in lines(page)
    both = chen.see("/money/statements?month=2026-10")
    assert both.count("<article") == 2
    assert "Your meals in October 2026" in both
    assert "<form" not in both[both.index("<article") :]
    with town.database.begin() as session:
        session.get_one(Resident, town.ids["gao"]).language = "yue"
        session.get_one(Resident, town.ids["rose"]).language = "es"
    again = chen.see("/money/statements?month=2026-10")
    assert "2026年10月餐费单" in again
    assert "Your meals in October 2026" in again


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_the_month_as_a_file_holds_sums_and_nothing_that_is_calculated(town, kitchen, chen, shape):
    kitchen.eaten("rose", date(2026, 11, 3), 1234)
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        rose.name = "=HYPERLINK(1)"
        money.correct(session, rose, NOVEMBER, cents=-2000, why="x", who="staff 1", now=town.now)
    answer = chen.get(f"/money/list?month=2026-11&shape={shape}")
    assert f"linli-2026-11.{shape}" in answer.headers["Content-Disposition"]
    if shape == "csv":
        text = answer.data.decode("utf-8-sig")
        assert "'=HYPERLINK(1)" in text
        assert '"12.34","0","-20","0","-7.66"' in text.replace(".00", "")
        return
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    (row,) = list(sheet.iter_rows(min_row=2))
    assert [cell.value for cell in row][-6:] == [12.34, 0, -20, 0, -7.66, 0]
    assert {cell.data_type for cell in row} == {"s", "n"}
    assert row[0].value == "=HYPERLINK(1)"
    chen.see("/money/list?shape=exe", 404)


def test_nothing_of_money_is_ever_spoken_or_texted(town, kitchen, chen):
    kitchen.eaten("rose", date(2026, 10, 5))
    kitchen.on(NOVEMBER)
    before = [town_rows(town, kind) for kind in (Message, Call)]
    chen.press("/money/issue", month="2026-10")
    chen.press(f"/residents/{town.ids['rose']}/corrections", month="2026-10", sign="less", amount="1", why="x")
    town.wait(minutes=30)
    assert [town_rows(town, kind) for kind in (Message, Call)] == before


def town_rows(town, kind):
    with town.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(kind))


# ---- the rules on the settings page


def test_a_rule_is_added_and_ends_with_a_day(town, kitchen, chen):
    chen.see("/settings")
    chen.press("/settings/subsidies", subsidy_name="80 and older", from_age="80", for_hardship="", percent="50", and_sum="1,50",
               from_date="2026-11-01", until_date="")  # fmt: skip
    with town.database.read() as session:
        (one,) = session.scalars(sa.select(Subsidy)).all()
        found = (one.name, one.from_age, one.hardship, one.percent, one.cents, one.from_date, one.until_date)
    assert found == ("80 and older", 80, "", 50, 150, NOVEMBER, None)
    assert "80 and older" in chen.see("/settings/subsidies")
    chen.press(f"/settings/subsidies/{one.id}", last_day="2026-11-22")
    assert town.row(Subsidy, one.id).until_date == date(2026, 11, 22)
    assert "Subsidies that have ended" in chen.page
    with town.database.read() as session:
        verbs = session.scalars(sa.select(Event.verb).where(Event.why == f"subsidy {one.id}")).all()
    assert verbs == ["add_subsidy", "end_subsidy"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subsidy_name": ""}, "is needed"),
        ({"percent": "0"}, "would pay nothing"),
        ({"percent": ""}, "would pay nothing"),
        ({"percent": "101"}, "from 0 to 100"),
        ({"percent": "12.5"}, "whole number"),
        ({"from_age": "-1"}, "from 0 to 120"),
        ({"and_sum": "much"}, "write a sum"),
        ({"from_date": ""}, "not a day"),
        ({"until_date": "2026-10-31"}, "end before it begins"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_words(town, chen, changes, said):
    form = {
        "subsidy_name": "x",
        "from_age": "",
        "for_hardship": "",
        "percent": "50",
        "and_sum": "",
        "from_date": "2026-11-01",
        "until_date": "",
        **changes,
    }
    assert said in chen.press("/settings/subsidies", 422, **form)
    with town.database.read() as session:
        assert session.scalars(sa.select(Subsidy)).all() == []


# ---- the export


def test_the_export_of_meals_says_what_became_of_each_and_what_is_owed(town, kitchen):
    kitchen.rule(percent=50)
    came = kitchen.eaten("rose", date(2026, 11, 3), 1000)
    menu = kitchen.menu(date(2026, 11, 4), 900)
    back = kitchen.order("gao", menu)
    kitchen.close(menu)
    kitchen.do("miss", back)
    kitchen.fate(back, MealFate.BROUGHT_BACK)
    with town.database.read() as session:
        rows = list(export(session, town.ids["community"], "meals"))
    told = [
        (
            r["id"],
            r["date"],
            r["meal"],
            r["resident_name"],
            r["fate"],
            r["price_cents"],
            r["subsidy_cents"],
            r["owed_cents"],
        )
        for r in rows
    ]
    assert told == [
        (came, "2026-11-03", "lunch", "Rose Miller", "delivered", 1000, 500, 500),
        (back, "2026-11-04", "lunch", "高慧敏", "brought_back", 900, 450, 0),
    ]
    assert (rows[0]["source"], rows[0]["portions"], rows[0]["dish"], rows[0]["resident_phone"]) == (
        "voice",
        1,
        "dish 1",
        "+8617000002001",
    )


def test_refusals_have_their_reason(town, kitchen):
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        with pytest.raises(Refusal, match="month_not_over"):
            money.issue(session, community, NOVEMBER, who="staff 1", now=town.now)


def test_what_is_owed_for_one_meal(town, kitchen):
    order = kitchen.eaten("rose", date(2026, 11, 3), 1000)
    with town.database.read() as session:
        assert owed_for(session.get_one(HelpRequest, order)) == 1000
