"""Where more than a password is demanded: at the next login it is set up first, with an app or on paper."""

import re
from datetime import timedelta

import pytest
from board_town import PASSWORD, build_town, token_in
from test_second_factor import give, is_in, log_in, shown

from dispatch.board.routes import DOORS
from dispatch.second_factor import is_demanded
from models.people import Role, Staff
from models.places import Community, Who


@pytest.fixture
def town(tmp_path):
    """A town and its staff."""
    return build_town(tmp_path)


def demand(town, who="everybody"):
    """The coordinator sets it; she has a code herself already."""
    with town.database.begin() as session:
        session.get_one(Community, town.ids["community"]).second_factor_for = Who(who)


@pytest.mark.parametrize(
    ("who", "role", "must"),
    [
        (who, role, who is Who.EVERYBODY or (who is Who.COORDINATORS and role is Role.COORDINATOR))
        for who in Who
        for role in Role
    ],
)
def test_of_whom_it_is_demanded(who, role, must):
    assert is_demanded(who, role) == must


def test_a_fresh_installation_demands_it_of_nobody_so_that_the_first_coordinator_gets_in(town):
    assert town.row(Community, town.ids["community"]).second_factor_for is Who.NOBODY
    assert is_in(log_in(town, "Chen Li"))


def test_the_setting_is_on_the_board_and_its_change_in_the_history(town):
    chen = town.browser("Chen Li")
    page = chen.see("/settings/staff")
    assert "Without one today" in page
    chen.press("/settings/codes", second_factor_for="everybody")
    assert town.row(Community, town.ids["community"]).second_factor_for is Who.EVERYBODY
    chen = finished_on_paper(town, chen)
    page = chen.see("/settings/changes")
    assert "everybody on the staff" in page
    change = re.search(r"/settings/changes/(\d+)/back", page)[1]
    chen.press(f"/settings/changes/{change}/back")
    assert town.row(Community, town.ids["community"]).second_factor_for is Who.NOBODY


@pytest.mark.parametrize("odd", ["", "all", "nobody; --"])
def test_only_what_there_is_can_be_set(town, odd):
    chen = town.browser("Chen Li")
    chen.see("/settings/staff")
    chen.press("/settings/codes", 422, second_factor_for=odd)


def finished_on_paper(town, browser):
    """She prints ten codes, and types one."""
    browser.see("/me/first")
    page = browser.press("/me/first/paper")
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", page)
    assert len(set(codes)) == 10
    browser.codes = codes
    assert "Done. From now on" in browser.press("/me/first/confirm", code=codes[3].upper())
    return browser


def test_whoever_must_and_has_none_can_do_nothing_else(town):
    demand(town)
    dai = log_in(town)
    assert dai.client.get("/").location == "/me/first"
    for door in DOORS:
        if "<" in door.rule or Role.DISPATCHER not in door.roles or door.is_for_setting_up:
            continue
        answer = dai.client.open(
            door.rule, method=door.method, data={"csrf_token": token_in(dai.client.get("/me/first").text)}
        )
        assert answer.status_code == 401 if door.is_part else answer.location == "/me/first", door.name
    page = dai.see("/me/first")
    assert "the password alone is not enough" in page
    dai.press("/language", language="zh-CN", next="/me/first")
    assert "只有密码还不够" in dai.page
    dai.press("/logout")
    assert "<h1>" in dai.client.get("/login").text


def test_with_an_app_it_takes_two_steps_and_no_second_password(town):
    demand(town)
    dai = log_in(town)
    dai.see("/me/first")
    page = dai.press("/me/first/app")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    assert dai.client.get("/me/picture").mimetype == "image/svg+xml"
    assert "The app shows another code" in dai.press("/me/first/confirm", 409, code="000000")
    page = dai.press("/me/first/confirm", code=shown(secret, town))
    assert len(re.findall(r"<code>(\w{5}-\w{5})</code>", page)) == 10
    assert dai.client.get("/").status_code == 200
    town.now += timedelta(minutes=1)
    browser = log_in(town)
    assert not is_in(browser)
    assert give(browser, shown(secret, town)).status_code == 303


def test_without_an_app_paper_is_enough(town):
    demand(town)
    dai = finished_on_paper(town, log_in(town))
    assert is_in(dai)
    town.now += timedelta(minutes=1)
    browser = log_in(town)
    assert not is_in(browser)
    assert give(browser, dai.codes[0]).status_code == 303
    assert give(log_in(town), dai.codes[0]).status_code == 403, "each lets in once"
    assert give(log_in(town), dai.codes[3]).status_code == 303, "the one that was typed to show the paper is still good"


def test_paper_counts_only_once_one_of_its_codes_was_typed(town):
    demand(town)
    dai = log_in(town)
    dai.see("/me/first")
    dai.press("/me/first/paper")
    assert "not on your paper" in dai.press("/me/first/confirm", 409, code="wrong-codes")
    assert town.row(Staff, town.ids["Dai Fen"]).codes_since is None
    assert dai.client.get("/").location == "/me/first"
    first = re.findall(r"<code>(\w{5}-\w{5})</code>", dai.press("/me/first/paper"))
    second = re.findall(r"<code>(\w{5}-\w{5})</code>", dai.press("/me/first/paper"))
    dai.press("/me/first/confirm", 409, code=first[0])
    dai.press("/me/first/confirm", code=second[0])
    assert is_in(dai)


def test_new_codes_are_wanted_in_time_and_the_old_ones_end(town):
    demand(town)
    dai = finished_on_paper(town, log_in(town))
    for code in dai.codes[4:]:
        assert "nearly used up" not in dai.see("/")
        browser = log_in(town)
        give(browser, code)
        dai = browser if code == dai.codes[-1] else dai
    left = town.row(Staff, town.ids["Dai Fen"]).spare_codes
    assert len(left) == 4
    assert "nearly used up" in dai.see("/")
    dai.see("/me")
    dai.press("/me/codes/new", 422, password="not it")
    page = dai.press("/me/codes/new", password=PASSWORD)
    new = re.findall(r"<code>(\w{5}-\w{5})</code>", page)
    assert len(new) == 10
    assert "nearly used up" not in dai.see("/")
    assert give(log_in(town), new[0]).status_code == 303


def test_whoever_used_the_last_code_gets_in_and_makes_new_ones_first(town):
    dai = town.browser("Dai Fen")
    dai = finished_on_paper(town, dai)
    for code in dai.codes:
        browser = log_in(town)
        assert give(browser, code).status_code == 303
    assert browser.client.get("/").location == "/me/first"
    assert "used your last code" in browser.see("/me/first")
    again = log_in(town)
    assert again.client.get("/").location == "/me/first", "the password opens this one page"
    finished_on_paper(town, again)
    assert is_in(again)


def test_a_browser_that_was_left_open_sets_up_nothing(town):
    """Of whom it is demanded while she is logged in, she is asked to log in once more."""
    dai = log_in(town)
    town.now += timedelta(hours=1)
    demand(town)
    page = dai.see("/me/first")
    assert "log in once more" in page.casefold()
    dai.press("/me/first/app", 409)
    dai.press("/me/first/paper", 409)
    assert town.row(Staff, town.ids["Dai Fen"]).code_secret is None
    assert town.row(Staff, town.ids["Dai Fen"]).spare_codes == []


def test_whom_it_does_not_concern_goes_on_as_before(town):
    demand(town, "coordinators")
    assert is_in(log_in(town))
    assert log_in(town, "Chen Li").client.get("/").location == "/me/first"


def test_whoever_ends_it_where_it_is_demanded_sets_it_up_at_once(town):
    demand(town)
    dai = finished_on_paper(town, log_in(town))
    dai.see("/me")
    dai.press("/me/codes/end", password=PASSWORD)
    assert dai.client.get("/").location == "/me/first"


def test_on_paper_without_being_made_to(town):
    dai = town.browser("Dai Fen")
    dai.see("/me")
    dai.press("/me/codes/paper", 422, password="not it")
    page = dai.press("/me/codes/paper", password=PASSWORD)
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", page)
    dai.press("/me/codes/paper/confirm", 409, code="00000-00000")
    assert "The codes are on paper" in dai.press("/me/codes/paper/confirm", code=codes[0])
    assert not is_in(log_in(town))
