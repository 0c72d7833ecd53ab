"""The restore drill: a large database is backed up, life goes on, the disk breaks, the backup takes its place.

Whatever was promised before and had left is not sent again, no code is used twice, and what reached the carrier since
the backup is read there again. Every step is timed; a restore must be done within ten minutes.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from town import Town

from campaigns.hamlet import processor_seconds
from dispatch import holding
from dispatch.keeping import copy_now
from dispatch.telling import tell
from models.events import Event
from models.people import Consent, Resident, Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.restoring import restore
from models.schema import migrate
from models.traffic import AnsweredTurn, Call, Message
from scripts.keeping import hold

_LIMIT_SECONDS = 600
_AT_ONCE = 5000
_RESIDENTS = 2000


def main(argv):
    """Run the drill; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak restore_drill", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="in the database that is backed up")
    parser.add_argument("--texts", type=int, default=300, help="promised before the backup, sent after it")
    parser.add_argument("--orders", type=int, default=40, help="by phone since the backup, and as many after it")
    parser.add_argument("--came", type=int, default=40, help="texts that came since the backup")
    parser.add_argument("--database", help="an empty one on a PostgreSQL server; without it, a SQLite file")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="linli-drill-") as folder:
        drill = Drill(Path(folder), arguments)
        drill.run()
    return drill.report()


class Drill:
    """One drill, and what came of it."""

    def __init__(self, folder, wanted):
        self.wanted = wanted
        self.seconds, self.faults, self.said = {}, [], []
        self.file = None
        if wanted.database:
            migrate(wanted.database)
        self.folder = folder
        self.town = Town(folder, url=wanted.database, template=folder if wanted.database else None)
        self.processor = processor_seconds()

    def run(self):
        """From the first row to the last text."""
        with self._timed("filled"):
            self.fill()
        self.promised = self.promise()
        with self._timed("backup, read back"):
            copy = copy_now(self.town.database, self.folder / "copies", now=self.town.now)
        self.said.append(f"backup: {copy.size_bytes / 1e6:.1f} MB, {sum(copy.label.rows.values()):,} rows")
        self.live_on()
        codes = self.codes()
        self.town.database.engine.dispose()
        with self._timed("restore"):
            restore(self.town.url, copy.file, now=self.town.now)
            hold(self.town.database, now=self.town.now)
        if self.seconds["restore"] > _LIMIT_SECONDS:
            self.faults.append(f"the restore took longer than {_LIMIT_SECONDS} seconds")
        self.town.clock.shown += timedelta(seconds=2)
        self.town.wait(minutes=40)
        self.count_texts("while held")
        self.look_for_what_came()
        self.order()
        self.look_at_codes(codes)
        with self.town.database.begin() as session:
            community = session.get_one(Community, self.town.community_id)
            released = holding.release_all(session, community, who="staff 1", now=self.town.now)
        self.said.append(f"held until released: {released}")
        self.town.wait(minutes=20)
        self.count_texts("after the release")

    def fill(self):
        """Rows as a long year leaves them: people, requests that are done, what was said."""
        town, total = self.town, self.wanted.requests
        with town.database.begin() as session:
            community = session.get_one(Community, town.community_id)
            zone, service = community.zones[0].id, community.services[0].id
            community.next_code = 11 + total
            both = {"community_id": community.id, "language": "en", "enrolled_at": town.now, "consent": Consent.PAPER}
            people = [
                {**both, "name": f"R{n}", "phone": f"+1212555{n:04d}", "zone_id": zone} for n in range(_RESIDENTS)
            ]
            helpers = [
                {**both, "name": f"V{n}", "phone": f"+1646555{n:04d}", "days": []} for n in range(self.wanted.texts)
            ]
            session.execute(sa.insert(Resident), people)
            session.execute(sa.insert(Volunteer), helpers)
            for first in range(0, total, _AT_ONCE):
                numbers = range(first, min(first + _AT_ONCE, total))
                self._write_done(session, community.id, service, numbers)

    def _write_done(self, session, community_id, service_id, numbers):
        begin = self.town.now - timedelta(days=200)
        at = {n: begin + timedelta(minutes=n) for n in numbers}
        common = {"community_id": community_id}
        session.execute(
            sa.insert(HelpRequest),
            [
                {**common, "code": 11 + n, "resident_id": 1 + n % _RESIDENTS, "service_id": service_id, "source": "voice",
                 "source_key": f"CA{n:032d} 3", "placed_at": at[n], "wanted_from": at[n], "wanted_until": at[n],
                 "state": "done", "closed_at": at[n], "due_at": None, "note": "Milk, bread and the newspaper"}
                for n in numbers
            ],
        )  # fmt: skip
        for verb in ("place", "finish"):
            session.execute(
                sa.insert(Event),
                [{**common, "at": at[n], "who": "clock", "verb": verb, "request_id": n + 1} for n in numbers],
            )
        gone = {**common, "direction": "outbound", "language": "en", "cause": "from_staff", "due_at": None}
        session.execute(
            sa.insert(Message),
            [
                {**gone, "phone": f"+1212555{n % _RESIDENTS:04d}", "says": [], "state": "delivered", "made_at": at[n],
                 "message_sid": f"SM{n:032d}", "body": "Linli: ordered. It comes today between 11 AM and 12:30 PM."}
                for n in numbers
            ],
        )  # fmt: skip
        session.execute(
            sa.insert(Call),
            [
                {**gone, "direction": "inbound", "phone": f"+1212555{n % _RESIDENTS:04d}", "says": [], "state": "ended",
                 "made_at": at[n], "ended_at": at[n], "outcome": "ordered", "call_sid": f"CA{n:032d}"}
                for n in numbers
            ],
        )  # fmt: skip
        session.execute(
            sa.insert(AnsweredTurn), [{"key": f"old {n}", "answer": "<Response/>" * 20, "at": at[n]} for n in numbers]
        )

    def promise(self):
        """Texts that are promised when the backup is made; number → words."""
        words = {}
        with self.town.database.begin() as session:
            for n, volunteer in enumerate(session.scalars(sa.select(Volunteer).order_by(Volunteer.id)).all()):
                words[volunteer.phone] = f"This is text number {n}"
                tell(session, volunteer, "from_staff", now=self.town.now, words=words[volunteer.phone])
        for phone in words:
            self.town.telephone(phone)
        return words

    def live_on(self):
        """They leave, and people order and write, after the backup."""
        self.town.menu("Soup", "Rice")
        self.town.wait(minutes=3)
        sent = sum(bool(self.town.telephone(phone).inbox) for phone in self.promised)
        if sent != len(self.promised):
            self.faults.append(f"only {sent} of {len(self.promised)} texts had left before the disk broke")
        self.order()
        self.came = [f"Please look after number {n}" for n in range(self.wanted.came)]
        for n, words in enumerate(self.came):
            self.town.telephone(f"+1212555{1000 + n:04d}").text(words)
        self.town.wait(minutes=15)

    def order(self):
        """By phone; the menu is of today, or is written anew after the restore has lost it."""
        with self.town.database.read() as session:
            is_there = session.scalar(sa.text("SELECT count(*) FROM menus"))
        if not is_there:
            self.town.menu("Soup", "Rice")
        for n in range(self.wanted.orders):
            phone = self.town.telephone(f"+1212555{500 + n:04d}")
            if phone.state != "idle":
                phone.hang_up()
            phone.dial()
            phone.press("1")
            phone.hang_up()

    def codes(self):
        """Every code that was ever given out."""
        with self.town.database.read() as session:
            return set(session.scalars(sa.select(HelpRequest.code)))

    def look_at_codes(self, before):
        """No request of after the restore has a code of before, but those that are in the backup."""
        new = [r.code for r in self.town.requests if r.placed_at > self.town.now - timedelta(hours=1)]
        reused = before & set(new)
        self.said.append(f"requests after the restore: {len(new)}, codes used twice: {len(reused)}")
        if reused or len(new) < self.wanted.orders:
            self.faults.append(f"codes used twice: {sorted(reused)[:5]}; orders taken: {len(new)}")

    def count_texts(self, when):
        """Each of the old texts was received once."""
        again = 0
        for phone, words in self.promised.items():
            again += max(0, sum(words in body for body in self.town.telephone(phone).inbox) - 1)
        self.said.append(f"old texts sent again {when}: {again}")
        if again:
            self.faults.append(f"{again} old texts were sent again {when}")

    def look_for_what_came(self):
        """What was written since the backup is there again."""
        there = Counter(row.body for row in self.town.rows(Message, direction="inbound"))
        found = [words for words in self.came if there[words] == 1]
        self.said.append(f"texts since the backup read again from the carrier: {len(found)} of {len(self.came)}")
        if len(found) != len(self.came):
            self.faults.append(f"{len(self.came) - len(found)} texts since the backup are missing or doubled")

    def report(self):
        """Print it; 0 when nothing is wrong."""
        for name, seconds in self.seconds.items():
            print(f"{name:20}{seconds:8.1f} s")
        print("\n".join(self.said))
        print(f"processor: {processor_seconds() - self.processor:.0f} s")
        for fault in self.faults:
            print(f"FAULT: {fault}", file=sys.stderr)
        print(f"faults: {len(self.faults)}")
        return 1 if self.faults else 0

    @contextmanager
    def _timed(self, name):
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began
