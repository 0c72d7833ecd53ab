"""What ails the whole installation is an alert in every community, once, that closes by itself."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alert, raise_alert
from models.places import Community
from models.prepared import prepared
from models.tasks import Alert, AlertKind


def alarm_everywhere(session: Session, kind: AlertKind, *, is_true: bool, now: datetime) -> None:
    """Raise it in every community while it is true, and close it when it is not."""
    if is_true:
        for community in session.scalars(sa.select(Community).order_by(Community.id)).all():
            raise_alert(session, community, kind, about=f"community {community.id}", now=now)
        return
    for alert in session.scalars(*_open_alerts(kind)).all():
        close_alert(session, alert, who="clock", now=now, why="no_longer_true")


@prepared
def _open_alerts(kind: AlertKind) -> sa.Select[Alert]:
    return sa.select(Alert).where(Alert.kind == kind, Alert.closed_at.is_(None))
