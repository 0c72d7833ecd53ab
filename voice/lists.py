"""The carrier's own lists: what reached it while we did not answer is taken up as if it had arrived then.

Texts are done once, by the same key as their webhook. Whoever called and was not heard is rung back.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.everywhere import alarm_everywhere
from models.database import Database
from models.installation import Installation, installation
from models.places import Community
from models.tasks import AlertKind
from models.traffic import AnsweredTurn, Call
from voice.carrier import speech
from voice.carrier.client import Came
from voice.carrier.errors import OUTAGE, CarrierError
from voice.carrier.ways import HICCUPS, Ways
from voice.ending import call_is_over
from voice.inbox import answer_once, text_key, turn_key
from voice.missed import call_was_missed, text_was_missed

log = logging.getLogger(__name__)

_READ_EVERY = timedelta(minutes=5)
_AGAIN_AFTER = timedelta(minutes=1)
# Lists lag behind, and a webhook may be on its way: each reading reaches back before the last.
_OVERLAP = timedelta(minutes=10)
_YOUNG = timedelta(seconds=45)
# A day without the network is not to fill the log: one line in so many failures, which are a minute apart.
_SAID_EVERY = 60


class Lists:
    """Reads what came for every number of ours, by the way that the number belongs to."""

    def __init__(self, database: Database, ways: Ways) -> None:
        self._database = database
        self._ways = ways
        self._tried_at: datetime | None = None
        self._pause = _READ_EVERY
        self._failures = 0

    def is_behind(self, now: datetime) -> bool:
        """Have the lists not been looked at for so long that orders may lie there which were in time?

        Until then nothing is closed: this is so when the program starts, and when the machine has slept.
        """
        return self._tried_at is None or not timedelta(0) <= now - self._tried_at <= _READ_EVERY * 2

    def take_up(self, *, now: datetime) -> int:
        """Look, when it is time to; returns how many texts and calls were taken up that we had not known."""
        if self._tried_at is not None and timedelta(0) <= now - self._tried_at < self._pause:
            return 0
        self._tried_at, self._pause = now, _AGAIN_AFTER
        known = self._read_until()
        try:
            taken = self._read(since=known - _OVERLAP, now=now) if known is not None else self._look_first(now=now)
        except CarrierError as error:
            self._cannot_be_read(error, now=now)
            if known is None:
                self._remember(now)
            return 0
        self._can_be_read(now=now)
        self._remember(self._ways.first.carrier.clock or now)
        self._pause = _READ_EVERY
        if taken:
            log.info("%s texts and calls had come while nothing of ours answered", taken)
        return taken

    def _cannot_be_read(self, error: CarrierError, *, now: datetime) -> None:
        """The first time may be a hiccup; after that nobody can reach us either, though nothing of ours waits."""
        self._failures += 1
        if self._failures == 1 or self._failures % _SAID_EVERY == 0:
            log.warning("the carrier's lists cannot be read: %s (%s)", error, error.code)
        if self._failures == HICCUPS and error.remedy in OUTAGE:
            self._alarm(is_true=True, now=now)

    def _can_be_read(self, *, now: datetime) -> None:
        """A list that can be read says nothing about whether anything leaves: what the outbox has found stands."""
        if self._failures >= HICCUPS and not self._ways.first.is_failing:
            self._alarm(is_true=False, now=now)
        self._failures = 0

    def _alarm(self, *, is_true: bool, now: datetime) -> None:
        with self._database.begin() as session:
            alarm_everywhere(session, AlertKind.CARRIER_DOWN, is_true=is_true, now=now)

    def _look_first(self, *, now: datetime) -> int:
        """What was there before us is not ours to take up: it is only asked what time it is there."""
        for _, number, is_second in self._lines()[:1]:
            self._ways.way(is_second=is_second).carrier.texts_to(number, since=now, now=now)
        return 0

    def _read(self, *, since: datetime, now: datetime) -> int:
        return sum(self._of_number(*line, since=since, now=now) for line in self._lines())

    def _read_until(self) -> datetime | None:
        """Up to when the lists are known, by the carrier's clock; None: they have never been looked at."""
        with self._database.read() as session:
            known = session.scalars(sa.select(Installation.carrier_read_until)).one_or_none()
        clock = self._ways.first.carrier.clock
        # A simulated carrier's clock may be wound back.
        return min(known, clock) if known is not None and clock is not None else known

    def _remember(self, until: datetime) -> None:
        with self._database.begin() as session:
            installation(session).carrier_read_until = until

    def _lines(self) -> list[tuple[int, str, bool]]:
        with self._database.read() as session:
            rows = session.execute(
                sa.select(Community.id, Community.number, Community.second_number).order_by(Community.id)
            ).all()
        firsts = [(id_, number, False) for id_, number, _ in rows]
        return firsts + [(id_, second, True) for id_, _, second in rows if second]

    def _of_number(self, community_id: int, number: str, is_second: bool, *, since: datetime, now: datetime) -> int:
        carrier = self._ways.way(is_second=is_second).carrier
        texts = carrier.texts_to(number, since=since, now=now)
        calls = carrier.calls_to(number, since=since, now=now)
        new_texts = self._unknown(((text_key(text.sid), text) for text in texts), now)
        new_calls = self._unknown(((turn_key(call.sid, 0), call) for call in calls if call.is_over), now)
        for key, text in new_texts:
            self._take_text(community_id, key, text, now=now)
        for key, call in new_calls:
            self._take_call(community_id, key, call, now=now)
        self._end_those_over([call.sid for call in calls if call.is_over], now=now)
        return len(new_texts) + len(new_calls)

    def _unknown(self, came: Iterable[tuple[str, Came]], now: datetime) -> list[tuple[str, Came]]:
        """Those of which no webhook has been answered; one that is young may still be on its way."""
        found = [(key, one) for key, one in came if now - one.at >= _YOUNG]
        with self._database.read() as session:
            asked = sa.select(AnsweredTurn.key).where(AnsweredTurn.key.in_([key for key, _ in found]))
            known = set(session.scalars(asked))
        return [(key, one) for key, one in found if key not in known]

    def _take_text(self, community_id: int, key: str, text: Came, *, now: datetime) -> None:
        def take(session: Session, now: datetime) -> str:
            text_was_missed(session, session.get_one(Community, community_id), text, now=now)
            return speech.EMPTY

        answer_once(self._database, key, take, now=now)

    def _take_call(self, community_id: int, key: str, call: Came, *, now: datetime) -> None:
        def take(session: Session, now: datetime) -> str:
            call_was_missed(session, session.get_one(Community, community_id), call, now=now)
            return speech.hung_up()

        answer_once(self._database, key, take, now=now)

    def _end_those_over(self, sids: list[str], *, now: datetime) -> None:
        """Calls that go on only with us: the news of their end were lost."""
        with self._database.read() as session:
            going_on = sa.select(Call.id).where(Call.call_sid.in_(sids), Call.ended_at.is_(None))
            left = list(session.scalars(going_on))
        for call_id in left:
            with self._database.begin() as session:
                call = session.scalars(sa.select(Call).where(Call.id == call_id).with_for_update()).one()
                call_is_over(session, call, now=now, was_answered=call.talk is not None)
