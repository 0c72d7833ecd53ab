"""What can be cooked is not sold twice: limits of a dish and of a kitchen, told while ordering and kept by the clock."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from campaigns.signed_posts import ACCOUNT, post
from town import ANNA, KARL, LINE, ROSE

from dispatch.limits import note_what_is_full
from dispatch.ordering import change_order, place_meal
from dispatch.working import cancel, reopen
from models.errors import Refusal
from models.kitchens import Kitchen
from models.menus import Dish, Menu, StandingOrder
from models.people import Resident
from models.requests import HelpRequest, Source

pytestmark = pytest.mark.both_databases


def limit(town, **most):
    """So many portions of these dishes (by name, _ for a space) can be cooked."""
    with town.database.begin() as session:
        for dish in session.scalars(sa.select(Dish)):
            dish.portions_max = most.get(dish.name.replace(" ", "_"), dish.portions_max)


def full(town):
    """The names of the dishes that are full."""
    with town.database.read() as session:
        return sorted(session.scalars(sa.select(Dish.name).where(Dish.full_at.is_not(None))))


def ordered(town):
    """Who has what."""
    with town.database.read() as session:
        rows = session.scalars(sa.select(HelpRequest).where(HelpRequest.closed_at.is_(None)).order_by(HelpRequest.id))
        return [(row.resident.given_name, row.dish.name, row.portions) for row in rows]


def by_staff(town, name, dish, *, portions=1):
    """What staff do by hand."""
    with town.database.begin() as session:
        resident = session.scalars(sa.select(Resident).where(Resident.name == name)).one()
        row = session.scalars(sa.select(Dish).where(Dish.name == dish)).one()
        return place_meal(
            session, resident, row.menu, row, portions=portions, source=Source.STAFF, who="staff 1", now=town.now
        ).id


@pytest.fixture
def rose(town):
    town.menu("Soup", "Noodles")
    town.resident("Karl", KARL)
    return town.resident("Rose", ROSE)


def test_the_last_portion_is_said_to_be_the_last_and_another_is_offered(town, rose):
    limit(town, Soup=1)
    rose.dial()
    rose.press("1")
    assert (ordered(town), full(town)) == ([("Rose", "Soup", 1)], ["Soup"])
    karl = town.telephone(KARL)
    assert "Noodles. To order it, press 1" in karl.dial(), "one key orders what there is"
    karl.silence()
    assert "Soup is sold out" in karl.press("1")
    karl.press("2")
    karl.press("1")
    assert ordered(town)[1:] == [("Karl", "Noodles", 1)]


def test_what_is_called_off_can_be_had_again(town, rose):
    limit(town, Soup=1)
    rose.text("1")
    assert full(town) == ["Soup"]
    assert "call off" in rose.text("no lunch").lower()
    rose.text("1")
    assert (ordered(town), full(town)) == ([], [])
    assert "Soup" in town.telephone(KARL).text("1")
    assert full(town) == ["Soup"]


def test_of_two_that_are_left_nobody_gets_three(town, rose):
    limit(town, Soup=2)
    said = rose.text("3 lunches")
    assert "3 times Soup" in said or "3" in said
    said = rose.text("1")
    assert "only 2 left" in said
    assert ordered(town) == []


def test_one_more_portion_needs_room(town, rose):
    limit(town, Soup=2)
    rose.text("1")
    with town.database.begin() as session:
        session.scalars(sa.select(Dish).where(Dish.name == "Soup")).one().portions_max = 1
    rose.dial()
    rose.press("1")
    assert "sold out" in rose.press("3")
    assert ordered(town) == [("Rose", "Soup", 1)]


def test_whoever_changes_to_another_dish_leaves_room_and_takes_it(town, rose):
    limit(town, Soup=1, Noodles=1)
    rose.text("1")
    with town.database.begin() as session:
        request = session.scalars(sa.select(HelpRequest)).one()
        noodles = session.scalars(sa.select(Dish).where(Dish.name == "Noodles")).one()
        change_order(session, request, noodles, who="resident 1", now=town.now)
    assert full(town) == ["Noodles"]
    by_staff(town, "Karl", "Soup")
    assert full(town) == ["Noodles", "Soup"]
    with town.database.begin() as session:
        request = session.scalars(sa.select(HelpRequest)).first()
        soup = session.scalars(sa.select(Dish).where(Dish.name == "Soup")).one()
        with pytest.raises(Refusal, match="sold_out"):
            change_order(session, request, soup, who="resident 1", now=town.now)
        change_order(session, request, soup, who="staff 1", now=town.now)
    assert full(town) == ["Soup"]


def test_staff_order_by_hand_what_is_full(town, rose):
    limit(town, Soup=1)
    rose.text("1")
    by_staff(town, "Karl", "Soup", portions=2)
    assert ordered(town) == [("Rose", "Soup", 1), ("Karl", "Soup", 2)]
    rose.text("no lunch")
    rose.text("1")
    assert full(town) == ["Soup"], "two of one are still ordered"


def test_a_kitchen_can_cook_so_many_of_all_its_dishes_together(town, rose):
    with town.database.begin() as session:
        first = session.scalars(sa.select(Kitchen)).one()
        first.portions_max = 2
        other = Kitchen(community_id=first.community_id, name="Bakery", language="en")
        session.add(other)
        session.flush()
        menu = session.scalars(sa.select(Menu)).one()
        menu.dishes.append(Dish(key="3", name="Bread", kitchen_id=other.id))
    rose.text("1")
    assert full(town) == []
    by_staff(town, "Karl", "Noodles")
    assert full(town) == ["Noodles", "Soup"], "the other kitchen has no limit"
    rose.text("no lunch")
    rose.text("1")
    assert full(town) == []


def test_being_away_leaves_room_and_being_put_right_takes_it(town, rose):
    limit(town, Soup=1)
    order = by_staff(town, "Rose", "Soup")
    with town.database.begin() as session:
        cancel(session, session.get_one(HelpRequest, order), who="staff 1", now=town.now, is_told=False)
    assert full(town) == []
    with town.database.begin() as session:
        reopen(session, session.get_one(HelpRequest, order), who="staff 1", now=town.now)
    assert full(town) == ["Soup"]


def test_standing_orders_keep_to_the_limit(town, rose):
    town.resident("Anna", ANNA)
    limit(town, Soup=1, Noodles=1)
    for name in ("Rose", "Karl", "Anna"):
        town.standing_order(name, dish="Soup")
    town.wait(minutes=2)
    assert ordered(town) == [("Rose", "Soup", 1), ("Karl", "Noodles", 1)]
    (told,) = town.telephone(ANNA).inbox
    assert "nothing on the menu suits you as usual" in told
    assert town.telephone(ROSE).inbox == town.telephone(KARL).inbox == []


def test_a_standing_order_for_two_takes_what_there_are_two_of(town, rose):
    limit(town, Soup=1)
    town.standing_order("Rose", dish="Soup")
    with town.database.begin() as session:
        session.scalars(sa.select(StandingOrder)).one().portions = 2
    town.wait(minutes=2)
    assert ordered(town) == [("Rose", "Noodles", 2)]


def test_to_leave_out_a_day_needs_no_room(town, rose):
    town.standing_order("Rose")
    with town.database.begin() as session:
        session.scalars(sa.select(Menu)).one().is_planned_for = True
    limit(town, Soup=1, Noodles=1)
    by_staff(town, "Karl", "Soup", portions=1)
    limit(town, Noodles=0)
    with town.database.begin() as session:
        note_what_is_full(session, session.scalars(sa.select(Menu)).one(), now=town.now)
    assert "left out" in (rose.text("no lunch today") + rose.text("1"))
    assert ordered(town) == [("Karl", "Soup", 1)]


def order_at_once(town, numbers):
    """Everybody presses 1 in the same instant; what each was answered."""
    gate = threading.Barrier(len(numbers))

    def say(number, path, sid, what):
        posted = [("CallSid", sid), ("AccountSid", ACCOUNT), ("From", number), ("To", LINE), what]
        return post(town.app, path, posted).body

    def press(at, number):
        gate.wait()
        return say(number, "/voice/turn/1", f"CA{at:032x}", ("Digits", "1"))

    for at, number in enumerate(numbers):
        say(number, "/voice", f"CA{at:032x}", ("CallStatus", "ringing"))
    with ThreadPoolExecutor(len(numbers)) as pool:
        return list(pool.map(press, range(len(numbers)), numbers))


@pytest.mark.parametrize("of", ["dish", "kitchen"])
def test_of_all_who_order_the_last_portion_in_the_same_instant_one_gets_it(town, of):
    numbers = [f"+1212555{200 + n:04d}" for n in range(5)]
    for number in numbers:
        town.resident(f"Resident {number[-3:]}", number)
    town.menu("Soup")
    with town.database.begin() as session:
        session.scalars(sa.select(Dish if of == "dish" else Kitchen)).one().portions_max = 1
    said = order_at_once(town, numbers)
    assert len(ordered(town)) == 1
    assert full(town) == ["Soup"]
    assert sum("Ordered: Soup" in words for words in said) == 1
    # On a machine that is very busy one may hear that a person rings back; nobody hears that she has it.
    assert any("sold out" in words for words in said)
