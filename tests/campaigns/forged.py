"""Requests by whoever may make none, and true posts again and again: they are refused, and no row of any table changes.

To the carrier's addresses: unsigned, signed with another key or for another address, method or account, with the same
signed bytes cut anew, said twice, in a wrong form, as JSON, huge. To the board's: without a login or a token, for another
community, by who only reads. True posts, k times: database, carrier and answer are after the last as after the first.

Every commit is noticed at once, and then a sum over all rows of all tables is compared; the sum is also compared now and
again when nobody committed. `--seed S --posts N` with the numbers of what was wrong shows it again.
"""

import atexit
import hashlib
import logging
import shutil
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from town import ANNA, DUTY, KARL, LEE, MEI, ROSE, SAM, Town

from campaigns.forged_pages import Pages
from campaigns.forged_posts import MAKERS
from campaigns.fuzz_checks import Ledger
from campaigns.fuzz_grammar import Grammar
from campaigns.hamlet import shelf
from campaigns.many_towns import in_many_towns
from campaigns.signed_posts import FORM, ask, signature
from dispatch.founding import add_staff, found_community
from models.people import Role
from models.schema import migrate
from models.storage import sqlite_module
from models.traffic import Call, Message

_TOWN = 20_000  # requests to one town
_LIVED = 60  # true posts before the first forged one: there is something of everything to be harmed
_SUM_EVERY = 250
_REPLAYED = 0.006  # true posts among the forged ones, each of them again up to so many times
_MOST_TIMES = 10
_STAFF = {Role.COORDINATOR: "Cora", Role.AUDITOR: "Aida", Role.OPERATOR: "Opal"}
# What may change by a refused request: nothing but the beat of whoever watches (it is no request that writes it).
_MAY_CHANGE = ("leases",)


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    return in_many_towns("forged", __doc__, run, argv, town=_TOWN)


def run(seed, posts):
    """So many requests to one town; returns counters, and a sentence for everything that was wrong."""
    logging.getLogger().addHandler(logging.NullHandler())  # each refusal is a line that nobody would read
    with tempfile.TemporaryDirectory(dir=shelf(), prefix="linli-forged-") as folder:
        trial = _Trial(_founded(Path(folder)), Path(folder) / "linli.db", seed)
        while trial.counts["posts"] < posts:
            trial.one()
        trial.look_at_the_sum("at the end")
        trial.close()
    return trial.counts, trial.found


class _Trial:
    def __init__(self, town, file, seed):
        self.town, self.seed, self.file = town, seed, file
        self.grammar = Grammar(seed)
        self.dice = self.grammar.dice
        self.counts, self.found = Counter(), []
        self.pages = Pages(town.app, self.dice, _STAFF | {"far": "Fara"})
        self.ledger = Ledger(file)
        self._connection = sqlite_module().connect(str(file))
        for _ in range(_LIVED):
            self._hand_over(self._true(), {})
        self._settle()
        self.version, self.sum = self.ledger.version(), self._sum()

    def one(self):
        """One forged request; now and then a true one, and the same again."""
        if self.dice.random() < _REPLAYED:
            self._replay()
            return
        wanted = self._carrier() if self.dice.random() < 0.75 else self.pages.next()
        answer = ask(self.town.app, wanted.method, wanted.path, wanted.body, wanted.more)
        self._count(f"{wanted.kind}: {answer.status}")
        if answer.status not in wanted.answers:
            self._wrong(wanted, f"was answered {answer.status}, not {sorted(wanted.answers)}")
        if wanted.goes_to and answer.location != wanted.goes_to:
            self._wrong(wanted, f"leads to {answer.location}, not to {wanted.goes_to}")
        self._nothing_changed(wanted)

    def _true(self):
        """A post of the carrier's, never handed over yet. What no bytes can be made of is for the other campaign."""
        while True:
            post = self.grammar.valid()
            if all(letter < "\ud800" or letter > "\udfff" for _, value in post.pairs for letter in value):
                return post

    def _carrier(self):
        for _ in range(50):
            post = self._true()
            made = self.dice.choices(list(MAKERS), list(MAKERS.values()))[0](self.dice, post)
            if made is not None:
                return made
        raise AssertionError("no post can be forged")

    # --- the same again ---------------------------------------------------------------------------------------------

    def _replay(self):
        """A true post, then the same up to ten times: before what it caused is done, and after."""
        post = self._true()
        first = self._hand_over(post, {})
        self.version, self.sum = self.ledger.version(), self._sum()
        times = self.dice.randint(1, _MOST_TIMES)
        for k in range(2, 2 + times):
            if k == 2 + times // 2:
                self._settle()
                self.version, self.sum = self.ledger.version(), self._sum()
            self._again(post, first, k)
        sent = self._sent()
        self._settle()
        if self._sent() != sent:
            self._wrong(post, f"handed over {1 + times} times: something more has left")
        self.version, self.sum = self.ledger.version(), self._sum()

    def _again(self, post, first, k):
        answer = self._hand_over(post, self._dressed())
        self._count(f"a true post again: {answer.status}")
        if (answer.status, answer.body) != (first.status, first.body):
            self._wrong(
                post, f"the {k}. time it was answered {answer.status}, the first time {first.status}, or in other words"
            )
        self._nothing_changed(post)

    def _dressed(self):
        """What does not belong to what is signed may be different each time."""
        return self.dice.choice(
            ({}, {"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"},
             {"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_I_TWILIO_IDEMPOTENCY_TOKEN": "x"}, {"HTTP_COOKIE": "linli=x"})
        )  # fmt: skip

    def _hand_over(self, post, more):
        pairs = self.dice.sample(post.pairs, len(post.pairs))
        body = urlencode(pairs).encode()
        signed = {"HTTP_X_TWILIO_SIGNATURE": signature(post.path, pairs), "CONTENT_TYPE": FORM}
        return ask(self.town.app, "POST", post.path, body, signed | more)

    def _settle(self):
        """What the posts have caused is done; the carrier's news of it come in."""
        for _ in range(30):
            if not self.town.house.sweeps.run_all() + self.town.exchange.tick():
                break
        with self.town.database.read() as session:
            texts = session.query(Message.message_sid).where(
                Message.direction == "outbound", Message.message_sid.is_not(None)
            )
            self.grammar.sent = [sid for (sid,) in texts.order_by(Message.id.desc()).limit(40)]
            ours = session.query(Call.id, Call.phone, Call.call_sid).where(Call.direction == "outbound")
            self.grammar.placed = [tuple(row) for row in ours.order_by(Call.id.desc()).limit(10)]

    def _sent(self):
        return sum(method == "POST" for method, _ in self.town.sends)

    # --- has anything changed? --------------------------------------------------------------------------------------

    def _nothing_changed(self, what):
        version = self.ledger.version()
        if version != self.version or self.counts["posts"] % _SUM_EVERY == 0:
            self.version = version
            self.look_at_the_sum(what)

    def look_at_the_sum(self, what):
        """Are all rows as they were? Names the tables that are not."""
        now = self._sum()
        changed = [table for table in now if now[table] != self.sum.get(table)]
        if changed:
            self._wrong(what, f"has changed {', '.join(changed)}")
        self.sum = now
        self.counts["(sums over all tables)"] += 1

    def _sum(self):
        """A sum over the rows of each table."""
        read = self._connection.execute
        tables = [name for (name,) in read("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        rows = {name: read(f'SELECT * FROM "{name}"').fetchall() for name in tables if name not in _MAY_CHANGE}  # noqa: S608
        return {name: hashlib.blake2b(repr(sorted(map(repr, found))).encode()).digest() for name, found in rows.items()}

    def _count(self, kind):
        self.counts.update(("posts", kind))

    def _wrong(self, what, words):
        where = f"{what.kind} {what.path}" if hasattr(what, "path") else what
        self.found.append(f"(seed {self.seed}, post {self.counts['posts']}) {where} {words}; {str(what)[:600]}")

    def close(self):
        """Let go of the files."""
        self.ledger.close()
        self._connection.close()
        self.town.database.engine.dispose()


@cache
def _template():
    """An empty database that is up to date, for all towns of this process."""
    path = Path(tempfile.mkdtemp(dir=shelf(), prefix="linli-forged-")) / "empty.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    migrate(f"sqlite:///{path}")
    return path


def _founded(folder):
    town = Town(folder, template=_template())
    for name, number in (("Rose", ROSE), ("Karl", KARL), ("Anna", KARL)):
        town.resident(f"{name} Miller", number, address=f"{name}'s street", contact=("Ida", ANNA))
    town.resident("Mei Chen", MEI, language="zh-CN")
    town.volunteer("Sam Lee", SAM)
    town.volunteer("Lee Wong", LEE)
    town.staff("Dora", DUTY)
    for role, name in _STAFF.items():
        town.staff(name, DUTY, role=role, on_duty=False)
    town.menu("Soup", ("Chicken", "peanuts"))
    town.menu("Noodles", meal="dinner")
    with town.database.begin() as session:
        far = found_community(
            session, name="Far", number="+12125550200", timezone="America/New_York", language="en", zones=["Far"],
            defaults=town.settings.dispatch,
        )  # fmt: skip
        session.flush()
        add_staff(
            session,
            far,
            name="Fara",
            role=Role.COORDINATOR,
            phone=DUTY,
            is_on_duty=False,
            password="a long password",
            language="en",
        )
    return town
