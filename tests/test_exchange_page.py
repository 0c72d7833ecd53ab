"""The handset page: what the browser is given, what it may ask, and who may not."""

import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from exchange_town import LEE, OURS, ROSE, SAM, Town
from flask import Flask

import voice.exchange
from voice.exchange import start_pump
from voice.exchange.page import page_blueprint

HOME = Path(voice.exchange.__file__).parent
OURSELVES = {"X-Exchange": "1"}


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def written():
    return []


@pytest.fixture
def web(town, written):
    shown, frozen = [datetime(2026, 3, 1, 9, 30, tzinfo=UTC)], [False]

    def wind(text):
        written.append(text)
        frozen[0] = text.endswith(" frozen")
        if text:
            shown[0] = datetime.fromisoformat(text.split()[0])

    app = Flask("exchange-page-tests")
    app.register_blueprint(
        page_blueprint(
            town.exchange, wind=wind, shown_time=lambda: shown[0], is_wound=lambda: True, is_frozen=lambda: frozen[0]
        ),
        url_prefix="/exchange",
    )
    return app.test_client()


def move(web, number, verb, **told):
    return web.post(f"/exchange/handsets/{number}/{verb}", json=told, headers=OURSELVES)


def test_a_call_can_be_made_with_the_page_alone(town, web):
    town.says("/voice", '<Gather action="/key" numDigits="1"><Say>Press 1.</Say></Gather>')
    town.says("/key", '<Record action="/said"/>')
    assert move(web, ROSE, "dial", to=OURS).json["state"] == "waiting"
    view = move(web, ROSE, "press", keys="1").json
    assert (view["state"], view["keys"], view["expects"]) == ("recording", "1", "words")
    assert move(web, ROSE, "speak", words="hello").json["heard"][-1]["kind"] == "own"
    assert move(web, ROSE, "hang_up").json["state"] == "idle"


def test_a_telephone_that_rings_can_be_answered_declined_or_left_to_a_machine(town, web):
    for verb, state in (("answer", "talking"), ("decline", "idle"), ("machine", "talking")):
        town.says("/voice", f"<Dial>{SAM}</Dial>")
        move(web, ROSE, "dial", to=OURS)
        assert move(web, SAM, verb).json["state"] == state
        town.exchange.tick()
        for number in (ROSE, SAM):
            move(web, number, "hang_up")


def test_a_text_is_sent_and_a_telephone_switched_off(town, web):
    assert move(web, SAM, "text", to=OURS, body="hello", media=1).json["thread"][0]["body"] == "hello"
    assert move(web, SAM, "switch", off=True).json["switched_off"]
    refused = move(web, SAM, "text", to=OURS, body="hello")
    assert (refused.status_code, refused.json["error"]) == (409, "That telephone is switched off.")
    assert not move(web, SAM, "switch", off=False).json["switched_off"]


@pytest.mark.parametrize(
    ("verb", "told", "status"),
    [("fly", {}, 404), ("dial", {}, 400), ("press", {"keys": "x"}, 409), ("text", {"to": OURS, "media": 99}, 400),
     ("text", {"to": OURS, "media": "x"}, 400), ("answer", {}, 409)],
)  # fmt: skip
def test_wrong_moves_are_refused(web, verb, told, status):
    assert move(web, SAM, verb, **told).status_code == status


@pytest.mark.parametrize("path", ["handsets/%2B15550100002/dial", "faults", "clock"])
def test_a_foreign_site_cannot_move_anything(web, path):
    where = f"/exchange/{path}"
    body = json.dumps({"to": OURS})
    assert web.post(where, data=body, content_type="application/json").status_code == 403
    assert web.post(where, data=body, content_type="text/plain", headers=OURSELVES).status_code == 415
    assert web.post(where, data={"to": OURS}, headers=OURSELVES).status_code == 415
    assert web.post(where, data="[]", content_type="application/json", headers=OURSELVES).status_code == 400
    assert web.get(where).status_code in (404, 405)


def test_the_state_is_told_only_when_it_is_another_one(town, web):
    first = web.get("/exchange/state", query_string={"show": [ROSE, SAM]})
    assert [view["number"] for view in first.json["handsets"]] == [ROSE, SAM]
    assert first.json["is_wound"] is True
    since = first.json["version"]
    again = {"since": since, "show": [ROSE, SAM]}
    assert web.get("/exchange/state", query_string=again).status_code == 204
    town.exchange.dial(ROSE, OURS)
    assert web.get("/exchange/state", query_string=again).status_code == 200


def test_a_telephone_that_nobody_looks_at_is_mentioned_when_it_rings(town, web):
    town.says("/voice", f"<Dial>{LEE}</Dial>")
    town.exchange.dial(ROSE, OURS)
    seen = web.get("/exchange/state", query_string={"show": [ROSE]}).json
    assert seen["elsewhere"] == [{"number": LEE, "label": "Lee"}]
    assert web.get("/exchange/state", query_string={"show": [ROSE, LEE]}).json["elsewhere"] == []


def test_the_first_telephones_are_a_landline_and_two_volunteers(web):
    told = web.get("/exchange/directory").json
    assert told["first"] == [ROSE, SAM, LEE]
    assert told["lines"] == [{"number": OURS, "role": ""}]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"forward_minutes": 10}, "2026-03-01T09:40:00+00:00"),
        ({"forward_minutes": -30}, "2026-03-01T09:00:00+00:00"),
        ({"set": "2026-03-02T11:15"}, "2026-03-02T11:15:00+00:00"),
        ({"set": "2026-03-02T11:15:00+08:00"}, "2026-03-02T03:15:00+00:00"),
        ({"frozen": True}, "2026-03-01T09:30:00+00:00 frozen"),
        ({"set": "2026-03-02T11:15", "frozen": True}, "2026-03-02T11:15:00+00:00 frozen"),
        ({"real": True}, ""),
    ],
)
def test_the_clock_is_wound_by_what_its_file_says(web, written, told, text):
    assert web.post("/exchange/clock", json=told, headers=OURSELVES).status_code == 200
    assert written == [text]


def test_a_frozen_clock_stays_frozen_when_it_is_forwarded(web, written):
    for told in ({"frozen": True}, {"forward_minutes": 60}, {"frozen": False}):
        web.post("/exchange/clock", json=told, headers=OURSELVES)
    assert [text.endswith(" frozen") for text in written] == [True, True, False]


@pytest.mark.parametrize("told", [{}, {"set": "tomorrow"}, {"forward_minutes": "x"}, {"forward_minutes": 1e99}])
def test_nonsense_does_not_move_the_clock(web, written, told):
    assert web.post("/exchange/clock", json=told, headers=OURSELVES).status_code == 400
    assert written == []


@pytest.mark.parametrize(
    ("told", "status"),
    [({"callbacks_lost_share": 0.5}, 200), ({"callbacks_lost_share": 2}, 400), ({"rest_429_next": -1}, 400),
     ({"idempotency_token": "new"}, 200), ({"idempotency_token": "odd"}, 400), ({"is_down": 1}, 400), ({"x": 1}, 400),
     ({"_random": 1}, 400), ({"is_down": True, "x": 1}, 400)],
)  # fmt: skip
def test_mishaps_are_switched_all_or_none(town, web, told, status):
    before = town.exchange.faults.as_json()
    assert web.post("/exchange/faults", json=told, headers=OURSELVES).status_code == status
    assert (town.exchange.faults.as_json() == before) == (status == 400)


def test_counts_are_whole_numbers_however_the_page_writes_them(town, web):
    web.post("/exchange/faults", json={"rest_429_next": 2.0}, headers=OURSELVES)
    assert json.dumps(town.exchange.faults.as_json()["rest_429_next"]) == "2"


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "nobody real is called"), ("zh", "不会真的打电话"), ("xx", "Simulation")]
)
def test_the_page_says_that_it_is_a_simulation_and_holds_no_script_of_its_own(web, lang, word):
    page = web.get("/exchange/", query_string={"lang": lang})
    assert word in page.text
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    tags = Tags()
    tags.feed(page.text)
    told = {name for _, about in tags.seen for name in about}
    assert not [name for name in told if name == "style" or name.startswith("on")]
    assert "style" not in {tag for tag, _ in tags.seen}
    scripts = [about for tag, about in tags.seen if tag == "script"]
    assert all("src" in about for about in scripts)
    for about in scripts:
        assert web.get(about["src"]).status_code == 200


def test_every_word_of_the_page_is_there_in_both_languages():
    words = json.loads((HOME / "words.json").read_text(encoding="utf-8"))

    def names(told, before=""):
        return {
            name for key, value in told.items()
            for name in (names(value, f"{before}{key}.") if isinstance(value, dict) else {before + key})
        }  # fmt: skip

    different = names(words["en"]) ^ names(words["zh"])
    assert all(name.startswith("errors_said.") for name in different)
    assert set(words["en"]["fault"]) == set(Town().exchange.faults.as_json())


def test_the_pump_turns_the_exchange_by_itself():
    town = Town()
    stop = start_pump(town.exchange)
    try:
        town.exchange.text(SAM, OURS, "hello")
        until = datetime.now(UTC) + timedelta(seconds=5)
        while not town.asked("/sms") and datetime.now(UTC) < until:
            pass
    finally:
        stop()
    assert len(town.asked("/sms")) == 1
