"""A helper and whom she helps speak through the line: each sees our number, and never the other's."""

from contextlib import suppress

import pytest
from test_answers_by_text import errand
from town import DUTY, KARL, LEE, LINE, ROSE, SAM

from dispatch import taking, working
from models.events import Event
from models.jobs import Job
from models.people import Absence, AbsenceKind, Resident, Volunteer
from models.traffic import Call
from voice.answer import call_goes_on
from voice.exchange import ExchangeError
from voice.joining import RINGING_HELPER
from voice.talk import Heard, Sound, Talk, Then


@pytest.fixture
def sam(town):
    town.staff("Dora", DUTY)
    return town.volunteer("Sam Lee", SAM)


@pytest.fixture
def rose(town, sam):
    errand(town, "Rose Miller", ROSE)
    sam.text("1")
    return town.telephone(ROSE)


def caller_shown(town, phone):
    return town.exchange.handset(phone.number)["with"]


def what_is_told_to(town, phone):
    """Everything the house said on the legs of that telephone, and everything that it was asked there."""
    return [
        answer
        for asked, answer in town.wire
        if phone.number in (asked.get("To"), asked.get("From")) and "CallSid" in asked
    ]


def verbs(town):
    return [event.verb for event in town.rows(Event) if event.verb in ("rings", "spoke", "rang_in_vain")]


def joined(phone, other):
    """Do they hear each other, once it was said who rings?"""
    phone.town.seconds(8)
    with suppress(ExchangeError):
        phone.town.exchange.speak(phone.number, "Which milk?")
    return "Which milk?" in str(other.town.exchange.handset(other.number)["heard"])


def test_a_text_rings_both_and_neither_sees_the_others_number(town, sam, rose):
    assert "connect you with Rose" in sam.text("Call!")
    assert sam.rings()
    assert caller_shown(town, sam) == LINE
    assert "You wanted to speak with Rose" in sam.answer()
    assert not rose.rings(0.2), "nobody is rung before a key tells that a person has picked up"
    assert "ringing Rose" in sam.press("1")
    assert rose.rings()
    assert caller_shown(town, rose) == LINE
    assert "Hello Rose, this is Linli. Sam is on the line about your errand." in rose.answer()
    assert joined(sam, rose)
    assert joined(rose, sam)
    rose.hang_up()
    assert "Your job" in sam.heard
    sam.hang_up()
    assert all(SAM not in told for told in what_is_told_to(town, rose))
    dialled = [told for told in what_is_told_to(town, sam) if ROSE in told]
    assert len(dialled) == 1, "the carrier is told whom to ring, once"
    assert f'<Dial action="/voice/turn/2" callerId="{LINE}"' in dialled[0]
    assert f">{ROSE}</Number>" in dialled[0]
    assert dialled[0].count(ROSE) == 1
    placed = [asked for asked, _ in town.wire if asked.get("Url")]
    assert [(one["To"], one["From"]) for one in placed] == [(SAM, LINE)]
    assert not any(SAM in text or "555" in text for text in rose.inbox)
    assert not any(ROSE in text or "0111" in text for text in sam.inbox)
    assert verbs(town) == ["rings", "spoke"]
    assert town.rows(Call, direction="outbound")[-1].outcome == "connected"


def test_who_rings_the_line_is_rung_back_and_told_the_truth_when_nobody_answers(town, sam, rose):
    """A number can be forged: nobody is put through on it alone, and it is the number on file that rings."""
    assert "To speak with Rose, press 1" in sam.dial()
    assert "ring you back" in sam.press("1")
    assert rose.state == "idle"
    sam.hang_up()
    assert sam.rings()
    sam.answer()
    sam.press("1")
    assert rose.rings()
    heard = len(sam.heard)
    town.seconds(30)
    told = sam.heard[heard:]
    assert "Rose does not answer." in told
    assert "nobody opens, press 5" in told
    assert "person, press 0" in told
    assert "ringing Rose" in sam.press("1")
    assert rose.rings()
    rose.answer()
    assert joined(rose, sam)
    rose.hang_up()
    sam.hang_up()
    assert verbs(town) == ["rings", "rang_in_vain", "rings", "spoke"]
    sam.text("call")
    sam.rings()
    sam.answer()
    sam.press("1")
    town.seconds(30)
    assert "several times" in sam.press("1"), "she is not rung on and on"
    sam.hang_up()
    assert "several times" in sam.text("call")
    sam.dial()
    assert "not at home" in sam.press("5")
    assert [str(alert.kind) for alert in town.alerts] == ["not_home"]
    sam.hang_up()
    assert "no open job" in sam.text("call her")


@pytest.mark.both_databases
def test_the_job_is_looked_at_again_at_every_step(town, sam, rose):
    lee = town.volunteer("Lee Wong", LEE)

    def given_to(name):
        with town.database.begin() as session:
            volunteer = session.query(Volunteer).filter_by(name=name).one()
            taking.assign(session, session.get(Job, 1), volunteer, who="staff 1", now=town.now)

    sam.text("call")
    assert sam.rings()
    sam.answer()
    given_to("Lee Wong")
    assert "settled" in sam.press("1"), "it was taken away between picking up and the key"
    assert not rose.rings(0.2)
    assert "no open job" in sam.text("call")
    town.wait(minutes=1)
    assert sam.state == "idle"

    lee.text("call")
    lee.rings()
    lee.answer()
    lee.press("1")
    assert rose.rings()
    given_to("Sam Lee")
    assert "Lee" not in rose.answer(), "it was taken away while it rang"
    assert rose.state == "idle"
    assert "Rose does not answer" in lee.heard
    assert "spoke" not in verbs(town)
    lee.hang_up()

    mia = town.telephone("+12125550199")
    assert "do not know" in mia.text("call 10")
    assert mia.state == "idle"


def test_of_several_jobs_and_stops_it_is_asked_which(town, sam, rose):
    second, karl = errand(town, "Karl Braun", KARL), town.telephone(KARL)
    sam.text("1")
    assert "Which one?" in sam.text("call")
    assert "connect you with Karl" in sam.text(str(second))
    assert sam.rings()
    sam.answer()
    sam.hang_up()
    town.wait(minutes=12)
    assert sam.state == "idle", "whoever wants to be connected asks again"
    assert "connect you with Rose" in sam.text("call 10".replace("10", str(town.jobs[0].code)))
    sam.rings()
    sam.answer()
    sam.hang_up()

    menu = town.menu("Soup")
    for phone in (rose, karl):
        phone.dial()
        phone.press("1")
        phone.hang_up()
    town.close_meals(menu)
    town.wait(minutes=2)
    code = town.jobs[-1].code
    sam.text(f"{code} 1")
    assert "With whom? Text only the number: 1 Karl, 2 Rose" in sam.text(f"call {code}")
    assert "connect you with Rose" in sam.text("2")
    assert sam.rings()
    sam.answer()
    sam.hang_up()
    town.seconds(3601)  # three times an hour she may ask
    sam.dial()
    while "speak with one of them" not in sam.heard:
        sam.press("2")
    assert "For Karl, press 1" in sam.press("1")
    assert "connected with Karl" in sam.press("1")
    sam.hang_up()
    assert sam.rings()
    sam.answer()
    sam.press("1")
    assert karl.rings()


@pytest.mark.both_databases
def test_nobody_is_rung_who_must_not_be(town, sam, rose):
    with town.database.begin() as session:
        resident = session.query(Resident).filter_by(name="Rose Miller").one()
        resident.absences.append(Absence(kind=AbsenceKind.HOSPITAL, from_date=town.now.date()))
    assert "We cannot ring Rose" in sam.text("call")
    with town.database.begin() as session:
        session.query(Absence).delete()
    town.seconds(12.5 * 3600)
    assert "at this hour" in sam.text("call"), "half past nine in the evening"
    sam.dial()
    assert "at this hour" in sam.press("1")
    sam.hang_up()
    rose.dial()
    assert "press 2" not in rose.press("3").split("Errand")[-1], "nor is her helper rung for her"
    rose.hang_up()
    assert "connect you" in sam.text("call"), "she has just rung herself, so she is awake"
    assert sam.rings()
    sam.answer()
    rose.text("STOP")
    assert "We cannot ring Rose" in sam.press("1")
    assert verbs(town) == []


def test_a_resident_speaks_with_her_helper_who_is_on_the_way(town, sam, rose):
    rose.dial()
    assert "To speak with Sam, press 2" in rose.press("3")
    assert "ringing Sam" in rose.press("2")
    assert sam.rings()
    assert caller_shown(town, sam) == LINE
    assert "Rose is on the line about job" in sam.answer()
    assert not joined(sam, rose), "a machine that picks up presses no key"
    sam.press("1")
    assert joined(sam, rose)
    assert all(ROSE not in told for told in what_is_told_to(town, sam))
    sam.hang_up()
    rose.press("3")
    rose.press("2")
    assert sam.rings()
    town.seconds(30)
    assert "Sam does not answer" in rose.heard
    rose.press("3")
    with town.database.begin() as session:
        working.release(session, session.get(Job, 1), who="staff 1", now=town.now)
    rose.press("2")
    assert not sam.rings(0.2)
    assert verbs(town) == ["rings", "spoke", "rings", "rang_in_vain"]


@pytest.mark.both_databases
def test_whoever_hears_it_again_when_nobody_is_to_be_rung_any_more_is_not_connected_with_nobody(town, sam, rose):
    """The carrier may send a key while it rings the other one, and meanwhile the job is over."""
    sam.text("3")
    with town.database.begin() as session:
        talk = Talk(place=RINGING_HELPER, picks={"rings": town.requests[-1].id, "rings_name": "Rose"})
        call = Call(
            community_id=town.community_id, call_sid="CA" + "7" * 32, direction="inbound", phone=SAM, state="live",
            made_at=town.now, started_at=town.now, turn=3, talk=talk.to_json(),
        )  # fmt: skip
        session.add(call)
        session.flush()
        reply = call_goes_on(session, call, Heard(Sound.KEYS, keys="9"), now=town.now)
        assert reply.then is Then.ASK
        assert reply.says
