"""Who wishes for a meal after its cut-off: staff ask the kitchen, answer on the card by one press, and she is told."""

import pytest
import sqlalchemy as sa
from board_town import build_town
from town import ANNA, DUTY, KARL, MEI, ROSE, SAM

from dispatch.alarms import open_callback
from dispatch.late_wishes import late_wish, none_is_left, one_is_left
from dispatch.working import cancel
from models.errors import Refusal
from models.menus import Dish
from models.people import Resident, Staff
from models.requests import HelpRequest
from models.tasks import Callback
from models.traffic import Message

COOK = "+12125550141"
both = pytest.mark.both_databases


@pytest.fixture
def cook(town):
    """Twenty past ten: lunch is counted, and the kitchen has said so."""
    town.staff("Dora", DUTY)
    cook = town.kitchen("Hall", COOK)
    town.menu("Soup", ("Fish", "fish"))
    town.menu("Stew", days=1)
    town.resident("Karl", KARL).text("1")
    town.wait(minutes=80)
    cook.text("1")
    return cook


def wish(who):
    """By telephone; nothing else is wanted."""
    who.dial()
    who.silence()
    who.press("1")
    heard = who.press("6")
    who.hang_up()
    return heard


def answer(town, *, is_left, dish=None):
    """Staff press one of the two on the only card."""
    with town.database.begin() as session:
        callback = session.scalars(sa.select(Callback).where(Callback.closed_at.is_(None))).one()
        staff = session.scalars(sa.select(Staff)).first()
        if not is_left:
            none_is_left(session, callback, staff=staff, now=town.now)
        else:
            hers = late_wish(session, callback, now=town.now)
            chosen = session.scalars(sa.select(Dish).where(Dish.name == dish)).one() if dish else hers.dish
            one_is_left(session, callback, chosen, staff=staff, now=town.now)
    town.settle()


def orders_of(town, name):
    with town.database.read() as session:
        rows = session.scalars(sa.select(HelpRequest).order_by(HelpRequest.id))
        return [(row.dish.name, str(row.state)) for row in rows if row.resident.name == name]


@both
def test_one_is_left_so_it_is_ordered_cooked_offered_and_told(town, cook):
    sam = town.volunteer("Sam Lee", SAM)
    rose = town.resident("Rose Miller", ROSE)
    assert "A person will ask the kitchen" in wish(rose)
    answer(town, is_left=True)
    assert orders_of(town, "Rose Miller") == [("Soup", "offered")]
    assert town.callbacks == []
    assert rose.inbox[-1].startswith("Linli: The kitchen has one left: ")
    assert "Soup" in rose.inbox[-1]
    assert "It is ordered for you, and comes today between 11 AM and 12:30 PM." in rose.inbox[-1]
    town.wait(minutes=4)
    assert "portions to cook: 2 (before: 1)" in cook.inbox[-1]
    assert any("Rose" in text for text in sam.inbox)


@both
def test_it_is_the_dish_that_suits_her_unless_she_asked_for_another(town, cook):
    anna = town.resident("Anna", ANNA, diet="no fish")
    wish(anna)
    answer(town, is_left=True, dish="Fish")
    assert orders_of(town, "Anna") == [("Fish", "stuck")]


@both
def test_nothing_is_left_so_she_is_told_and_nobody_need_ring(town, cook):
    mei = town.resident("Mei Lin", MEI)
    wish(mei)
    answer(town, is_left=False)
    assert orders_of(town, "Mei Lin") == []
    assert town.callbacks == []
    assert mei.rings()
    assert "The kitchen has no lunch left today. I am sorry." in mei.answer()


@both
def test_whoever_asked_for_her_is_told_as_well(town, cook):
    rose = town.resident("Rose Miller", ROSE, contact=("Ann", ANNA))
    ann = town.telephone(ANNA)
    wish(ann)
    answer(town, is_left=False)
    assert "no lunch left" in rose.inbox[-1]
    assert "For Rose: The kitchen has no lunch left" in ann.inbox[-1]


@both
def test_what_else_was_wanted_is_still_to_be_done(town, cook):
    rose = town.resident("Rose Miller", ROSE)
    wish(rose)
    rose.dial()
    rose.press("0")
    rose.hang_up()
    town.wait(minutes=1)
    before = town.callbacks[0]
    assert "also" in before.details, "somebody on duty was rung, and has not picked up"
    answer(town, is_left=False)
    (callback,) = town.callbacks
    assert (callback.why, "menu_id" in callback.details) == (before.details["also"], False)


@both
def test_the_second_press_is_told_that_it_is_settled(town, cook):
    rose = town.resident("Rose Miller", ROSE)
    wish(rose)
    (callback,) = town.callbacks
    answer(town, is_left=True)
    with town.database.begin() as session:
        again, staff = session.get_one(Callback, callback.id), session.scalars(sa.select(Staff)).first()
        with pytest.raises(Refusal, match="too_late"):
            none_is_left(session, again, staff=staff, now=town.now)
    assert len(orders_of(town, "Rose Miller")) == 1


@both
def test_who_has_called_it_off_meanwhile_is_not_told_that_it_comes(town, cook):
    rose = town.resident("Rose Miller", ROSE)
    wish(rose)
    with town.database.begin() as session:
        callback, staff = session.scalars(sa.select(Callback)).one(), session.scalars(sa.select(Staff)).first()
        dish = late_wish(session, callback, now=town.now).dish
        order = one_is_left(session, callback, dish, staff=staff, now=town.now)
        cancel(session, order, who="staff 1", now=town.now, is_told=False)
    town.settle()
    assert not any("one left" in text for text in rose.inbox)


# ---- the card


@pytest.fixture
def board(tmp_path):
    """Two small communities; it is past the cut-off of lunch, and Rose wishes for one."""
    town = build_town(tmp_path)
    town.wait(hours=1, minutes=20)
    details = {"menu_id": town.ids["lunch"]}
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        town.ids["wish"] = open_callback(
            session, rose.community, phone=rose.phone, why="late_order", now=town.now, resident=rose, details=details
        ).id
    return town


def test_yes_on_the_card_orders_what_is_chosen_there(board):
    chen = board.browser()
    page = chen.see("/")
    assert "Yes, one is left: order it" in page
    dish = page.split('name="dish"')[1].split(" selected")[0].split('value="')[-1].split('"')[0]
    page = chen.press(f"/callbacks/{board.ids['wish']}/left", dish=dish)
    assert "Ordered for" in page
    assert "Yes, one is left" not in page
    with board.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).one().dish_id == int(dish)
        assert session.scalars(sa.select(Message.cause).where(Message.cause == "late_yes")).all() == ["late_yes"]
    assert board.row(Callback, board.ids["wish"]).details["closed_why"] == "late_yes"
    chen.press(f"/callbacks/{board.ids['wish']}/left", 409, dish=dish)


def test_no_on_the_card_tells_her_and_closes_it(board):
    chen = board.browser(language="zh-CN")
    assert "没有了" in chen.see("/")
    assert "会告诉" in chen.press(f"/callbacks/{board.ids['wish']}/nothing-left")
    with board.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).all() == []
        assert session.scalars(sa.select(Message.cause)).all() == ["late_no"]
    assert board.row(Callback, board.ids["wish"]).closed_at is not None


def test_a_dish_of_another_menu_is_none_and_after_lunch_there_is_nothing_to_press(board):
    chen = board.browser()
    with board.database.read() as session:
        other = session.scalars(sa.select(Dish.id).where(Dish.menu_id != board.ids["lunch"])).first()
    chen.see("/")
    chen.press(f"/callbacks/{board.ids['wish']}/left", 404 if other is None else 409, dish=str(other or 999))
    board.wait(hours=3)
    assert "Yes, one is left" not in chen.see("/")
    assert "Wants a meal after the cut-off" in chen.page
