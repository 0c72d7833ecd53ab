"""Whoever can write and ring under any number silences nobody, loses no cry, and makes nobody's telephone ring."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from test_webhooks import ACCOUNT, key, post, ring, write
from town import ANNA, DUTY, KARL, LEE, LINE, MEI, ROSE, SAM

from models.people import Absence, Resident
from models.places import Community
from models.tasks import AlertKind
from models.traffic import Call, Message

NIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)  # three in the morning in New York


def sid(kind, n):
    return f"{kind}{n:032x}"


def setting(town, **values):
    with town.database.begin() as session:
        session.execute(sa.update(Community).values(**values))


def is_cry(town):
    return any(alert.kind is AlertKind.NOT_WELL for alert in town.alerts)


def rung(town, telephone, minutes, tries):
    count = 0
    for _ in range(tries):
        if telephone.rings(minutes=minutes):
            count += 1
            town.exchange.decline(telephone.number)
            town.settle()
    return count


@pytest.fixture
def dora(town):
    return town.staff("Dora", DUTY)


def test_stop_under_the_number_of_whoever_is_on_duty_leaves_her_the_alarms(town, dora, rose):
    dora.text("STOP")
    before = len(dora.inbox)
    rose.text("I fell")
    assert dora.rings(minutes=30) or dora.inbox[before:] or len(town.alerts) > 1


def test_a_cry_from_a_telephone_of_two_is_an_alarm(town, dora, rose):
    town.resident("Paul Miller", ROSE)
    rose.text("I fell")
    town.wait(hours=2)
    assert town.alerts or town.callbacks


def test_a_cry_of_the_contact_of_two_is_an_alarm(town, dora):
    town.resident("Rose Miller", ROSE, contact=("Anna Miller", ANNA))
    town.resident("Paul Miller", KARL, contact=("Anna Miller", ANNA))
    town.telephone(ANNA).text("ambulance")
    town.wait(hours=2)
    assert town.alerts or town.callbacks


@pytest.mark.parametrize("word", ["I fell and cannot get up", "0"])
def test_a_cry_behind_thirty_others_is_a_cry(town, dora, rose, word):
    for _ in range(30):
        rose.text("thanks")
    assert rose.inbox == [], "she saw nothing of it"
    rose.text(word)
    town.wait(hours=3)
    assert is_cry(town) or town.callbacks


def test_a_second_cry_while_the_first_is_taken_on_is_told(town, dora, rose):
    lena = town.staff("Lena", LEE)
    rose.text("I fell")
    dora.text("1")
    town.wait(minutes=20)
    before = len(dora.inbox) + len(lena.inbox)
    rose.text("I fell")
    assert dora.rings(minutes=20) or len(dora.inbox) + len(lena.inbox) > before


def test_a_cry_to_the_number_for_practice_is_an_alarm(town, dora, rose):
    setting(town, practice_number="+12125550199")
    town.more_numbers = ("+12125550199",)
    rose.text("I fell", to="+12125550199")
    town.wait(hours=1)
    assert is_cry(town)


def test_nobody_is_away_by_what_was_written_while_texts_were_stopped(town, dora, rose):
    for words in ("STOP", "away until sunday", "1", "START"):
        rose.text(words)
    town.wait(hours=5)
    assert town.rows(Absence) == [] or any("away" in text for text in rose.inbox) or town.alerts


def test_what_a_contacts_number_writes_her_away_she_is_told(town, dora):
    rose = town.resident("Rose Miller", ROSE, contact=("Anna Miller", ANNA))
    for words in ("away until sunday", "1"):
        town.telephone(ANNA).text(words)
    town.wait(hours=2)
    assert town.rows(Absence) == [] or rose.inbox


def test_texts_at_night_do_not_ring_a_landline(town, dora):
    mei = town.resident("Mei Chen", MEI)
    town.clock.shown = NIGHT
    town.settle()
    for n in range(11):
        write(town, "orders", sid=sid("SM", n), number=MEI)
    assert rung(town, mei, 2, 10) == 0


def test_calls_at_night_do_not_ring_a_landline(town, dora):
    mei = town.resident("Mei Chen", MEI)
    town.clock.shown = NIGHT
    town.settle()
    call = sid("CA", 1)
    ring(town, sid=call, number=MEI)
    for turn, digit in enumerate("1231", start=1):  # away for three days
        key(town, turn, digit, sid=call, number=MEI)
    post(
        town,
        "/voice/status",
        {"CallSid": call, "AccountSid": ACCOUNT, "CallStatus": "completed", "From": MEI, "To": LINE},
    )
    assert rung(town, mei, 3, 10) == 0


def test_a_stranger_is_answered_once_a_day_whatever_he_writes(town, dora):
    stranger = town.telephone("+16465550001")
    for _ in range(10):
        stranger.text("START")
    assert len([m for m in town.rows(Message, direction="outbound") if m.claimed_at]) <= 1


def test_away_and_back_in_one_call_does_not_text_her_on_and_on(town, dora, rose):
    setting(town, day_limit_units=5)
    call, turn = sid("CA", 1), 0
    ring(town, sid=call)
    for _ in range(20):
        for digit in "123111":
            turn += 1
            key(town, turn, digit, sid=call)
            town.settle()
        town.seconds(20)
    assert len(rose.inbox) <= 10


def test_her_yes_by_a_call_is_told_her_number(town, dora):
    rose = town.resident("Rose Miller", ROSE, enrolled=False)
    town.menu("Soup")
    rose.dial()
    rose.press("1")
    rose.hang_up()
    town.wait(minutes=10)
    assert town.rows(Resident)[0].enrolled_at is None or rose.inbox


@pytest.mark.parametrize("number", ["+86282452253", "+8656696"])
def test_unavailable_and_unknown_are_nobodys_number(town, dora, number):
    telephone = town.telephone("+16465550001")
    for _ in range(21):
        telephone.dial(from_text=number)
        telephone.hang_up()
    assert "We take no calls" not in telephone.dial(from_text=number)


def test_withheld_numbers_do_not_hide_who_waits(town, dora, rose):
    telephone = town.telephone("+16465550001")
    for _ in range(25):
        telephone.dial(withheld=True)
        telephone.hang_up()
    rose.dial()
    rose.hang_up()
    town.wait(hours=1)
    assert "Rose" in dora.inbox[-1]


def test_calls_that_are_cut_off_are_not_kept_within_each_other(town, dora, rose):
    town.menu("Soup")
    for n in range(5):
        ring(town, sid=sid("CA", n))
        post(
            town,
            "/voice/status",
            {"CallSid": sid("CA", n), "AccountSid": ACCOUNT, "CallStatus": "completed", "From": ROSE, "To": LINE},
        )
    assert "had_picked" not in town.rows(Call)[-1].talk["picks"]["had_picked"]


@pytest.mark.parametrize("word", ["START", "HELP"])
def test_the_words_of_carriers_are_not_answered_again_and_again(town, dora, rose, word):
    for _ in range(60):
        rose.text(word)
    assert (
        len([text for text in town.rows(Message, direction="outbound") if text.claimed_at and text.phone == ROSE]) <= 1
    )


def test_a_helper_who_writes_that_somebody_fell_is_rung(town, dora):
    town.volunteer("Sam Lee", SAM).text("she fell, ambulance please")
    assert [task.why for task in town.callbacks] == ["help_text"]
