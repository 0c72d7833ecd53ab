"""Who is not here: a volunteer who falls ill, moves or dies; a resident who dies while her husband shares the phone."""

import re

import pytest
import sqlalchemy as sa
from board_town import Browser
from test_answers_by_text import errand, states
from test_board_stories import text_of
from test_volunteer_texts import browser
from town import ANNA, DUTY, KARL, LEE, MIA, PASSWORD, ROSE, SAM

from dispatch.telling import tell
from models.menus import StandingOrder
from models.people import Absence, Resident
from models.requests import HelpRequest
from models.tasks import Alert
from models.traffic import Call, Message

pytestmark = pytest.mark.both_databases


@pytest.fixture
def sam(town):
    town.staff("Dora", DUTY)
    return town.volunteer("Sam Lee", SAM)


def three_errands(town, sam):
    """Three people wait for Sam; two others could go instead."""
    codes = []
    for name, phone in (("Rose Miller", ROSE), ("Karl Braun", KARL), ("Anna Berg", ANNA)):
        errand(town, name, phone)
        codes.append(town.jobs[-1].code)
        sam.text(f"1 {codes[-1]}")
    return codes


def held(page):
    """The jobs that her page shows as still hers in that time."""
    return re.findall(
        r'name="job" value="(\d+)"', page.split('action="/volunteers/1/give-back"')[1].split("</form>")[0]
    )


def test_a_volunteer_falls_ill_and_all_she_holds_is_handed_on_in_one_move(town, sam):
    first, second, third = three_errands(town, sam)
    lee, mia = town.volunteer("Lee Park", LEE), town.volunteer("Mia Cruz", MIA, services=("meal",))
    board, other = browser(town), browser(town)
    assert "Not away" in text_of(board.see("/volunteers/1"))
    assert 'id="held"' not in board.page, "whoever is here keeps her jobs"
    board.press("/volunteers/1/absences", absence_kind="hospital", from_date="2026-11-23", until_date="2026-11-27")
    assert "ill" in text_of(board.page)
    jobs = held(board.page)
    assert len(jobs) == 3
    other.see("/volunteers/1")

    board.press("/volunteers/1/hand-over", job=jobs, volunteer=3)
    assert f"{first} stays where it is. Mia Cruz: does not do this" in text_of(board.page)
    assert held(board.page) == jobs
    assert not mia.inbox
    before = len(sam.inbox)
    board.press("/volunteers/1/hand-over", job=jobs[:2], volunteer=2)
    town.settle()
    assert f"{first}, {second}: now with Lee Park" in text_of(board.page)
    assert held(board.page) == jobs[2:]
    assert list(sam.inbox[before:]) == [
        f"Linli: These are no longer yours: {first}, {second}. Please do not go. Thank you."
    ]
    assert "Rose" in " ".join(lee.inbox)
    assert "Karl" in " ".join(lee.inbox), "he is told of each"
    assert "Lee" in town.telephone(ROSE).inbox[-1]

    other.press("/volunteers/1/give-back", job=jobs)
    town.settle()
    assert "1 job is given back" in text_of(other.page), "the second one sees what is left"
    assert [town.jobs[n].volunteer_id for n in range(3)] == [2, 2, None]
    assert "cannot come after all" in town.telephone(ANNA).inbox[-1]
    assert sam.inbox[before + 1 :] == [f"Linli: These are no longer yours: {third}. Please do not go. Thank you."]
    assert "Somebody was faster" in text_of(board.press("/volunteers/1/give-back", 409, job=jobs))
    town.wait(minutes=1)
    assert states(town)[-1] == "offered"
    assert str(third) in lee.inbox[-1]
    assert not any(str(third) in text and "Can you" in text for text in sam.inbox[before:]), (
        "nobody who is ill is asked"
    )
    assert "offers again" in sam.text("on")
    assert not town.rows(Absence)


def test_a_volunteer_who_has_died_is_never_asked_told_or_on_the_way(town, sam):
    codes = three_errands(town, sam)
    lee = town.volunteer("Lee Park", LEE)
    errand(town, "Nora Quist", "+12125550114")
    board, before = browser(town), len(sam.inbox)
    board.see("/volunteers/1")
    board.press("/volunteers/1/absences", absence_kind="deceased", from_date="2026-11-23", until_date="")
    town.wait(minutes=1)
    assert states(town) == ["offered"] * 4, "each is offered again at once"
    assert all(str(code) in " ".join(lee.inbox) for code in codes)
    assert "Sam" not in text_of(board.see("/"))
    assert "do not know this number" in sam.text("1"), "whoever has the telephone now is nobody's volunteer"
    assert len(sam.inbox) == before + 1
    assert not town.rows(Message, volunteer_id=1, state="queued")
    board.see("/volunteers/1")
    board.press(f"/volunteers/1/absences/{town.rows(Absence)[0].id}/end")
    errand(town, "Olga Wirth", "+12125550115")
    assert "Can you" in sam.inbox[-1], "it was a mistake"


def open_of(town, resident):
    return [str(request.state) for request in town.rows(HelpRequest, resident_id=resident) if request.closed_at is None]


def told_there(town, number, since):
    """Everything that went to that telephone since: texts, and what calls said."""
    return [
        " ".join(map(str, [*given.values(), answer])) for given, answer in town.wire[since:] if number in given.values()
    ]


def test_she_dies_with_open_orders_while_her_husband_shares_the_telephone(town, sam):
    menu = town.menu("Noodles", "Soup")
    town.menu("Rice", days=1)
    home = town.resident("Rose Miller", ROSE)
    town.resident("Karl Miller", ROSE)
    town.standing_order("Rose Miller")
    town.settle()
    home.dial()
    home.press("2")
    home.press("1")
    home.hang_up()
    home.dial()
    for key in ("1", "2", "1", "1"):
        home.press(key)
    home.silence()
    home.press("1")
    home.hang_up()
    town.wait(minutes=1)
    with town.database.begin() as session:
        lunch = next(one for one in session.scalars(sa.select(HelpRequest)) if one.menu_id and one.resident_id == 1)
        lunch.note = "no salt"
    board = browser(town)
    board.see("/residents/1")
    board.press("/residents/1/absences", absence_kind="deceased", from_date="2026-11-23", until_date="")
    assert not open_of(town, 1)
    assert town.rows(StandingOrder)[0].ended_at
    board.press(f"/residents/1/absences/{town.rows(Absence)[0].id}/end")
    assert "Was a mistake" not in board.page
    assert not town.rows(StandingOrder)[0].ended_at
    town.wait(minutes=1)
    assert sorted(open_of(town, 1)) == ["offered", "pooled"], "her errand and her lunch can still come"
    assert [one.note for one in town.rows(HelpRequest, resident_id=1, state="pooled")] == ["no salt"]

    assert "Rose" in sam.text("1")
    sam.text("6")
    home.dial()
    home.press("1")
    home.hang_up()
    assert [alert.kind for alert in town.alerts] == ["worried"]
    assert [task.resident_id for task in town.callbacks] == [1]
    assert "Rose" in home.text("2 soups"), "whose are they?"
    with town.database.begin() as session:
        row = tell(session, session.get_one(Resident, 1), "nobody_yet", now=town.now, what="x")
        row.due_at = town.now.replace(hour=20)

    since = len(town.wire)
    board.see("/residents/1")
    board.press("/residents/1/absences", absence_kind="deceased", from_date="2026-11-23", until_date="")
    town.settle()
    assert "has died" in text_of(board.page)
    assert "Please do not go to Rose any more" in sam.inbox[-1]
    assert not town.alerts
    assert not town.callbacks
    assert (open_of(town, 1), open_of(town, 2)) == ([], ["pooled"]), "his lunch stays"
    assert town.rows(StandingOrder)[0].ended_at
    assert not town.rows(Message, state="queued")
    for page in (f"/meals/{menu}", "/sheet", "/meals", "/lanes/onway", "/lanes/nobody"):
        assert "Rose" not in text_of(board.see(page)), page
    assert "Karl" in board.see(f"/meals/{menu}")

    home.text("1")
    home.dial()
    assert "Karl" in home.heard
    home.press("3")
    home.press("4")
    home.hang_up()
    town.wait(minutes=61)
    assert "Karl" in sam.text("1")
    assert "Rose" not in sam.inbox[-1]
    sam.text("3")
    assert [str(r.state) for r in town.requests if r.resident_id == 2] == ["done"]
    assert "done" in [str(job.state) for job in town.jobs]
    for told in told_there(town, ROSE, since):
        assert "Rose" not in told, told
    assert len(told_there(town, ROSE, since)) > 5


def test_not_at_home_is_looked_into_step_by_step_and_every_colleague_sees_how_far(town, sam):
    """Ring her, ask her contacts, decide, say where the meal went: who did what and what came of it is there for all."""
    menu = town.menu("Noodles")
    home = town.resident("Rose Miller", ROSE, contact=("Nora Miller", ANNA))
    town.staff("Chen", MIA, on_duty=False)
    nora = town.telephone(ANNA)
    home.dial()
    home.press("1")
    home.hang_up()
    town.close_meals(menu)
    sam.text("1")
    sam.text("5")
    alert = town.alerts[0]
    assert alert.kind == "not_home"
    dora, chen = browser(town), Browser(town, town.app.test_client())
    chen.log_in("Chen", PASSWORD)
    steps = f"/alerts/{alert.id}"
    for whom, came in (("resident 1", "no_answer"), ("contact 1", "no_answer"), ("contact 1", "texted")):
        assert f'name="whom" value="{whom}"' in dora.see("/")
        dora.press(f"{steps}/tried", whom=whom, came=came, next="/")
        dora.press(f"{steps}/tried", whom=whom, came=came, next="/")
    town.settle()
    assert nora.inbox == [
        "Linli: Rose did not open the door just now. Is all well, do you know? Please ring (212) 555-0100."
    ]
    assert town.alerts[0].acknowledged_at, "whoever looks into it has it"
    seen = text_of(chen.see("/"))
    assert seen.count("Dora : No answer") + seen.count("Dora: No answer") == 2, seen
    assert "Asked by text" in seen
    assert 'value="texted"' not in chen.page, "nobody is asked twice"
    chen.press(f"{steps}/decide", decision="get_help", next="/requests/1")
    assert "I get help" in text_of(chen.page)
    assert "ring 911 yourself" in text_of(chen.page)
    chen.press("/requests/1/fate", fate="neighbour", next="/requests/1")
    chen.press("/requests/1/fate", fate="brought_back", next="/requests/1")
    history = text_of(chen.page.split('id="events-head"')[1])
    assert "Nora Miller: No answer" in history
    assert "Brought back" in history
    assert town.requests[0].meal_fate == "brought_back", "the last word counts"
    dora.press(f"{steps}/decide", decision="nothing_wrong", next="/")
    assert not town.alerts
    assert town.rows(Alert)[-1].was_false, "it counts as a false alarm"
    assert "Somebody was faster" in text_of(chen.press(f"{steps}/decide", 409, decision="send_again"))
    assert [str(request.state) for request in town.requests] == ["not_home"]
    chen.press(f"{steps}/tried", 400, whom="contact 99", came="reached")
    assert "Brought back" in text_of(chen.see("/requests/1")), "and it can still be said anew"
    assert "Left with a neighbour" in chen.page
    rung = [call for call in town.rows(Call, direction="outbound") if call.staff_id is None]
    assert not rung, "of the people around her nobody was rung by the machine"
