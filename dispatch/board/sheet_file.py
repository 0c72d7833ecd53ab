"""The day sheet as a file of its own: everything open, opened by a double click on the day the network is down."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from sqlalchemy.orm import Session

from dispatch.board.lanes import Lane, look
from dispatch.board.words import Wall, shown_number, words_of
from models.people import residents_at
from models.places import Community

_HERE = Path(__file__).parent
LANES = [Lane.PERSON, Lane.NOBODY, Lane.ONWAY]
_EVERYTHING = 10_000


@dataclass(frozen=True)
class _Reader:
    """Whoever opens it: nobody is logged in, and nothing can be done from it."""

    community: Community
    now: datetime

    def may(self, door: str) -> bool:
        """Through no door."""
        return False


def day_sheet(session: Session, community: Community, *, now: datetime) -> str:
    """The whole file, in the community's language; it needs nothing beside it."""
    words = words_of(community.language)
    return _environment().get_template("board/sheet_file.html").render(
        desk=_Reader(community, now), t=words.t, n=words.n, named=words.named, words=words,
        wall=Wall(words, community, now), lanes=LANES,
        sight=look(session, community, now=now, most=_EVERYTHING),
        household=partial(residents_at, session, community, now=now),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    """The templates of the board, without the web around them."""
    made: Any = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
    style = (_HERE / "static" / "board.css").read_text(encoding="utf-8")
    made.globals.update(national=shown_number, style=Markup(style))  # noqa: S704 - our own file
    return made  # type: ignore[no-any-return]
