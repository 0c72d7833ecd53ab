"""Who is entered twice: pairs that are probably one person, side by side, and made one in one act."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import check_unchanged, fingerprint
from dispatch.board.pages.naming import names_of, note_edit
from dispatch.board.search import find_people
from dispatch.board.typed import line
from dispatch.doubles import probable_doubles, tell_apart
from dispatch.merging import has_one_left, hindrances, merge, standing_clash
from dispatch.moving_over import how_much
from dispatch.one_person import (
    BOTH,
    GONE_ONE,
    KEPT,
    PARTS,
    Choice,
    Part,
    Someone,
    by_default,
    differing,
    joined,
    may_be_both,
    newer_of,
    numbers,
)  # fmt: skip
from models.doubles import Merge, merges_of
from models.menus import StandingOrder
from models.money import Statement
from models.people import GONE, Resident, Volunteer
from models.phones import national
from models.places import WEEKDAYS, Zone

_SHOWN, _DONE_SHOWN = 40, 20
_WAYS = (KEPT, GONE_ONE, BOTH)
# What is shown of an entry that is gone.
_LOOKED_UP = ("phone", "other_phone", "address", "door_note", "diet", "born_on", "hardship")


def show(desk: Desk) -> str:
    """Pairs that are probably one; for one person that the address names, whoever is looked for; what was merged."""
    kind: type[Resident] | type[Volunteer] = Volunteer if request.args.get("kind") == "volunteers" else Resident
    of_id, wanted = request.args.get("of", type=int), line("q", most=80)
    one = desk.find(kind, of_id) if of_id else None
    others = [row for row in _looked_for(desk, kind, wanted) if one is None or row.id != one.id] if one else []
    found = probable_doubles(desk.session, desk.community, kind)
    if one is not None:
        found = [pair for pair in found if one.id in (pair.first_id, pair.other_id)]
    rows = [
        (desk.find(kind, pair.first_id), desk.find(kind, pair.other_id), pair.why) for pair in found[:_SHOWN]
    ]  # fmt: skip
    done = merges_of(desk.session, desk.community.id, most=_DONE_SHOWN)
    return desk.page(
        "doubles", kind=_kind_word(kind), pairs=rows, how_many=len(found), one=one, others=others, wanted=wanted,
        done=done, names=names_of(desk, {row.who for row in done}), stood=partial(_stood, desk),
    )  # fmt: skip


def compare_residents(desk: Desk, row_id: int, other_id: int, **_: object) -> str:
    """Two entries of a resident, side by side."""
    return _compare(desk, desk.find(Resident, row_id), desk.find(Resident, other_id))


def compare_volunteers(desk: Desk, row_id: int, other_id: int, **_: object) -> str:
    """Two entries of a volunteer, side by side."""
    return _compare(desk, desk.find(Volunteer, row_id), desk.find(Volunteer, other_id))


def merge_residents(desk: Desk, row_id: int, other_id: int) -> ResponseReturnValue:
    """One resident of two entries."""
    return _merge(desk, desk.find(Resident, row_id), desk.find(Resident, other_id))


def merge_volunteers(desk: Desk, row_id: int, other_id: int) -> ResponseReturnValue:
    """One volunteer of two entries."""
    return _merge(desk, desk.find(Volunteer, row_id), desk.find(Volunteer, other_id))


def part_residents(desk: Desk, row_id: int, other_id: int) -> ResponseReturnValue:
    """They are two people."""
    return _apart(desk, desk.find(Resident, row_id), desk.find(Resident, other_id))


def part_volunteers(desk: Desk, row_id: int, other_id: int) -> ResponseReturnValue:
    """They are two people."""
    return _apart(desk, desk.find(Volunteer, row_id), desk.find(Volunteer, other_id))


def _merge(desk: Desk, kept: Someone, gone: Someone) -> ResponseReturnValue:
    check_unchanged(desk, _seen(kept, gone))
    merge(desk.session, kept, gone, _chosen(kept), who=desk.who, now=desk.now)
    desk.tell("merged", name=kept.name)
    return desk.go("resident" if isinstance(kept, Resident) else "volunteer", row_id=kept.id)


def _apart(desk: Desk, one: Someone, other: Someone) -> ResponseReturnValue:
    tell_apart(desk.session, one, other, who=desk.who, now=desk.now)
    note_edit(desk, one, "tell_apart")
    desk.tell("told_apart")
    return desk.go("doubles", kind=_kind_word(type(one)))


def _compare(desk: Desk, kept: Someone, gone: Someone) -> str:
    choice, left = _chosen(kept), has_one_left(kept, gone)
    newer = newer_of(desk.session, kept, gone)
    parts = [_asked(desk, part, kept, gone, newer=newer) for part in differing(kept, gone)]
    mine, theirs = standing_clash(desk.session, kept, gone)
    return desk.page(
        "compare", kept=kept, gone=gone, kind=_kind_word(type(kept)), parts=parts, numbers=numbers(kept, gone),
        hindered=hindrances(desk.session, kept, gone, choice) if kept.id != gone.id else [], seen=_seen(kept, gone),
        standing=[(KEPT, _in_words(desk, mine)), (GONE_ONE, _in_words(desk, theirs))] if mine else [],
        left=next((one.kind for one in left.absences if one.kind in GONE), None) if left else None,
        months=_told_twice(desk, kept, gone), counts=[(row, _counts(desk, row)) for row in (kept, gone)],
    )  # fmt: skip


def _chosen(kept: Resident | Volunteer) -> Choice:
    """What was chosen in the form; what was not is as by default."""
    given = {part.name: request.form.get(f"part_{part.name}", "") for part in PARTS[type(kept)]}
    return Choice(
        parts={name: way for name, way in given.items() if way in _WAYS}, phone=request.form.get("phone"),
        other_phone=request.form.get("other_phone"),
        standing=GONE_ONE if request.form.get("standing") == GONE_ONE else KEPT,
        has_left=request.form.get("has_left") == "yes",
    )  # fmt: skip


def _asked(desk: Desk, part: Part, kept: Someone, gone: Someone, *, newer: Someone) -> Mapping[str, Any]:
    ways = {KEPT: _said(desk, part, kept), GONE_ONE: _said(desk, part, gone)}
    if may_be_both(part, kept, gone) and (both := joined(part, kept, gone)) not in ways.values():
        ways[BOTH] = both
    stays = by_default(part, kept, gone, newer=newer)
    return {"part": part, "ways": ways, "stays": stays if stays in ways else KEPT}


def _said(desk: Desk, part: Part, row: Resident | Volunteer) -> str:
    """What an entry says of it, in the reader's language."""
    if not part.is_filled(row) and part.name not in ("pace", "days"):
        return "–"
    shown = _SAID.get(part.name)
    return shown(desk, *part.value(row)) if shown else str(part.value(row)[0])


def _listed(desk: Desk, words: Any) -> str:
    return desk.words.t("sign.list").join(words)


def _hours(desk: Desk, hours: Mapping[str, list[str]]) -> str:
    return _listed(desk, (f"{desk.words.t(f'weekday.{day}')} {span[0]}–{span[1]}" for day, span in hours.items()))


def _days(desk: Desk, days: list[str], any_day: str) -> str:
    return _listed(desk, (desk.words.t(f"weekday.{day}") for day in WEEKDAYS if day in days)) or desk.words.t(any_day)


# How what an entry says is shown, where it is not simply written out.
_SAID: Mapping[str, Callable[..., str]] = {
    "language": lambda desk, tag: desk.words.language(tag),
    "zone": lambda desk, zone_id: desk.find(Zone, zone_id).name,
    "place": lambda desk, north, east: f"{north:g}, {east:g}",
    "pace": lambda desk, pace: desk.words.t(f"pace.{pace}"),
    "vehicle": lambda desk, vehicle: desk.words.t(f"vehicle.{vehicle}"),
    "speaks": lambda desk, tags: _listed(desk, (desk.words.language(tag) for tag in tags)),
    "days": lambda desk, days: _days(desk, days, "days.any"),
    "hours": _hours,
    "quiet": lambda desk, start, end: f"{start:%H:%M}–{end:%H:%M}",
    "reach_km": lambda desk, metres: f"{metres / 1000:g}",
    "vetted_until": lambda desk, day: desk.wall.full_day(day),
}


def _in_words(desk: Desk, orders: list[StandingOrder]) -> str:
    said = (
        f"{desk.words.named(order.meal.names)}{desk.words.t('sign.comma')}{_days(desk, order.days, 'days.every')}"
        f"{desk.words.t('sign.colon')}{order.dish or desk.words.t('standing.first')} × {order.portions}"
        for order in orders
    )
    return " · ".join(said)


def _told_twice(desk: Desk, kept: Resident | Volunteer, gone: Resident | Volunteer) -> list[str]:
    if not isinstance(kept, Resident):
        return []
    both = sa.select(Statement.month).where(Statement.resident_id.in_((kept.id, gone.id))).group_by(Statement.month)
    months = desk.session.scalars(both.having(sa.func.count() > 1).order_by(Statement.month))
    return [desk.wall.month(month) for month in months]


def _counts(desk: Desk, row: Resident | Volunteer) -> str:
    """What is there of an entry, as far as the board has a word for it."""
    found = ((f"holds.{table}", count) for table, count in how_much(desk.session, row).items())
    return _listed(desk, (f"{desk.words.t(key)} {count}" for key, count in found if desk.words.has(key)))


def _stood(desk: Desk, row: Merge) -> list[tuple[str, str]]:
    """What stood in an entry that is gone, and how much went over from it."""
    gone = row.was.get("gone", {})
    said = [(f"field.{name}", str(gone[name])) for name in _LOOKED_UP if gone.get(name)]
    said = [(label, national(words) if words.startswith("+") else words) for label, words in said]
    moved = ((f"holds.{table}", str(count)) for table, count in row.moved.items())
    return [*said, *((key, count) for key, count in moved if desk.words.has(key))]


def _looked_for(desk: Desk, kind: type[Resident] | type[Volunteer], wanted: str) -> list[Resident | Volunteer]:
    if not wanted:
        return []
    if kind is Volunteer:
        return list(find_people(desk.session, desk.community, Volunteer, wanted, most=_DONE_SHOWN))
    return list(find_people(desk.session, desk.community, Resident, wanted, most=_DONE_SHOWN))


def _seen(kept: Resident | Volunteer, gone: Resident | Volunteer) -> str:
    said = [part.value(row) for row in (kept, gone) for part in PARTS[type(row)]]
    return fingerprint([*said, *(row.phone for row in (kept, gone)), *(row.other_phone for row in (kept, gone))])


def _kind_word(kind: type[Resident] | type[Volunteer]) -> str:
    return "volunteers" if kind is Volunteer else "residents"
