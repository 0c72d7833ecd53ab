"""The line for a person of 82: everything that can be done about meals, being away and being unwell, key by key."""

from datetime import timedelta

import pytest
from test_webhooks import CALL, key, ring
from town import ANNA, DUTY, KARL, LEE, MEI, ROSE, SAM

from dispatch import spares
from models.events import Event
from models.menus import Dish, StandingOrder
from models.numbers import phone_of
from models.people import Absence, Resident
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Call


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, address="5 Elm Street")


@pytest.fixture
def week(town):
    """Lunch on every day of this week: Monday is today, nine in the morning."""
    return [town.menu("Tomato soup", ("Peanut chicken", "peanuts"), days=day) for day in range(7)]


def keys(telephone, *pressed):
    """What is heard after the last of these keys."""
    for one in pressed:
        heard = telephone.press(one)
    return heard


def orders(town):
    return [(r.wanted_from.date().isoformat()[-2:], r.dish.name, r.portions, str(r.state)) for r in _with_dishes(town)]


def _with_dishes(town):
    with town.database.read() as session:
        rows = town.requests
        for row in rows:
            session.add(row)
            assert row.dish is None or row.dish.name
        return rows


def test_two_portions_are_read_back_and_ordered(town, rose, week):
    rose.dial()
    rose.silence()
    assert "For more than one, press 3" in keys(rose, "1", "1", "1")
    assert "Press a number from 1 to 4" in rose.press("3")
    assert "2 times Tomato soup, lunch today" in rose.press("2")
    assert "Ordered: 2 times Tomato soup" in rose.press("1")
    assert orders(town) == [("23", "Tomato soup", 2, "pooled")]


def test_later_days_are_read_three_at_a_time(town, rose, week):
    rose.dial()
    rose.silence()
    assert "For later days, press 4" in rose.press("1")
    second = rose.press("4")
    assert "Thursday" in second
    assert "Monday" not in second
    assert "Sunday" in rose.press("4")
    assert "For lunch today, press 1" in rose.press("4"), "behind the last page the first comes again"
    assert "Ordered: Tomato soup" in keys(rose, "4", "1", "1", "1")
    assert orders(town) == [("26", "Tomato soup", 1, "pooled")]


@pytest.mark.both_databases
def test_whoever_has_a_lunch_is_asked_before_there_is_a_second(town, rose, week):
    rose.dial()
    rose.press("1")
    rose.hang_up()
    rose.dial()
    rose.silence()
    assert "You have lunch (Tomato soup), today" in keys(rose, "1", "1")
    assert "It stays as it is" in rose.press("1")
    rose.hang_up()
    assert orders(town) == [("23", "Tomato soup", 1, "pooled")]
    rose.dial()
    rose.silence()
    assert "Now you have" in keys(rose, "1", "1", "3")
    rose.hang_up()
    assert orders(town) == [("23", "Tomato soup", 2, "pooled")]
    rose.dial()
    rose.silence()
    assert "Changed: you now have Peanut chicken" in keys(rose, "1", "1", "2", "2", "1")


@pytest.mark.both_databases
def test_what_is_sold_out_is_said_and_cannot_be_ordered(town, rose, week):
    with town.database.begin() as session:
        soup = session.query(Dish).filter_by(menu_id=week[0], key="1").one()
        soup.sold_out_at = town.now
    assert "Lunch today: Peanut chicken" in rose.dial()
    rose.silence()
    assert "Tomato soup is sold out" in keys(rose, "1", "1")
    assert "does nothing here" in rose.press("1")
    assert town.requests == []


def test_after_the_cut_off_it_is_said_and_tomorrow_is_offered(town, rose, week):
    town.wait(minutes=61)
    rose.dial()
    rose.silence()
    heard = rose.press("1")
    assert "Lunch today could be ordered until 10 AM. That time has passed" in heard
    assert "For lunch tomorrow, press 1" in heard


@pytest.mark.both_databases
def test_lunch_every_weekday_one_left_out_and_the_end_of_it(town, rose, week):
    rose.dial()
    rose.silence()
    assert "To have lunch every weekday, press 1" in keys(rose, "1", "5")
    assert "Monday to Friday" in rose.press("1")
    assert "From now on you have lunch every weekday" in rose.press("1")
    town.wait(minutes=1)
    assert [(row.days, row.ended_at) for row in town.rows(StandingOrder)] == [
        (["mon", "tue", "wed", "thu", "fri"], None)
    ]
    assert orders(town)[0] == ("23", "Tomato soup", 1, "pooled")
    rose.dial()
    rose.silence()
    assert "To leave out today, press 1" in keys(rose, "3", "5")
    assert "Lunch today is left out" in rose.press("1")
    town.wait(hours=30)
    assert [(day, state) for day, _, _, state in orders(town) if day == "23"] == [("23", "cancelled")]
    assert [day for day, _, _, state in orders(town) if day == "24"] == ["24"], "and the next day she has it again"
    rose.dial()
    rose.silence()
    heard = keys(rose, "3", "5", "3")
    assert "To end it, press 1" in heard
    assert "No more meals every weekday" in rose.press("1")
    assert [row.ended_at is not None for row in town.rows(StandingOrder)] == [True]


def test_away_until_a_day_and_back_again(town, rose, week):
    town.standing_order("Rose Miller")
    town.wait(minutes=1)
    rose.dial()
    assert "from tomorrow" in keys(rose, "3", "5", "2")
    assert "Away from tomorrow until Wednesday 25 November" in rose.press("2")
    assert "You are away until Wednesday" in rose.press("1")
    assert [(a.from_date.isoformat(), a.until_date.isoformat()) for a in town.rows(Absence)] == [
        ("2026-11-24", "2026-11-25")
    ]
    town.wait(hours=26)
    assert [day for day, _, _, state in orders(town) if state != "cancelled"] == ["23"]
    rose.dial()
    rose.silence()
    assert "If you are back, press 1" in keys(rose, "3", "5")
    assert "Welcome back" in rose.press("1")
    assert town.rows(Absence) == []


def test_it_has_not_come_is_a_task_for_staff(town, rose, week):
    dora = town.staff("Dora", DUTY)
    sam = town.volunteer("Sam Lee", SAM)
    rose.dial()
    assert "has not come" not in keys(rose, "1", "*", "3")
    rose.hang_up()
    town.wait(hours=1, minutes=2)
    sam.text("1")
    town.wait(hours=2)
    rose.dial()
    assert "If it has not come, press 4" in rose.press("3")
    assert "Our staff are told now" in rose.press("4")
    rose.hang_up()
    town.wait(minutes=1)
    assert [(str(a.kind), a.closed_at) for a in town.alerts if a.kind == "not_come"] == [("not_come", None)]
    assert any("says that it has not come" in text and "Sam Lee" in text for text in dora.inbox)
    assert [call.outcome for call in town.calls][-1] == "alarm"
    sam.text("3")
    town.wait(minutes=1)
    assert all(a.closed_at for a in town.alerts if a.kind == "not_come"), "it closes when it is no longer true"


def test_what_has_not_come_is_sent_again_in_one_move(town, rose, week):
    """Sam brings two lunches; Rose's has not come: Lee brings hers, Sam need not go to her, and brings the other."""
    town.staff("Dora", DUTY)
    town.resident("Karl Weber", KARL, address="9 Elm Street").text("1")
    sam, lee = town.volunteer("Sam Lee", SAM), town.volunteer("Lee Ann", LEE)
    rose.text("1")
    town.wait(hours=1, minutes=2)
    sam.text("1")
    town.wait(hours=2)
    rose.dial()
    keys(rose, "3", "4")
    rose.hang_up()
    (hers,) = [
        request for request in town.requests if request.resident_id == town.rows(Resident, name="Rose Miller")[0].id
    ]
    with town.database.begin() as session:
        spares.send_again(session, session.get(HelpRequest, hers.id), who="staff 1", now=town.now)
    town.wait(minutes=1)
    assert any("Please do not go to Rose any more" in text for text in sam.inbox)
    assert all(a.closed_at for a in town.alerts if a.kind == "not_come")
    assert sorted(str(job.state) for job in town.jobs) == ["offered", "taken"]
    assert any("It is sent again" in text for text in rose.inbox)
    lee.text("1")
    town.wait(minutes=1)
    assert sorted(str(job.state) for job in town.jobs) == ["taken", "taken"]
    sam.text("3")
    lee.text("3")
    town.wait(minutes=1)
    assert sorted(str(request.state) for request in town.requests) == ["cancelled", "done", "done"]
    assert [request.spare_for_id for request in town.requests][-1] == hers.id


def test_a_lone_lunch_that_has_not_come_leaves_no_empty_job(town, rose, week):
    sam = town.volunteer("Sam Lee", SAM)
    rose.text("1")
    town.wait(hours=1, minutes=2)
    sam.text("1")
    town.wait(minutes=30)
    with town.database.begin() as session:
        spares.send_again(session, session.get(HelpRequest, town.requests[0].id), who="staff 1", now=town.now)
    town.wait(minutes=1)
    assert sorted((str(job.state), len(job_stops(town, job))) for job in town.jobs) == [
        ("cancelled", 1),
        ("offered", 1),
    ]


def test_what_was_reported_done_and_is_not_there_is_sent_again_too(town, rose, week):
    sam = town.volunteer("Sam Lee", SAM)
    rose.text("1")
    town.wait(hours=1, minutes=2)
    sam.text("1")
    sam.text("3")
    with town.database.begin() as session:
        spares.send_again(session, session.get(HelpRequest, town.requests[0].id), who="staff 1", now=town.now)
    town.wait(minutes=1)
    assert sorted(str(job.state) for job in town.jobs) == ["done", "offered"]


def job_stops(town, job):
    return [request for request in town.requests if request.job_id == job.id]


def test_not_well_wakes_somebody_by_text_and_by_call_who_takes_it_on(town, rose):
    """At three in the morning."""
    dora = town.staff("Dora", DUTY)
    town.clock.shown += timedelta(hours=18)
    rose.dial()
    heard = rose.press("2")
    assert "not the emergency number" in heard
    assert "If you are not well, press 7" in heard
    heard = rose.press("7")
    assert "Our staff are told now. In an emergency, hang up and dial" in heard
    rose.hang_up()
    assert dora.rings()
    dora.answer()
    assert "Rose says that" in dora.heard or "Rose Miller says that" in dora.heard
    assert "If you see to it, press 1" in dora.heard
    assert "nobody else is rung" in dora.press("1")
    assert any("not well" in text for text in dora.inbox)
    alert = next(a for a in town.alerts if a.kind == "not_well")
    assert alert.acknowledged_at is not None
    assert [call.outcome for call in town.calls] == ["alarm"]


def test_not_well_goes_to_the_next_one_when_the_first_is_silent(town, rose):
    town.staff("Dora", DUTY)
    karl = town.staff("Karl", KARL)
    rose.dial()
    keys(rose, "2", "7")
    rose.hang_up()
    town.wait(minutes=3)
    assert any("not well" in text for text in karl.inbox)
    assert {call.phone for call in town.rows(Call, direction="outbound")} == {DUTY, KARL}


@pytest.mark.both_databases
def test_slower_is_remembered_for_the_next_call(town, rose, week):
    assert 'rate="85%"' in ring(town).text
    slower = key(town, 1, "8").text
    assert 'rate="75%"' in slower
    assert 'timeout="15"' in slower
    assert [row.pace for row in town.rows(Resident)] == [1]
    assert 'rate="75%"' in ring(town, sid=CALL[:-1] + "f").text


def test_a_call_that_was_cut_off_is_taken_up_by_the_next_one(town, rose, week):
    rose.dial()
    rose.silence()
    keys(rose, "1", "1", "2")
    rose.hang_up()
    assert [(task.phone, task.why, task.closed_at) for task in town.callbacks] == [(ROSE, "unfinished", None)]
    assert "You were ordering a meal. To go on, press 1" in rose.dial()
    assert "Peanut chicken, lunch today. If that is right, press 1" in rose.press("1")
    assert "Ordered: Peanut chicken" in rose.press("1")
    rose.hang_up()
    assert town.callbacks == [], "nobody need ring back any more"
    assert "You were ordering" not in rose.dial()


def test_whoever_does_not_want_to_go_on_begins_anew_and_is_still_rung_back(town, rose, week):
    rose.dial()
    rose.silence()
    keys(rose, "1", "1", "2")
    rose.hang_up()
    rose.dial()
    assert "To order it, press 1" in rose.press("2")
    rose.hang_up()
    assert [task.closed_at for task in town.callbacks] == [None]
    town.wait(hours=3)
    assert "You were ordering" not in rose.dial(), "after some hours it is another day's call"


def test_a_daughter_orders_from_her_own_telephone(town, week):
    rose = town.resident("Rose Miller", ROSE, address="5 Elm Street", contact=("Ann Miller", ANNA), enrolled=False)
    ann = town.telephone(ANNA)
    heard = ann.dial()
    assert "You are calling for Rose. Lunch today: Tomato soup. To order it, press 1" in heard
    assert "Miller" not in heard
    assert "Ordered: Tomato soup" in ann.press("1")
    ann.hang_up()
    assert [row.resident_id for row in town.requests] == [row.id for row in town.rows(Resident)]
    assert [row.enrolled_at for row in town.rows(Resident)] == [None]
    assert [event.who for event in town.rows(Event, verb="place")] == ["contact 1"]
    assert rose.inbox == [], "her daughter's call is not her own yes to being called"


def community(town, **changes):
    with town.database.begin() as session:
        row = session.get_one(Community, town.community_id)
        for name, value in changes.items():
            setattr(row, name, value)


def test_whoever_rings_off_at_once_is_rung_back_where_the_community_does_so(town, rose, week):
    community(town, rings_back=True)
    rose.dial()
    town.seconds(3)
    rose.hang_up()
    assert rose.rings()
    rose.answer()
    assert "we ring you back, so that it costs you nothing" in rose.heard
    assert "To order it, press 1" in rose.heard
    assert "Ordered" in rose.press("1")
    assert town.callbacks == []


@pytest.mark.both_databases
def test_without_the_setting_and_for_strangers_a_person_rings_back(town, rose, week):
    rose.dial()
    rose.hang_up()
    assert [task.phone for task in town.callbacks] == [ROSE]
    community(town, rings_back=True)
    stranger = town.telephone(ANNA)
    stranger.dial()
    stranger.hang_up()
    assert [task.phone for task in town.callbacks] == [ROSE, ANNA]
    assert town.rows(Call, direction="outbound") == []


def test_a_stranger_presses_a_key_before_anybody_is_rung_and_a_machine_rings_nobody(town):
    dora = town.staff("Dora", DUTY)
    community(town, tests_strangers=True)
    machine = town.telephone(KARL)
    assert "press any key" in machine.dial()
    machine.silence()
    machine.silence()
    machine.hang_up()
    assert [str(call.outcome) for call in town.calls] == ["blocked"]
    assert town.callbacks == []
    person = town.telephone(ANNA)
    person.dial()
    person.press("5")
    assert dora.rings()


@pytest.mark.both_databases
def test_a_stranger_without_keys_can_still_say_what_is_needed(town):
    community(town, tests_strangers=True)
    person = town.telephone(ANNA)
    person.dial()
    person.silence()
    person.speak("This is Anna Bell, I have an old telephone and I need some milk please")
    person.hang_up()
    assert [(task.phone, task.why) for task in town.callbacks] == [(ANNA, "message")]


@pytest.mark.both_databases
def test_a_blocked_number_hears_where_help_is_and_nobody_is_rung(town, rose):
    with town.database.begin() as session:
        phone_of(session, session.get_one(Community, town.community_id), ANNA).blocked_at = town.now
    robot = town.telephone(ANNA)
    assert "We take no calls from this telephone. In an emergency, dial" in robot.dial()
    robot.hang_up()
    assert [str(call.outcome) for call in town.calls] == ["blocked"]
    assert town.callbacks == []


def test_a_machine_that_dials_on_and_on_is_asked_for_a_key_and_then_turned_away_until_it_stops(town, rose):
    town.staff("Dora", DUTY)
    robot = town.telephone(ANNA)
    heard = []
    for _ in range(21):
        heard.append(robot.dial())
        robot.hang_up()
        town.seconds(20)
    assert ["To speak with a person, press 0" in one for one in heard] == [True] * 5 + [False] * 16
    assert ["press any key" in one for one in heard] == [False] * 5 + [True] * 14 + [False] * 2
    assert ["We take no calls" in one for one in heard] == [False] * 19 + [True] * 2
    town.wait(hours=1)
    assert "To speak with a person, press 0" in robot.dial()


def test_a_resident_may_ring_as_often_as_she_likes(town, rose, week):
    for _ in range(25):
        assert "To order it, press 1" in rose.dial()
        rose.hang_up()


@pytest.mark.both_databases
def test_the_language_can_be_changed_by_a_key_and_is_remembered(town, rose, week):
    town.resident("Mei Chen", MEI, language="zh-CN")
    document = ring(town).text
    assert "井号键" not in document, "whom we know hears her own language, and no more"
    assert "要订请按1" in key(town, 1, "#").text
    assert ("Rose Miller", "zh-CN") in [(row.name, row.language) for row in town.rows(Resident)]
    again = ring(town, sid=CALL[:-1] + "e").text
    assert "Rose您好" in again
    stranger = ring(town, sid=CALL[:-1] + "d", number=ANNA).text
    assert "说普通话请按井号键" in stranger
    assert 'language="zh-CN"' in stranger
    assert "We do not know this telephone" in stranger
