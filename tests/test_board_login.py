"""Getting in and out of the board."""

import re
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from board_town import PASSWORD, Browser, build_town, token_in

from dispatch.board.guessing import Guesses, Limit
from dispatch.board.login import safe_next
from models.people import Staff, StaffSession


@pytest.fixture
def town(tmp_path):
    """Two small communities."""
    return build_town(tmp_path)


@pytest.fixture
def stranger(town):
    """A browser that has not logged in."""
    return Browser(town, town.app.test_client())


def test_a_stranger_is_asked_to_log_in_and_then_brought_to_the_page_he_wanted(town, stranger):
    answer = stranger.client.get("/people?kind=volunteers")
    assert answer.status_code == 302
    assert answer.location == "/login?next=" + quote("/people?kind=volunteers", safe="/?")
    assert stranger.log_in("Chen Li", next_path="/people?kind=volunteers").location == "/people?kind=volunteers"
    assert "Sam Lee" in stranger.see("/people?kind=volunteers")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "", "x"]
)
def test_nobody_is_sent_to_another_site_after_the_login(town, stranger, elsewhere):
    assert stranger.log_in("Chen Li", next_path=elsewhere).location == "/"


def test_a_path_of_our_own_is_safe(town):
    with town.app.test_request_context():
        assert safe_next("/people?q=a%2Fb") == "/people?q=a%2Fb"


@pytest.mark.parametrize(("name", "password"), [("Chen Li", "guessed"), ("Nobody", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_says_the_same(stranger, name, password):
    answer = stranger.log_in(name, password)
    assert answer.status_code == 403
    assert "Name or password is wrong" in answer.text
    assert password not in answer.text or not password


def test_guessing_waits_longer_each_time_but_locks_nobody_out():
    clock = [100.0]
    guesses = Guesses(clock=lambda: clock[0])
    waits = []
    for _ in range(9):
        guesses.failed(Limit("chen"))
        waits.append(guesses.wait(Limit("chen")))
        clock[0] += waits[-1]
    assert waits[:4] == [0, 0, 1, 2]
    assert max(waits) == 30
    assert guesses.wait(Limit("chen")) == 0
    assert guesses.wait(Limit("dai")) == 0


def test_after_three_mistakes_the_page_asks_for_patience(stranger):
    for _ in range(3):
        stranger.log_in("Chen Li", "wrong")
    answer = stranger.log_in("Chen Li")
    assert answer.status_code == 429
    assert "Please wait 1 seconds" in answer.text
    assert stranger.log_in("Dai Fen").status_code == 303, "others are not held up"


def from_there(stranger, name, password, address, **headers):
    """A login from some address."""
    peer = {"REMOTE_ADDR": address}
    token = token_in(stranger.client.get("/login", environ_overrides=peer).text)
    data = {"name": name, "password": password, "csrf_token": token}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return stranger.client.post("/login", data=data, environ_overrides=peer, headers=named)


def test_somebody_elses_guesses_do_not_keep_the_right_person_out(stranger):
    for _ in range(20):
        from_there(stranger, "Chen Li", "wrong", "203.0.113.5")
    assert from_there(stranger, "Chen Li", PASSWORD, "203.0.113.5").status_code == 429
    assert from_there(stranger, "Chen Li", PASSWORD, "198.51.100.7").status_code == 303


def test_behind_our_proxy_the_guesser_is_whom_the_proxy_saw(stranger):
    for number in range(20):
        forged = f"10.0.0.{number}, 203.0.113.5"
        from_there(stranger, "Chen Li", "wrong", "127.0.0.1", X_Forwarded_For=forged)
    answer = from_there(stranger, "Chen Li", PASSWORD, "127.0.0.1", X_Forwarded_For="10.0.0.99, 203.0.113.5")
    assert answer.status_code == 429, "the first addresses are what the guesser wrote himself"
    answer = from_there(stranger, "Chen Li", PASSWORD, "127.0.0.1", X_Forwarded_For="198.51.100.7")
    assert answer.status_code == 303


def test_whoever_comes_without_our_proxy_cannot_invent_an_address(stranger):
    for number in range(4):
        from_there(stranger, "Chen Li", "wrong", "203.0.113.5", X_Forwarded_For=f"10.0.0.{number}")
    answer = from_there(stranger, "Chen Li", PASSWORD, "203.0.113.5", X_Forwarded_For="10.0.0.77")
    assert answer.status_code == 429


@pytest.mark.parametrize("nonsense", ["", ",", "nonsense", "1.2.3.4, unknown"])
def test_a_forwarded_address_that_is_none_is_the_proxys(stranger, nonsense):
    for _ in range(4):
        from_there(stranger, "Chen Li", "wrong", "127.0.0.1", X_Forwarded_For=nonsense)
    assert from_there(stranger, "Chen Li", PASSWORD, "127.0.0.1").status_code == 429


def test_a_name_guessed_from_everywhere_is_slowed_a_little(stranger):
    for number in range(9):
        from_there(stranger, "Chen Li", "wrong", f"203.0.113.{number}")
    first = from_there(stranger, "Chen Li", "a typing mistake", "198.51.100.7")
    assert first.status_code == 403, "the first try from a place is never held up"
    again = from_there(stranger, "Chen Li", PASSWORD, "198.51.100.7")
    assert again.status_code == 429
    assert "Please wait 2 seconds" in again.text
    assert from_there(stranger, "Dai Fen", PASSWORD, "198.51.100.7").status_code == 303


def test_one_who_owns_a_whole_network_of_addresses_is_one_guesser(stranger):
    for number in range(4):
        from_there(stranger, "Chen Li", "wrong", f"2001:db8:1:1::{number}")
    assert from_there(stranger, "Chen Li", PASSWORD, "2001:db8:1:1::ffff").status_code == 429
    assert from_there(stranger, "Chen Li", PASSWORD, "2001:db8:2:2::1").status_code == 303


def test_two_thousand_wrong_guesses_are_only_wrong(stranger):
    guesses = Guesses()
    for _ in range(2000):
        guesses.failed(Limit("chen"))
    assert guesses.wait(Limit("chen")) <= 30


def test_a_name_with_signs_that_no_database_takes_is_a_wrong_name(stranger):
    assert stranger.log_in("Chen\0 Li").status_code in (303, 403)


def test_only_the_hash_of_the_session_is_kept_and_every_login_has_its_own(town):
    one, two = town.browser(), town.browser()
    with town.database.read() as session:
        hashes = session.scalars(sa.select(StaffSession.token_hash)).all()
    assert len(set(hashes)) == 2
    for browser in (one, two):
        with browser.client.session_transaction() as cookie:
            assert cookie["_user_id"] not in hashes
            assert len(cookie["_user_id"]) > 40


def test_a_session_planted_before_the_login_is_worth_nothing_after_it(town, stranger):
    with stranger.client.session_transaction() as cookie:
        cookie["_user_id"], cookie["planted"] = "planted", "yes"
    stranger.log_in("Chen Li")
    with stranger.client.session_transaction() as cookie:
        assert cookie["_user_id"] != "planted"
        assert "planted" not in cookie


def test_logging_out_ends_the_session_on_the_server_too(town):
    browser = town.browser()
    stolen = browser.client.get_cookie("linli")
    browser.press("/logout")
    assert browser.client.get("/").status_code == 302
    thief = town.app.test_client()
    thief.set_cookie("linli", stolen.value)
    assert thief.get("/").status_code == 302


def test_a_login_over_another_one_ends_it_on_the_server_too(town):
    browser = town.browser()
    stolen = browser.client.get_cookie("linli")
    token = token_in(browser.see("/"))
    browser.client.post("/login", data={"name": "Dai Fen", "password": PASSWORD, "csrf_token": token})
    assert browser.client.get("/").status_code == 200
    thief = town.app.test_client()
    thief.set_cookie("linli", stolen.value)
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(
    "almost",
    [PASSWORD.upper(), PASSWORD.title(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD[:-1], f"{PASSWORD}y", PASSWORD[:8]],
)
def test_a_password_is_taken_exactly_as_it_is(stranger, almost):
    assert stranger.log_in("Chen Li", almost).status_code == 403


def test_twelve_idle_hours_end_a_login_and_work_keeps_it_alive(town):
    browser = town.browser()
    for _ in range(3):
        town.now += town_hours(11)
        browser.see("/")
    town.now += town_hours(12.1)
    assert browser.client.get("/").status_code == 302


def test_a_board_that_only_polls_is_logged_out_after_twelve_hours_and_told_so(town):
    browser = town.browser()
    for _ in range(13):
        town.now += town_hours(1)
        answer = browser.client.get("/board/version?seen=1")
    assert answer.status_code == 401
    assert browser.client.get("/board/live").status_code == 401


def test_somebody_who_has_left_is_out_at_once(town):
    browser = town.browser("Dai Fen")
    with town.database.begin() as session:
        session.execute(sa.update(Staff).where(Staff.name == "Dai Fen").values(is_active=False))
    assert browser.client.get("/").status_code == 302
    assert Browser(town, town.app.test_client()).log_in("Dai Fen").status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger):
    said = stranger.log_in("Chen Li").headers["Set-Cookie"]
    assert "HttpOnly" in said
    assert "SameSite=Lax" in said
    assert "Secure" not in said, "this town has no https"


def test_the_language_is_switched_on_the_page_and_remembered_with_the_person(town):
    browser = town.browser()
    browser.see("/")
    assert 'lang="en"' in browser.page
    browser.press("/language", language="zh-CN", next="/")
    assert 'lang="zh-CN"' in browser.page
    assert "需要人工" in browser.page
    assert town.row(Staff, town.ids["Chen Li"]).language == "zh-CN"
    other = Browser(town, town.app.test_client())
    other.log_in("Chen Li")
    assert "需要人工" in other.see("/")


def test_the_login_page_speaks_the_browsers_language(stranger):
    assert "登录" in stranger.client.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert re.search(r"<h1>Log in</h1>", stranger.client.get("/login").text)
    assert token_in(stranger.client.get("/login").text)


def town_hours(hours):
    """So many hours."""
    from datetime import timedelta

    return timedelta(hours=hours)


def test_the_language_chosen_on_the_login_page_is_that_of_the_board_and_is_remembered(town):
    client = town.app.test_client()
    page = client.get("/login").text
    client.post("/language", data={"language": "zh-CN", "next": "/login", "csrf_token": token_in(page)})
    page = client.get("/login").text
    assert 'lang="zh-CN"' in page
    client.post("/login", data={"name": "Dai Fen", "password": PASSWORD, "csrf_token": token_in(page)})
    page = client.get("/").text
    assert '<html lang="zh-CN">' in page
    assert town.row(Staff, town.ids["Dai Fen"]).language == "zh-CN"
    client.post("/logout", data={"csrf_token": token_in(page)})
    page = client.get("/login").text
    assert '<html lang="zh-CN">' in page, "as it was left"
    client.post("/login", data={"name": "Chen Li", "password": PASSWORD, "csrf_token": token_in(page)})
    assert '<html lang="en">' in client.get("/").text, "the next person has a language of her own"
