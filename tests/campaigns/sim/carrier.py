"""The way to the simulated carrier and back, inside one process: what is asked of it, what it posts to us."""

from urllib.parse import urlencode, urlsplit

import requests
from flask import Flask
from town import PUBLIC
from twilio.http.response import Response

from campaigns.sim.crashes import Crash
from voice.carrier.client import OriginClient
from voice.exchange import Answer
from voice.exchange.rest import rest_blueprint


def carriers_own_server(exchange):
    """The carrier's side of the REST interface; it goes on when our process dies."""
    app = Flask("carrier", static_folder=None)
    app.register_blueprint(rest_blueprint(exchange), url_prefix="/exchange")
    return app


class Wire(OriginClient):
    """Twilio's client with the exchange for a network. What it asks for is the process's; what is done, the carrier's."""

    def __init__(self, world, process):
        super().__init__(PUBLIC + "/exchange")
        self.world, self.process = world, process

    def request(
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ):
        world, process = self.world, self.process
        process.point("send")
        trouble = world.trouble_on_the_wire()
        if trouble:
            world.trouble_at = world.elapsed
            world.counters.hit(f"{'refused' if trouble == 'refused' else 'silence'} on the wire")
            world.tell(f"    the way to the carrier: {trouble}")
        if trouble == "refused":
            raise requests.exceptions.ConnectionError("NewConnectionError: refused")
        parts = urlsplit(self.moved(url))
        is_create = method == "POST" and parts.path.endswith(("/Messages.json", "/Calls.json"))
        asked = world.ledger.asked(parts.path, data, process) if is_create else None
        query = "&".join(part for part in (parts.query, urlencode(params or {}, doseq=True)) if part)
        if not is_create and method == "GET":
            world.ledger.looked(params)
        answer = world.carrier_client.open(
            parts.path, query_string=query, method=method, data=data or None, headers=headers, auth=auth
        )
        if answer.status_code >= 429:
            world.trouble_at = world.elapsed
        if asked is not None:
            world.ledger.answered(asked)
        world.between_asking_and_answer(process)
        process.point("sent")
        if trouble == "silent":
            raise requests.exceptions.ReadTimeout("no answer")
        return self.answered(Response(answer.status_code, answer.get_data(as_text=True), dict(answer.headers)))

    def get_bytes(self, path, *, auth):
        self.process.point("send")
        answer = self.world.carrier_client.get(f"/exchange{path}", auth=auth)
        return answer.status_code, answer.get_data()


class Posts:
    """What the carrier posts to us. Each is kept, so that it can come again."""

    KEPT = 60

    def __init__(self, world):
        self.world = world
        self.kept = []
        self.unanswered = []
        self.count, self._token = 0, ""

    def fetch(self, method, url, params, headers, timeout_s):
        """The exchange's `fetch`."""
        world = self.world
        if not world.is_up:
            world.counters.hit("webhook met nobody")
            self._note_unanswered(url, params)
            raise ConnectionError("nobody listens")
        answer = self.deliver(method, url, params, headers)
        if world.loses_an_answer():
            world.counters.hit("webhook answered into the void")
            raise TimeoutError("the answer was lost")
        return answer

    def deliver(self, method, url, params, headers):
        """One post, done by our process; ConnectionError when it dies over it."""
        world = self.world
        self.count += 1
        if headers.get("I-Twilio-Idempotency-Token") == self._token and self._token:
            world.counters.hit("webhook doubled")
        self._token = headers.get("I-Twilio-Idempotency-Token", "")
        is_full = world.storage_fault
        try:
            answer = world.client.open(
                url.removeprefix(PUBLIC), base_url=PUBLIC, method=method, data=params if method == "POST" else None,
                headers=headers,
            )  # fmt: skip
            world.process.point("answer")
        except Crash:
            world.died()
            self._note_unanswered(url, params)
            raise ConnectionError("the process died") from None
        body = answer.get_data().decode("utf-8", "replace")
        if method == "POST":
            world.checker.on_answer(url, params, answer.status_code, body, is_full=is_full)
            self.kept = [*self.kept[-self.KEPT :], (method, url, dict(params), dict(headers), answer.status_code, body)]
        world.step_done()
        return Answer(answer.status_code, body, answer.headers.get("Content-Type", ""))

    def lie_in_the_lists(self):
        """Is there something that met nobody and has not been taken up yet, or a call of whose end we have not heard?"""
        book = self.world.plant.ledger.calls
        live = self.world.raw.execute("SELECT call_sid FROM calls WHERE ended_at IS NULL AND call_sid IS NOT NULL")
        if any((record := book.get(sid)) is not None and record.is_over for (sid,) in live.fetchall()):
            return True
        known = "SELECT 1 FROM messages WHERE message_sid=?1 UNION SELECT 1 FROM calls WHERE call_sid=?1"
        return any(self.world.raw.execute(known, (sid,)).fetchone() is None for _, sid, _, _ in self.unanswered)

    def _note_unanswered(self, url, params):
        for key, path in (("MessageSid", "/sms"), ("CallSid", "/voice")):
            if url.removeprefix(PUBLIC).split("#")[0] == path and params.get("Direction", "inbound") == "inbound":
                self.unanswered.append((path, params[key], params.get("From", ""), self.world.elapsed))
