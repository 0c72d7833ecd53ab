"""News for whoever presses 4, and the day on paper."""

from functools import partial

import sqlalchemy as sa
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.lanes import look
from dispatch.board.sheet_file import LANES
from dispatch.lists.words import languages
from dispatch.recording import take_news_away
from models.changes import touch
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
    form = Form(desk)
    words = {tag: form.words(f"words_{tag}", most=500) for tag in languages()}
    start, end = form.day("from_date"), form.day("until_date")
    if not any(words.values()):
        form.mistakes.append(desk.words.t("wrong.no_words"))
    if start and end and end < start:
        form.mistakes.append(desk.words.t("wrong.ends_before"))
    form.check()
    said = {tag: text for tag, text in words.items() if text}
    desk.session.add(Announcement(community_id=desk.community.id, words=said, from_date=start, until_date=end))
    desk.tell("news_added")
    if len(said) == 1:
        desk.tell("news_one", language=desk.words.language(next(iter(said))))
    return desk.go("news")


def end_news(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It is over: from now on nobody hears it."""
    row = desk.find(Announcement, row_id)
    take_news_away(desk.session, desk.staff, row, now=desk.now)
    desk.session.delete(row)
    touch(desk.session, desk.community.id)
    desk.tell("news_ended")
    return desk.go("news")


def sheet(desk: Desk) -> str:
    """Everything open, for paper: the day the network is down."""
    sight = look(desk.session, desk.community, now=desk.now, most=10_000)
    return desk.page(
        "sheet", sight=sight, lanes=LANES,
        household=partial(residents_at, desk.session, desk.community, now=desk.now),
    )  # fmt: skip
