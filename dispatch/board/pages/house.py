"""The community's own things: news, opening hours, patience, who is on duty; and the day on paper."""

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.lanes import Lane, look
from dispatch.board.words import LANGUAGES
from models.changes import touch
from models.people import Role, Staff
from models.places import WEEKDAYS, Announcement, Service

# The numbers of a service that staff may change: name → least, most.
PATIENCE = {
    "offer_minutes": (0.05, 240),
    "wave_size": (1, 50),
    "nudge_minutes": (0.05, 1440),
    "acknowledge_minutes": (0.05, 240),
}
_WHOLE = frozenset({"wave_size"})


def news(desk: Desk, **_: object) -> str:
    """What the line reads to whoever asks for news."""
    rows = desk.session.scalars(
        sa.select(Announcement)
        .where(Announcement.community_id == desk.community.id, Announcement.until_date >= desk.wall.today)
        .order_by(Announcement.from_date, Announcement.id)
    ).all()
    return desk.page("news", rows=rows, languages=list(LANGUAGES))


def add_news(desk: Desk) -> ResponseReturnValue:
    """One more announcement."""
    form = Form(desk)
    words = {tag: form.words(f"words_{tag}", most=500) for tag in LANGUAGES}
    start, end = form.day("from_date"), form.day("until_date")
    if not any(words.values()):
        form.mistakes.append(desk.words.t("wrong.no_words"))
    if start and end and end < start:
        form.mistakes.append(desk.words.t("wrong.ends_before"))
    form.check()
    said = {tag: text for tag, text in words.items() if text}
    desk.session.add(Announcement(community_id=desk.community.id, words=said, from_date=start, until_date=end))
    desk.tell("news_added")
    return desk.go("news")


def end_news(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It is over: from now on nobody hears it."""
    row = desk.find(Announcement, row_id)
    desk.session.delete(row)
    touch(desk.session, desk.community.id)
    desk.tell("news_ended")
    return desk.go("news")


def settings(desk: Desk, **_: object) -> str:
    """What the community has set for itself."""
    staff = desk.session.scalars(
        sa.select(Staff).where(Staff.community_id == desk.community.id, Staff.is_active).order_by(Staff.name)
    ).all()
    return desk.page("settings", staff=staff, weekdays=WEEKDAYS, patience=PATIENCE, community=desk.community)


def save_hours(desk: Desk) -> ResponseReturnValue:
    """Opening and quiet hours."""
    form, community = Form(desk), desk.community
    opens, closes = form.time("opens_at"), form.time("closes_at")
    quiet_from, quiet_until = form.time("quiet_from"), form.time("quiet_until")
    if not form.mistakes and closes <= opens:
        form.mistakes.append(desk.words.t("wrong.closes_before"))
    form.check()
    community.opens_at, community.closes_at = opens, closes
    community.quiet_from, community.quiet_until = quiet_from, quiet_until
    community.opening_days = form.some_of("days", {day: day for day in WEEKDAYS})
    touch(desk.session, community.id)
    desk.tell("settings_saved")
    return desk.go("settings")


def save_service(desk: Desk, row_id: int) -> ResponseReturnValue:
    """How patient the queue is for one service."""
    service, form = desk.find(Service, row_id), Form(desk)
    values = {name: form.number(name, least, most) for name, (least, most) in PATIENCE.items()}
    form.check()
    for name, value in values.items():
        setattr(service, name, int(value) if name in _WHOLE else value)
    service.is_active = "is_active" in request.form or service.key is None
    desk.tell("settings_saved")
    return desk.go("settings")


def set_duty(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Somebody comes on duty, or goes."""
    row = desk.find(Staff, row_id)
    row.is_on_duty = request.form.get("on") == "1" and row.role in (Role.DISPATCHER, Role.COORDINATOR)
    desk.tell("settings_saved")
    return desk.go("settings")


def sheet(desk: Desk) -> str:
    """Everything open, for paper: the day the network is down."""
    sight = look(desk.session, desk.community, now=desk.now, most=10_000)
    return desk.page("sheet", sight=sight, lanes=[Lane.PERSON, Lane.NOBODY, Lane.ONWAY])
