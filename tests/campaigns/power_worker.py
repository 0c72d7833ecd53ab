"""The process whose disk is recorded: the real house takes orders by text, and notes each one that was acknowledged.

Called by power_cuts with the recorder loaded before it: python -m campaigns.power_worker FILE ORDERS SYNC PAGES SEED.
"""

import ctypes
import random
import sys
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from twilio.http.response import Response

from campaigns.hamlet import ACCOUNT, PUBLIC, TOKEN, WoundClock, a_text, settings_for
from campaigns.ledger import Ledger
from models.traffic import Message
from scripts.house import build
from voice.carrier.client import Account, Carrier, OriginClient


def phone_of(number):
    """The telephone of the resident with that number."""
    return f"+1212555{2000 + number:04d}"


class LedgerHttp(OriginClient):
    """Twilio's client, with a ledger in this process for a network: the disk alone is on trial here."""

    def __init__(self, clock):
        super().__init__(PUBLIC)
        self.ledger, self.clock = Ledger(), clock

    def request(
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ):
        return Response(*self.ledger.ask(method, url, params or {}, data or {}, now=self.clock.now()))


def main():
    """Take the orders, one after the other."""
    file, orders, synchronous, pages, seed = sys.argv[1:]
    rng, clock = random.Random(int(seed)), WoundClock()
    carrier = Carrier(Account(ACCOUNT, TOKEN, PUBLIC), http=LedgerHttp(clock))
    house = build(settings_for(Path(file), LINLI_CARRIER__KIND="twilio"), clock, carrier=carrier)
    _set_otherwise(house.database.engine, synchronous, int(pages))
    recorder = ctypes.CDLL(None)
    client = house.app.test_client()
    readers = []
    for number in range(int(orders)):
        clock.shown += timedelta(seconds=rng.randrange(1, 5))
        post = a_text(f"SM{number:032x}", phone_of(number), "1")
        answer = client.post(post.path, base_url=PUBLIC, data=post.form, headers=post.headers)
        if answer.status_code != 200:
            raise SystemExit(f"an order was answered {answer.status_code}")
        recorder.disk_note(f"sms {post.form['MessageSid']}".encode())
        _live_a_little(house, readers, rng)


def _live_a_little(house, readers, rng):
    """What happens besides: sending, somebody who looks for long and holds the log, everything closed and reopened."""
    if rng.randrange(4) == 0:
        house.sweeps.run_all()
    if readers and rng.randrange(4) == 0:
        readers.pop().__exit__(None, None, None)
    elif not readers and rng.randrange(8) == 0:
        readers.append(house.database.read())
        readers[0].__enter__().scalar(sa.select(sa.func.count(Message.id)))
    elif not readers and rng.randrange(20) == 0:
        house.database.engine.dispose()


def _set_otherwise(engine, synchronous, pages):
    """After the product's own settings, those of the campaign: nothing, if it is to be as shipped."""

    @sa.event.listens_for(engine, "connect")
    def _otherwise(connection, _):
        if synchronous != "shipped":
            connection.execute(f"PRAGMA synchronous={synchronous}")
        if pages:
            connection.execute(f"PRAGMA wal_autocheckpoint={pages}")


if __name__ == "__main__":
    main()
