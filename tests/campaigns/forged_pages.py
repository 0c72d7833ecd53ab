"""Requests to the staff's pages by whoever may not make them: without a login, a token, or for another community."""

import re
from urllib.parse import quote, urlencode

from flask.sessions import SecureCookieSessionInterface
from town import PASSWORD

from campaigns.forged_posts import Forged
from dispatch.board.doors import ACTORS
from dispatch.board.routes import DOORS
from models.people import Role

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_NO_COOKIES = ("x", "..", ".eJw.x.y", "a" * 4000, "\xfc", "null", "eyJhbGciOiJub25lIn0.e30.")
# A form that most acts would take, if they let it in.
_TYPED = (("words", "x"), ("name", "Eve"), ("phone", "+12125559999"), ("consent", "paper"), ("reason", "x"))


class Pages:
    """Everything that is asked of the board, by people who are logged in or were."""

    def __init__(self, app, dice, names):
        self.dice, self._app = dice, app
        self._people = {role: _logged_in(app, name) for role, name in names.items()}
        self._nobody = _visited(app.test_client())
        ended = _logged_in(app, names["far"])
        _post(app, "/logout", ended)
        self._ended = ended
        self._addresses = app.url_map.bind("linli.test")

    def next(self):
        """One request."""
        door = self.dice.choice(DOORS)
        make = self.dice.choices(
            (self._without_login, self._without_token, self._elsewhere, self._by_who_only_reads, self._forged_login, self._misused, self._other),
            (6, 6, 6, 3, 4, 3, 1),
        )[0]  # fmt: skip
        return make(door) or self._without_login(door)

    def _without_login(self, door):
        cookie, token = self._nobody
        path = self._path(door)
        if door.method == "GET":
            kind = self.dice.choice(("", cookie))
            return self._to_login("a page without a login", door, path, kind)
        if self.dice.random() < 0.5:
            return self._request(
                "an act without a login", door, path, {400}, cookie=self.dice.choice(("", cookie)), form=_TYPED
            )
        return self._to_login("an act without a login", door, path, cookie, form=(*_TYPED, ("csrf_token", token)))

    def _to_login(self, kind, door, path, cookie, form=()):
        if door.is_part:
            return self._request(kind, door, path, {401}, cookie=cookie, form=form)
        after = f"?next={quote(path, safe='/')}" if door.method == "GET" else ""
        return self._request(kind, door, path, {302}, cookie=cookie, form=form, goes_to=f"/login{after}")

    def _without_token(self, door):
        if door.method != "POST":
            return None
        cookie, token = self._people[Role.COORDINATOR]
        others = self._nobody[1], self._people[Role.AUDITOR][1], token[:-2], token[::-1], "x", "", None
        put = self.dice.choice(others)
        form = _TYPED if put is None else (*_TYPED, ("csrf_token", put))
        more = {"HTTP_X_CSRFTOKEN": "x", "HTTP_ORIGIN": "http://evil.example"}
        return self._request(
            "without the form's token", door, self._path(door), {400}, cookie=cookie, form=form, **more
        )

    def _elsewhere(self, door):
        if "<int:row_id>" not in door.rule:
            return None
        cookie, token = self._people["far"]
        form = (*_TYPED, ("csrf_token", token)) if door.method == "POST" else ()
        return self._request("another community's", door, self._path(door), {404}, cookie=cookie, form=form)

    def _by_who_only_reads(self, door):
        if door.roles - ACTORS:
            return None
        cookie, token = self._people[self.dice.choice((Role.AUDITOR, Role.OPERATOR))]
        form = (*_TYPED, ("csrf_token", token)) if door.method == "POST" else ()
        return self._request("by who only reads", door, self._path(door), {403}, cookie=cookie, form=form)

    def _forged_login(self, door):
        """A cookie that was ended, changed, signed by another key, or made up."""
        if door.method != "GET":
            return None
        true = self._people[Role.COORDINATOR][0].removeprefix("linli=")
        at = self.dice.randrange(len(true) - 1)
        changed = true[:at] + ("A" if true[at] != "A" else "B") + true[at + 1 :]
        value = self.dice.choice((changed, self._by_another_key(), *_NO_COOKIES))
        cookie = self.dice.choice(
            (self._ended[0], f"linli={value}", f"session={true}", f"remember_token={true}", f"Linli={true}")
        )
        return self._to_login("a login that is none", door, self._path(door), cookie)

    def _by_another_key(self):
        interface, app = SecureCookieSessionInterface(), self._app
        real, app.secret_key = app.secret_key, self.dice.choice(("t" * 32, "s" * 39, "dev", "secret"))
        try:
            return interface.get_signing_serializer(app).dumps({"_user_id": "1", "_fresh": True})
        finally:
            app.secret_key = real

    def _misused(self, door):
        method, path = self.dice.choice(("GET", "POST", "PUT", "DELETE", "PATCH")), self._path(door)
        if self._addresses.test(path, method) or not self._addresses.allowed_methods(path):
            return None  # another door's, or a number that no address has
        cookie, token = self._people[Role.COORDINATOR]
        body = urlencode((*_TYPED, ("csrf_token", token))).encode()
        return Forged("another method", method, path, frozenset({405}), body, {"HTTP_COOKIE": cookie})

    def _other(self, door):
        """What is neither a page nor the carrier's."""
        token = "".join(self.dice.choices("abcdefghijkl.-_XYZ0123456789", k=40))
        sid = "AC" + "0" * 32
        cookie = self._people[Role.COORDINATOR][0]
        far = {
            "REMOTE_ADDR": self.dice.choice(("203.0.113.9", "2001:db8::1", "")),
            "HTTP_X_EXCHANGE": "1",
            "HTTP_X_FORWARDED_FOR": "127.0.0.1",
        }
        rows = (
            Forged("a link that we did not sign", "GET", f"/voice/recordings/{token}.wav", frozenset({404})),
            Forged("the handsets from outside", "POST", "/exchange/anew", frozenset({403}), b'{"sure": true}', {"CONTENT_TYPE": "application/json", **far}),
            Forged("the handsets from outside", "GET", "/exchange/state", frozenset({403}), more=far),
            Forged("the exchange without a key", "POST", f"/exchange/2010-04-01/Accounts/{sid}/Messages.json", frozenset({401}), b"To=%2B12125550111&Body=x"),
            Forged("a huge form", "POST", "/news", frozenset({413}), b"words=" + b"x" * 70_000, {"HTTP_COOKIE": cookie}),
        )  # fmt: skip
        return self.dice.choice(rows)

    def _path(self, door):
        """A real address of that door; the first of everything is the first community's."""
        row = self.dice.choice(("1", "1", "1", "99999", "2147483647", "9" * 25))
        path = door.rule.replace("<any(person,nobody,onway,done):lane>", self.dice.choice(("person", "done")))
        for name, values in (
            ("<act>", ("finish", "x")),
            ("<part>", ("staff", "x")),
            ("<day>", ("2026-11-24", "x")),
            ("<name>", ("x",)),
        ):
            path = path.replace(name, self.dice.choice(values))
        return re.sub(r"<int:\w+>", lambda found: row if found[0] == "<int:row_id>" else "1", path)

    def _request(self, kind, door, path, answers, *, cookie, form=(), goes_to="", **more):
        if cookie:
            more["HTTP_COOKIE"] = cookie
        body = urlencode(form).encode() if door.method == "POST" else b""
        return Forged(kind, door.method, path, frozenset(answers), body, more, goes_to)


def _logged_in(app, name):
    client = app.test_client()
    _, token = _visited(client)
    answer = client.post("/login", data={"name": name, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 303, answer.text
    return _visited(client, "/")


def _visited(client, path="/login"):
    """The cookie and the form's token that this browser has now."""
    token = _TOKEN.search(client.get(path).text).group(1)
    return f"linli={client.get_cookie('linli', domain='localhost').value}", token


def _post(app, path, browser):
    cookie, token = browser
    app.test_client(use_cookies=False).post(path, data={"csrf_token": token}, headers={"Cookie": cookie})
