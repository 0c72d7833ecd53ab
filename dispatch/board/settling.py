"""The one way in which settings are saved: what was typed is checked and written, and what it was before is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk, Undo
from dispatch.board.doors import Shown
from dispatch.board.forms import Form
from models.changes import touch
from models.errors import Refusal
from models.places import Community
from models.settled import SettingChange

# The fields of a form by name, as the page shows them; what can be ticked several times is a list.
Fields = dict[str, Any]


def _cannot_go(desk: Desk, row: Any) -> None:
    raise Refusal("cannot_go")


@dataclass(frozen=True)
class Part:
    """One kind of thing that can be set: what its form shows of a row, and how what was sent is checked and written."""

    name: str
    kind: type[Any]
    shows: Callable[[Any], Fields]
    write: Callable[[Form, Any], None]
    page: str  # on which page of the settings it is
    then: Callable[[Desk], None] = lambda desk: None  # what follows from it
    goes: Callable[[Desk, Any], None] = _cannot_go  # how what was added is taken away again; it may refuse
    again: Callable[[Desk], Any] | None = None  # a new row for one that was taken away
    where: Callable[[Desk], ResponseReturnValue] | None = None  # the page after it, if it is no page of the settings
    told: tuple[str, str] = ("settings_saved", "settings_saved")  # what is said when it was saved, and taken away

    def go(self, desk: Desk) -> ResponseReturnValue:
        """On to its page."""
        return self.where(desk) if self.where else desk.go("settings_part", part=self.page)


def change(desk: Desk, part: Part, row: Any) -> ResponseReturnValue:
    """What was sent is written into a row that is there."""
    hold(desk, row)
    before = part.shows(row)
    part.write(Form(desk), row)
    _only_show(desk, part)
    keep(desk, part, row.id, before, part.shows(row))
    return part.go(desk)


def add(desk: Desk, part: Part, row: Any) -> ResponseReturnValue:
    """What was sent is written into a new row."""
    hold(desk)
    part.write(Form(desk), row)
    desk.session.add(row)
    desk.session.flush()
    _only_show(desk, part)
    keep(desk, part, row.id, {}, part.shows(row))
    return part.go(desk)


def end(desk: Desk, part: Part, row: Any) -> ResponseReturnValue:
    """It is taken away, or is no longer used."""
    hold(desk, row)
    row_id, before = row.id, part.shows(row)
    part.goes(desk, row)
    keep(desk, part, row_id, before, left_of(desk, part, row))
    return part.go(desk)


def _only_show(desk: Desk, part: Part) -> None:
    """Whoever asked how it sounds hears that: the transaction is rolled back, and the page shows what was typed."""
    if Form(desk).has("show"):
        desk.session.flush()
        raise Shown(desk.board.rehearse(desk.session, desk.community, part.name, now=desk.now))


def hold(desk: Desk, row: Any = None) -> None:
    """Whoever else changes a setting waits until this one is written: what was there before is what is seen."""
    desk.session.execute(sa.select(Community.id).where(Community.id == desk.community.id).with_for_update())
    if row is not None:
        desk.session.refresh(row)


def left_of(desk: Desk, part: Part, row: Any) -> Fields:
    """What is shown of a row that was taken away, if it is still there."""
    desk.session.flush()
    return {} if sa.inspect(row).was_deleted or sa.inspect(row).deleted else part.shows(row)


def keep(desk: Desk, part: Part, row_id: int, before: Fields, after: Fields, *, undoes_id: int | None = None) -> None:
    """What follows from it is done, it is written down, and the next page says so with a button that sets it back."""
    part.then(desk)
    row = note(desk, part, row_id, before, after, undoes_id=undoes_id)
    said = "set_back" if undoes_id is not None else part.told[0] if after else part.told[1]
    desk.tell(said, undo=Undo("set_back", {"row_id": row.id}) if row else None)


def note(
    desk: Desk, part: Part, row_id: int, before: Fields, after: Fields, *, undoes_id: int | None = None
) -> SettingChange | None:
    """Write down what has become different, if anything has."""
    differ = [name for name in {**before, **after} if before.get(name, "") != after.get(name, "")]
    touch(desk.session, desk.community.id)
    if not differ:
        return None
    row = SettingChange(
        community_id=desk.community.id, at=desk.now, who=desk.who, part=part.name, row_id=row_id, undoes_id=undoes_id,
        before=_only(before, differ), after=_only(after, differ),
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    return row


def _only(fields: Fields, differ: list[str]) -> Fields:
    return {name: fields.get(name, "") for name in differ} if fields else {}


def wall_clock(time: Any) -> str:
    """A time of day as a form shows it; "" where there is none."""
    return time.strftime("%H:%M") if time is not None else ""


def ticked(is_so: bool) -> str:
    """A box as a form sends it."""
    return "on" if is_so else ""


def named_in(prefix: str, words: dict[str, str]) -> Fields:
    """Words in several languages, a field for each."""
    return {f"{prefix}_{tag}": said for tag, said in words.items()}
