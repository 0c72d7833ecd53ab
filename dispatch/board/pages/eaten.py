"""Afterwards: what was ordered, cooked and eaten, day by day, and what was not."""

from datetime import date, timedelta

from flask import request

from dispatch.board.desk import Desk
from dispatch.board.forms import day_of
from dispatch.eaten import menus_between, together

_WEEK, _MOST_DAYS = timedelta(days=6), timedelta(days=92)


def figures(desk: Desk, **_: object) -> str:
    """The last week, or the days that were asked for; a quarter at most."""
    first, last = _span(desk)
    menus = menus_between(desk.session, desk.community.id, first, last)
    days = last - first + timedelta(days=1)
    return desk.page(
        "eaten", menus=menus, total=together(part for _, part in menus), first=first, last=last,
        before=(first - days, first - timedelta(days=1)), after=(last + timedelta(days=1), last + days),
    )  # fmt: skip


def _span(desk: Desk) -> tuple[date, date]:
    last = day_of(request.args.get("until", "")) or desk.wall.today
    first = day_of(request.args.get("from", "")) or last - _WEEK
    return max(min(first, last), last - _MOST_DAYS), last
