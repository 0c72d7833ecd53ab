"""Staff ring somebody from the board through the line: her own telephone first, and nobody sees the other's number."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from board_town import Browser, token_in
from test_answers_by_text import errand
from town import DUTY, KARL, LEE, LINE, MIA, PASSWORD, ROSE, SAM

from dispatch import taking
from models.events import Event
from models.jobs import Job
from models.people import Absence, AbsenceKind, Resident, Staff, Volunteer
from models.tasks import Callback
from models.traffic import Call, Delivery
from voice.exchange import ExchangeError

DAUGHTER = "+12125550141"
BUTTON = "Ring through the line"


@pytest.fixture
def dora(town):
    """Her telephone."""
    return town.staff("Dora", DUTY)


@pytest.fixture
def board(town, dora):
    """Her board."""
    return at_the_board(town, "Dora")


@pytest.fixture
def rose(town, dora):
    """A resident with a daughter."""
    return town.resident("Rose Miller", ROSE, contact=("Ann Miller", DAUGHTER))


def at_the_board(town, name):
    browser = Browser(town, town.app.test_client())
    browser.log_in(name, PASSWORD)
    browser.see("/")
    return browser


def ring(board, path, whom="", status=200):
    """Press the button beside somebody's number."""
    here = path if path.startswith(("/requests", "/residents", "/volunteers")) else "/"
    page = board.press(f"{path}/ring", status, next=here, **({"whom": whom} if whom else {}))
    board.town.settle()
    return words_of(page)


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("&#39;", "'")


def told_to(town, number):
    """Everything the house said on the legs of that telephone."""
    return [
        answer for asked, answer in town.wire if number in (asked.get("To"), asked.get("From")) and "CallSid" in asked
    ]


def joined(phone, other):
    """Do they hear each other, once it was said who rings?"""
    phone.town.seconds(9)
    with suppress(ExchangeError):
        phone.town.exchange.speak(phone.number, "Which milk?")
    are_joined = "Which milk?" in str(other.town.exchange.handset(other.number)["heard"])
    phone.town.seconds(10 if are_joined else 0)
    return are_joined


def shown(town, phone):
    return town.exchange.handset(phone.number)["with"]


def verbs(town):
    return [(e.verb, e.who, e.why) for e in town.rows(Event) if e.verb in ("rings", "spoke", "rang_in_vain")]


def row(town, kind):
    return town.rows(kind)[-1]


def test_the_office_rings_a_resident_from_her_request_and_neither_sees_the_others_number(town, dora, board):
    town.volunteer("Sam Lee", SAM)
    errand(town, "Rose Miller", ROSE)
    rose, request = town.telephone(ROSE), town.requests[-1].id
    assert BUTTON in board.see(f"/requests/{request}")
    assert "it rings Rose Miller" in ring(board, f"/requests/{request}", "resident 1")
    assert dora.rings()
    assert shown(town, dora) == LINE
    heard = dora.answer()
    assert "You wanted to speak with Rose Miller. It is about number" in heard
    assert "errand" in heard
    assert not rose.rings(0.2), "nobody is rung before a key tells that she has picked up"
    assert "ringing Rose Miller" in dora.press("1")
    assert rose.rings()
    assert shown(town, rose) == LINE
    assert "Hello Rose, this is the office of Linli." in rose.answer()
    assert joined(dora, rose)
    assert joined(rose, dora)
    rose.hang_up()
    dora.hang_up()
    assert all(DUTY not in told for told in told_to(town, ROSE))
    assert [told.count(ROSE) for told in told_to(town, DUTY) if ROSE in told] == [1], "the carrier is told, once"
    assert verbs(town) == [("rings", "staff 1", "resident 1"), ("spoke", "staff 1", "resident 1")]
    history = words_of(board.see(f"/requests/{request}"))
    assert "they speak by telephone Rose Miller Dora" in history
    assert "Dora, through the line, to Rose Miller" in history
    hers = words_of(board.see("/residents/1")).split("Latest calls")[-1]
    assert "Dora, through the line, to Rose Miller they spoke" in hers
    assert row(town, Call).outcome == "connected"


@pytest.mark.both_databases
def test_a_telephone_that_may_be_a_machine_presses_a_key_and_a_resident_need_not(town, dora, board, rose):
    ann = town.telephone(DAUGHTER)
    board.see("/residents/1")
    ring(board, "/residents/1", "contact 1")
    assert dora.rings()
    assert "with Ann Miller. It is about Rose Miller." in dora.answer()
    dora.press("1")
    assert ann.rings()
    town.exchange.pick_up_by_machine(DAUGHTER)
    town.settle()
    assert "office of Linli" in ann.heard
    town.seconds(30)
    assert "Ann Miller does not answer" in dora.heard
    assert "ringing Ann" in dora.press("1"), "once more, by the same key"
    assert ann.rings()
    ann.answer()
    assert not joined(dora, ann)
    ann.press("1")
    assert joined(ann, dora)
    ann.hang_up()
    assert "Goodbye" in dora.heard
    dora.hang_up()
    assert [verb for verb, *_ in verbs(town)] == ["rings", "rang_in_vain", "rings", "spoke"]
    assert "Dora, through the line, to Ann Miller they spoke" in words_of(board.see("/residents/1"))

    sam = town.volunteer("Sam Lee", SAM)
    board.see("/volunteers/1")
    ring(board, "/volunteers/1", "volunteer 1")
    dora.rings()
    dora.answer()
    dora.press("1")
    assert sam.rings()
    assert "To speak with us, press 1" in sam.answer()
    sam.press("1")
    assert joined(sam, dora)
    sam.hang_up()
    dora.hang_up()
    assert "Dora, through the line, to Sam Lee · 09:01 · they spoke" in words_of(board.see("/volunteers/1"))


def test_somebody_who_does_not_answer_is_left_in_peace_after_three_tries(town, dora, board, rose):
    town.staff("Fen", MIA)
    ring(board, "/residents/1", "resident 1")
    dora.rings()
    dora.answer()
    for _ in range(3):
        assert "ringing Rose" in dora.press("1")
        assert rose.rings()
        town.seconds(30)
        assert rose.state == "idle"
    assert "several times" in dora.press("1")
    dora.hang_up()
    page = words_of(board.see("/residents/1"))
    assert "to Rose Miller rang in vain" in page
    assert "three times within the hour" in ring(board, "/residents/1", "resident 1", 409)
    assert not dora.rings(0.2)
    colleague = at_the_board(town, "Fen")
    assert "The line rings you" in ring(colleague, "/residents/1", "resident 1"), "it is she who had enough of her"
    town.seconds(3601)
    board.see("/residents/1")
    assert "The line rings you" in ring(board, "/residents/1", "resident 1")


@pytest.mark.both_databases
def test_one_call_at_a_time_and_it_can_be_taken_back_while_it_has_not_left(town, dora, board, rose):
    board.see("/residents/1")
    page = board.press("/residents/1/ring", whom="resident 1", next="/")
    assert "about to ring you, to put you through to Rose Miller" in words_of(page)
    call = row(town, Call).id
    assert "One call at a time" in words_of(board.press("/residents/1/ring", 409, whom="resident 1"))
    fen = at_the_board(town, town.staff("Fen", MIA) and "Fen")
    assert "about to ring you" not in words_of(fen.see("/")), "it is told to her alone"
    fen.press(f"/calls/{call}/do-not-ring", 404)
    board.see("/")
    assert "Nobody is rung" in words_of(board.press(f"/calls/{call}/do-not-ring", next="/"))
    assert "about to ring you" not in board.page
    town.settle()
    assert not dora.rings(0.5)
    assert "taken back, nobody was rung" in words_of(board.see("/residents/1"))
    ring(board, "/residents/1", "resident 1")
    assert dora.rings()
    call = row(town, Call).id
    board.see("/")
    assert "rings already" in words_of(board.press(f"/calls/{call}/do-not-ring", 409, next="/"))
    dora.answer()
    assert "One call at a time" in ring(board, "/residents/1", "resident 1", 409)
    assert town.rows(Call)[-1].id == call


def test_whoever_does_not_pick_up_or_is_speaking_herself_alarms_nobody(town, dora, board, rose):
    ring(board, "/residents/1", "resident 1")
    dora.rings()
    town.wait(minutes=2)
    assert "the office did not pick up" in words_of(board.see("/residents/1"))
    dora.dial()
    board.see("/residents/1")
    ring(board, "/residents/1", "resident 1")
    for _ in range(3):
        town.seconds(240)
    assert row(town, Call).state is Delivery.EXPIRED
    dora.hang_up()
    town.wait(minutes=30)
    assert dora.state == rose.state == "idle", "whoever wants to be put through asks again"
    assert town.alerts == []
    assert "The line rings you" in ring(board, "/residents/1", "resident 1"), "what is stale is in nobody's way"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda her: setattr(her, "enrolled_at", None), "has not agreed"),
        (lambda her: her.absences.append(Absence(kind=AbsenceKind.DECEASED, from_date=her.enrolled_at.date())), "died"),
        (lambda her: her.absences.append(Absence(kind=AbsenceKind.AWAY, from_date=her.enrolled_at.date())), "is away"),
        (lambda her: setattr(her, "phone", DUTY), "same number as you"),
        (lambda her: setattr(her, "phone", None), "no number on file"),
    ],
)
def test_nobody_is_rung_who_must_not_be_and_the_board_says_why(town, dora, board, rose, change, why):
    with town.database.begin() as session:
        change(session.get_one(Resident, 1))
    assert why in ring(board, "/residents/1", "resident 1", 409)
    if "same" not in why:
        page = board.see("/residents/1")
        assert 'value="resident 1"' not in page, "no button that would be refused"
        assert why in words_of(page) or "no number" in why
    assert town.rows(Call) == []


def test_not_at_night_unless_she_has_just_rung_and_not_after_stop(town, dora, board, rose):
    town.seconds(12.5 * 3600)
    board = at_the_board(town, "Dora")
    assert "Quiet hours" in ring(board, "/residents/1", "resident 1", 409)
    assert "Quiet hours" in words_of(board.see("/residents/1"))
    rose.dial()
    rose.hang_up()
    board.see("/residents/1")
    ring(board, "/residents/1", "resident 1")
    assert dora.rings(), "she has asked for it herself, so it wakes her not"
    dora.answer()
    rose.text("STOP")
    assert "We cannot ring Rose Miller" in dora.press("1"), "it is looked at once more"
    assert not rose.rings(0.2)
    assert "who said STOP" in words_of(board.see("/residents/1"))
    assert verbs(town) == []


@pytest.mark.both_databases
def test_it_is_looked_at_again_whether_it_is_still_so(town, dora, board):
    town.volunteer("Sam Lee", SAM)
    errand(town, "Rose Miller", ROSE)
    town.telephone(SAM).text("1")
    town.volunteer("Lee Wong", LEE)
    request = town.requests[-1].id

    def given_to(name):
        with town.database.begin() as session:
            volunteer = session.query(Volunteer).filter_by(name=name).one()
            taking.assign(session, session.get(Job, 1), volunteer, who="staff 1", now=town.now)

    board.see(f"/requests/{request}")
    ring(board, f"/requests/{request}", "volunteer 1")
    assert dora.rings()
    dora.answer()
    given_to("Lee Wong")
    assert "settled" in dora.press("1"), "he helps her no more"
    assert not town.telephone(SAM).rings(0.2)
    board.see(f"/requests/{request}")
    board.press(f"/requests/{request}/ring", 400, whom="volunteer 1")
    board.see(f"/requests/{request}")
    ring(board, f"/requests/{request}", "volunteer 2")
    dora.rings()
    dora.answer()
    dora.press("1")
    lee = town.telephone(LEE)
    assert lee.rings()
    given_to("Sam Lee")
    assert "office" not in lee.answer(), "it was taken away while it rang"
    assert "does not answer" in dora.heard
    dora.hang_up()
    assert [verb for verb, *_ in verbs(town)] == ["rings", "rang_in_vain"]
    board.see(f"/requests/{request}")
    ring(board, f"/requests/{request}", "resident 1")
    dora.rings()
    with town.database.begin() as session:
        session.query(Staff).filter_by(name="Dora").one().phone = KARL
    assert "settled" in dora.answer(), "it is not her telephone any more"


@pytest.mark.both_databases
def test_who_asked_to_be_rung_back_is_rung_at_that_number_and_the_card_says_that_it_was(town, dora, board, rose):
    with town.database.begin() as session:
        session.query(Staff).one().is_on_duty = False
    stranger = town.telephone(KARL)
    stranger.dial()
    stranger.press("0")
    stranger.speak("Please ring me back")
    stranger.hang_up()
    callback = town.callbacks[-1].id
    assert town.callbacks[-1].phone == KARL
    assert BUTTON in board.see("/")
    assert "(212) 555-0112" in ring(board, f"/callbacks/{callback}")
    assert dora.rings()
    assert "You wanted to speak with" in dora.answer()
    dora.press("1")
    assert stranger.rings()
    assert shown(town, stranger) == LINE
    assert "To speak with us, press 1" in stranger.answer(), "nobody knows who picks up there"
    assert not joined(dora, stranger)
    stranger.press("1")
    assert joined(stranger, dora)
    assert all(DUTY not in told for told in told_to(town, KARL))
    page = words_of(board.see("/"))
    assert "You have spoken with them" in page
    assert "Dora has spoken" not in page
    fen = at_the_board(town, town.staff("Fen", MIA) and "Fen")
    assert "Dora has spoken with them" in words_of(fen.see("/"))
    assert "You have spoken" not in words_of(fen.page)
    stranger.hang_up()
    dora.hang_up()
    board.see("/")
    board.press(f"/callbacks/{callback}/done")
    assert town.callbacks == []


def test_a_callback_that_a_colleague_has_seen_to_rings_nobody(town, dora, board, rose):
    rose.dial()
    rose.press("2")
    rose.hang_up()
    callback = town.callbacks[-1].id
    board.see("/")
    ring(board, f"/callbacks/{callback}")
    assert dora.rings()
    dora.answer()
    fen = at_the_board(town, town.staff("Fen", MIA) and "Fen")
    fen.press(f"/callbacks/{callback}/done")
    assert "settled" in dora.press("1")
    assert not rose.rings(0.2)
    assert "Somebody was faster" in ring(board, f"/callbacks/{callback}", status=409)
    assert not dora.rings(0.2)
    assert town.rows(Callback)[-1].closed_at is not None


@pytest.mark.both_databases
def test_an_alert_has_the_button_beside_everybody_whom_it_names(town, dora, board):
    sam = town.volunteer("Sam Lee", SAM)
    errand(town, "Rose Miller", ROSE)
    sam.text("1")
    sam.text("5")
    alert = town.alerts[-1]
    page = board.see("/")
    assert page.count(f'action="/alerts/{alert.id}/ring"') == 2, "her and him"
    ring(board, f"/alerts/{alert.id}", "resident 1")
    assert dora.rings()
    dora.answer()
    with town.database.begin() as session:
        session.get_one(type(alert), alert.id).closed_at, session.get_one(type(alert), alert.id).due_at = town.now, None
    assert "settled" in dora.press("1")
    town.seconds(10)
    assert "Somebody was faster" in ring(board, f"/alerts/{alert.id}", "volunteer 1", 409)


def test_who_has_no_telephone_on_file_has_no_button(town, board, rose):
    town.staff("Eve", None)
    del town.telephones[None]  # she has none
    eve = at_the_board(town, "Eve")
    assert BUTTON not in eve.see("/residents/1")
    assert "no number of yours" in words_of(eve.press("/residents/1/ring", 409, whom="resident 1"))
    assert BUTTON in board.see("/residents/1")
    rose.dial()
    rose.press("2")
    rose.hang_up()
    assert BUTTON in board.see("/")
    assert BUTTON not in eve.see("/"), "she does not see her colleague's picture of the board"
    assert len(town.rows(Call)) == 1


def test_two_presses_at_the_same_moment_are_one_call(town, dora, rose):
    boards = [at_the_board(town, "Dora") for _ in range(4)]
    for each in boards:
        each.see("/residents/1")
    start = threading.Barrier(len(boards))

    def press(browser):
        start.wait()
        data = {"whom": "resident 1", "csrf_token": token_in(browser.page), "next": "/"}
        return browser.client.post("/residents/1/ring", data=data).status_code

    with ThreadPoolExecutor(len(boards)) as pool:
        came = sorted(pool.map(press, boards))
    assert came == [303, 409, 409, 409]
    assert len(town.rows(Call)) == 1


def test_a_machine_that_takes_a_residents_call_is_not_said_to_have_spoken(town, dora, board, rose):
    """It presses nothing and need not; but nobody speaks with it for long."""
    rose.dial()
    rose.press("2")
    rose.hang_up()
    callback = town.callbacks[-1].id
    board.see("/")
    ring(board, f"/callbacks/{callback}")
    dora.rings()
    dora.answer()
    dora.press("1")
    assert rose.rings()
    town.exchange.pick_up_by_machine(ROSE)
    town.settle()
    town.seconds(10)
    assert "You have spoken" in words_of(board.see("/")), "nobody can know it yet"
    dora.hang_up()
    assert "You have spoken" not in words_of(board.see("/"))
    assert "only for a moment: perhaps a machine" in words_of(board.see("/residents/1"))
    assert [task.id for task in town.callbacks] == [callback]


@pytest.mark.both_databases
def test_what_waits_while_nothing_leaves_is_in_nobodys_way_after_ten_minutes(town, board, rose):
    board.see("/residents/1")
    for _ in range(2):
        board.press("/residents/1/ring", whom="resident 1", next="/")
        town.clock.shown += timedelta(minutes=11)
    assert "about to ring you" not in words_of(board.see("/"))
    assert len(town.rows(Call)) == 2
