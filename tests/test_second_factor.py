"""A code besides the password: set up, asked for, lost, and tried out by somebody who has only the password."""

import re
from datetime import timedelta

import pyotp
import pytest
from board_town import PASSWORD, Browser, build_town, token_in

from dispatch import second_factor
from models.errors import Refusal
from models.people import Staff


@pytest.fixture
def town(tmp_path):
    """A town and its staff."""
    return build_town(tmp_path)


@pytest.fixture
def dai(town):
    """Dai, logged in."""
    return town.browser("Dai Fen")


def set_up(town, browser):
    """The app and its secret, and the ten codes on paper."""
    browser.see("/me")
    browser.press("/me/codes", password=PASSWORD)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", browser.see("/me"))[1]
    page = browser.press("/me/codes/confirm", code=shown(secret, town))
    return secret, re.findall(r"<code>(\w{5}-\w{5})</code>", page)


def shown(secret, town, *, steps=0):
    """What the app shows now."""
    return pyotp.TOTP(secret).generate_otp(int(town.now.timestamp()) // 30 + steps)


def log_in(town, name="Dai Fen", password=PASSWORD):
    """A browser with the right password, before the code."""
    browser = Browser(town, town.app.test_client())
    answer = browser.log_in(name, password=password) if password != PASSWORD else browser.log_in(name)
    browser.page = answer.text
    return browser


def give(browser, code):
    """The second step."""
    return browser.client.post("/login/code", data={"code": code, "csrf_token": token_in(browser.page)})


def is_in(browser):
    return browser.client.get("/me").status_code == 200


def test_with_a_code_set_up_the_password_alone_opens_nothing(town, dai):
    secret, spare = set_up(town, dai)
    assert len(set(spare)) == 10
    assert "spare codes are left" in dai.see("/me")
    assert spare[0] not in dai.page, "they are shown once"
    town.now += timedelta(minutes=1)
    browser = log_in(town)
    assert not is_in(browser)
    assert give(browser, shown(secret, town)).status_code == 303
    assert is_in(browser)


def test_a_code_opens_once_and_only_near_its_time(town, dai):
    secret, _ = set_up(town, dai)
    assert give(log_in(town), shown(secret, town)).status_code == 403, "it has confirmed the app already"
    town.now += timedelta(minutes=5)
    assert give(log_in(town), shown(secret, town, steps=-2)).status_code == 403
    assert give(log_in(town), shown(secret, town, steps=-1)).status_code == 303
    town.now += timedelta(minutes=5)
    code = shown(secret, town)
    assert give(log_in(town), code).status_code == 303
    assert give(log_in(town), code).status_code == 403


def test_a_spare_code_lets_in_once_however_it_is_written(town, dai):
    _, spare = set_up(town, dai)
    assert give(log_in(town), spare[0].upper().replace("-", " ")).status_code == 303
    assert give(log_in(town), spare[0]).status_code == 403
    assert "9 spare codes are left" in dai.see("/me")


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "１２３４５６", "1" * 400, "' or 1=1 --"])
def test_what_is_no_code_opens_nothing(town, dai, code):
    set_up(town, dai)
    browser = log_in(town)
    assert give(browser, code).status_code == 403
    assert not is_in(browser)


def test_codes_cannot_be_tried_out(town, dai):
    set_up(town, dai)
    browser = log_in(town)
    answers = [give(browser, f"{number:06}").status_code for number in range(12)]
    assert answers.count(429) >= 8
    assert not is_in(browser)


def test_the_right_password_waits_five_minutes_for_its_code(town, dai):
    secret, _ = set_up(town, dai)
    browser = log_in(town)
    town.now += timedelta(minutes=6)
    answer = give(browser, shown(secret, town))
    assert (answer.status_code, answer.location) == (303, "/login")
    assert not is_in(browser)


def test_a_code_without_a_password_is_nothing(town, dai):
    secret, _ = set_up(town, dai)
    stranger = Browser(town, town.app.test_client())
    stranger.page = stranger.client.get("/login").text
    town.now += timedelta(minutes=1)
    assert give(stranger, shown(secret, town)).location == "/login"
    assert not is_in(stranger)


def test_nothing_is_asked_for_before_the_app_has_shown_a_right_code(town, dai):
    dai.see("/me")
    dai.press("/me/codes", password=PASSWORD)
    assert dai.client.get("/me/picture").mimetype == "image/svg+xml"
    dai.press("/me/codes/confirm", 409, code="000000")
    assert is_in(log_in(town))


def test_the_picture_and_the_secret_are_never_shown_again(town, dai):
    secret, _ = set_up(town, dai)
    assert dai.client.get("/me/picture").status_code == 404
    assert secret not in dai.see("/me")
    dai.press("/me/codes", 409, password=PASSWORD)


@pytest.mark.parametrize("act", ["/me/password", "/me/codes", "/me/codes/end"])
def test_a_browser_that_was_left_open_changes_nothing_without_the_password(town, dai, act):
    dai.see("/me")
    page = dai.press(act, 422, password="not it", new="another long password")
    assert "That is not your password" in page
    assert is_in(log_in(town))


def test_everybody_changes_their_own_password_and_is_logged_out_elsewhere(town):
    auditor, elsewhere = town.browser("Ai Ding"), town.browser("Ai Ding")
    auditor.see("/me")
    auditor.press("/me/password", 422, password=PASSWORD, new="short")
    auditor.press("/me/password", password=PASSWORD, new="a much longer sentence")
    assert is_in(auditor)
    assert not is_in(elsewhere)
    assert not is_in(log_in(town, "Ai Ding"))


def test_one_sees_where_one_is_logged_in_and_ends_the_others(town, dai):
    other = town.browser("Dai Fen")
    assert dai.see("/me").count("since 09:00") == 2
    dai.press("/me/logins/end")
    assert dai.see("/me").count("since 09:00") == 1
    assert not is_in(other)


def test_whoever_lost_telephone_and_codes_is_let_in_by_the_coordinator(town, dai):
    set_up(town, dai)
    chen = town.browser("Chen Li")
    assert "Ask for no code" in chen.see("/settings/staff")
    chen.press(f"/settings/staff/{town.ids['Dai Fen']}/codes")
    assert not is_in(dai), "whoever has the telephone is out too"
    assert is_in(log_in(town))
    assert town.row(Staff, town.ids["Dai Fen"]).code_secret is None


def test_of_spare_codes_nothing_is_kept_from_which_they_can_be_read(town, dai):
    _, spare = set_up(town, dai)
    kept = town.row(Staff, town.ids["Dai Fen"]).spare_codes
    assert not set(kept) & {code.replace("-", "") for code in spare}
    assert all(len(one) == 64 for one in kept)


def test_it_is_not_set_up_twice(town):
    staff = Staff(name="Dai", codes_since=town.now, spare_codes=["one"], last_code=0)
    with pytest.raises(Refusal, match="codes_on"):
        second_factor.prepare(staff)
