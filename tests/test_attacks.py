"""Stories of people who tried to break the promises: each was once let down, or told something false."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from test_story import ask_for_an_errand, outcome, states
from test_webhooks import at_once, write
from town import ANNA, DUTY, KARL, LEE, MIA, ROSE, SAM

from dispatch import taking, working
from dispatch.enrolment import set_absence
from models.errors import Refusal
from models.jobs import Job
from models.people import AbsenceKind, Resident, Volunteer
from models.places import Service
from models.requests import HelpRequest
from models.traffic import Call, Message

MEI = "+861055551001"


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, address="5 Elm Street")


@pytest.fixture
def dora(town):
    return town.staff("Dora", DUTY)


def do(town, verb, kind, row_id, **more):
    """Staff do something."""
    with town.database.begin() as session:
        verb(session, session.get(kind, row_id), who="staff 1", now=town.now, **more)
    town.settle()


def assign(town, job_id, name):
    with town.database.begin() as session:
        volunteer = session.scalars(sa.select(Volunteer).where(Volunteer.name == name)).one()
        taking.assign(session, session.get(Job, job_id), volunteer, who="staff 1", now=town.now)
    town.settle()


def lunches(town, *people):
    """These people have ordered lunch, and it is closed: one round."""
    menu = town.menu("Soup")
    for name, number in people:
        phone = town.telephone(number) if name is None else town.resident(name, number, address=f"{name}'s door")
        phone.text("1")
    town.close_meals(menu)


def test_a_yes_after_the_hour_is_answered_with_everything_and_she_is_told(town, rose, sam, dora):
    ask_for_an_errand(rose, words="")
    town.wait(hours=4.2)
    assert "5 Elm Street" in sam.text("1")
    assert "Sam comes" in rose.inbox[-1]
    assert "unreached" not in [str(a.kind) for a in town.alerts]


def test_staff_assign_yesterdays_errand_and_both_sides_know(town, rose, dora):
    ask_for_an_errand(rose, words="")
    town.wait(hours=24)
    sam = town.volunteer("Sam Lee", SAM, services=("ride",))
    assign(town, town.jobs[0].id, "Sam Lee")
    assert "5 Elm Street" in sam.inbox[-1]
    assert "Sam comes" in rose.inbox[-1]


def test_no_from_whoever_holds_it_is_not_taken_for_giving_it_back(town, rose, sam):
    ask_for_an_errand(rose, words="")
    sam.text("1")
    assert "is yours. If you cannot after all, 4" in sam.text("2")
    assert states(town) == ["taken"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "That wasn't me!"), ("zh-CN", "不是我"), ("yue", "唔係我接嘅"), ("es", "No fui yo")],
)
def test_whoever_says_that_the_yes_was_not_hers_has_the_job_no_more_and_a_person_looks_into_it(
    town, rose, language, words
):
    town.staff("Dora", DUTY)
    sam = town.volunteer("Sam Lee", SAM, language=language)
    ask_for_an_errand(rose, words="")
    sam.text("1")
    assert states(town) == ["taken"]
    sam.text(words)
    assert states(town) != ["taken"]
    (text,) = [text for text in town.rows(Message, direction="inbound") if text.body == words]
    assert text.needs_reading
    assert any("looking for somebody else" in told for told in rose.inbox)


def test_tidings_of_a_former_helper_are_not_told_any_more(town, sam):
    mei = town.resident("Mei Chen", MEI)
    mia = town.volunteer("Mia Long", MIA)
    ask_for_an_errand(mei, words="")
    sam.text("1")
    assert mei.rings()
    town.exchange.decline(MEI)
    town.settle()
    sam.text("4")
    mia.text("1")
    heard = []
    while mei.rings(minutes=15):
        heard.append(mei.answer())
        town.wait(minutes=2)  # she listens, and hangs up when it is said
        if mei.state != "idle":
            mei.press("1")
            town.wait(minutes=1)
    assert heard
    assert "Sam comes" not in " ".join(heard)
    assert "Mia comes" in " ".join(heard)


def test_an_address_never_leaves_to_somebody_who_no_longer_holds_the_job(town, rose, sam):
    mia = town.volunteer("Mia Long", MIA)
    ask_for_an_errand(rose, words="")
    town.exchange.faults.set({"is_down": True})
    sam.text("1")
    assign(town, town.jobs[0].id, "Mia Long")
    town.exchange.faults.set({"is_down": False})
    town.wait(minutes=30)
    assert "5 Elm Street" not in " ".join(sam.inbox)
    assert "5 Elm Street" in " ".join(mia.inbox)


def test_nobody_is_offered_the_errand_of_somebody_who_has_died(town, rose, dora):
    ask_for_an_errand(rose, words="")
    town.wait(hours=25)
    with town.database.begin() as session:
        set_absence(session, session.get(Resident, 1), kind=AbsenceKind.DECEASED, from_date=town.now.date(),
                    until_date=None, who="staff 1", now=town.now)  # fmt: skip
    sam = town.volunteer("Sam Lee", SAM)
    before = len(rose.inbox)
    town.wait(hours=2)
    assert states(town) == ["cancelled"]
    assert sam.inbox == []
    assert len(rose.inbox) == before
    with pytest.raises(Refusal):
        do(town, working.reopen, HelpRequest, 1)


def test_whoever_stopped_our_texts_cannot_hold_a_job_in_silence(town, rose, sam, dora):
    ask_for_an_errand(rose, words="")
    sam.text("STOP")
    sam.text("1")
    assert states(town) == ["stuck"]
    with pytest.raises(Refusal):
        assign(town, town.jobs[0].id, "Sam Lee")


def test_the_word_at_the_door_is_never_said_to_whoever_rings_from_her_number(town, sam, dora):
    mei = town.resident("Mei Chen", MEI)
    ask_for_an_errand(mei, words="")
    sam.text("1")
    word = sam.inbox[-1].split("Say: ")[1].split(".")[0]
    for _ in range(4):
        if mei.state == "ringing":
            town.exchange.decline(MEI)
        town.wait(minutes=31)
    said = mei.dial()
    for key in ("4", "3", "9"):
        said += mei.press(key)
    assert word not in said


def test_the_number_of_a_stop_stays_when_another_stop_leaves_the_round(town, sam, dora):
    lunches(town, ("Anna Berg", ANNA), ("Karl May", KARL), ("Rose Miller", ROSE))
    sam.text("1")
    sam.text("5 1")
    do(town, working.reopen, HelpRequest, 1)
    assert "Karl was not at home" in sam.text("5 2")


def test_a_yes_to_a_new_offer_is_not_an_answer_to_an_older_question(town, sam, dora):
    lunches(town, ("Anna Berg", ANNA), ("Karl May", KARL))
    sam.text("1")
    assert "Who was it?" in sam.text("5")
    town.seconds(5)
    ask_for_an_errand(town.resident("Rose Miller", ROSE, address="5 Elm Street"), words="")
    assert "errand for Rose" in sam.inbox[-1]
    assert "5 Elm Street" in sam.text("1")
    assert "not_home" not in states(town)


def test_with_two_jobs_not_at_home_takes_two_answers_and_no_circle(town, rose, sam, dora):
    ask_for_an_errand(rose, words="")
    sam.text("1")
    lunches(town, ("Anna Berg", ANNA), ("Karl May", KARL))
    sam.text("1")
    code = town.jobs[1].code
    assert "Which one?" in sam.text("5")
    assert "Who was it?" in sam.text(str(code))
    assert "Karl was not at home" in sam.text("2")


def test_worried_reaches_staff_before_it_is_known_about_whom(town, rose, sam, dora):
    ask_for_an_errand(rose, words="")
    sam.text("1")
    lunches(town, ("Anna Berg", ANNA), ("Karl May", KARL))
    sam.text("1")
    sam.text("6")
    assert [str(a.kind) for a in town.alerts] == ["worried"]
    assert "is worried about Sam Lee" in dora.inbox[-1] or "Sam Lee" in dora.inbox[-1]
    sam.text(str(town.jobs[1].code))
    sam.text("1")
    assert [a.about for a in town.alerts] == ["request 2"]


def test_the_key_and_the_number_written_as_one_are_understood(town, rose, sam):
    ask_for_an_errand(rose, words="")
    ask_for_an_errand(town.resident("Anna Berg", ANNA), words="")
    sam.text("1")
    sam.text(f"1{town.jobs[1].code}")
    assert states(town) == ["offered", "taken"]


def test_a_landline_volunteer_reports_done_by_key_when_asked(town, rose, dora):
    mei = town.volunteer("Mei Chen", MEI)
    ask_for_an_errand(rose, words="")
    assert mei.rings()
    mei.answer()
    mei.press("1")
    town.wait(minutes=1)
    assert mei.rings()
    mei.answer()
    mei.press("1")
    assert mei.rings(minutes=65)
    assert "is it done?" in mei.answer()
    assert "Done" in mei.press("3")
    assert states(town) == ["done"]


def test_a_landline_volunteer_who_answers_too_late_is_told_so(town, rose, sam):
    mei = town.volunteer("Mei Chen", MEI)
    ask_for_an_errand(rose, words="")
    assert mei.rings()
    sam.text("1")
    heard = mei.answer()
    assert "settled by now" in heard
    assert "Can you?" not in heard


def test_a_talk_with_staff_is_connected_whoever_hangs_up_first(town, rose, dora):
    rose.dial()
    rose.press("2")
    rose.hang_up()
    assert len(town.callbacks) == 1
    rose.dial()
    rose.press("0")
    assert dora.rings()
    dora.answer()
    dora.press("1")
    town.seconds(45)
    rose.hang_up()
    assert outcome(town)[-1] == "connected"
    assert town.callbacks == []  # they have spoken: nobody need ring back


def test_one_text_tells_of_all_who_wait_to_be_rung_back(town, dora):
    for number in (ROSE, ANNA, KARL):
        phone = town.resident(f"P{number[-1]} Person", number)
        phone.dial()
        phone.press("2")
        phone.hang_up()
    town.wait(hours=1.2)
    told = [text for text in dora.inbox if "Waiting to be rung back: 3" in text]
    assert len(told) == 1
    assert {task.answer_by for task in town.callbacks} == {
        task.opened_at + timedelta(minutes=30) for task in town.callbacks
    }


def test_a_couple_behind_one_number_hears_for_whom_it_is(town, sam):
    town.resident("Karl May", KARL)
    phone = town.resident("Anna May", KARL)
    phone.text("2")
    phone.text("2")
    phone.text("1")
    phone.text("1")
    phone.text("bread")
    sam.text("1")
    assert "For Anna: Sam comes" in phone.inbox[-1]


def test_a_round_at_which_nobody_was_fed_is_not_done(town, sam, dora):
    lunches(town, ("Anna Berg", ANNA))
    sam.text("1")
    sam.text("5")
    assert [str(job.state) for job in town.jobs] == ["not_home"]


def test_nobody_is_told_again_and_again_that_nobody_was_found(town, rose, dora):
    lunches(town, (None, ROSE))
    town.wait(hours=9)
    assert len([text for text in rose.inbox if "not found anybody" in text]) == 1
    assert len([text for text in dora.inbox if "Nobody found" in text]) <= 12


def test_an_outage_is_not_followed_by_a_heap_of_old_alarms(town, rose, dora):
    town.exchange.faults.set({"is_down": True})
    ask_for_an_errand(rose, words="")
    town.wait(hours=5, every=120)
    town.exchange.faults.set({"is_down": False})
    town.wait(minutes=20)
    assert len(dora.inbox) <= 2


def test_somebody_who_is_both_orders_lunch_with_one_while_holding_a_job(town, sam):
    bo = town.resident("Bo Both", LEE)
    town.volunteer("Bo Both", LEE)
    rose = town.resident("Rose Miller", ROSE)
    with town.database.begin() as session:
        session.execute(sa.update(Service).values(wave_size=5))
    ask_for_an_errand(rose, words="")
    bo.text("1")
    town.menu("Soup")
    assert "Ordered: Soup" in bo.text("1")


def test_whoever_was_assigned_and_gives_it_back_is_not_asked_again_at_once(town, rose, sam):
    lunches(town, (None, ROSE))
    sam.text("2")
    assign(town, town.jobs[0].id, "Sam Lee")
    before = len(sam.inbox)
    sam.text("4")
    town.wait(minutes=3)
    assert not [text for text in sam.inbox[before:] if "Can you?" in text]


def test_a_number_that_rings_in_is_reached(town, sam, dora):
    mei = town.resident("Mei Chen", MEI)
    ask_for_an_errand(mei, words="")
    sam.text("1")
    for _ in range(4):
        if mei.state == "ringing":
            town.exchange.decline(MEI)
        town.wait(minutes=31)
    assert "unreached" in [str(a.kind) for a in town.alerts]
    mei.dial()
    assert "unreached" not in [str(a.kind) for a in town.alerts]


def test_a_meal_cannot_be_had_twice_by_reopening_the_first(town, rose):
    town.menu("Soup")
    rose.text("1")
    rose.text("no lunch")
    rose.text("1")
    rose.text("1")
    assert states(town) == ["cancelled", "pooled"]
    with pytest.raises(Refusal):
        do(town, working.reopen, HelpRequest, 1)


# --- at the same moment -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(4))
def test_a_stop_is_called_off_while_its_round_is_accepted(town, sam, attempt):
    lunches(town, ("Anna Berg", ANNA), ("Karl May", KARL))
    karl = town.telephone(KARL)
    karl.text("no lunch")
    at_once(
        lambda: write(town, "1", sid="SM" + "a" * 32, number=KARL),
        lambda: write(town, "1", sid="SM" + "b" * 32, number=SAM),
    )
    town.settle()
    assert [str(job.state) for job in town.jobs] == ["taken"]
    assert sorted(states(town)) == ["cancelled", "taken"]
    assert "Anna's door" in " ".join(sam.inbox) or "Anna Berg's door" in " ".join(sam.inbox)


@pytest.mark.parametrize("attempt", range(4))
def test_both_stops_are_called_off_at_once_and_the_round_is_over(town, sam, attempt):
    lunches(town, ("Anna Berg", ANNA), ("Karl May", KARL))
    for number in (ANNA, KARL):
        town.telephone(number).text("no lunch")
    at_once(
        lambda: write(town, "1", sid="SM" + "a" * 32, number=KARL),
        lambda: write(town, "1", sid="SM" + "b" * 32, number=ANNA),
    )
    town.settle()
    assert [str(job.state) for job in town.jobs] == ["cancelled"]
    assert states(town) == ["cancelled", "cancelled"]


def test_nothing_of_all_this_ever_rang_or_texted_without_a_reason(town, rose, sam):
    ask_for_an_errand(rose)
    sam.text("1")
    sam.text("3")
    town.wait(hours=30)
    reasons = {m.cause for m in town.rows(Message, direction="outbound")} | {
        c.cause for c in town.rows(Call, direction="outbound")
    }
    assert reasons == {"offer", "job_yours", "who_comes", "done_thanks"}


def test_what_staff_decide_at_night_is_told_in_the_morning(town, rose, sam, dora):
    ask_for_an_errand(rose, words="")
    sam.text("2")
    town.wait(hours=13.5)  # half past ten in the evening
    assign(town, town.jobs[0].id, "Sam Lee")
    before = (len(sam.inbox), len(rose.inbox))
    town.wait(hours=1)
    assert (len(sam.inbox), len(rose.inbox)) == before
    town.wait(hours=9)
    assert "5 Elm Street" in " ".join(sam.inbox[before[0] :])
    assert "Sam comes" in " ".join(rose.inbox[before[1] :])


def test_whoever_hears_her_status_and_breaks_off_while_asking_is_rung_back(town, rose, dora):
    town.menu("Soup")
    rose.text("1")
    rose.dial()  # she hears what she has ordered
    rose.press("2")
    rose.hang_up()
    assert outcome(town) == ["unfinished"]
    assert [task.why for task in town.callbacks] == ["unfinished"]


def test_whoever_hears_her_status_and_hangs_up_has_heard_it(town, rose):
    town.menu("Soup")
    rose.text("1")
    rose.dial()
    rose.hang_up()
    assert outcome(town) == ["heard"]
    assert town.callbacks == []
