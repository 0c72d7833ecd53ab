"""What is cooked: told to the kitchen at the cut-off by text or call, and again when it has changed."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from town import ANNA, DUTY, KARL, LEE, MEI, ROSE, SAM

from dispatch.counting import count
from dispatch.enrolment import set_absence
from dispatch.ordering import place_meal
from dispatch.spares import send_again
from dispatch.working import cancel
from models.fates import Fate, fate_of, is_cooked
from models.kitchens import KitchenCount
from models.menus import Dish, Menu
from models.people import AbsenceKind, Resident
from models.requests import HelpRequest, Source
from models.traffic import Call

pytestmark = pytest.mark.both_databases

COOK = "+12125550141"


def order(town, name, dish):
    """Staff enter it, as late as it may be."""
    with town.database.begin() as session:
        resident = session.scalars(select(Resident).where(Resident.name == name)).one()
        chosen = session.scalars(select(Dish).where(Dish.name == dish)).one()
        place_meal(session, resident, chosen.menu, chosen, source=Source.STAFF, who="staff 1", now=town.now)
    town.settle()


def call_off(town, name):
    with town.database.begin() as session:
        meal = session.scalars(select(HelpRequest).join(Resident).where(Resident.name == name)).one()
        cancel(session, meal, who="staff 1", now=town.now)
    town.settle()


def until(town, hour, minute=0):
    """It becomes that time of this day."""
    with town.database.read() as session:
        local = session.scalars(select(Menu)).first().community.local(town.now)
    town.wait(minutes=(local.replace(hour=hour, minute=minute) - local) / timedelta(minutes=1))


def orders(town, **dishes):
    town.menu("Soup", ("Fish", "fish"))
    phones = iter((ROSE, KARL, ANNA))
    for name, dish in dishes.items():
        town.resident(name, next(phones), diet="no nuts" if name == "Anna" else "")
        order(town, name, dish)


def counts(town):
    return [[tuple(line) for line in row.lines] for row in town.rows(KitchenCount)]


def test_the_kitchen_is_texted_what_to_cook_and_for_how_many_otherwise(town):
    cook = town.kitchen("Hall", COOK)
    orders(town, Rose="Soup", Karl="Soup", Anna="Fish")
    assert cook.inbox == []
    until(town, 10, 1)
    assert cook.inbox == [
        "Linli: Lunch today, portions to cook: 3. Soup: 2. Fish: 1. (Fish, no nuts: 1) Text 1 when you have it."
    ]
    assert counts(town) == [[("1", "Soup", "", 2), ("2", "Fish", "no nuts", 1)]]
    assert "noted" in cook.text("ok")
    assert town.rows(KitchenCount)[0].heard_at is not None


def test_what_changes_after_the_cut_off_is_told_together_and_only_what_changed(town):
    cook = town.kitchen("Hall", COOK)
    orders(town, Rose="Soup", Karl="Soup", Anna="Fish")
    until(town, 10, 1)
    call_off(town, "Anna")
    town.resident("Lee", LEE)
    order(town, "Lee", "Soup")
    assert len(cook.inbox) == 1, "more may change in a moment"
    town.wait(minutes=4)
    assert cook.inbox[1] == (
        "Linli: CHANGE lunch today, portions to cook: 3 (before: 3). Soup: 3 (before: 2). Fish: 0 (before: 1). (Fish, no nuts: 0)"
        " Text 1 when you have it."
    )
    town.wait(minutes=30)
    assert len(cook.inbox) == 2, "nothing has changed since"


def test_what_is_called_off_too_late_is_cooked_and_the_kitchen_is_left_in_peace(town):
    cook = town.kitchen("Hall", COOK)
    orders(town, Rose="Soup", Karl="Soup")
    until(town, 11, 5)
    call_off(town, "Rose")
    town.wait(minutes=10)
    assert len(cook.inbox) == 1
    with town.database.read() as session:
        menu = session.scalars(select(Menu)).one()
        assert [line.portions for lines in count(session, menu).values() for line in lines] == [2]


def test_nobody_is_cooked_for_who_is_away_or_has_died(town):
    cook = town.kitchen("Hall", COOK)
    orders(town, Rose="Soup", Karl="Soup", Anna="Fish")
    with town.database.begin() as session:
        people = {one.name: one for one in session.scalars(select(Resident))}
        today = people["Karl"].community.local(town.now).date()
        for name, kind in (("Karl", AbsenceKind.AWAY), ("Anna", AbsenceKind.DECEASED)):
            set_absence(session, people[name], kind=kind, from_date=today, until_date=None, who="staff 1", now=town.now)
    until(town, 10, 1)
    assert cook.inbox[-1].startswith("Linli: Lunch today, portions to cook: 1. Soup: 1. Text 1")


def test_a_kitchen_with_a_landline_is_rung_until_somebody_says_that_they_have_it(town):
    cook = town.kitchen("Hall", MEI)
    orders(town, Rose="Soup", Karl="Soup")
    until(town, 10)
    cook.rings()
    heard = cook.answer()
    assert "Portions to cook: 2" in heard
    assert "Soup: 2" in heard
    assert "noted that you have it" in cook.press("1")
    assert town.rows(KitchenCount)[0].heard_at is not None
    call_off(town, "Karl")
    town.wait(minutes=2.9)
    cook.rings()
    assert "has changed. Portions to cook now: 1, before: 2" in cook.answer()


def test_a_change_is_told_with_everything_to_whoever_has_not_heard_the_count(town):
    cook = town.kitchen("Hall", MEI)
    orders(town, Rose="Soup", Karl="Soup")
    until(town, 10, 1)
    call_off(town, "Karl")
    town.wait(minutes=2.9)
    cook.rings()
    assert "Portions to cook: 1" in cook.answer()
    cook.press("1")
    town.wait(minutes=20)
    rung = [call for call in town.rows(Call, phone=MEI, direction="outbound") if call.call_sid]
    assert len(rung) == 2, "the count that is not true any more rings nobody"


def test_a_kitchen_that_nobody_reaches_is_an_alarm_until_it_has_the_count(town):
    dora, cook = town.staff("Dora", DUTY), town.kitchen("Hall", MEI)
    orders(town, Rose="Soup")
    until(town, 10, 1)
    town.wait(minutes=59)
    assert [(alert.kind, alert.about) for alert in town.alerts if alert.kind != "nobody_found"] == [
        ("unreached", "kitchen 1")
    ]
    assert any("We could not reach Hall" in text for text in dora.inbox)
    heard = cook.dial()
    assert "Portions to cook: 1" in heard
    cook.press("1")
    assert [alert.kind for alert in town.alerts] == ["nobody_found"]


def test_each_of_two_kitchens_is_told_its_own(town):
    orders(town, Rose="Soup", Karl="Fish", Anna="Fish")
    hall, school = town.kitchen("Hall", COOK), town.kitchen("School", SAM, cooks=["Fish"])
    until(town, 10, 1)
    assert "cook: 1. Soup: 1." in hall.inbox[-1]
    assert "cook: 2. Fish: 2." in school.inbox[-1]
    school.text("1")
    assert [row.heard_at is not None for row in town.rows(KitchenCount)] == [False, True]


def test_what_a_kitchen_writes_besides_is_read_by_a_person(town):
    town.staff("Dora", DUTY)
    cook = town.kitchen("Hall", COOK)
    orders(town, Rose="Soup")
    assert "nothing for you to cook" in cook.text("1")
    assert "nothing for you to cook" in cook.dial()
    assert "person will read" in cook.text("The oven is broken")
    assert [m.body for m in town.messages if m.needs_reading] == ["The oven is broken"]


def test_a_kitchen_on_paper_is_told_nothing_and_its_count_is_kept(town):
    orders(town, Rose="Soup")
    until(town, 10, 1)
    assert counts(town) == [[("1", "Soup", "", 1)]]
    assert not [m for m in town.messages if m.cause.startswith("kitchen")]


def test_a_spare_is_one_move_and_what_was_lost_is_counted_and_not_paid_for(town):
    cook, dora = town.kitchen("Hall", COOK), town.staff("Dora", DUTY)
    sam, lee = town.volunteer("Sam Lee", SAM), town.volunteer("Lee Ann", LEE)
    orders(town, Rose="Soup")
    until(town, 10, 1)
    cook.text("1")
    sam.text("1")
    until(town, 12, 31)
    assert "late" in [alert.kind for alert in town.alerts], "the time is over, and nobody has said a word"
    with town.database.begin() as session:
        meal = session.scalars(select(HelpRequest)).one()
        meal.note = "no salt"
        send_again(session, meal, who="staff 1", now=town.now)
    town.wait(minutes=4)
    assert any("sent again" in text for text in town.telephone(ROSE).inbox)
    assert any("do not go to Rose" in text for text in sam.inbox)
    assert "portions to cook: 2 (before: 1)" in cook.inbox[-1]
    lee.text("1")
    lee.text("3")
    with town.database.read() as session:
        meals = session.scalars(select(HelpRequest).order_by(HelpRequest.id)).all()
        assert [fate_of(meal) for meal in meals] == [Fate.LOST, Fate.DELIVERED]
        assert [is_cooked(meal) for meal in meals] == [True, True]
        assert meals[1].note == "no salt", "it is cooked as the first one was"
    assert [alert.kind for alert in town.alerts] == []
    assert dora.inbox


def test_who_is_too_late_can_have_a_person_ask_the_kitchen(town):
    cook, dora = town.kitchen("Hall", COOK), town.staff("Dora", DUTY)
    town.menu("Soup")
    town.menu("Stew", days=1)
    rose = town.resident("Rose Miller", ROSE)
    until(town, 10, 20)
    rose.dial()
    rose.silence()
    heard = rose.press("1")
    assert "could be ordered until 10 AM" in heard
    assert "For a late lunch today, press 6" in heard
    heard = rose.press("6")
    assert "A person will ask the kitchen" in heard
    rose.hang_up()
    assert [(one.why, one.details["menu_id"]) for one in town.callbacks] == [("late_order", 1)]
    order(town, "Rose Miller", "Soup")
    town.wait(minutes=4)
    assert "portions to cook: 1" in cook.inbox[-1]
    rose.dial()
    rose.silence()
    assert "could be ordered until" not in rose.press("1"), "she has it"
    assert dora
