"""What the database refuses is not told in the log: neither the row nor whose it is, on either database."""

import logging

import pytest
import sqlalchemy as sa
from town import ROSE

from models.people import Resident


@pytest.mark.both_databases
@pytest.mark.parametrize("broken", [{"id": 1}, {"zone_id": None}, {"zone_id": 99}], ids=str)
def test_a_row_that_the_database_refuses_is_not_told_in_the_log(town, caplog, broken):
    town.resident("Rose Quigley", ROSE, address="Larkspur 7")
    with town.database.read() as session:
        row = dict(session.execute(sa.select(Resident.__table__)).mappings().one())
    with pytest.raises(sa.exc.IntegrityError) as refused, town.database.begin() as session:
        session.execute(sa.insert(Resident).values({**row, "id": 2, **broken}))
    logging.getLogger("voice").error("it broke", exc_info=refused.value)
    assert "IntegrityError" in caplog.text
    assert "Quigley" not in caplog.text
    assert "Larkspur" not in caplog.text


def test_no_row_is_told_in_the_log_whatever_it_is_told_to_say(town, caplog):
    town.resident("Rose Quigley", ROSE, address="Larkspur 7")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="sqlalchemy.engine"):
        with town.database.read() as session:
            assert session.scalars(sa.select(Resident)).one().name == "Rose Quigley"
        assert "SELECT" in caplog.text
    assert "Quigley" not in caplog.text
