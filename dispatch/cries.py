"""Cries for help about one person within a week: each is seen to like the first, and staff see how many there were and
how many had nothing wrong. Nothing is ever left out because of it; what lies behind them a person finds out."""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.requests import HelpRequest
from models.tasks import Alert, AlertKind

_CRIES = (AlertKind.NOT_WELL, AlertKind.WORRIED)
_WITHIN = timedelta(days=7)


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
        Alert.kind.in_(_CRIES), about_her, Alert.raised_at > until - _WITHIN, Alert.raised_at <= until
    )
    count, mistaken = session.execute(counted).one()
    return Cries(count or 0, mistaken or 0)


def cries_of(session: Session, alert: Alert) -> Cries | None:
    """Those up to this alert, if it is a cry for help; None for any other."""
    resident_id = alert.request.resident_id if alert.request else alert.resident_id
    if alert.kind not in _CRIES or resident_id is None:
        return None
    return cries_about(session, resident_id, until=alert.raised_at)
