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
