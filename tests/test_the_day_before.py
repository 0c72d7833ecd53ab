"""Meals whose orders end on a day before their own: said with its day, carried by rounds that are offered the day before."""

from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from town import DUTY, KARL, LEE, MEI, SAM

from dispatch.gaps import meals_running_out
from models.menus import Menu
from models.places import Community, Meal
from models.requests import HelpRequest
from models.traffic import Message

COOK = "+12125550141"


def ordered_before(town, days, *, until=time(15), meal="lunch"):
    """Its orders end so many days before its own day, at that time."""
    with town.database.begin() as session:
        row = session.scalars(sa.select(Meal).where(Meal.code == meal)).one()
        row.cutoff_days, row.cutoff = days, until


def it_is(town, hour, minute=0):
    """It becomes that time: of this day, or of the next."""
    with town.database.read() as session:
        local = session.get_one(Community, town.community_id).local(town.now)
    left = local.replace(hour=hour, minute=minute) - local
    town.wait(minutes=(left % timedelta(days=1)) / timedelta(minutes=1))


def states(town):
    return [str(row.state) for row in town.rows(HelpRequest)]


def texts_at(town, phone, cause):
    """At what time of which day texts of that kind left for that number."""
    with town.database.read() as session:
        local = session.get_one(Community, town.community_id).local
        rows = session.scalars(sa.select(Message).where(Message.phone == phone, Message.cause == cause))
        return [f"{local(row.claimed_at):%a %H:%M}" for row in rows if row.claimed_at]


def test_until_when_is_said_with_its_day_while_choosing(town, rose):
    ordered_before(town, 1)
    town.menu("Soup", days=1)
    town.menu("Stew", days=2)
    rose.dial()
    rose.silence()
    rose.press("1")
    assert "You can order lunch tomorrow until today at 3 PM." in rose.press("1")
    karl = town.resident("Karl", KARL)
    karl.dial()
    karl.silence()
    karl.press("1")
    assert "You can order lunch Wednesday 25 November until tomorrow at 3 PM." in karl.press("2")


def test_what_is_too_late_is_said_with_both_days_and_a_person_can_ask(town, rose):
    ordered_before(town, 1)
    town.menu("Soup", days=1)
    town.menu("Stew", days=2)
    it_is(town, 15, 5)
    rose.dial()
    rose.silence()
    heard = rose.press("1")
    assert "Lunch tomorrow could be ordered until today at 3 PM. That time has passed." in heard
    assert "For lunch Wednesday 25 November, press 1." in heard
    assert "For a late lunch tomorrow, press 6." in heard
    assert "whether there is still lunch tomorrow" in rose.press("6")
    rose.hang_up()
    answer = rose.text("lunch tomorrow")
    assert "Lunch tomorrow could be ordered until today at 3 PM." in answer
    it_is(town, 9)
    rose.dial()
    rose.silence()
    assert "Lunch today could be ordered until yesterday at 3 PM." in rose.press("1")


def test_what_staff_closed_early_was_to_be_ordered_until_then(town, rose):
    menu = town.menu("Soup", days=1)
    town.menu("Stew", days=2)
    town.wait(minutes=12)
    town.close_meals(menu)
    rose.dial()
    rose.silence()
    assert "Lunch tomorrow could be ordered until today at 9:12 AM." in rose.press("1")


@pytest.mark.both_databases
def test_the_round_of_tomorrow_is_offered_today_and_done_tomorrow(town, rose):
    cook, sam = town.kitchen("Hall", COOK), town.volunteer("Sam Lee", SAM)
    ordered_before(town, 1)
    town.menu("Soup", days=1)
    rose.text("1")
    assert states(town) == ["pooled"]
    it_is(town, 14, 59)
    assert sam.inbox == cook.inbox == []
    town.wait(minutes=2)
    assert "Lunch tomorrow, portions to cook: 1." in cook.inbox[0]
    assert "tomorrow between 11 AM and 12:30 PM" in sam.inbox[0]
    sam.text("1")
    assert states(town) == ["taken"]
    assert any("tomorrow between 11 AM and 12:30 PM" in text for text in rose.inbox)
    it_is(town, 10, 30)
    assert texts_at(town, SAM, "job_soon") == ["Tue 10:15"], "shortly before the time"
    sam.text("3")
    assert states(town) == ["done"]


def test_what_is_closed_at_night_is_offered_and_cooked_from_the_morning(town, rose):
    cook, sam = town.kitchen("Hall", COOK), town.volunteer("Sam Lee", SAM)
    mia = town.volunteer("Mia", MEI, language="en")
    ordered_before(town, 1, until=time(21, 30))
    town.menu("Soup", days=1)
    rose.text("1")
    it_is(town, 22)
    assert states(town) == ["waiting"], "counted"
    it_is(town, 7, 59)
    assert sam.inbox == cook.inbox == []
    assert mia.state == "idle"
    assert mia.rings(minutes=2)
    assert "Lunch today, portions to cook: 1." in cook.inbox[0]
    assert "today between 11 AM and 12:30 PM" in sam.inbox[0]
    sam.text("1")
    assert states(town) == ["taken"]


def test_what_is_closed_days_ahead_is_offered_the_day_before(town, rose):
    sam = town.volunteer("Sam Lee", SAM)
    ordered_before(town, 3)
    town.menu("Soup", days=3)
    assert "You can order lunch Thursday 26 November until today at 3 PM." in heard_of_the_first(rose)
    rose.text("1")
    it_is(town, 15, 1)
    assert states(town) == ["waiting"]
    it_is(town, 9)
    it_is(town, 9, 59)
    assert sam.inbox == [], "on Tuesday"
    town.wait(hours=24)
    assert sam.inbox == [], "on Wednesday, before ten"
    town.wait(minutes=2)
    assert "tomorrow between 11 AM and 12:30 PM" in sam.inbox[0]
    assert texts_at(town, SAM, "offer") == ["Wed 10:00"]


def heard_of_the_first(resident):
    """Of the first meal that can be ordered."""
    resident.dial()
    resident.silence()
    heard = resident.press("1")
    resident.hang_up()
    return heard


def test_nobody_for_tomorrow_alarms_staff_today(town, rose):
    dora = town.staff("Dora", DUTY)
    ordered_before(town, 1)
    town.menu("Soup", days=1)
    rose.text("1")
    it_is(town, 15, 2)
    assert "nobody_found" in [alert.kind for alert in town.alerts]
    assert dora.inbox
    lee = town.volunteer("Lee Ann", LEE)
    town.wait(minutes=20)
    assert "tomorrow between" in lee.inbox[0], "whoever has come since is asked"


def test_standing_orders_are_placed_a_day_before_the_orders_end(town, rose):
    ordered_before(town, 3)
    town.menu(("Peanut soup", "nuts"), days=4)
    town.resident("Karl", KARL, diet="no nuts")
    for name in ("Rose Miller", "Karl"):
        town.standing_order(name)
    it_is(town, 14, 50)
    assert states(town) == []
    town.wait(minutes=15)
    assert states(town) == ["pooled"]
    (told,) = town.telephone(KARL).inbox
    assert "Friday 27 November" in told
    assert "until tomorrow at 3 PM" in told


@pytest.mark.both_databases
def test_menus_are_missed_in_time_to_write_them(town, rose):
    """Four days ahead of the first that can still be ordered, however long before its day that is."""
    ordered_before(town, 3)
    town.menu("Soup", days=3)

    def running_out():
        with town.database.read() as session:
            community = session.get_one(Community, town.community_id)
            return [meal.code for meal in meals_running_out(session, community, now=town.now)]

    assert running_out() == []
    it_is(town, 15, 1)
    assert running_out() == ["lunch"]
    town.menu("Stew", days=5)
    assert running_out() == []
    with town.database.read() as session:
        assert session.scalars(sa.select(Menu.closed_at).order_by(Menu.id)).first() is not None
