"""Days on which nothing is cooked: entered after a look at what would be called off, and taken back."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from dispatch import blanks
from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.closing import close_day, open_day, ordered_for
from dispatch.public_holidays import Holiday, days_made_up, holidays_ahead
from models.errors import Refusal
from models.kitchens import ClosingDay, closing_day, closing_days

_AHEAD, _SUGGESTED = timedelta(days=400), timedelta(days=200)


@dataclass(frozen=True)
class Closing:
    """What the page of meals shows about closing days."""

    coming: list[ClosingDay]
    suggested: list[Holiday] | None  # None: nobody has asked
    made_up: list[date]  # weekend days on which people work instead


def closing_of(desk: Desk) -> Closing:
    """The coming closing days; with `?holidays` the public holidays that are none yet."""
    today = desk.wall.today
    coming = closing_days(desk.session, desk.community.id, today, today + _AHEAD)
    if "holidays" not in request.args:
        return Closing(coming, None, [])
    closed, until = {row.date for row in coming}, today + _SUGGESTED
    holidays = holidays_ahead(desk.community, today, until, language=desk.words.tag)
    return Closing(
        coming, [one for one in holidays if one.date not in closed], days_made_up(desk.community, today, until)
    )


def close(desk: Desk) -> ResponseReturnValue:
    """Nothing is cooked on that day. What would be called off is said first, and it is done once that is known."""
    form = Form(desk)
    day, why = form.day("day"), form.words("why", most=80)
    form.check()
    if day is None or not desk.wall.today <= day <= desk.wall.today + _AHEAD:
        raise Wrong([desk.words.t("wrong.closing_day")])
    if closing_day(desk.session, desk.community.id, day) is not None:
        raise Refusal("closed_already", day=blanks.day(day))
    orders = ordered_for(desk.session, desk.community, day)
    if len(orders) != request.form.get("sure", 0, type=int):
        return desk.page("closing", day=day, why=why, count=len(orders))
    called_off = close_day(desk.session, desk.community, day, why=why, who=desk.who, now=desk.now)
    desk.tell("day_closed", day=desk.wall.day(day))
    if called_off:
        desk.tell_how_many("orders_called_off", called_off)
    return desk.go("meals", _anchor="closing")


def take_back(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It is cooked on that day after all."""
    row = desk.find(ClosingDay, row_id)
    open_day(desk.session, row, desk.community, who=desk.who, now=desk.now)
    desk.tell("day_opened", day=desk.wall.day(row.date))
    return desk.go("meals", _anchor="closing")
