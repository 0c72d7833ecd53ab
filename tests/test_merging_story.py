"""Rose stands twice in the book, with two telephones; she is made one, and both telephones know her."""

import threading

import pytest
from sqlalchemy import func, select
from town import KARL, ROSE, SAM

from dispatch.board.search import find_people, numbers_meant
from dispatch.doubles import probable_doubles
from dispatch.merging import merge
from dispatch.one_person import Choice
from models.errors import Refusal
from models.people import Resident
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Call, Message

pytestmark = pytest.mark.both_databases
WHO = "staff 1"


@pytest.fixture
def roses(town):
    """Rose, and Rose again with another number."""
    town.menu("Soup", "Noodles")
    town.resident("Rose Miller", ROSE, address="East 1")
    town.resident("Rose Miler", KARL, address="East 1")
    town.volunteer("Sam Lee", SAM)
    return town


def people(session):
    """The two entries, or what there is of them."""
    return session.scalars(select(Resident).order_by(Resident.id)).all()


def made_one(town):
    """One Rose."""
    with town.database.begin() as session:
        kept, gone = people(session)
        merge(session, kept, gone, Choice(), who=WHO, now=town.now)


def test_after_the_merge_both_telephones_know_her_and_what_each_has_ordered(roses):
    roses.telephone(ROSE).dial()
    roses.telephone(ROSE).press("1")
    with pytest.raises(Refusal, match="merge_on_the_phone"):
        made_one(roses)
    roses.telephone(ROSE).hang_up()
    roses.telephone(KARL).text("hello")
    with roses.database.read() as session:
        counted = [session.scalar(select(func.count()).select_from(kind)) for kind in (HelpRequest, Call, Message)]
        pair = probable_doubles(session, session.scalars(select(Community)).one(), Resident)
        assert [one.why for one in pair] == ["same_address"]
    made_one(roses)
    with roses.database.read() as session:
        assert len(people(session)) == 1
        assert [session.scalar(select(func.count()).select_from(k)) for k in (HelpRequest, Call, Message)] == counted
        assert {call.resident_id for call in session.scalars(select(Call))} == {people(session)[0].id}
    heard = roses.telephone(KARL).dial()
    assert "Rose" in heard
    assert "Soup" in roses.telephone(KARL).press("3"), "what she ordered from the other telephone"


def test_two_who_merge_at_once_merge_once(roses):
    """The second finds it done; on SQLite it waits its turn, on PostgreSQL for the rows."""
    outcomes = []

    def one_more():
        try:
            made_one(roses)
            outcomes.append("merged")
        except (Refusal, ValueError) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=one_more) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes.count("merged") == 1, outcomes
    with roses.database.read() as session:
        assert len(people(session)) == 1


@pytest.mark.parametrize("wanted", ["rose", "millre", "0111", "(212) 555-0111"])
def test_people_and_their_numbers_are_found_on_both_databases(roses, wanted):
    roses.telephone(ROSE).text("hello")
    with roses.database.read() as session:
        community = session.scalars(select(Community)).one()
        assert ROSE in [row.phone for row in find_people(session, community, Resident, wanted, most=5)]
        hers = select(Message.phone).where(numbers_meant(session, community, Message.phone, wanted))
        assert ROSE in set(session.scalars(hers))
