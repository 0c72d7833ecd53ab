"""What strangers try who can see a signature, send a link, or say where a recording lies."""

import itertools
from datetime import UTC, datetime

import pytest
from itsdangerous import URLSafeTimedSerializer
from test_webhooks import ACCOUNT, CALL, LINE, PUBLIC, ROSE, SAM, TEXT, everything, fed, post, ring
from town import FlaskHttp
from twilio.request_validator import RequestValidator

from models.traffic import Recording
from voice.recordings import Links

__all__ = ["fed"]
SECRET = "a secret of the tests"
ELSEWHERE = (
    "http://127.0.0.1:1/x", "http://169.254.169.254/latest", "file:///etc/passwd", "https://api.twilio.com@evil.example/x",
    "//evil.example/x", "https://evil.example/x.wav",
)  # fmt: skip


def cut_anew(signed):
    """Every other way to read the same signed string as names and values, one border moved or taken away."""
    names = sorted(signed)
    for name, split in itertools.product(names, range(1, 40)):
        whole = name + signed[name]
        if split < len(whole) and split != len(name) and whole[:split] not in signed:
            yield {**{n: v for n, v in signed.items() if n != name}, whole[:split]: whole[split:]}
    for first, second in itertools.pairwise(names):
        rest = {n: v for n, v in signed.items() if n != second}
        yield {**rest, first: signed[first] + second + signed[second]}


def test_no_other_reading_of_a_signed_text_orders_in_anybodys_name(fed):
    params = {"MessageSid": TEXT, "AccountSid": ACCOUNT, "From": SAM, "To": LINE, "Body": f"1From{ROSE}"}
    signature = RequestValidator("t" * 32).compute_signature(f"{PUBLIC}/sms", params)
    forged = {**params, "Body": "1", "From": ROSE, f"From{SAM}": ""}
    assert RequestValidator("t" * 32).validate(f"{PUBLIC}/sms", forged, signature), "the signature holds for both"
    before = everything(fed)
    assert post(fed, "/sms", forged, signature=signature).status_code == 400
    assert everything(fed) == before
    readings = [*cut_anew(params), *cut_anew(forged)]
    assert len(readings) > 100
    for reading in readings:
        assert post(fed, "/sms", reading, signature=signature).status_code in (200, 400, 403), reading
        assert everything(fed)["help_requests"] == [], reading


def test_what_the_carrier_tells_besides_is_no_other_reading(fed):
    more = {"FromCity": "NEW YORK", "FromCountry": "US", "ToZip": "", "ApiVersion": "2010-04-01", "SomethingNew": "x"}
    params = {"MessageSid": TEXT, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "Body": "1", **more}
    assert post(fed, "/sms", params).status_code == 200
    assert len(everything(fed)["help_requests"]) == 1


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_recording_is_fetched_from_the_carrier_wherever_the_post_says_that_it_lies(fed, place, monkeypatch):
    ring(fed, number="+12125550199")
    for turn in range(1, 12):  # a stranger who presses nothing is asked to speak at last
        spoken = {"RecordingSid": "RE" + "3" * 32, "RecordingUrl": place, "RecordingDuration": "4"}
        params = {"CallSid": CALL, "AccountSid": ACCOUNT, "From": "+12125550199", "To": LINE}
        if "<Record" in post(fed, f"/voice/turn/{turn}", params).text:
            post(fed, f"/voice/turn/{turn + 1}", {**params, **spoken})
            break
    asked = []
    monkeypatch.setattr(FlaskHttp, "get_bytes", lambda self, path, *, auth: asked.append(path) or (404, b""))
    fed.wait(minutes=2)
    assert fed.rows(Recording), "something was recorded"
    assert asked
    assert {path.rpartition("/")[2] for path in asked} == {f"RE{'3' * 32}.wav"}
    assert all(path.startswith("/2010-04-01/Accounts/AC") for path in asked)


def test_a_link_to_a_recording_is_ours_fresh_and_for_nothing_else(monkeypatch):
    links = Links(SECRET, PUBLIC)
    token = links.to(7).rpartition("/")[2].removesuffix(".wav")
    assert links.read(token) == 7
    theirs = [
        Links("another secret", PUBLIC).to(7), URLSafeTimedSerializer(SECRET, salt="another purpose").dumps(7),
        URLSafeTimedSerializer(SECRET, salt="recording").dumps(7), token[:-1], token.replace(".", "", 1), "", "7",
    ]  # fmt: skip
    for forged in theirs:
        assert links.read(forged.rpartition("/")[2].removesuffix(".wav")) is None, forged
    for minutes, found in ((9, 7), (11, None)):
        later = int(datetime.now(UTC).timestamp()) + minutes * 60
        monkeypatch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda self, at=later: at)
        assert links.read(token) == found
