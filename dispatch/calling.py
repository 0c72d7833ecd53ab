"""Who is on the telephone with a person at this moment, or is being put through to one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Resident, Volunteer, residents_at, residents_of_contact
from models.phones import caller_number
from models.places import Community
from models.traffic import Call, Delivery, Direction

# Longer than this nobody is spoken with: the carrier's last word was lost.
_LONGEST = timedelta(hours=2)
# The places of the menus in which somebody waits for a person (voice/places).
WAITING_FOR_A_PERSON = frozenset({"person", "wait"})


@dataclass(frozen=True)
class Caller:
    """A call that goes on; `people` are those whom the number is, or for whom its owner may ask."""

    call: Call
    people: list[Resident]
    volunteer: Volunteer | None
    is_connected: bool  # a person has taken it; else it rings on duty

    @property
    def since(self) -> datetime:
        """When it began."""
        return self.call.started_at or self.call.made_at


def callers_now(session: Session, community: Community, *, now: datetime) -> list[Caller]:
    """Those who speak with a person or are about to, whoever called first first."""
    live = sa.select(Call).where(
        Call.community_id == community.id, Call.state == Delivery.LIVE, Call.direction == Direction.INBOUND,
        Call.made_at > now - _LONGEST,
    )  # fmt: skip
    return [
        _caller(session, community, call, now=now)
        for call in session.scalars(live.order_by(Call.made_at, Call.id))
        if is_for_a_person(call)
    ]


def is_for_a_person(call: Call) -> bool:
    """Is it one that staff have taken, or that rings on duty?"""
    talk = call.talk or {}
    return talk.get("place") in WAITING_FOR_A_PERSON or _has_spoken(call)


def _has_spoken(call: Call) -> bool:
    return bool((call.talk or {}).get("picks", {}).get("has_spoken"))


def _caller(session: Session, community: Community, call: Call, *, now: datetime) -> Caller:
    number = caller_number(call.phone)
    people = residents_at(session, community, number, now=now) if number else []
    if number and not people:
        people = residents_of_contact(session, community, number, now=now)
    return Caller(call, people, call.volunteer, _has_spoken(call))
