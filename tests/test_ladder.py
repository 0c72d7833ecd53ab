"""Nobody is found: few first, then everybody, then who is close to her, then staff; and she is told at set moments."""

import pytest
from sqlalchemy import update
from town import ANNA, DUTY, KARL, LEE, MIA, ROSE, SAM

from models.places import Service

pytestmark = pytest.mark.both_databases


def service(town, **values):
    with town.database.begin() as session:
        session.execute(update(Service).values(**values))


def ask(phone):
    for words in ("2", "1", "1", "milk"):
        phone.text(words)


def test_few_then_everybody_then_her_daughter_then_staff_and_she_hears_the_truth(town):
    rose = town.resident("Rose Miller", ROSE, contact=("Anna Miller", ANNA))
    helpers = [town.volunteer(f"{name} Lee", number) for name, number in (("Sam", SAM), ("Lee", LEE), ("Mia", MIA))]
    dora, anna = town.staff("Dora", DUTY), town.telephone(ANNA)
    service(town, wave_size=1, small_waves=1, ladder=["everyone", "contacts", "staff"])
    ask(rose)
    assert sorted(len(phone.inbox) for phone in helpers) == [0, 0, 1]
    town.wait(minutes=10.5)
    assert [len(phone.inbox) for phone in helpers] == [1, 1, 1]
    assert anna.inbox == []
    town.wait(minutes=10)
    assert "Nobody has been found yet for Rose: errand" in anna.inbox[-1]
    assert "Could you help?" in anna.inbox[-1]
    assert "Miller" not in anna.inbox[-1]
    assert dora.inbox == []
    assert [str(request.state) for request in town.requests] == ["waiting"]
    town.wait(minutes=10)
    assert "Nobody found for job" in dora.inbox[-1]
    assert "we have not found anybody yet" in rose.inbox[-1]
    town.wait(hours=3, minutes=31)
    assert "we are sorry, nobody could come" in rose.inbox[-1]
    town.wait(hours=1)
    assert sum("nobody could come" in text for text in rose.inbox) == 1
    assert len(anna.inbox) == 1, "she is asked once"
    assert "comes" in helpers[0].text("1") + rose.inbox[-1]


def test_without_a_ladder_of_its_own_a_service_goes_from_wave_to_wave_to_staff(town):
    karl = town.resident("Karl Braun", KARL, contact=("Anna Braun", ANNA))
    dora = town.staff("Dora", DUTY)
    helpers = [town.volunteer(f"Helper {n}", number) for n, number in enumerate((SAM, LEE, MIA))]
    service(town, wave_size=1, small_waves=0)
    ask(karl)
    for asked in (1, 2, 3):
        assert sum(len(phone.inbox) for phone in helpers) == asked
        town.wait(minutes=10.5)
    assert "Nobody found" in dora.inbox[-1]
    assert town.telephone(ANNA).inbox == []


def test_nobody_at_all_at_ten_at_night(town):
    """She asks when everybody sleeps and there is no volunteer: no telephone rings, and in the morning each is told once."""
    dora, rose = town.staff("Dora", DUTY), town.resident("Rose Miller", ROSE)
    town.wait(hours=13)
    for words in ("2", "1", "2", "milk"):
        rose.text(words)
    answered = len(rose.inbox)
    assert "tomorrow" in rose.inbox[-1], "it is not promised for tonight"
    town.wait(hours=9.9)
    assert dora.inbox == []
    assert len(rose.inbox) == answered
    town.wait(minutes=10)
    assert sum("Nobody found for job" in text for text in dora.inbox) == 1
    assert sum("have not found anybody yet" in text for text in rose.inbox) == 1
    town.wait(minutes=9)
    assert sum("Nobody found for job" in text for text in dora.inbox) == 1, "she has her time to answer"
    assert [alert.kind for alert in town.alerts] == ["nobody_found"]


def test_what_is_reported_at_night_is_told_to_the_one_on_duty_once_in_the_morning(town):
    dora, sam, rose = town.staff("Dora", DUTY), town.volunteer("Sam Lee", SAM), town.resident("Rose Miller", ROSE)
    town.wait(hours=7)
    ask(rose)
    sam.text("1")
    sam.text("3")
    town.wait(hours=6)
    sam.text("6")
    assert [alert.kind for alert in town.alerts] == ["worried"]
    assert dora.inbox == []
    town.wait(hours=10.1)
    assert len(dora.inbox) == 1
    assert "worried" in dora.inbox[0]
    town.wait(minutes=20)
    assert len(dora.inbox) == 2, "she has not answered"
