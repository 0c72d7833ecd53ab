"""Strangers who write in thousands, and machines that answer machines."""

import pytest
import sqlalchemy as sa
from campaigns.strangers import run
from town import DUTY, ROSE, SAM

from dispatch.telling import tell
from models.people import Resident
from models.tasks import AlertKind
from models.traffic import Message


@pytest.mark.parametrize("blocks", [0, 3], ids=["from everywhere", "from three blocks of numbers"])
def test_of_thousands_of_strangers_so_many_are_answered_and_no_cry_for_help_is_lost(blocks):
    counts, wrong = run(7, senders=1500, blocks=blocks)
    assert wrong == []
    assert counts["answered"] >= 20
    assert counts["cries"] >= 1
    assert counts["unanswered"] >= 900


@pytest.mark.parametrize(
    ("what", "broken", "finds"),
    [
        ("voice.texting.are_too_many", lambda *_, **__: False, "numbers are written down"),
        ("voice.texting._is_a_cry", lambda words: False, "cries for help were lost"),
        ("dispatch.crowds.ANSWERED_A_DAY", 100_000, "were answered"),
    ],
)
def test_the_campaign_would_find(what, broken, finds, monkeypatch):
    monkeypatch.setattr(what, broken)
    _, wrong = run(7, senders=1500, a_cry_in=40)
    assert any(finds in words for words in wrong), wrong


def test_staff_see_one_alert_with_the_count_that_ends_when_the_flood_does(town, monkeypatch):
    monkeypatch.setattr("dispatch.crowds.ANSWERED_A_DAY", 2)
    town.staff("Dora", DUTY)
    strangers = [town.telephone(f"+1646555{at:04}") for at in range(5)]
    answers = [stranger.text("hello") for stranger in strangers]
    assert [bool(answer) for answer in answers] == [True, True, False, False, False]
    (alert,) = [alert for alert in town.alerts if alert.kind is AlertKind.STRANGERS]
    assert alert.details["count"] == 3
    assert strangers[4].text("I fell") == ""
    assert any(callback.phone == strangers[4].number for callback in town.callbacks), (
        "a cry for help is shown by itself"
    )
    assert len(town.rows(Message, direction="inbound")) == 6
    town.wait(minutes=70)
    assert [alert for alert in town.alerts if alert.kind is AlertKind.STRANGERS] == []
    rose = town.resident("Rose Miller", ROSE)
    assert rose.text("3") != "", "whoever is in the book is answered as ever"


def test_whoever_writes_nothing_that_we_understand_is_answered_three_times_in_an_hour_and_a_person_reads(town):
    town.staff("Dora", DUTY)
    sam = town.volunteer("Sam Lee", SAM)
    answers = [sam.text(f"I am driving and cannot answer you now ({at})") for at in range(8)]
    assert sum(bool(answer) for answer in answers) <= 3
    assert bool(answers[0])
    assert all(text.needs_reading for text in town.rows(Message, direction="inbound"))
    assert "Nothing is open for you" in sam.text("mine"), "a command is answered as ever"
    town.wait(minutes=70)
    assert sam.text("I am driving and cannot answer you now") != ""


def test_no_number_is_texted_more_than_ten_times_an_hour_or_three_times_with_the_same_words(town):
    town.staff("Dora", DUTY)
    rose = town.resident("Rose Miller", ROSE)

    def promise(prompt, **blanks):
        with town.database.begin() as session:
            tell(session, session.scalars(sa.select(Resident)).one(), prompt, now=town.now, **blanks)
        town.settle()

    for _ in range(5):
        promise("glad")
    assert len(rose.inbox) == 3
    for at in range(12):
        promise("unmet", what=f"errand {at}")
    assert len(rose.inbox) == 10
    town.wait(minutes=70)
    assert len(rose.inbox) == 17, "what waited has left since"
