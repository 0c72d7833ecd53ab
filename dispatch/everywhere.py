"""What ails the whole installation is an alert in every community, once, that closes by itself."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import mended_itself, raise_alert
from models.places import Community
from models.tasks import AlertKind, open_alerts_of


def alarm_everywhere(session: Session, kind: AlertKind, *, is_true: bool, now: datetime) -> None:
    """Raise it in every community while it is true, and close it when it is not."""
    if is_true:
        for community in session.scalars(sa.select(Community).order_by(Community.id)).all():
            raise_alert(session, community, kind, about=f"community {community.id}", now=now)
        return
    for alert in open_alerts_of(session, kind):
        mended_itself(session, alert, now=now)
