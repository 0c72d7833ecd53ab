"""Calls through the exchange: people's fingers, our documents, and a clock that is turned by hand."""

import pytest
from exchange_town import BASE, LEE, OURS, ROSE, SAM, Town

from voice.exchange import Answer, ExchangeError


@pytest.fixture
def town():
    return Town()


MENU = '<Gather action="/key" numDigits="1" timeout="8"><Say>For a meal, press 1.</Say></Gather>'


def test_a_caller_hears_the_menu_and_presses_a_key(town):
    town.says("/voice", MENU)
    town.says("/key", "<Say>Thank you.</Say>")
    sid = town.exchange.dial(ROSE, OURS)
    assert town.heard(ROSE) == ["For a meal, press 1."]
    assert town.state(ROSE) == "waiting"
    town.exchange.press(ROSE, "1")
    assert town.asked("/key")[0]["Digits"] == "1"
    assert town.asked("/key")[0]["CallSid"] == sid
    town.wait(10)
    assert town.state(ROSE) == "idle"
    assert town.asked("/status")[0] | {"CallStatus": "completed", "SequenceNumber": "0"} == town.asked("/status")[0]


def test_every_request_carries_what_twilio_tells_and_something_unknown(town):
    town.exchange.dial(ROSE, OURS)
    told = town.asked("/voice")[0]
    assert {"AccountSid", "From", "To", "Caller", "Called", "ApiVersion", "FromCountry", "CalledCity"} <= set(told)
    assert told["Direction"], told["CallStatus"] == ("inbound", "ringing")
    assert told["FromCountry"] == "US"
    assert told["FromCity"] == ""
    assert told["NotYetDocumented"] == "1"


def test_silence_is_counted_from_the_end_of_the_prompt(town):
    town.says("/voice", MENU, "<Say>Are you there?</Say>")
    town.exchange.dial(ROSE, OURS)
    prompt = 5 * 60 / 140
    town.wait(prompt + 7.9)
    assert town.heard(ROSE) == ["For a meal, press 1."]
    town.wait(0.2)
    assert town.heard(ROSE)[-1] == "Are you there?"
    town.wait(5)
    assert town.state(ROSE) == "idle"
    assert town.asked("/key") == []


def test_a_key_interrupts_the_prompt_and_each_digit_starts_the_time_again(town):
    long = "<Say>" + "word " * 100 + "</Say>"
    town.says("/voice", f'<Gather action="/key" timeout="6">{long}</Gather>')
    town.exchange.dial(ROSE, OURS)
    town.exchange.press(ROSE, "1")
    assert town.exchange.handset(ROSE)["heard"][0]["cut"]
    town.wait(5)
    town.exchange.press(ROSE, "2")
    town.wait(5)
    assert town.asked("/key") == []
    town.wait(2)
    assert town.asked("/key")[0]["Digits"] == "12"


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ('timeout="5"', "12#", "12"),
        ('timeout="5" finishOnKey="*"', "1#*", "1#"),
        ('timeout="5" finishOnKey="" numDigits="2"', "#*", "#*"),
        ('timeout="5" numDigits="3"', "123", "123"),
    ],
)
def test_the_finishing_key_is_not_among_the_digits(town, attributes, keys, digits):
    town.says("/voice", f'<Gather action="/key" {attributes}/>')
    town.exchange.dial(ROSE, OURS)
    town.exchange.press(ROSE, keys)
    assert town.asked("/key")[0]["Digits"] == digits


def test_a_lone_hash_is_no_input(town):
    town.says("/voice", '<Gather action="/key"/>', "<Say>next</Say>")
    town.exchange.dial(ROSE, OURS)
    town.exchange.press(ROSE, "#")
    assert town.asked("/key") == []
    assert town.heard(ROSE) == ["next"]


@pytest.mark.parametrize(("reading", "digits"), [("absent", None), ("empty", "")])
def test_silence_asks_the_action_when_the_document_wants_it(town, reading, digits):
    town.exchange.faults.set({"empty_digits": reading})
    town.says("/voice", '<Gather action="/key" actionOnEmptyResult="true"/>')
    town.exchange.dial(ROSE, OURS)
    town.wait(5)
    assert town.asked("/key")[0].get("Digits") == digits


def test_a_hang_up_in_a_gather_gives_only_the_status(town):
    town.says("/voice", MENU)
    town.exchange.dial(ROSE, OURS)
    town.wait(3)
    town.exchange.hang_up(ROSE)
    town.wait(60)
    assert [path for path, _, _ in town.requests] == ["/voice", "/status"]
    assert town.asked("/status")[0]["CallDuration"] == "3"
    with pytest.raises(ExchangeError):
        town.exchange.press(ROSE, "1")


def test_a_key_during_a_say_outside_a_gather_is_lost(town):
    town.says("/voice", "<Say>Hello there.</Say>", MENU)
    town.exchange.dial(ROSE, OURS)
    assert town.exchange.handset(ROSE)["expects"] == ""
    town.exchange.press(ROSE, "1")
    town.wait(2)
    assert town.exchange.handset(ROSE)["expects"] == "keys"
    assert town.asked("/key") == []


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Answer(200, "<Response><Sing/></Response>", "text/xml"), 12200),
        (Answer(200, "<Response>", "text/xml"), 12100),
        (Answer(200, "<Response/>", "application/json"), 12300),
        (Answer(404, "gone", "text/html"), 11200),
        (Answer(500, "oops", "text/html"), 11200),
        (TimeoutError(), 11200),
        (ConnectionError(), 11205),
        (Answer(200, '<Response><Gather action="/k" finishOnKey="##"/></Response>', "text/xml"), 13310),
        (Answer(200, "<Response><Redirect>/voice</Redirect></Response>", "text/xml"), 11215),
        (Answer(302, "", "text/html", location="/voice"), 11215),
    ],
)
def test_a_broken_webhook_is_logged_and_the_caller_hears_an_error(town, page, code):
    town.pages["/voice"] = page
    town.pages["/spare"] = Answer(500, "", "text/plain")
    town.exchange.dial(ROSE, OURS)
    assert town.codes()[0] == code
    assert "application error" in town.heard(ROSE)[0]
    town.wait(1)
    assert town.state(ROSE) == "idle"
    assert town.asked("/status")[0]["CallStatus"] == "completed"


def test_the_fallback_url_is_told_what_went_wrong(town):
    town.pages["/voice"] = Answer(500, "", "text/plain")
    town.says("/spare", "<Say>One moment.</Say>")
    town.exchange.dial(ROSE, OURS)
    assert town.heard(ROSE) == ["One moment."]
    assert town.asked("/spare")[0]["ErrorCode"] == "11200"
    assert town.asked("/spare")[0]["ErrorUrl"] == f"{BASE}/voice"


@pytest.mark.parametrize(
    ("fragment", "failure", "times"),
    [
        ("", ConnectionError(), 2),
        ("", TimeoutError(), 1),
        ("", Answer(500, "", ""), 1),
        ("#rc=2&rp=all", Answer(500, "", ""), 3),
        ("#rc=3&rp=rt", TimeoutError(), 4),
        ("#rc=3&rp=ct,5xx", Answer(404, "", ""), 1),
        ("#rc=0", ConnectionError(), 1),
    ],
)
def test_the_fragment_says_how_often_to_try(town, fragment, failure, times):
    town.pages["/key"] = failure
    town.says("/voice", f"<Redirect>/key{fragment.replace('&', '&amp;')}</Redirect>")
    town.exchange.dial(ROSE, OURS)
    assert len(town.asked("/key")) == times


@pytest.mark.parametrize(("reading", "tokens"), [("same", 1), ("new", 3), ("absent", 0)])
def test_the_idempotency_token_has_three_readings(town, reading, tokens):
    town.exchange.faults.set({"idempotency_token": reading})
    town.pages["/key"] = Answer(500, "", "")
    town.says("/voice", "<Redirect>/key#rc=2&amp;rp=all</Redirect>")
    town.exchange.dial(ROSE, OURS)
    told = [h.get("I-Twilio-Idempotency-Token") for path, _, h in town.requests if path == "/key"]
    assert len(set(told) - {None}) == tokens


def test_a_doubled_webhook_arrives_twice_with_the_same_token(town):
    town.exchange.faults.set({"webhooks_doubled_share": 1})
    town.exchange.dial(ROSE, OURS)
    assert len(town.asked("/voice")) == 2
    assert len({h["I-Twilio-Idempotency-Token"] for _, _, h in town.requests[:2]}) == 1


def test_cookies_last_for_the_call(town):
    town.pages["/voice"] = Answer(200, f"<Response>{MENU}</Response>", "text/xml", cookies=("talk=7; Path=/",))
    town.exchange.dial(ROSE, OURS)
    town.exchange.press(ROSE, "1")
    assert next(h for path, _, h in town.requests if path == "/key")["Cookie"] == "talk=7"


RECORD = '<Record action="/said" timeout="5" maxLength="60" recordingStatusCallback="/ready"/>'


def test_a_message_is_recorded_until_silence(town):
    town.says("/voice", RECORD)
    town.says("/said", "<Say>Thank you.</Say>")
    town.exchange.dial(ROSE, OURS)
    assert town.state(ROSE) == "recording"
    town.exchange.speak(ROSE, "I need a light bulb please")
    town.wait(9)
    said = town.asked("/said")[0]
    assert "Digits" not in said
    assert said["RecordingDuration"] == "3"
    assert said["RecordingUrl"].startswith("http://carrier.example/2010-04-01/Accounts/AC")
    assert town.asked("/ready")[0]["RecordingStatus"] == "completed"
    assert town.asked("/ready")[0]["RecordingSid"] == said["RecordingSid"]
    assert town.heard(ROSE) == ["Thank you."]


def test_hanging_up_ends_a_recording_with_hangup(town):
    town.says("/voice", RECORD)
    town.exchange.dial(ROSE, OURS)
    town.exchange.speak(ROSE, "help")
    town.wait(2)
    town.exchange.hang_up(ROSE)
    assert town.asked("/said")[0]["Digits"] == "hangup"
    assert town.asked("/said")[0]["CallStatus"] == "completed"
    town.wait(5)
    assert [path for path, _, _ in town.requests] == ["/voice", "/said", "/status", "/ready"]


@pytest.mark.parametrize(("reading", "paths"), [("saved", ["/voice", "/said"]), ("absent", ["/voice"])])
def test_an_empty_recording_has_two_readings(town, reading, paths):
    town.exchange.faults.set({"empty_recording": reading})
    town.says("/voice", RECORD, "<Gather action='/key'/>")
    town.says("/said", "<Gather action='/key'/>")
    town.exchange.dial(ROSE, OURS)
    town.wait(5.5)
    assert [path for path, _, _ in town.requests] == paths
    assert town.state(ROSE) == "waiting"


WHISPER = '<Gather action="/accept" numDigits="1" timeout="5"><Say>A call. Press 1.</Say></Gather><Hangup/>'


def bridge(town, number='<Number url="/whisper">' + SAM + "</Number>", attributes='action="/after"'):
    town.says("/voice", f'<Dial callerId="{OURS}" timeout="20" {attributes}>{number}</Dial>', "<Say>further</Say>")
    town.says("/whisper", WHISPER)
    town.exchange.dial(ROSE, OURS)


def test_a_volunteer_accepts_and_the_two_are_connected(town):
    bridge(town)
    assert town.state(SAM) == "ringing"
    town.wait(4)
    town.exchange.answer(SAM)
    assert town.heard(SAM) == ["A call. Press 1."]
    assert town.state(ROSE) == "waiting"
    assert town.asked("/whisper")[0]["Direction"] == "outbound-dial"
    town.exchange.press(SAM, "1")
    assert town.state(ROSE) == "talking"
    town.exchange.speak(ROSE, "good morning")
    assert (
        town.exchange.handset(SAM)["heard"][-1] | {"kind": "person", "text": "good morning"}
        == (town.exchange.handset(SAM)["heard"][-1])
    )
    town.wait(30)
    town.exchange.hang_up(SAM)
    after = town.asked("/after")[0]
    assert (after["DialCallStatus"], after["DialBridged"], after["DialCallDuration"]) == ("completed", "true", "30")
    town.wait(1)
    assert (town.state(ROSE), town.state(SAM)) == ("idle", "idle")


def test_an_answering_machine_does_not_accept(town):
    bridge(town)
    town.exchange.pick_up_by_machine(SAM)
    town.wait(30)
    assert town.asked("/after")[0]["DialCallStatus"] == "no-answer"
    assert town.asked("/after")[0]["DialBridged"] == "false"


def test_nobody_answers_and_the_call_goes_on_in_the_document(town):
    bridge(town, attributes="")
    town.wait(20.5)
    assert town.heard(ROSE) == ["further"]
    assert town.state(SAM) == "idle"


@pytest.mark.parametrize(("finger", "status"), [("decline", "busy"), ("hang_up", "busy")])
def test_a_refused_call_is_busy(town, finger, status):
    bridge(town)
    getattr(town.exchange, finger)(SAM)
    assert town.asked("/after")[0]["DialCallStatus"] == status


def test_the_caller_hangs_up_while_it_rings(town):
    bridge(town)
    town.exchange.hang_up(ROSE)
    assert town.state(SAM) == "idle"
    town.wait(1)
    assert town.asked("/after") == []
    child = next(call for call in town.exchange.plant.ledger.calls if call.direction == "outbound-dial")
    assert child.status == "canceled"


def test_numbers_can_be_rung_one_after_the_other(town):
    both = f"<Number>{SAM}</Number><Number>{LEE}</Number>"
    bridge(town, both, 'action="/after" sequential="true"')
    assert (town.state(SAM), town.state(LEE)) == ("ringing", "idle")
    town.exchange.decline(SAM)
    assert town.state(LEE) == "ringing"
    town.exchange.answer(LEE)
    assert town.state(ROSE) == "talking"
    town.exchange.hang_up(ROSE)
    assert town.state(LEE) == "idle"


def test_numbers_rung_together_stop_when_one_accepts(town):
    both = f'<Number url="/whisper">{SAM}</Number><Number url="/whisper">{LEE}</Number>'
    bridge(town, both)
    assert (town.state(SAM), town.state(LEE)) == ("ringing", "ringing")
    town.exchange.answer(SAM)
    town.exchange.answer(LEE)
    town.exchange.press(LEE, "1")
    assert (town.state(SAM), town.state(LEE)) == ("idle", "talking")


def test_a_foreign_caller_id_fails(town):
    town.says("/voice", f'<Dial callerId="+15559999999" action="/after">{SAM}</Dial>')
    town.exchange.dial(ROSE, OURS)
    assert town.asked("/after")[0]["DialCallStatus"] == "failed"
    assert town.codes() == [13214]


@pytest.mark.parametrize(("reason", "status"), [('reason="busy"', "busy"), ("", "no-answer")])
def test_a_rejected_call_is_never_answered(town, reason, status):
    town.says("/voice", f"<Reject {reason}/>")
    sid = town.exchange.dial(ROSE, OURS)
    call = town.exchange.plant.ledger.calls.get(sid)
    assert (call.status, call.started_at, call.duration_seconds) == (status, None, 0)


def test_a_queue_says_that_it_is_broken(town):
    town.says("/voice", '<Enqueue action="/queued">office</Enqueue>')
    town.exchange.dial(ROSE, OURS)
    assert town.asked("/queued")[0]["QueueResult"] == "system-error"


@pytest.mark.parametrize(
    ("arguments", "shown"), [({"withheld": True}, "anonymous"), ({"from_text": "unknown"}, "unknown"), ({}, ROSE)]
)
def test_a_number_may_be_withheld(town, arguments, shown):
    town.says("/voice", MENU)
    town.exchange.dial(ROSE, OURS, **arguments)
    assert town.asked("/voice")[0]["From"] == shown
    assert town.state(ROSE) == "waiting"


def test_what_is_played_is_asked_for_and_a_missing_file_is_noticed(town):
    town.pages["/hello.wav"] = Answer(200, "RIFF", "audio/wav")
    town.says("/voice", "<Play>/hello.wav</Play>", "<Play>/missing.wav</Play>", MENU)
    town.exchange.dial(ROSE, OURS)
    town.wait(6)
    assert town.codes() == [12300]
    assert town.state(ROSE) == "waiting"


def test_callbacks_may_be_lost_doubled_and_late(town):
    town.exchange.faults.set({"callbacks_doubled_share": 1, "callbacks_delayed_seconds": 4})
    town.exchange.dial(ROSE, OURS)
    town.wait(3)
    assert town.asked("/status") == []
    town.wait(2)
    assert len(town.asked("/status")) == 2
    town.exchange.faults.set({"callbacks_lost_share": 1})
    town.exchange.dial(ROSE, OURS)
    town.wait(10)
    assert len(town.asked("/status")) == 2


def test_impossible_things_are_said_to_be_so(town):
    town.says("/voice", MENU)
    exchange = town.exchange
    exchange.dial(ROSE, OURS)
    wrong = [
        lambda: exchange.dial(ROSE, OURS),
        lambda: exchange.dial(SAM, "+15550199999"),
        lambda: exchange.press(ROSE, "x"),
        lambda: exchange.press(SAM, "1"),
        lambda: exchange.speak(ROSE, "hello"),
        lambda: exchange.answer(ROSE),
        lambda: exchange.hang_up(SAM),
        lambda: exchange.text(ROSE, OURS, "hello"),
        lambda: exchange.text(SAM, OURS, ""),
    ]
    for attempt in wrong:
        with pytest.raises(ExchangeError, match=r"\.$"):
            attempt()


def test_speech_is_heard_where_the_document_listens(town):
    town.says("/voice", '<Gather action="/key" input="dtmf speech"><Say>Say something.</Say></Gather>')
    town.exchange.dial(ROSE, OURS)
    town.exchange.speak(ROSE, "soup please")
    assert town.asked("/key")[0]["SpeechResult"] == "soup please"
    assert "Confidence" in town.asked("/key")[0]


def test_a_conversation_ends_by_star_or_when_its_time_is_up(town):
    for attributes, end in (('hangupOnStar="true"', lambda: town.exchange.press(ROSE, "*")), ('timeLimit="9"', bool)):
        bridge(town, f"<Number>{SAM}</Number>", attributes)
        town.exchange.answer(SAM)
        assert town.state(ROSE) == "talking"
        end()
        town.wait(10)
        assert (town.state(ROSE), town.state(SAM)) == ("idle", "idle")
        assert town.heard(ROSE)[-1] == "further"


def test_the_other_number_rings_on_when_one_is_busy_or_refuses(town):
    town.says("/voice", MENU)
    town.exchange.dial(SAM, OURS)
    bridge(town, f"<Number>{SAM}</Number><Number>{LEE}</Number>")
    assert town.state(LEE) == "ringing"
    town.exchange.decline(LEE)
    assert town.asked("/after")[0]["DialCallStatus"] == "busy"


def test_a_called_number_tells_its_own_progress(town):
    bridge(town, f'<Number statusCallback="/leg" statusCallbackEvent="ringing answered completed">{SAM}</Number>')
    town.exchange.answer(SAM)
    town.exchange.hang_up(SAM)
    town.wait(1)
    assert [told["StatusCallbackEvent"] for told in town.asked("/leg")] == ["ringing", "answered", "completed"]
    assert {told["ParentCallSid"] for told in town.asked("/leg")} == {town.asked("/voice")[0]["CallSid"]}


@pytest.mark.parametrize(("reading", "status"), [("no-answer", "no-answer"), ("completed", "completed")])
def test_a_refusal_in_the_whisper_has_two_readings(town, reading, status):
    town.exchange.faults.set({"refused_whisper": reading})
    bridge(town)
    town.exchange.answer(SAM)
    town.exchange.hang_up(SAM)
    told = town.asked("/after")[0]
    assert (told["DialCallStatus"], told["DialBridged"], "DialCallDuration" in told) == (status, "false", False)


def test_slow_words_last_longer(town):
    say = '<Say voice="Polly.Joanna">{}</Say>'
    words = "word " * 14
    for inside, seconds in (
        (words, 6),
        (f'<prosody rate="50%">{words}</prosody>', 12),
        (f'{words}<break time="1500ms"/>', 7.5),
        ("饭" * 17, 6),
    ):
        town.says("/voice", say.format(inside))
        town.exchange.dial(ROSE, OURS)
        assert town.exchange.next_due() - town.seconds == pytest.approx(seconds, rel=0.01)
        town.exchange.hang_up(ROSE)
        town.exchange.tick()


@pytest.mark.parametrize(("status", "method"), [(302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_webhook_may_send_us_elsewhere(town, status, method):
    town.pages["/voice"] = Answer(status, "", "text/html", location="/moved?x=1")
    town.says("/moved", MENU)
    town.exchange.dial(ROSE, OURS)
    assert town.methods == [("POST", "/voice"), (method, "/moved")]
    assert town.heard(ROSE) == ["For a meal, press 1."]


def test_silence_in_a_recording_is_counted_from_the_last_word(town):
    town.says("/voice", RECORD)
    town.says("/said", MENU)
    town.exchange.dial(ROSE, OURS)
    town.wait(4)
    town.exchange.speak(ROSE, "one two three four five six seven")
    town.wait(7.9)
    assert town.asked("/said") == []
    town.wait(0.2)
    assert town.asked("/said")[0]["RecordingDuration"] == "7"


def test_a_recording_is_no_longer_than_allowed(town):
    town.says("/voice", RECORD)
    town.exchange.dial(ROSE, OURS)
    town.exchange.speak(ROSE, "word " * 200)
    town.wait(59.9)
    assert town.asked("/said") == []
    town.wait(0.2)
    assert town.asked("/said")[0]["RecordingDuration"] == "60"


def test_who_has_answered_may_finish_the_whisper_when_the_others_stop_ringing(town):
    bridge(town, f'<Number url="/whisper">{SAM}</Number><Number>{LEE}</Number>')
    town.wait(18)
    town.exchange.answer(SAM)
    town.wait(3)
    assert (town.state(SAM), town.state(LEE)) == ("waiting", "idle")
    town.exchange.press(SAM, "1")
    assert town.state(ROSE) == "talking"


def test_digits_can_be_played(town):
    town.says("/voice", '<Play digits="1ww2"/>', MENU)
    town.exchange.dial(ROSE, OURS)
    assert town.exchange.next_due() == 2.0
    assert [path for _, path in town.methods] == ["/voice"]


@pytest.mark.parametrize(
    ("page", "kind", "text"),
    [
        (Answer(200, "<Response><Say>hello</Say></Response>", "application/xml"), "say", "hello"),
        (Answer(200, "<Response><Say>hello</Say></Response>", "text/html; charset=utf-8"), "say", "hello"),
        (Answer(200, "<Response><Say>hello</Say></Response>", "text/plain"), "say", "hello"),
        (Answer(200, "just words", "text/plain"), "say", "just words"),
        (Answer(200, "RIFF", "audio/wav"), "play", f"{BASE}/voice"),
    ],
)
def test_an_answer_is_understood_by_its_type(town, page, kind, text):
    town.pages["/voice"] = page
    town.exchange.dial(ROSE, OURS)
    assert [(e["kind"], e["text"]) for e in town.exchange.handset(ROSE)["heard"]] == [(kind, text)]
    assert town.codes() == []


def test_an_endless_loop_lasts_a_thousand_times(town):
    town.says("/voice", '<Say loop="0">one two three four five six seven</Say>')
    town.exchange.dial(ROSE, OURS)
    assert town.exchange.next_due() == pytest.approx(3000)
