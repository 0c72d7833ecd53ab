"""What came while nothing of ours answered is taken up as if it had arrived then, and whoever called is rung back."""

from datetime import UTC, datetime, timedelta

import pytest
from town import ANNA, DUTY, KARL, ROSE, SAM

from models.lifecycle import State
from models.traffic import Call, Message, Outcome

MEI = "+861055551001"


@pytest.fixture
def fed(town):
    """A town with Rose and Mei, lunch, a volunteer and somebody on duty; the carrier's lists have been read once."""
    town.resident("Rose Miller", ROSE, address="5 Elm Street")
    town.resident("Mei Chen", MEI, language="zh-CN")
    town.volunteer("Sam Lee", SAM)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup", "Noodles")
    town.settle()
    return town


def down_for(town, minutes, *deeds, then=2):
    """Nothing answers for so long; at the beginning people do these things. Afterwards some minutes pass."""
    town.go_down()
    for deed in deeds:
        deed()
        town.wait(minutes=1)
    town.wait(minutes=minutes)
    town.come_back()
    town.wait(minutes=then)


def test_an_order_that_was_texted_meanwhile_is_placed_once_and_confirmed(fed):
    rose = fed.telephone(ROSE)
    down_for(fed, 20, lambda: rose.text("1"))
    assert [(r.resident.name if r.resident else "", str(r.state)) for r in _with_people(fed)] == [
        ("Rose Miller", "pooled")
    ]
    assert len([text for text in rose.inbox if "Ordered" in text]) == 1
    fed.wait(minutes=30)
    assert len(fed.requests) == 1


def test_an_order_in_time_counts_though_it_is_read_after_the_cut_off(fed):
    fed.clock.shown = datetime(2026, 11, 23, 14, 50, tzinfo=UTC)  # ten to ten; lunch closes at ten
    fed.wait(minutes=6)
    rose = fed.telephone(ROSE)
    down_for(fed, 30, lambda: rose.text("1"))
    assert fed.now > datetime(2026, 11, 23, 15, 20, tzinfo=UTC)
    request = fed.requests[0]
    assert request.placed_at < datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert request.state is not State.POOLED  # the kitchen's list was closed with her on it, not before
    assert len([text for text in rose.inbox if "Ordered" in text]) == 1


def test_a_webhook_that_comes_after_all_changes_nothing(fed):
    from test_webhooks import write

    rose = fed.telephone(ROSE)
    down_for(fed, 10, lambda: rose.text("1"))
    sid = next(m.message_sid for m in fed.messages if m.direction == "inbound")
    assert write(fed, "1", sid=sid).status_code == 200
    assert len(fed.requests) == 1
    assert len([m for m in fed.messages if m.direction == "inbound"]) == 1


def test_a_text_of_yesterday_is_read_by_a_person_and_orders_nothing(fed):
    rose = fed.telephone(ROSE)
    fed.go_down()
    rose.text("1")
    fed.clock.shown += timedelta(hours=26)
    fed.elapsed += 26 * 3600
    fed.come_back()
    fed.wait(minutes=1)
    assert fed.requests == []
    assert [task.why for task in fed.callbacks] == ["came_while_down"]
    assert [m.needs_reading for m in fed.messages if m.direction == "inbound"] == [True]


def test_a_resident_who_rang_in_vain_is_rung_back_and_orders_by_one_key(fed):
    rose = fed.telephone(ROSE)
    down_for(fed, 8, rose.dial, rose.dial, then=0)
    assert rose.rings()
    heard = rose.answer()
    assert "could not answer" in heard
    assert "press 1" in heard
    assert "Ordered" in rose.press("1")
    rose.hang_up()
    fed.wait(minutes=20)
    assert rose.state == "idle"  # she rang twice, and was rung once
    assert [str(c.outcome) for c in fed.rows(Call, direction="outbound") if c.phone == ROSE] == ["ordered"]
    assert [c.outcome for c in fed.calls] == [Outcome.UNFINISHED, Outcome.UNFINISHED]


def test_whoever_got_through_meanwhile_is_not_rung_back(fed):
    rose = fed.telephone(ROSE)
    fed.go_down()
    rose.dial()
    fed.wait(minutes=3)
    fed.is_down = False  # the line answers again, and the lists are read only later
    rose.dial()
    rose.press("1")
    rose.hang_up()
    fed.wait(minutes=12)
    assert [str(c.outcome) for c in fed.calls] == ["ordered", "unfinished"]
    assert fed.rows(Call, direction="outbound") == []


def test_strangers_and_withheld_numbers_are_for_a_person(fed):
    anna, karl = fed.telephone(ANNA), fed.telephone(KARL)
    down_for(fed, 10, anna.dial, lambda: karl.dial(withheld=True))
    assert sorted((task.why, task.phone) for task in fed.callbacks if task.phone) == [("missed_while_down", ANNA)]
    assert [task.phone for task in fed.callbacks if not task.phone] == [None]
    assert not anna.rings()


def test_a_volunteer_who_said_yes_meanwhile_has_it(fed):
    rose, sam = fed.telephone(ROSE), fed.telephone(SAM)
    for body in ("2", "1", "1", "bread"):
        rose.text(body)
    down_for(fed, 6, lambda: sam.text("1"))
    assert [job.state for job in fed.jobs] == [State.TAKEN]
    assert "5 Elm Street" in " | ".join(sam.inbox)


def test_a_call_whose_end_was_lost_is_over(fed):
    rose = fed.telephone(ROSE)
    rose.dial()
    fed.go_down()
    rose.hang_up()
    fed.wait(minutes=6)
    fed.come_back()
    fed.wait(minutes=1)
    call = fed.calls[0]
    assert call.outcome is Outcome.UNFINISHED
    assert fed.now - call.ended_at < timedelta(minutes=2)


def test_lists_that_cannot_be_read_stop_nothing_and_are_read_later(fed):
    rose = fed.telephone(ROSE)
    fed.go_down()
    rose.text("1")
    fed.wait(minutes=7)
    fed.exchange.faults.set({"is_down": True})
    fed.come_back()
    fed.wait(minutes=2)
    assert fed.requests == []
    fed.exchange.faults.set({"is_down": False})
    fed.wait(minutes=3)
    assert len(fed.requests) == 1


def test_nothing_is_closed_before_the_lists_are_read(fed):
    fed.wait(minutes=6)
    rose = fed.telephone(ROSE)
    fed.go_down()
    rose.text("1")
    fed.wait(minutes=70)  # past the cut-off
    fed.is_down = False
    fed._build()
    fed.house.sweeps.run("lease")
    fed.house.sweeps.run("watch")  # quicker than the reading of the lists
    fed.settle()
    assert len([text for text in rose.inbox if "Ordered" in text]) == 1
    assert [request.state in (State.WAITING, State.OFFERED, State.STUCK) for request in fed.requests] == [True]


@pytest.mark.parametrize("minutes", [-300, -60, 60, 300])
def test_a_clock_that_differs_from_the_carriers_loses_nothing(fed, minutes):
    fed.exchange.plant.now = lambda: fed.clock.shown - timedelta(minutes=minutes)
    fed._build()
    fed.wait(minutes=6)
    rose, anna = fed.telephone(ROSE), fed.telephone(ANNA)
    down_for(fed, 8, lambda: rose.text("1"), anna.dial)
    assert len(fed.requests) == 1
    assert timedelta(minutes=7) < fed.now - fed.requests[0].placed_at < timedelta(minutes=15)  # by our own clock
    assert [task.why for task in fed.callbacks] == ["missed_while_down"]


@pytest.mark.parametrize("steps", [(-60, -60), (60, -60), (-60, 60), (90, 90, -90)])
def test_however_our_clock_is_set_while_we_are_down_nothing_is_lost(fed, steps):
    ours = {"differs": timedelta(0)}
    fed.exchange.plant.now = lambda: fed.clock.shown - ours["differs"]
    fed.wait(minutes=6)
    for number, minutes in enumerate(steps):
        fed.go_down()
        fed.telephone(f"+1212555{800 + number:04d}").dial()
        fed.wait(minutes=6)
        ours["differs"] += timedelta(minutes=minutes)
        fed.clock.shown += timedelta(minutes=minutes)
        fed.exchange.faults.set({"is_down": True})
        fed.come_back()
        fed.wait(minutes=12)
    fed.exchange.faults.set({"is_down": False})
    fed.wait(minutes=10)
    assert [str(call.outcome) for call in fed.calls] == ["unfinished"] * len(steps)


def test_what_was_there_before_us_is_not_ours(found_town):
    town = found_town()
    town.go_down()
    town.resident("Rose Miller", ROSE)
    town.menu("Tomato soup")
    town.telephone(ROSE).text("1")
    town.wait(minutes=15)
    town.come_back()
    town.wait(minutes=15)
    assert [m for m in town.rows(Message) if m.direction == "inbound"] == []


def _with_people(town):
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    from models.requests import HelpRequest

    with town.database.read() as session:
        return list(session.scalars(select(HelpRequest).options(joinedload(HelpRequest.resident))))
