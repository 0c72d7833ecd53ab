"""A whole day on which no wire leads to the house: what staff see and do, and that its end is no second disaster."""

from datetime import UTC, datetime

import pytest
from board_town import Browser
from town import ANNA, DUTY, KARL, LEE, PASSWORD, ROSE, SAM

from dispatch.founding import add_staff
from models.people import Role
from models.places import Community
from models.traffic import Call

SUNDAY_EVENING = datetime(2026, 11, 23, 0, 55, tzinfo=UTC)  # five to eight in New York


@pytest.fixture
def town(found_town):
    """Rose has her lunch by standing order; Karl and Anna order when they like. The board is on the office's own wire."""
    town = found_town(now=SUNDAY_EVENING)
    for name, number in (("Rose Miller", ROSE), ("Karl Jones", KARL), ("Anna Bell", ANNA)):
        town.resident(name, number, address="5 Elm Street")
    town.volunteer("Sam Lee", SAM)
    town.volunteer("Lee Fox", LEE)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup", "Noodles", days=1)
    town.menu("Rice", days=2)
    town.standing_order("Rose Miller")
    town.settle()
    return town


@pytest.fixture
def board(town):
    """Cora, the coordinator, at her board."""
    with town.database.begin() as session:
        community = session.get_one(Community, town.community_id)
        add_staff(
            session, community, name="Cora", role=Role.COORDINATOR, phone=None, is_on_duty=False, password=PASSWORD,
            language="en",
        )  # fmt: skip
    return Browser(town, town.app.test_client())


def the_night_passes(town, board=None):
    town.is_cut = True
    town.wait(hours=13.2)  # until a quarter past nine in the morning
    if board is not None:
        board.log_in("Cora", PASSWORD)


def open_alerts(town):
    return sorted(str(alert.kind) for alert in town.alerts if alert.closed_at is None)


def sent_to(town, number):
    return [(m.cause, str(m.state)) for m in town.messages if m.phone == number and m.direction == "outbound"]


def test_staff_know_in_the_morning_though_nothing_of_ours_had_to_leave(town, board):
    the_night_passes(town, board)
    assert open_alerts(town) == ["carrier_down"]
    assert len(town.alerts) == 1
    assert "The telephone carrier does not answer" in board.see("/")


def test_the_kitchen_cooks_what_was_ordered_and_staff_carry_it_by_hand(town, board):
    the_night_passes(town, board)
    town.wait(hours=1)  # the cut-off passes
    assert open_alerts(town) == ["carrier_down"]
    assert "Rose Miller" in board.see(f"/meals/{town.requests[0].menu_id}")
    town.wait(hours=1)
    assert open_alerts(town) == ["carrier_down", "nobody_found"]
    job = town.jobs[0]
    board.see(f"/jobs/{job.id}")
    board.press(f"/jobs/{job.id}/assign", volunteer=1)
    board.see(f"/requests/{town.requests[0].id}")
    board.press(f"/requests/{town.requests[0].id}/finish")
    assert [str(r.state) for r in town.requests] == ["done", "pooled"]  # and tomorrow's is there
    assert open_alerts(town) == ["carrier_down"]


def test_what_could_not_be_told_her_in_time_is_for_staff_to_tell(town, board):
    the_night_passes(town, board)
    town.wait(hours=4, every=120)
    assert sent_to(town, ROSE) == [("nobody_yet", "expired"), ("nobody_came", "queued")]
    assert open_alerts(town) == ["carrier_down", "nobody_found", "unreached"]
    page = board.see("/")
    assert "Rose Miller" in page
    assert "Ring and tell them yourself" in page


def test_when_it_is_back_yesterdays_news_stay_away_and_whoever_tried_is_not_forgotten(town):
    rose, karl, anna = (town.telephone(number) for number in (ROSE, KARL, ANNA))
    the_night_passes(town)
    rose.dial()
    karl.text("1")
    town.wait(hours=4, every=120)
    anna.text("Could somebody look at my tap?")
    town.wait(hours=6.5, every=120)
    town.is_cut = False
    town.wait(minutes=8)
    assert "carrier_down" not in open_alerts(town)
    # Nothing of noon is told in the evening: no offer, no "nobody yet".
    assert [town.telephone(number).inbox for number in (SAM, LEE, ROSE)] == [[], [], []]
    # Dora hears once what is still to be done, and not once for each hour of the day.
    assert len(town.telephone(DUTY).inbox) == len(set(town.telephone(DUTY).inbox)) <= 3
    # Rose, who called, is rung; Karl's "1" of the morning is no order of tomorrow's lunch; Anna is read by a person.
    rung = [call for call in town.rows(Call, direction="outbound") if call.staff_id is None]
    assert {(call.phone, call.cause) for call in rung} == {(ROSE, "missed_you")}
    assert [(task.phone, task.why) for task in town.callbacks] == [(KARL, "came_while_down")]
    assert not [request for request in town.requests if request.resident_id != 1]
    assert any("A person will read this" in text for text in anna.inbox)
