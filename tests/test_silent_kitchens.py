"""A kitchen that was told by text and stays silent: rung after a while, and when that is in vain reached by staff."""

import pytest
import sqlalchemy as sa
from town import DUTY, KARL, ROSE

from dispatch.ordering import place_meal
from dispatch.working import cancel
from models.kitchens import KitchenCount
from models.menus import Dish
from models.people import Resident
from models.places import Meal
from models.requests import HelpRequest, Source
from models.traffic import Call, Message
from voice.delivery import text_status

COOK = "+12125550141"


@pytest.fixture
def cook(town):
    """A kitchen with a mobile, and two soups to cook; the orders end at ten, in an hour."""
    town.menu("Soup")
    for name, phone in (("Rose", ROSE), ("Karl", KARL)):
        town.resident(name, phone)
        order(town, name)
    return town.kitchen("Hall", COOK)


def order(town, name, dish="Soup"):
    with town.database.begin() as session:
        resident = session.scalars(sa.select(Resident).where(Resident.name == name)).one()
        chosen = session.scalars(sa.select(Dish).where(Dish.name == dish)).one()
        place_meal(session, resident, chosen.menu, chosen, source=Source.STAFF, who="staff 1", now=town.now)


def call_off(town, name):
    with town.database.begin() as session:
        meal = session.scalars(sa.select(HelpRequest).join(Resident).where(Resident.name == name)).one()
        cancel(session, meal, who="staff 1", now=town.now)
    town.settle()


def rung(town):
    """Calls to the kitchen that were really made."""
    return [call for call in town.rows(Call, phone=COOK, direction="outbound") if call.call_sid]


def about_kitchens(town):
    return [(str(alert.kind), alert.about) for alert in town.alerts if alert.about.startswith("kitchen")]


def test_a_kitchen_that_answers_the_text_is_not_rung(town, cook):
    town.wait(minutes=61)
    assert "portions to cook: 2" in cook.inbox[0]
    assert "noted" in cook.text("1")
    town.wait(hours=3)
    assert rung(town) == []
    assert about_kitchens(town) == []


def test_received_is_an_answer_too(town, cook):
    town.wait(minutes=61)
    cook.text("Received, thank you")
    assert town.rows(KitchenCount)[0].heard_at is not None
    town.wait(hours=1)
    assert rung(town) == []


def test_a_kitchen_that_does_not_answer_is_rung_and_hears_the_whole_count(town, cook):
    town.wait(minutes=69)
    assert cook.state == "idle", "it has its time to read"
    assert cook.rings(minutes=2)
    heard = cook.answer()
    assert "Portions to cook: 2. Soup: 2." in heard
    assert "noted that you have it" in cook.press("1")
    town.wait(hours=3)
    assert len(rung(town)) == 1
    assert about_kitchens(town) == []


def test_a_kitchen_that_nobody_reaches_by_either_is_an_alarm_and_is_left_in_peace_then(town, cook):
    dora = town.staff("Dora", DUTY)
    town.wait(hours=1, minutes=9)
    assert about_kitchens(town) == []
    town.wait(minutes=46)
    assert about_kitchens(town) == [("unreached", "kitchen 1")]
    assert any("We could not reach Hall" in text for text in dora.inbox)
    assert len(rung(town)) == 3
    town.wait(hours=4)
    assert len(rung(town)) == 3
    assert len(cook.inbox) == 1
    cook.text("1")
    assert about_kitchens(town) == []


def test_of_a_change_a_silent_kitchen_is_rung_once_and_hears_all_of_it(town, cook):
    town.wait(minutes=62)
    call_off(town, "Karl")
    town.wait(minutes=4)
    assert "CHANGE" in cook.inbox[1]
    assert cook.rings(minutes=11)
    assert "Portions to cook: 1. Soup: 1." in cook.answer(), "what it has not heard of is no change"
    cook.press("1")
    town.wait(hours=1)
    assert len(rung(town)) == 1, "the count before it rings nobody"


def test_of_a_change_a_kitchen_that_has_the_count_hears_the_change(town, cook):
    town.wait(minutes=61)
    cook.text("ok")
    call_off(town, "Karl")
    town.wait(minutes=4)
    assert cook.rings(minutes=11)
    assert "has changed. Portions to cook now: 1, before: 2" in cook.answer()


@pytest.mark.both_databases
def test_who_has_heard_lunch_is_rung_for_dinner_all_the_same(town, cook):
    with town.database.begin() as session:
        for meal in session.scalars(sa.select(Meal)):
            meal.cutoff = session.scalars(sa.select(Meal.cutoff).where(Meal.code == "lunch")).one()
    town.menu("Stew", meal="dinner")
    order(town, "Rose", "Stew")
    town.wait(minutes=69)
    heard = []
    for _ in range(2):
        assert cook.rings(minutes=5)
        heard.append(cook.answer())
        cook.press("1")
    assert sorted(said[:31] for said in heard) == ["Hello, this is Linli. Dinner to", "Hello, this is Linli. Lunch tod"]
    town.wait(hours=1)
    assert len(rung(town)) == 2


@pytest.mark.both_databases
def test_a_text_that_cannot_arrive_is_one_call_and_not_two(town, cook):
    town.exchange.faults.set({"callbacks_lost_share": 1.0})
    town.wait(minutes=60.5)
    town.exchange.faults.set({"callbacks_lost_share": 0.0})
    (text,) = town.rows(Message, phone=COOK)
    with town.database.begin() as session:
        text_status(session, sid=text.message_sid, status="undelivered", error_code="30006", now=town.now)
    assert cook.rings()
    cook.answer()
    cook.press("1")
    town.wait(hours=1)
    assert len(rung(town)) == 1


@pytest.mark.both_databases
def test_a_kitchen_that_wants_no_texts_of_ours_is_an_alarm_at_once(town, cook):
    cook.text("STOP")
    town.wait(minutes=61)
    assert about_kitchens(town) == [("unreached", "kitchen 1")]
    assert rung(town) == []
