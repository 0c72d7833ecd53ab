"""Residents and their contacts write as people write: orders, refusals, absences, help, a question, a fall."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from town import ANNA, DUTY, KARL, ROSE, SAM

from models.people import Contact, Resident
from models.traffic import Message

LINA = "+12125550141"


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, contact=("Lina Miller", LINA))


@pytest.fixture
def menus(town):
    town.menu("Tomato soup", ("Peanut chicken", "peanuts"))
    town.menu("Fish", meal="dinner")
    town.menu("Tomato soup", "Noodles", days=1)
    return town.menu("Rice", "Tomato soup", days=4)


def ordered(town):
    """What is ordered and stands: dish and portions."""
    with town.database.read() as session:
        rows = [session.merge(request, load=True) for request in town.requests]
        return [(r.dish.name, r.portions, str(r.menu.date)) for r in rows if str(r.state) == "pooled"]


def test_only_the_usual_of_today_is_ordered_in_one_word(town, rose, menus):
    assert "Ordered: Tomato soup" in rose.text("Lunch, please!")
    assert "You have" in rose.text("lunch"), "whoever has one is asked, and has not two by accident"
    rose.text("1")
    assert ordered(town) == [("Tomato soup", 1, "2026-11-23")]


def test_whatever_else_is_wanted_is_read_back_first(town, rose, menus):
    assert "2 times Noodles, lunch tomorrow" in rose.text("2 noodles tomorrow, please")
    assert ordered(town) == []
    assert "Ordered" in rose.text("ok")
    assert ordered(town) == [("Noodles", 2, "2026-11-24")]
    rose.text("2 lunches on friday")
    assert "1 Rice" in rose.text("2")
    assert "person will read" in rose.text("ok, thanks"), "in a list of dishes a yes chooses none"
    assert ordered(town) == [("Noodles", 2, "2026-11-24")]


def test_dinner_is_never_answered_with_lunch(town, rose, menus):
    assert "Fish" in rose.text("dinner please")
    assert "Ordered: Fish" in rose.text("1")
    assert ordered(town) == [("Fish", 1, "2026-11-23")]


def test_the_usual_of_a_later_day_is_asked_and_not_ordered(town, rose, menus):
    town.wait(hours=3)  # lunch of today is closed
    said = rose.text("lunch")
    assert "lunch tomorrow" in said
    assert ordered(town) == []
    assert "Fish" in rose.text("the usual?")
    assert "Ordered: Fish" in rose.text("ok"), "that was asked"
    town.wait(hours=5)  # and dinner too
    assert "tomorrow" in rose.text("order")
    assert len(town.requests) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("asked", ["lunch?", "is there lunch", "lunch 2", "2 soup no salt", "thanks for lunch"])
def test_a_question_or_a_half_understood_line_orders_nothing(town, rose, menus, asked):
    rose.text(asked)
    assert town.requests == []


def test_what_is_not_on_the_menu_is_said_with_what_is(town, rose, menus):
    said = rose.text("lunch on sunday")
    assert "not on the menu" in said
    assert "1 lunch today" in said
    assert "ask a person" in rose.text("9 lunches")
    assert town.requests == []


def test_calling_off_in_words_asks_which_and_reads_back(town, rose, menus):
    for line in ("lunch", "2 soup tomorrow", "ok"):
        rose.text(line)
    assert "Call off" in rose.text("no lunch tomorrow")
    rose.text("yes")
    assert ordered(town) == [("Tomato soup", 1, "2026-11-23")]
    assert "nothing open for then" in rose.text("no dinner on friday")
    assert "Call off" in rose.text("Not today.")
    rose.text("no")
    assert ordered(town) == [("Tomato soup", 1, "2026-11-23")], "keeping it is the answer no"


def test_away_and_back_again_by_text(town, rose, menus):
    said = rose.text("I'll be away until thursday")
    assert "tomorrow" in said
    assert "Thursday" in said
    assert "away" in rose.text("ok").lower()
    assert "away that day" in rose.text("2 noodles tomorrow") + rose.text("1")
    assert "Welcome" in rose.text("I'm back!")
    assert "Noodles" in rose.text("noodles tomorrow")


def test_help_is_asked_for_by_its_name_and_day(town, rose, menus):
    town.volunteer("Sam Lee", SAM)
    assert "What is needed?" in rose.text("errand tomorrow morning")
    rose.text("Two litres of milk")
    assert [(str(r.state), r.note, r.wanted_from.astimezone().tzinfo is not None) for r in town.requests] == [
        ("offered", "Two litres of milk", True)
    ]


@pytest.mark.both_databases
def test_a_contact_orders_for_her_from_her_own_telephone(town, rose, menus):
    lina = town.telephone(LINA)
    assert lina.text("lunch please").startswith("Linli: For Rose: Ordered")
    assert ordered(town) == [("Tomato soup", 1, "2026-11-23")]
    assert "For Rose: Call off" in lina.text("no lunch today")
    lina.text("1")
    assert ordered(town) == []
    with town.database.read() as session:
        assert session.scalar(select(Contact.id)) is not None
        assert "Elm" not in " ".join(lina.inbox), "her address is not for a number alone"


def test_a_contact_of_two_is_asked_for_whom_and_may_answer_with_a_name(town, rose, menus):
    town.resident("Anna Berg", ANNA, contact=("Lina Miller", LINA))
    lina = town.telephone(LINA)
    assert "2 Anna" in lina.text("2 soup tomorrow")
    assert "For Anna" in lina.text("Anna")
    lina.text("1")
    with town.database.read() as session:
        names = [session.get(Resident, request.resident_id).name for request in town.requests]
    assert names == ["Anna Berg"]


def test_what_cannot_wait_alarms_staff_whatever_else_is_written(town, rose, menus):
    dora = town.staff("Dora", DUTY)
    said = rose.text("I fell in the kitchen, please no lunch today")
    assert "911" in said
    assert [str(alert.kind) for alert in town.alerts] == ["not_well"]
    assert dora.rings()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120))
def test_no_text_is_without_a_trace_and_none_orders_by_itself(town, rose, menus, body):
    before = len(town.rows(Message, direction="inbound"))
    rose.text(body or " ")
    rows = town.rows(Message, direction="inbound")
    assert len(rows) == before + 1
    assert rows[-1].body == (body or " ").replace("\x00", "")[:1600]
    assert rows[-1].cause


def test_a_couple_is_asked_once_and_then_it_is_read(town, menus):
    town.resident("Rose Miller", KARL)
    karl = town.resident("Karl Miller", KARL)
    assert "1 Rose" in karl.text("noodles tomorrow")
    assert "Noodles" in karl.text("2")
    karl.text("1")
    assert ordered(town) == [("Noodles", 1, "2026-11-24")]


LOOPS = ["1", "2", "0", "9", "lunch", "no lunch", "ok", "hello", "I am driving and will reply later", "Thanks!", "news", "?",
         "3 1", "away for 2 days", "I'm back", "call me", "errand", "START", "INFO"]  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.parametrize("who", ["resident", "volunteer", "contact", "stranger"])
def test_no_machine_that_answers_ours_keeps_it_going(town, menus, who):
    """Whatever it answers, and whoever it seems to be: in an hour it gets so many answers and no more."""
    number = KARL
    if who == "resident":
        town.resident("Karl Braun", KARL)
    elif who == "volunteer":
        town.volunteer("Karl Braun", KARL)
    elif who == "contact":
        town.resident("Rose Miller", ROSE, contact=("Karl Braun", KARL))
    machine = town.telephone(number)
    for turn in range(70):
        machine.text(LOOPS[turn % len(LOOPS)] if turn % 3 else (machine.inbox or ["1"])[-1])
    assert len(machine.inbox) <= 40
    rows = town.rows(Message, direction="inbound")
    assert len(rows) == 70, "and every one of them is kept"
    assert all(row.needs_reading for row in rows if row.cause == "too_often")


def test_an_out_of_office_is_told_once_that_a_person_reads(town, rose, menus):
    for _ in range(10):
        rose.text("I am not available and will answer when I am back in the office.")
    assert len([words for words in rose.inbox if "person will read" in words]) == 1


def test_whoever_reads_is_told_what_it_may_be(town, rose, menus):
    sam = town.volunteer("Sam Lee", SAM)
    rose.text("could you bring my lunch with no salt")
    rose.text("no lunch for my sister tomorrow")
    sam.text("well yes if nobody else can")
    sam.text("what a nice day")
    assert [row.suggestion for row in town.rows(Message, direction="inbound")] == ["order", "off", "yes", ""]
