"""Somebody new, or somebody who has forgotten: a link by which they set a password themselves, once."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import PASSWORD, Browser, build_town, token_in
from test_second_factor import is_in, log_in
from town import DUTY, PUBLIC, Town

from dispatch import inviting
from models.base import Base
from models.carrier_copies import CarrierCopy
from models.logins import LoginNote
from models.people import Role, Staff
from models.traffic import Message

NEW = "lantern gravel tuesday"
LINK = re.compile(r'value="http://[^/"]+(/invitation/[\w-]+)"')


@pytest.fixture
def town(tmp_path):
    """A town and its staff."""
    return build_town(tmp_path)


@pytest.fixture
def chen(town):
    """The coordinator, at the staff's settings."""
    browser = town.browser("Chen Li")
    browser.see("/settings/staff")
    return browser


def link_in(page):
    return LINK.search(page)[1]


def hired(chen, name="Wu Min", phone="138 0000 0009"):
    """Somebody new, without a password; the link to one."""
    return link_in(chen.press("/settings/staff", name=name, role="dispatcher", language="zh-CN", phone=phone))


def invited(chen, town, name="Dai Fen"):
    return link_in(chen.press(f"/settings/staff/{town.ids[name]}/invite"))


def stranger(town):
    return Browser(town, town.app.test_client())


def accept(browser, link, password=NEW, again=None, status=303):
    """What whoever has the link does with it."""
    page = browser.client.get(link).text
    data = {"password": password, "again": password if again is None else again, "csrf_token": token_in(page)}
    answer = browser.client.post(link, data=data)
    assert answer.status_code == status, answer.text[-800:]
    return answer


def test_somebody_new_sets_a_password_of_her_own_and_logs_in_with_it(town, chen):
    link = hired(chen)
    assert "has no password yet" in chen.see("/settings/staff")
    assert not is_in(log_in(town, "Wu Min", ""))
    wu = stranger(town)
    page = wu.client.get(link).text
    assert "Wu Min，您好" in page, "in her language, although nobody has chosen one here"
    assert "East Lake" in page
    assert accept(wu, link).location == "/login"
    page = wu.client.get("/login").text
    assert "密码已设好" in page or "Your password is set" in page
    assert 'value="Wu Min"' in page
    assert not is_in(wu), "the link alone lets nobody in"
    assert is_in(log_in(town, "Wu Min", NEW))
    assert "has no password yet" not in chen.see("/settings/staff")


def test_the_link_is_shown_once_with_a_picture_and_nothing_that_opens_is_kept(town, chen):
    link = hired(chen)
    assert '<svg class="qr"' in chen.page
    token = link.rpartition("/")[2]
    assert len(token) == 43, "256 bits"
    assert token not in chen.see("/settings/staff")
    with town.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                assert token not in str(row), table.name


def test_a_link_opens_once(town, chen):
    link = hired(chen)
    accept(stranger(town), link)
    late = stranger(town)
    assert late.client.get(link).status_code == 404
    assert "ask the coordinator for a new link" in late.client.get(link).text
    assert is_in(log_in(town, "Wu Min", NEW))


def test_looking_at_a_link_uses_nothing_up(town, chen):
    link = hired(chen)
    for _ in range(3):
        assert stranger(town).client.get(link).status_code == 200
    accept(stranger(town), link)


def test_a_link_holds_for_three_days(town, chen):
    link = hired(chen)
    town.now += timedelta(hours=71, minutes=59)
    assert stranger(town).client.get(link).status_code == 200
    late = stranger(town)
    late.client.get(link)
    town.now += timedelta(minutes=1)
    assert late.client.get(link).status_code == 404
    assert not is_in(log_in(town, "Wu Min", NEW))


@pytest.mark.parametrize("how", ["a newer one", "has left", "a new password", "typed by the coordinator"])
def test_a_link_ends_by(town, chen, how):
    link, dai = invited(chen, town), town.ids["Dai Fen"]
    if how == "a newer one":
        assert invited(chen, town) != link
    elif how == "has left":
        chen.press(f"/settings/staff/{dai}/leave")
    elif how == "a new password":
        own = town.browser("Dai Fen")
        own.see("/me")
        own.press("/me/password", password=PASSWORD, new=NEW)
    else:
        chen.press(f"/settings/staff/{dai}", phone="138 0000 0001", role="dispatcher", password=NEW)
    assert stranger(town).client.get(link).status_code == 404
    assert (town.row(Staff, dai).invite_hash is None) == (how != "a newer one")


def test_a_forgotten_password_opens_until_the_new_one_is_set_and_then_everybody_is_out(town, chen):
    before = town.browser("Dai Fen")
    link = invited(chen, town)
    assert is_in(before), "an invitation alone changes nothing"
    accept(stranger(town), link)
    assert not is_in(before)
    assert not is_in(log_in(town, "Dai Fen"))
    assert is_in(log_in(town, "Dai Fen", NEW))


def test_the_password_is_typed_twice_and_must_be_one(town, chen):
    link, wu = hired(chen), stranger(town)
    assert "不一样" in accept(wu, link, again="something else", status=422).text
    assert "12" in accept(wu, link, password="short", status=422).text
    assert "人名" in accept(wu, link, password="WuMin WuMin 2026", status=422).text
    accept(wu, link)


def test_what_was_planted_in_the_browser_is_worth_nothing_after_it(town, chen):
    """Also the coordinator's own login, should she try the link out in her browser."""
    link = hired(chen)
    assert accept(chen, link).location == "/login"
    assert not is_in(chen)
    with chen.client.session_transaction() as session:
        assert "_user_id" not in session
        assert "first_step" not in session


def test_links_cannot_be_tried_out(town):
    somebody = stranger(town)
    answers = [somebody.client.get(f"/invitation/{number:043}").status_code for number in range(12)]
    assert answers[0] == 404
    assert answers.count(429) >= 8
    assert "Please wait" in somebody.client.get("/invitation/x").text


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "..%2f..", "ä" * 43, "%F0%9F%8D%B2"])
def test_what_is_no_link_is_told_what_to_do(town, token):
    answer = stranger(town).client.get(f"/invitation/{token}")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_the_page_tells_no_other_site_where_it_was_and_is_kept_by_nobody(town, chen):
    answer = stranger(town).client.get(hired(chen))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text


def test_whoever_has_codes_is_asked_for_one_after_it_too(town, chen):
    from test_second_factor import set_up

    set_up(town, town.browser("Dai Fen"))
    accept(stranger(town), invited(chen, town))
    browser = log_in(town, "Dai Fen", NEW)
    assert not is_in(browser)
    assert "The code" in browser.page


def test_somebody_who_is_back_is_invited_too(town, chen):
    dai = town.ids["Dai Fen"]
    chen.press(f"/settings/staff/{dai}/leave")
    link = link_in(chen.press(f"/settings/staff/{dai}/return"))
    assert not is_in(log_in(town, "Dai Fen")), "the old password is none any more"
    accept(stranger(town), link)
    assert is_in(log_in(town, "Dai Fen", NEW))


def test_nobody_is_invited_who_works_here_no_more_or_elsewhere(town, chen):
    dai = town.ids["Dai Fen"]
    chen.press(f"/settings/staff/{dai}/leave")
    assert "does not work here any more" in chen.press(f"/settings/staff/{dai}/invite", 409)
    chen.press(f"/settings/staff/{town.ids['Far Away']}/invite", 404)
    assert town.row(Staff, dai).invite_hash is None


def test_who_was_invited_by_whom_and_that_it_was_used_is_written_down(town, chen):
    accept(stranger(town), hired(chen))
    page = chen.see("/logins")
    assert "invited to set a password" in page
    assert "set a password by the invitation" in page
    with town.database.read() as session:
        notes = session.scalars(sa.select(LoginNote).where(LoginNote.what.in_(["invited", "invitation_used"]))).all()
        assert [note.how for note in notes] == [f"staff {town.ids['Chen Li']}", ""]


def test_of_two_who_use_a_link_at_once_one_comes_too_late(town, chen):
    link, first, second = hired(chen), stranger(town), stranger(town)
    token = token_in(second.client.get(link).text)
    accept(first, link)
    answer = second.client.post(link, data={"password": NEW + "x", "again": NEW + "x", "csrf_token": token})
    assert answer.status_code == 404
    assert is_in(log_in(town, "Wu Min", NEW))


def test_what_is_told_outside_begins_with_the_address_of_the_settings(town):
    """Whatever name the browser asked for."""
    from types import SimpleNamespace

    from dispatch.board.desk import Board

    with town.app.test_request_context(base_url="http://evil.example"):
        assert Board.link(SimpleNamespace(public_url="https://linli.example"), "login") == "https://linli.example/login"


# By text: through the whole house, to a telephone.


@pytest.fixture
def house(tmp_path):
    """The whole house; Dora has a mobile phone."""
    house = Town(tmp_path)
    house.dora = house.staff("Dora", DUTY)
    return house


def invite(house, name="Dora"):
    """An invitation, promised by text."""
    with house.house.database.begin() as session:
        staff = session.scalars(sa.select(Staff).where(Staff.name == name)).one()
        token = inviting.invite(staff, key=house.house.settings.server.secret_key, now=house.now)
        inviting.text_invitation(session, staff, now=house.now)
    return token


def test_the_link_comes_by_text_and_nobody_reads_it_on_the_board(house):
    token = invite(house)
    house.settle()
    assert f"{PUBLIC}/invitation/{token}" in house.dora.inbox[-1]
    kept = house.messages[-1]
    assert "/invitation/" not in kept.body
    assert "***" in kept.body
    assert token not in str(kept.says)


def test_it_does_not_come_at_night(house):
    house.wait(hours=13)  # ten in the evening
    invite(house)
    house.settle()
    assert house.dora.inbox == []
    house.wait(hours=11)
    assert "/invitation/" in house.dora.inbox[-1]


def test_a_text_about_a_link_that_opens_nothing_any_more_does_not_leave(house):
    house.wait(hours=13)
    first = invite(house)
    second = invite(house)
    house.wait(hours=11)
    assert len(house.dora.inbox) == 1
    assert second in house.dora.inbox[0]
    assert first not in house.dora.inbox[0]


def test_a_text_whose_sending_was_not_answered_is_found_again_by_its_true_words(house):
    house.is_cut = True
    token = invite(house)
    house.settle()
    house.is_cut = False
    house.wait(minutes=10)
    assert [token in text for text in house.dora.inbox] == [True]


def test_once_it_was_used_the_carrier_is_asked_to_delete_the_text(house):
    token = invite(house)
    house.settle()
    with house.house.database.begin() as session:
        staff = inviting.invited_by(session, token, now=house.now)
        inviting.accept(session, staff, NEW, names=(), now=house.now)
        session.flush()
        asked = session.scalars(sa.select(CarrierCopy.sid)).all()
        assert asked == [session.scalars(sa.select(Message.message_sid).where(Message.cause == "invitation")).one()]


def test_no_text_goes_to_a_landline_nor_to_whoever_wants_none(house):
    from models.errors import Refusal

    house.staff("Mei", "+861055551001")
    with pytest.raises(Refusal, match="cannot_be_texted"):
        invite(house, "Mei")
    house.dora.text("STOP")
    with pytest.raises(Refusal, match="cannot_be_texted"):
        invite(house)


def test_the_board_offers_a_text_only_where_one_arrives(town, chen):
    hired(chen, phone="")
    assert "no telephone on file that texts reach" in chen.page
    link = invited(chen, town)
    assert "Text it to" in chen.page
    page = chen.press(f"/settings/staff/{town.ids['Dai Fen']}/invite/text")
    assert "gets the link by text" in page
    assert "texted" in page
    with town.database.read() as session:
        text = session.scalars(sa.select(Message).where(Message.cause == "invitation")).one()
        assert link.rpartition("/")[2] not in str(text.says)


def test_a_restored_backup_opens_no_invitation_that_may_have_been_used(town, chen):
    from models.anew import Given, begin_anew

    link = hired(chen)
    with town.database.begin() as session:
        begin_anew(session, "x", town.now, Given(), size_bytes=1, now=town.now)
    assert stranger(town).client.get(link).status_code == 404


def test_an_operator_is_no_coordinator(town):
    """Only who sets the staff may invite."""
    for name in ("Dai Fen", "Ai Ding", "Op Rator"):
        browser = town.browser(name)
        browser.see("/me")
        browser.press(f"/settings/staff/{town.ids['Chen Li']}/invite", 403)
    assert town.row(Staff, town.ids["Chen Li"]).role is Role.COORDINATOR
    assert town.row(Staff, town.ids["Chen Li"]).invite_hash is None
