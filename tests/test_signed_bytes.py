"""The carrier's signature holds for bytes in a row: whoever cuts the same bytes elsewhere is refused, whoever writes a
number in another way is nobody we know."""

import re
from pathlib import Path

import pytest
from test_webhooks import ACCOUNT, CALL, TEXT, everything, post, ring
from town import LINE, PUBLIC, ROSE
from twilio.request_validator import RequestValidator

from models.traffic import Call, Message
from voice.carrier import forms

OTHER = "CA" + "9" * 32
ENDS = {"AccountSid": ACCOUNT, "From": ROSE, "FromCity": "NEW YORK", "To": LINE, "ToCity": "", "ToZip": "10001"}
A_TEXT = {**ENDS, "ApiVersion": "2010-04-01", "MessageSid": TEXT, "SmsSid": TEXT, "NumMedia": "0"}
A_KEY = {**ENDS, "CallSid": CALL, "CallStatus": "in-progress", "CallerZip": "10001", "Direction": "inbound"}
AN_END = {**ENDS, "CallSid": CALL, "CallStatus": "completed", "Called": LINE}
NEWS = {**ENDS, "MessageSid": TEXT, "MessageStatus": "failed", "ErrorCode": "30005"}


@pytest.fixture
def rose(town):
    town.resident("Rose Miller", ROSE, address="5 Elm Street")
    town.menu("Soup")
    return town.telephone(ROSE)


def cut(told, taken, **put):
    """The same bytes: what is `taken` out is `put` in again, cut elsewhere."""
    return {**{name: value for name, value in told.items() if name not in taken}, **put}


# what happens · where · what was signed · how its bytes are cut
CUTS = [
    ("a text ends early", "/sms", {**A_TEXT, "Body": "1 Dear"}, cut(A_TEXT, (), Body="1 ", Dear="")),
    ("a text swallows its sender", "/sms", {**A_TEXT, "Body": "1"}, cut(A_TEXT, ("From",), Body=f"1From{ROSE}")),
    ("a sender swallows a city", "/sms", {**A_TEXT, "Body": "1"},
     cut(A_TEXT, ("From", "FromCity"), Body="1", From=f"{ROSE}FromCityNEW YORK")),
    ("a city becomes the sender", "/sms", {**A_TEXT, "Body": "1"},
     cut(A_TEXT, ("From", "FromCity"), Body=f"1From{ROSE}", From="CityNEW YORK")),
    ("a city becomes the number that is called", "/voice/turn/1", {**A_KEY, "Digits": "1", "FromZip": "1"},
     cut({**A_KEY, "Digits": "1"}, ("To", "ToCity"), FromZip=f"1To{LINE}", To="City")),
    ("a version swallows the words", "/sms", {**A_TEXT, "Body": "1"},
     cut(A_TEXT, ("ApiVersion",), ApiVersion="2010-04-01Body1")),
    ("a name swallows the words", "/sms", {**A_TEXT, "Body": "1"},
     cut(A_TEXT, ("ApiVersion",), ApiVersion="2010-04-01", Body1="")),
    ("a text has two names", "/sms", {**A_TEXT, "Body": "1", "SmsSid": "SM" + "3" * 32}, None),
    ("pictures are hidden", "/sms", {**A_TEXT, "Body": "", "MessageSid": TEXT, "NumMedia": "1"},
     cut({**A_TEXT, "Body": ""}, ("NumMedia",), Num="Media1")),
    ("a key is hidden in a value", "/voice/turn/1", {**A_KEY, "Digits": "1"},
     cut(A_KEY, ("CallerZip",), CallerZip="10001Digits1")),
    ("a key is hidden across a name", "/voice/turn/1", {**A_KEY, "Digits": "1"}, cut(A_KEY, (), Dig="its1")),
    ("a key swallows a name", "/voice/turn/1", {**A_KEY, "Digits": "1"},
     cut(A_KEY, ("Direction",), Digits="1Directioninbound")),
    ("an end is none any more", "/voice/status", AN_END, cut(AN_END, ("CallStatus", "Called"),
     CallStatus=f"completedCalled{LINE}")),
    ("an end is hidden", "/voice/status", AN_END, cut(AN_END, ("CallStatus",), CallSt="atuscompleted")),
    ("news are hidden", "/sms/status", NEWS, cut(NEWS, ("MessageStatus",), MessageSt="atusfailed")),
    ("a code is hidden across a border", "/sms/status", {**NEWS, "ApiVersion": "1"},
     cut(NEWS, ("ErrorCode",), ApiVersion="1Error", Code30005="")),
    ("a code swallows a name", "/sms/status", NEWS, cut(NEWS, ("ErrorCode", "From"), ErrorCode=f"30005From{ROSE}")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "signed", "sent"), [row[1:] for row in CUTS], ids=[row[0] for row in CUTS])
def test_the_same_signed_bytes_cut_elsewhere_are_refused(town, rose, path, signed, sent):
    ring(town)
    before = everything(town)
    signature = RequestValidator("t" * 32).compute_signature(PUBLIC + path, signed)
    answer = post(town, path, signed if sent is None else sent, signature=signature)
    assert answer.status_code == 400  # the signature holds
    assert everything(town) == before


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/sms", {**A_TEXT, "Body": "1 Dear"}), ("/sms", {**A_TEXT, "Body": "Digits1 From+1 Body To+1"}),
        ("/sms", {**A_TEXT, "Body": "x", "ButtonText": "yes", "ChannelMetadata": "{}"}), ("/voice/turn/1", A_KEY),
        ("/voice/turn/1", {**A_KEY, "Digits": "1", "ForwardedFrom": ROSE, "CallerName": "BODY SHOP Toledo"}),
        ("/voice/turn/1", {**cut(A_KEY, ("CallStatus",)), "DialCallStatus": "completed", "DialBridged": "true"}),
        ("/voice/turn/1", {**A_KEY, "Digits": "", "From": "anonymous", "ForwardedFrom": ROSE}),
        ("/voice/turn/1", {**A_KEY, "SipHeader_X-Of-Tomorrow": "Digits"}),
        ("/voice/turn/1", {**A_KEY, "RecordingSid": "RE" + "1" * 32, "RecordingDuration": "4", "Digits": "hangup"}),
    ],
)  # fmt: skip
def test_what_the_carrier_may_add_or_people_may_write_is_let_in(town, rose, path, told):
    ring(town)
    assert post(town, path, told).status_code == 200


@pytest.mark.parametrize(
    "told",
    [
        {"AccountSid": ""}, {"AccountSid": ACCOUNT.lower()}, {"AccountSid": ACCOUNT + " "}, {"CallSid": CALL + "\n"},
        {"CallSid": "CA" + "A" * 32}, {"CallSid": "CA" + "\u0661" * 32}, {"ParentCallSid": "CA1"}, {"RecordingSid": "RE1"},
        {"CallStatus": "Completed "}, {"RecordingDuration": "\u0664"}, {"NumMedia": "-1"}, {"": "x"}, {"\u0430": "x"},
        {"Di gits": "1"}, {"Anything": ["1", "2"]}, {"DialBridged": "perhaps"},
    ],
)  # fmt: skip
def test_a_parameter_that_has_not_its_form_is_refused(town, rose, told):
    ring(town)
    before = everything(town)
    assert post(town, "/voice/turn/1", {**A_KEY, "Digits": "1", **told}).status_code == 400
    assert everything(town) == before


@pytest.mark.parametrize(
    "written",
    [f"{ROSE} ", f" {ROSE}", f"{ROSE}\n", "+1 212 555 0111", "+1-212-555-0111", "(212) 555-0111", "tel:+12125550111",
     "+\u0661212555\u0660\u0661\u0661\u0661", "+1212555011\uff11", f"{ROSE};ext=1", "12125550111", "0012125550111"],
)  # fmt: skip
def test_who_writes_her_number_in_another_way_is_not_rose(town, rose, written):
    assert "Rose" not in ring(town, number=written).get_data(as_text=True)
    post(town, "/sms", {**A_TEXT, "From": written, "Body": "1"})
    assert [row.resident_id for row in (*town.rows(Call), *town.rows(Message, direction="inbound"))] == [None, None]
    assert town.requests == []


def test_every_parameter_that_is_read_has_a_form():
    sources = [Path(forms.__file__).with_name("door.py"), Path(forms.__file__).parent.parent / "webhooks.py"]
    read = {name for path in sources for name in re.findall(r'form(?:\.get\(|\[)"(\w+)"', path.read_text("utf-8"))} - {
        "Body",
        "RecordingUrl",
    }  # words of people; and an address that is never followed
    assert len(read) > 10
    assert read <= set(forms.FORMS)
