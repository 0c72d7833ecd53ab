"""The carrier's way in: signed posts only, each done once however often it comes, and an answer whatever is in it."""

import itertools
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from town import DUTY, LEE, LINE, PUBLIC, ROSE, SAM
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from models.base import Base
from models.jobs import Offer, OfferState
from models.lifecycle import State
from models.traffic import AnsweredTurn, Call, Message
from voice.carrier.errors import CarrierError, Remedy
from voice.ending import end_lost_calls
from voice.remedies import note_failure
from voice.twiml_check import faults

pytestmark = pytest.mark.both_databases

CALL = "CA" + "1" * 32
TEXT = "SM" + "2" * 32
ACCOUNT = "AC" + "0" * 32


def post(town, path, params, *, signature=None, url=None, headers=None):
    """A post as the carrier makes it; signed unless told otherwise."""
    signed = RequestValidator("t" * 32).compute_signature(url or f"{PUBLIC}{path}", MultiDict(params))
    return town.app.test_client().post(
        path, base_url=PUBLIC, data=params, headers={"X-Twilio-Signature": signature or signed, **(headers or {})}
    )


def ring(town, sid=CALL, number=ROSE, **more):
    return post(town, "/voice", {"CallSid": sid, "AccountSid": ACCOUNT, "From": number, "To": LINE, **more})


def key(town, turn, digits, sid=CALL, number=ROSE):
    params = {"CallSid": sid, "AccountSid": ACCOUNT, "From": number, "To": LINE, "Digits": digits}
    return post(town, f"/voice/turn/{turn}", params)


def write(town, body, sid=TEXT, number=ROSE):
    return post(town, "/sms", {"MessageSid": sid, "AccountSid": ACCOUNT, "From": number, "To": LINE, "Body": body})


def everything(town):
    """All rows of all tables, to see that nothing has changed."""
    with town.database.read() as session:
        return {table.name: session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables}


@pytest.fixture
def fed(town):
    """A town with Rose, lunch, a volunteer and somebody on duty."""
    town.resident("Rose Miller", ROSE, address="5 Elm Street")
    town.volunteer("Sam Lee", SAM)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup", "Noodles")
    return town


# --- signatures ---------------------------------------------------------------------------------------------------


WEBHOOKS = [
    "/voice", "/voice/turn/1", "/voice/placed/1", "/voice/status", "/voice/whisper", "/voice/whisper/key", "/sms",
    "/sms/status",
]  # fmt: skip


@pytest.mark.parametrize("signature", ["wrong", "", "ünsigned", "A" * 4000])
def test_a_post_without_a_valid_signature_changes_nothing(fed, signature):
    before = everything(fed)
    params = {"CallSid": CALL, "MessageSid": TEXT, "From": ROSE, "To": LINE, "Body": "1"}
    headers = {"X-Twilio-Signature": signature.encode().decode("latin-1")} if signature else {}
    for path in WEBHOOKS:
        answer = fed.app.test_client().post(path, base_url=PUBLIC, data=params, headers=headers)
        assert answer.status_code == 403, path
        assert everything(fed) == before, path


def test_webhooks_answer_only_posts(fed):
    answers = {path: fed.app.test_client().get(path).status_code for path in WEBHOOKS}
    assert answers == dict.fromkeys(WEBHOOKS, 405)


def test_every_route_is_signed_or_logged_in_or_on_the_short_public_list(fed):
    public = {"healthz", "recordings.recording"}
    rooms = {"voice", "board", "exchange", "exchange_rest"}
    for rule in fed.app.url_map.iter_rules():
        assert rule.endpoint in public or rule.endpoint.split(".")[0] in rooms, rule


def test_a_changed_parameter_breaks_the_signature(fed):
    params = {"MessageSid": TEXT, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "Body": "1"}
    signed = RequestValidator("t" * 32).compute_signature(f"{PUBLIC}/sms", params)
    assert post(fed, "/sms", {**params, "From": SAM}, signature=signed).status_code == 403
    assert post(fed, "/sms", params, signature=signed).status_code == 200


def test_the_address_is_ours_never_the_hosts(fed):
    params = {"MessageSid": TEXT, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "Body": "1"}
    assert post(fed, "/sms", params, url="http://evil.example/sms").status_code == 403


def test_a_signature_over_a_raw_query_holds(fed):
    params = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE, "CallStatus": "completed"}
    for query in ("?a=%E4%BD%A0&b=%7E", "?a=1+2", "?a=%2B", "?empty="):
        assert post(fed, f"/voice/status{query}", params).status_code == 204, query


@pytest.mark.parametrize(
    "params",
    [
        {"MessageSid": "SM1", "From": ROSE, "To": LINE, "Body": "1"},
        {"MessageSid": "", "From": ROSE, "To": LINE, "Body": "1"},
        {"From": ROSE, "To": LINE, "Body": "1"},
        {"MessageSid": TEXT, "AccountSid": "AC" + "9" * 32, "From": ROSE, "To": LINE, "Body": "1"},
        {"MessageSid": TEXT, "From": [ROSE, SAM], "To": LINE, "Body": "1"},
    ],
)
def test_signed_nonsense_is_refused_and_leaves_nothing(fed, params):
    before = everything(fed)
    assert post(fed, "/sms", params).status_code == 400
    assert everything(fed) == before


def test_a_number_that_is_nobodys_is_not_found(fed):
    before = everything(fed)
    params = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": ROSE, "To": "+12125550999"}
    assert post(fed, "/voice", params).status_code == 404
    assert everything(fed) == before


ABSURD = ["", "1" * 1600, "\x00\x0b", "<Say>", "'; DROP TABLE calls; --", "🥣" * 200, "\u202eabc", "٣", "1 99999999999"]


@pytest.mark.parametrize("body", ABSURD)
def test_an_absurd_text_is_kept_and_answered_200(fed, body):
    assert write(fed, body).status_code == 200
    fed.settle()
    kept = fed.rows(Message, direction="inbound")
    assert [message.body for message in kept] == [body.replace("\x00", "")[:1600]]
    assert fed.requests == []


def test_absurd_keys_are_answered_with_a_menu(fed):
    for number, digits in enumerate(["", "#", "12", "x", "१", "1" * 500, "<", "\x00"]):
        sid = f"CA{number:032x}"
        ring(fed, sid=sid)
        answer = key(fed, 1, digits, sid=sid)
        assert answer.status_code == 200, digits
        assert faults(answer.get_data(as_text=True)) == [], digits


def test_an_absurd_caller_gets_a_menu(fed):
    for at, number in enumerate(["", "anonymous", "+1", "不知道", "sip:a@b", "+" + "9" * 30, "-" * 200]):
        answer = ring(fed, sid=f"CA{at:032x}", number=number)
        assert answer.status_code == 200, number
        assert faults(answer.get_data(as_text=True)) == [], number


def test_a_body_that_is_not_utf_8_is_never_a_500(fed):
    answer = fed.app.test_client().post(
        "/sms", base_url=PUBLIC, data=b"Body=%ff%fe&From=%2B1", content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": "x"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_a_call_whose_beginning_was_lost_begins_anew(fed):
    assert "press 1" in key(fed, 3, "1").get_data(as_text=True)
    assert fed.requests == []
    assert "Ordered" in key(fed, 1, "1").get_data(as_text=True)


def test_a_turn_that_is_still_to_come_is_not_found(fed):
    ring(fed)
    assert key(fed, 3, "1").status_code == 404


def test_a_key_that_comes_late_does_nothing_and_hears_where_the_talk_is(fed):
    ring(fed)
    key(fed, 1, "2")
    here = key(fed, 2, "9").get_data(as_text=True)
    before = everything(fed)["calls"]
    with fed.database.begin() as session:
        session.execute(sa.delete(AnsweredTurn).where(AnsweredTurn.key == f"voice {CALL} 1"))
    assert key(fed, 1, "1").get_data(as_text=True) == here
    assert everything(fed)["calls"] == before


def test_texts_are_never_answered_in_the_response(fed):
    assert "<Message" not in write(fed, "1").get_data(as_text=True)


def test_a_fault_of_ours_leaves_a_callback_and_a_kind_word(fed, monkeypatch):
    ring(fed)

    def broken(*_, **__):
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken_house:
        broken_house.setattr("voice.answer.step", broken)
        answer = key(fed, 1, "1")
    assert answer.status_code == 200
    assert "something went wrong" in answer.get_data(as_text=True)
    assert [(task.phone, task.why) for task in fed.callbacks] == [(ROSE, "our_fault")]
    assert fed.requests == []


# --- twice, late, out of order ------------------------------------------------------------------------------------


def test_a_key_delivered_ten_times_orders_once_and_says_the_same(fed):
    ring(fed)
    answers = {key(fed, 1, "1").get_data(as_text=True) for _ in range(10)}
    assert len(answers) == 1
    assert "Ordered" in answers.pop()
    assert len(fed.requests) == 1


def test_the_beginning_of_a_call_delivered_twice_is_one_call(fed):
    assert ring(fed).get_data() == ring(fed).get_data()
    assert len(fed.calls) == 1


def test_a_text_delivered_twice_is_done_once(fed):
    write(fed, "1")
    write(fed, "1")
    fed.settle()
    assert len(fed.requests) == 1
    assert len(fed.rows(Message, direction="inbound")) == 1
    assert len(fed.telephone(ROSE).inbox) == 1


def test_the_same_key_hours_later_changes_nothing(fed):
    ring(fed)
    key(fed, 1, "1")
    fed.wait(hours=5)
    key(fed, 1, "1")
    assert len(fed.requests) == 1


def test_the_end_of_a_call_before_its_last_key_and_twice(fed):
    over = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "CallStatus": "completed"}
    ring(fed)
    for _ in range(2):
        assert post(fed, "/voice/status", over).status_code == 204
    assert [str(call.outcome) for call in fed.calls] == ["unfinished"]
    assert len(fed.callbacks) == 1


def test_news_of_a_text_in_any_order_and_twice_end_the_same(fed):
    orders = {
        f"SM{at:032d}": order
        for at, order in enumerate(itertools.permutations(["queued", "sending", "sent", "delivered"]))
    }
    with fed.database.begin() as session:
        for sid in orders:
            session.add(Message(
                community_id=fed.community_id, direction="outbound", phone=ROSE, cause="main_person", state="sent",
                says=[["main_person", {}]], language="en", made_at=fed.now, message_sid=sid, attempts=1, body="x",
            ))  # fmt: skip
    for sid, order in orders.items():
        for status in (*order, *order):
            params = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE, "MessageStatus": status}
            assert post(fed, "/sms/status", params).status_code == 204
    assert {str(row.state) for row in fed.messages} == {"delivered"}


def test_a_failure_after_sent_counts_and_a_late_sent_does_not(fed):
    write(fed, "1")
    fed.settle()
    sent = next(m for m in fed.messages if m.direction == "outbound")
    with fed.database.begin() as session:
        session.execute(sa.update(Message).where(Message.id == sent.id).values(delivery_rank=4, state="sent"))
    for status in ("undelivered", "sent"):
        params = {"MessageSid": sent.message_sid, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE,
                  "MessageStatus": status, "ErrorCode": "30006"}  # fmt: skip
        post(fed, "/sms/status", params)
    assert str(fed.rows(Message, id=sent.id)[0].state) == "undelivered"
    assert "unreached" not in [str(a.kind) for a in fed.alerts]


@pytest.mark.parametrize(
    "fault",
    [{"callbacks_shuffled_seconds": 20.0}, {"callbacks_doubled_share": 1.0, "webhooks_doubled_share": 1.0}],
    ids=["shuffled", "doubled"],
)
def test_the_story_holds_when_the_carrier_shuffles_and_doubles(fed, fault):
    fed.exchange.faults.set(fault)
    rose, sam = fed.telephone(ROSE), fed.telephone(SAM)
    rose.dial()
    rose.press("1")
    rose.hang_up()
    fed.close_meals(1)
    sam.text("1")
    sam.text("3")
    fed.wait(minutes=2)
    assert [str(r.state) for r in fed.requests] == ["done"]
    assert [str(c.outcome) for c in fed.calls] == ["ordered"]
    assert len([m for m in sam.inbox if "Elm" in m]) == 1


# --- at the same instant ------------------------------------------------------------------------------------------


def at_once(*deeds):
    """Do all of them in threads, as much at the same moment as threads can."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(index, deed):
        gate.wait()
        results[index] = deed()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("attempt", range(5))
def test_two_volunteers_say_yes_in_the_same_instant(fed, attempt):
    fed.volunteer("Lee Wong", LEE)
    rose = fed.telephone(ROSE)
    rose.text("2")
    rose.text("1")
    rose.text("1")
    rose.text("bread")
    answers = at_once(
        lambda: write(fed, "1", sid="SM" + "a" * 32, number=SAM),
        lambda: write(fed, "1", sid="SM" + "b" * 32, number=LEE),
    )
    assert {answer.status_code for answer in answers} == {200}
    fed.settle()
    told = {number: " | ".join(fed.telephone(number).inbox) for number in (SAM, LEE)}
    winners = [number for number, words in told.items() if "5 Elm Street" in words]
    losers = [number for number, words in told.items() if "taken by now" in words]
    assert len(winners) == 1
    assert losers == [number for number in (SAM, LEE) if number not in winners]
    assert [job.state for job in fed.jobs] == [State.TAKEN]
    states = sorted(str(offer.state) for offer in fed.rows(Offer))
    assert states in (["withdrawn", "yes"], ["too_late", "yes"])


def test_one_key_posted_by_eight_threads_is_one_order(fed):
    ring(fed)
    answers = at_once(*[lambda: key(fed, 1, "1") for _ in range(8)])
    assert len({answer.get_data() for answer in answers}) == 1
    assert len(fed.requests) == 1
    assert len(fed.rows(AnsweredTurn)) == 2


def test_many_callers_at_once_are_all_served(fed):
    numbers = [f"+1212555{n:04d}" for n in range(200, 210)]
    for index, number in enumerate(numbers):
        fed.resident(f"Guest{index} Person", number)
    sids = {number: f"CA{index:032x}" for index, number in enumerate(numbers)}
    for number in numbers:
        ring(fed, sid=sids[number], number=number)
    answers = at_once(*[lambda n=n: key(fed, 1, "1", sid=sids[n], number=n) for n in numbers])
    assert all("Ordered" in answer.get_data(as_text=True) for answer in answers)
    assert len(fed.requests) == len(numbers)
    assert len({request.code for request in fed.requests}) == len(numbers)


def test_cancelling_and_accepting_at_once_leaves_one_truth(fed):
    rose = fed.telephone(ROSE)
    for body in ("2", "1", "1", "bread"):
        rose.text(body)
    rose.text("3")
    rose.text("3")
    at_once(
        lambda: write(fed, "1", sid="SM" + "c" * 32, number=ROSE),
        lambda: write(fed, "1", sid="SM" + "d" * 32, number=SAM),
    )
    fed.settle()
    states = [str(r.state) for r in fed.requests]
    sam = " | ".join(fed.telephone(SAM).inbox)
    assert states == ["cancelled"]
    assert "5 Elm Street" not in sam or "Please do not go" in sam


# --- lost answers -------------------------------------------------------------------------------------------------


def test_a_text_whose_answer_was_lost_is_looked_up_and_not_sent_twice(fed):
    fed.exchange.faults.set({"answers_lost_next": 1})
    rose = fed.telephone(ROSE)
    rose.text("1")
    assert [str(m.state) for m in fed.messages if m.direction == "outbound"] in (["unknown"], ["delivered"])
    fed.wait(minutes=3)
    assert len(rose.inbox) == 1
    assert {str(m.state) for m in fed.messages if m.direction == "outbound"} <= {"sent", "delivered"}


def test_a_carrier_that_is_down_delays_and_never_loses(fed):
    fed.exchange.faults.set({"is_down": True})
    rose = fed.telephone(ROSE)
    rose.text("1")
    fed.wait(minutes=3)
    assert rose.inbox == []
    assert "carrier_down" in [str(a.kind) for a in fed.alerts]
    fed.exchange.faults.set({"is_down": False})
    fed.wait(minutes=20)
    assert len([text for text in rose.inbox if "Ordered" in text]) == 1
    assert "carrier_down" not in [str(a.kind) for a in fed.alerts]


def test_a_landline_that_looks_like_a_mobile_is_called_once_the_carrier_says_so(fed):
    rose = fed.telephone(ROSE)
    rose.text("1")
    sent = next(m for m in fed.messages if m.direction == "outbound")
    with fed.database.begin() as session:
        session.execute(sa.update(Message).where(Message.id == sent.id).values(delivery_rank=4, state="sent"))
    post(fed, "/sms/status", {"MessageSid": sent.message_sid, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE,
                              "MessageStatus": "undelivered", "ErrorCode": "30006"})  # fmt: skip
    assert rose.rings()
    assert "Ordered: Tomato soup" in rose.answer()


def test_when_nothing_is_due_nothing_is_sent(fed):
    rose = fed.telephone(ROSE)
    rose.text("1")
    before = len(fed.sends)
    fed.wait(minutes=5)
    assert len([send for send in fed.sends[before:] if send[0] == "POST"]) == 0


def test_every_offer_ends(fed):
    rose = fed.telephone(ROSE)
    rose.text("1")
    fed.close_meals(1)
    fed.wait(hours=2)
    assert all(offer.state is not OfferState.OPEN for offer in fed.rows(Offer))
    assert all(call.outcome for call in fed.rows(Call) if call.call_sid)


# --- loops ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [ROSE, SAM])
def test_a_machine_that_answers_us_gets_one_answer_an_hour_and_a_person_looks(fed, number):
    phone = fed.telephone(number)
    for _ in range(12):
        fed.wait(minutes=1)
        phone.text("I am out of the office until Monday.")
    assert len(phone.inbox) == 1
    assert all(m.needs_reading for m in fed.messages if m.direction == "inbound")
    fed.wait(hours=2)
    phone.text("I am out of the office until Monday.")
    assert len(phone.inbox) == 2


def test_whoever_says_something_we_do_is_always_answered(fed):
    rose = fed.telephone(ROSE)
    for _ in range(5):
        rose.text("blah blah")
    assert "Ordered" in rose.text("1")


@pytest.mark.parametrize("attempt", range(3))
def test_one_lunch_ordered_by_two_telephones_in_the_same_instant_is_one_lunch_and_no_fault(fed, attempt):
    sids = ["CA" + "a" * 32, "CA" + "b" * 32]
    for sid in sids:
        ring(fed, sid=sid)
    heard = [answer.get_data(as_text=True) for answer in at_once(*[lambda s=s: key(fed, 1, "1", sid=s) for s in sids])]
    assert sorted("Ordered: " in words for words in heard) == [False, True]
    assert sum("already ordered" in words for words in heard) == 1
    assert fed.callbacks == []
    assert len(fed.requests) == 1


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_an_id_that_no_database_holds_is_no_fault_of_ours(fed, number):
    before = everything(fed)
    params = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE, "CallStatus": "completed"}
    for path in ("/voice/placed/{}", "/voice/turn/{}", "/voice/status?call={}"):
        assert post(fed, path.format(number), params).status_code in (204, 404), path
        assert everything(fed) == before, path


def test_that_a_person_took_the_call_is_told_twice_and_noted_once(fed):
    ring(fed)
    key(fed, 1, "0")
    params = {
        "CallSid": "CA" + "9" * 32,
        "ParentCallSid": CALL,
        "AccountSid": ACCOUNT,
        "From": LINE,
        "To": DUTY,
        "Digits": "1",
    }
    post(fed, "/voice/whisper/key", params)
    before = everything(fed)
    post(fed, "/voice/whisper/key", params)
    assert everything(fed) == before


def test_a_text_that_we_sent_does_not_come_in(fed):
    write(fed, "1")
    fed.settle()
    ours = next(message for message in fed.messages if message.direction == "outbound")
    before = everything(fed)
    assert write(fed, "1", sid=ours.message_sid).status_code == 400
    assert everything(fed) == before


def placed(town, *, sid=CALL, made_at=None):
    """A call of ours to Rose that the carrier has taken, as its row stands."""
    with town.database.begin() as session:
        row = Call(
            community_id=town.community_id, direction="outbound", phone=ROSE, says=[["from_staff", {"words": "Hello"}]],
            language="en", cause="from_staff", state="sent", made_at=made_at or town.now, due_at=town.now, attempts=1,
            resident_id=1, call_sid=sid,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def ours(town, path, sid=CALL, **more):
    return post(town, path, {"CallSid": sid, "AccountSid": ACCOUNT, "From": LINE, "To": ROSE, **more})


def test_a_call_given_up_as_lost_and_picked_up_after_all_lives_and_ends_once_more(fed):
    """Our clock had jumped an hour ahead while it rang."""
    call_id = placed(fed)
    end_lost_calls(fed.database, now=fed.now + timedelta(hours=1))
    assert [(call.state, call.attempts) for call in fed.rows(Call, cause="from_staff")] == [("ended", 1), ("queued", 1)]
    assert "Hello" in ours(fed, f"/voice/placed/{call_id}").text
    first, other = fed.rows(Call, cause="from_staff")
    assert (first.state, first.outcome, first.due_at is None) == ("live", None, False)
    assert (other.state, other.due_at) == ("cancelled", None), "she hears it now, and is not rung for it again"
    ours(fed, "/voice/status", CallStatus="completed")
    assert fed.rows(Call, cause="from_staff")[0].state == "ended"


@pytest.mark.parametrize(("news", "state"), [("no-answer", "ended"), ("", "live")])
def test_a_call_whose_fate_is_told_before_its_placing_fails_is_not_placed_again(fed, news, state):
    """The carrier took it and its answer was lost; it rang in vain, or was picked up, before we gave up waiting."""
    call_id = placed(fed, sid=None)
    with fed.database.begin() as session:
        session.get(Call, call_id).state = "sending"
    if news:
        ours(fed, f"/voice/status?call={call_id}", CallStatus=news)
    else:
        ours(fed, f"/voice/placed/{call_id}")
    with fed.database.begin() as session:
        lost = CarrierError("time-out", remedy=Remedy.LOOK)
        note_failure(session, session.get(Call, call_id), lost, now=fed.now)
    assert fed.rows(Call, id=call_id)[0].state == state


def test_a_call_of_ours_is_not_answered_in_the_name_of_another(fed):
    """Somebody's call that was read from the carrier's list has a row, and no turn yet."""
    call_id, other = placed(fed, sid=None), CALL[:-1] + "9"
    placed(fed, sid=other)
    assert ours(fed, f"/voice/placed/{call_id}", sid=other).status_code == 404
    assert ours(fed, f"/voice/placed/{call_id}").status_code == 200
