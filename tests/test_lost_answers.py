"""A text whose sending was never answered is known again in the carrier's list, whatever our own clock shows."""

from datetime import timedelta

import pytest

SAM = "+12125550121"


def arrived(telephone, words):
    """How many texts with these words have arrived."""
    return sum(words in text for text in telephone.inbox)


@pytest.mark.parametrize("minutes", [-120, -2, 0, 2, 120])
def test_a_clock_that_is_wrong_doubles_no_text(town, minutes):
    """Sam writes START, the carrier's answer to our answer is lost, and our clock is minutes ahead of the carrier's."""
    sam = town.volunteer("Sam", SAM)
    town.exchange.plant.now = lambda: town.now - timedelta(minutes=minutes)
    town.exchange.faults.set({"answers_lost_next": 1})
    sam.text("START")
    town.wait(minutes=5)
    assert arrived(sam, "You will get our texts again") == 1


def test_a_clock_that_is_set_back_meanwhile_doubles_no_text(town):
    """Between the lost answer and the look, our clock is set back by ten minutes."""
    sam = town.volunteer("Sam", SAM)
    real = town.now
    town.exchange.plant.now = lambda: real
    town.exchange.faults.set({"answers_lost_next": 1})
    sam.text("START")
    town.clock.shown -= timedelta(minutes=10)
    town.wait(minutes=20)
    assert arrived(sam, "You will get our texts again") == 1
