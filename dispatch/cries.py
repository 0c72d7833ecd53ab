"""Cries for help. Several about one person within a week: each is seen to like the first, and staff see how many there
were and how many had nothing wrong. Nothing is ever left out because of it; what lies behind a person finds out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import raise_alert
from models.people import Resident
from models.places import Community
from models.requests import HelpRequest
from models.tasks import CRIES, Alert, AlertKind

_WITHIN = timedelta(days=7)
# Of those who share a telephone so many are named.
_MOST_NAMES = 4


# Somebody who is not well is passed on after so many minutes.
_PATIENCE_MINUTES = 2.0


def cry(session: Session, community: Community, people: Sequence[Resident], *, phone: str, now: datetime) -> Alert:
    """Somebody is not well: one of `people`, who share the telephone or the contact that it came from."""
    first = people[0]
    return raise_alert(
        session, community, AlertKind.NOT_WELL, about=f"resident {first.id}", now=now, minutes=_PATIENCE_MINUTES,
        resident=first, name=" / ".join(person.name for person in people[:_MOST_NAMES]), phone=blanks.number(phone),
    )  # fmt: skip


class Cries(NamedTuple):
    """How many within the week up to some moment, and how many of them had nothing wrong."""

    total: int
    mistaken: int

    @property
    def are_several(self) -> bool:
        """More than one: worth saying."""
        return self.total > 1


def cries_about(session: Session, resident_id: int, *, until: datetime) -> Cries:
    """Of the seven days before that moment."""
    hers = sa.select(HelpRequest.id).where(HelpRequest.resident_id == resident_id)
    about_her = sa.or_(Alert.resident_id == resident_id, Alert.request_id.in_(hers))
    counted = sa.select(sa.func.count(), sa.func.sum(sa.case((Alert.was_false, 1), else_=0))).where(
        Alert.kind.in_(CRIES), about_her, Alert.raised_at > until - _WITHIN, Alert.raised_at <= until
    )
    count, mistaken = session.execute(counted).one()
    return Cries(count or 0, mistaken or 0)


def cries_of(session: Session, alert: Alert) -> Cries | None:
    """Those up to this alert, if it is a cry for help; None for any other."""
    resident_id = alert.request.resident_id if alert.request else alert.resident_id
    if alert.kind not in CRIES or resident_id is None:
        return None
    return cries_about(session, resident_id, until=alert.raised_at)
