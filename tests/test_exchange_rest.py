"""The exchange's REST interface, asked by Twilio's own client."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from exchange_town import BASE, LEE, OURS, ROSE, SAM, TOKEN, Town
from flask import Flask
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from voice.exchange.rest import rest_blueprint

ACCOUNT = "AC" + "0" * 32


class ThroughFlask(HttpClient):
    """Twilio's client talks to a Flask test client instead of the network."""

    def __init__(self, app):
        super().__init__(None, False, None)
        self._web = app.test_client()

    def request(self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, **more):
        parts = urlsplit(url)
        answer = self._web.open(
            parts.path,
            method=method,
            query_string=parts.query or params,
            data=data,
            headers={name: value for name, value in (headers or {}).items() if name != "Content-Type"},
            auth=auth,
        )
        return Response(answer.status_code, answer.text, dict(answer.headers))


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def app(town):
    app = Flask("exchange-tests")
    app.register_blueprint(rest_blueprint(town.exchange), url_prefix="/exchange")
    return app


def client_of(app, token=TOKEN):
    client = Client(ACCOUNT, token, http_client=ThroughFlask(app))
    client.api.base_url = "http://carrier.example/exchange"
    return client


@pytest.fixture
def client(app):
    return client_of(app)


def send(client, to=SAM, body="Hello", **more):
    return client.messages.create(to=to, from_=OURS, body=body, **more)


def statuses(town, sid):
    return [told["MessageStatus"] for told in town.asked("/sms/status") if told["MessageSid"] == sid]


CALLBACK = {"status_callback": f"{BASE}/sms/status"}


def test_a_text_is_queued_sent_and_delivered(town, client):
    message = send(client, **CALLBACK)
    assert (message.status, message.num_segments, message.num_media, message.price) == ("queued", "1", "0", None)
    assert message.date_created == datetime(2026, 3, 1, 12, tzinfo=UTC)
    town.exchange.tick()
    assert statuses(town, message.sid) == ["sent", "delivered"]
    assert client.messages(message.sid).fetch().status == "delivered"
    [text] = town.exchange.handset(SAM)["thread"]
    assert (text["direction"], text["body"], text["status"]) == ("received", "Hello", "delivered")


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [(ROSE, "undelivered", "30006"), (LEE, "undelivered", "30003"), ("+15550177777", "sent", None)],
)
def test_some_telephones_take_no_texts(town, client, to, status, code):
    town.exchange.switch_off(LEE)
    message = send(client, to, **CALLBACK)
    town.exchange.tick()
    assert statuses(town, message.sid)[-1] == status
    assert town.asked("/sms/status")[-1].get("ErrorCode") == code
    assert str(client.messages(message.sid).fetch().error_code or "") == (code or "")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12345"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"from_": "+15559999999"}, 21606),
        ({"body": "x" * 1601}, 21617),
        ({"body": ""}, 21602),
    ],
)
def test_wrong_texts_are_refused_with_twilios_numbers(client, fields, code):
    with pytest.raises(TwilioRestException) as refusal:
        client.messages.create(**({"to": SAM, "from_": OURS, "body": "Hello"} | fields))
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_the_magic_sender_may_always_send(client):
    assert client.messages.create(to=SAM, from_="+15005550006", body="Hello").status == "queued"


@pytest.mark.parametrize("word", ["STOP", " stop ", "Cancel", "END", "quit"])
def test_who_says_stop_gets_no_more_texts_until_start(town, client, word):
    town.exchange.text(SAM, OURS, word)
    town.exchange.tick()
    assert town.asked("/sms")[0]["Body"] == word
    assert "OptOutType" not in town.asked("/sms")[0]
    town.exchange.text(SAM, OURS, word)
    town.exchange.tick()
    replies = [text["body"] for text in town.exchange.handset(SAM)["thread"] if text["direction"] == "received"]
    assert len(replies) == 1
    assert "unsubscribed" in replies[0]
    with pytest.raises(TwilioRestException) as refusal:
        send(client)
    assert refusal.value.code == 21610
    town.exchange.text(SAM, OURS, "start")
    town.exchange.tick()
    assert send(client).status == "queued"


def test_a_messaging_service_refuses_the_opted_out_later(town, client):
    town.exchange.text(SAM, OURS, "STOP")
    town.exchange.tick()
    message = client.messages.create(to=SAM, messaging_service_sid="MG" + "1" * 32, body="Hello", **CALLBACK)
    assert message.status == "accepted"
    town.exchange.tick()
    assert town.asked("/sms/status")[-1]["ErrorCode"] == "21610"


def test_a_messaging_service_tells_of_the_queue_too(town, client):
    message = client.messages.create(to=SAM, messaging_service_sid="MG" + "1" * 32, body="Hello", **CALLBACK)
    assert (message.from_, message.messaging_service_sid) == (OURS, "MG" + "1" * 32)
    town.exchange.tick()
    assert statuses(town, message.sid) == ["queued", "sent", "delivered"]


def test_a_text_goes_to_the_spare_webhook_when_the_first_fails(town):
    town.pages["/sms"] = TimeoutError()
    town.exchange.text(SAM, OURS, "hello")
    town.exchange.tick()
    assert (town.asked("/sms/spare")[0]["Body"], town.asked("/sms/spare")[0]["ErrorCode"]) == ("hello", "11200")


def test_a_queued_text_can_be_cancelled(town, client):
    message = send(client)
    assert client.messages(message.sid).update(status="canceled").status == "canceled"
    town.exchange.tick()
    assert town.exchange.handset(SAM)["thread"] == []


def test_a_word_with_more_around_it_stops_nothing(town, client):
    town.exchange.text(SAM, OURS, "please cancel my lunch")
    town.exchange.tick()
    assert send(client).status == "queued"


def test_a_texts_webhook_may_answer(town):
    town.says("/sms", "<Message>One</Message>", "<Message><Body>Two</Body></Message>")
    sid = town.exchange.text(SAM, OURS, "hello", media=1)
    town.exchange.tick()
    told = town.asked("/sms")[0]
    assert (told["MessageSid"], told["NumMedia"], told["NumSegments"], told["Body"]) == (sid, "1", "1", "hello")
    assert told["MediaContentType0"] == "image/jpeg"
    assert [text["body"] for text in town.exchange.handset(SAM)["thread"]] == ["hello", "One", "Two"]


@pytest.mark.parametrize(
    ("body", "segments"),
    [("x" * 160, "1"), ("x" * 161, "2"), ("x" * 1600, "11"), ("你" * 70, "1"), ("你" * 71, "2"), ("你" * 1600, "24"),
     ("x" * 152 + "{" + "x" * 152, "3"), ("€" * 80, "1"), ("a ’", "1"), ("x" * 70 + "’", "2"), ("ç" * 71, "2")],
)  # fmt: skip
def test_segments_are_counted_as_the_carrier_does(client, body, segments):
    assert send(client, body=body).num_segments == segments


def test_a_long_code_sends_a_segment_a_second_and_forgets_what_waits_too_long(town, client):
    town.exchange.faults.set({"segments_per_second": 1})
    long, short = send(client, body="x" * 400), send(client)
    late = send(client, validity_period=2)
    town.wait(1)
    assert [client.messages(m.sid).fetch().status for m in (long, short)] == ["delivered", "queued"]
    town.wait(2.5)
    assert client.messages(short.sid).fetch().status == "delivered"
    town.wait(1)
    late = client.messages(late.sid).fetch()
    assert (late.status, late.error_code) == ("failed", 30036)


def test_lists_are_newest_first_filtered_and_paged(town, client):
    sids = []
    for n in range(5):
        sids.append(send(client, body=str(n)).sid)
        town.exchange.tick()
        town.seconds += 60
    send(client, to=LEE)
    town.exchange.tick()
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert [m.sid for m in client.messages.list(to=SAM)] == sids[::-1]
    assert [m.sid for m in client.messages.list(to=SAM, page_size=2)] == sids[::-1]
    assert [m.body for m in client.messages.list(to=SAM, date_sent_after=noon + timedelta(minutes=3))] == ["4", "3"]
    assert [m.body for m in client.messages.list(to=SAM, date_sent_before=noon + timedelta(minutes=1))] == ["1", "0"]
    assert client.messages.list(from_="+15550111111") == []
    assert len(client.messages.list(date_sent=noon.date())) == 6
    assert client.messages.list(date_sent=noon.date() - timedelta(days=1)) == []


def test_the_books_keep_the_last_five_thousand_and_every_open_one(town, client):
    town.exchange.faults.set({"segments_per_second": 0.001})
    waiting = [send(client).sid for _ in range(2)][1]
    town.exchange.tick()
    town.exchange.faults.set({"segments_per_second": 0})
    for n in range(5000):
        town.exchange.create_message({"To": [SAM], "From": [OURS], "Body": [str(n)]})
        town.exchange.tick()
    kept = town.exchange.plant.ledger.messages.newest_first()
    assert len(kept) == 5000
    assert kept[0].body == "4999"
    assert kept[-1].sid == waiting


def test_lists_may_lag_behind(town, client):
    town.exchange.faults.set({"list_lag_seconds": 5})
    send(client)
    assert client.messages.list() == []
    town.seconds += 5
    assert len(client.messages.list()) == 1


@pytest.mark.parametrize(
    ("switch", "status", "code", "kept"),
    [
        ({"rest_429_next": 1}, 429, 20429, 0),
        ({"rest_503_next": 1}, 503, 20503, 0),
        ({"is_down": True}, 503, 20503, 0),
        ({"answers_lost_next": 1}, 500, 500, 1),
    ],
)
def test_the_interface_can_be_made_to_fail(town, client, switch, status, code, kept):
    town.exchange.faults.set(switch)
    with pytest.raises(TwilioRestException) as refusal:
        send(client)
    assert (refusal.value.status, refusal.value.code) == (status, code)
    town.exchange.faults.set({"is_down": False})
    assert len(client.messages.list()) == kept
    send(client)


def test_wrong_credentials_are_refused(app):
    for token in ("wrong", " ", "é"):
        with pytest.raises(TwilioRestException) as refusal:
            send(client_of(app, token))
        assert (refusal.value.status, refusal.value.code) == (401, 20003)
    web = app.test_client()
    assert web.get(f"/exchange/2010-04-01/Accounts/{ACCOUNT}.json", auth=("AC1", TOKEN)).status_code == 401
    other = "AC" + "1" * 32
    assert web.get(f"/exchange/2010-04-01/Accounts/{other}.json", auth=(ACCOUNT, TOKEN)).status_code == 404
    assert web.get(f"/exchange/2010-04-01/Accounts/{ACCOUNT}/Messages.json").status_code == 401


def test_what_is_not_there_is_not_found(client):
    nothing = "0" * 32
    for missing in (client.messages("SM" + nothing), client.calls("CA" + nothing), client.recordings("RE" + nothing)):
        with pytest.raises(TwilioRestException) as refusal:
            missing.fetch()
        assert (refusal.value.status, refusal.value.code) == (404, 20404)


def ring(client, to=SAM, **more):
    told = {"url": f"{BASE}/check", "status_callback": f"{BASE}/progress", "timeout": 20,
            "status_callback_event": ["initiated", "ringing", "answered", "completed"]}  # fmt: skip
    return client.calls.create(to=to, from_=OURS, **(told | more))


def progress(town):
    names = ("StatusCallbackEvent", "CallStatus", "SequenceNumber")
    return [tuple(told[name] for name in names) for told in town.asked("/progress")]


def test_a_call_of_ours_rings_is_answered_and_ends(town, client):
    town.says("/check", '<Gather action="/key" numDigits="1"><Say>Press 1 if you are well.</Say></Gather>')
    call = ring(client)
    assert call.status == "queued"
    town.exchange.tick()
    assert town.exchange.handset(SAM)["state"] == "ringing"
    assert client.calls(call.sid).fetch().status == "ringing"
    town.wait(6)
    town.exchange.answer(SAM)
    assert town.asked("/check")[0]["Direction"] == "outbound-api"
    town.wait(3)
    town.exchange.press(SAM, "1")
    town.wait(1)
    assert progress(town) == [
        ("initiated", "initiated", "0"), ("ringing", "ringing", "1"), ("answered", "in-progress", "2"),
        ("completed", "completed", "3"),
    ]  # fmt: skip
    assert town.asked("/progress")[-1]["CallDuration"] == "3"
    done = client.calls(call.sid).fetch()
    assert (done.status, done.duration, done.direction) == ("completed", "3", "outbound-api")
    assert [c.sid for c in client.calls.list(to=SAM, status="completed")] == [call.sid]


@pytest.mark.parametrize(
    ("happens", "status"),
    [(lambda town: None, "no-answer"), (lambda town: town.exchange.decline(SAM), "busy")],
)
def test_a_call_of_ours_may_fail(town, client, happens, status):
    call = ring(client)
    town.exchange.tick()
    happens(town)
    town.wait(21)
    assert client.calls(call.sid).fetch().status == status
    assert town.asked("/check") == []
    assert progress(town)[-1] == ("completed", status, "2")


def test_a_telephone_in_a_call_is_busy_and_one_switched_off_does_not_answer(town, client):
    town.says("/voice", '<Gather action="/key"/>')
    town.exchange.dial(SAM, OURS)
    town.exchange.switch_off(LEE)
    busy, off = ring(client), ring(client, LEE)
    town.exchange.tick()
    assert [client.calls(c.sid).fetch().status for c in (busy, off)] == ["busy", "no-answer"]


@pytest.mark.parametrize(
    ("asked", "finger", "by"),
    [
        ({"machine_detection": "Enable"}, "answer", "human"),
        ({"machine_detection": "Enable"}, "pick_up_by_machine", "machine_start"),
        ({"machine_detection": "DetectMessageEnd"}, "pick_up_by_machine", "machine_end_silence"),
        ({}, "pick_up_by_machine", None),
        ({}, "answer", None),
    ],
)
def test_a_machine_is_told_only_when_asked(town, client, asked, finger, by):
    town.says("/check", '<Gather action="/key" timeout="60"/>')
    call = ring(client, **asked)
    town.exchange.tick()
    getattr(town.exchange, finger)(SAM)
    assert town.asked("/check")[0].get("AnsweredBy") == by
    assert client.calls(call.sid).fetch().answered_by == by
    town.wait(21)
    assert town.state(SAM) == ("waiting" if finger == "answer" else "idle")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12345"}, 21211),
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550002"}, 21214),
        ({"to": "+15005550003"}, 21215),
        ({"to": "+15005550004"}, 21216),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15559999999"}, 21210),
        ({"url": "/relative"}, 21205),
        ({"twiml": "<Response/>" + " " * 4000}, 32018),
    ],
)
def test_wrong_calls_are_refused_with_twilios_numbers(client, fields, code):
    with pytest.raises(TwilioRestException) as refusal:
        client.calls.create(**({"to": SAM, "from_": OURS, "url": BASE} | fields))
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_a_call_can_be_stopped_or_turned_elsewhere(town, client):
    town.says("/check", '<Gather action="/key" timeout="60"/>')
    town.says("/other", '<Say>Something else.</Say><Gather action="/key"/>')
    call = ring(client)
    with pytest.raises(TwilioRestException):
        client.calls(call.sid).update(url=f"{BASE}/other")
    town.exchange.tick()
    town.exchange.answer(SAM)
    client.calls(call.sid).update(url=f"{BASE}/other")
    town.exchange.tick()
    assert town.heard(SAM) == ["Something else."]
    client.calls(call.sid).update(twiml='<Response><Gather action="/relative"/></Response>')
    town.exchange.tick()
    town.exchange.press(SAM, "1#")
    assert town.codes() == [11100]
    assert town.state(SAM) == "idle"
    with pytest.raises(TwilioRestException) as refusal:
        client.calls(call.sid).update(status="completed")
    assert refusal.value.code == 21220


def test_a_call_cancelled_while_queued_tells_nobody(town, client):
    call = ring(client)
    assert client.calls(call.sid).update(status="canceled").status == "canceled"
    town.exchange.tick()
    assert town.asked("/progress") == []
    assert town.exchange.handset(SAM)["call_sid"] is None
    ringing = ring(client)
    town.exchange.tick()
    client.calls(ringing.sid).update(status="canceled")
    town.exchange.tick()
    assert client.calls(ringing.sid).fetch().status == "canceled"
    assert town.state(SAM) == "idle"


def test_recordings_are_listed_heard_and_deleted(town, app, client):
    town.says("/voice", '<Record action="/said" timeout="3"/>')
    sid = town.exchange.dial(ROSE, OURS)
    town.exchange.speak(ROSE, "my tap drips")
    town.exchange.press(ROSE, "#")
    [recording] = client.recordings.list(call_sid=sid)
    where = f"/exchange/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording.sid}"
    web = app.test_client()
    assert web.get(where + ".wav", auth=(ACCOUNT, TOKEN)).status_code == 404
    town.wait(1)
    assert client.recordings(recording.sid).fetch().status == "completed"
    sound = web.get(where + ".wav", auth=(ACCOUNT, TOKEN))
    assert (sound.status_code, sound.data[:4]) == (200, b"RIFF")
    assert web.get(where, auth=(ACCOUNT, TOKEN)).data == sound.data
    assert web.get(where + ".wav").status_code == 401
    assert client.recordings(recording.sid).delete()
    assert client.recordings.list() == []


def test_the_account_and_its_numbers(client):
    assert client.api.accounts(ACCOUNT).fetch().status == "active"
    assert [number.phone_number for number in client.incoming_phone_numbers.list()] == [OURS]
    assert client.api.account.balance.fetch().currency == "USD"


def test_a_number_says_where_its_calls_and_texts_go_and_what_takes_over(client):
    [number] = client.incoming_phone_numbers.list(phone_number=OURS)
    assert (number.voice_url, number.voice_method) == (f"{BASE}/voice", "POST")
    assert (number.voice_fallback_url, number.voice_fallback_method) == (f"{BASE}/spare", "POST")
    assert (number.status_callback, number.sms_url) == (f"{BASE}/status", f"{BASE}/sms")
    assert (number.voice_application_sid, number.trunk_sid, number.capabilities["voice"]) == ("", None, True)
    assert client.incoming_phone_numbers.list(phone_number=ROSE) == []


def test_a_messaging_service_leaves_what_comes_in_to_the_number(client):
    client.messaging.base_url = "http://carrier.example/exchange"
    service = client.messaging.v1.services("MG" + "1" * 32).fetch()
    assert service.use_inbound_webhook_on_number is True
    with pytest.raises(TwilioRestException) as refused:
        client.messaging.v1.services("MG1").fetch()
    assert refused.value.status == 404
