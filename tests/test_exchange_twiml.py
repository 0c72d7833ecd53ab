"""The strict reader of TwiML: documents that Twilio carries out as meant, and those it does not."""

import pytest

from voice.twiml_check import faults

POLLY = 'voice="Polly.Joanna-Neural"'


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<Say>Hello</Say>",
        f'<Say {POLLY} language="en-US"><prosody rate="85%">Slow<break time="500ms"/>ly</prosody></Say>',
        '<Say voice="Polly.Zhiyu-Neural" language="cmn-CN">您好</Say>',
        '<Say voice="Polly.Zhiyu" language="zh-CN">您好</Say>',
        '<Say voice="Google.yue-HK-Standard-A" language="zh-HK">早晨</Say>',
        '<Say voice="Polly.Lupe" language="es-US">Buenos días</Say>',
        f'<Say {POLLY}><say-as interpret-as="telephone">5550100</say-as> <sub alias="Linli">LL</sub></Say>',
        '<Say loop="0">again</Say>',
        '<Play>/hello.wav</Play><Play>https://a.example/b.wav?x=1&amp;y=2</Play><Play digits="1w2"/>',
        '<Gather action="/key" numDigits="1" timeout="8" finishOnKey="" actionOnEmptyResult="true">'
        '<Say>1</Say><Pause length="1"/><Play>/a.wav</Play></Gather>',
        '<Gather action="/key" input="dtmf speech" language="cmn-Hans-CN" speechTimeout="auto" hints="yes, no"/>',
        '<Record action="/said" maxLength="120" finishOnKey="1234567890*#" trim="trim-silence" playBeep="false"'
        ' recordingStatusCallback="/r" recordingStatusCallbackEvent="completed absent"/>',
        '<Dial callerId="+15550100000" timeout="20" action="/a"><Number url="/whisper">+15550100001</Number></Dial>',
        "<Dial>+15550100001</Dial>",
        '<Redirect method="GET">/next</Redirect>',
        '<Pause/><Hangup/><Reject reason="busy"/><Leave/>',
        "<Message>Hello</Message>",
        '<Message to="+15550100001"><Body>Hello</Body><Media>https://a.example/b.jpg</Media></Message>',
        "<!-- a remark --><Hangup/>",
    ],
)
def test_good_documents_have_no_faults(inside):
    assert faults(f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>') == []


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("hello", 12200),
        ("<Sing/>", 12200),
        ("<say>Hello</say>", 12200),
        ("<Say Language='en-US'>Hello</Say>", 12200),
        ("<Say/>", 13520),
        ("<Say>" + "x" * 3001 + "</Say>", 13521),
        ("<Say loop='-1'>x</Say>", 13510),
        ("<Say language='zz'>x</Say>", 12200),
        ("<Say voice='Robot'>x</Say>", 13511),
        ("<Say><break time='1s'/>x</Say>", 13520),
        ("<Say voice='man'><prosody rate='slow'>x</prosody></Say>", 13520),
        (f"<Say {POLLY}><prosody rate='500%'>x</prosody></Say>", 12200),
        (f"<Say {POLLY}><marquee>x</marquee></Say>", 12200),
        (f"<Say {POLLY} language='cmn-CN'>x</Say>", 13511),
        ("<Say voice='Google.cmn-CN-Standard-A' language='en-US'>x</Say>", 13511),
        ("<Say voice='Polly.Lupe' language='en-US'>x</Say>", 13511),
        (f"<Say {POLLY}>x<Pause/></Say>", 12200),
        ("<Play/>", 12200),
        ("<Play>hello.wav</Play>", 11100),
        ("<Play loop='x'>/a.wav</Play>", 13410),
        ("<Pause length='0'/>", 13910),
        ("<Gather><Say>x</Say></Gather>", 12200),
        ("<Gather action='/k' numDigits='0'/>", 13314),
        ("<Gather action='/k' numDigits='one'/>", 13314),
        ("<Gather action='/k' timeout='0'/>", 13313),
        ("<Gather action='/k' timeout='auto'/>", 13313),
        ("<Gather action='/k' finishOnKey='*#'/>", 13310),
        ("<Gather action='/k' method='PUT'/>", 13312),
        ("<Gather action='/k' input='keys'/>", 12200),
        ("<Gather action='/k' language='zh-CN'/>", 12200),
        ("<Gather action='/k' actionOnEmptyResult='yes'/>", 12200),
        ("<Gather action='/k'><Record action='/r'/></Gather>", 13320),
        ("<Gather action='/k'><Play digits='1'/></Gather>", 13320),
        ("<Gather action='/k' input='speech' speechTimeout='auto' speechModel='phone_call'/>", 13327),
        ("<Gather action='k'/>", 11100),
        ("<Gather action='ftp://a.example/k'/>", 11100),
        ("<Gather action='//a.example/k'/>", 11100),
        ("<Gather action='/a b'/>", 11100),
        ("<Record/>", 12200),
        ("<Record action='/r' maxLength='20000'/>", 13612),
        ("<Record action='/r' timeout='-1'/>", 13611),
        ("<Record action='/r' finishOnKey='x'/>", 13613),
        ("<Record action='/r'><Say>x</Say></Record>", 12200),
        ("<Dial/>", 13223),
        ("<Dial>5550100</Dial>", 13223),
        ("<Dial timeout='0'>+15550100001</Dial>", 13212),
        ("<Dial callerId='Linli'>+15550100001</Dial>", 13214),
        ("<Dial record='yes'>+15550100001</Dial>", 13217),
        ("<Dial><Say>x</Say></Dial>", 13215),
        ("<Dial><Number>x</Number></Dial>", 13223),
        ("<Redirect/>", 11100),
        ("<Redirect>next</Redirect>", 11100),
        ("<Reject reason='never'/>", 12200),
        ("<Hangup now='true'/>", 12200),
        ("<Enqueue>" + "x" * 65 + "</Enqueue>", 14205),
        ("<Message/>", 14103),
        ("<Message>" + "x" * 1601 + "</Message>", 14103),
    ],
)
def test_bad_documents_are_named_by_twilios_number(inside, code):
    found = faults(f"<Response>{inside}</Response>")
    assert [fault.code for fault in found] == [code], found
    assert found[0].sentence.endswith(".")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", 11770),
        ("  \n", 11770),
        ("hello", 12100),
        ("<Response>", 12100),
        ("<Response/><Response/>", 12100),
        ("<response/>", 12102),
        ("<Twiml/>", 12102),
        ("<Response>&nbsp;</Response>", 12100),
        ("<Response>\ud800</Response>", 12100),
        ("<!DOCTYPE Response><Response/>", 12100),
        ('<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><Response><Say>&a;</Say></Response>', 12100),
        ("<Response>" + "<p>" * 9000 + "</p>" * 9000 + "</Response>", 12100),
        ("<Response><Say>" + "x" * 66_000 + "</Say></Response>", 11750),
        ("<Response><Say>" + "你" * 22_000 + "</Say></Response>", 11750),
    ],
)
def test_documents_that_cannot_be_read_are_refused_as_a_whole(document, code):
    assert [fault.code for fault in faults(document)] == [code]


def test_every_fault_is_told_and_not_only_the_first():
    found = faults("<Response><Gather timeout='0'><Hangup/></Gather><Sing/></Response>")
    assert sorted(fault.code for fault in found) == [12200, 12200, 13313, 13320]
