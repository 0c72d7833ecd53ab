"""From an empty installation to the first delivery: what is there already, and what comes next. Only looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import gaps
from models.events import Event
from models.installation import Installation
from models.kitchens import kitchens_of
from models.lifecycle import State
from models.menus import Menu
from models.people import Resident
from models.places import Community, Who
from models.requests import HelpRequest, Source
from models.tasks import Alert, AlertKind
from models.traffic import Call, Direction, Outcome

HOURS_SAVED = "hours_saved"
# The carrier's lists are read every five minutes: an older reading is one that failed.
_READ_WITHIN = timedelta(minutes=15)
# Whoever has delivered as often as this needs no first steps, whatever she did in her own way.
_PAST_IT = 25


@dataclass(frozen=True)
class Found:
    """How a step stands: a word for it (a step that is done is "done"), and the blanks of the sentence."""

    word: str
    blanks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step, and how it stands."""

    key: str
    found: Found
    is_of_today: bool  # it can be undone again by tomorrow: no reason to begin from the start

    @property
    def is_done(self) -> bool:
        """Need nothing more be done?"""
        return self.found.word == "done"


def steps(session: Session, community: Community, *, now: datetime) -> list[Step]:
    """All of them, in the order in which they are best done."""
    return [Step(key, look(session, community, now), key in _OF_TODAY) for key, look in _LOOKS.items()]


def is_finished(found: list[Step]) -> bool:
    """Was everything there once, down to the first delivery?"""
    return all(step.is_done or step.is_of_today or step.key in _ADVISED for step in found)


def needs_guide(session: Session, community: Community, *, now: datetime) -> bool:
    """Does this community still take its first steps?"""
    done = (HelpRequest.community_id == community.id) & (HelpRequest.state == State.DONE)
    often = session.scalars(sa.select(HelpRequest.id).where(done).limit(1).offset(_PAST_IT - 1)).first()
    return often is None and not is_finished(steps(session, community, now=now))


def _hours(session: Session, community: Community, now: datetime) -> Found:
    """Nobody knows whether the usual ones are right until somebody has looked and saved them."""
    if gaps.is_never_staffed(community):
        return Found("never")
    saved = sa.select(Event.id).where(Event.community_id == community.id, Event.verb == HOURS_SAVED)
    opens, closes = f"{community.opens_at:%H:%M}", f"{community.closes_at:%H:%M}"
    return Found("done" if _is_any(session, saved) else "yet", {"opens": opens, "closes": closes})


def _duty(session: Session, community: Community, now: datetime) -> Found:
    on_duty = gaps.people_on_duty(session, community)
    return Found("done", {"names": on_duty.names}) if on_duty.count else Found("yet")


def _codes(session: Session, community: Community, now: datetime) -> Found:
    """Is more than a password demanded of whoever can read everything?"""
    return Found("yet" if community.second_factor_for is Who.NOBODY else "done")


def _carrier(session: Session, community: Community, now: datetime) -> Found:
    """What the sweeps have seen: nothing is asked over the network while somebody waits for a page."""
    read_until = session.scalars(sa.select(Installation.carrier_read_until)).one_or_none()
    down = sa.select(Alert.id).where(
        Alert.community_id == community.id, Alert.kind == AlertKind.CARRIER_DOWN, Alert.closed_at.is_(None)
    )
    if read_until is None or now - read_until > _READ_WITHIN or _is_any(session, down):
        return Found("unreached")
    answered = sa.select(Call.id).where(
        Call.community_id == community.id, Call.direction == Direction.INBOUND, Call.talk.is_not(None)
    )
    return Found("done" if _is_any(session, answered) else "yet", {"number": community.number})


def _residents(session: Session, community: Community, now: datetime) -> Found:
    enrolled = sa.select(sa.func.count()).where(
        Resident.community_id == community.id, Resident.enrolled_at.is_not(None), Resident.phone.is_not(None)
    )
    count = session.scalar(enrolled) or 0
    if count:
        return Found("done", {"count": count})
    return Found("not_enrolled" if gaps.has_residents(session, community) else "yet")


def _volunteers(session: Session, community: Community, now: datetime) -> Found:
    lacking = [one.service for one in gaps.uncovered_services(session, community, now=now) if one.is_nowhere]
    return Found("yet", {"services": lacking}) if lacking else Found("done")


def _kitchen(session: Session, community: Community, now: datetime) -> Found:
    """The first one is founded with the community: it is a kitchen once somebody has said who and where."""
    known = [
        row for row in kitchens_of(session, community.id) if row.phone or row.address or row.name != community.name
    ]
    return Found("done", {"names": tuple(row.name for row in known)}) if known else Found("yet")


def _menu(session: Session, community: Community, now: datetime) -> Found:
    today = community.local(now).date()
    near = sa.select(Menu).where(
        Menu.community_id == community.id, Menu.date.between(today, today + timedelta(days=1))
    ).order_by(Menu.date)  # fmt: skip
    cooked = next((menu for menu in session.scalars(near) if menu.dishes and not menu.is_off), None)
    return Found("done", {"meal": cooked.meal.names, "day": cooked.date}) if cooked else Found("yet")


def _practice(session: Session, community: Community, now: datetime) -> Found:
    practised = sa.select(Call.id).where(Call.community_id == community.id, Call.outcome == Outcome.PRACTISED)
    return Found("done" if _is_any(session, practised) else "yet", {"number": community.practice_number or ""})


def _order(session: Session, community: Community, now: datetime) -> Found:
    """By somebody: what the clock places for standing orders proves nothing."""
    by_somebody = _requests(community).where(HelpRequest.source != Source.STANDING)
    return Found("done" if _is_any(session, by_somebody) else "yet")


def _delivery(session: Session, community: Community, now: datetime) -> Found:
    done = _requests(community).where(HelpRequest.state == State.DONE)
    return Found("done" if _is_any(session, done) else "yet")


def _requests(community: Community) -> sa.Select[int]:
    return sa.select(HelpRequest.id).where(HelpRequest.community_id == community.id)


def _is_any(session: Session, query: sa.Select[int]) -> bool:
    return session.scalars(query.limit(1)).first() is not None


_LOOKS: dict[str, Callable[[Session, Community, datetime], Found]] = {
    "hours": _hours,
    "duty": _duty,
    "codes": _codes,
    "carrier": _carrier,
    "residents": _residents,
    "volunteers": _volunteers,
    "kitchen": _kitchen,
    "menu": _menu,
    "practice": _practice,
    "order": _order,
    "delivery": _delivery,
}
_OF_TODAY = frozenset({"duty", "carrier", "menu", "volunteers"})
# Good to have, and no reason to go on showing the first steps.
_ADVISED = frozenset({"codes"})
KEYS = tuple(_LOOKS)
# What a step that is not done may be called, besides "yet".
MORE_WORDS = {"hours": "never", "carrier": "unreached", "residents": "not_enrolled"}
