"""What yesterday cost: asked of the carrier once a day for each number, when it knows the prices, and kept."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from models.database import Database
from models.places import Community
from models.traffic import Call, Message
from voice.carrier.client import Cost
from voice.carrier.errors import CarrierError
from voice.carrier.ways import Ways

log = logging.getLogger(__name__)

# Prices are filled in within hours: what was not known at night is known by then, and nobody calls yet.
_ASKED_AT = time(5, 30)
_AGAIN_AFTER = timedelta(hours=1)
_LOOKS_EVERY = timedelta(minutes=1)
# So many communities are asked for at one look: whatever else wants the carrier comes in between.
_AT_ONCE = 20


class Prices:
    """Asks when it is time to; what fails is tried again an hour later."""

    def __init__(self, database: Database, ways: Ways) -> None:
        self._database, self._ways = database, ways
        self._looked_at: datetime | None = None

    def ask(self, *, now: datetime) -> int:
        """Ask for a few communities whose time has come; returns how many texts and calls have a price now."""
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < _LOOKS_EVERY:
            return 0
        self._looked_at = now
        with self._database.read() as session:
            never = Community.prices_due_at.is_(None)
            due = sa.select(Community).where(never | (Community.prices_due_at <= now)).order_by(Community.id)
            found = session.scalars(due.limit(_AT_ONCE)).all()
        return sum(self._of(community, now=now) for community in found)

    def _of(self, community: Community, *, now: datetime) -> int:
        if community.prices_due_at is None:  # nothing of before it was here is ours
            self._ask_again(community, community.next_at(_ASKED_AT, now))
            return 0
        day = community.local(now).date() - timedelta(days=1)
        try:
            priced = sum(self._by(community, number, is_second, day) for number, is_second in _lines(community))
        except CarrierError as error:
            log.warning("the carrier does not say what yesterday cost: %s (%s)", error, error.code)
            self._ask_again(community, now + _AGAIN_AFTER)
            return 0
        self._ask_again(community, community.next_at(_ASKED_AT, now))
        return priced

    def _by(self, community: Community, number: str, is_second: bool, day: date) -> int:
        since, until = community.within_days(day, day)
        if not self._is_wanted(community, since, until):
            return 0
        texts, calls = self._ways.way(is_second=is_second).carrier.prices(number, since=since, until=until)
        return self._keep(Message, Message.message_sid, texts) + self._keep(Call, Call.call_sid, calls)

    def _is_wanted(self, community: Community, since: datetime, until: datetime) -> bool:
        """Was there anything that day?"""
        kinds: tuple[Any, ...] = (Message, Call)
        with self._database.read() as session:
            return any(
                session.scalars(
                    sa.select(kind.id)
                    .where(kind.community_id == community.id, kind.made_at >= since, kind.made_at < until)
                    .limit(1)
                ).first()
                for kind in kinds
            )

    def _keep(self, kind: Any, sid: Any, costs: Sequence[Cost]) -> int:
        if not costs:
            return 0
        kept = 0
        with self._database.begin() as session:
            for cost in costs:
                row = sa.update(kind).where(sid == cost.sid, kind.price.is_(None))
                done = session.execute(row.values(price=cost.price, price_unit=cost.unit))
                kept += done.rowcount  # type: ignore[attr-defined]
        return kept

    def _ask_again(self, community: Community, at: datetime) -> None:
        with self._database.begin() as session:
            row = sa.update(Community).where(Community.id == community.id)
            session.execute(row.values(prices_due_at=at))


def _lines(community: Community) -> list[tuple[str, bool]]:
    second = [(community.second_number, True)] if community.second_number else []
    return [(community.number, False), *second]
