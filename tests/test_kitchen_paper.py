"""The kitchen's page and paper: what is cooked, what has changed, labels, route sheets; who cooks is set on the board."""

import re
from datetime import timedelta

import pytest
from board_town import build_town
from sqlalchemy import select

from dispatch.working import cancel
from models.kitchens import Kitchen
from models.menus import Dish
from models.people import Resident
from models.requests import HelpRequest


@pytest.fixture
def town(tmp_path):
    return build_town(tmp_path)


@pytest.fixture
def chen(town):
    return town.browser("Chen Li")


def closed(town, chen):
    """Rose and another have lunch; the orders are closed and the kitchen is told."""
    for who in ("rose", "gao"):
        town.lunch(who)
    chen.see("/meals")
    chen.press(f"/meals/{town.ids['lunch']}/close")
    town.wait(minutes=1)


def test_what_changed_after_the_kitchen_was_told_is_marked_on_the_new_print(town, chen):
    closed(town, chen)
    page = chen.see(f"/meals/{town.ids['lunch']}")
    assert "Count 1, told" in page
    assert "before:" not in page
    with town.database.begin() as session:
        meal = session.scalars(select(HelpRequest).order_by(HelpRequest.id)).first()
        dish = meal.dish.name
        cancel(session, meal, who="staff 1", now=town.now)
    page = chen.see(f"/meals/{town.ids['lunch']}")
    assert "not told to the kitchen yet" in page
    assert "before: 2" in page
    town.wait(minutes=4)
    page = chen.see(f"/meals/{town.ids['lunch']}")
    assert "Count 2, told" in page
    assert "Marked: what has changed" in page
    row = re.search(rf'<tr class="changed">(?:(?!</tr>).)*{dish}.*?</tr>', page, re.DOTALL).group()
    assert "<b>1</b>" in row
    assert "before: 2" in row


def test_each_box_has_a_label_with_a_name_and_whoever_called_off_has_none(town, chen):
    closed(town, chen)
    labels = chen.see(f"/meals/{town.ids['lunch']}/labels")
    assert labels.count('class="label"') == 2
    with town.database.begin() as session:
        meal = session.scalars(select(HelpRequest).join(Resident).where(Resident.name == "Rose Miller")).one()
        meal.resident.diet = "no salt"
        meal.portions = 2
    labels = chen.see(f"/meals/{town.ids['lunch']}/labels")
    assert "1/2" in labels
    assert "2/2" in labels
    assert labels.count("no salt") == 2
    with town.database.begin() as session:
        # Long after the kitchen could cook less: it is cooked, and goes to nobody.
        meal = session.scalars(select(HelpRequest).join(Resident).where(Resident.name == "Rose Miller")).one()
        cancel(session, meal, who="staff 1", now=town.now + timedelta(hours=3))
    town.now += timedelta(hours=3)
    assert "Rose Miller" not in chen.see(f"/meals/{town.ids['lunch']}/labels")
    assert "<b>3</b>" in chen.see(f"/meals/{town.ids['lunch']}"), "two of hers, and one"


def test_each_round_has_a_sheet_with_every_door_and_what_to_fetch(town, chen):
    assert "No round has been made yet" in chen.see(f"/meals/{town.ids['lunch']}/rounds")
    closed(town, chen)
    page = chen.see(f"/meals/{town.ids['lunch']}/rounds")
    assert "Rose Miller" in page
    assert "To fetch" in page
    assert "Who goes" in page


def test_who_cooks_is_set_on_the_board_and_mistakes_are_said(town, chen):
    chen.see("/settings")
    chen.press("/kitchens/1", name="Hall", phone="010 5555 2000", language="zh-CN", address="Yard 1", place="39.9, 116.4",
               portions_max="200")  # fmt: skip
    hall = town.row(Kitchen, 1)
    assert (hall.name, hall.phone, hall.point, hall.portions_max) == ("Hall", "+861055552000", (39.9, 116.4), 200)
    chen.press("/kitchens", status=422, name="hall", phone="12", language="zh-CN", place="north", portions_max="x")
    for mistake in ("already a kitchen called hall", "Phone", "Portions at most"):
        assert mistake in chen.page
    chen.press("/kitchens/1/end", status=422)
    assert "only kitchen" in chen.page
    chen.see("/settings")
    chen.press("/kitchens", name="School", phone="", language="en", address="", place="", portions_max="")
    with town.database.begin() as session:
        dish = session.scalars(select(Dish)).first()
        dish.kitchen_id = 3
    chen.press("/kitchens/3/end")
    assert town.row(Kitchen, 3).ended_at is not None
    assert "School" not in chen.see("/settings/kitchens")


def test_what_became_of_the_meals_adds_up_and_leads_to_each_of_them(town, chen):
    assert "Nothing was ordered" in chen.see("/meals/figures?from=2026-11-01&until=2026-11-07")
    closed(town, chen)
    rose, gao = 1, 2
    chen.see(f"/requests/{rose}")
    chen.press(f"/requests/{rose}/finish")
    chen.see(f"/requests/{gao}")
    chen.press(f"/requests/{gao}/miss")
    chen.press(f"/requests/{gao}/fate", fate="thrown_away")
    page = chen.see("/meals/figures")
    total = re.search(r"<tfoot>.*?</tfoot>", page, re.DOTALL).group()
    numbers = [re.sub(r"<small>.*?</small>|<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", total)]
    #            ordered called off cooked delivered on time neighbour given wasted open not good
    assert numbers == ["2", "0", "2", "1", "1", "0", "0", "1", "0", "0"]
    assert f'href="/meals/{town.ids["lunch"]}"' in page
    assert "50 %" in total


def test_what_somebody_must_not_eat_is_told_to_the_kitchen_after_the_count_as_well(town, chen):
    closed(town, chen)
    page = chen.see(f"/residents/{town.ids['gao']}/edit")
    fields = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', page))
    zone = re.search(r'<option value="(\d+)" selected', page).group(1)
    chen.press(
        f"/residents/{town.ids['gao']}/edit", **{**fields, "zone": zone, "language": "zh-CN", "diet": "花生过敏"}
    )
    town.wait(minutes=4)
    page = chen.see(f"/meals/{town.ids['lunch']}")
    assert "Count 2, told" in page
    assert "花生过敏" in page
