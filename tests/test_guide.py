"""The first steps: an empty community, and every step turning as somebody does it through pages and telephones."""

import re

import pytest
from board_town import Browser, menu_form
from town import DUTY, PASSWORD, ROSE, SAM

from models.kitchens import Kitchen
from models.menus import Menu
from models.people import Resident, Role, Staff, Volunteer
from models.places import Meal, Service, Zone
from models.requests import HelpRequest

COOK = "+12125550141"
STEPS = [
    "hours",
    "duty",
    "codes",
    "carrier",
    "residents",
    "volunteers",
    "kitchen",
    "menu",
    "practice",
    "order",
    "delivery",
]


def browser_of(town, name, language="en"):
    browser = Browser(town, town.app.test_client())
    assert browser.log_in(name, PASSWORD).status_code == 303
    with browser.client.session_transaction() as session:
        session["language"] = language
    return browser


@pytest.fixture
def cora(town):
    """The coordinator of a community in which there is nothing yet, and nobody on duty."""
    town.staff("Cora", "+12125550132", role=Role.COORDINATOR, on_duty=False)
    town.settle()
    return browser_of(town, "Cora")


def to_do(browser):
    """The steps that are not done: those that are unfolded."""
    steps = re.findall(r'id="guide-(\w+)"><details( open)?>', browser.see("/guide"))
    assert [key for key, _ in steps] == STEPS
    return [key for key, is_open in steps if is_open]


def set_hours(cora):
    cora.see("/settings")
    hours = {"opens_at": "08:30", "closes_at": "17:00", "quiet_from": "21:00", "quiet_until": "08:00"}
    cora.press("/settings/hours", **hours, days=["mon", "tue", "wed", "thu", "fri"])


def hire(cora):
    cora.see("/settings")
    cora.press(
        "/settings/staff", name="Dora", role="dispatcher", phone=DUTY, language="en", password=PASSWORD, is_on_duty="on"
    )


def enter_rose(cora, town):
    cora.see("/residents/new")
    zone = town.rows(Zone)[0].id
    cora.press("/residents/new", name="Rose Miller", phone=ROSE, zone=str(zone), language="en", address="Elm 5")
    assert "nobody is enrolled" in cora.see("/guide")
    cora.see(f"/residents/{town.rows(Resident)[0].id}")
    cora.press(f"/residents/{town.rows(Resident)[0].id}/enrol", consent="paper")


def enter_sam(cora, town):
    zones, services = [str(row.id) for row in town.rows(Zone)], town.rows(Service)
    cora.see("/volunteers/new")
    cora.press(
        "/volunteers/new", name="Sam Lee", phone=SAM, language="en", max_per_day="3", zones=zones,
        services=[str(row.id) for row in services if row.code != "ride"],
    )  # fmt: skip
    sam = town.rows(Volunteer)[0].id
    cora.press(f"/volunteers/{sam}/enrol", consent="paper")
    assert "Nobody who is enrolled does: Ride" in cora.see("/guide")
    cora.see(f"/volunteers/{sam}/edit")
    cora.press(
        f"/volunteers/{sam}/edit", name="Sam Lee", phone=SAM, language="en", max_per_day="3", zones=zones,
        services=[str(row.id) for row in services],
    )  # fmt: skip


def name_kitchen(cora, town):
    cora.see("/settings")
    cora.press(f"/kitchens/{town.rows(Kitchen)[0].id}", name="The hall", phone=COOK, language="en")


def write_menu(cora, town):
    lunch = town.rows(Meal, code="lunch")[0].id
    path = f"/menus/{lunch}/2026-11-23"
    form = menu_form(cora.see(path))
    cora.press(path, **{**form, "name_1": "Tomato soup"})


def practise(town):
    rose = town.telephone(ROSE)
    rose.dial()
    rose.press("4")
    rose.press("7")
    rose.hang_up()


def order(town):
    rose = town.telephone(ROSE)
    rose.dial()
    rose.press("1")
    rose.hang_up()


def deliver(cora, town):
    cora.see("/meals")
    cora.press(f"/meals/{town.rows(Menu)[0].id}/close")
    town.settle()
    town.telephone(SAM).text("1")
    town.telephone(SAM).text("3")


def test_from_an_empty_community_to_the_first_delivery_each_step_turns_as_it_is_done(town, cora):
    assert to_do(cora) == STEPS
    assert "nobody has rung" in cora.page
    assert 'href="/guide"' in cora.see("/")
    done = []
    for key, do in (
        ("hours", lambda: set_hours(cora)), ("duty", lambda: hire(cora)),
        ("carrier", lambda: town.telephone(ROSE).dial() and town.telephone(ROSE).hang_up()),
        ("residents", lambda: enter_rose(cora, town)), ("volunteers", lambda: enter_sam(cora, town)),
        ("kitchen", lambda: name_kitchen(cora, town)), ("menu", lambda: write_menu(cora, town)),
        ("practice", lambda: practise(town)), ("order", lambda: order(town)), ("delivery", lambda: deliver(cora, town)),
    ):  # fmt: skip
        do()
        done.append(key)
        assert to_do(cora) == [step for step in STEPS if step not in done], f"after {key}"
    assert [request.state for request in town.rows(HelpRequest)] == ["done"]
    assert "Everything has been done once" in cora.page
    assert 'href="/guide"' not in cora.see("/"), "it is finished, and still stands on the board"
    assert 'href="/guide"' in cora.see("/settings")


def test_what_is_of_today_does_not_begin_it_all_again(town, cora):
    set_hours(cora)
    hire(cora)
    enter_rose(cora, town)
    enter_sam(cora, town)
    name_kitchen(cora, town)
    write_menu(cora, town)
    practise(town)
    order(town)
    deliver(cora, town)
    town.wait(hours=72)
    cora = browser_of(town, "Cora")
    assert to_do(cora) == ["codes", "menu"], "the one is advised, the other is of today"
    cora.see("/settings")
    dora = town.rows(Staff, name="Dora")[0].id
    cora.press(f"/settings/duty/{dora}", on="0")
    assert to_do(cora) == ["duty", "codes", "menu"]
    assert 'href="/guide"' not in cora.see("/")


def test_a_carrier_that_cannot_be_reached_is_said_without_asking_it(town, cora):
    town.telephone(ROSE).dial()
    town.telephone(ROSE).hang_up()
    assert "carrier" not in to_do(cora)
    town.is_cut = True
    town.wait(minutes=20)
    sends = len(town.sends)
    assert "carrier" in to_do(cora)
    assert "could not be reached" in cora.page
    assert len(town.sends) == sends


def test_it_is_for_coordinators(town, cora):
    town.staff("Dai", DUTY)
    dai = browser_of(town, "Dai")
    assert 'href="/guide"' not in dai.see("/")
    dai.see("/guide", 403)


def test_it_speaks_chinese(town, cora):
    page = browser_of(town, "Cora", "zh-CN").see("/guide")
    assert "起步指南" in page
    assert "还没有人看过" in page
