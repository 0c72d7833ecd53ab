"""Menus on the board for whoever plans them: the week, closing days, limits, and who has to choose."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town, menu_form

from dispatch.limits import note_what_is_full
from dispatch.public_holidays import days_made_up, holidays_ahead
from models.kitchens import ClosingDay, Kitchen
from models.menus import Dish, Menu, StandingOrder
from models.places import Community, Meal
from models.requests import HelpRequest
from models.traffic import Message

WEEK = "/week/2026-11-23"


@pytest.fixture
def town(tmp_path):
    """Two small communities; Monday morning, with lunch for today and tomorrow."""
    return build_town(tmp_path)


@pytest.fixture
def dai(town):
    """A dispatcher at her board."""
    return town.browser("Dai Fen")


def cooked(town, day, meal="lunch meal"):
    """What is on a menu, by key."""
    with town.database.read() as session:
        menu = session.scalars(sa.select(Menu).where(Menu.meal_id == town.ids[meal], Menu.date == day)).one_or_none()
        return {d.key: (d.name, d.contains, d.price_cents, d.portions_max) for d in menu.dishes} if menu else None


# ---- limits


def test_a_limit_is_written_on_the_menu_and_what_is_full_is_shown(town, dai):
    town.lunch("gao", "2")
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    dai.press(path, **{**menu_form(dai.see(path)), "limit_2": "1", "limit_1": "30"})
    assert cooked(town, date(2026, 11, 23))["2"][3] == 1
    for page in ("/meals", f"/meals/{town.ids['lunch']}", f"/enter?resident={town.ids['rose']}"):
        assert re.search(r"</span> full\b", dai.see(page)), page
    dai.see(path)
    dai.press(path, **{**menu_form(dai.page), "limit_2": ""})
    assert not re.search(r"</span> full\b", dai.see("/meals")), "a limit that is taken away fills nothing"


def test_staff_order_what_is_full(town, dai):
    town.lunch("gao", "2")
    with town.database.begin() as session:
        menu = session.get_one(Menu, town.ids["lunch"])
        menu.dishes[1].portions_max = 1
        note_what_is_full(session, menu, now=town.now)
        dish = menu.dishes[1].id
    dai.see(f"/enter?resident={town.ids['rose']}")
    dai.press("/enter/meal", resident=town.ids["rose"], dish=dish, portions=1, key="k1")
    with town.database.read() as session:
        assert len(session.scalars(sa.select(HelpRequest)).all()) == 2


@pytest.mark.parametrize("limit", ["0", "-1", "2.5", "many", "10000"])
def test_a_limit_that_is_none_is_refused_in_words(town, dai, limit):
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    assert "Portions at most" in dai.press(path, 422, **{**menu_form(dai.see(path)), "limit_1": limit})
    assert cooked(town, date(2026, 11, 23))["1"][3] is None


def test_a_kitchen_is_asked_for_only_where_there_are_several(town, dai):
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    assert "kitchen_1" not in dai.see(path)
    with town.database.begin() as session:
        other = Kitchen(community_id=town.ids["community"], name="Bakery", language="en")
        session.add(other)
        session.flush()
        bakery = other.id
        first = session.scalars(sa.select(Kitchen.id).where(Kitchen.community_id == town.ids["community"])).first()
    form = menu_form(dai.see(path))
    dai.press(path, **{**form, "kitchen_1": str(bakery), "kitchen_2": str(first)})
    with town.database.read() as session:
        assert [dish.kitchen_id for dish in session.get_one(Menu, town.ids["lunch"]).dishes] == [bakery, first]
    dai.see(path)
    dai.press(path, 422, **{**menu_form(dai.page), "kitchen_1": "99", "kitchen_2": str(first)})


# ---- closing days


def test_a_closing_day_says_first_how_many_orders_it_calls_off(town, dai):
    town.lunch("gao", "1")
    town.lunch("rose", "1")
    dai.see("/meals")
    page = dai.press("/closing", day="2026-11-23", why="No water")
    assert "2 orders will be called off" in page
    with town.database.read() as session:
        assert session.scalars(sa.select(ClosingDay)).all() == [], "nothing is done yet"
    page = dai.press("/closing", day="2026-11-23", why="No water", sure="2")
    assert "2 orders were called off" in page
    assert "No water" in page
    with town.database.read() as session:
        assert {str(row.state) for row in session.scalars(sa.select(HelpRequest))} == {"cancelled"}
        told = session.scalars(sa.select(Message).where(Message.cause == "kitchen_closed")).all()
        assert [row.resident_id for row in told] == [town.ids["rose"]], "the other has a landline, and is rung"


def test_an_order_more_than_was_seen_is_asked_about_again(town, dai):
    town.lunch("gao", "1")
    dai.see("/meals")
    dai.press("/closing", day="2026-11-23", why="")
    town.lunch("rose", "1")
    assert "2 orders will be called off" in dai.press("/closing", day="2026-11-23", why="", sure="1")
    with town.database.read() as session:
        assert session.scalars(sa.select(ClosingDay)).all() == []


def test_a_closing_day_is_not_asked_for_and_not_written_until_it_is_taken_back(town, dai):
    path = f"/menus/{town.ids['dinner meal']}/2026-11-25"
    assert path in dai.see("/meals")
    form = menu_form(dai.see(path))
    dai.see("/meals")
    dai.press("/closing", day="2026-11-25", why="")
    assert "is a closing day" in dai.page
    assert path not in dai.see("/meals")
    assert "Nothing is cooked on that day" in dai.see(path)
    dai.see("/meals")
    assert "Nothing is cooked on that day" in dai.press(path, 422, **{**form, "name_1": "Soup"})
    dai.see("/meals")
    assert "already" in dai.press("/closing", 409, day="2026-11-25", why="")
    with town.database.read() as session:
        row = session.scalars(sa.select(ClosingDay.id)).one()
    page = dai.press(f"/closing/{row}/open")
    assert "can be ordered again" in page
    assert path in dai.see("/meals")


@pytest.mark.parametrize("day", ["2026-11-22", "2028-01-01", "", "soon", "9999-12-31"])
def test_a_day_that_cannot_be_closed_is_refused_in_words(town, dai, day):
    dai.see("/meals")
    dai.press("/closing", 422, day=day, why="")
    with town.database.read() as session:
        assert session.scalars(sa.select(ClosingDay)).all() == []


def test_public_holidays_are_suggested_in_the_readers_language_and_closed_by_one_press(town, dai):
    assert "New Year" not in dai.see("/meals")
    assert "New Year" in dai.see("/meals?holidays=1")
    dai.press("/closing", day="2027-01-01", why="New Year's Day")
    holidays = dai.see("/meals?holidays=1").split("Public holidays")[1]
    assert "2027-01-01" not in holidays, "what is closed is suggested no more"


@pytest.mark.parametrize(
    ("number", "language", "day", "name"),
    [
        ("+861055550100", "zh-CN", date(2027, 1, 1), "元旦"),
        ("+861055550100", "en", date(2027, 1, 1), "New Year's Day"),
        ("+12125550100", "en", date(2026, 12, 25), "Christmas Day"),
        ("+34911234567", "en", date(2026, 12, 25), "Christmas Day"),
        ("+34911234567", "zh-CN", date(2026, 12, 25), "Natividad del Señor"),
    ],
)
def test_holidays_are_those_of_the_communitys_country(number, language, day, name):
    community = Community(number=number)
    found = holidays_ahead(community, date(2026, 11, 23), date(2027, 5, 1), language=language)
    assert (day, name) in [(one.date, one.name) for one in found]


def test_weekend_days_on_which_people_work_are_no_holidays():
    china, year = Community(number="+861055550100"), (date(2026, 1, 1), date(2026, 12, 31))
    worked = days_made_up(china, *year)
    assert date(2026, 2, 14) in worked
    assert {day.weekday() for day in worked} <= {5, 6}
    assert not set(worked) & {one.date for one in holidays_ahead(china, *year, language="zh-CN")}
    assert days_made_up(Community(number="+12125550100"), *year) == []


# ---- the week


def test_the_week_shows_dishes_gaps_and_closing_days(town, dai):
    with town.database.begin() as session:
        session.add(ClosingDay(community_id=town.ids["community"], date=date(2026, 11, 27), why="Repairs"))
        session.get_one(Meal, town.ids["dinner meal"]).days = ["mon", "tue"]
        dish = session.get_one(Menu, town.ids["tomorrow"]).dishes[0]
        dish.price_cents, dish.portions_max = 1250, 40
    page = dai.see(WEEK)
    days = re.findall(r'<section class="panel week-day.*?</section>', page, re.DOTALL)
    assert len(days) == 7
    assert "Kung Pao" in days[1]
    assert "12.50" in days[1]
    assert "at most 40" in days[1]
    assert f"/menus/{town.ids['lunch meal']}/2026-11-25" in days[2]
    assert "no menu yet" in days[2]
    assert "Not cooked on this weekday" in days[2]
    assert "Repairs" in days[4]
    assert "/menus/" not in days[4]
    assert WEEK in dai.see("/meals")


def test_last_week_is_copied_into_the_gaps_and_what_is_not_is_said(town, dai):
    with town.database.begin() as session:
        for day in range(-7, 0):
            menu = Menu(community_id=town.ids["community"], meal_id=town.ids["lunch meal"],
                        date=date(2026, 11, 23) + timedelta(days=day))  # fmt: skip
            menu.dishes = [Dish(key="1", name=f"Old {day}", contains="pork", price_cents=900, portions_max=12)]
            session.add(menu)
        session.add(ClosingDay(community_id=town.ids["community"], date=date(2026, 11, 27)))
        session.get_one(Meal, town.ids["dinner meal"]).days = ["mon"]
        # Nothing is on it: a gap as well.
        session.add(Menu(community_id=town.ids["community"], meal_id=town.ids["lunch meal"], date=date(2026, 11, 28)))
    dai.see(WEEK)
    page = dai.press(f"{WEEK}/copy")
    assert "4 menus were copied" in page
    assert cooked(town, date(2026, 11, 25)) == {"1": ("Old -5", "pork", 900, 12)}
    assert cooked(town, date(2026, 11, 28)) == {"1": ("Old -2", "pork", 900, 12)}
    assert cooked(town, date(2026, 11, 23))["2"][0] == "Kung Pao", "what is written stays"
    assert cooked(town, date(2026, 11, 27)) is None
    told = re.search(r"these are closing days: ([^<]*)", page)[1]
    assert "Nov 27" in told
    assert "nothing was cooked the week before" in page
    assert "0 menus were copied" in dai.press(f"{WEEK}/copy")


def test_who_only_reads_sees_the_week_and_changes_nothing(town):
    page = town.browser("Ai Ding").see(WEEK)
    assert "Kung Pao" in page
    assert "/copy" not in page
    assert "/menus/" not in page
    page = town.browser("Ai Ding").see("/meals")
    assert 'action="/closing"' not in page


@pytest.mark.parametrize("day", ["soon", "0001-01-01", "9999-12-31", "2200-12-31", "2000-01-01"])
def test_a_week_that_is_none_is_not_found(town, dai, day):
    dai.see(f"/week/{day}", 404)


# ---- a meal's weekdays, and until when the kitchen can change


def test_a_meals_weekdays_and_its_last_changes_are_settings(town):
    chen, path = town.browser("Chen Li"), f"/settings/meals/{town.ids['lunch meal']}"
    chen.see("/settings")
    form = {"name_en": "lunch", "name_zh-CN": "午餐", "cutoff": "10:00", "serve_from": "11:00", "serve_until": "12:30"}
    chen.press(path, **form, days=["mon", "tue"], changes_until="10:40")
    with town.database.read() as session:
        meal = session.get_one(Meal, town.ids["lunch meal"])
        assert (meal.days, f"{meal.changes_until:%H:%M}") == (["mon", "tue"], "10:40")
    assert f"/menus/{town.ids['lunch meal']}/2026-11-25" not in chen.see("/meals"), "Wednesday is not asked for"
    for wrong in ("09:59", "12:31"):
        chen.see("/settings")
        chen.press(path, 422, **form, changes_until=wrong)
    chen.see("/settings")
    chen.press(path, **form, days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], changes_until="")
    with town.database.read() as session:
        meal = session.get_one(Meal, town.ids["lunch meal"])
        assert (meal.days, meal.changes_until) == ([], None)


def test_a_weekday_with_orders_is_not_taken_away_silently(town):
    town.lunch("gao", "1")
    chen, path = town.browser("Chen Li"), f"/settings/meals/{town.ids['lunch meal']}"
    chen.see("/settings")
    form = {"name_en": "lunch", "cutoff": "10:00", "serve_from": "11:00", "serve_until": "12:30", "days": ["tue"]}
    assert "1 order waits for a weekday that you take away" in chen.press(path, 422, **form)
    with town.database.read() as session:
        assert session.get_one(Meal, town.ids["lunch meal"]).days == []


# ---- who has to choose


def test_standing_orders_without_a_dish_are_seen_until_they_are_settled(town, dai):
    with town.database.begin() as session:
        for dish in session.get_one(Menu, town.ids["lunch"]).dishes:
            dish.contains = "peanuts"
        session.add(
            StandingOrder(
                community_id=town.ids["community"], resident_id=town.ids["rose"], meal_id=town.ids["lunch meal"],
                days=[], dish="", portions=1,
            )
        )  # fmt: skip
    assert "1 standing order without a dish" in dai.see("/meals")
    count = dai.see(f"/meals/{town.ids['lunch']}")
    assert "Standing orders without a dish" in count
    assert f"/residents/{town.ids['rose']}" in count
    town.lunch("rose", "1")
    assert "Standing orders without a dish" not in dai.see(f"/meals/{town.ids['lunch']}")


def test_what_a_kitchen_can_cook_fills_its_dishes_at_once(town):
    town.lunch("gao", "1")
    chen = town.browser("Chen Li")
    chen.see("/settings")
    with town.database.read() as session:
        kitchen = session.scalars(sa.select(Kitchen).where(Kitchen.community_id == town.ids["community"])).one()
    for most, is_full in (("1", True), ("2", False), ("1", True), ("", False)):
        chen.press(f"/kitchens/{kitchen.id}", name=kitchen.name, language="en", portions_max=most)
        with town.database.read() as session:
            assert [dish.full_at is not None for dish in session.get_one(Menu, town.ids["lunch"]).dishes] == [
                is_full
            ] * 2


@pytest.mark.parametrize(
    "path", ["/meals", "/week/2026-11-23", "/menus/{lunch meal}/2026-11-24", "/meals/{lunch}", "/meals/figures"]
)
def test_on_every_page_of_meals_the_entry_meals_is_the_current_one(town, dai, path):
    page = dai.see(path.format(**town.ids))
    marked = re.findall(r'<a href="([^"]+)" class="door-\w+" aria-current="\w+"', page)
    assert marked == ["/meals"]
