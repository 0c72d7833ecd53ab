"""Menus, standing orders, and another dish for an order: what was for the import alone, on the board."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town, menu_form

from models.menus import Dish, Menu, StandingOrder
from models.requests import HelpRequest
from models.traffic import Call


@pytest.fixture
def town(tmp_path):
    """Two small communities."""
    return build_town(tmp_path)


@pytest.fixture
def dai(town):
    """A dispatcher at her board."""
    return town.browser("Dai Fen")


def dishes(town, menu_id):
    """What is on a menu, by key."""
    with town.database.read() as session:
        rows = session.scalars(sa.select(Dish).where(Dish.menu_id == menu_id).order_by(Dish.key))
        return {row.key: (row.name, row.contains, row.price_cents) for row in rows}


def test_a_menu_is_written_and_can_be_ordered(town, dai):
    page = dai.see("/meals")
    path = f"/menus/{town.ids['dinner meal']}/2026-11-23"
    assert path in page, "a day without a menu is offered"
    data = {**menu_form(dai.see(path)), "name_1": "Millet  porridge", "contains_1": "soft", "price_1": "8,50",
            "name_3": "Noodles"}  # fmt: skip
    dai.press(path, **data)
    assert "Millet porridge" in dai.page
    with town.database.read() as session:
        menu = session.scalars(sa.select(Menu).where(Menu.meal_id == town.ids["dinner meal"])).one()
    assert dishes(town, menu.id) == {"1": ("Millet porridge", "soft", 850), "3": ("Noodles", "", None)}
    assert "Noodles" in dai.see(f"/enter?resident={town.ids['rose']}")
    assert path in dai.see("/meals"), "and it can be changed from there"


def test_a_menu_is_copied_from_the_same_weekday_of_last_week(town, dai):
    path = f"/menus/{town.ids['lunch meal']}/2026-11-30"
    empty = dai.see(path)
    assert menu_form(empty)["name_1"] == ""
    copied = dai.see(f"{path}?copy=1")
    data = menu_form(copied)
    assert (data["name_2"], data["contains_2"]) == ("Kung Pao", "peanuts;spicy")
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Menu.date == date(2026, 11, 30))) == 0, "only shown"
    dai.press(path, **data)
    with town.database.read() as session:
        assert (
            session.scalars(sa.select(Menu).where(Menu.date == date(2026, 11, 30))).one().dishes[1].name == "Kung Pao"
        )


def test_a_dish_is_renamed_in_place_and_whoever_ordered_it_is_told(town, dai):
    order = town.lunch("gao", "2")
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    data = {**menu_form(dai.see(path)), "name_2": "Kung Pao without nuts", "contains_2": "spicy"}
    page = dai.press(path, **data)
    assert "1 portion is of another dish now. Whoever ordered it is told: 高慧敏" in page
    with town.database.read() as session:
        told = session.scalars(sa.select(Call).where(Call.cause == "other_dish")).one()  # hers is a landline
        said = dict(told.says)["other_dish"]  # the household hears for whom it is first
        assert (said["was"], said["dish"]) == ("Kung Pao", "Kung Pao without nuts")
        assert session.get_one(HelpRequest, order).dish.name == "Kung Pao without nuts"


def test_a_dish_with_open_orders_is_not_removed_and_one_without_is(town, dai):
    town.lunch("gao", "2")
    town.lunch("zhu", "2")
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    data = menu_form(dai.see(path))
    page = dai.press(path, 422, **{**data, "name_2": "", "contains_2": ""})
    assert "2 open orders have “Kung Pao”" in page
    assert len(dishes(town, town.ids["lunch"])) == 2
    dai.see(path)
    dai.press(path, **{**data, "name_1": "", "contains_1": ""})
    assert list(dishes(town, town.ids["lunch"])) == ["2"]


def test_a_dish_that_was_only_called_off_is_removed_and_the_order_remembers_it(town, dai):
    order = town.lunch("gao", "2")
    dai.see(f"/requests/{order}")
    dai.press(f"/requests/{order}/cancel")
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    data = menu_form(dai.see(path))
    dai.press(path, **{**data, "name_2": "", "contains_2": ""})
    assert list(dishes(town, town.ids["lunch"])) == ["1"]
    assert "Kung Pao" in dai.see(f"/requests/{order}")


def test_a_closed_menu_is_not_changed(town, dai):
    path = f"/menus/{town.ids['lunch meal']}/2026-11-23"
    data = menu_form(dai.see(path))
    town.wait(hours=1, minutes=1)
    assert "Orders are closed" in dai.see(path)
    assert 'class="menu-form"' not in dai.page
    dai.see("/meals")
    assert "Orders are closed" in dai.press(path, 422, **{**data, "name_1": "Something else"})
    assert dishes(town, town.ids["lunch"])["1"][0] == "冬瓜排骨汤"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name_1": "", "name_2": "", "contains_1": "", "contains_2": ""}, None),
        ({"name_2": "冬瓜排骨汤"}, "twice"),
        ({"price_1": "cheap"}, "write a sum"),
        ({"price_1": "NaN"}, "write a sum"),
        ({"name_2": "", "contains_2": "peanuts"}, "dish 2 has no name"),
    ],
)
def test_a_menu_that_cannot_be_is_refused_in_words(town, dai, changes, said):
    path = f"/menus/{town.ids['lunch meal']}/2026-11-24"
    data = {**menu_form(dai.see(path)), **changes}
    if said is None:
        dai.press(path, **data)
        assert dishes(town, town.ids["tomorrow"]) == {}, "nothing is cooked on that day"
        return
    assert said in dai.press(path, 422, **data)
    assert len(dishes(town, town.ids["tomorrow"])) == 2


def test_two_people_writing_one_menu_do_not_overwrite_each_other(town, dai):
    path = f"/menus/{town.ids['lunch meal']}/2026-11-24"
    data = menu_form(dai.see(path))
    dai.press(path, **{**data, "name_1": "Soup"})
    assert "Somebody else has changed" in dai.press(path, 422, **{**data, "name_1": "Stew"})
    assert dishes(town, town.ids["tomorrow"])["1"][0] == "Soup"


@pytest.mark.parametrize("day", ["2026-11-22", "2027-06-01", "9999-12-31", "0001-01-01", "soon", "2026-02-30"])
def test_a_day_that_is_past_or_far_away_has_no_menu_to_write(town, dai, day):
    dai.see(f"/menus/{town.ids['lunch meal']}/{day}", 404)


# ---- standing orders


def standing(town):
    """Every standing order that has not ended."""
    with town.database.read() as session:
        rows = session.scalars(sa.select(StandingOrder).where(StandingOrder.ended_at.is_(None))).all()
        return [(row.id, row.meal_id, list(row.days), row.dish, row.portions) for row in rows]


def test_a_standing_order_is_added_kept_and_ended(town, dai):
    page, lunch = f"/residents/{town.ids['rose']}", town.ids["lunch meal"]
    assert "No standing orders" in dai.see(page)
    dai.press(f"{page}/standing", meal=lunch, days=["mon", "wed"], dish="", portions="2")
    assert "Mon, Wed" in dai.page
    assert "the first that suits" in dai.page
    dai.press(f"{page}/standing", meal=lunch, days=["tue"], dish="Kung Pao", portions="1")
    assert "Kung Pao" in dai.page
    first, second = standing(town)
    assert first[1:] == (lunch, ["mon", "wed"], "", 2)
    dai.press(f"{page}/standing/{first[0]}/end")
    assert standing(town) == [second]
    dai.see(f"/residents/{town.ids['gao']}")
    dai.press(f"/residents/{town.ids['gao']}/standing/{second[0]}/end", 404)


def test_a_standing_order_is_placed_by_the_watch(town, dai):
    page = f"/residents/{town.ids['rose']}"
    dai.see(page)
    dai.press(f"{page}/standing", meal=town.ids["lunch meal"], dish="1", portions="1")
    assert "every day" in dai.page
    with town.database.begin() as session:
        session.get_one(Menu, town.ids["tomorrow"]).is_planned_for = False
    town.wait(hours=2)
    with town.database.read() as session:
        assert session.scalars(sa.select(HelpRequest)).one().resident_id == town.ids["rose"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"days": ["fri", "mon"]}, "already a standing order"),
        ({"days": []}, "already a standing order"),
        ({"portions": "0"}, "from 1 to 9"),
        ({"portions": "1.5"}, "whole number"),
        ({"meal": "99999999999999999999999999"}, "Please choose “Meal”"),
    ],
)
def test_a_standing_order_that_cannot_be_is_refused_in_words(town, dai, changes, said):
    page = f"/residents/{town.ids['rose']}"
    dai.see(page)
    data = {"meal": town.ids["lunch meal"], "days": ["mon"], "dish": "", "portions": "1"}
    dai.press(f"{page}/standing", **data)
    assert said in dai.press(f"{page}/standing", 422, **{**data, "days": ["tue"], **changes})
    assert len(standing(town)) == 1


def test_who_only_reads_sees_standing_orders_and_cannot_change_them(town, dai):
    page = f"/residents/{town.ids['rose']}"
    dai.see(page)
    dai.press(f"{page}/standing", meal=town.ids["lunch meal"], days=["mon"], dish="", portions="1")
    seen = town.browser("Ai Ding").see(page)
    assert "the first that suits" in seen
    assert f"{page}/standing" not in seen


# ---- another dish


def test_the_dish_of_an_order_that_waits_is_changed_on_its_page(town, dai):
    order = town.lunch("rose", "1")
    page = dai.see(f"/requests/{order}")
    assert re.search(r"<option[^>]*>[^<]*Kung Pao[^<]*may not suit", page), "her diet is not forgotten"
    with town.database.read() as session:
        kung_pao = session.scalars(sa.select(Dish.id).where(Dish.menu_id == town.ids["lunch"], Dish.key == "2")).one()
    dai.press(f"/requests/{order}/dish", dish=kung_pao)
    assert town.row(HelpRequest, order).dish_id == kung_pao
    assert "冬瓜排骨汤 → Kung Pao" in dai.page
    dai.press(f"/requests/{order}/dish", dish=kung_pao)
    assert dai.page.count("冬瓜排骨汤 → Kung Pao") == 1
    assert "→ Kung Pao" not in dai.page.replace("冬瓜排骨汤 → Kung Pao", ""), "the same dish again is no change"


def test_after_the_cutoff_no_dish_is_changed(town, dai):
    order = town.lunch("rose", "1")
    dai.see(f"/requests/{order}")
    with town.database.read() as session:
        other, elsewhere = session.scalars(sa.select(Dish.id).where(Dish.key == "2").order_by(Dish.id)).all()
    assert "too late to change the dish" in dai.press(f"/requests/{order}/dish", 409, dish=elsewhere), "of another menu"
    town.now += timedelta(hours=1, minutes=1)
    assert "too late to change the dish" in dai.press(f"/requests/{order}/dish", 409, dish=other)
    assert "/dish" not in dai.see(f"/requests/{order}")
    dai.press(f"/requests/{order}/dish", 404, dish="9" * 25)
