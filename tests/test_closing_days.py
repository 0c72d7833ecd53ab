"""Days on which nothing is cooked: nothing is ordered, nobody hears of it, and whoever had ordered is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, Event
from time import sleep

import pytest
import sqlalchemy as sa
from town import KARL, MEI, ROSE, SAM

from dispatch.closing import close_day, open_day, ordered_for
from dispatch.gaps import meals_running_out
from dispatch.ordering import place_meal
from dispatch.working import reopen
from models.errors import Refusal
from models.kitchens import ClosingDay
from models.menus import Dish, Menu
from models.places import Community, Meal
from models.requests import HelpRequest, Source

pytestmark = pytest.mark.both_databases


def today(town):
    return town.now.date()


def close(town, *, days=0):
    """Staff enter a closing day; how many orders were called off."""
    with town.database.begin() as session:
        community = session.get_one(Community, town.community_id)
        day = today(town) + timedelta(days=days)
        called_off = close_day(session, community, day, why="", who="staff 1", now=town.now)
    town.settle()
    return called_off


def take_back(town):
    """And take all of them back."""
    with town.database.begin() as session:
        for row in session.scalars(sa.select(ClosingDay)):
            open_day(session, row, session.get_one(Community, town.community_id), who="staff 1", now=town.now)


def states(town):
    with town.database.read() as session:
        return [str(row.state) for row in session.scalars(sa.select(HelpRequest).order_by(HelpRequest.id))]


def test_of_a_closed_day_a_caller_hears_nothing_and_orders_for_the_next(town, rose):
    town.menu("Soup")
    town.menu("Noodles", days=1)
    close(town)
    heard = rose.dial()
    assert "Soup" not in heard
    assert "tomorrow: Noodles" in heard
    rose.press("1")
    with town.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).one().dish.name == "Noodles"


def test_after_the_cutoff_of_a_closed_day_nobody_is_told_that_she_is_too_late(town, rose):
    town.menu("Soup")
    town.menu("Noodles", days=1)
    town.menu("Fish", days=2)
    close(town)
    town.wait(hours=2)
    rose.dial()
    rose.silence()
    assert "could be ordered until" not in rose.press("1")


def test_a_long_holiday_hides_nothing_that_comes_after_it(town, rose):
    for day in range(7):
        town.menu("Soup" if day < 6 else "Goose", days=day)
        town.menu("Soup" if day < 6 else "Goose", meal="dinner", days=day)
    for day in range(6):
        close(town, days=day)
    assert "Goose" in rose.dial()


def test_what_was_ordered_is_called_off_and_each_is_told_once_as_her_telephone_allows(town, rose):
    town.menu("Soup", days=1)
    town.menu("Stew", meal="dinner", days=1)
    mei = town.resident("Mei Lin", MEI, language="en")
    with town.database.begin() as session:
        for menu in session.scalars(sa.select(Menu)).all():
            for phone in (ROSE, MEI):
                resident = session.scalars(
                    sa.text("select id from residents where phone = :p").bindparams(p=phone)
                ).one()
                who = session.get_one(HelpRequest.resident.property.mapper.class_, resident)
                place_meal(session, who, menu, menu.dishes[0], source=Source.STAFF, who="staff 1", now=town.now)
    assert close(town, days=1) == 4
    assert states(town) == ["cancelled"] * 4
    (told,) = rose.inbox
    assert "The kitchen is closed tomorrow" in told
    assert "Soup" in told
    assert "Stew" in told
    assert mei.rings()
    mei.answer()
    assert "The kitchen is closed tomorrow" in mei.heard
    assert mei.inbox == []
    with town.database.read() as session:
        assert len(session.scalars(sa.select(Menu)).all()) == 2, "nothing is deleted"


def test_whoever_is_on_the_way_is_told_not_to_go(town, rose):
    town.menu("Soup")
    sam = town.volunteer("Sam Lee", SAM)
    rose.text("1")
    town.close_meals(1)
    town.wait(minutes=2)
    sam.text("1")
    before = len(sam.inbox)
    assert close(town) == 1
    assert len(sam.inbox) == before + 1
    assert states(town) == ["cancelled"]


def test_entering_a_day_twice_is_once(town, rose):
    town.menu("Soup")
    rose.text("1")
    assert close(town) == 1
    with pytest.raises(Refusal, match="closed_already"):
        close(town)
    with town.database.read() as session:
        assert len(session.scalars(sa.select(ClosingDay)).all()) == 1


@pytest.mark.parametrize("has_menu", [False, True])
def test_of_two_who_enter_a_day_at_once_the_second_is_told_that_it_is_entered(town, has_menu):
    if has_menu:
        town.menu("Soup")
    is_entered, may_end = Event(), Event()

    def enter(first):
        with town.database.begin() as session:
            community = session.get_one(Community, town.community_id)
            close_day(session, community, today(town), why="", who="staff 1", now=town.now)
            if first:
                is_entered.set()
                may_end.wait(10)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(enter, True)
        is_entered.wait(10)
        other = pool.submit(enter, False)
        sleep(0.3)  # the second is under way, and waits
        may_end.set()
        one.result()
        with pytest.raises(Refusal, match="closed_already"):
            other.result()
    assert len(town.rows(ClosingDay)) == 1


def test_not_even_staff_order_for_a_closed_day(town, rose):
    town.menu("Soup")
    order = None
    rose.text("1")
    close(town)
    with town.database.begin() as session:
        dish = session.scalars(sa.select(Dish)).one()
        order = session.scalars(sa.select(HelpRequest)).one()
        with pytest.raises(Refusal, match="not_cooked"):
            place_meal(session, order.resident, dish.menu, dish, source=Source.STAFF, who="staff 1", now=town.now)
        with pytest.raises(Refusal, match="not_cooked"):
            reopen(session, order, who="staff 1", now=town.now)


def test_a_day_that_is_taken_back_is_ordered_again_and_standing_orders_come(town, rose):
    town.menu("Soup")
    town.resident("Karl", KARL)
    town.standing_order("Karl")
    close(town)
    town.wait(minutes=2)
    assert states(town) == [], "standing orders rest"
    take_back(town)
    town.wait(minutes=1)
    assert states(town) == ["pooled"]
    assert "Soup" in rose.dial()


def test_a_closed_day_comes_to_its_end_without_orders_and_without_alarm(town, rose):
    town.menu("Soup")
    town.standing_order("Rose Miller")
    close(town)
    town.wait(hours=8)
    assert states(town) == []
    assert town.telephone(ROSE).inbox == []


def test_who_suits_no_dish_is_not_asked_to_choose_for_a_closed_day_that_a_machine_was_off_for(town, rose):
    karl = town.resident("Karl", KARL, diet="no nuts")
    town.menu(("Nut soup", "nuts"))
    town.standing_order("Karl")
    close(town)
    town.close_meals(1)
    assert karl.inbox == []
    assert [menu.is_planned_for for menu in town.rows(Menu)] == [False], "it may be taken back"


def test_on_a_weekday_without_the_meal_nothing_is_ordered(town, rose):
    town.menu("Soup")
    town.menu("Noodles", days=1)
    town.standing_order("Rose Miller")
    with town.database.begin() as session:
        for meal in session.scalars(sa.select(Meal)):
            meal.days = ["tue", "wed"]
    town.wait(minutes=2)
    with town.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).all() == []
    assert "tomorrow: Noodles" in rose.dial()


def test_an_order_and_a_closing_day_in_the_same_instant_leave_no_order_on_a_closed_day(town):
    town.menu("Soup")
    phones = [f"+1212555{300 + n:04d}" for n in range(6)]
    for phone in phones:
        town.resident(f"R{phone[-2:]}", phone)
    gate = Barrier(len(phones) + 1)

    def order(at):
        gate.wait()
        try:
            with town.database.begin() as session:
                dish = session.scalars(sa.select(Dish)).one()
                community = session.get_one(Community, town.community_id)
                from models.people import Resident

                resident = session.scalars(sa.select(Resident).where(Resident.phone == phones[at])).one()
                assert community is not None
                place_meal(
                    session, resident, dish.menu, dish, source=Source.VOICE, who=f"resident {resident.id}", now=town.now
                )
        except Refusal as refusal:
            return refusal.reason
        return "ordered"

    def shut():
        gate.wait()
        return close(town)

    with ThreadPoolExecutor(len(phones) + 1) as pool:
        closing = pool.submit(shut)
        said = list(pool.map(order, range(len(phones))))
        called_off = closing.result()
    assert states(town) == ["cancelled"] * called_off
    assert sum(one == "ordered" for one in said) == called_off
    assert all(one in ("ordered", "not_cooked") for one in said)
    with town.database.read() as session:
        community = session.get_one(Community, town.community_id)
        assert ordered_for(session, community, date(2026, 11, 23)) == []


def test_a_holiday_is_no_menu_that_somebody_forgot(town):
    town.menu("Soup")
    town.wait(hours=8)

    def running_out():
        with town.database.read() as session:
            community = session.get_one(Community, town.community_id)
            return [meal.code for meal in meals_running_out(session, community, now=town.now)]

    assert running_out() == ["lunch"]
    for day in range(4):
        close(town, days=day)
    assert running_out() == []
