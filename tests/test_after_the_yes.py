"""After the yes: a reminder before the time, "running late" told to whoever waits, staff when it is too much."""

from datetime import UTC, datetime, time, timedelta

import pytest
from board_town import Browser
from sqlalchemy import select
from town import DUTY, ROSE, SAM

from dispatch import asking
from dispatch.taking import remind_at
from models.events import Event
from models.jobs import Job
from models.people import Resident
from models.places import Community
from models.requests import Source

TOWN = Community(timezone="America/New_York", quiet_from=time(21), quiet_until=time(8))


def at(day, hour, minute=0):
    return TOWN.at(datetime(2026, 11, day, tzinfo=UTC).date(), time(hour, minute))


@pytest.mark.parametrize(
    ("taken_at", "wanted_from", "reminded_at"),
    [
        (at(23, 9), at(23, 14), at(23, 13, 15)),
        (at(23, 9), at(23, 12), at(23, 11, 15)),
        (at(23, 9), at(23, 11, 59), None),
        (at(23, 9), at(24, 8, 30), at(24, 8)),
        (at(23, 9), at(24, 8), at(23, 20, 59)),
        (at(23, 21, 30), at(24, 8), None),
    ],
)
def test_whoever_took_it_long_before_is_reminded_and_never_at_night(taken_at, wanted_from, reminded_at):
    job = Job(wanted_from=wanted_from, wanted_until=wanted_from + timedelta(hours=4), community=TOWN)
    assert remind_at(job, taken_at=taken_at) == reminded_at


def ask_for(town, name, hours):
    with town.database.begin() as session:
        rose = session.scalars(select(Resident).where(Resident.name == name)).one()
        service = next(one for one in rose.community.services if one.code == "errand")
        start = town.now + timedelta(hours=hours)
        asking.place_help(session, rose, service, wanted_from=start, wanted_until=start + timedelta(hours=4),
                          source=Source.STAFF, who="staff 1", now=town.now, note="milk")  # fmt: skip
    town.settle()


@pytest.mark.both_databases
def test_a_reminder_then_running_late_moves_the_question_and_at_last_staff_know(town):
    rose, sam, dora = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM), town.staff("Dora", DUTY)
    ask_for(town, "Rose Miller", hours=3)
    sam.text("1")
    town.wait(hours=2, minutes=14)
    assert "it is yours" not in sam.inbox[-1]
    town.wait(minutes=2)
    assert "errand, today between 12 PM and 4 PM: it is yours" in sam.inbox[-1]
    assert "We tell them" in sam.text("20 min late")
    assert "Sam will be about 20 minutes late" in rose.inbox[-1]
    assert [(event.why, event.request_id is not None) for event in town.rows(Event, verb="late")] == [("20", True)]
    page = Browser(town, town.app.test_client())
    page.log_in("Dora", "a long password")
    assert "later, by about 20 minutes" in page.see("/")
    town.wait(hours=2)
    assert "is it done?" not in sam.inbox[-1]
    town.wait(minutes=6)
    assert "is it done?" in sam.inbox[-1]
    sam.text("running late")
    assert "Sam will be a little late" in rose.inbox[-1]
    assert dora.inbox == []
    assert "our staff too" in sam.text(f"late {town.jobs[0].code}")
    assert "is not reported done" in dora.inbox[-1]
    sam.text("done")
    assert town.alerts == []
