"""Another time for what was asked for: who holds it, who is asked and who waits all hear what is true now."""

from datetime import date, time

import pytest
from board_town import Browser
from test_answers_by_text import errand
from town import DUTY, PASSWORD, ROSE, SAM

from dispatch.enrolment import set_absence
from dispatch.retiming import change_time
from models.errors import Refusal
from models.people import AbsenceKind, Resident
from models.requests import HelpRequest

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def sam(town):
    town.staff("Dora", DUTY)
    return town.volunteer("Sam Lee", SAM)


@pytest.fixture
def page(town):
    browser = Browser(town, town.house.app.test_client())
    browser.log_in("Dora", PASSWORD)
    return browser


def retime(town, page, day, hour, status=200):
    """Staff enter another time on the page of the last request."""
    row = town.requests[-1]
    page.see(f"/requests/{row.id}")
    answer = page.press(f"/requests/{row.id}/time", status, day=day, hour=hour)
    town.settle()
    return answer


@pytest.mark.both_databases
def test_whoever_has_it_is_told_and_so_is_she_who_waits(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    sam.text("1")
    rose = town.telephone(ROSE)
    before = len(rose.inbox)
    assert "is now tomorrow 14:00" in retime(town, page, TUESDAY.isoformat(), 14)
    assert "new time, tomorrow between 2 PM and 6 PM. If you cannot, text 4" in sam.inbox[-1]
    assert "the time is now tomorrow between 2 PM and 6 PM" in rose.inbox[-1]
    assert len(rose.inbox) == before + 1
    assert "instead of" in page.see(f"/requests/{town.requests[-1].id}")
    town.wait(hours=4)
    assert town.jobs[-1].state == "taken"
    assert not town.alerts, "nobody is late before the new time"
    sam.text("4")
    assert town.jobs[-1].state != "taken"


@pytest.mark.both_databases
def test_whoever_is_asked_is_asked_anew_and_an_old_yes_is_to_the_new_time(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    offered = [text for text in sam.inbox if "Can you" in text]
    retime(town, page, TUESDAY.isoformat(), 14)
    town.wait(minutes=1)
    now_offered = [text for text in sam.inbox if "Can you" in text]
    assert len(now_offered) == len(offered) + 1
    assert "tomorrow between 2 PM and 6 PM" in now_offered[-1]
    assert "tomorrow between 2 PM and 6 PM" in sam.text("1")
    assert town.jobs[-1].state == "taken"


@pytest.mark.both_databases
def test_changed_twice_before_it_could_be_told_only_the_last_is_told(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    sam.text("1")
    row = town.requests[-1]
    with town.database.begin() as session:
        one = session.get_one(HelpRequest, row.id)
        for hour in (13, 15):
            start = one.community.at(TUESDAY, time(hour))
            change_time(session, one, wanted_from=start, wanted_until=one.community.at(TUESDAY, time(hour + 4)),
                        who="staff 1", now=town.now)  # fmt: skip
    told = len(sam.inbox)
    town.settle()
    assert len(sam.inbox) == told + 1
    assert "between 3 PM and 7 PM" in sam.inbox[-1]


@pytest.mark.both_databases
def test_a_job_that_nobody_took_in_time_is_asked_of_all_again(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    sam.text("2")
    town.wait(hours=1)
    assert town.jobs[-1].state == "stuck"
    retime(town, page, TUESDAY.isoformat(), 14)
    town.wait(minutes=1)
    assert town.jobs[-1].state == "offered"
    assert not [alert for alert in town.alerts if alert.closed_at is None]


@pytest.mark.both_databases
def test_what_was_offered_for_the_old_time_is_open_no_more(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    retime(town, page, TUESDAY.isoformat(), 14)
    town.wait(minutes=1)
    assert [str(offer.state) for offer in town.offers] == ["withdrawn", "open"]


@pytest.mark.both_databases
def test_she_is_told_once_more_that_nobody_is_found_for_the_new_time(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    sam.text("2")
    town.wait(hours=1)
    rose = town.telephone(ROSE)
    told = [text for text in rose.inbox if "not found anybody yet" in text]
    assert len(told) == 1
    retime(town, page, TUESDAY.isoformat(), 14)
    town.wait(minutes=1)
    sam.text("2")
    town.wait(hours=1)
    assert len([text for text in rose.inbox if "not found anybody yet" in text]) == 2


def test_what_cannot_be(town, sam, page):
    errand(town, "Rose Miller", ROSE)
    row = town.requests[-1]
    assert "60 days" in retime(town, page, "2020-01-01", 9, 422)
    with town.database.begin() as session:
        rose = session.get_one(Resident, row.resident_id)
        set_absence(session, rose, kind=AbsenceKind.AWAY, from_date=TUESDAY, until_date=TUESDAY, who="staff 1",
                    now=town.now)  # fmt: skip
    assert "away on that day" in retime(town, page, TUESDAY.isoformat(), 9, 409)
    meal = HelpRequest(menu_id=1)
    with pytest.raises(Refusal, match="meal_has_its_time"):
        change_time(None, meal, wanted_from=town.now, wanted_until=town.now, who="staff 1", now=town.now)
    page.see(f"/requests/{row.id}")
    page.press(f"/requests/{row.id}/cancel")
    assert town.requests[-1].state == "cancelled"
    page.press(f"/requests/{row.id}/time", 409, day="soon")
