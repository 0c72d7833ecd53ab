"""What one page or act has before it: who asks, for which community, in which language, with which open session."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from dispatch.board.guessing import Patience
from dispatch.board.pictures import Pictures
from dispatch.board.words import Wall, Words
from dispatch.logbook import Logbook
from dispatch.noticing import Notebook
from dispatch.offered import Offered
from dispatch.office_calls import Wish, why_not_call
from dispatch.oneline import Piece
from dispatch.reaching import Directory
from dispatch.second_factor import are_few
from dispatch.telling import named
from models.database import Database
from models.errors import Refusal
from models.menus import Dish
from models.numbers import known_phone
from models.people import Person, Resident, Staff, Volunteer
from models.places import Community
from models.traffic import Call, Message

if TYPE_CHECKING:
    from dispatch.board.provided import Provider


class _OfACommunity(Protocol):
    community_id: Any


class Sentence(Protocol):
    """A sentence of the line that can be recorded: its number, its key, and what the machine says."""

    @property
    def number(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def words(self) -> str: ...


class Moment(Protocol):
    """What is heard at one place of a call; a line is made of words and of numbers of recordings."""

    @property
    def when(self) -> str: ...
    @property
    def blanks(self) -> Mapping[str, Any]: ...
    @property
    def lines(self) -> Sequence[Sequence[str | int]]: ...


class Rehearsal(Protocol):
    """What callers hear of one part of the settings, in one language."""

    @property
    def language(self) -> str: ...
    @property
    def moments(self) -> Sequence[Moment]: ...


@dataclass(frozen=True)
class Undo:
    """The act that takes back what was just done: the door, its ids, what the form says besides, and what the button
    says (a key; "" is just "undo")."""

    door: str
    ids: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""


Row = TypeVar("Row", bound=_OfACommunity | Dish)
# How a number can fail to work: how pages call it → where it is noted.
TROUBLES = {"unreachable": "unreachable_since", "opted_out": "opted_out_at", "cannot_text": "cannot_text_since"}
# What an id column can hold; databases do not compare with more.
_LARGEST_ID = 2**31 - 1


class PrintedCard(Protocol):
    """A card in one language: each line is what one presses or writes, and what that does."""

    @property
    def tag(self) -> str:
        """The language it is in."""

    @property
    def title(self) -> str:
        """What stands above it."""

    @property
    def press(self) -> str:
        """What stands above the keys."""

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """What is pressed."""

    @property
    def write(self) -> str:
        """What stands above the texts."""

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """What is written."""

    @property
    def below(self) -> tuple[tuple[str, str], ...]:
        """Sentences under it, each with a name for its style."""


class Cards(Protocol):
    """The cards that are printed for beside a telephone."""

    def of(self, language: str, emergency: str) -> PrintedCard:
        """A resident's."""

    def of_helper(self, language: str) -> PrintedCard:
        """A volunteer's."""


@dataclass(frozen=True)
class Replies:
    """Which answers can be given other words (by who says them, each "table.meaning"), by which words they are known
    anyway (`known(language, means)`), and why a phrase cannot be taught (a reason, or "")."""

    teachable: Mapping[str, Sequence[str]] = field(default_factory=dict)
    known: Callable[[str, str], Sequence[str]] = lambda language, means: ()
    why_not: Callable[..., str] = lambda session, community, language, means, phrase, *, now: ""


@dataclass(frozen=True)
class Board:
    """How the board is wired into the house; the composition root hands everything in."""

    database: Database
    now: Callable[[], datetime]
    is_wound: Callable[[], bool]
    is_watched: Callable[[], bool]
    is_simulated: bool
    play: Callable[[Session, int], tuple[bytes, str] | None]
    word_at: Callable[[int, str], str] | None
    wording: Callable[[Message | Call], str] | None
    cards: Cards
    cut: Callable[[str, str, date, Offered], list[Piece]]
    sentences: Callable[[str, str], Iterable[Sentence]] = lambda community, language: ()
    pictures: Pictures = field(default_factory=Pictures)
    rehearse: Callable[..., Sequence[Rehearsal]] = lambda session, community, part, *, now: ()
    replies: Replies = field(default_factory=Replies)
    logbook: Logbook = field(kw_only=True)
    key: str = field(kw_only=True, repr=False)  # this installation's secret, from which links are made
    public_url: str = field(default="", kw_only=True)
    provider: "Provider | None" = field(default=None, kw_only=True)
    notebook: Notebook = field(default_factory=Notebook)
    patience: Patience = field(default_factory=Patience)

    def link(self, door: str, **ids: Any) -> str:
        """The whole address of a page of ours, as it is told outside: never by the name that a browser asked for, if
        the settings know a better one."""
        return (self.public_url or request.host_url).rstrip("/") + url_for(f"board.{door}", **ids)

    def version_of(self, board_version: int) -> str:
        """What changes when something on the board does, and when the clock dies or lives again."""
        return str(board_version) if self.is_watched() else f"{board_version}-unwatched"


@dataclass(frozen=True)
class Desk:
    """One request of one member of staff. Rows of other communities do not exist here."""

    board: Board
    session: Session
    staff: Staff
    community: Community
    now: datetime
    words: Words
    allowed: frozenset[str]
    notices: list[str] = field(default_factory=list)  # why what was asked for was not done
    shown: Sequence[Rehearsal] | None = None  # what callers would hear, if what was typed were saved
    is_acting: bool = False  # may something be written, or is a page only shown?
    seen_event: int | None = None  # the last event that a page knew which was older than the thing it acted upon

    @property
    def who(self) -> str:
        """How an event names this person."""
        return f"staff {self.staff.id}"

    @property
    def has_few_codes(self) -> bool:
        """Should this person print new codes soon?"""
        return are_few(self.staff)

    @property
    def wall(self) -> Wall:
        """The community's clock and calendar in the reader's language."""
        return Wall(self.words, self.community, self.now)

    def may(self, door: str) -> bool:
        """May this person go through that door?"""
        return door in self.allowed

    def rehearsal_of(self, part: str) -> Sequence[Rehearsal]:
        """What callers hear of that part of the settings; of what was typed and is not saved, what they would hear."""
        if self.shown is not None:
            return self.shown
        return self.board.rehearse(self.session, self.community, part, now=self.now)

    def moment_of(self, moment: Moment) -> str:
        """Where in a call that is heard, in words."""
        said = {name: self.wall.said(value) for name, value in moment.blanks.items()}
        return self.words.t(f"heard.{moment.when}", **said)

    def find(self, kind: type[Row], row_id: int | None) -> Row:
        """The row with that id, if it is ours; else the page says that there is none.

        Raises Refusal for an act upon somebody who was forgotten: from a page that was still open nothing is written
        about her any more.
        """
        row = self.session.get(kind, row_id) if row_id is not None and 0 < row_id <= _LARGEST_ID else None
        if row is None or _owner_of(row) != self.community.id:
            abort(404)
        if self.is_acting and getattr(row, "forgotten_at", None) is not None:
            raise Refusal("forgotten_already")
        return row

    def page(self, template: str, **values: Any) -> str:
        """A page, or a part of one, in the reader's language."""
        return render_template(
            f"board/{template}.html", desk=self, t=self.words.t, n=self.words.n, wall=self.wall, words=self.words,
            typed=request.form if request.method == "POST" else {}, named=self.words.named, **values,
        )  # fmt: skip

    def tell(self, key: str, *, undo: Undo | None = None, **blanks: object) -> None:
        """Say on the next page what was done, with a button that takes it back where there is one."""
        _flash(self.words.t(f"told.{key}", **blanks), undo, self._label_of(undo))

    def _label_of(self, undo: Undo | None) -> str:
        return self.words.t(undo.label) if undo and undo.label else self.words.t("undo")

    def tell_how_many(self, key: str, count: int, **blanks: object) -> None:
        """Say on the next page how many it was done to."""
        tell_next(self.words.n(f"told.{key}", count, **blanks))

    def go(self, door: str, **ids: Any) -> Response:
        """On to another page, after an act."""
        return redirect(url_for(f"board.{door}", **ids), code=303)

    def troubles_of(self, number: str | None) -> list[tuple[str, datetime]]:
        """What is wrong with a number, and since when: it cannot be reached, or not by text."""
        phone = known_phone(self.session, self.community, number) if number else None
        found = [(kind, getattr(phone, column)) for kind, column in TROUBLES.items()] if phone is not None else []
        return [(kind, since) for kind, since in found if since is not None]

    @property
    def can_ring(self) -> bool:
        """May this person be put through by the line: is there a telephone that it can ring?"""
        return self.may("ring_resident") and self.staff.phone is not None

    def why_not_ring(self, person: Any, task: Any = None) -> str:
        """Why nobody is put through to them now, in a word; "" if nothing speaks against it."""
        return why_not_call(self.session, self.staff, Wish(person, task=task), now=self.now)

    def directory(self, numbers: Iterable[str]) -> Directory:
        """Whose these numbers are, and which of them can be written to."""
        return Directory(self.session, self.community, numbers, now=self.now)

    def whom(self, person: Any) -> str:
        """How a form names somebody: "resident 3"."""
        return named(person)

    def link_to(self, person: Person | None) -> str | None:
        """Where the page of a resident or a volunteer is."""
        if isinstance(person, Resident):
            return url_for("board.resident", row_id=person.id)
        return url_for("board.volunteer", row_id=person.id) if isinstance(person, Volunteer) else None


def _owner_of(row: _OfACommunity | Dish) -> int:
    return int(row.menu.community_id if isinstance(row, Dish) else row.community_id)


def tell_next(words: str) -> None:
    """Say this on the next page."""
    _flash(words, None, "")


def _flash(words: str, undo: Undo | None, label: str) -> None:
    address = url_for(f"board.{undo.door}", **undo.ids) if undo else ""
    told = {"words": words, "undo": address, "fields": dict(undo.fields) if undo else {}, "label": label}
    flash(told)  # type: ignore[arg-type]  # it is kept as JSON, whatever its type says
