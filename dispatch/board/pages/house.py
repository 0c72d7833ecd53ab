"""News for whoever presses 4, and the day on paper."""

from functools import partial

import sqlalchemy as sa
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.lanes import look
from dispatch.board.settling import Fields, Part, add, end, named_in
from dispatch.board.sheet_file import LANES
from dispatch.lists.words import languages
from dispatch.recording import take_news_away
from models.people import residents_at
from models.places import Announcement


def news(desk: Desk, **_: object) -> str:
    """What the line reads to whoever asks for news."""
    rows = desk.session.scalars(
        sa.select(Announcement)
        .where(Announcement.community_id == desk.community.id, Announcement.until_date >= desk.wall.today)
        .order_by(Announcement.from_date, Announcement.id)
    ).all()
    return desk.page("news", rows=rows, languages=languages())


def add_news(desk: Desk) -> ResponseReturnValue:
    """One more announcement."""
    row = Announcement(community_id=desk.community.id)
    answer = add(desk, NEWS, row)
    if len(row.words) == 1:
        desk.tell("news_one", language=desk.words.language(next(iter(row.words))))
    return answer


def end_news(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It is over: from now on nobody hears it."""
    return end(desk, NEWS, desk.find(Announcement, row_id))


def _write_news(form: Form, row: Announcement) -> None:
    words = {tag: form.words(f"words_{tag}", most=500) for tag in languages()}
    start, end_ = form.day("from_date"), form.day("until_date")
    if not any(words.values()):
        form.mistakes.append(form.desk.words.t("wrong.no_words"))
    if start and end_ and end_ < start:
        form.mistakes.append(form.desk.words.t("wrong.ends_before"))
    form.check()
    assert start is not None  # noqa: S101 - the check has raised otherwise
    assert end_ is not None  # noqa: S101
    row.words = {tag: text for tag, text in words.items() if text}
    row.from_date, row.until_date = start, end_


def _shows_news(row: Announcement) -> Fields:
    days = {"from_date": row.from_date.isoformat(), "until_date": row.until_date.isoformat()}
    return {**named_in("words", row.words), **days}


def _news_goes(desk: Desk, row: Announcement) -> None:
    take_news_away(desk.session, desk.staff, row, now=desk.now)
    desk.session.delete(row)


NEWS = Part(
    "news", Announcement, _shows_news, _write_news, "news", goes=_news_goes,
    again=lambda desk: Announcement(community_id=desk.community.id), where=lambda desk: desk.go("news"),
    told=("news_added", "news_ended"),
)  # fmt: skip


def sheet(desk: Desk) -> str:
    """Everything open, for paper: the day the network is down."""
    sight = look(desk.session, desk.community, now=desk.now, most=10_000)
    return desk.page(
        "sheet", sight=sight, lanes=LANES,
        household=partial(residents_at, desk.session, desk.community, now=desk.now),
    )  # fmt: skip
