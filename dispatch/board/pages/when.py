"""When help may be wanted: the days and hours that forms offer, and what was chosen."""

from datetime import datetime, timedelta

from flask import request

from dispatch.asking import on_day, soon
from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import day_of

_DAYS_SHOWN, _DAYS_AHEAD = 7, timedelta(days=60)
_HOURS = range(7, 21)  # when help may begin


def choices(desk: Desk) -> dict[str, object]:
    """What a form offers."""
    return {
        "days": [desk.wall.today + timedelta(days=n) for n in range(_DAYS_SHOWN)],
        "hours": _HOURS, "soonest": soon(desk.community, desk.now),
    }  # fmt: skip


def chosen(desk: Desk) -> tuple[datetime, datetime]:
    """From when until when; a mistake is said in words."""
    written = request.form.get("day", "soon")
    if written == "soon":
        return soon(desk.community, desk.now)
    day = day_of(written)
    hour = request.form.get("hour", 9, type=int)
    if day is None or not desk.wall.today <= day <= desk.wall.today + _DAYS_AHEAD or hour not in _HOURS:
        raise Wrong([desk.words.t("wrong.when", days=_DAYS_AHEAD.days, first=_HOURS[0], last=_HOURS[-1])])
    return on_day(desk.community, day, hour, desk.now)
