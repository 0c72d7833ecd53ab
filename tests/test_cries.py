"""Cries for help about one person, again and again: none is left out, and staff see that there were many."""

from datetime import timedelta

import sqlalchemy as sa
from board_town import build_town
from town import DUTY, ROSE

from dispatch import alarms
from models.people import Resident
from models.tasks import Alert, AlertKind
from models.traffic import Message


def not_well(session, her, *, now):
    """She has said that she is not well."""
    return alarms.raise_alert(
        session, her.community, AlertKind.NOT_WELL, about=f"resident {her.id}", now=now, minutes=2.0, resident=her,
        name=her.name, phone="",
    )  # fmt: skip


def cry(town, who="rose", *, was_false=True, ends=True):
    """She is not well, says somebody; whoever looks finds nothing, or finds her."""
    with town.database.begin() as session:
        her = session.get_one(Resident, town.ids[who])
        alert = not_well(session, her, now=town.now)
        if ends:
            alarms.settle(session, alert, who="staff 1", now=town.now, why="", was_false=was_false)
    town.now += timedelta(minutes=10)


def test_a_hundred_false_cries_are_a_hundred_alarms_and_one_group(tmp_path):
    town = build_town(tmp_path)
    for at in range(100):
        cry(town, ends=at < 99)
    cry(town, "gao", ends=False)
    with town.database.read() as session:
        raised = session.scalars(sa.select(Alert).where(Alert.kind == AlertKind.NOT_WELL)).all()
        told = session.scalars(sa.select(Message).where(Message.cause == "alert_not_well")).all()
    assert len(raised) == len(told) == 101, "each is told to somebody on duty"
    page = town.browser("Dai Fen").see("/")
    assert page.count("Number 100 within seven days; in 99 of them nothing was wrong") == 1
    assert "Number 1 within" not in page, "the first of somebody else is no group"
    assert "七天内第100次，其中99次没有问题" in town.browser("Dai Fen", language="zh-CN").see("/")


def test_her_page_says_how_many_there_were_this_week_and_how_many_had_nothing_wrong(tmp_path):
    town = build_town(tmp_path)
    dai = town.browser("Dai Fen")
    path = f"/residents/{town.ids['rose']}"
    cry(town)
    assert "cries for help within seven days" not in dai.see(path)
    cry(town)
    cry(town, was_false=False)
    assert "3 cries for help within seven days; in 2 nothing was wrong" in dai.see(path)
    assert "七天内求助3次，其中2次没有问题" in town.browser("Dai Fen", language="zh-CN").see(path)
    town.now += timedelta(days=8)
    assert "cries for help within seven days" not in town.browser("Dai Fen").see(path)


def test_a_cry_by_telephone_after_three_false_ones_rings_whoever_is_on_duty_like_the_first(town):
    dora = town.staff("Dora", DUTY)
    rose = town.resident("Rose Miller", ROSE)
    for _ in range(3):
        rose.text("I fell")
        with town.database.begin() as session:
            alert = session.scalars(sa.select(Alert).where(Alert.closed_at.is_(None))).one()
            alarms.settle(session, alert, who="staff 1", now=town.now, why="", was_false=True)
        town.settle()
    told = len(dora.inbox)
    rose.text("I fell")
    assert len(dora.inbox) == told + 1
    assert dora.rings()
