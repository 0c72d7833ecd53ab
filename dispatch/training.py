"""The training community begins anew: what was done in it is forgotten, its people are there as on the first day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.demo import load_demo
from models.base import Base
from models.events import Event
from models.installation import Backup
from models.leases import Lease
from models.menus import Menu
from models.people import Staff, StaffSession
from models.places import Community

# What is not the community's: who keeps the watch, and which copies lie in the folder of backups.
_KEPT = frozenset({Lease.__tablename__, Backup.__tablename__})
_BEGAN_ANEW = "began_anew"
# For so long whoever looks at the board is told.
_TOLD_FOR = timedelta(minutes=15)
_CUTOFF_WITHIN_DAYS = 7


class NotForTraining(Exception):
    """There is a community here that is not the invented one: nothing is forgotten."""


@dataclass(frozen=True)
class _LoggedIn:
    """A browser that is to stay logged in."""

    name: str
    token_hash: str


def begin_anew(session: Session, *, defaults: Any, password: str, now: datetime) -> Community:
    """Forget everything and load the demo community. Raises NotForTraining if anybody real may be in this database."""
    if not is_for_training(session):
        raise NotForTraining
    seen = session.scalar(sa.select(sa.func.max(Community.board_version))) or 0
    browsers = _logged_in(session)
    _empty(session)
    community = load_demo(session, defaults=defaults, password=password, now=now)
    # An open board asks only whether the number that it knows is still the same.
    community.board_version = seen + 1
    session.add(Event(community_id=community.id, at=now, who="clock", verb=_BEGAN_ANEW))
    _let_in_again(session, browsers, now=now)
    return community


def is_for_training(session: Session) -> bool:
    """Is everybody in this database invented?"""
    return session.scalars(sa.select(Community.id).where(~Community.is_demo).limit(1)).first() is None


def began_anew_at(session: Session, *, now: datetime) -> datetime | None:
    """When the training began anew, if that was lately."""
    began = sa.select(sa.func.max(Event.at)).where(Event.verb == _BEGAN_ANEW, Event.at > now - _TOLD_FOR)
    return session.scalar(began)


def moments(session: Session, community: Community, *, now: datetime) -> dict[str, datetime]:
    """The instants ahead to which whoever learns may want to wind the clock: by name, those that there are."""
    ahead = {"morning": community.next_at(community.opens_at, now)}
    today = community.local(now).date()
    menus = sa.select(Menu).where(
        Menu.community_id == community.id, Menu.closed_at.is_(None),
        Menu.date.between(today, today + timedelta(days=_CUTOFF_WITHIN_DAYS)),
    )  # fmt: skip
    cutoffs = [menu.cutoff_at for menu in session.scalars(menus) if menu.can_be_ordered(now)]
    return {**ahead, "cutoff": min(cutoffs)} if cutoffs else ahead


def _logged_in(session: Session) -> list[_LoggedIn]:
    rows = session.execute(
        sa.select(Staff.name, StaffSession.token_hash).join(StaffSession.staff).where(StaffSession.ended_at.is_(None))
    )
    return [_LoggedIn(name, token_hash) for name, token_hash in rows]


def _empty(session: Session) -> None:
    """Every row of every table. The ids go on counting: what an open page names does not mean something else now."""
    session.expunge_all()
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in _KEPT:
            session.execute(sa.delete(table))


def _let_in_again(session: Session, browsers: list[_LoggedIn], *, now: datetime) -> None:
    staff = {one.name: one.id for one in session.scalars(sa.select(Staff))}
    session.add_all(
        StaffSession(staff_id=staff[one.name], token_hash=one.token_hash, began_at=now, seen_at=now)
        for one in browsers
        if one.name in staff
    )
