"""Senders whom nobody knows, as many as you like: what is answered and written down is bounded, and nothing is lost."""

import argparse
import random
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import sqlalchemy as sa

from dispatch.crowds import ANSWERED_A_DAY, ANSWERED_AN_HOUR, LAST_DIGITS
from dispatch.founding import add_staff, found_community
from models.base import Base
from models.database import Database, open_engine
from models.numbers import Phone
from models.people import Role
from models.places import Community
from models.tallies import Tally
from models.tasks import Alert, AlertKind, Callback
from models.traffic import Direction, Message
from voice.texting import text_comes_in

_BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
_WORDS = ("hello", "1", "yes", "win a prize", "who is this?", "YES 42", "你好", "START", "STOP", "hola")
_CRIES = ("help me", "I fell", "救命", "me he caído", "HELP")
_DEFAULTS = SimpleNamespace(offer_minutes=10, wave_size=3, nudge_minutes=60, acknowledge_minutes=15)


def run(seed: int, *, senders: int, a_cry_in: int = 400, blocks: int = 0) -> tuple[Counter[str], list[str]]:
    """Each sends one text within a day; `blocks`: from so many blocks of numbers, else from anywhere. What came of it,
    and what was wrong."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(open_engine(f"sqlite:///{folder}/crowd.db"))
        Base.metadata.create_all(database.engine)
        with database.begin() as session:
            line = found_community(
                session, name="Linli", number="+12125550100", timezone="America/New_York", language="en", zones=["East"],
                defaults=_DEFAULTS,
            )  # fmt: skip
            add_staff(
                session, line, name="Dora", role=Role.COORDINATOR, phone="+12125550131", is_on_duty=True,
                password="a long password", language="en",
            )  # fmt: skip
        cries = _write(database, dice, senders, a_cry_in, blocks)
        with database.read() as session:
            return _looked_at(session, senders, cries)


def _write(database: Database, dice: random.Random, senders: int, a_cry_in: int, blocks: int) -> set[str]:
    cries, at_once = set(), 500
    for first in range(0, senders, at_once):
        with database.begin() as session:
            line = session.scalars(sa.select(Community)).one()
            for at in range(first, min(first + at_once, senders)):
                area = dice.randrange(blocks) if blocks else dice.randrange(10**5)
                number = f"+1646{area % 1000:03}{at % 10_000:04}" if blocks else f"+1{20_000 + area % 70_000:05}{at:05}"
                is_cry = dice.randrange(a_cry_in) == 0
                body = dice.choice(_CRIES if is_cry else _WORDS)
                now = _BEGIN + timedelta(days=1) * at / senders
                text = text_comes_in(session, line, sid=f"SM{at:032x}", sender=number, body=body, now=now)
                if is_cry:
                    cries.add(text.phone)
    return cries


def _looked_at(session: sa.orm.Session, senders: int, cries: set[str]) -> tuple[Counter[str], list[str]]:
    texts = session.scalars(sa.select(Message)).all()
    answers = [text for text in texts if text.direction is Direction.OUTBOUND and text.staff_id is None]
    by_block = Counter((text.phone[:-LAST_DIGITS], text.made_at.hour) for text in answers)
    callbacks = set(session.scalars(sa.select(Callback.phone)))
    alerts = session.scalars(sa.select(Alert).where(Alert.kind == AlertKind.STRANGERS)).all()
    counts = Counter({
        "kept": sum(text.direction is Direction.INBOUND for text in texts), "answered": len(answers),
        "numbers known": session.scalar(sa.select(sa.func.count()).select_from(Phone)) or 0,
        "counts": session.scalar(sa.select(sa.func.count()).select_from(Tally)) or 0,
        "to be rung": len(callbacks), "cries": len(cries), "alerts": len(alerts),
        "unanswered": max((alert.details["count"] for alert in alerts), default=0),
    })  # fmt: skip
    lost = cries - callbacks
    wrong = [
        *([f"{counts['kept']} texts of {senders} were kept"] if counts["kept"] != senders else []),
        *([f"{len(answers)} were answered"] if len(answers) > 2 * ANSWERED_A_DAY else []),
        *([f"one block {max(by_block.values())} times in an hour"] if max(by_block.values(), default=0) > 2 * ANSWERED_AN_HOUR else []),
        *([f"{len(lost)} cries for help were lost"] if lost else []),
        *([f"{counts['numbers known']} numbers are written down"] if counts["numbers known"] > 3 * ANSWERED_A_DAY + len(cries) else []),
        *([f"{counts['counts']} counts are kept"] if counts["counts"] > 2 * ANSWERED_A_DAY + 10 else []),
        *([f"{len(callbacks)} are to be rung"] if len(callbacks) > 3 * ANSWERED_A_DAY + len(cries) else []),
        *([f"{len(alerts)} alerts"] if len(alerts) != 1 else []),
    ]  # fmt: skip
    return counts, wrong


def main(arguments: list[str]) -> int:
    """The long one."""
    options = argparse.ArgumentParser(prog="scripts/soak strangers", description=__doc__)
    options.add_argument("--senders", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--blocks", type=int, default=0, help="from so many blocks of ten thousand numbers")
    given = options.parse_args(arguments)
    counts, wrong = run(given.seed, senders=given.senders, blocks=given.blocks)
    print(*(f"{name}: {count:,}" for name, count in counts.items()), sep="\n")
    print(*wrong, sep="\n")
    return 1 if wrong else 0
