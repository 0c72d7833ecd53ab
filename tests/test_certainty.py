"""What is heard and done on a number that anybody can show, and what only by ringing the number on file."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from test_story import ask_for_an_errand
from test_webhooks import key, ring
from town import ANNA, MONDAY, ROSE

from models.errors import Refusal
from models.people import Resident
from models.traffic import Call, Direction
from voice.certainty import DONE, HEARD, Certainty, Told, may_hear
from voice.deeds import _DEEDS, do
from voice.doing import Doing
from voice.prompts import catalog, languages
from voice.talk import Talk

MEI = "+861055551001"  # a landline
PAGE = Path(__file__).parent.parent / "docs/security.md"
WORDS = {word for tag in languages() for word in catalog(tag).words}


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, address="5 Elm Street", diet="no nuts", contact=("Anna Miller", ANNA))


@pytest.fixture
def mei(town):
    return town.resident("Mei Chen", MEI, address="7 Oak Lane", diet="no pork")


def word_of(town):
    """The word at the door of the one errand that there is."""
    request = town.requests[0]
    return catalog("en").words[request.code_word]


def coming(telephone, sam):
    """Somebody is on the way to her."""
    ask_for_an_errand(telephone, words="")
    sam.text("1")


def ours(town):
    """The calls that we promised, as the prompts with which they begin."""
    with town.database.read() as session:
        rows = sa.select(Call.cause).where(Call.direction == Direction.OUTBOUND).order_by(Call.id)
        return list(session.scalars(rows))


# --- the tables ---------------------------------------------------------------------------------------------------


def test_each_blank_of_each_sentence_stands_in_the_table_and_none_besides():
    said = {
        blank
        for tag in languages()
        for patterns in (catalog(tag).voice, catalog(tag).text)
        for pattern in patterns.values()
        for blank in re.findall(r"{(\w+)", pattern)
    }
    assert said == set(HEARD)


def test_each_deed_of_the_menus_stands_in_the_table_and_none_besides():
    assert set(_DEEDS) == set(DONE)


@pytest.mark.parametrize(
    ("sentence", "least"),
    [
        (("status_taken", {"helper": "Sam", "what": "errand", "when": "soon"}), Certainty.SHOWN),
        (("who_comes", {"helper": "Sam", "what": "errand", "when": "soon", "word": {"$word": [3, "en"]}}), Certainty.RUNG),
        (("asked", {"service": {"$sentence": ["stop", {"address": "5 Elm Street"}]}}), Certainty.RUNG),
        (("mine_jobs", {"list": {"$list": [{"$sentence": ["stop", {"address": "5 Elm Street"}]}]}}), Certainty.RUNG),
        (("written_diet", {"written_diet": "no nuts"}), Certainty.ANSWERED),
        (("greeting", {"address": "not said by it"}), Certainty.SHOWN),
    ],
    ids=["a status", "the word", "an address in a sentence", "an address in a list", "a diet", "what is not said"],
)  # fmt: skip
def test_a_sentence_is_heard_from_its_certainty_on(sentence, least):
    assert [may_hear(sentence, certainty) for certainty in Certainty] == [certainty >= least for certainty in Certainty]


def test_the_page_about_security_has_the_same_tables():
    page = PAGE.read_text("utf-8").split("## How sure we are of who calls")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in page.splitlines() if line[:3] == "| `"]
    told = {name: Told(cell) for names, cell in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {name: needs.told for name, needs in DONE.items() if needs.told is not Told.NO}


# --- what only she may hear ---------------------------------------------------------------------------------------


def test_the_word_at_the_door_is_told_by_ringing_her_and_a_key(town, rose, sam):
    coming(rose, sam)
    rose.dial()
    assert "For the word at the door, press 6" in rose.press("4")
    assert "we ring you at once" in rose.press("6")
    assert rose.rings()
    asked = rose.answer()
    assert "what only you may hear" in asked
    assert word_of(town) not in asked
    heard = rose.press("1")
    assert "Sam comes for your errand" in heard
    assert f"The word at the door is {word_of(town)}" in heard
    written = rose.press("1")
    for one in ("5 Elm Street", "no nuts", "Anna"):
        assert one in written


def test_whoever_only_shows_her_number_hears_nothing_of_it(town, rose, sam):
    coming(rose, sam)
    sid, said = "CA" + "7" * 32, []
    said.append(ring(town, sid, ROSE).text)
    for turn, digit in enumerate("46", start=1):
        said.append(key(town, turn, digit, sid, ROSE).text)
    heard = " ".join(said)
    assert "we ring you at once" in heard
    for secret in ("Elm", "Miller", "nuts", "Anna", word_of(town)):
        assert secret not in heard


def test_a_machine_that_picks_up_hears_nothing_of_it(town, rose, sam):
    coming(rose, sam)
    rose.dial()
    rose.press("4")
    rose.press("6")
    assert rose.rings()
    rose.answer()
    while rose.state == "talking":
        rose.silence()
    for secret in ("Elm", "nuts", "Anna", word_of(town)):
        assert secret not in rose.heard
    assert town.alerts == []  # she asked for it, and can ask again


def test_with_nobody_on_the_way_she_hears_what_is_written(town, mei):
    mei.dial()
    assert "press 6" not in mei.press("4")  # it is not said each time, for few ask
    mei.press("6")
    assert mei.rings()
    mei.answer()
    assert "Nobody is on the way" in mei.press("1")
    assert "7 Oak Lane" in mei.press("1")
    assert "press 0" in mei.heard


def test_a_daughter_is_not_offered_it_and_cannot_reach_it(town, rose, sam):
    coming(rose, sam)
    anna = town.telephone(ANNA)
    anna.dial()
    assert "press 6" not in anna.press("4")
    assert "we ring you" not in anna.press("6")
    assert ours(town) == []


def test_at_night_nobody_is_rung_for_it(found_town):
    town = found_town(now=MONDAY.replace(hour=4))
    mei = town.resident("Mei Chen", MEI)
    mei.dial()
    mei.press("4")
    assert "by day" in mei.press("6")
    assert ours(town) == []


def test_her_telephone_is_rung_for_it_three_times_a_day_and_no_more(town, mei):
    for time in range(5):
        mei.dial()
        mei.press("4")
        said = mei.press("6")
        assert ("we ring you at once" in said) == (time < 3)
        if mei.state != "idle":
            mei.hang_up()
        if time < 3:
            assert mei.rings()
            town.exchange.decline(MEI)
            town.wait(minutes=1)
    assert len(ours(town)) == 3


def test_by_text_she_reads_the_word_with_what_she_has_ordered(town, rose, sam):
    coming(rose, sam)
    assert f"The word at the door is {word_of(town)}" in rose.text("3")


def test_in_a_call_of_ours_nothing_more_need_be_proved(town, mei, sam):
    """Where we ring her anyway, and she has pressed a key, it is sure who hears it."""
    with town.database.begin() as session:
        town._community(session).rings_back = True
    mei.dial()
    mei.hang_up()
    assert mei.rings()
    mei.answer()
    mei.press("4")
    assert "7 Oak Lane" in mei.press("6") + mei.press("1")


# --- what her number gets to know ---------------------------------------------------------------------------------


def test_what_is_called_off_in_a_call_is_told_her_number_by_text(town, rose):
    town.menu("Soup")
    rose.dial()
    rose.press("1")
    rose.press("3")
    rose.press("3")
    rose.press("1")
    rose.hang_up()
    town.wait(minutes=1)
    assert "Somebody has just rung us from your telephone. Called off: lunch (Soup)." in rose.inbox[-1]
    assert "text 0" in rose.inbox[-1]
    rose.text("0")
    assert town.callbacks[-1].why == "asked_for_person"


def test_a_landline_is_not_rung_for_one_lunch_but_for_many(town, mei):
    town.menu("Soup")
    mei.dial()
    mei.press("1")
    for digit in "331":
        mei.press(digit)
    mei.hang_up()
    assert not mei.rings(minutes=5)
    go_away(mei)
    assert mei.rings(minutes=5)
    heard = mei.answer()
    assert "Somebody has just rung us from your telephone. You are away until" in heard
    assert "press 0" in heard


def go_away(telephone):
    """Three days, from tomorrow."""
    telephone.dial()
    for digit in "323":
        telephone.press(digit)
    assert "You are away until" in telephone.press("1")
    telephone.hang_up()


def test_whoever_is_back_before_she_is_rung_is_not_told_that_she_is_away(town, mei):
    town.menu("Soup")
    go_away(mei)
    with town.database.begin() as session:
        (resident,) = session.scalars(sa.select(Resident))
        for absence in list(resident.absences):
            session.delete(absence)
    assert not mei.rings(minutes=5)


def test_when_her_daughter_calls_off_it_is_said_who_rang(town, rose):
    town.menu("Soup")
    rose.text("1")
    anna = town.telephone(ANNA)
    anna.dial()
    for digit in "331":
        anna.press(digit)
    anna.hang_up()
    town.wait(minutes=1)
    assert "Anna has just rung us for you. Called off" in rose.inbox[-1]


def test_what_she_calls_off_by_text_is_answered_once(town, rose):
    town.menu("Soup")
    rose.text("1")
    before = len(rose.inbox)
    rose.text("3")
    rose.text("3")
    rose.text("1")
    town.wait(minutes=2)
    assert not any("Somebody" in text for text in rose.inbox[before:])


def test_nothing_is_told_of_practice(town, rose):
    town.menu("Soup")
    rose.dial()
    rose.press("4")
    rose.press("7")
    rose.press("1")
    for digit in "331":
        rose.press(digit)
    rose.hang_up()
    town.wait(minutes=2)
    assert rose.inbox == []


def test_whom_both_know_is_asked_first_whose_it_is(town, rose, sam):
    karl = town.resident("Karl Miller", ROSE, address="5 Elm Street", diet="no fish")
    assert karl.number == ROSE
    rose.dial()
    rose.press("2")  # Karl
    rose.press("4")
    rose.press("6")
    assert rose.rings()
    assert "For Karl" in rose.answer()
    rose.press("1")
    assert "no fish" in rose.press("1")


# --- what the network says ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("TN-Validation-Passed-A", "sure"),
        ("TN-Validation-Passed-A-Diverted", "sure"),
        ("TN-Validation-Passed-B", ""),
        ("TN-Validation-Passed-C", ""),
        ("No-TN-Validation", ""),
        ("TN-Validation-Failed-A", "doubted"),
        ("TN-Validation-Failed", "doubted"),
    ],
)
def test_what_the_network_says_of_a_number_is_kept_and_opens_and_closes_nothing(town, rose, sam, said, kept):
    town.menu("Soup")
    sid = "CA" + "7" * 32
    assert "Hello Rose" in ring(town, sid, ROSE, StirVerstat=said).text
    assert "Ordered" in key(town, 1, "1", sid, ROSE).text
    with town.database.read() as session:
        assert session.scalars(sa.select(Call.vouched)).all() == [kept]


def test_what_the_network_says_is_looked_at_like_every_parameter_that_we_read(town, rose):
    assert ring(town, "CA" + "7" * 32, ROSE, StirVerstat="TN-Validation-Passed-A<b>").status_code == 400


def test_a_blank_that_stands_in_no_table_is_said_to_nobody(monkeypatch):
    sentence = ("greeting_name", {"name": "Rose"})
    assert may_hear(sentence, Certainty.SHOWN)
    monkeypatch.delitem(HEARD, "name")
    assert not any(may_hear(sentence, certainty) for certainty in Certainty)


@pytest.mark.parametrize("deed", [name for name, needs in DONE.items() if needs.certainty > Certainty.SHOWN])
def test_a_deed_that_needs_more_is_refused_to_whoever_only_shows_a_number(town, rose, deed):
    with town.database.begin() as session:
        resident = session.scalars(sa.select(Resident)).one()
        doing = Doing(
            community=resident.community, caller=ROSE, talk=Talk(), source_key="call 1", now=town.now, resident=resident
        )
        with pytest.raises(Refusal) as refused:
            do(session, deed, {}, doing)
    assert refused.value.reason == "yours_not"
