"""The process that is killed: the house in a fork, told by a pipe what to do, dead at the point that was chosen.

The points are wrapped around it from here: each statement, each commit, each request to the carrier, each answer.
"""

import logging
import os
import signal
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa
from twilio.http.response import Response

from campaigns.hamlet import ACCOUNT, MONDAY, PUBLIC, TOKEN, WoundClock
from scripts.house import build
from voice.carrier.client import Account, Carrier, OriginClient


class Points:
    """The points that have been passed; at the fatal one the process kills itself, and nothing is tidied up."""

    def __init__(self):
        self.fatal, self.pipe = None, None
        self.passed = []

    def reach(self, name):
        """Pass a point, or die at it."""
        self.passed.append(name)
        if self.fatal == len(self.passed):
            self.pipe.send(("dying", name))
            os.kill(os.getpid(), signal.SIGKILL)


class PipeHttp(OriginClient):
    """Twilio's client, with the parent process for a network: its ledger outlives us."""

    def __init__(self, points):
        super().__init__(PUBLIC)
        self.points, self.pipe = points, None

    def request(
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ):
        parts = urlsplit(url)
        what = "asked" if method == "POST" else "asked for a list"
        self.points.reach(f"before the carrier is {what}")
        self.pipe.send(("carrier", method, parts.path, {**dict(parse_qsl(parts.query)), **(params or {})}, data or {}))
        status, body = self.pipe.recv()
        self.points.reach(f"after the carrier was {what}")
        return Response(status, body)


class Errors(logging.Handler):
    """What the house logs as its own fault is told to the parent: there should be none."""

    def __init__(self, house):
        super().__init__(logging.ERROR)
        self.house = house

    def emit(self, record):
        self.house.pipe.send(("error", self.format(record)))


class KilledHouse:
    """Built once, on a file that is replaced for each trial; forked for each life."""

    def __init__(self, settings):
        self.points, self.clock, self.pipe = Points(), WoundClock(), None
        self.http = PipeHttp(self.points)
        self.house = build(
            self.settings_checked(settings), self.clock, carrier=self._carrier(), stopwatch=self._seconds
        )
        self.client = self.house.app.test_client()
        logging.getLogger().addHandler(Errors(self))
        _wrap(self.house.database.engine, self.points)

    @staticmethod
    def settings_checked(settings):
        """Only a carrier of the campaign's own may be reached."""
        if settings.carrier.kind != "twilio":
            raise ValueError("the campaign brings its own carrier")
        return settings

    def _seconds(self):
        return (self.clock.shown - MONDAY).total_seconds()

    def _carrier(self):
        return Carrier(Account(ACCOUNT, TOKEN, PUBLIC), http=self.http)

    def live(self, pipe, fatal):
        """Do what the pipe says until it says no more; never comes back."""
        self.pipe = self.http.pipe = self.points.pipe = pipe
        self.points.fatal, self.points.passed = fatal, []
        while True:
            command = pipe.recv()
            if command is None:
                pipe.send(("done", list(self.points.passed)))
                os._exit(0)
            done = self.do(command)
            self.points.reach("before the answer is written")
            pipe.send(("done", done))
            self.points.reach("after the answer was written")

    def do(self, command):
        """(now,): look at what is due; (now, path, form, headers): take a post. What came of it."""
        self.clock.shown = command[0]
        return self._post(*command[1:]) if len(command) > 1 else self.house.sweeps.run_all()

    def _post(self, path, form, headers):
        answer = self.client.post(path, base_url=PUBLIC, data=form, headers=headers)
        return answer.status_code, answer.get_data(as_text=True)

    def rest(self):
        """Close everything: no connection may be open when the process forks."""
        self.house.database.engine.dispose()


def _wrap(engine, points):
    def word(statement):
        return statement.split(None, 1)[0].upper()

    @sa.event.listens_for(engine, "connect", insert=True)
    def _connected(*_):
        points.reach("a connection is opened")

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _before(connection, cursor, statement, *_):
        points.reach(f"before {word(statement)}")

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _after(connection, cursor, statement, *_):
        points.reach(f"after {word(statement)}")

    commit = engine.dialect.do_commit

    def committed(connection):
        points.reach("before COMMIT")
        commit(connection)
        points.reach("after COMMIT")

    engine.dialect.do_commit = committed
