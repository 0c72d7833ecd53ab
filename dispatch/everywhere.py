"""What ails the whole installation is an alert in every community, once, that closes by itself."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about, raise_alert
from models.places import Community
from models.tasks import AlertKind


def alarm_everywhere(session: Session, kind: AlertKind, *, is_true: bool, now: datetime) -> None:
    """Raise it in every community while it is true, and close it when it is not."""
    for community in session.scalars(sa.select(Community).order_by(Community.id)).all():
        about = f"community {community.id}"
        if is_true:
            raise_alert(session, community, kind, about=about, now=now)
        else:
            close_alerts_about(session, about, {kind}, now=now)
