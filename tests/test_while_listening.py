"""What changes while somebody listens to a call of ours is not said to her any more."""

import pytest
from sqlalchemy import select

from dispatch.working import release
from models.jobs import Job

WANG, ROSE = "+861055551009", "+12125550111"


@pytest.fixture
def wang(town):
    """A volunteer with a landline, who has said yes by telephone and is rung with the details."""
    rose = town.resident("Rose Miller", ROSE, address="Larkspur 7")
    wang = town.volunteer("Wang", WANG, services=("errand",))
    town.staff("Dora", "+12125550131")
    rose.dial()
    for key in "2", "1", "1":
        rose.press(key)
    rose.speak("milk, please")
    rose.press("1")
    rose.hang_up()
    assert wang.rings(minutes=2)
    wang.answer()
    wang.press("1")
    assert wang.rings(minutes=2)
    return wang


def test_an_address_is_not_said_again_to_whom_the_job_was_taken_from(town, wang):
    """Wang hears where to go; while he listens, staff take the job back; what he hears again names no address."""
    assert "Larkspur 7" in wang.answer()
    with town.database.begin() as session:
        release(session, session.scalars(select(Job)).one(), who="staff 1", now=town.now)
    again = wang.press("9")
    assert "Larkspur 7" not in again
    assert "settled" in again


def test_an_address_is_said_again_to_whoever_holds_the_job(town, wang):
    """As long as it is his, he may hear it as often as he likes."""
    wang.answer()
    assert "Larkspur 7" in wang.press("9")
