"""A helper's number may be somebody else's by now: after a year of silence she is asked, and offered nothing until then."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from test_story import ask_for_an_errand
from town import LEE, ROSE, SAM

from dispatch.still_hers import silent_helpers
from models.numbers import Phone
from models.people import Volunteer

LANDLINE = "+861055551008"


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, address="5 Elm Street")


def long_silent(town, name, phone, *, days=400):
    """Somebody who said yes so long ago and was not heard of since."""
    telephone = town.volunteer(name, phone)
    with town.database.begin() as session:
        session.execute(
            sa.update(Volunteer).where(Volunteer.phone == phone).values(enrolled_at=town.now - timedelta(days=days))
        )
    return telephone


def is_enrolled(town, phone):
    with town.database.read() as session:
        return session.scalars(sa.select(Volunteer.enrolled_at).where(Volunteer.phone == phone)).one() is not None


def test_after_a_year_of_silence_she_is_asked_once_and_offered_nothing_until_she_says_yes(town, rose):
    sam = long_silent(town, "Sam Lee", SAM)
    town.wait(hours=2)
    assert [text for text in sam.inbox if "for a year" in text] == [
        "Linli: Sam, we have not heard from you for a year. May we still ask you when a neighbour needs help? "
        "1 yes, 2 no, or I am not Sam."
    ]
    ask_for_an_errand(rose, words="")
    town.wait(minutes=5)
    assert len(sam.inbox) == 1
    assert "We go on asking you" in sam.text("1")
    ask_for_an_errand(town.telephone(ROSE), words="")
    town.wait(minutes=2)
    assert "errand for Rose" in sam.inbox[-1]


@pytest.mark.parametrize("answer", ["2", "no"])
def test_who_says_no_or_is_somebody_else_is_asked_no_more_and_staff_know(town, rose, answer):
    sam = long_silent(town, "Sam Lee", SAM)
    town.wait(minutes=2)
    assert "do not ask at this number any more" in sam.text(answer)
    assert not is_enrolled(town, SAM)
    assert [callback.why for callback in town.callbacks] == ["not_hers"]
    ask_for_an_errand(rose, words="")
    town.wait(hours=3)
    assert len(sam.inbox) == 2


def test_what_nobody_understands_goes_to_a_person_and_opens_nothing(town, rose):
    sam = long_silent(town, "Sam Lee", SAM)
    town.wait(minutes=2)
    sam.text("who is this?")
    ask_for_an_errand(rose, words="")
    town.wait(minutes=5)
    assert not any("errand" in text for text in sam.inbox)


def test_a_helper_who_does_something_is_there(town, rose):
    sam = long_silent(town, "Sam Lee", SAM)
    town.wait(minutes=2)
    sam.text("off")
    sam.text("on")
    ask_for_an_errand(rose, words="")
    town.wait(minutes=2)
    assert "errand for Rose" in sam.inbox[-1]


def test_whoever_was_heard_within_the_year_is_not_asked(town, rose):
    sam, lee = long_silent(town, "Sam Lee", SAM), town.volunteer("Lee Wong", LEE)
    with town.database.begin() as session:
        session.add(Phone(community_id=town.community_id, number=SAM, last_heard_at=town.now - timedelta(days=300)))
    town.wait(hours=2)
    assert sam.inbox == []
    assert lee.inbox == []


def test_a_landline_is_rung_and_asked_for_a_key(town, rose):
    phone = long_silent(town, "Ann Field", LANDLINE)
    assert phone.rings(minutes=5)
    asked = phone.answer()
    assert "May we still ask you" in asked
    assert "press 2" in asked
    assert "We go on asking you" in phone.press("1")
    with town.database.read() as session:
        assert silent_helpers(session, now=town.now) == []
        assert session.scalars(sa.select(Phone.asked_whose_at).where(Phone.number == LANDLINE)).all() == [None]


def test_at_night_nobody_is_asked(found_town):
    from town import MONDAY

    town = found_town(now=MONDAY.replace(hour=4))  # before eight in New York
    sam = long_silent(town, "Sam Lee", SAM)
    town.wait(minutes=5)
    assert sam.inbox == []
    town.wait(hours=10)
    assert len(sam.inbox) == 1


def test_a_landline_that_answers_offers_is_not_silent(town, rose):
    """Whoever is rung by us and presses a key calls nobody, and yet is there."""
    phone = long_silent(town, "Ann Field", LANDLINE, days=300)
    ask_for_an_errand(rose, words="")
    assert phone.rings(minutes=5)
    phone.answer()
    phone.press("2")
    with town.database.read() as session:
        later = town.now + timedelta(days=100)
        assert silent_helpers(session, now=later) == []
        assert len(silent_helpers(session, now=later + timedelta(days=365))) == 1
