"""The carrier of the killed house, in the process that lives on: what it accepted, and what it will tell of that."""

import itertools
import json
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime

# Its list may lag by so much behind what it has accepted.
LAG = timedelta(seconds=30)
_LEFT = ("delivered", "ended", "sent")
_ARRIVED = ("delivered",)


class Ledger:
    """Accepts every text and call, lists them with a lag, and owes news of every text."""

    def __init__(self, lag=LAG):
        self._lag = lag
        self._numbers = itertools.count(1)
        self.accepted = []  # one row for each text or call: kind, sid, to, body, url, at
        self.news = []  # (sid, to, status), still to be told

    def ask(self, method, path, params, data, *, now):
        """One request of Twilio's client; the status and the body of the answer."""
        kind = "Messages" if "/Messages" in path else "Calls"
        if method == "POST":
            return 201, json.dumps(_wire(self._accept(kind, data, now)))
        seen = [row for row in self.accepted if row["kind"] == kind and row["at"] + self._lag <= now]
        found = [_wire(row) for row in reversed(seen) if row["to"] == params.get("To", row["to"])]
        return 200, json.dumps({kind.lower(): found, "next_page_uri": None})

    def _accept(self, kind, data, now):
        sid = f"{'SM' if kind == 'Messages' else 'CA'}{0xF << 64 | next(self._numbers):032x}"
        row = {"kind": kind, "sid": sid, "to": data["To"], "body": data.get("Body", ""), "at": now,
               "url": data.get("Url", ""), "is_answered": False}  # fmt: skip
        self.accepted.append(row)
        if kind == "Messages":
            self.news += [(sid, row["to"], "sent"), (sid, row["to"], "delivered")]
        return row

    def texts_to(self, phone):
        """The texts that have reached a telephone."""
        return [row["body"] for row in self.accepted if row["kind"] == "Messages" and row["to"] == phone]

    def call_to(self, phone):
        """A call that rings there and was not answered yet."""
        return next(
            (r for r in self.accepted if r["kind"] == "Calls" and r["to"] == phone and not r["is_answered"]), None
        )


def sent_once(connection, ledger, *, is_all_told=False):
    """Faults: a text or call that the carrier has and no row of ours knows, or that was promised and is not there.

    `is_all_told`: the carrier has told of every text that it arrived, and was answered: every row must know it.
    """
    faults = []
    for table, sid, kind in (("messages", "message_sid", "Messages"), ("calls", "call_sid", "Calls")):
        # An offer that could not leave before somebody else said yes is withdrawn: nobody is asked in vain.
        rows = connection.execute(
            f"SELECT m.id, m.{sid}, m.state FROM {table} m LEFT JOIN offers o ON o.id = m.offer_id "  # noqa: S608
            "WHERE m.direction = 'outbound' AND NOT (m.error_code = 'withdrawn' AND o.state = 'withdrawn' "
            "AND m.state = 'cancelled')"
        ).fetchall()
        times = Counter(row["sid"] for row in ledger.accepted if row["kind"] == kind)
        owners = Counter(row[1] for row in rows)
        for known, count in times.items():
            if owners[known] != count:
                faults.append(f"doubled: the carrier has one of {table} that no row of ours knows")
        wanted = _ARRIVED if is_all_told and kind == "Messages" else _LEFT
        for id_, known, state in rows:
            if state not in wanted or not times[known]:
                faults.append(f"lost: {table} {id_} ended {state}")
    return faults


def _wire(row):
    return {
        "sid": row["sid"], "status": "queued", "to": row["to"], "body": row["body"], "direction": "outbound-api",
        "date_created": format_datetime(row["at"]), "date_sent": None, "error_code": None,
    }  # fmt: skip
