"""Afterwards: "has it come?" only where that is doubtful, "was it good?" of a few; and several who go together."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from board_town import Browser
from sqlalchemy import select
from test_after_the_yes import ask_for
from town import DUTY, LEE, MEI, ROSE, SAM

from dispatch.answering import answer
from dispatch.taking import assign
from dispatch.working import cancel, reopen
from models.errors import Refusal
from models.jobs import Job
from models.lifecycle import State
from models.people import Volunteer
from models.places import Community, Service
from models.questions import Asked, Question
from models.requests import HelpRequest
from models.tasks import AlertKind
from models.traffic import Call, Outcome

LANDLINE, THIRD = MEI, "+12125550129"


def every(town, count):
    """One request in so many is asked about."""
    with town.database.begin() as session:
        session.scalars(select(Community)).one().asked_whether_good_every = count


def help_by(town, count):
    """So many go together on an errand."""
    with town.database.begin() as session:
        session.scalars(select(Service).where(Service.code == "errand")).one().helpers = count


def a_silent_helper(town):
    """Rose has asked for help, Sam has it and says nothing any more, until staff are alarmed."""
    rose, sam, dora = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM), town.staff("Dora", DUTY)
    ask_for(town, "Rose Miller", hours=1)
    sam.text("1")
    town.wait(hours=2, minutes=5)
    assert "is it done?" in sam.inbox[-1]
    assert town.alerts == []
    town.wait(hours=1)
    assert [alert.kind for alert in town.alerts] == [AlertKind.LATE]
    return rose, sam, dora


def by_landline(town, hours):
    """Rose, who has a landline only, has asked for help in so many hours, and has heard that Sam comes."""
    rose, sam, _ = town.resident("Rose Miller", LANDLINE), town.volunteer("Sam Lee", SAM), town.staff("Dora", DUTY)
    ask_for(town, "Rose Miller", hours=hours)
    sam.text("1")
    assert rose.rings()
    rose.answer()
    rose.press("1")
    return rose, sam


def open_alerts(town):
    return [alert.kind for alert in town.alerts if alert.closed_at is None]


def test_whoever_waits_is_asked_once_whether_it_came_and_her_yes_settles_it(town):
    rose, sam, _ = a_silent_helper(town)
    assert rose.inbox[-1].endswith("Has Sam been with you for errand? 1 yes, 2 no.")
    asked = len(rose.inbox)
    assert "We are glad" in rose.text("1")
    assert [request.state for request in town.requests] == [State.DONE]
    assert open_alerts(town) == []
    assert "Thank you" in sam.text("3")
    assert not any(message.needs_reading for message in town.messages), "a done that comes late is nobody's work"
    town.wait(hours=2)
    assert len(rose.inbox) == asked + 1, "the thanks, and no second question"


def test_her_no_is_an_alarm_of_its_own(town):
    rose, _, dora = a_silent_helper(town)
    assert "Our staff are told" in rose.text("not yet")
    assert set(open_alerts(town)) == {AlertKind.LATE, AlertKind.NOT_COME}
    assert any("has not come" in text for text in dora.inbox)
    assert [question.is_yes for question in town.rows(Question)] == [False]
    rose.text("1")
    with town.database.begin() as session:
        answer(session, session.scalars(select(Question)).one(), is_yes=True, who="resident 1", now=town.now)
    assert [question.is_yes for question in town.rows(Question)] == [False], "asked once, answered once"


def test_on_a_landline_she_is_rung_and_a_key_answers(town):
    rose, _ = by_landline(town, hours=1)
    town.wait(hours=3)
    assert rose.rings()
    assert "Has Sam been with you" in rose.answer()
    assert "For yes, press 1" in rose.heard
    assert "We are glad" in rose.press("1")
    assert [request.state for request in town.requests] == [State.DONE]
    rose.hang_up()
    assert [call.outcome for call in town.rows(Call, cause="has_been_there")] == [Outcome.ANSWERED]


def test_whoever_reports_in_time_is_believed_and_nobody_is_asked(town):
    every(town, 0)
    rose, sam = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM)
    ask_for(town, "Rose Miller", hours=1)
    sam.text("1")
    town.wait(hours=2, minutes=10)
    sam.text("3")
    town.wait(hours=8)
    assert town.rows(Question) == []
    assert not any("1 yes" in text for text in rose.inbox)


@pytest.mark.both_databases
def test_a_few_are_asked_in_the_afternoon_whether_it_was_good_and_a_no_is_rung(town):
    every(town, 1)
    rose, sam = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM)
    for _ in range(2):
        ask_for(town, "Rose Miller", hours=0)
        sam.text("1")
        sam.text("3")
    assert len(town.rows(Question)) == 1, "not again within the month"
    assert not any("all right" in text for text in rose.inbox)
    town.wait(hours=7, minutes=5)
    assert rose.inbox[-1].endswith("Was everything all right with errand? 1 yes, 2 no.")
    assert town.rows(Question)[0].asked_at.astimezone(ZoneInfo("America/New_York")).hour == 16
    assert "I am sorry" in rose.text("2")
    assert [callback.why for callback in town.callbacks] == ["was_not_good"]
    for days, asked in ((27, 1), (5, 2)):
        town.clock.shown += timedelta(days=days)
        ask_for(town, "Rose Miller", hours=0)
        sam.text("1")
        sam.text("3")
        assert len(town.rows(Question)) == asked


def test_a_digit_long_after_the_question_orders_as_ever(town):
    every(town, 1)
    rose, sam = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM)
    ask_for(town, "Rose Miller", hours=0)
    sam.text("1")
    sam.text("3")
    town.wait(hours=8)
    assert "all right" in rose.inbox[-1]
    town.wait(hours=14)
    town.menu("Soup")
    assert "Soup" in rose.text("1")
    assert [question.answered_at for question in town.rows(Question)] == [None]
    assert [request.state for request in town.requests] == [State.DONE, State.POOLED]


def test_a_yes_by_text_is_no_order_and_says_what_could_be_ordered(town):
    every(town, 1)
    rose, sam = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM)
    town.menu("Soup", days=1)
    ask_for(town, "Rose Miller", hours=0)
    sam.text("1")
    sam.text("3")
    town.wait(hours=8)
    answer = rose.text("1")
    assert "We are glad" in answer
    assert "Soup" in answer
    assert [request.state for request in town.requests] == [State.DONE]
    rose.text("1")
    assert [request.state for request in town.requests] == [State.DONE, State.POOLED]


def test_a_landline_that_does_not_answer_is_not_rung_again_for_that_and_alarms_nobody(town):
    every(town, 1)
    _, sam = by_landline(town, hours=0)
    sam.text("3")
    town.wait(hours=30)
    assert len(town.rows(Call, cause="was_it_good")) == 1
    assert open_alerts(town) == []


def test_two_go_together_each_is_asked_and_told_and_they_end_together(town):
    help_by(town, 2)
    rose, sam, lee = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM), town.volunteer("Lee Wu", LEE)
    ask_for(town, "Rose Miller", hours=0)
    assert len(town.jobs) == 2
    assert "1 yes" in sam.inbox[-1]
    assert "1 yes" in lee.inbox[-1]
    first = sam.text("1")
    assert "errand" in first
    assert any("we look for somebody to go with you" in text for text in sam.inbox)
    lee.text("1")
    assert any("Sam comes too" in text for text in lee.inbox), lee.inbox
    assert {job.state for job in town.jobs} == {State.TAKEN}
    assert len({job.volunteer_id for job in town.jobs}) == 2
    assert [text for text in rose.inbox if "Sam" in text]
    assert [text for text in rose.inbox if "Lee" in text]
    assert rose.text("3").lower().count("errand") == 1, "what she asked for is one thing"
    sam.text("3")
    assert {request.state for request in town.requests} == {State.DONE}
    assert {job.state for job in town.jobs} == {State.DONE}


def test_a_yes_that_is_too_late_for_the_one_part_is_a_yes_to_the_other(town):
    help_by(town, 2)
    town.resident("Rose Miller", ROSE)
    people = {
        name: town.volunteer(name, phone) for name, phone in (("Sam Lee", SAM), ("Lee Wu", LEE), ("Ann Ho", THIRD))
    }
    ask_for(town, "Rose Miller", hours=0)
    asked = {offer.volunteer_id: offer.job_id for offer in town.offers}
    names = {row.id: row.name for row in town.rows(Volunteer)}
    shared = next(job for job in asked.values() if list(asked.values()).count(job) == 2)
    first, late = (people[names[one]] for one, job in asked.items() if job == shared)
    alone = next(people[names[one]] for one, job in asked.items() if job != shared)
    first.text("1")
    assert not any("taken" in text for text in late.inbox), "she is still wanted"
    late.text(f"1 {next(job.code for job in town.jobs if job.id == shared)}")
    assert {job.state for job in town.jobs} == {State.TAKEN}
    assert any("comes too" in text for text in late.inbox)
    assert "taken" in alone.inbox[-1]
    assert "taken" in alone.text("1")


@pytest.mark.both_databases
def test_nobody_is_both_of_two_who_go_together(town):
    help_by(town, 2)
    town.resident("Rose Miller", ROSE)
    sam = town.volunteer("Sam Lee", SAM)
    ask_for(town, "Rose Miller", hours=0)
    assert [job.state for job in town.jobs] == [State.OFFERED, State.WAITING], "Sam may yet say no to the one"
    sam.text("1")
    sam.text("1")
    town.wait(minutes=30)
    assert [job.state for job in town.jobs].count(State.TAKEN) == 1
    assert {job.state for job in town.jobs} == {State.TAKEN, State.STUCK}
    page = Browser(town, town.app.test_client())
    town.staff("Dora", DUTY)
    page.log_in("Dora", "a long password")
    second = next(job for job in town.jobs if job.state is State.STUCK)
    shown = page.see(f"/requests/{town.requests[0].id}")
    assert "2 go there together" in shown
    assert "goes there already" in page.see(f"/jobs/{second.id}")
    with town.database.begin() as session, pytest.raises(Refusal, match="comes_already"):
        assign(session, session.get(Job, second.id), session.scalars(select(Volunteer)).one(), who="s", now=town.now)


def test_what_is_called_off_is_called_off_for_all_who_go(town):
    help_by(town, 3)
    rose = town.resident("Rose Miller", ROSE)
    names = {"Sam Lee": SAM, "Lee Wu": LEE, "Ann Ho": THIRD}
    names = {"Sam Lee": SAM, "Lee Wu": LEE, "Ann Ho": THIRD}
    people = [town.volunteer(name, phone) for name, phone in names.items()]
    ask_for(town, "Rose Miller", hours=0)
    for one in people:
        one.text("1")
    assert {job.state for job in town.jobs} == {State.TAKEN}
    rose.text("3")
    rose.text("3")
    rose.text("1")
    assert {request.state for request in town.requests} == {State.CANCELLED}
    assert all("no longer" in one.inbox[-1] or "called off" in one.inbox[-1] for one in people), [
        o.inbox[-1] for o in people
    ]


def test_one_of_two_can_be_called_off_alone_and_only_what_ended_together_is_opened_together(town):
    help_by(town, 2)
    town.resident("Rose Miller", ROSE)
    sam = town.volunteer("Sam Lee", SAM)
    ask_for(town, "Rose Miller", hours=0)
    whole, part = town.requests
    with town.database.begin() as session:
        beside = session.get(HelpRequest, part.id)
        assign(session, beside.job, session.scalars(select(Volunteer)).one(), who="staff 1", now=town.now)
        cancel(session, beside, who="staff 1", now=town.now)
    sam.text("1")
    town.seconds(1)
    assert [request.state for request in town.requests] == [State.TAKEN, State.CANCELLED], "the visit goes on without"
    town.wait(minutes=1)
    sam.text("3")
    with town.database.begin() as session:
        reopen(session, session.get(HelpRequest, whole.id), who="staff 1", now=town.now)
    assert [request.is_open for request in town.requests] == [True, False]


def test_the_kind_of_a_question_is_stored_as_it_is_spelled(town):
    a_silent_helper(town)
    question = town.rows(Question)[0]
    assert (question.kind, question.is_yes, question.answered_at) == (Asked.HAS_COME, None, None)
    assert town.now - question.asked_at < timedelta(hours=1)
