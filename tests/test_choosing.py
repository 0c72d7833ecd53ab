"""Whose standing order finds nothing that suits is told once, while she can still choose; and nobody else is told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from town import ANNA, KARL, MEI, ROSE

from models.kitchens import ClosingDay
from models.menus import Dish, Menu
from models.numbers import Phone
from models.people import Absence, AbsenceKind, Resident
from models.requests import HelpRequest
from models.traffic import Delivery, Message

pytestmark = pytest.mark.both_databases
TOLD = "nothing on the menu suits you as usual"


@pytest.fixture
def rose(town):
    """She must not eat peanuts, and has lunch every day."""
    rose = town.resident("Rose Miller", ROSE, diet="no peanuts; diabetes")
    town.standing_order("Rose Miller")
    return rose


def peanuts(town, *, days=0, meal="lunch"):
    """Nothing for her."""
    return town.menu(("Peanut soup", "peanuts"), ("Satay", "peanuts"), days=days, meal=meal)


def test_she_is_told_once_that_nothing_suits_and_chooses(town, rose):
    peanuts(town)
    town.wait(minutes=30)
    (told,) = rose.inbox
    assert TOLD in told
    assert "peanut" not in told.lower()
    assert "diabetes" not in told.lower(), "on a number alone no illness is named"
    assert "until today at 10 AM" in told
    assert "Satay" in rose.text("lunch today"), "what the text teaches leads to the dishes"
    rose.text("2")
    rose.text("1")
    with town.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).one().dish.name == "Satay"


def test_whose_usual_is_there_is_not_told(town, rose):
    town.menu(("Satay", "peanuts"), "Porridge")
    town.wait(minutes=30)
    assert rose.inbox == []


def test_a_landline_is_rung(town):
    mei = town.resident("Mei Lin", MEI, diet="no peanuts", language="en")
    town.standing_order("Mei Lin")
    peanuts(town)
    assert mei.rings()
    assert "suits you as usual" in mei.answer()


def test_nobody_is_told_in_quiet_hours_nor_after_the_cutoff(found_town):
    at_night = found_town()
    at_night.resident("Rose Miller", ROSE, diet="no peanuts")
    at_night.standing_order("Rose Miller")
    peanuts(at_night, days=1)
    at_night.clock.shown += timedelta(hours=13)  # ten in the evening
    at_night.wait(hours=9)
    assert at_night.telephone(ROSE).inbox == []
    at_night.wait(hours=2)
    assert TOLD in at_night.telephone(ROSE).inbox[0]


def test_who_chose_meanwhile_is_not_told(town, rose):
    peanuts(town, days=1)
    town.clock.shown += timedelta(hours=13)
    town.wait(minutes=2)
    assert "Satay" in rose.text("lunch tomorrow")
    rose.text("2")
    rose.text("1")
    town.wait(hours=12)
    assert not any(TOLD in text for text in rose.inbox)


def test_a_machine_that_was_off_until_after_the_cutoff_tells_nobody(town, rose):
    peanuts(town)
    town.clock.shown += timedelta(hours=1, minutes=5)
    town.wait(minutes=5)
    assert rose.inbox == []


def test_the_absent_who_decided_and_who_is_not_enrolled_are_not_told(town, rose):
    for name, phone in (("Karl", KARL), ("Anna", ANNA)):
        town.resident(name, phone, diet="no peanuts", enrolled=name != "Anna")
        town.standing_order(name)
    menu = peanuts(town)
    with town.database.begin() as session:
        her = session.scalars(sa.select(Resident).where(Resident.name == "Rose Miller")).one()
        her.absences.append(
            Absence(kind=AbsenceKind.AWAY, from_date=town.now.date(), until_date=None, entered_at=town.now)
        )
        session.get_one(Menu, menu).is_planned_for = True
    town.telephone(KARL).text("lunch today")
    town.telephone(KARL).text("1")
    town.telephone(KARL).text("1")
    before = [len(town.telephone(phone).inbox) for phone in (ROSE, KARL, ANNA)]
    with town.database.begin() as session:
        session.get_one(Menu, menu).is_planned_for = False
    town.wait(minutes=30)
    assert [len(town.telephone(phone).inbox) for phone in (ROSE, KARL, ANNA)] == before


def test_whoever_wants_no_texts_gets_none_and_staff_can_see_it(town, rose):
    with town.database.begin() as session:
        community = session.scalars(sa.select(Resident.community_id)).first()
        session.add(Phone(community_id=community, number=ROSE, opted_out_at=town.now))
    peanuts(town)
    town.wait(minutes=30)
    assert rose.inbox == []
    with town.database.read() as session:
        row = session.scalars(sa.select(Message).where(Message.cause == "choose_yourself")).one()
        assert (row.state, row.error_code) == (Delivery.CANCELLED, "opted_out")


def test_a_household_hears_whom_it_is_about(town, rose):
    town.resident("Otto Miller", ROSE)
    peanuts(town)
    town.wait(minutes=30)
    (told,) = rose.inbox
    assert "Rose" in told


def test_what_is_full_is_no_dish_for_her_either(town):
    rose = town.resident("Rose Miller", ROSE)
    town.standing_order("Rose Miller")
    town.menu("Soup")
    with town.database.begin() as session:
        session.scalars(sa.select(Dish)).one().sold_out_at = town.now
    town.wait(minutes=30)
    assert TOLD in rose.inbox[0]


def test_of_a_day_on_which_nothing_is_cooked_nobody_hears_though_staff_close_its_orders(town, rose):
    menu = peanuts(town)
    with town.database.begin() as session:
        day = session.get_one(Menu, menu).date
        session.add(ClosingDay(community_id=town.community_id, date=day))
    town.close_meals(menu)
    town.wait(minutes=30)
    assert rose.inbox == []
    assert town.requests == []
