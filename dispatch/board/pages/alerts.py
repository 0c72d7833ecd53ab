"""The alerts of the last days: who had each, how it ended, and how many of them had nothing wrong."""

from datetime import timedelta

import sqlalchemy as sa

from dispatch.board.desk import Desk
from dispatch.board.pages.naming import name_of, reason
from dispatch.board.typed import page_number
from models.tasks import Alert

_A_PAGE = 50
# Alerts of so many days are counted.
DAYS = 30


def alerts(desk: Desk) -> str:
    """Every alert, the newest first, and the share of false alarms."""
    page = page_number()
    here = sa.select(Alert).where(Alert.community_id == desk.community.id)
    rows = desk.session.scalars(
        here.order_by(Alert.raised_at.desc(), Alert.id.desc()).limit(_A_PAGE + 1).offset((page - 1) * _A_PAGE)
    ).all()
    closed, mistaken = _counted(desk)
    return desk.page(
        "alerts", alerts=rows[:_A_PAGE], page=page, has_more=len(rows) > _A_PAGE, closed=closed, mistaken=mistaken,
        share=round(100 * mistaken / closed) if closed else 0, days=DAYS, how=lambda alert: _how(desk, alert),
    )  # fmt: skip


def _counted(desk: Desk) -> tuple[int, int]:
    """How many were closed in the last days, and how many of them had nothing wrong."""
    lately = (Alert.community_id == desk.community.id, Alert.closed_at >= desk.now - timedelta(days=DAYS))
    count = sa.select(sa.func.count()).select_from(Alert).where(*lately)
    return desk.session.scalar(count) or 0, desk.session.scalar(count.where(Alert.was_false)) or 0


def _how(desk: Desk, alert: Alert) -> list[str]:
    """How it was closed, and by whom: "nothing was wrong", what staff wrote, or that it mended itself."""
    who, why = str(alert.details.get("closed_by", "")), str(alert.details.get("closed_why", ""))
    said = [desk.words.t("settle.nothing_wrong")] if alert.was_false else []
    return [*said, *([reason(desk, why)] if why else []), *([name_of(desk, who)] if who.startswith("staff") else [])]
