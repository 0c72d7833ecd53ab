"""What we know of somebody and since when, and a volunteer's seven days, as the board shows them."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch import taking
from models.jobs import Offer
from models.lifecycle import State
from models.numbers import phone_of
from models.people import Absence, AbsenceKind, Resident, Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Delivery, Direction, Message


@pytest.fixture
def town(tmp_path):
    """Two communities and their people."""
    return build_town(tmp_path)


def panel(page, name):
    """The words of one panel."""
    section = re.search(rf'<section[^>]*id="{name}".*?</section>', page, re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def test_who_entered_and_enrolled_and_changed_her_stands_on_her_page(town):
    chen, dai = town.browser(), town.browser("Dai Fen")
    chen.see("/residents/new")
    chen.press("/residents/new", name="Wu Ying", phone="170 0000 7777", language="en", zone="1")
    row_id = int(re.search(r"/residents/(\d+)/edit", chen.page)[1])
    town.now += timedelta(minutes=5)
    dai.see(f"/residents/{row_id}")
    dai.press(f"/residents/{row_id}/enrol", consent="paper")
    town.now += timedelta(minutes=5)
    dai.press(f"/residents/{row_id}/absences", absence_kind="away", from_date="2026-11-25", until_date="")
    said = panel(dai.page, "known")
    assert "Entered 09:00 · Chen Li" in said
    assert "09:10 absence entered Dai Fen" in said
    assert "09:05 consent noted Dai Fen" in said
    assert "since 09:05, on paper" in said


def test_who_came_from_a_list_and_never_called_is_said_to(town):
    said = panel(town.browser().see(f"/residents/{town.ids['rose']}"), "known")
    assert "Entered from a list" in said
    assert "never called or texted" in said


def test_what_her_numbers_do_and_who_is_behind_them(town):
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        phone = phone_of(session, community, "+861055551004")
        phone.last_heard_at, phone.unreachable_since = town.now, town.now
        session.add(Message(community_id=community.id, direction=Direction.INBOUND, phone="+861055551004", cause="stop",
                            state=Delivery.RECEIVED, made_at=town.now))  # fmt: skip
    page = town.browser().see(f"/residents/{town.ids['gao']}")
    said = panel(page, "known")
    assert "last heard from 09:00" in said
    assert "wrote that no texts are wanted" in said
    assert "Same number 朱世杰" in said
    assert f"/residents/{town.ids['zhu']}" in page.split('id="known"')[1]


def test_what_was_merged_stands_there_with_the_changes_of_both_entries(town):
    chen = town.browser()
    chen.see(f"/residents/{town.ids['zhu']}")
    chen.press(
        f"/residents/{town.ids['zhu']}/absences", absence_kind="away", from_date="2026-12-25", until_date="2026-12-26"
    )
    pair = f"/residents/{town.ids['gao']}/same/{town.ids['zhu']}"
    chen.see(pair)
    chen.press(pair, part_name="kept")
    said = panel(chen.see(f"/residents/{town.ids['gao']}"), "known")
    assert "Made one 朱世杰" in said
    assert "absence entered" in said


def test_a_volunteers_seven_days_show_what_she_has_and_when_she_can_be_asked(town):
    with town.database.begin() as session:
        sam = session.get_one(Volunteer, town.ids["sam"])
        sam.days, sam.hours = ["mon", "wed", "thu"], {"wed": ["09:00", "12:30"]}
        sam.absences.append(
            Absence(kind=AbsenceKind.HOSPITAL, from_date=date(2026, 11, 26), until_date=date(2026, 11, 26))
        )
    errand = town.errand("rose", "Milk")
    town.wait(minutes=1)
    with town.database.begin() as session:
        job = session.get_one(HelpRequest, errand).job
        assert session.scalars(sa.select(Offer)).all()
        taking.assign(session, job, session.get_one(Volunteer, town.ids["sam"]), who="staff 1", now=town.now)
        code = job.code
        assert job.state is State.TAKEN
    page = town.browser().see(f"/volunteers/{town.ids['sam']}")
    rows = [
        " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for row in re.findall(r"<tr[^>]*>.*?</tr>", page.split('id="week"')[1], re.DOTALL)
    ]
    assert len(rows) == 8
    assert rows[1].startswith("today at any hour")
    assert str(code) in rows[1]
    assert "not this day" in rows[2]
    assert "09:00–12:30" in rows[3]
    assert "ill" in rows[4]
    later = town.browser().see(f"/volunteers/{town.ids['sam']}?from=2026-11-30")
    assert str(code) not in panel(later, "week")
    assert "from=2026-11-23" in later


def test_nobody_elses_history_is_shown(town):
    chen = town.browser()
    chen.see(f"/residents/{town.ids['rose']}")
    chen.press(
        f"/residents/{town.ids['rose']}/absences", absence_kind="away", from_date="2026-12-25", until_date="2026-12-26"
    )
    with town.database.read() as session:
        assert session.get_one(Resident, town.ids["gao"]).absences == []
    assert "absence entered" not in panel(chen.see(f"/residents/{town.ids['gao']}"), "known")
