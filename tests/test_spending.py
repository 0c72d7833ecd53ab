"""No more leaves in a day than the community wants to pay for; what cannot wait leaves all the same."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town
from test_alarms import sent
from test_answers_by_text import errand
from test_cries import not_well
from town import ANNA, DUTY, KARL, LEE, ROSE, SAM

from dispatch.spending import spent_today, usual_limit
from dispatch.telling import tell
from models.events import Event
from models.people import Resident, Volunteer
from models.places import Community
from models.tasks import AlertKind
from models.traffic import Call, Delivery, Direction, Message

KINDS = {AlertKind.NEAR_LIMIT, AlertKind.LIMIT}


def limit(town, units):
    with town.database.begin() as session:
        community = session.get_one(Community, town.community_id)
        community.day_limit_units, community.limit_due_at = units, None
    town.settle()


def about_the_limit(town):
    return [alert.kind for alert in town.alerts if alert.kind in KINDS]


def promise(town, kind, prompt="glad", **more):
    """Something is promised to each person of that kind."""
    with town.database.begin() as session:
        for person in session.scalars(sa.select(kind)):
            tell(session, person, prompt, now=town.now, **more)
    town.settle()


@pytest.fixture
def people(town):
    """Somebody on duty, two residents, one volunteer; eleven hours have passed since midnight, nothing has left."""
    town.staff("Dora", DUTY)
    return town.resident("Rose Miller", ROSE), town.resident("Karl May", KARL), town.volunteer("Sam Lee", SAM)


def test_near_the_limit_staff_are_told_and_at_the_limit_what_can_wait_waits_until_midnight(town, people):
    rose, karl, _ = people
    limit(town, 5)
    promise(town, Resident)
    promise(town, Resident)
    town.wait(minutes=2)
    assert about_the_limit(town) == [AlertKind.NEAR_LIMIT]
    promise(town, Volunteer)
    town.wait(minutes=2)
    assert about_the_limit(town) == [AlertKind.LIMIT]
    before = len(rose.inbox)
    promise(town, Resident, expires_at=town.now + timedelta(hours=30))
    promise(town, Resident, expires_at=town.now + timedelta(hours=1))
    town.wait(hours=2)
    assert len(rose.inbox) == len(karl.inbox) == before
    stale = town.rows(Message, state=Delivery.EXPIRED)
    assert {text.phone for text in stale} == {ROSE, KARL}, "what waited past its sense is not sent late"
    town.wait(hours=24, every=300)
    assert len(rose.inbox) == len(karl.inbox) == before + 1
    limit(town, 500)
    assert about_the_limit(town) == []


def test_what_cannot_wait_leaves_all_the_same(town, people):
    rose, karl, _ = people
    limit(town, 0)
    assert about_the_limit(town) == [AlertKind.LIMIT]
    told = len(town.telephone(DUTY).inbox)
    assert told >= 1, "whoever is on duty is told by text"
    assert rose.text("3") != "", "an answer to somebody of the book"
    assert town.telephone(ANNA).text("hello") == "", "nobody knows her; her text waits for a person"
    assert karl.dial() != "", "the line itself never stops"
    karl.hang_up()
    with town.database.begin() as session:
        resident = session.scalars(sa.select(Resident).where(Resident.phone == ROSE)).one()
        not_well(session, resident, now=town.now)
    town.settle()
    assert len(town.telephone(DUTY).inbox) > told
    assert town.telephone(DUTY).rings()


def test_one_press_lets_everything_leave_until_midnight_and_who_pressed_is_noted(tmp_path):
    town = build_town(tmp_path)
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        community.day_limit_units = 1
        session.add(sent(community, segments=3, now=town.now))
        tell(session, session.get_one(Resident, town.ids["rose"]), "glad", now=town.now)
    town.wait(minutes=1)
    dai = town.browser("Dai Fen")
    page = dai.see("/")
    assert "limit is reached" in page
    assert "1 text or call waits" in page
    page = dai.press("/limit/lift", next="/")
    assert "Everything leaves today" in page
    assert "limit is reached" not in page
    with town.database.read() as session:
        (event,) = session.scalars(sa.select(Event).where(Event.verb == "lift_limit"))
        assert event.who == f"staff {town.ids['Dai Fen']}"
    town.wait(minutes=5)
    assert town.row(Community, town.ids["community"]).stopped_until is None
    assert "Dai Fen" in town.browser().see("/settings/spending")
    town.wait(hours=24)
    with town.database.begin() as session:
        session.add(sent(session.get_one(Community, town.ids["community"]), segments=3, now=town.now))
    town.wait(minutes=2)
    assert town.row(Community, town.ids["community"]).stopped_until is not None, "tomorrow the limit counts again"


def test_a_higher_limit_lets_it_leave_at_once(tmp_path):
    town = build_town(tmp_path)
    chen = town.browser()
    chen.see("/settings/spending")
    with town.database.begin() as session:
        session.get_one(Community, town.ids["community"]).day_limit_units = 0
    town.wait(minutes=1)
    assert town.row(Community, town.ids["community"]).stopped_until is not None
    page = chen.press("/settings/spending", day_limit_money="", day_limit_units="50")
    assert "0 texts and minutes of 50 texts and minutes (0 percent)" in page
    assert town.row(Community, town.ids["community"]).stopped_until is None
    assert "limit is reached" not in chen.see("/")
    chen.press("/settings/spending", 422, day_limit_money="-1", day_limit_units="50")
    assert "Limit for a day" in chen.see("/settings/changes")


def test_the_limit_is_in_money_where_prices_are_known_and_generous_but_finite_where_nobody_has_set_one(town, people):
    with town.database.begin() as session:
        community = session.get_one(Community, town.community_id)
        assert usual_limit(session, community) == 500
        spent = spent_today(session, community, now=town.now)
        assert (spent.limit, spent.is_money) == (500, False)
        community.segment_price, community.minute_price = 0.5, 0.25
        spent = spent_today(session, community, now=town.now)
        assert (spent.limit, spent.is_money) == (250, True), "staff say what each costs"
        session.add(
            Message(
                community_id=community.id, direction=Direction.OUTBOUND, phone=ROSE, state=Delivery.SENT, segments=4,
                made_at=town.now - timedelta(days=3), claimed_at=town.now - timedelta(days=3), price=0.04, price_unit="USD",
            )
        )  # fmt: skip
        session.add(
            Call(
                community_id=community.id, direction=Direction.OUTBOUND, phone=ROSE, state=Delivery.ENDED, minutes=2,
                made_at=town.now, claimed_at=town.now, price=0.04, price_unit="USD",
            )
        )  # fmt: skip
        session.flush()
        spent = spent_today(session, community, now=town.now)
        assert (round(spent.used, 4), round(spent.limit, 4), spent.unit) == (0.04, 10.0, "USD"), (
            "the carrier knows better"
        )
        community.day_limit_money = 0.045
        spent = spent_today(session, community, now=town.now)
        assert (spent.is_near, spent.is_reached) == (True, False)


def test_an_alarm_that_nobody_answers_for_a_day_is_told_again_and_again_and_yet_not_without_end(town, people):
    town.staff("Ernst", LEE)
    limit(town, 0)
    with town.database.begin() as session:
        resident = session.scalars(sa.select(Resident).where(Resident.phone == ROSE)).one()
        not_well(session, resident, now=town.now)
    town.wait(hours=24)
    told = [row for row in [*town.rows(Message), *town.rows(Call)] if row.cause == "alert_not_well"]
    assert 24 <= len(told) <= 80


def test_a_day_of_errands_does_not_come_near_the_usual_limit(town, people):
    for at in range(4):
        errand(town, f"Person {at}", f"+1212555014{at}")
        people[2].text("1")
    with town.database.read() as session:
        assert spent_today(session, session.get_one(Community, town.community_id), now=town.now).percent < 20
