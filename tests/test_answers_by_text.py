"""Answers find their question: a bare digit, a number by itself, a number and a digit in either order, late, from
another telephone."""

import pytest
from sqlalchemy import select
from town import ANNA, KARL, MIA, ROSE

from models.people import Volunteer


def errand(town, name, number):
    """Somebody asks for an errand; the code of its job."""
    phone = town.resident(name, number)
    phone.dial()
    phone.press("2")
    phone.press("1")
    phone.press("1")
    phone.silence()
    phone.press("1")
    phone.hang_up()
    town.wait(minutes=1)
    return town.jobs[-1].code


def states(town):
    return [str(job.state) for job in town.jobs]


def test_a_number_by_itself_is_answered_with_what_it_is_and_then_a_bare_yes_is_enough(town, sam):
    first, second = errand(town, "Rose Miller", ROSE), errand(town, "Karl Braun", KARL)
    assert f"Job {first}" in sam.text(str(first))
    assert "for Rose" in sam.inbox[-1]
    assert "Rose" in sam.text("yes"), "the details of the one that was named"
    assert states(town) == ["taken", "offered"]
    assert f"Job {second}" in sam.text(f"{second}?"), "and the other is still open to be asked about"


@pytest.mark.parametrize("written", ["{code} 1", "1 {code}", "1 #{code}", "#{code}: 1", "{code}. 1", "1{code}"])
def test_the_number_may_come_before_the_digit_or_behind_it(town, sam, written):
    errand(town, "Rose Miller", ROSE)
    second = errand(town, "Karl Braun", KARL)
    if written == "1{code}":
        sam.text("1")  # written in one, it is read only where it was asked for
    assert "Karl" in sam.text(written.format(code=second))
    assert states(town) == ["offered", "taken"]


def test_a_number_that_is_nobodys_goes_to_a_person(town, sam):
    errand(town, "Rose Miller", ROSE)
    assert "person" in sam.text("77")
    assert "no job 77" in sam.text("77 1")
    assert states(town) == ["offered"]


def test_a_job_in_hand_is_named_by_its_number_and_then_finished(town, sam):
    code = errand(town, "Anna Berg", ANNA)
    sam.text("1")
    assert f"Job {code}" in sam.text(str(code))
    assert "Thank you" in sam.text("done")
    assert str(town.jobs[0].state) == "done"


@pytest.mark.both_databases
def test_a_second_telephone_is_hers_too(town, sam):
    """Its yes counts, it is answered, and it is neither asked nor told: the details go to the first."""
    with town.database.begin() as session:
        session.scalars(select(Volunteer)).one().other_phone = MIA
    errand(town, "Rose Miller", ROSE)
    other = town.telephone(MIA)
    assert other.inbox == []
    assert "Text 3 when done" in " ".join([other.text("yes"), *sam.inbox])
    assert states(town) == ["taken"]
    assert "Rose's house" in " ".join(sam.inbox)
    assert "Rose's house" not in " ".join(other.inbox), "a number alone tells no address"
    other.text("STOP")
    assert states(town) == ["taken"], "the first is still rung and texted"
    other.text("START")
    assert "Thank you" in other.text("done")
    assert states(town) == ["done"]
