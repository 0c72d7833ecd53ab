"""A text whose sending was never answered is known again in the carrier's list, whatever our own clock shows."""

from datetime import timedelta

import pytest

ROSE, SAM = "+12125550111", "+12125550121"


def arrived(telephone, words):
    """How many texts with these words have arrived."""
    return sum(words in text for text in telephone.inbox)


@pytest.mark.parametrize("minutes", [-120, -2, 0, 2, 120])
def test_a_clock_that_is_wrong_doubles_no_text(town, minutes):
    """Sam writes STOP and START, the carrier's answer to our answer is lost, and our clock is minutes ahead of the carrier's."""
    sam = town.volunteer("Sam", SAM)
    town.exchange.plant.now = lambda: town.now - timedelta(minutes=minutes)
    town.exchange.faults.set({"answers_lost_next": 1})
    sam.text("STOP")
    sam.text("START")
    town.wait(minutes=5)
    assert arrived(sam, "You will get our texts again") == 1


def test_a_clock_that_is_set_back_meanwhile_doubles_no_text(town):
    """Between the lost answer and the look, our clock is set back by ten minutes."""
    sam = town.volunteer("Sam", SAM)
    real = town.now
    town.exchange.plant.now = lambda: real
    town.exchange.faults.set({"answers_lost_next": 1})
    sam.text("STOP")
    sam.text("START")
    town.clock.shown -= timedelta(minutes=10)
    town.wait(minutes=20)
    assert arrived(sam, "You will get our texts again") == 1


@pytest.mark.parametrize("seconds", [60, 90, 600, 5400])
def test_a_clock_that_is_set_forward_is_no_waiting(town, seconds):
    """The list lags by half a minute of real time, whatever our clock shows."""
    town.resident("Rose Miller", ROSE)
    town.menu("Soup")
    rose = town.telephone(ROSE)
    began, elapsed = town.now, town.elapsed
    town.exchange.plant.now = lambda: began + timedelta(seconds=town.elapsed - elapsed)  # the carrier's clock runs on
    town.exchange.faults.set({"answers_lost_next": 1, "list_lag_seconds": 30})
    rose.text("1")
    town.clock.shown += timedelta(seconds=seconds)  # and no time has passed
    town.settle()
    town.wait(minutes=5)
    assert arrived(rose, "Ordered") == 1


def test_what_another_process_had_sent_is_looked_for_twice(town):
    town.resident("Rose Miller", ROSE)
    town.menu("Soup")
    rose = town.telephone(ROSE)
    town.exchange.faults.set({"answers_lost_next": 1, "list_lag_seconds": 30})
    rose.text("1")
    town._build()
    town.clock.shown += timedelta(minutes=10)
    town.settle()
    town.wait(minutes=5)
    assert arrived(rose, "Ordered") == 1


def test_a_clock_that_is_wound_on_purpose_is_believed(town):
    """In training, winding the clock is how people wait: what never reached the carrier is sent again at once."""
    town.resident("Rose Miller", ROSE)
    town.menu("Soup")
    town.clock.is_wound = True
    town.settle()
    town.exchange.faults.set({"rest_503_next": 1})
    rose = town.telephone(ROSE)
    rose.text("1")
    assert arrived(rose, "Ordered") == 0
    town.clock.shown += timedelta(minutes=2)
    town.settle()
    assert arrived(rose, "Ordered") == 1


def test_an_older_text_of_the_same_words_is_not_taken_for_what_was_lost(town):
    """The first arrived, and we never learnt it; the second, hours later, was not taken by the carrier at all."""
    sam = town.volunteer("Sam", SAM)
    town.exchange.faults.set({"answers_lost_next": 1})
    sam.text("STOP")
    sam.text("START")
    town.is_cut = True
    town.wait(minutes=45)
    town.is_cut = False
    town.wait(hours=2)
    assert arrived(sam, "You will get our texts again") == 1
    town.exchange.faults.set({"rest_503_next": 1})
    sam.text("STOP")
    sam.text("START")
    town.wait(minutes=10)
    assert arrived(sam, "You will get our texts again") == 2
