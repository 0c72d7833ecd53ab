"""What goes with every answer of the whole house, right or wrong, to a browser, the carrier, or nobody we know."""

import re

import pytest
import sqlalchemy as sa
from board_town import build_town
from town import MONDAY, HandClock

from models.people import Staff
from models.schema import migrate
from models.storage import Trouble
from scripts.emergency import emergency_app
from scripts.house import build, prepare
from scripts.settings import Settings
from voice.carrier.door import Door
from voice.lifeline import Lifeline

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")
_PLACE = re.compile(r"<[^>]+>")


def settings_of(folder, public_url):
    """An installation that the world reaches under that address."""
    environ = {"LINLI_DATABASE__URL": f"sqlite:///{folder}/town.db", "LINLI_SERVER__PUBLIC_URL": public_url}
    return Settings.load(None, environ)


def answers(app):
    """Every address there is, and one that nobody has, asked in every way."""
    client = app.test_client()
    rules = {_PLACE.sub("1", rule.rule) for rule in app.url_map.iter_rules()} | {"/nothing-here"}
    assert len(rules) > 4
    for path in sorted(rules):
        for method in METHODS:
            yield method, path, client.open(path, method=method)


@pytest.fixture
def house(tmp_path):
    """The whole house behind https."""
    settings = settings_of(tmp_path, "https://linli.example")
    migrate(settings.database.url)
    return build(settings, HandClock(MONDAY))


def test_every_answer_keeps_browsers_to_https_and_to_what_it_says_it_is(house):
    for method, path, answer in answers(house.app):
        said = answer.headers
        assert said["Strict-Transport-Security"] == "max-age=31536000", (method, path)
        assert said["X-Content-Type-Options"] == "nosniff", (method, path)
        assert said["Referrer-Policy"] == "no-referrer", (method, path)
        policy = said["Content-Security-Policy"]
        assert "default-src 'none'" in policy, (method, path)
        assert "base-uri 'none'" in policy, (method, path)
        assert "frame-ancestors" in policy, (method, path)
        assert "Access-Control-Allow-Origin" not in said, (method, path)


def test_every_answer_says_in_which_letters_it_is_written(house):
    for method, path, answer in answers(house.app):
        kind = answer.headers.get("Content-Type", "")
        if answer.data and re.match(r"text/|[a-z]+/[a-z.]*\+?xml", kind):
            assert "charset=utf-8" in kind, (method, path, kind)
        assert not answer.data or kind, (method, path)


def test_nothing_but_our_own_script_and_style_may_be_kept_by_anybody(house):
    for method, path, answer in answers(house.app):
        if "/static/" not in path:
            assert "no-store" in answer.headers["Cache-Control"], (method, path)


def test_no_answer_says_more_than_it_must(house):
    for method, path, answer in answers(house.app):
        assert "Traceback" not in answer.text, (method, path)
        assert answer.status_code < 500 or path == "/healthz", (method, path, answer.status)
        if method == "TRACE":
            assert answer.status_code in (403, 404, 405), path
    assert house.app.debug is False


def test_without_https_nobody_is_kept_to_it(tmp_path):
    settings = settings_of(tmp_path, "http://127.0.0.1:8000")
    migrate(settings.database.url)
    answer = build(settings, HandClock(MONDAY)).app.test_client().get("/login")
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["Set-Cookie"].startswith("linli=")


def test_what_answers_while_the_database_is_ill_is_guarded_too(tmp_path):
    settings = settings_of(tmp_path, "https://linli.example")
    door = Door({settings.carrier.account_sid: settings.carrier.auth_token}, settings.server.public_url)
    lifeline = Lifeline(tmp_path / "town.lifeline", stopwatch=lambda: 0.0)
    for _, _, answer in answers(emergency_app(settings, door, lifeline, Trouble.FULL)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" in answer.headers


def test_behind_https_the_cookie_is_taken_from_this_very_host_only(tmp_path):
    stranger = build_town(tmp_path, is_https=True).app.test_client()
    cookie = stranger.get("/login", base_url="https://linli.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-linli=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookie.split("; ")
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 400), ("same-site", 400), ("same-origin", 200), ("none", 200), (None, 200)]
)
def test_a_form_that_another_sites_page_sends_is_refused_though_its_token_is_right(tmp_path, site, status):
    chen = build_town(tmp_path).browser()
    chen.see("/news")
    chen.client.environ_base |= {"HTTP_SEC_FETCH_SITE": site} if site else {}
    chen.press("/language", status, language="zh-CN", next="/news")
    assert ('<html lang="zh-CN"' in chen.page) == (status == 200)


def test_where_real_people_are_called_nobody_has_a_login_from_the_start(tmp_path):
    environ = {
        "LINLI_DATABASE__URL": f"sqlite:///{tmp_path}/town.db", "LINLI_SERVER__PUBLIC_URL": "https://linli.example",
        "LINLI_CARRIER__KIND": "twilio", "LINLI_CARRIER__ACCOUNT_SID": "AC" + "1" * 32,
        "LINLI_CARRIER__AUTH_TOKEN": "t" * 32, "LINLI_SERVER__SECRET_KEY": "k" * 32,
    }  # fmt: skip
    settings = Settings.load(None, environ)
    assert prepare(settings, HandClock(MONDAY)) is None, "no password of a demonstration either"
    house = build(settings, HandClock(MONDAY))
    with house.database.read() as session:
        assert session.scalars(sa.select(Staff)).all() == []
    assert not [rule for rule in house.app.url_map.iter_rules() if rule.rule.startswith("/exchange")]
