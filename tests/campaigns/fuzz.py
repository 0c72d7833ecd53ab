"""Signed webhooks with anything in them, to every route of the carrier: never a 5xx, never TwiML that is refused.

Valid conversation is mixed in, so that deep places of the menus are reached. A refused post changes nothing; a post that
comes twice is answered the same and changes nothing; nor does one that is not signed, or whose bytes were cut anew; no
surname, address or number of a resident is logged, or told to somebody on the strength of a number.
"""

import logging
import tempfile
from collections import Counter, deque
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote_from_bytes

import sqlalchemy as sa
import werkzeug.urls  # noqa: F401 - registers how it reads bytes that are no UTF-8
from town import ANNA, DUTY, KARL, LEE, MEI, ROSE, SAM, Town

from campaigns.fuzz_checks import CANARIES, STREET, SURNAME, Ledger, wrong
from campaigns.fuzz_grammar import Grammar
from campaigns.hamlet import shelf
from campaigns.many_towns import in_many_towns
from campaigns.signed_posts import hand_over, signature
from models.schema import migrate
from models.traffic import Call, Message

# A town is given up after so many posts, for its tables grow; and time passes after each of so many.
_TOWN, _PAUSE = 4_000, 150
_ONCE = ("/voice/turn", "/voice/placed", "/sms")


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    return in_many_towns("fuzz", __doc__, run, argv, town=_TOWN)


def run(seed, posts):
    """So many posts to one town; returns counters, and a sentence for everything that was wrong."""
    with tempfile.TemporaryDirectory(dir=shelf(), prefix="linli-fuzz-") as folder, _listening() as noise:
        town = _founded(Path(folder))
        trial = _Trial(town, Ledger(Path(folder) / "linli.db"), seed, noise)
        for _ in range(posts):
            trial.one()
        trial.count_what_was_reached()
        trial.ledger.close()
        town.database.engine.dispose()
    return trial.counts, trial.found


class _Trial:
    def __init__(self, town, ledger, seed, noise):
        self.town, self.ledger, self.seed, self.noise = town, ledger, seed, noise
        self.grammar = Grammar(seed)
        self.dice = self.grammar.dice
        self.past = deque(maxlen=300)  # (post, body, signature, answer) of what was done once
        self.counts, self.found = Counter(), []

    def one(self):
        """One post, and what may follow it: the same again, an older one, a forged one, the same bytes cut anew."""
        post = self.grammar.next()
        body = _written(post.pairs)
        signed = signature(post.path, _read(body))
        before = self.ledger.version()
        answer = self._post(post, post.path, body, signed, f"{post.kind}")
        if answer.status >= 400 and self.ledger.version() != before:
            self._wrong(post, f"was refused with {answer.status}, and something has changed")
        if answer.status in (200, 204):
            self._follow(post, body, signed, answer)
        if self.counts["posts"] % _PAUSE < 1:
            self._time_passes()

    def _follow(self, post, body, signed, answer):
        is_once = post.path == "/voice" or post.path.startswith(_ONCE)
        if answer.status == 200 and is_once:
            self.past.append((post, body, signed, answer))
        throw = self.dice.random()
        if throw < 0.15:
            self._must_change_nothing("the same again", post, post.path, body, signed, answer)
        elif throw < 0.25 and self.past:
            post, body, signed, answer = self.dice.choice(self.past)
            self._must_change_nothing(
                "an old one again", post, post.path, body, signed, answer if is_news_free(post) else None
            )
        elif throw < 0.35:
            forged = self.dice.choice(("", "x", signed[::-1], signature(post.path, _read(body), token="u" * 32)))
            self._must_change_nothing("forged", post, post.path, body, forged, None, status=403)
        elif throw < 0.4 and signed:
            self._must_change_nothing("forged", post, post.path, body + b"&Digits=+1", signed, None, status=403)
        elif throw < 0.55 and post.pairs:
            cut = _written(self.grammar.split_anew(_read(body)))
            self._must_change_nothing("cut anew", post, post.path, cut, signed, None)

    def _must_change_nothing(self, kind, post, path, body, signed, expected, *, status=None):
        before = self.ledger.version()
        answer = self._post(post, path, body, signed, kind)
        if self.ledger.version() != before:
            self._wrong(post, f"{kind}: something has changed; {body[:300]!r}")
        if expected is not None and (answer.status, answer.body) != (expected.status, expected.body):
            self._wrong(post, f"{kind}: was answered otherwise")
        if status is not None and answer.status not in (status, 413):
            self._wrong(post, f"{kind}: was answered {answer.status}")

    def _post(self, post, path, body, signed, kind):
        self.counts.update(("posts", kind))
        answer = hand_over(self.town.app, path, body, signed)
        self.counts[str(answer.status)] += 1
        sid = dict(post.pairs).get("CallSid")
        is_ours = path.startswith("/voice/placed") or sid in self.grammar.ours
        for words in wrong(post, answer, is_ours):
            self._wrong(post, f"{kind}: {words}")
        for words in self.noise:
            self._wrong(post, f"{kind}: {words}")
        self.noise.clear()
        return answer

    def _time_passes(self):
        self.town.clock.shown += timedelta(minutes=self.dice.choice((1, 5, 20)))
        self.town.elapsed += 60
        for _ in range(3):
            self.town.house.sweeps.run_all()
            self.town.exchange.tick()
        with self.town.database.read() as session:
            newest = sa.select(Message.message_sid).where(
                Message.direction == "outbound", Message.message_sid.is_not(None)
            )
            self.grammar.sent = session.scalars(newest.order_by(Message.id.desc()).limit(40)).all()
            ours = sa.select(Call.id, Call.phone, Call.call_sid).where(Call.direction == "outbound")
            self.grammar.placed = session.execute(ours.order_by(Call.id.desc()).limit(10)).all()
        for words in self.noise:
            self.found.append(f"(seed {self.seed}, after {self.counts['posts']} posts) the sweeps: {words}")
        self.noise.clear()

    def count_what_was_reached(self):
        """How deep the conversation went: what came of calls and texts."""
        with self.town.database.read() as session:
            for kind, came in ((Call, Call.outcome), (Message, Message.cause)):
                query = sa.select(came, sa.func.count()).where(kind.direction == "inbound").group_by(came)
                self.counts.update({f"→ {what}": number for what, number in session.execute(query) if what})

    def _wrong(self, post, words):
        self.found.append(
            f"(seed {self.seed}, post {self.counts['posts']}) {post.kind} {post.path} {words}; {str(post.pairs)[:600]}"
        )


def is_news_free(post):
    """Is the answer kept under a natural key, so that it is the same for ever?"""
    return post.path == "/voice" or post.path.startswith(_ONCE)


def _written(pairs):
    """As a form is written; lone surrogates become the bytes that are no UTF-8."""
    return "&".join(
        "=".join(quote_from_bytes(part.encode("utf-8", "surrogatepass")) for part in pair) for pair in pairs
    ).encode()


def _read(body):
    """As the other side reads it."""
    return parse_qsl(body.decode(), keep_blank_values=True, errors="werkzeug.url_quote")


def _founded(folder):
    migrate(f"sqlite:///{folder}/linli.db")
    town = Town(folder)
    # The harness alone does not wait for the disk.
    town.database.engine.dispose()
    sa.event.listen(town.database.engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=off"))
    for name, number in (("Rose", ROSE), ("Karl", KARL), ("Anna", KARL)):
        town.resident(f"{name} {SURNAME}", number, address=f"{STREET} {name}", diet="no peanuts", contact=("Ida", ANNA))
    town.resident(f"Mei {SURNAME}", MEI, language="zh-CN", address=STREET)
    town.volunteer("Sam Lee", SAM)
    town.volunteer("Lee Wong", LEE)
    town.staff("Dora", DUTY)
    town.menu("Soup", ("Chicken", "peanuts"))
    town.menu("Noodles", meal="dinner")
    return town


@contextmanager
def _listening():
    """Errors that the house logs, and anything personal in any line of its log."""
    noise = []

    class Ear(logging.Handler):
        def emit(self, record):
            line = logging.Formatter().format(record)
            if record.levelno >= logging.ERROR:
                noise.append(f"logged an error: {line[-900:]}")
            noise.extend(f"logged something personal: {line[:300]}" for word in CANARIES if word in line)

    ear, root = Ear(), logging.getLogger()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.INFO)
    try:
        yield noise
    finally:
        root.removeHandler(ear)
        root.setLevel(before)
