"""Texts leave no faster than the network takes them: the urgent first, and nothing waits for ever."""

from datetime import timedelta

import pytest
from town import MONDAY, PUBLIC, ROSE, SAM

from models.traffic import Delivery, Direction, Message
from voice.outbox import Outbox
from voice.pace import Pace, Rank
from voice.segments import segments_of

pytestmark = pytest.mark.both_databases

LONG = "The kitchen cooks nothing on Friday. " * 6


@pytest.fixture
def town(found_town, monkeypatch):
    """A town whose number carries one segment in a second, and where one telephone may stand for many."""
    monkeypatch.setattr("voice.claims.TEXTS_AN_HOUR", 1000)
    monkeypatch.setattr("voice.claims.SAME_AN_HOUR", 1000)
    found = found_town(environ={"LINLI_CARRIER__SEGMENTS_PER_SECOND": "1"})
    found.resident("Rose Miller", ROSE)
    found.volunteer("Sam Lee", SAM)
    return found


def promise(town, count, *, words=LONG, urgent=False, minutes=600, to=ROSE):
    """Texts that are due now."""
    with town.database.begin() as session:
        for _ in range(count):
            session.add(Message(
                community_id=town.community_id, direction=Direction.OUTBOUND, phone=to,
                says=[["from_staff", {"words": words}]], cause="from_staff", language="en", state=Delivery.QUEUED,
                is_urgent=urgent, made_at=town.now, due_at=town.now, expires_at=town.now + timedelta(minutes=minutes),
            ))  # fmt: skip


def left(town):
    """What has left, in the order in which it left."""
    gone = [row for row in town.rows(Message) if row.claimed_at and row.message_sid]
    return sorted(gone, key=lambda row: (row.claimed_at, row.id))


def test_two_hundred_texts_keep_the_pace_and_an_urgent_one_behind_them_leaves_next(town):
    promise(town, 200)
    other = Outbox(town.database, town.house.outbox._ways, public_url=PUBLIC, pace=Pace(1.0))  # another process
    for _ in range(20):
        other.send_due(now=town.now)
        town.seconds(1)
    gone = left(town)
    segments = sum(segments_of(row.body) for row in gone)
    assert {segments_of(row.body) for row in gone} == {2}
    assert 26 <= segments <= 34, "ten ahead, then one in a second"
    rose = town.telephone(ROSE)
    before = len(rose.inbox)
    promise(town, 1, words="An answer.", minutes=10)
    promise(town, 1, words="She is not well.", urgent=True)
    town.settle()
    assert ["not well" in rose.inbox[before], "An answer" in rose.inbox[before + 1]] == [True, True]
    assert len(rose.inbox) <= before + 3


def test_what_can_wait_is_not_starved_by_what_cannot(town):
    promise(town, 2, words="The menu.")
    with town.database.begin() as session:
        community = town._community(session)
        community.busy_until, community.bulk_left_at = town.now + timedelta(seconds=50), town.now
    for second in range(20):
        promise(town, 1, words=f"Alarm {second}", urgent=True)
        town.seconds(1)
    menus = [row.claimed_at for row in town.rows(Message) if row.message_sid and "menu" in row.body]
    assert len(menus) == 2
    assert timedelta(seconds=7) <= menus[1] - menus[0] <= timedelta(seconds=10)
    assert len([row for row in left(town) if row.is_urgent]) >= 18


def test_a_clock_that_was_set_back_holds_nothing_up(town):
    pace, now = Pace(1.0), MONDAY
    for rank in Rank:
        assert pace.may_leave(rank, now + timedelta(minutes=59), now, now=now)
        assert not pace.may_leave(rank, now + timedelta(seconds=90), now, now=now)
    assert pace.may_leave(Rank.BULK, now + timedelta(seconds=90), now + timedelta(seconds=1), now=now)
    assert pace.busy_until(now + timedelta(days=2), 3, now=now) == now + timedelta(seconds=3)
    assert Pace(0).may_leave(Rank.BULK, now + timedelta(minutes=5), now, now=now)
    with town.database.begin() as session:
        community = town._community(session)
        community.busy_until = community.bulk_left_at = town.now + timedelta(hours=1)
    promise(town, 1)
    promise(town, 1, urgent=True)
    town.settle()
    assert len(left(town)) == 2
    with town.database.begin() as session:
        community = town._community(session)
        community.busy_until, community.bulk_left_at = town.now + timedelta(seconds=90), town.now + timedelta(hours=1)
    promise(town, 1)
    town.settle()
    assert len(left(town)) == 3, "what can wait waits for no text that is yet to leave"


def test_an_offer_that_the_network_could_not_carry_in_time_expires_there_and_its_number_stays_well(town):
    """The carrier is told how long the text is worth anything; what it let lapse says nothing about the number."""
    town.exchange.faults.set({"segments_per_second": 0.002})
    promise(town, 2, words="Can you?", minutes=5, to=SAM)
    town.wait(minutes=20)
    first, second = town.rows(Message)
    assert first.state is Delivery.DELIVERED
    assert (second.state, second.error_code) == (Delivery.EXPIRED, "30036")
    assert second.attempts == 1
    assert len(town.telephone(SAM).inbox) == 1
    promise(town, 1, words="Can you now?", minutes=60, to=SAM)
    town.exchange.faults.set({"segments_per_second": 0})
    town.wait(minutes=10)
    assert "Can you now?" in town.telephone(SAM).inbox[-1]
