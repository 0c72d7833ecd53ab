"""Taking in a list: all of it or nothing, every mistake named, and nobody called or texted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.lists import menus, people, standing
from dispatch.lists.cells import Known, Reader
from dispatch.lists.faults import Fault, Outcome
from dispatch.lists.reading import Table
from models.people import Resident, Volunteer
from models.places import Community

# What a list cannot do without.
_NEEDED: dict[str, tuple[str, ...]] = {
    "residents": ("name", "phone", "zone"),
    "volunteers": ("name", "phone", "zones", "services"),
    "menu": ("date", "meal", "key", "dish"),
    "standing-orders": ("name", "phone", "meal"),
}
_READERS: dict[str, Callable[[Reader], Any]] = {
    "residents": people.read_resident,
    "volunteers": people.read_volunteer,
    "menu": menus.read_dish,
    "standing-orders": standing.read_standing,
}
KINDS = tuple(_NEEDED)


def import_list(
    session: Session,
    community: Community,
    kind: str,
    table: Table,
    *,
    now: datetime,
    create_zones: bool = False,
    enrolled: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Store what a list says, in the transaction of `session`. With faults, or as a dry run, nothing is stored."""
    if not table.headings:
        return Outcome(kind, is_dry=dry_run, faults=table.faults)
    missing = [column for column in _NEEDED[kind] if column not in table.headings]
    if missing:
        return Outcome(kind, is_dry=dry_run, faults=tuple(_missing(column) for column in missing))
    known = Known.of(session, community, create_zones=create_zones, today=community.local(now).date())
    rows, faults, told = _understood(table, kind, known)
    plan, more_faults, notes = _PLANS[kind](session, community, table, rows, known, enrolled)
    faults = sorted([*table.faults, *faults, *more_faults], key=lambda fault: fault.line)
    if faults:
        return Outcome(kind, is_dry=dry_run, faults=tuple(faults))
    outcome = Outcome(
        kind,
        is_dry=dry_run,
        zones=tuple(known.new_zones.values()),
        notes=(*_unread(table), *told, *notes),
        **plan.counts,
    )
    if not dry_run:
        plan.carry_out(now=now)
    return outcome


def _missing(column: str) -> Fault:
    return Fault(0, "", "column_missing", {"column": column})


def _unread(table: Table) -> list[Fault]:
    return [Fault(0, "", "not_read", {"names": ", ".join(table.ignored)})] if table.ignored else []


def _understood(table: Table, kind: str, known: Known) -> tuple[list[Any], list[Fault], list[Fault]]:
    rows, faults, told = [], [], []
    for row in table.rows:
        reader = Reader(row, table.headings, known)
        rows.append(_READERS[kind](reader))
        faults += reader.faults
        told += reader.notes
    return rows, faults, told


Judged = tuple[Any, list[Fault], list[Fault]]


def _people_plan(kind: type[Resident] | type[Volunteer]) -> Callable[..., Judged]:
    def judge(
        session: Session, community: Community, table: Table, rows: list[people.Wanted], known: Known, enrols: bool
    ) -> Judged:
        plan = people.Plan.of(session, community, rows, known=known, kind=kind, enrols=enrols)
        notes = people.shared_numbers(rows) if kind is Volunteer else []
        return plan, people.twins(rows, table.headings), notes

    return judge


def _menu_plan(
    session: Session, community: Community, table: Table, rows: list[menus.Wanted], known: Known, enrols: bool
) -> Judged:
    plan = menus.Plan.of(session, community, rows)
    return plan, menus.twins(rows, table.headings) + plan.faults(table.headings), plan.notes()


def _standing_plan(
    session: Session, community: Community, table: Table, rows: list[standing.Wanted], known: Known, enrols: bool
) -> Judged:
    plan = standing.Plan.of(session, community, rows)
    return plan, plan.faults(table.headings), []


_PLANS: dict[str, Callable[..., Judged]] = {
    "residents": _people_plan(Resident),
    "volunteers": _people_plan(Volunteer),
    "menu": _menu_plan,
    "standing-orders": _standing_plan,
}
