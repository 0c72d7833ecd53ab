"""A helper who has only a landline does everything by keys: from the offer to done, giving back, worry."""

import pytest
from town import ANNA, DUTY, MEI, ROSE

from models.events import Event
from models.jobs import OfferState
from models.traffic import Message


@pytest.fixture
def mei(town):
    town.staff("Dora", DUTY)
    return town.volunteer("Mei Chen", MEI, language="en")


def errand(town, name, number, words="Two litres of milk, please"):
    """Somebody asks for an errand, in her own words."""
    phone = town.resident(name, number, address="5 Elm Street")
    phone.dial()
    for key in ("2", "1", "1"):
        phone.press(key)
    phone.speak(words)
    phone.press("1")
    phone.hang_up()


def states(town):
    return [str(job.state) for job in town.jobs]


def test_from_the_offer_to_done_by_keys_only(town, mei):
    errand(town, "Rose Miller", ROSE)
    assert mei.rings(), "she has no texts: the offer rings"
    heard = mei.answer()
    assert "Errand for Rose in East" in heard
    assert "5 Elm Street" not in heard
    assert "To hear this" not in heard
    wrong = mei.press("7")
    assert "For yes, press 1" in wrong, "a wrong key hangs nobody up"
    quiet = mei.silence()
    assert states(town) == ["offered"], quiet
    mei.hang_up()
    assert mei.rings(minutes=12), "she did not answer: she is rung again"
    mei.answer()
    assert "It is yours" in mei.press("1")
    mei.hang_up()
    assert states(town) == ["taken"]
    assert mei.rings(minutes=2), "the details come by call, to the number on file"
    details = mei.answer()
    assert "5 Elm Street" in details
    assert "Word at the door" in details
    assert "When it is done, ring us and press 3" in details
    mei.press("1")
    mei.hang_up()

    assert "Your job" in mei.dial()
    assert "To hear what is needed, press 7" in mei.heard
    assert "This is what was said." in mei.press("7")
    assert any(entry["kind"] == "play" for entry in town.exchange.handset(MEI)["heard"])
    mei.press("#")
    assert states(town) == ["taken"], "a key that means nothing does nothing"
    assert "Done: job" in mei.press("3")
    assert "You have no open job" in mei.heard
    mei.hang_up()
    assert states(town) == ["done"]
    assert not [text for text in town.rows(Message, direction="outbound") if text.phone == MEI]


def test_giving_back_not_at_home_and_worry_by_keys_only(town, mei):
    errand(town, "Rose Miller", ROSE)
    mei.rings()
    mei.answer()
    mei.press("1")
    mei.hang_up()
    mei.rings(minutes=2)
    mei.answer()
    mei.hang_up()
    mei.dial()
    assert "Our staff look after Rose" in mei.press("6")
    assert "worried" in [str(alert.kind) for alert in town.alerts]
    assert "Your job" in mei.heard, "worry ends nothing"
    assert "cannot do job" in mei.press("4")
    mei.hang_up()
    assert states(town) == ["waiting"] or states(town) == ["stuck"]
    assert town.offers[0].state is OfferState.YES
    assert "release" in [event.verb for event in town.rows(Event)]

    errand(town, "Anna Berg", ANNA)
    assert mei.rings(minutes=2)
    mei.answer()
    assert "Thank you" in mei.press("2")
    mei.hang_up()
    assert mei.dial().count("Your job") == 0
    assert "You have no open job" in mei.heard
