"""Logging in by a provider that the office has: whom it names gets in, if a coordinator has entered the address."""

import base64
import hashlib
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
import pytest
from board_town import Browser, build_town
from cryptography.hazmat.primitives.asymmetric import rsa
from test_second_factor import give, is_in, set_up, shown

from models.logins import What
from models.people import Staff
from models.places import Community, Who
from scripts.provider import OpenIdProvider
from scripts.settings import Oidc, Settings, SettingsError

ADDRESS = "dai.fen@office.example"
SECRET = "only:of/the+tests~"  # signs that a header must quote


class Office:
    """A small provider on this machine: it signs, and remembers which code was given for what."""

    def __init__(self):
        self.keys = {"one": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.signs_with = "one"
        self.codes = {}
        self.says, self.about_itself, self.told_later = {}, {}, {}
        self.asked = []
        office = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                office.answer(self)

            do_POST = do_GET

            def log_message(self, *about):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realms/office"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        path = request.path.removeprefix("/realms/office")
        self.asked.append(path)
        length = int(request.headers.get("Content-Length") or 0)
        form = {name: values[0] for name, values in parse_qs(request.rfile.read(length).decode()).items()}
        told = {
            "/.well-known/openid-configuration": lambda: {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth", "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys", "userinfo_endpoint": f"{self.issuer}/userinfo", **self.about_itself,
            },
            "/keys": lambda: {"keys": [
                {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": name, "alg": "RS256"} for name, key in self.keys.items()
            ]},
            "/token": lambda: self.tokens(form, request.headers.get("Authorization", "")),
            "/userinfo": lambda: self.told_later,
        }.get(path, lambda: None)()  # fmt: skip
        content = json.dumps(told or {"error": "invalid_grant"}).encode()
        request.send_response(200 if told else 400)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def tokens(self, form, authorization):
        """What a code is good for: once, for whoever began, with what he kept to himself."""
        begun = self.codes.pop(form.get("code"), None)
        ours = "Basic " + base64.b64encode(f"linli:{quote(SECRET, safe='')}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if begun is None or authorization != ours or begun["code_challenge"] != challenge:
            return None
        if begun["redirect_uri"] != form["redirect_uri"]:
            return None
        said = {
            "iss": self.issuer, "aud": "linli", "sub": "7", "nonce": begun["nonce"], "iat": self.now(), "exp": self.now() + 300,
            "email": ADDRESS, "email_verified": True, **self.says,
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        token = jwt.encode(said, self.keys[self.signs_with], algorithm="RS256", headers={"kid": self.signs_with})
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def logs_in(self, address):
        """Somebody logs in there; the address that the browser is sent back to."""
        begun = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert begun["response_type"] == "code"
        assert begun["code_challenge_method"] == "S256"
        assert "openid" in begun["scope"].split()
        code = f"code{len(self.asked)}"
        self.codes[code] = begun
        back = urlsplit(begun["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': begun['state']})}"


@pytest.fixture
def office():
    office = Office()
    yield office
    office.server.shutdown()
    office.server.server_close()


@pytest.fixture
def town(tmp_path, office):
    """A town whose settings name the office's provider; Dai is known there."""
    town = build_town(tmp_path, provider=OpenIdProvider(Oidc(office.issuer, "linli", SECRET)))
    office.now = lambda: int(town.now.timestamp())
    with town.database.begin() as session:
        session.get_one(Staff, town.ids["Dai Fen"]).login_email = ADDRESS
    return town


@pytest.fixture
def browser(town):
    return Browser(town, town.app.test_client())


def by_provider(browser, office, path="/login/provider"):
    """To the provider and back."""
    answer = browser.client.get(path)
    assert answer.status_code == 302, answer.text[-500:]
    assert answer.location.startswith(f"{office.issuer}/auth?")
    answer = browser.client.get(office.logs_in(answer.location))
    browser.page = answer.text
    return answer


def test_whoever_the_provider_names_gets_in_without_a_password(town, browser, office):
    assert "/login/provider" in browser.client.get("/login?next=/people").text
    assert by_provider(browser, office, "/login/provider?next=/people").location == "/people"
    assert is_in(browser)
    page = town.browser("Chen Li").see("/logins")
    assert "provider of logins" in page


def test_where_no_provider_is_named_there_is_no_button(tmp_path):
    stranger = Browser(None, build_town(tmp_path / "").app.test_client())
    assert "/login/provider" not in stranger.client.get("/login").text
    assert stranger.client.get("/login/provider").location == "/login"
    assert stranger.client.get("/login/provider/back?code=1&state=2").status_code == 400


@pytest.mark.parametrize("says", [{"email": "somebody@else.example"}, {"email": "dai.fen@office.example.evil.example"}])
def test_nobody_becomes_one_of_the_staff_by_it(town, browser, office, says):
    office.says = says
    answer = by_provider(browser, office)
    assert answer.status_code == 403
    assert "Nobody here is known by the address" in answer.text
    assert not is_in(browser)
    assert "somebody@else" not in town.browser("Chen Li").see("/logins"), "the address is not kept"


@pytest.mark.parametrize(
    "says",
    [
        {"email_verified": False}, {"email_verified": None}, {"email_verified": "no"}, {"email": ["x"]},
        {"aud": "another"}, {"iss": "https://evil.example"}, {"nonce": "of another login"}, {"nonce": None},
        {"exp": 1}, {"exp": None}, {"sub": None}, {"azp": "another"},
    ],
)  # fmt: skip
def test_what_is_not_said_for_us_for_this_login_and_for_now_opens_nothing(browser, office, says):
    office.says = says
    answer = by_provider(browser, office)
    assert answer.status_code == 503
    assert 'name="password"' in answer.text, "the other way in stays"
    assert not is_in(browser)


def test_a_token_that_somebody_else_signed_opens_nothing(browser, office):
    by_provider(browser, office)
    browser.see("/")
    browser.press("/logout")
    shown_key = office.keys["one"]
    office.keys["one"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert by_provider(browser, office).status_code == 503
    office.keys["one"] = shown_key
    assert by_provider(browser, office).status_code == 303


def test_a_new_key_of_the_provider_is_asked_for(browser, office):
    by_provider(browser, office)
    office.keys["two"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    office.signs_with = "two"
    assert by_provider(Browser(browser.town, browser.town.app.test_client()), office).status_code == 303


def test_an_answer_that_was_not_asked_for_by_this_browser_opens_nothing(town, browser, office):
    """Whoever makes her click a link that ends his login is not let in under her eyes, nor she in under his."""
    attacker = Browser(town, town.app.test_client())
    back = office.logs_in(attacker.client.get("/login/provider").location)
    assert browser.client.get(back).status_code == 400
    browser.client.get("/login/provider")  # also not where she has begun a login of her own
    assert browser.client.get(back).status_code == 400
    assert not is_in(browser)
    assert attacker.client.get(back).status_code == 303
    assert attacker.client.get(back).status_code == 400, "an answer is good once"


def test_an_answer_that_comes_too_late_or_was_called_off_opens_nothing(town, browser, office):
    back = office.logs_in(browser.client.get("/login/provider").location)
    town.now += timedelta(minutes=11)
    assert browser.client.get(back).status_code == 400
    state = parse_qs(urlsplit(browser.client.get("/login/provider").location).query)["state"][0]
    answer = browser.client.get(f"/login/provider/back?error=access_denied&state={state}")
    assert answer.status_code == 400
    assert "called off" in answer.text


def test_a_provider_that_does_not_answer_leaves_the_password(town, browser, office):
    back = office.logs_in(browser.client.get("/login/provider").location)
    office.server.shutdown()
    office.server.server_close()
    answer = browser.client.get(back)
    assert answer.status_code == 503
    assert "does not answer now" in answer.text
    assert browser.log_in("Dai Fen").status_code == 303
    assert is_in(browser)


@pytest.mark.parametrize(
    "about", [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"token_endpoint": "ftp://127.0.0.1/"}]
)
def test_a_provider_that_is_not_what_it_should_be_is_not_asked(browser, office, about):
    office.about_itself = about
    assert browser.client.get("/login/provider").status_code == 503


def test_an_address_that_is_told_only_when_asked_is_asked_for(browser, office):
    office.says = {"email": None, "email_verified": None}
    office.told_later = {"sub": "7", "email": ADDRESS.upper(), "email_verified": True}
    assert by_provider(browser, office).status_code == 303
    office.told_later["sub"] = "8"
    assert by_provider(Browser(browser.town, browser.town.app.test_client()), office).status_code == 503


def test_ones_own_code_is_asked_for_unless_the_provider_has_seen_more_than_a_password(town, browser, office):
    secret, _ = set_up(town, town.browser("Dai Fen"))
    town.now += timedelta(minutes=5)
    assert "The code" in by_provider(browser, office).text
    assert not is_in(browser)
    assert give(browser, shown(secret, town)).status_code == 303
    office.says = {"amr": ["pwd", "otp"]}
    other = Browser(town, town.app.test_client())
    assert by_provider(other, office).status_code == 303
    assert is_in(other)


@pytest.mark.parametrize(
    ("says", "where"),
    [({}, "/me/first"), ({"amr": ["pwd"]}, "/me/first"), ({"amr": ["mfa"]}, None), ({"acr": "phr"}, None)],
)
def test_where_more_than_a_password_is_demanded_the_providers_counts(town, browser, office, says, where):
    with town.database.begin() as session:
        session.get_one(Community, town.ids["community"]).second_factor_for = Who.EVERYBODY
    office.says = says
    by_provider(browser, office)
    assert browser.client.get("/").location == where


def test_an_address_that_was_given_to_somebody_else_there_opens_nothing(town, browser, office):
    by_provider(browser, office)
    office.says = {"sub": "8"}
    newcomer = Browser(town, town.app.test_client())
    assert by_provider(newcomer, office).status_code == 403
    chen = town.browser("Chen Li")
    form = {"phone": "138 0000 0001", "role": "dispatcher", "login_email_shown": "1"}
    chen.see("/settings/staff")
    for address in ("", ADDRESS):  # entered anew: it is meant for whoever has it now
        chen.press(f"/settings/staff/{town.ids['Dai Fen']}", login_email=address, **form)
    assert by_provider(newcomer, office).status_code == 303


def test_logging_out_ends_our_login(browser, office):
    by_provider(browser, office)
    browser.see("/")
    browser.press("/logout")
    assert not is_in(browser)


def test_whoever_has_left_does_not_get_in_by_it(town, browser, office):
    chen = town.browser("Chen Li")
    chen.see("/settings/staff")
    chen.press(f"/settings/staff/{town.ids['Dai Fen']}/leave")
    assert by_provider(browser, office).status_code == 403


def test_the_address_is_entered_by_the_coordinator_once_and_stands_in_the_history(town, office):
    chen = town.browser("Chen Li")
    assert "Address at 127.0.0.1" in chen.see("/settings/staff")
    ai = town.ids["Ai Ding"]
    form = {"phone": "138 0000 0001", "role": "auditor", "login_email_shown": "1"}
    assert "looks like" in chen.press(f"/settings/staff/{ai}", 422, login_email="ai ding", **form)
    assert "Somebody else" in chen.press(f"/settings/staff/{ai}", 422, login_email=ADDRESS.upper(), **form)
    chen.press(f"/settings/staff/{ai}", login_email="Ai.Ding@office.example", **form)
    assert town.row(Staff, ai).login_email == "ai.ding@office.example"
    chen.press(f"/settings/staff/{ai}", phone="138 0000 0001", role="auditor")
    assert town.row(Staff, ai).login_email == "ai.ding@office.example", "a form that does not show it changes nothing"
    chen.press(f"/settings/staff/{ai}", login_email="", **form)
    assert town.row(Staff, ai).login_email is None
    assert What.NOT_OURS not in [one.what for one in _notes(town)]


def _notes(town):
    from test_logbook import written

    return written(town)


GIVEN = {
    "LINLI_OIDC__ISSUER": "https://login.example.org/",
    "LINLI_OIDC__CLIENT_ID": "linli",
    "LINLI_OIDC__CLIENT_SECRET": SECRET,
}


def test_the_settings_name_a_provider(tmp_path):
    oidc = Settings.load(None, {**GIVEN, "LINLI_DATABASE__URL": f"sqlite:///{tmp_path}/x.db"}).oidc
    assert oidc.is_given
    assert oidc.issuer == "https://login.example.org"
    assert SECRET not in repr(oidc)


@pytest.mark.parametrize(
    ("differs", "told"),
    [
        ({"LINLI_OIDC__CLIENT_ID": ""}, "[oidc] client_id is needed too"), ({"LINLI_OIDC__ISSUER": ""}, "[oidc] issuer is needed too"),
        ({"LINLI_OIDC__CLIENT_SECRET": "secret"}, "[oidc] client_secret should be"), ({"LINLI_OIDC__ISSUER": "http://login.example.org"}, "https://"),
        ({"LINLI_OIDC__ISSUERS": "x"}, "names no setting"),
    ],
)  # fmt: skip
def test_wrong_settings_of_a_provider_stop_the_start(differs, told):
    with pytest.raises(SettingsError) as wrong:
        Settings.load(None, {**GIVEN, **differs})
    assert told in str(wrong.value)
    assert SECRET not in str(wrong.value)
