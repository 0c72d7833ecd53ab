"""Staff answer an alert by text: 1 I see to it, 3 it is settled; by its number when several are open."""

from datetime import time

import pytest
from town import DUTY, KARL, LEE, LINE, MEI, ROSE

from models.places import Community
from models.traffic import Call

pytestmark = pytest.mark.both_databases


def alarmed(town, name, number):
    phone = town.resident(name, number)
    phone.text("I am not well")
    return town.alerts[-1].id


def stuck(phone):
    """She asks for an errand, and there is no volunteer."""
    for words in ("2", "1", "1", "milk"):
        phone.text(words)


def test_an_alert_is_taken_on_and_settled_by_text(town):
    dora, mei = town.staff("Dora", DUTY), town.staff("Mei", LEE)
    alarmed(town, "Rose Miller", ROSE)
    assert "Text 1 if you see to it" in dora.inbox[-1]
    assert "It is yours" in dora.text("On it!")
    town.wait(minutes=10)
    assert mei.inbox == [], "nobody else is told"
    assert "settled" in dora.text("done")
    assert town.alerts == []
    assert "settled already" in dora.text("1")


def test_while_somebody_still_waits_nobody_can_say_that_it_is_settled(town):
    dora, rose = town.staff("Dora", DUTY), town.resident("Rose Miller", ROSE)
    stuck(rose)
    code = town.jobs[0].code
    dora.text("1")
    assert f"Job {code} still waits" in dora.text("done")
    assert [alert.kind for alert in town.alerts] == ["nobody_found"]
    rose.text("call it off")
    rose.text("1")
    assert town.alerts == [], "with what she had asked for it closes by itself"


def test_of_several_the_number_says_which_and_nobody_takes_what_they_were_not_told_of(town):
    dora, mei = town.staff("Dora", DUTY), town.staff("Mei", LEE)
    first, second = alarmed(town, "Rose Miller", ROSE), alarmed(town, "Karl Braun", KARL)
    assert f"{first} Rose Miller, {second} Karl Braun" in dora.text("1")
    assert "settled already" in mei.text("1"), "she was not told of either"
    assert "It is yours" in dora.text(f"1 {second}")
    assert [alert.acknowledged_at is not None for alert in town.alerts] == [False, True]
    dora.text("Rose is fine, I rang her")
    assert [m.body for m in town.messages if m.needs_reading and m.phone == DUTY] == ["Rose is fine, I rang her"]
    assert LINE not in dora.inbox[-1]


def test_who_does_not_answer_a_text_is_rung_by_half_of_the_patience_and_then_the_next_one_is_told(town):
    dora, mei, rose = town.staff("Dora", DUTY), town.staff("Mei", MEI), town.resident("Rose Miller", ROSE)
    stuck(rose)
    assert "Nobody found" in dora.inbox[-1]
    town.wait(minutes=7)
    assert dora.state == "idle"
    town.wait(minutes=1)
    assert dora.state == "ringing"
    town.wait(minutes=6)
    assert mei.state == dora.state == "idle"
    assert mei.rings(2), "her telephone takes no texts: she is rung at once"
    assert "If you see to it, press 1" in mei.answer()
    mei.hang_up()
    town.wait(minutes=13)
    assert [call.phone for call in town.rows(Call, direction="outbound")] == [DUTY, MEI]
    assert dora.rings(12)
    assert "Nobody found for job" in dora.answer()
    assert "nobody else is rung" in dora.press("1")
    town.wait(minutes=40)
    assert {town.rows(Call, direction="outbound")[-1].phone} == {DUTY}
    assert [alert.owner_id for alert in town.alerts] == [1]


def test_whoever_says_that_she_sees_to_it_is_not_rung_nor_is_anybody_in_quiet_hours(town):
    dora, rose, karl = town.staff("Dora", DUTY), town.resident("Rose Miller", ROSE), town.resident("Karl Braun", KARL)
    with town.database.begin() as session:
        community = session.get(Community, town.community_id)
        community.quiet_from, community.quiet_until = time(9, 40), time(12)
    stuck(rose)
    assert "It is yours" in dora.text("1")
    town.wait(minutes=35)
    stuck(karl)
    town.wait(hours=2, minutes=20)
    assert [call for call in town.rows(Call, direction="outbound") if call.attempts] == []
    town.wait(minutes=14)
    rung = [call.started_at for call in town.rows(Call, direction="outbound") if call.attempts]
    assert [(at.hour, at.minute) for at in rung] == [(17, 7), (17, 9)], "both are told anew at noon"
