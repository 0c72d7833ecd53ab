"""Whoever has a password, a browser that was left open, or many networks comes no further than she may."""

import contextlib
import functools
import re
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import PASSWORD, Browser, build_town, token_in
from test_demanded_codes import demand, finished_on_paper
from test_looks import looks
from test_second_factor import give, is_in, log_in, set_up, shown

from dispatch.board import login
from dispatch.board.guessing import Guesses, Limit, password_limits
from dispatch.board.networks import PROXY
from dispatch.board.provided import plain_address
from models.events import Event
from models.logins import LoginNote
from models.people import Resident, Role, Staff
from models.settled import SettingChange
from scripts.provider import OpenIdProvider
from scripts.settings import Oidc

NEW = "lantern gravel tuesday"
_SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")


@pytest.fixture
def town(tmp_path):
    return build_town(tmp_path)


def from_network(number):
    return {"REMOTE_ADDR": f"2001:db8:7:{number:x}::1"}


def test_codes_are_waited_for_from_however_many_networks_they_are_tried(town):
    set_up(town, town.browser("Dai Fen"))
    thief = log_in(town)
    token = token_in(thief.page)
    answers = [
        thief.client.post(
            "/login/code", data={"code": f"{n:06}", "csrf_token": token}, environ_overrides=from_network(n)
        )
        for n in range(60)
    ]
    assert [answer.status_code for answer in answers].count(429) > 50


def test_whoever_guesses_codes_elsewhere_holds_up_nobody_where_she_has_come_in_before(town):
    dai = town.browser("Dai Fen")  # from here
    secret, _ = set_up(town, dai)
    thief = log_in(town)
    token = token_in(thief.page)
    for n in range(20):
        thief.client.post(
            "/login/code", data={"code": f"{n:06}", "csrf_token": token}, environ_overrides=from_network(n)
        )
    town.now += timedelta(minutes=1)
    owner = log_in(town)
    give(owner, shown(secret, town))
    assert is_in(owner)


def test_passwords_tried_from_all_over_one_network_wait(town):
    answers = []
    for n in range(40):
        browser = town.app.test_client()
        token = token_in(browser.get("/login", environ_overrides=from_network(n)).text)
        data = {"name": "Dai Fen", "password": f"wrong {n}", "csrf_token": token}
        answers.append(browser.post("/login", data=data, environ_overrides=from_network(n)).status_code)
    assert answers[:5] == [403] * 5
    assert answers.count(429) > 25


def test_a_login_from_before_is_not_opened_by_codes_that_somebody_else_sets_up(town):
    demand(town)
    thief = log_in(town)
    assert thief.client.get("/people").location == "/me/first"
    owner = log_in(town)
    finished_on_paper(town, owner)
    assert thief.client.get("/people").status_code != 200
    assert owner.client.get("/people").status_code == 200


def test_whoever_is_in_by_the_password_alone_is_out_when_a_code_is_asked_for(town):
    thief, owner = log_in(town), town.browser("Dai Fen")
    set_up(town, owner)
    assert not is_in(thief)
    assert is_in(owner)


def test_a_secret_that_was_begun_and_not_confirmed_is_never_what_somebody_sets_up_later(town):
    thief = town.browser("Dai Fen")
    thief.see("/me")
    thief.press("/me/codes", password=PASSWORD)
    seen = _SECRET.search(thief.see("/me"))[1]
    owner = town.browser("Dai Fen")
    owner.see("/me")
    owner.press("/me/password", password=PASSWORD, new=NEW)
    assert town.row(Staff, town.ids["Dai Fen"]).code_secret is None
    owner.see("/me")
    owner.press("/me/codes", password=NEW)
    assert _SECRET.search(owner.see("/me"))[1] != seen


def test_a_secret_is_shown_only_where_and_when_it_was_begun(town):
    owner, other = town.browser("Dai Fen"), town.browser("Dai Fen")
    owner.see("/me")
    owner.press("/me/codes", password=PASSWORD)
    assert _SECRET.search(owner.see("/me"))
    assert not _SECRET.search(other.see("/me"))
    other.see("/me/picture", 404)
    other.see("/me")
    other.press("/me/codes/confirm", 409, code="123456")
    assert "begun in another browser" in other.page
    town.now += timedelta(minutes=20)
    assert not _SECRET.search(owner.see("/me"))


@pytest.mark.parametrize("act", ["codes", "password", "invite", "invite/text"])
def test_a_coordinators_open_browser_changes_nothing_of_how_she_gets_in(town, act):
    chen = town.browser("Chen Li")
    set_up(town, chen)
    me = town.ids["Chen Li"]

    def kept():
        row = town.row(Staff, me)
        return row.password_hash, row.codes_since, row.invite_hash

    before = kept()
    chen.see("/settings/staff")
    path = f"/settings/staff/{me}" + ("" if act == "password" else f"/{act}")
    page = chen.press(path, 422, role="coordinator", phone="", password=NEW)
    assert kept() == before
    assert "under “My login”" in page


@pytest.mark.parametrize("act", ["role", "password", "phone", "hire", "leave", "return"])
def test_what_is_done_to_a_colleagues_login_is_written_down(town, act):
    chen, dai = town.browser("Chen Li"), town.ids["Dai Fen"]
    chen.see("/settings/staff")
    chen.press(f"/settings/duty/{dai}", on="0")

    def trace():
        town.logbook.write(now=town.now)
        with town.database.read() as session:
            tables = (Event, LoginNote, SettingChange)
            return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]

    if act == "return":
        chen.press(f"/settings/staff/{dai}/leave")
    phone, before = town.row(Staff, dai).phone or "", trace()
    if act == "hire":
        chen.press("/settings/staff", name="Wu Min", role="coordinator", language="en", password=NEW)
    elif act == "leave":
        chen.press(f"/settings/staff/{dai}/leave")
    elif act == "return":
        chen.press(f"/settings/staff/{dai}/return", password=NEW)
    else:
        data = {
            "role": "coordinator" if act == "role" else "dispatcher",
            "phone": "138 0000 0077" if act == "phone" else phone,
        }
        chen.press(f"/settings/staff/{dai}", **data, **({"password": NEW} if act == "password" else {}))
    assert trace() != before


def test_of_many_guesses_at_once_only_a_few_are_looked_at(town, monkeypatch):
    looked_at = []

    def slowly_no(*_):
        time.sleep(0.3)
        looked_at.append(1)
        return False

    monkeypatch.setattr(login, "check_password", slowly_no)
    threads = [
        threading.Thread(target=lambda: Browser(town, town.app.test_client()).log_in("Dai Fen", password="wrong wrong"))
        for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(looked_at) <= 3


def test_whoever_still_waits_is_not_pushed_out_by_other_names():
    guesses, limits = Guesses(clock=lambda: 0.0), [Limit("dai here")]
    for _ in range(12):
        guesses.failed(limits[0])
    for n in range(6000):
        guesses.failed(Limit(f"{n} here"))
    assert guesses.try_now(limits) == 30


def test_the_right_answer_leaves_nothing_behind_for_whoever_gave_it():
    guesses = Guesses(clock=lambda: 0.0)
    limits = password_limits("Dai Fen", here="192.0.2.1/32", around="192.0.2.0/24")
    for _ in range(50):
        assert guesses.try_now(limits) == 0
        guesses.was_right(limits)


def test_ones_own_password_cannot_be_tried_out_in_an_open_browser(town):
    dai = town.browser("Dai Fen")
    token = token_in(dai.see("/me"))
    tried = [{"password": f"guess {n}", "csrf_token": token} for n in range(12)]
    answers = [dai.client.post("/me/codes/end", data=data).status_code for data in tried]
    assert answers[:4] == [422] * 4
    assert 429 in answers
    town.logbook.write(now=town.now)
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.sum(LoginNote.times)).where(LoginNote.what == "wrong_password")) >= 4


def test_no_writer_waits_while_a_password_is_looked_at(town, monkeypatch):
    dai, wrote = town.browser("Dai Fen"), []
    token = token_in(dai.see("/me"))

    def slowly_no(*_):
        def write():
            with town.database.begin() as session:
                session.execute(sa.update(Staff).values(language="en"))
            wrote.append(1)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join(5)
        wrote.append("looked at")
        return False

    monkeypatch.setattr(login, "check_password", slowly_no)
    dai.client.post("/me/codes/end", data={"password": "x", "csrf_token": token})
    assert wrote == [1, "looked at"]


def test_of_two_coordinators_who_send_each_other_away_one_stays(town, monkeypatch):
    with town.database.begin() as session:
        session.get_one(Staff, town.ids["Dai Fen"]).role = Role.COORDINATOR
    pairs = (("Chen Li", "Dai Fen"), ("Dai Fen", "Chen Li"))
    forms = [(town.browser(who), town.ids[whom]) for who, whom in pairs]
    tokens = [token_in(browser.see("/settings/staff")) for browser, _ in forms]
    gate, real = threading.Barrier(2), town.database.begin

    @contextlib.contextmanager
    def begin():
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(timeout=3)
        with real() as session:
            yield session

    monkeypatch.setattr(town.database, "begin", begin)

    def press(browser, whom, token):
        browser.client.post(f"/settings/staff/{whom}/leave", data={"csrf_token": token})

    threads = [threading.Thread(target=press, args=(*form, token)) for form, token in zip(forms, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    with town.database.read() as session:
        left = sa.select(Staff.name).where(Staff.role == Role.COORDINATOR, Staff.is_active)
        assert len(session.scalars(left.where(Staff.community_id == town.ids["community"])).all()) == 1


def test_half_a_login_ends_with_a_new_password(town):
    dai = town.browser("Dai Fen")
    secret, _ = set_up(town, dai)
    town.now += timedelta(minutes=1)
    thief = log_in(town)
    dai.see("/me")
    dai.press("/me/password", password=PASSWORD, new=NEW)
    give(thief, shown(secret, town))
    assert not is_in(thief)


def test_a_number_of_five_thousand_digits_is_no_fault(town):
    chen = town.browser("Chen Li")
    token = token_in(chen.see("/settings/staff"))
    path = f"/volunteers/{town.ids['sam']}/give-back"
    assert chen.client.post(path, data={"csrf_token": token, "job": "9" * 5000}).status_code < 500


def test_a_provider_that_hangs_holds_one_thread(tmp_path, monkeypatch):
    inside, most, lock = [0], [0], threading.Lock()

    def hang(_address, **_):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.5)
        with lock:
            inside[0] -= 1
        raise OSError

    monkeypatch.setattr("scripts.provider.requests.get", hang)
    town = build_town(tmp_path, provider=OpenIdProvider(Oidc("https://login.example", "linli", "x")))
    threads = [threading.Thread(target=lambda: town.app.test_client().get("/login/provider")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1


def test_of_a_domain_in_other_letters_nobody_gets_in():
    assert plain_address("Dai@Strasse.Example ") == "dai@strasse.example"
    assert plain_address("dai@straße.example") != "dai@strasse.example"
    assert plain_address("dai@\u212alinik.example") != "dai@klinik.example"


def test_a_line_that_is_only_shown_is_noted(town):
    dai = town.browser("Dai Fen")
    token = token_in(dai.see("/enter"))
    rose = town.row(Resident, town.ids["rose"])
    answer = dai.client.post("/enter/line", data={"csrf_token": token, "q": rose.name.split()[-1] + " 1"})
    assert rose.address in answer.text
    assert looks(town)


def test_an_act_that_is_refused_shows_the_request_of_that_job_and_is_noted(town):
    mine, other = town.errand("rose"), town.errand("gao", note="something else altogether")
    dai = town.browser("Dai Fen")
    token = token_in(dai.see("/"))
    data = {"csrf_token": token, "volunteer": town.ids["sam"], "version": "0", "seen_event": "0"}
    answer = dai.client.post(f"/jobs/{town.job_of(mine)}/assign", data={**data, "of_request": other})
    assert answer.status_code == 409
    assert "something else altogether" not in answer.text
    assert len(looks(town)) == 1
    dai.client.post(f"/jobs/{town.job_of(mine)}/assign", data={**data, "of_request": mine})
    assert len(looks(town)) == 2


@pytest.mark.parametrize(("proxy", "status"), [("", 429), ("172.16.0.0/12", 303), ("10.0.0.0/8", 429)])
def test_behind_a_containers_bridge_a_stranger_keeps_nobody_out_where_the_settings_name_it(town, proxy, status):
    town.app.config[PROXY] = proxy

    def log_in_from(seen, password):
        browser, bridge = town.app.test_client(), {"REMOTE_ADDR": "172.18.0.1"}
        token = token_in(browser.get("/login", environ_overrides=bridge).text)
        data = {"name": "Chen Li", "password": password, "csrf_token": token}
        return browser.post(
            "/login", data=data, environ_overrides=bridge, headers={"X-Forwarded-For": seen}
        ).status_code

    for _ in range(6):
        log_in_from("203.0.113.5", "wrong")
    assert log_in_from("198.51.100.7", PASSWORD) == status


def test_whoever_fills_the_line_begins_nothing_anew(town, monkeypatch):
    """Guesses that are not looked at leave what was counted as it was."""
    monkeypatch.setattr(login, "password_limits", lambda *_, **__: [Limit("hers")])
    wrong = functools.partial(Browser(town, town.app.test_client()).log_in, "Dai Fen", password="wrong wrong")
    assert [wrong().status_code for _ in range(4)] == [403, 403, 403, 429]
    time.sleep(1.1)  # what the third has to wait
    places = [login._in_line.acquire(blocking=False) for _ in range(20)]
    assert wrong().status_code == 429
    for _ in range(sum(places)):
        login._in_line.release()
    assert [wrong().status_code for _ in range(2)] == [403, 429]
