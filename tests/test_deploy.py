"""A new version in the middle of a call: nothing is lost, and no key means what was not said."""

import pytest
import sqlalchemy as sa
from test_webhooks import key, ring
from town import ROSE

from models.traffic import Call
from voice.places.edition import EDITION, edition_of


@pytest.fixture
def rung(town):
    """Rose is in a call, and has heard what 1 orders."""
    town.resident("Rose Miller", ROSE)
    town.menu("Tomato soup", "Noodles")
    assert "press 1" in ring(town).get_data(as_text=True)
    return town


def rewrite(town, **changes):
    """What an older version had written about the call."""
    with town.database.begin() as session:
        call = session.scalars(sa.select(Call)).one()
        call.talk = {**call.talk, **changes}


def test_a_call_goes_on_in_the_next_process(rung):
    rung._build()
    assert "Ordered" in key(rung, 1, "1").get_data(as_text=True)


def test_a_key_of_older_menus_is_asked_again_and_does_nothing(rung):
    rewrite(rung, edition="an older one")
    said = key(rung, 1, "1").get_data(as_text=True)
    assert "listen once more" in said
    assert "To order it, press 1" in said
    assert rung.requests == []
    assert "Ordered" in key(rung, 2, "1").get_data(as_text=True)


def test_a_place_that_is_no_more_leads_home(rung):
    rewrite(rung, place="a place of old", edition="an older one", picks={"dish": 7}, something_new=1)
    assert "To order it, press 1" in key(rung, 1, "2").get_data(as_text=True)
    assert "Ordered" in key(rung, 2, "1").get_data(as_text=True)


def test_a_talk_from_before_editions_counts_as_ours(rung):
    rewrite(rung, edition="")
    assert "Ordered" in key(rung, 1, "1").get_data(as_text=True)


def test_the_edition_changes_with_the_menus(tmp_path):
    (tmp_path / "meals.py").write_text("KEYS = {'1': 'soup'}")
    before = edition_of(tmp_path)
    assert edition_of(tmp_path) == before
    (tmp_path / "meals.py").write_text("KEYS = {'1': 'noodles'}")
    assert edition_of(tmp_path) != before
    assert EDITION not in (before, edition_of(tmp_path))


def test_hanging_up_after_the_menus_changed_still_has_an_outcome(rung):
    from test_webhooks import ACCOUNT, CALL, post
    from town import LINE

    rewrite(rung, place="a place of old")
    params = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "CallStatus": "completed"}
    assert post(rung, "/voice/status", params).status_code == 204
    assert [str(call.outcome) for call in rung.calls] == ["unfinished"]
