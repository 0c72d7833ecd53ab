"""What staff see and do on the board, told as stories through its pages."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town, token_in

from dispatch import alarms, taking, working
from dispatch.alarms import raise_alert
from dispatch.forgetting import forget, forget_the_rest
from dispatch.history import move
from models.events import Event
from models.jobs import Job
from models.kitchens import Kitchen
from models.lifecycle import State
from models.menus import Menu
from models.numbers import Phone, phone_of
from models.people import Absence, AbsenceKind, Contact, Resident, Staff, Volunteer
from models.places import Announcement, Community, Service
from models.requests import HelpRequest
from models.tasks import Alert, AlertKind, Callback
from models.traffic import Call, Delivery, Direction, Message, Outcome, Recording


@pytest.fixture
def town(tmp_path):
    """Two small communities."""
    return build_town(tmp_path)


@pytest.fixture
def chen(town):
    """The coordinator at her board."""
    return town.browser()


def lane(page, name):
    """One lane of the page."""
    return re.search(rf'<section class="lane lane-{name}".*?</section>', page, re.DOTALL)[0]


def text_of(page):
    """What one reads, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


# ---- the board


def test_an_empty_board_is_friendly(chen):
    page = chen.see("/")
    assert "All is well" in lane(page, "person")
    assert "Nobody is waiting" in lane(page, "nobody")


def test_an_errand_walks_through_the_lanes(town, chen):
    errand = town.errand("rose", "Milk and bread")
    first = lane(chen.see("/"), "nobody")
    assert "Rose Miller" in first
    assert "Milk and bread" in first
    assert "nobody asked yet" in first
    town.wait(seconds=1)
    assert "2 asked" in lane(chen.see("/"), "nobody")
    with town.database.begin() as session:
        job = session.get_one(Job, town.job_of(errand))
        taking.accept(session, job.offers[0], who="volunteer 1", now=town.now)
    onway = lane(chen.see("/"), "onway")
    assert "Sam Lee" in onway or "李强" in onway
    assert "170 0000 300" in onway
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/finish")
    assert "11 is done" in chen.page
    assert "Rose Miller" in lane(chen.see("/"), "done")
    assert "Rose Miller" not in lane(chen.page, "onway")


def test_what_nobody_takes_needs_a_person_and_an_alert_says_who_must_do_what_by_when(town, chen):
    town.errand("rose")
    town.wait(minutes=1)
    town.wait(minutes=11)
    town.wait(minutes=11)
    page = chen.see("/")
    assert "Rose Miller" in lane(page, "person")
    assert "Nobody has been found" in page
    assert "Ask somebody yourself" in page
    assert "Dai Fen should answer by" in page
    alert = 1
    chen.press(f"/alerts/{alert}/mine")
    assert "Chen Li sees to it (since" in chen.page
    assert f"/alerts/{alert}/settled" not in chen.page, "while she waits nobody can say that it is settled"
    chen.press(f"/alerts/{alert}/settled", status=409, why="Ann goes herself")
    assert "still waits for somebody" in chen.page
    assert town.row(Alert, alert).closed_at is None
    chen.see("/requests/1")
    chen.press("/requests/1/finish")
    assert town.row(Alert, alert).closed_at, "Ann has been there"


def test_a_missed_resident_stays_in_view_until_somebody_settles_it(town, chen):
    errand = town.errand("rose")
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/miss")
    assert "An alert asks somebody to look" in chen.page
    page = chen.see("/")
    assert "Rose Miller" in lane(page, "person"), "closed, but not over"
    assert "Rose Miller" not in lane(page, "done")
    chen.press("/alerts/1/settled", why="She was at her daughter's")
    assert "Rose Miller" in lane(chen.see("/"), "done")


def test_urgent_comes_first_then_the_oldest(town, chen):
    old = town.errand("rose", "old")
    town.now += timedelta(minutes=5)
    town.errand("gao", "newer")
    town.now += timedelta(minutes=5)
    assert lane(chen.see("/"), "nobody").index("Rose") < lane(chen.page, "nobody").index("高慧敏")
    town.now += timedelta(hours=4, minutes=1)
    page = lane(chen.see("/"), "nobody")
    assert "Late" in page
    assert f'class="card is-urgent" id="job-{town.job_of(old)}"' in page


def test_nothing_is_hidden_uncounted(town, chen):
    for number in range(30):
        town.errand("rose", f"errand {number}")
    page = chen.see("/")
    assert "+6 more" in page
    assert lane(page, "nobody").count('<li class="card') == 24
    everything = chen.see("/lanes/nobody")
    assert "errand 29" in everything


def test_meals_before_the_cutoff_are_one_row_and_become_rounds_when_closed(town, chen):
    town.lunch("rose")
    town.lunch("gao", "2")
    town.lunch("zhu", "1")
    page = chen.see("/")
    assert "3 portions" in page
    assert "冬瓜排骨汤" in page
    assert "Rose Miller" not in page, "not two hundred cards"
    assert "3 portions go to the kitchen" in page, "it asks once"
    chen.press(f"/meals/{town.ids['lunch']}/close")
    assert "Orders are closed. Rounds made: 2." in chen.page
    assert "may not suit" not in text_of(chen.page.split("To cook")[0])
    page = chen.see("/")
    assert "Lunch round" in lane(page, "nobody")
    assert "2 to come" in lane(page, "nobody")
    assert town.row(Menu, town.ids["lunch"]).closed_at


def test_a_round_is_one_card_with_its_stops(town, chen):
    first, second = town.lunch("rose"), town.lunch("gao")
    town.wait(hours=1, minutes=1)
    job = town.job_of(first)
    assert job == town.job_of(second)
    chen.see(f"/jobs/{job}")
    chen.press(f"/jobs/{job}/assign", volunteer=town.ids["sam"])
    assert "is given to Sam Lee" in chen.page
    chen.see(f"/requests/{first}")
    chen.press(f"/requests/{first}/finish")
    page = chen.see("/")
    assert "1 delivered, 1 to come" in lane(page, "onway")
    chen.see(f"/jobs/{job}")
    chen.press(f"/jobs/{job}/release")
    assert "others are asked" in chen.page
    assert town.row(Job, job).state in (State.WAITING, State.OFFERED)


def test_the_board_says_its_number_and_nothing_when_it_is_known(town, chen):
    page = chen.see("/")
    number = re.search(r'data-version="(\d+)"', page)[1]
    assert chen.client.get(f"/board/version?seen={number}").status_code == 204
    town.errand()
    answer = chen.client.get(f"/board/version?seen={number}")
    assert answer.status_code == 200
    assert int(answer.text) > int(number)


def test_a_wound_clock_is_said_on_every_page(town, chen):
    assert "has been wound" not in chen.see("/")
    town.is_wound = True
    for path in ("/", "/people", "/login", "/enter", "/sheet", f"/residents/{town.ids['rose']}/card"):
        answer = chen.client.get(path) if path != "/login" else town.app.test_client().get(path)
        assert "has been wound" in answer.text, path
    assert "has been wound" in chen.see("/nothing", 404)


# ---- callbacks and texts


def test_a_broken_call_shows_the_half_made_order_and_whom_to_ring(town, chen):
    with town.database.read() as session:
        menu = session.get_one(Menu, town.ids["lunch"])
        picks = {"menu_id": menu.id, "dish_id": menu.dishes[1].id, "recording_id": None}
    callback = town.callback("+8617000002001", details={"place": "dishes", "picks": picks})
    page = chen.see("/")
    assert "The call broke off" in page
    assert "Lunch, today · Kung Pao" in page
    assert 'href="tel:+8617000002001"' in page
    assert "170 0000 2001" in page
    chen.press(f"/callbacks/{callback}/done")
    assert "The call broke off" not in chen.page
    row = town.row(Callback, callback)
    assert (row.closed_by_id, row.due_at) == (town.ids["Chen Li"], None)


def test_a_withheld_number_and_a_household_are_said(town, chen):
    town.callback(None, "asked_for_person")
    town.callback("+861055551004", "message")
    page = chen.see("/")
    assert "number withheld" in page
    assert "高慧敏" in page
    assert "朱世杰" in page


def test_a_text_is_answered_and_then_read(town, chen):
    text = town.text_from("+8617000002001", "Who comes today?", "rose")
    assert "Who comes today?" in chen.see("/")
    chen.press(f"/texts/{text}/reply", words="Sam comes at eleven")
    assert "The text is on its way" in chen.page
    assert "Who comes today?" not in chen.page
    with town.database.read() as session:
        sent = session.scalars(sa.select(Message).where(Message.direction == "outbound")).one()
        assert sent.says == [["from_staff", {"words": "Sam comes at eleven"}]]
    assert "Sam comes at eleven" in chen.see(f"/texts/{text}")


def test_a_text_that_cannot_be_answered_says_why_and_keeps_the_words(town, chen):
    text = town.text_from("+8617000007777", "hello")
    chen.see("/")
    page = chen.press(f"/texts/{text}/reply", 409, words="my long answer")
    assert "not in the book" in page
    assert "my long answer" in page
    assert town.row(Message, text).seen_at is None


def test_one_number_is_one_card_and_two_colleagues_do_not_answer_twice(town, chen):
    rose, told = "+8617000002001", []
    for words in ("Good morning", "Who comes?", "And is there soup?"):
        told.append(town.text_from(rose, words, "rose"))
        town.now += timedelta(minutes=4)
    with town.database.begin() as session:
        session.get_one(Message, told[-1]).cause = "message"
    page = chen.see("/")
    assert page.count('class="task task-text"') == 1
    assert all(words in page for words in ("Rose Miller", "3 unread", "And is there soup?", "left for you", "12 min"))
    dai = town.browser("Dai Fen")
    dai.see("/")
    late = town.text_from(rose, "Hello?", "rose")
    dai.press(f"/texts/{told[-1]}/reply", words="Sam comes at eleven")
    assert town.row(Message, told[0]).seen_by == f"staff {town.ids['Dai Fen']}"
    assert town.row(Message, late).seen_at is None  # it came after the page was looked at
    page = chen.press(f"/texts/{told[-1]}/reply", 409, words="Lee comes at noon")
    assert "A colleague has answered" in page
    assert all(words in page for words in ("Lee comes at noon", "Sam comes at eleven", "Dai Fen"))
    chen.press(f"/texts/{newest_of(page)}/reply", words="Lee comes at noon", **{"from": "thread"})
    page = chen.see(f"/texts/{late}")
    assert "read by Dai Fen" in page
    assert "read by Chen Li" in page
    assert "task-text" not in chen.see("/")


def newest_of(page):
    return re.search(r"/texts/(\d+)/reply", page)[1]


def test_all_threads_are_listed_unread_first_and_found_by_name_and_number(town, chen):
    assert "No texts yet" in chen.see("/texts")
    unread = town.text_from("+8617000002001", "Please ring me", "rose")
    town.now += timedelta(minutes=1)
    with town.database.begin() as session:
        for at in range(45):
            session.add(Message(
                community_id=town.ids["community"], direction=Direction.OUTBOUND, phone=f"+86170000050{at:02d}",
                body=f"Words {at}", state=Delivery.SENT, made_at=town.now, error_code="",
            ))  # fmt: skip
        session.add(Message(
            community_id=town.ids["community"], direction=Direction.OUTBOUND, phone="+8617000003001", body="Offer",
            state=Delivery.UNDELIVERED, made_at=town.now, error_code="30003", volunteer_id=town.ids["sam"],
        ))  # fmt: skip
        session.add(Call(
            community_id=town.ids["community"], direction=Direction.INBOUND, phone="+8617000003001",
            state=Delivery.ENDED, outcome=Outcome.ANSWERED, made_at=town.now + timedelta(seconds=9),
        ))  # fmt: skip
    page = chen.see("/texts")
    assert page.index("Please ring me") < page.index("Sam Lee") < page.index("Words 44")
    assert "1 unread" in page
    assert "Words 2<" not in page
    assert "Words 2<" in chen.see("/texts?page=2")
    assert "Words 44" not in chen.see("/texts?q=sam")
    assert "Words 44" in chen.see("/texts?q=170 0000 5044")
    assert "No texts with anybody" in chen.see("/texts?q=nobody")
    thread = chen.see(re.search(r'href="(/texts/\d+)"', chen.see("/texts?q=Sam"))[1])
    assert thread.index("did not arrive: the telephone was off") < thread.index("They rang")
    chen.see(f"/texts/{unread}")
    chen.press(f"/texts/{unread}/read", **{"from": "thread"})
    assert "unread" not in chen.page.replace("unread-", "")
    assert "Please ring me" not in town.browser("Far Away").see("/texts")


def test_numbers_that_do_not_work_are_a_list_to_be_worked_through(town, chen):
    assert "Every number in the book works" in chen.see("/numbers")
    assert "does not work" not in chen.see("/")
    with town.database.begin() as session:
        community = session.get_one(Community, town.ids["community"])
        dead, silent, landline = (
            phone_of(session, community, n) for n in ("+8617000003002", "+8617000002001", "+8617000003001")
        )
        dead.unreachable_since = dead.cannot_text_since = silent.opted_out_at = landline.cannot_text_since = town.now
        phone_of(session, community, "+8617000006666").unreachable_since = town.now  # nobody's of the book
        session.add(Message(
            community_id=community.id, direction=Direction.OUTBOUND, phone=dead.number, body="Offer",
            state=Delivery.FAILED, error_code="21211", made_at=town.now, volunteer_id=town.ids["lee"],
        ))  # fmt: skip
        session.flush()
        dead_id, silent_id = dead.id, silent.id
    assert "2 numbers do not work" in chen.see("/")
    page = chen.see("/numbers")
    assert page.index("李强") < page.index("Rose Miller") < page.index("Sam Lee")
    assert "6666" not in page
    assert all(words in page for words in ("there is no such number", "texting START", "is rung instead"))
    assert f"/volunteers/{town.ids['lee']}/edit" in page
    assert f"/numbers/{silent_id}/works" not in page
    for path in (f"/residents/{town.ids['rose']}", f"/volunteers/{town.ids['lee']}"):
        assert "/numbers" in chen.see(path)
    chen.see("/numbers")
    assert "Only they can undo it" in chen.press(f"/numbers/{silent_id}/works", 409)
    chen.press(f"/numbers/{dead_id}/works")
    assert "170 0000 3002 is texted and rung again" in chen.page
    phone = town.row(Phone, dead_id)
    assert (phone.unreachable_since, phone.cannot_text_since) == (None, None)
    with town.database.read() as session:
        [told] = session.scalars(sa.select(Event).where(Event.verb == "number_works"))
        assert (told.who, told.why) == (f"staff {town.ids['Chen Li']}", f"volunteer {town.ids['lee']}")
    assert "works</button>" not in town.browser("Ai Ding").see("/numbers")


def test_a_text_becomes_a_request_with_its_words_as_the_note(town, chen):
    text = town.text_from("+8617000002001", "Please bring milk", "rose")
    page = chen.see(f"/enter?text={text}")
    assert "Rose Miller" in page
    assert re.search(r"<textarea[^>]*>Please bring milk</textarea>", page)
    service = service_id(town, "errand")
    chen.press(
        "/enter/help", resident=town.ids["rose"], service=service, note="Please bring milk", text=text, settle="on"
    )
    assert "Errand for Rose Miller is entered" in chen.page
    assert town.row(Message, text).seen_at


def test_an_unknown_text_can_be_read_or_lead_to_a_new_resident(town, chen):
    text = town.text_from("+8617000007777", "hello")
    assert "170 0000 7777" in chen.see(f"/residents/new?text={text}")
    chen.see("/")
    chen.press(f"/texts/{text}/read")
    assert "hello" not in chen.page


def residents(town):
    with town.database.read() as session:
        return {row.name: row for row in session.scalars(sa.select(Resident))}


def test_a_stranger_who_left_a_message_becomes_a_resident_in_one_step(town, chen):
    """The message is heard beside the empty form; what else came from that number is hers from then on."""
    number, recording = "+8617000007777", town.recording()
    earlier = town.text_from(number, "hello")
    with town.database.begin() as session:
        call = Call(
            community_id=town.ids["community"], call_sid="CA" + "7" * 32, direction=Direction.INBOUND, phone=number,
            state=Delivery.ENDED, made_at=town.now, started_at=town.now, ended_at=town.now, outcome=Outcome.MESSAGE,
        )  # fmt: skip
        session.add(call)
        session.flush()
        callback = alarms.open_callback(
            session, session.get_one(Community, town.ids["community"]), phone=number, why="message", now=town.now,
            call=call, recording=session.get_one(Recording, recording),
        )  # fmt: skip
        session.flush()
        callback_id, call_id = callback.id, call.id
    page = chen.see(f"/residents/new?callback={callback_id}")
    assert f"/recordings/{recording}" in page
    assert "170 0000 7777" in page
    zone = re.search(r'<select id="f-zone".*?<option value="(\d+)"', page, re.DOTALL)[1]
    given = {"name": "Wu Ying", "phone": "170 0000 7777", "language": "zh-CN", "zone": zone, "callback": callback_id}
    chen.press("/residents/new", **given, own_call="on")
    resident = residents(town)["Wu Ying"]
    assert (resident.consent, resident.enrolled_at) == ("own_call", town.now)
    assert town.row(Call, call_id).resident_id == resident.id
    assert town.row(Message, earlier).resident_id == resident.id
    assert town.row(Callback, callback_id).resident_id == resident.id
    assert "Wu Ying" in chen.page, "what she asked for is entered next"
    assert f'name="callback" value="{callback_id}"' in chen.page


def test_somebody_who_called_for_her_mother_is_not_her_mother(town, chen):
    text = town.text_from("+8617000007777", "my mother needs lunch")
    page = chen.see(f"/residents/new?text={text}")
    zone = re.search(r'<select id="f-zone".*?<option value="(\d+)"', page, re.DOTALL)[1]
    chen.press(
        "/residents/new", name="Wu Ying", phone="010 5555 7171", language="zh-CN", zone=zone, text=text, own_call="on",
        contact_name="Wu Fang", contact_phone="170 0000 7777",
    )  # fmt: skip
    resident = residents(town)["Wu Ying"]
    assert resident.enrolled_at is None, "her own number has not called"


# ---- one request


def test_everything_about_a_request_is_on_its_page(town, chen):
    recording = town.recording()
    errand = town.errand("rose", "Milk", recording=None)
    with town.database.begin() as session:
        session.get_one(HelpRequest, errand).recording_id = recording
    town.wait(minutes=1)
    job = town.job_of(errand)
    with town.database.begin() as session:
        row = session.get_one(Job, job)
        taking.assign(session, row, session.get_one(Volunteer, town.ids["sam"]), who="staff 1", now=town.now)
    page = chen.see(f"/requests/{errand}")
    for said in (
        "Rose Miller", "170 0000 2001", "East 8-2-401", "Ring twice", "no peanuts", "Daughter Ann", "Milk",
        f"/recordings/{recording}", "Sam Lee", "limit 50.00", "put to volunteers", "Chen Li", "wave 1",
    ):  # fmt: skip
        assert said in page, said
    word = re.search(r'class="word">(word-\d+-en)<', page)[1]
    assert word not in chen.see("/"), "the word at the door is shown nowhere else"


def test_a_recording_is_heard_only_by_its_own_community(town, chen):
    here, there = town.recording(), town.recording("elsewhere")
    answer = chen.client.get(f"/recordings/{here}", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.data, answer.mimetype) == (206, b"RIFF", "audio/wav")
    assert chen.client.get(f"/recordings/{there}").status_code == 404


def test_candidates_come_with_reasons_eligible_first(town, chen):
    errand = town.errand("rose")
    with town.database.begin() as session:
        sam = session.get_one(Volunteer, town.ids["sam"])
        sam.absences.append(Absence(kind=AbsenceKind.AWAY, from_date=date(2026, 11, 1), until_date=date(2026, 12, 1)))
    page = chen.see(f"/requests/{errand}")
    assert page.index("李强") < page.index("Sam Lee")
    assert "away" in page
    assert "Assign anyway" in page
    chen.press(f"/jobs/{town.job_of(errand)}/assign", volunteer=town.ids["sam"], of_request=errand)
    assert "is given to Sam Lee" in chen.page
    assert f"/requests/{errand}/finish" in chen.page, "back on the request's page"


def test_whoever_looks_at_an_old_page_is_told_what_changed_and_nothing_is_done(town, chen):
    errand = town.errand("rose")
    chen.see(f"/requests/{errand}")
    with town.database.begin() as session:
        working.cancel(session, session.get_one(HelpRequest, errand), who=f"resident {town.ids['rose']}", now=town.now)
    page = chen.press(f"/requests/{errand}/finish", 409)
    assert "Somebody was faster" in page
    assert "called off" in page.split("Somebody was faster")[1][:600]
    assert town.row(HelpRequest, errand).state is State.CANCELLED
    chen.press(f"/requests/{errand}/reopen")
    assert town.row(HelpRequest, errand).state is State.WAITING


def test_two_staff_assign_at_once_and_the_second_is_asked(town, chen):
    errand = town.errand("rose")
    job = town.job_of(errand)
    dai = town.browser("Dai Fen")
    chen.see(f"/requests/{errand}")
    dai.see(f"/requests/{errand}")
    chen.press(f"/jobs/{job}/assign", volunteer=town.ids["sam"], of_request=errand)
    page = dai.press(f"/jobs/{job}/assign", 409, volunteer=town.ids["lee"], of_request=errand)
    assert "Somebody was faster" in page
    assert town.row(Job, job).volunteer_id == town.ids["sam"]
    dai.press(f"/jobs/{job}/assign", volunteer=town.ids["lee"], of_request=errand)
    assert town.row(Job, job).volunteer_id == town.ids["lee"]


@pytest.mark.parametrize(
    ("act", "state"),
    [("finish", "done"), ("miss", "not_home"), ("refuse", "refused"), ("cancel", "cancelled"), ("give_up", "unmet")],
)
def test_every_end_can_be_entered_and_taken_back(town, chen, act, state):
    errand = town.errand("rose")
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/{act}", why="because")
    assert town.row(HelpRequest, errand).state == state
    chen.press(f"/requests/{errand}/reopen")
    assert town.row(HelpRequest, errand).is_open


def test_a_worry_a_note_and_money_are_kept(town, chen):
    errand = town.errand("rose")
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/worry")
    assert "Somebody is worried about this person" in chen.page
    chen.press(f"/requests/{errand}/note", words="Rang twice, all well")
    assert "Rang twice, all well" in chen.page
    chen.press(f"/requests/{errand}/money", spent="12,50", receipt="envelope 3", repaid="on")
    assert "spent 12.50" in chen.page
    page = chen.press(f"/requests/{errand}/money", 409, spent="999")
    assert "more than the limit of 50.00" in page
    assert "Please write a sum" in chen.press(f"/requests/{errand}/money", 422, spent="a lot")
    row = town.row(HelpRequest, errand)
    assert (row.spent_cents, row.receipt) == (1250, "envelope 3")
    assert "Please write something" in chen.press(f"/requests/{errand}/note", 422, words="  ")


def test_staff_write_to_resident_and_volunteer_but_not_to_a_landline(town, chen):
    errand, landline = town.errand("rose"), town.errand("gao")
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/write", words="We are looking", to="resident")
    assert "The text is on its way" in chen.page
    chen.see(f"/requests/{landline}")
    assert "cannot be texted" in chen.page
    assert "it is a landline" in chen.press(f"/requests/{landline}/write", 409, words="x", to="resident")


def test_a_volunteers_no_is_noted_for_him(town, chen):
    errand = town.errand("rose")
    town.wait(seconds=1)
    job = town.job_of(errand)
    with town.database.read() as session:
        offer = session.get_one(Job, job).offers[0].id
    chen.see(f"/requests/{errand}")
    chen.press(f"/jobs/{job}/offers/{offer}/no", of_request=errand)
    assert "said no" in chen.page


# ---- entering a call


def service_id(town, code):
    """The id of a service here."""
    with town.database.read() as session:
        query = sa.select(Service.id).where(Service.code == code, Service.community_id == town.ids["community"])
        return session.scalars(query).one()


@pytest.mark.parametrize(
    "wanted", ["rose", "MILLER", "Rose East", "2001", "170 0000 2001", "+86 17000002001", "Daughter"]
)
def test_a_resident_is_found_by_any_part(chen, wanted):
    from urllib.parse import quote

    page = chen.see(f"/enter/people?q={quote(wanted)}")
    assert "Rose Miller" in page
    assert "高慧敏" not in page or wanted == "Daughter"


@pytest.mark.parametrize("wanted", ["%", "_", "'; DROP TABLE residents;--", "\\", "zzz", "00"])
def test_signs_in_a_search_are_only_signs(chen, wanted):
    from urllib.parse import quote

    assert "Rose Miller" not in chen.see(f"/enter/people?q={quote(wanted)}")


def test_the_usual_meal_is_one_press_and_a_double_click_is_one_order(town, chen):
    page = chen.see(f"/enter?resident={town.ids['rose']}")
    usual = re.search(r'class="usual">.*?</form>', page, re.DOTALL)[0]
    assert "Lunch today: 冬瓜排骨汤" in usual, "the first that suits her: no peanuts; she has no usual yet"
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', usual))
    chen.press("/enter/meal", **data)
    assert "is entered, no. 11" in chen.page
    chen.press("/enter/meal", **data)
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(HelpRequest)) == 1
    town.now += timedelta(days=1)
    assert "Lunch today: the usual, 冬瓜排骨汤" in town.browser().see(f"/enter?resident={town.ids['rose']}")


def test_whose_number_a_new_resident_shares_is_said(town, chen):
    chen.see("/residents/new")
    page = chen.press(
        "/residents/new",
        name="Ann Miller",
        phone="170 0000 7001",
        language="en",
        zone=town.row(Resident, town.ids["rose"]).zone_id,
    )
    assert "The number of Ann Miller is also that of Daughter Ann (contact)" in page
    page = chen.press(
        "/residents/new",
        name="Bea Alone",
        phone="170 0000 7444",
        language="en",
        zone=town.row(Resident, town.ids["rose"]).zone_id,
    )
    assert "is also that of" not in page


def test_a_contact_who_writes_can_become_a_resident(town, chen):
    text = town.text_from("+8617000007001", "May I have lunch too?")
    assert f"/residents/new?text={text}" in chen.see("/")
    other = town.text_from("+8617000002001", "And I", "rose")
    assert f"/residents/new?text={other}" not in chen.see("/")


def test_a_job_that_the_office_gave_was_not_answered_by_text(town, chen):
    errand = town.errand("rose")
    with town.database.begin() as session:
        job = session.get_one(Job, town.job_of(errand))
        taking.assign(session, job, session.get_one(Volunteer, town.ids["sam"]), who="staff 1", now=town.now)
    assert "given to them by the office" in chen.see(f"/requests/{errand}")
    assert "by text" not in re.search(r'class="rows offers">.*?</ul>', chen.page, re.DOTALL)[0]


def test_done_is_what_one_presses_first_only_when_somebody_is_on_the_way(town, chen):
    errand = town.errand("rose")
    assert 'class="main">Done' not in chen.see(f"/requests/{errand}")
    with town.database.begin() as session:
        job = session.get_one(Job, town.job_of(errand))
        taking.assign(session, job, session.get_one(Volunteer, town.ids["sam"]), who="staff 1", now=town.now)
    assert 'class="main">Done' in chen.see(f"/requests/{errand}")


def test_the_call_of_a_kitchen_has_its_name(town, chen):
    with town.database.begin() as session:
        kitchen = session.scalars(sa.select(Kitchen)).first()
        kitchen.phone = "+861055556060"
        call = Call(
            community_id=kitchen.community_id, direction=Direction.OUTBOUND, phone=kitchen.phone, kitchen_id=kitchen.id,
            state=Delivery.DELIVERED, made_at=town.now, says=[], cause="kitchen_count",
        )  # fmt: skip
        session.add(call)
        name = kitchen.name
    row = re.search(r'<ul class="rows calls">.*?</ul>', chen.see("/calls"), re.DOTALL)[0]
    assert name in row
    assert "unknown" not in row.lower()


def test_a_dish_that_may_not_suit_is_marked_and_a_second_order_is_refused_kindly(town, chen):
    page = chen.see(f"/enter?resident={town.ids['rose']}")
    assert "may not suit: no peanuts" in page
    dish = re.search(r'name="dish" value="(\d+)"', page)[1]
    chen.press("/enter/meal", resident=town.ids["rose"], dish=dish, key="one")
    page = chen.press("/enter/meal", 409, resident=town.ids["rose"], dish=dish, key="two")
    assert "already ordered from this menu: 冬瓜排骨汤, no. 11" in page


def test_after_the_cutoff_staff_can_still_send_out_a_single_meal(town, chen):
    town.now += timedelta(hours=2)
    page = chen.see(f"/enter?resident={town.ids['rose']}")
    assert "past the cut-off" in page
    dish = re.search(r'name="dish" value="(\d+)"', page.split("past the cut-off")[1])[1]
    chen.press("/enter/meal", resident=town.ids["rose"], dish=dish)
    assert "Rose Miller" in lane(chen.see("/"), "nobody")


@pytest.mark.parametrize(
    ("day", "hour"),
    [("9999-12-31", "23"), ("2027-06-01", "9"), ("2026-11-22", "9"), ("2026-11-24", "23"), ("2026-11-24", "x9")],
)
def test_help_is_asked_for_on_days_and_hours_when_somebody_could_come(town, chen, day, hour):
    chen.see(f"/enter?resident={town.ids['rose']}")
    ride = service_id(town, "ride")
    page = chen.press(
        "/enter/help", 422 if hour != "x9" else 200, resident=town.ids["rose"], service=ride, day=day, hour=hour
    )
    assert ("choose a day from today on within 60 days, and an hour from 7 to 20" in page) == (hour != "x9")


def test_meals_are_never_asked_for_as_help(town, chen):
    page = chen.see(f"/enter?resident={town.ids['rose']}")
    meal = service_id(town, "meal")
    assert f'name="service" value="{meal}"' not in page
    chen.press("/enter/help", 409, resident=town.ids["rose"], service=meal)
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(HelpRequest)) == 0


def test_help_is_asked_for_on_a_day(town, chen):
    chen.see(f"/enter?resident={town.ids['rose']}")
    chen.press(
        "/enter/help",
        resident=town.ids["rose"],
        service=service_id(town, "ride"),
        day="2026-11-24",
        hour="14",
        note="x",
    )
    with town.database.read() as session:
        row = session.scalars(sa.select(HelpRequest)).one()
        assert row.community.local(row.wanted_from).isoformat() == "2026-11-24T14:00:00+08:00"
    page = chen.press("/enter/help", 422, resident=town.ids["rose"], service=service_id(town, "ride"), day="2020-01-01")
    assert "choose a day from today on" in page


# ---- people


def test_a_new_resident_is_entered_and_contacted_by_nobody(town, chen):
    zone = town.row(Resident, town.ids["rose"]).zone_id
    chen.see("/residents/new")
    chen.press(
        "/residents/new", name="王大妈", phone="010-5555 2222", language="zh-CN", zone=zone, contact_name="女儿",
        contact_phone="170 0000 8888",
    )  # fmt: skip
    assert "王大妈 is saved" in chen.page
    assert "Not enrolled" in chen.page
    with town.database.read() as session:
        row = session.scalars(sa.select(Resident).where(Resident.name == "王大妈")).one()
        assert (row.phone, row.enrolled_at) == ("+861055552222", None)
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Call)) == 0
        new = row.id
    chen.press(f"/residents/{new}/enrol", consent="paper")
    assert "on paper" in chen.page
    chen.press(f"/residents/{new}/enrol", 400, consent="own_call")


def test_every_mistake_in_a_form_is_named_and_what_was_typed_stays(chen):
    chen.see("/residents/new")
    page = chen.press("/residents/new", 422, name="", phone="not a number", address="Here 1", zone="999")
    for said in (
        "“Name” is needed",
        "not a number is not a telephone number",
        "Please choose “Area”",
        'value="Here 1"',
    ):
        assert said in page, said


def test_two_people_editing_one_resident_do_not_overwrite_each_other(town, chen):
    path = f"/residents/{town.ids['rose']}/edit"
    seen = re.search(r'name="seen" value="(\w+)"', chen.see(path))[1]
    zone = town.row(Resident, town.ids["rose"]).zone_id
    data = {"name": "Rose Miller", "phone": "170 0000 2001", "language": "en", "zone": zone, "seen": seen}
    chen.press(path, **data, address="New street 1")
    chen.see(path)
    assert "Somebody else has changed" in chen.press(path, 422, **data, address="Other street 2")
    assert town.row(Resident, town.ids["rose"]).address == "New street 1"


def test_an_absence_stops_meals_and_its_end_brings_them_back(town, chen):
    lunch = town.lunch("rose")
    page = f"/residents/{town.ids['rose']}"
    chen.see(page)
    chen.press(f"{page}/absences", absence_kind="hospital", from_date="2026-11-23", until_date="")
    assert "in hospital" in chen.page
    assert town.row(HelpRequest, lunch).state is State.CANCELLED
    history = chen.see(f"/requests/{lunch}").split('id="events-head"')[1]
    assert "in hospital" in history
    assert "Chen Li" in history
    dish = re.search(r'name="dish" value="(\d+)"', chen.see(f"/enter?resident={town.ids['rose']}"))[1]
    assert "away on that day" in chen.press("/enter/meal", 409, resident=town.ids["rose"], dish=dish)
    with town.database.read() as session:
        absence = session.scalars(sa.select(Absence.id)).one()
    chen.see(page)
    chen.press(f"{page}/absences/{absence}/end")
    assert "is back" in chen.page
    assert "end before it begins" in chen.press(
        f"{page}/absences", 422, absence_kind="away", from_date="2026-11-25", until_date="2026-11-24"
    )


def test_the_card_shows_the_communitys_number_in_her_language(town, chen):
    english = chen.see(f"/residents/{town.ids['rose']}/card")
    chinese = chen.see(f"/residents/{town.ids['gao']}/card")
    assert "010 5555 0100" in english
    assert "a person" in english
    assert "您的邻里热线" in chinese
    assert 'lang="zh-CN"' in chinese


def test_a_volunteer_is_entered_edited_and_enrolled(town, chen):
    zone = town.row(Resident, town.ids["rose"]).zone_id
    chen.see("/volunteers/new")
    chen.press(
        "/volunteers/new", name="Neu Helfer", phone="170 0000 3333", language="en", max_per_day="2", zones=[zone],
        services=[service_id(town, "errand")], days=["mon", "fri"],
    )  # fmt: skip
    assert "Mon, Fri" in chen.page
    with town.database.read() as session:
        row = session.scalars(sa.select(Volunteer).where(Volunteer.name == "Neu Helfer")).one()
        assert (row.days, row.max_per_day, [z.id for z in row.zones]) == (["mon", "fri"], 2, [zone])
        new = row.id
    chen.press(f"/volunteers/{new}/enrol", consent="staff")
    assert town.row(Volunteer, new).enrolled_at
    assert "from 1 to 20" in chen.press("/volunteers/new", 422, name="x", phone="170 0000 3333", max_per_day="99")


def test_a_contact_is_added_and_corrected(town, chen):
    """On the form of a resident, beside her own data; nothing of it where a mistake is, or where others were quicker."""

    def known():
        with town.database.read() as session:
            rows = session.scalars(
                sa.select(Contact).where(Contact.resident_id == town.ids["rose"]).order_by(Contact.id)
            )
            return [(row.name, row.phone) for row in rows]

    def typed(**differs):
        page = chen.see(f"{rose}/edit")
        seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
        zone = re.search(r'<select id="f-zone".*?<option value="(\d+)"', page, re.DOTALL)[1]
        shown = dict(re.findall(r'name="(contact_\d+_(?:name|phone))" type="\w+" value="([^"]*)"', page))
        given = {"name": "Rose Miller", "phone": "170 0000 2001", "language": "en", "zone": zone, "seen": seen, **shown}
        return {**given, **{name: differs[which] for name in shown for which in differs if name.endswith(which)}}

    rose = f"/residents/{town.ids['rose']}"
    chen.see(rose)
    chen.press(f"{rose}/contacts", contact_name="Karl", contact_phone="170 0000 1234")
    assert known() == [("Daughter Ann", "+8617000007001"), ("Karl", "+8617000001234")]
    ann, karl = re.findall(r'name="contact_(\d+)_name"', chen.see(f"{rose}/edit"))
    earlier = typed()
    chen.press(
        f"{rose}/edit", **typed(**{f"{ann}_phone": "170 0000 7002", f"{karl}_name": "Karl May", f"{karl}_phone": ""})
    )
    assert known() == [("Daughter Ann", "+8617000007002"), ("Karl May", None)]
    assert "170 0000 7002" in chen.see(rose)
    assert "Contact’s phone" in chen.press(f"{rose}/edit", 422, **typed(**{f"{ann}_phone": "no number"}))
    chen.press(f"{rose}/edit", 422, **typed(**{f"{karl}_name": ""}))
    chen.press(f"{rose}/edit", 422, **earlier)
    of_another = typed(**{f"{ann}_phone": "170 0000 7003"}) | {"seen": "", "name": "高慧敏"}
    chen.press(f"/residents/{town.ids['gao']}/edit", **of_another)
    assert known() == [("Daughter Ann", "+8617000007002"), ("Karl May", None)]


def test_who_entered_the_absence_that_called_an_order_off_is_said(town, chen):
    errand = town.errand("rose")
    with town.database.begin() as session:
        row = session.get_one(HelpRequest, errand)
        move(session, row, "cancel", who=f"staff {town.ids['Chen Li']}", now=town.now, why="hospital")
    history = text_of(chen.see(f"/requests/{errand}").split('id="events-head"')[1])
    assert "in hospital" in history
    assert history.count("Chen Li") == 1, "once is enough"


def test_signs_that_no_database_takes_are_left_out_of_what_was_typed(town, chen):
    errand = town.errand("rose")
    text = town.text_from("+8617000002001", "Who comes?", "rose")
    rose, dirty = f"/residents/{town.ids['rose']}", "a\0b\x07c\x1b\x7f d"
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/note", words=f"{dirty}\nsecond line")
    chen.press(f"/requests/{errand}/money", spent="1", receipt=dirty)
    chen.press(f"/requests/{errand}/cancel", why=dirty)
    chen.press(f"/texts/{text}/reply", words=dirty)
    chen.see(f"/enter?resident={town.ids['rose']}")
    chen.press("/enter/help", resident=town.ids["rose"], service=service_id(town, "errand"), note=dirty, key="k\0")
    chen.press(f"{rose}/contacts", contact_name=dirty, contact_phone="170 0000 1234")
    callback = town.callback("+8617000004444")
    chen.see("/")
    chen.press(f"/callbacks/{callback}/done", why=dirty)
    chen.see("/people?q=a%00b")
    chen.see("/enter/people?q=%00")
    with town.database.read() as session:
        kept = [*session.scalars(sa.select(Contact.name)), *session.scalars(sa.select(HelpRequest.note)),
                *session.scalars(sa.select(HelpRequest.receipt)), *session.scalars(sa.select(Event.why)),
                *(str(says) for says in session.scalars(sa.select(Message.says)))]  # fmt: skip
    assert "abc d" in kept
    assert not [words for words in kept if re.search(r"[\x00-\x08\x0b-\x1f\x7f]|\\x|\\u00", words)]
    assert any("second line" in words for words in kept)


# ---- the community's own things


def test_news_are_added_in_each_language_and_ended(town, chen):
    chen.see("/news")
    chen.press("/news", words_en="Clinic closed", from_date="2026-11-23", until_date="2026-11-24")
    assert "Clinic closed" in chen.page
    with town.database.read() as session:
        row = session.scalars(sa.select(Announcement)).one()
        assert row.words == {"en": "Clinic closed"}
    chen.press(f"/news/{row.id}/end")
    assert "Clinic closed" not in chen.page
    assert "write something" in chen.press("/news", 422, from_date="2026-11-23", until_date="2026-11-24")


def test_hours_patience_and_duty_are_set_by_the_coordinator(town, chen):
    chen.see("/settings")
    hours = {"opens_at": "07:30", "closes_at": "19:00", "quiet_from": "22:00", "quiet_until": "07:00"}
    chen.press("/settings/hours", **hours, days=["mon"])
    assert town.row(Community, town.ids["community"]).opening_days == ["mon"]
    assert "close before it opens" in chen.press("/settings/hours", 422, **{**hours, "closes_at": "06:00"})
    service = service_id(town, "errand")
    chen.see("/settings")
    numbers = {
        "offer_minutes": "0.5",
        "wave_size": "4",
        "nudge_minutes": "30",
        "acknowledge_minutes": "5",
        "small_waves": "3",
        "helpers": "1",
    }
    numbers |= {"name_en": "errand", "key": "1"}
    chen.press(f"/settings/services/{service}", **numbers, is_active="on")
    assert town.row(Service, service).offer_minutes == 0.5
    chen.press(f"/settings/services/{service}", 422, **{**numbers, "wave_size": "0"})
    assert town.row(Service, service).wave_size == 4
    chen.press(f"/settings/duty/{town.ids['Chen Li']}", on="1")
    assert town.row(Staff, town.ids["Chen Li"]).is_on_duty
    chen.press(f"/settings/duty/{town.ids['Ai Ding']}", on="1")
    assert not town.row(Staff, town.ids["Ai Ding"]).is_on_duty


def test_the_kitchens_count_names_dishes_diets_and_rounds(town, chen):
    town.lunch("rose", "2")
    town.lunch("gao")
    page = text_of(chen.see(f"/meals/{town.ids['lunch']}"))
    assert "2 portions" in page
    assert "no peanuts" in page
    assert "may not suit" in page
    assert "Not in a round yet" in page


def test_the_day_sheet_has_everything_open(town, chen):
    town.errand("rose", "Milk")
    town.lunch("gao")
    town.callback("+8617000004444")
    page = text_of(chen.see("/sheet"))
    for said in ("Rose Miller", "East 8-2-401", "170 0000 2001", "Milk", "170 0000 4444", "1 portion"):
        assert said in page, said


# ---- hostile words


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}%s\u202eevil"


def test_hostile_words_are_only_words(town, chen):
    errand = town.errand("rose", HOSTILE)
    with town.database.begin() as session:
        row = session.get_one(Resident, town.ids["rose"])
        row.name, row.address, row.diet, row.door_note = HOSTILE[:80], HOSTILE, HOSTILE, HOSTILE
        session.get_one(Volunteer, town.ids["sam"]).name = HOSTILE[:80]
        raise_alert(
            session, row.community, AlertKind.BROKEN, about="x", now=town.now, thing=HOSTILE[:40]
        )  # fmt: skip
    text = town.text_from("+8617000002001", HOSTILE + "x" * 1500, "rose")
    town.callback("+8617000004444", details={"dish": HOSTILE})
    town.wait(minutes=1)
    for path in (
        "/", f"/requests/{errand}", f"/texts/{text}", "/texts", f"/residents/{town.ids['rose']}", "/people", "/sheet",
        f"/enter?resident={town.ids['rose']}", f"/enter?text={text}", f"/volunteers/{town.ids['sam']}",
        f"/residents/{town.ids['rose']}/card", f"/residents/{town.ids['rose']}/edit", "/enter/people?q=%3Cscript%3E",
        f"/jobs/{town.job_of(errand)}", "/people?q=%3Cscript%3Ealert(1)",
    ):  # fmt: skip
        page = chen.see(path)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert ">49<" not in page, path


# ---- what a first-time user stumbled over


def test_a_deadline_stands_still_while_reminders_go_on(town, chen):
    callback = town.callback("+8617000004444")
    with town.database.begin() as session:
        session.get_one(Callback, callback).due_at = town.now + timedelta(hours=5)
    assert "by 09:30" in text_of(chen.see("/"))
    assert "overdue" not in chen.page
    town.now += timedelta(minutes=31)
    assert "overdue" in chen.see("/")
    assert "by 09:30" in text_of(chen.see("/sheet"))


def test_whoever_waits_shortest_is_rung_first(town, chen):
    late, soon = town.callback("+8617000004441"), town.callback("+8617000004442")
    with town.database.begin() as session:
        session.get_one(Callback, late).answer_by += timedelta(hours=1)
    page = chen.see("/")
    assert page.index(f'id="callback-{soon}"') < page.index(f'id="callback-{late}"')


def test_a_round_says_what_became_of_each_stop(town, chen):
    first, second = town.lunch("rose"), town.lunch("gao")
    town.wait(hours=1, minutes=1)
    job = town.job_of(first)
    for errand, act in ((first, "finish"), (second, "miss")):
        chen.see(f"/requests/{errand}")
        chen.press(f"/requests/{errand}/{act}")
    assert "1 delivered, 1 not at home" in text_of(chen.see(f"/jobs/{job}"))
    chen.see("/")
    chen.press("/alerts/1/settled", why="At her daughter's")
    done = lane(chen.see("/"), "done")
    assert "1 delivered, 1 not at home" in text_of(done)
    assert "state-done" not in done


def test_the_age_of_a_round_is_its_own_not_that_of_its_first_order(town, chen):
    first, _ = town.lunch("rose"), town.lunch("gao")
    with town.database.begin() as session:
        session.get_one(HelpRequest, first).placed_at -= timedelta(days=3)
    town.wait(hours=1, minutes=1)
    town.now += timedelta(minutes=7)
    assert "7 min" in lane(chen.see("/"), "nobody")


def test_an_alert_has_the_contacts_and_is_not_offered_twice_to_who_has_it(town, chen):
    errand = town.errand("rose")
    chen.see(f"/requests/{errand}")
    chen.press(f"/requests/{errand}/miss")
    page = chen.see("/")
    assert "Daughter Ann" in page
    assert 'href="tel:+8617000007001"' in page
    dai = town.browser("Dai Fen")
    chen.press("/alerts/1/mine")
    assert "I see to it" not in chen.see("/")
    assert "I see to it" not in chen.see(f"/requests/{errand}")
    assert "I see to it" in dai.see("/")
    assert "Daughter Ann" in chen.see("/sheet")


def test_past_alerts_say_who_had_them_and_how_many_had_nothing_wrong(town, chen):
    for name in ("rose", "gao"):
        errand = town.errand(name)
        chen.see(f"/requests/{errand}")
        chen.press(f"/requests/{errand}/miss")
    chen.press("/alerts/1/mine")
    chen.press("/alerts/1/settled", why="She was in the garden")
    chen.press("/alerts/2/settled", nothing_wrong="1", why="")
    page = text_of(chen.see("/alerts"))
    assert "2 alerts were closed in the last 30 days. 1 of them had nothing wrong (50%)." in page
    assert "She was in the garden" in page
    assert page.count("There was nothing wrong") == 1
    assert "Rose Miller" in page
    assert "Chen Li" in page
    town.now += timedelta(days=31)
    assert "0 alerts were closed" in text_of(town.browser("Ai Ding").see("/alerts"))


def test_whoever_is_absent_is_marked_in_what_is_to_be_done(town, chen):
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        rose.absences.append(Absence(kind="hospital", from_date=date(2026, 11, 22)))
    town.callback("+8617000002001")
    assert "in hospital since yesterday" in text_of(chen.see("/"))


def test_all_is_well_is_only_said_when_nothing_waits(town, chen):
    town.callback("+8617000004444")
    for path in ("/", "/sheet", "/lanes/person"):
        assert "All is well" not in chen.see(path), path


def test_a_callback_becomes_a_request_is_closed_with_it_and_she_may_want_more(town, chen):
    callback = town.callback("+8617000002001", "asked_for_person")
    page = chen.see(f"/enter?callback={callback}")
    assert "Rose Miller" in page
    assert "Settled with this" in page
    service = service_id(town, "errand")
    chen.press("/enter/help", resident=town.ids["rose"], service=service, callback=callback)
    assert town.row(Callback, callback).closed_at is None, "the box was not set"
    chen.see(f"/enter?callback={callback}")
    chen.press("/enter/help", resident=town.ids["rose"], service=service, callback=callback, settle="on")
    assert "is entered, no. 12: today 09:00–13:00" in chen.page
    assert "Anything else for" in chen.page
    row = town.row(Callback, callback)
    assert (row.closed_by_id, row.details["closed_why"]) == (town.ids["Chen Li"], "entered")
    assert not row.message_id


def test_an_hour_that_has_passed_is_said_to_begin_now(town, chen):
    town.now += timedelta(minutes=32)
    page = chen.see(f"/enter?resident={town.ids['rose']}")
    assert "as soon as possible: 09:32" in text_of(page)
    assert "Today it begins at 09:32 at the earliest" in page
    chen.press("/enter/help", resident=town.ids["rose"], service=service_id(town, "ride"), day="2026-11-23", hour="7")
    assert "today 09:32–13:32" in chen.page


def test_a_request_called_off_names_nobody_who_comes(town, chen):
    errand = town.errand("rose")
    chen.see(f"/requests/{errand}")
    chen.press(f"/jobs/{town.job_of(errand)}/assign", volunteer=town.ids["sam"], of_request=errand)
    assert "Nobody comes. The resident, and whoever was coming, are told." in chen.page
    assert "Call it off now" in chen.page
    assert "Send to Sam Lee" in chen.page
    chen.press(f"/requests/{errand}/cancel")
    assert "Nobody comes any more" in chen.page
    assert "Send to Sam Lee" not in chen.page
    assert "Assign" not in chen.page


def test_who_was_asked_is_marked_and_texts_have_names(town, chen):
    errand = town.errand("rose")
    town.wait(seconds=1)
    page = text_of(chen.see(f"/requests/{errand}"))
    assert "asked 09:00: no answer yet" in page
    assert "Note a no" in page
    assert re.search(r"text to (Sam Lee|李强) \(volunteer\)", page)


def test_news_in_one_language_are_saved_and_said_to_be_so(chen):
    chen.see("/news")
    chen.press("/news", words_en="Clinic closed", from_date="2026-11-23", until_date="2026-11-24")
    assert "written in English only" in chen.page
    days = {"from_date": "2026-11-23", "until_date": "2026-11-24"}
    chen.press("/news", words_en="Clinic open", **{"words_zh-CN": "诊所开门"}, **days)
    assert "only" not in chen.page


def test_the_card_says_what_the_telephone_says_and_of_texts_only_to_who_can(town, chen):
    mobile = text_of(chen.see(f"/residents/{town.ids['rose']}/card"))
    assert "messages and news" in mobile
    assert "again" in mobile
    assert "write a text, in your own words" in mobile
    landline = text_of(chen.see(f"/residents/{town.ids['gao']}/card"))
    for said in ("要人帮忙", "听您订了什么", "听留言和通知", "找工作人员", "再听一遍", "返回"):
        assert said in landline, said
    assert "短信" not in landline.replace("按 Ctrl+P", "")


def test_the_wound_clocks_bar_is_told_anew_to_pages_that_stay_open(town, chen):
    chen.see("/")
    assert "X-Wound" not in chen.client.get("/board/version").headers
    town.is_wound = True
    assert "09:00" in chen.see("/people")
    town.now += timedelta(minutes=35)
    assert "09%3A35" in chen.client.get("/board/version").headers["X-Wound"]


def test_paper_names_who_is_meant_and_ticks_only_what_is_open(town, chen):
    first, second = town.lunch("rose"), town.lunch("gao")
    town.wait(hours=1, minutes=1)
    for errand, act in ((first, "finish"), (second, "miss")):
        chen.see(f"/requests/{errand}")
        chen.press(f"/requests/{errand}/{act}")
    town.callback("+861055551004")
    page = text_of(chen.see("/sheet"))
    assert "Rose Miller" not in page, "hers is delivered"
    assert "高慧敏" in page.split("To ring")[0]
    assert "朱世杰" in page.split("To ring")[1], "the household is named"


def test_a_board_says_when_nothing_is_done_that_is_due(town, chen):
    page = chen.see("/")
    assert "clock stands still" not in page
    seen = re.search(r'data-version="([^"]+)"', page)[1]
    assert chen.client.get(f"/board/version?seen={seen}").status_code == 204
    town.is_watched = False
    assert chen.client.get(f"/board/version?seen={seen}").status_code == 200  # the open page looks anew
    assert "clock stands still" in chen.see("/")
    town.is_watched = True
    assert "clock stands still" not in chen.see("/")


def test_the_coordinator_gives_out_her_file_and_forgets_her(town, chen):
    errand = town.errand("rose", "Milk for Rose Miller")
    chen.see("/")
    answer = chen.client.post(f"/residents/{town.ids['rose']}/file", data={"csrf_token": token_in(chen.page)})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.json["requests"][0]["note"] == "Milk for Rose Miller"
    chen.see(f"/residents/{town.ids['rose']}")
    assert "took the file of this person" in chen.page
    chen.press(f"/residents/{town.ids['rose']}/forget", 422)
    assert "Rose Miller" in chen.see("/people")
    chen.press(f"/residents/{town.ids['rose']}/forget", sure="on")
    assert "They are forgotten" in chen.page
    assert "Rose Miller" not in chen.see("/people")
    assert "Rose Miller" not in chen.see(f"/residents/{town.ids['rose']}")
    assert "forgotten for good" in chen.page
    assert town.row(HelpRequest, errand).note == ""
    chen.press(f"/residents/{town.ids['rose']}/file", 409)


@pytest.mark.parametrize(
    ("kind", "who", "act", "fields"),
    [
        ("residents", "rose", "contacts", {"contact_name": "Ann Miller", "contact_phone": "(212) 555-0141"}),
        ("residents", "rose", "edit", {"name": "Rose Miller", "zone": "1", "language": "en", "address": "Maple 3"}),
        ("residents", "rose", "absences", {"kind": "away", "from_date": "2026-11-30", "until_date": "2026-12-02"}),
        (
            "volunteers",
            "sam",
            "edit",
            {"name": "Sam Lee", "phone": "(212) 555-0121", "language": "en", "max_per_day": "3"},
        ),
        ("volunteers", "sam", "enrol", {"consent": "paper"}),
        ("volunteers", "sam", "apart/1/end", {}),
    ],
)
def test_a_page_that_was_still_open_writes_nothing_about_somebody_forgotten(town, chen, kind, who, act, fields):
    chen.see(f"/{kind}/{town.ids[who]}")
    chen.press(f"/{kind}/{town.ids[who]}/forget", sure="on")
    chen.press(f"/{kind}/{town.ids[who]}/{act}", 409, **fields)
    assert "They are forgotten already." in chen.page
    row = town.row(Resident if kind == "residents" else Volunteer, town.ids[who])
    assert (row.name, row.phone, row.enrolled_at) == ("—", None, None)
    with town.database.read() as session:
        assert session.scalars(sa.select(Contact).where(Contact.name == "Ann Miller")).all() == []


def test_a_contact_of_nobody_keeps_nobody_from_being_found(town, chen):
    """Entered in the moment in which she is forgotten, or she in the moment between the two questions."""
    with town.database.begin() as session:
        forget(session, session.get_one(Resident, town.ids["rose"]), who="staff 1", now=town.now)
        session.add(Contact(resident_id=town.ids["rose"], name="Ann Miller", phone="+12125550141", language="en"))
    for page in ("/people?q=Karl", "/texts?q=Karl", "/enter?q=karl+soup"):
        chen.see(page)
    with town.database.begin() as session:
        forget_the_rest(session, now=town.now)
        assert session.scalars(sa.select(Contact).where(Contact.resident_id == town.ids["rose"])).all() == []


def test_whoever_did_not_open_stays_on_the_board_until_she_is_met(town, chen):
    errand = town.errand("rose")
    sam = town.row(Volunteer, town.ids["sam"])

    def visit(ending):
        with town.database.begin() as session:
            job = session.get_one(HelpRequest, errand).job
            taking.assign(session, job, session.get_one(Volunteer, sam.id), who="staff 1", now=town.now)
            ending(session, session.get_one(HelpRequest, errand), who=f"volunteer {sam.id}", now=town.now)

    visit(working.miss)
    with town.database.read() as session:
        alert = session.scalars(sa.select(Alert).where(Alert.kind == AlertKind.NOT_HOME)).one()
    chen.see("/")
    chen.press(f"/alerts/{alert.id}/decide", decision="send_again", next="/")
    assert f'id="alert-{alert.id}"' in chen.page, "nobody has seen her yet"
    assert town.row(Alert, alert.id).acknowledged_at
    visit(working.miss)
    assert town.row(Alert, alert.id).closed_at is None
    chen.see("/")
    chen.press(f"/alerts/{alert.id}/decide", decision="send_again", next="/")
    visit(working.finish)
    assert town.row(Alert, alert.id).closed_at


def test_more_of_it_and_without_salt_is_changed_on_the_order_until_the_cutoff(town, chen):
    order = town.lunch("gao", "2")
    page = chen.see(f"/requests/{order}")
    form = dict(re.findall(r'name="(portions|dish|note)"[^>]*value="([^"]*)"', page))
    dish = re.search(r'<option value="(\d+)" selected', page)[1]
    chen.press(f"/requests/{order}/dish", dish=dish, portions="2", note="no salt")
    assert "is now Kung Pao × 2 (no salt)" in chen.page
    row = town.row(HelpRequest, order)
    assert (row.portions, row.note, form["portions"]) == (2, "no salt", "1")
    assert "× 2, no salt" in chen.see(f"/requests/{order}")
    chen.press(f"/requests/{order}/dish", 422, dish=dish, portions="0", note="")
    chen.press(f"/requests/{order}/dish", 422, dish=dish, portions="1e3", note="")
    with town.database.begin() as session:
        history = session.scalars(sa.select(Event).where(Event.request_id == order, Event.verb == "change")).all()
        assert len(history) == 1
    chen.see(f"/requests/{order}")
    chen.press(f"/requests/{order}/dish", dish=dish, portions="2", note="no salt")
    with town.database.read() as session:
        assert len(session.scalars(sa.select(Event).where(Event.verb == "change")).all()) == 1, "nothing was changed"
