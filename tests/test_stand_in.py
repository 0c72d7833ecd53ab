"""While nothing of ours answers, the carrier reads out a document of its own, and a person on duty is still reached."""

import pytest
from exchange_town import LEE, OURS, ROSE, SAM, Town
from town import DUTY, LINE

from models.people import Staff
from models.places import Community
from voice.carrier.speech import stand_in
from voice.stand_in import stand_in_document
from voice.twiml_check import faults

LATE = "+12125550132"


def document(town):
    with town.database.read() as session:
        return stand_in_document(session, session.get(Community, town.community_id), now=town.now)


def test_it_rings_everybody_on_duty_in_turn_and_needs_no_address_of_ours(town):
    town.staff("Dora", DUTY)
    town.staff("Finn", "+12125550133", on_duty=False)
    town.staff("Ella", None)
    town.staff("Late", LATE)
    written = document(town)
    assert faults(written) == []
    assert "http" not in written.partition("?>")[2]
    assert "url=" not in written
    assert "action=" not in written
    assert written.index(DUTY) < written.index(LATE)
    assert "+12125550133" not in written
    assert f'callerId="{LINE}"' in written
    assert "Linli" in written
    assert "dial 911" in written
    assert "Dora" not in written


def test_with_nobody_on_duty_it_promises_nobody_but_a_call_back(town):
    written = document(town)
    assert "<Dial" not in written
    assert "calling a person" not in written
    assert "ring you back" in written


def test_it_speaks_the_community_s_language(found_town):
    town = found_town(language="zh-CN", line="+861055550000", timezone="Asia/Shanghai")
    town.staff("Dora", "+8617000004001")
    written = document(town)
    assert "订不了餐" in written
    assert "Polly.Zhiyu" in written
    assert "拨120" in written


@pytest.mark.parametrize("count", [1, 3, 14])
def test_more_than_the_carrier_rings_are_left_out(count):
    numbers = tuple(f"+1212555{n:04d}" for n in range(1000, 1000 + count))
    assert stand_in(("Sorry.",), ("Later.",), "en", numbers, LINE).count("<Number>") == min(count, 10)


def test_a_caller_is_connected_by_it_while_our_server_is_gone():
    """The carrier's own machine carries it out: the second of two people on duty picks up; who rings sees our number."""
    town = Town()
    town.pages["/voice"] = ConnectionRefusedError("nobody there")
    town.pages["/spare"] = stand_in(("We cannot take orders.",), ("We ring you back.",), "en", (SAM, LEE), OURS)
    town.exchange.dial(ROSE, OURS)
    until(town, SAM, "ringing")
    assert "We cannot take orders." in town.heard(ROSE)[0]
    town.exchange.decline(SAM)
    until(town, LEE, "ringing")
    town.exchange.answer(LEE)
    until(town, ROSE, "talking")
    town.exchange.hang_up(LEE)
    until(town, ROSE, "idle")
    assert "We ring you back." in town.heard(ROSE)[-1]


def until(town, number, state):
    for _ in range(60):
        if town.state(number) == state:
            return
        town.wait(1)
    raise AssertionError(f"{number} is never {state}: {town.codes()}")


def test_who_has_left_is_not_rung(town):
    town.staff("Dora", DUTY)
    with town.database.begin() as session:
        session.query(Staff).one().is_active = False
    assert DUTY not in document(town)
