"""Random fingers: whatever is pressed, left or hung up, every call ends in one outcome and nobody is left in a dead end."""

import random

import pytest
from town import ANNA, DUTY, KARL, MIA, ROSE, SAM

from models.traffic import Outcome

MEI = "+861055551001"
CALLERS = (ROSE, KARL, ANNA, SAM, MIA, MEI)


@pytest.mark.parametrize("seed", range(6))
def test_every_call_ends_in_exactly_one_outcome(town, seed):
    fingers = random.Random(seed)
    town.resident("Rose Miller", ROSE, diet="no peanuts")
    town.resident("Karl May", KARL)
    town.resident("Anna May", KARL)
    town.resident("Mei Chen", MEI, language="zh-CN")
    town.volunteer("Sam Lee", SAM)
    town.staff("Dora", DUTY)
    town.menu("Soup", ("Chicken", "peanuts"))
    town.menu("Noodles", meal="dinner")
    for number in (ANNA, MIA):
        town.telephone(number)  # nobody knows them
    for _ in range(14):
        phone = town.telephone(fingers.choice(CALLERS))
        if phone.state == "ringing":
            phone.answer()
        elif phone.state == "idle":
            phone.dial(withheld=fingers.random() < 0.1)
        for _ in range(fingers.randint(0, 9)):
            one_move(town, phone, fingers)
            if phone.state == "idle":
                break
        if phone.state not in ("idle", "ringing"):
            phone.hang_up()
        town.seconds(fingers.choice((1, 30, 400)))
    town.wait(hours=5)
    assert list(town.exchange.errors) == []
    for call in town.calls:
        assert call.ended_at is not None
        assert isinstance(call.outcome, Outcome)
        if call.outcome is Outcome.UNFINISHED:
            assert town.rows_about_callbacks(call)
    assert "our_fault" not in [task.why for task in town.callbacks]
    for request in town.requests:
        assert not request.is_open or request.due_at is not None


def one_move(town, phone, fingers):
    """A key, nothing at all, something said, or somebody on duty who answers or does not."""
    duty = town.telephone(DUTY)
    if duty.state == "ringing":
        town.exchange.answer(DUTY) if fingers.random() < 0.5 else town.exchange.decline(DUTY)
        town.settle()
        return
    view = town.exchange.handset(phone.number)
    if view["expects"] == "words" and fingers.random() < 0.7:
        phone.speak("something")
    elif view["expects"] in ("keys", "words") and fingers.random() < 0.85:
        phone.press(fingers.choice("1112233445678900*#9"))
    else:
        town.seconds(fingers.choice((3, 12)))
