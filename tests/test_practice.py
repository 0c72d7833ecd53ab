"""Practice: everything is heard as always, nothing is done; and what nobody may play with is done in earnest."""

import pytest
import sqlalchemy as sa
from test_webhooks import everything
from town import DUTY, LEE, ROSE, SAM

from models.people import Resident
from models.places import Community
from models.traffic import Outcome, Recording

pytestmark = pytest.mark.both_databases

PRACTICE = "+12125550177"
# What a call leaves behind, whatever comes of it.
_TRACES = {"calls", "answered_turns", "phones", "events", "recordings", "communities", "installation", "leases"}


@pytest.fixture
def rose(town):
    town.staff("Dora", DUTY)
    town.volunteer("Sam Lee", SAM)
    town.menu("Tomato soup", "Noodles")
    with town.database.begin() as session:
        session.execute(sa.update(Community).values(practice_number=PRACTICE))
    town.more_numbers = (PRACTICE,)
    return town.resident("Rose Miller", ROSE, address="5 Elm Street")


def rows(town):
    return {table: rows for table, rows in everything(town).items() if table not in _TRACES}


def outcome(town):
    return town.calls[-1].outcome


def test_on_its_number_everything_is_heard_and_nothing_is_ordered(town, rose):
    town.wait(minutes=10)
    before = rows(town)
    assert "This is practice" in rose.dial(to=PRACTICE)
    heard = rose.press("1")
    assert "Ordered: Tomato soup" in heard
    assert "That was practice: nothing has changed." in heard
    rose.press("*")
    rose.press("2")
    rose.press("1")
    rose.press("1")
    assert "Errand" in rose.speak("Milk, please")
    assert "We are looking for somebody" in rose.press("1")
    rose.hang_up()
    town.wait(minutes=10)
    after = rows(town)
    assert [table for table, kept in before.items() if kept != after[table]] == []
    assert outcome(town) is Outcome.PRACTISED
    assert town.requests == []
    assert town.callbacks == []


def test_what_was_spoken_in_practice_is_fetched_so_that_it_does_not_stay_with_the_carrier(town, rose):
    rose.dial(to=PRACTICE)
    for one in ("2", "1", "1"):
        rose.press(one)
    rose.speak("Milk, please")
    rose.hang_up()
    town.wait(minutes=3)
    assert [row.fetched_at is not None for row in town.rows(Recording)] == [True]


def test_half_way_out_of_practice_nobody_rings_back(town, rose):
    rose.dial(to=PRACTICE)
    rose.press("2")
    rose.hang_up()
    town.wait(minutes=20)
    assert town.callbacks == []
    rose.dial()
    assert "You were" not in rose.heard, "a call for practice is not taken up"


def test_by_key_behind_the_news_and_back(town, rose):
    rose.dial()
    assert "To practise without ordering, press 7" in rose.press("4")
    assert "This is practice" in rose.press("7")
    assert "That was practice" in rose.press("1")
    rose.press("*")
    assert "To end practice, press 7" in rose.press("4")
    assert "now it counts" in rose.press("7")
    assert "practice" not in rose.press("1")
    rose.hang_up()
    assert [str(request.state) for request in town.requests] == ["pooled"]
    assert outcome(town) is Outcome.ORDERED


def test_somebody_unknown_practises_as_a_resident_who_never_was(town, rose):
    lee = town.telephone(LEE)
    first = lee.dial(to=PRACTICE)
    assert "This is practice" in first
    assert "To order it, press 1" in first
    assert "Ordered: Tomato soup" in lee.press("1")
    lee.hang_up()
    assert [resident.name for resident in town.rows(Resident)] == ["Rose Miller"]
    assert "We do not know this telephone yet" in lee.dial()


def test_a_withheld_number_can_practise(town, rose):
    assert "To order it, press 1" in rose.dial(to=PRACTICE, withheld=True)
    assert "That was practice" in rose.press("1")


def test_not_well_is_never_practice(town, rose):
    rose.dial(to=PRACTICE)
    rose.press("2")
    heard = rose.press("7")
    assert "Our staff are told now" in heard
    assert "practice" not in heard
    assert [str(alert.kind) for alert in town.alerts] == ["not_well"]
    rose.hang_up()
    assert outcome(town) is Outcome.ALARM


def test_not_well_from_somebody_unknown_is_a_callback_to_that_number(town, rose):
    lee = town.telephone(LEE)
    lee.dial(to=PRACTICE)
    lee.press("2")
    assert "Our staff are told now" in lee.press("7")
    assert [(task.why, task.phone) for task in town.callbacks] == [("not_well", LEE)]


def test_whoever_asks_for_a_person_gets_one(town, rose):
    rose.dial(to=PRACTICE)
    rose.press("0")
    assert town.telephone(DUTY).rings()
    rose.hang_up()


def test_a_text_to_the_number_for_practice_orders_nothing(town, rose):
    assert "for practice calls only" in rose.text("1", to=PRACTICE)
    assert rose.text("1", to=PRACTICE) == "", "it is said once"
    assert town.requests == []
    assert [message.needs_reading for message in town.messages if message.body == "1"] == [True, True]


def test_a_key_that_comes_twice_in_practice_is_answered_the_same(town, rose):
    """The turn is kept although what it did was taken back."""
    rose.dial(to=PRACTICE)
    assert "That was practice" in rose.press("1")
    with town.database.read() as session:
        assert session.scalar(sa.text("select count(*) from answered_turns")) >= 2
