"""Staff answer an alert by text: 1 I see to it, 3 it is settled; by its number when several are open."""

import pytest
from town import DUTY, KARL, LEE, LINE, ROSE

pytestmark = pytest.mark.both_databases


def alarmed(town, name, number):
    phone = town.resident(name, number)
    phone.text("I am not well")
    return town.alerts[-1].id


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
