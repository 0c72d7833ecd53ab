"""What was promised leaves once: through outages, past what is broken, by the second number where there is one."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from town import DUTY, KARL, LINE, PUBLIC, ROSE
from twilio.request_validator import RequestValidator

from models.places import Community
from models.traffic import Call, Delivery, Direction, Message
from voice.exchange import Line

SECOND = "+12125550199"


@pytest.fixture
def fed(town):
    """A town with Rose and Karl, lunch, and somebody on duty."""
    town.resident("Rose Miller", ROSE)
    town.resident("Karl May", KARL)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup", "Noodles")
    return town


def promise(town, phone, prompt="main_person", *, urgent=False, hours=24.0, resident_id=None):
    """A text that is due now."""
    with town.database.begin() as session:
        row = Message(
            community_id=town.community_id, direction=Direction.OUTBOUND, phone=phone, says=[[prompt, {}]], cause=prompt,
            language="en", state=Delivery.QUEUED, is_urgent=urgent, made_at=town.now, due_at=town.now,
            expires_at=town.now + timedelta(hours=hours), resident_id=resident_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def message(town, row_id):
    return next(m for m in town.messages if m.id == row_id)


def posts(town):
    return len([1 for method, path in town.sends if method == "POST" and path.endswith("Messages.json")])


# --- what is broken -------------------------------------------------------------------------------------------------


def test_a_text_that_breaks_us_is_parked_and_shown_and_delays_nobody(fed):
    poison = promise(fed, KARL, "there_is_no_such_sentence", urgent=True)
    good = promise(fed, ROSE)
    fed.settle()
    assert message(fed, good).state is Delivery.DELIVERED
    fed.wait(minutes=30)
    assert message(fed, poison).state is Delivery.FAILED
    assert message(fed, poison).attempts == 5
    assert [(str(a.kind), a.details["thing"]) for a in fed.alerts] == [("broken", f"message {poison}")]
    late = promise(fed, ROSE)
    fed.settle()
    assert message(fed, late).state is Delivery.DELIVERED


# --- outages --------------------------------------------------------------------------------------------------------


def test_an_outage_costs_one_attempt_at_a_time_and_is_one_alert(fed):
    numbers = [f"+1212555{n:04d}" for n in range(300, 330)]
    for number in numbers:
        fed.telephone(number)
        promise(fed, number)
    fed.exchange.faults.set({"is_down": True})
    fed.wait(minutes=10)
    assert posts(fed) <= 25
    assert [str(a.kind) for a in fed.alerts] == ["carrier_down"]
    fed.exchange.faults.set({"is_down": False})
    fed.wait(minutes=5)
    assert [len(fed.telephone(number).inbox) for number in numbers] == [1] * len(numbers)
    assert fed.alerts == []


def test_what_is_urgent_leaves_first_when_the_carrier_is_well_again(fed):
    fed.exchange.faults.set({"is_down": True})
    for n in range(300, 370):
        fed.telephone(f"+1212555{n:04d}")
        promise(fed, f"+1212555{n:04d}")
    fed.wait(minutes=2)
    promise(fed, ROSE, urgent=True)
    fed.exchange.faults.set({"is_down": False})
    fed.wait(minutes=3)
    left = [text.to for text in reversed(fed.exchange.plant.ledger.messages.newest_first())]
    assert left.index(ROSE) <= 2  # behind those that tried the line
    assert len(left) == 71


def test_what_is_not_worth_sending_any_more_ends_and_the_resident_is_reached_by_staff(fed):
    fed.exchange.faults.set({"is_down": True})
    promise(fed, KARL)
    rows = [promise(fed, ROSE, hours=0.5, resident_id=1), promise(fed, KARL, hours=0.5, resident_id=2)]
    fed.wait(hours=1)
    assert {message(fed, row).state for row in rows} == {Delivery.EXPIRED}
    assert sorted(str(a.kind) for a in fed.alerts) == ["carrier_down", "unreached", "unreached"]


def test_perhaps_sent_is_said_where_nobody_can_know(fed):
    fed.exchange.faults.set({"answers_lost_next": 1})
    row = promise(fed, ROSE, hours=0.2, resident_id=1)
    fed.settle()
    fed.exchange.faults.set({"is_down": True})
    fed.wait(minutes=20)
    assert (message(fed, row).state, message(fed, row).error_code) == (Delivery.EXPIRED, "perhaps_sent")
    assert len(fed.telephone(ROSE).inbox) == 1


def test_a_lagging_list_does_not_double_a_text(fed):
    fed.exchange.faults.set({"answers_lost_next": 1, "list_lag_seconds": 30})
    row = promise(fed, ROSE)
    fed.wait(minutes=5)
    assert message(fed, row).state is Delivery.DELIVERED or message(fed, row).state is Delivery.SENT
    assert len(fed.telephone(ROSE).inbox) == 1


def test_too_many_requests_is_waited_out(fed):
    fed.exchange.faults.set({"rest_429_next": 3})
    rows = [promise(fed, ROSE), promise(fed, KARL)]
    fed.wait(minutes=10)
    assert {message(fed, row).state for row in rows} == {Delivery.DELIVERED}
    assert (len(fed.telephone(ROSE).inbox), len(fed.telephone(KARL).inbox)) == (1, 1)


# --- the second number ----------------------------------------------------------------------------------------------


@pytest.fixture
def twice(fed):
    """The community has a second number."""
    with fed.database.begin() as session:
        session.execute(sa.update(Community).values(second_number=SECOND))
    fed._lines = lambda: [Line(n, f"{PUBLIC}/voice", f"{PUBLIC}/sms", f"{PUBLIC}/voice/status") for n in (LINE, SECOND)]
    fed.exchange.plant.lines = fed._lines
    return fed


def test_while_the_first_number_fails_texts_leave_by_the_second(twice, monkeypatch):
    monkeypatch.setattr("voice.claims.SAME_AN_HOUR", 10)  # Karl is told the same each minute
    twice.exchange.faults.lines_down.add(LINE)
    for n in range(300, 303):
        twice.telephone(f"+1212555{n:04d}")
        promise(twice, f"+1212555{n:04d}")
    twice.wait(minutes=3)
    urgent = promise(twice, ROSE, urgent=True)
    twice.seconds(1)
    assert message(twice, urgent).is_by_second
    assert len(twice.telephone(ROSE).inbox) == 1
    twice.wait(minutes=3)
    assert {m.state for m in twice.messages} == {Delivery.DELIVERED}
    assert "carrier_down" in [str(a.kind) for a in twice.alerts]
    twice.exchange.faults.lines_down.clear()
    for minute in range(5):
        later = promise(twice, KARL)
        twice.wait(minutes=1)
        assert message(twice, later).state is Delivery.DELIVERED, minute
    assert not message(twice, later).is_by_second
    assert twice.alerts == []


def test_the_second_number_is_answered_like_the_first(twice):
    rose = twice.telephone(ROSE)
    twice.exchange.dial(ROSE, SECOND)
    twice.settle()
    assert "press 1" in rose.heard
    assert "Ordered" in rose.press("1")
    rose.hang_up()
    call = twice.rows(Call)[0]
    assert (call.is_by_second, str(call.outcome)) == (True, "ordered")


def test_a_second_account_signs_with_its_own_token(found_town):
    first, second = "AC" + "0" * 32, "AC" + "9" * 32
    town = found_town(
        environ={"LINLI_SECOND_CARRIER__ACCOUNT_SID": second, "LINLI_SECOND_CARRIER__AUTH_TOKEN": "u" * 32}
    )

    def text(sid, account, token):
        params = {"MessageSid": sid, "AccountSid": account, "From": ROSE, "To": LINE, "Body": "hello"}
        signed = RequestValidator(token).compute_signature(f"{PUBLIC}/sms", params)
        headers = {"X-Twilio-Signature": signed}
        return town.app.test_client().post("/sms", base_url=PUBLIC, data=params, headers=headers).status_code

    assert text("SM" + "1" * 32, first, "t" * 32) == 200
    assert text("SM" + "2" * 32, second, "u" * 32) == 200
    assert text("SM" + "3" * 32, second, "t" * 32) == 403
    assert text("SM" + "4" * 32, first, "u" * 32) == 403
    assert text("SM" + "5" * 32, "AC" + "7" * 32, "u" * 32) == 400


def test_while_the_first_account_is_down_texts_leave_by_the_second(twice):
    from types import SimpleNamespace

    from flask import Flask
    from town import Exchange, FlaskHttp, Handset

    from voice.carrier.client import Account, Carrier
    from voice.carrier.ways import Ways
    from voice.exchange.rest import rest_blueprint
    from voice.outbox import Outbox

    second_account = Account("AC" + "9" * 32, "u" * 32, PUBLIC + "/exchange")
    other = Exchange(
        account_sid=second_account.sid, auth_token=second_account.token, lines=twice._lines, now=twice.clock.now,
        directory=lambda: [Handset(ROSE, "Rose")], elapsed=lambda: twice.elapsed, fetch=twice._fetch,
        api_base=second_account.api_base,
    )  # fmt: skip
    office = Flask("another carrier")
    office.register_blueprint(rest_blueprint(other), url_prefix="/exchange")
    second = Carrier(second_account, http=FlaskHttp(SimpleNamespace(app=office, sends=[], wire=[], is_cut=False)))
    outbox = Outbox(twice.database, Ways(twice.house.outbox._ways.first.carrier, second), public_url=PUBLIC)
    twice.exchange.faults.set({"is_down": True})
    first_try = promise(twice, KARL)
    for _ in range(12):
        twice.clock.shown += timedelta(seconds=20)
        outbox.send_due(now=twice.now)
    row = promise(twice, ROSE, urgent=True)
    outbox.send_due(now=twice.now)
    other.tick()
    assert message(twice, row).is_by_second
    assert [entry["body"] for entry in other.handset(ROSE)["thread"]] == ["Linli: 0 a person."]
    assert message(twice, first_try).state in (Delivery.UNKNOWN, Delivery.QUEUED, Delivery.SENT)
    other.faults.set({"answers_lost_next": 1})  # a lost answer of the second is looked for in the second's list
    lost = promise(twice, ROSE, urgent=True)
    for _ in range(8):
        outbox.send_due(now=twice.now)
        other.tick()
        twice.clock.shown += timedelta(seconds=20)
    assert message(twice, lost).message_sid
    assert len(other.handset(ROSE)["thread"]) == 2
