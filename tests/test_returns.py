"""A volunteer who takes jobs and gives them back again and again sees three addresses in a day, and not twenty."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town
from test_answers_by_text import errand
from town import DUTY, LEE, SAM

from dispatch import offering, taking, working
from dispatch.forgetting import forget
from models.jobs import Offer
from models.people import Volunteer
from models.requests import HelpRequest
from models.tasks import Alert, AlertKind

PEOPLE = [f"+1212555{at:04}" for at in range(200, 208)]


@pytest.fixture
def sam(town):
    town.staff("Dora", DUTY)
    return town.volunteer("Sam Lee", SAM, max_per_day=20)


def take_and_give_back(town, sam, count):
    """That many errands, one after the other."""
    for at in range(count):
        errand(town, f"P{at} Doe", PEOPLE[at])
        sam.text("1")
        sam.text("4")
        town.wait(minutes=1)


def tomorrow(town):
    town.clock.shown += timedelta(hours=24)
    town.settle()


def returns(town):
    return [alert for alert in town.alerts if alert.kind is AlertKind.GIVES_BACK]


def test_after_three_in_one_day_she_is_asked_no_more_nobody_tells_her_off_and_staff_see_it_once(town, sam):
    take_and_give_back(town, sam, 6)
    assert len({offer.job_id for offer in town.rows(Offer, volunteer_id=1)}) == 3
    addresses = {at for at in range(6) if any(f"P{at}'s house" in text for text in sam.inbox)}
    assert len(addresses) == 3
    (alert,) = returns(town)
    assert (alert.details["name"], alert.details["count"]) == ("Sam Lee", 3)
    assert not any("gave" in text or "again" in text.lower() for text in sam.inbox), sam.inbox


def test_another_is_asked_for_what_she_may_not_have(town, sam):
    take_and_give_back(town, sam, 3)
    lee = town.volunteer("Lee Wong", LEE)
    errand(town, "Person 7", PEOPLE[7])
    assert "1 yes" in lee.inbox[-1]
    asked = {offer.volunteer_id for offer in town.rows(Offer) if offer.job_id == town.jobs[-1].id}
    assert asked == {2}


def test_the_next_day_she_is_asked_again_and_the_alert_is_over(town, sam):
    take_and_give_back(town, sam, 3)
    tomorrow(town)
    assert returns(town) == []
    before = len(sam.inbox)
    errand(town, "Person 7", PEOPLE[7])
    assert len(sam.inbox) > before


def test_two_given_back_or_three_that_were_taken_before_are_nobodys_business(town, sam):
    """Who falls ill gives back at once what she took yesterday."""
    take_and_give_back(town, sam, 2)
    assert returns(town) == []
    tomorrow(town)
    errand(town, "Person 7", PEOPLE[7])
    sam.text("1")
    sam.text("4")
    assert returns(town) == []


def test_staff_see_whose_addresses_she_saw_and_say_that_it_is_all_right(tmp_path):
    town = build_town(tmp_path)
    with town.database.begin() as session:
        sam = session.get_one(Volunteer, town.ids["sam"])
        sam.max_per_day, who = 20, f"volunteer {sam.id}"
        for name in ("rose", "gao", "rose"):
            job = session.get_one(HelpRequest, town.errand_in(session, name)).job
            taking.accept(session, offering.new_offer(session, job, sam, now=town.now), who=who, now=town.now)
            working.release(session, job, who=who, now=town.now)
    dai = town.browser("Dai Fen")
    page = dai.see("/")
    assert "Taken and given back today: 3 jobs" in page
    assert page.count("East 8-2-401") >= 1
    assert "东里8号楼4单元601" in page
    assert "西里10号楼" not in page, "only whom she saw"
    assert "看到过的地址" in town.browser("Dai Fen", language="zh-CN").see("/")
    page = dai.see(f"/jobs/{town.job_of(town.errand('zhu'))}")
    assert "took and gave back several jobs today" in page
    page = dai.press(f"/volunteers/{town.ids['sam']}/all-right", next="/")
    assert "Sam Lee is asked again" in page
    assert "Taken and given back today" not in page
    page = dai.see(f"/jobs/{town.job_of(town.errand('zhu'))}")
    assert "took and gave back several jobs today" not in page
    with town.database.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM events WHERE verb = 'all_right'")) == 1


def test_whoever_is_forgotten_is_named_in_no_alert(town, sam):
    take_and_give_back(town, sam, 3)
    with town.database.begin() as session:
        her = session.scalars(sa.select(Volunteer)).one()
        forget(session, her, who="staff 1", now=town.now)
    alerts = [alert for alert in town.rows(Alert) if alert.kind is AlertKind.GIVES_BACK]
    assert [alert.closed_at is not None for alert in alerts] == [True]
    assert "Sam" not in str(alerts[0].details)
