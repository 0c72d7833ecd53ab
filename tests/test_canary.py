"""A day in a parish in which every word about anybody is a canary; the week is scripts/soak canary."""

import pytest
from campaigns.canary import run
from campaigns.privy.ears import MAY_KNOW

# Lived once for all that is asked about it.
pytestmark = [pytest.mark.xdist_group("canary"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The parish, what was found of the forgotten, and which plants were not found."""
    return run(tmp_path_factory.mktemp("canary"), 1)


def test_nobody_learns_what_is_not_for_them(lived):
    assert [str(leak) for leak in lived[0].ears.leaks] == []


def test_everything_that_is_said_was_heard(lived):
    assert set(lived[0].ears.searched) == set(MAY_KNOW)


def test_each_leak_that_is_planted_is_found(lived):
    assert lived[2] == []


def test_of_whoever_was_forgotten_no_byte_is_left_and_what_was_counted_is(lived):
    assert lived[1].before
    assert lived[1].wrong() == []
