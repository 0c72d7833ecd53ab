"""Two entries of one person become one: what somebody must decide first, and then all of it in one act.

Where a person must decide first, that is a hindrance, and nothing is done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.alarms import close_alert
from dispatch.counting import cook_otherwise_for
from dispatch.moving_over import Person, move_everything
from dispatch.one_person import KEPT, Choice, Someone, newer_of, take_over
from dispatch.telling import named
from models.changes import touch
from models.doubles import Merge
from models.errors import Refusal
from models.events import Event
from models.jobs import Job, open_jobs_of, open_offers_to
from models.menus import StandingOrder
from models.money import Statement
from models.people import GONE, Resident, Volunteer
from models.places import WEEKDAYS
from models.requests import HelpRequest, open_requests_of
from models.tasks import Alert
from models.traffic import Call, Delivery


@dataclass(frozen=True)
class Hindrance:
    """What somebody must see to before two entries can be one: a refusal's key, its blanks, and what it is about."""

    reason: str
    codes: tuple[int, ...] = ()
    about: tuple[HelpRequest | Job, ...] = ()

    def refuse(self) -> None:
        """Nothing is merged."""
        raise Refusal(self.reason, codes={"$list": [str(code) for code in self.codes]})


def hindrances(session: Session, kept: Person, gone: Person, choice: Choice) -> list[Hindrance]:
    """What must be seen to first."""
    found = [*_two_orders(session, kept, gone), *_both_asked(session, kept, gone)]
    away = [*_while_away(session, kept, gone, choice), *_while_away(session, gone, kept, choice)]
    if away:
        found.append(Hindrance("merge_away", tuple(one.code for one in away), tuple(away)))
    column = Call.resident_id if isinstance(kept, Resident) else Call.volunteer_id
    talking = sa.select(Call.id).where(column.in_((kept.id, gone.id)), Call.state == Delivery.LIVE)
    if session.scalars(talking.limit(1)).first() is not None:
        found.append(Hindrance("merge_on_the_phone"))
    return found


def standing_clash(session: Session, kept: Person, gone: Person) -> tuple[list[StandingOrder], list[StandingOrder]]:
    """Their standing orders for one meal of one weekday, of which only one can stay."""
    mine, theirs = _standing(session, kept), _standing(session, gone)
    return (
        [one for one in mine if any(_are_for_one_day(one, other) for other in theirs)],
        [one for one in theirs if any(_are_for_one_day(one, other) for other in mine)],
    )


def has_one_left(kept: Person, gone: Person) -> Person | None:
    """The one of the two who has moved or died, if the other has not."""
    left = [row for row in (kept, gone) if any(absence.kind in GONE for absence in row.absences)]
    return left[0] if len(left) == 1 else None


def merge(session: Session, kept: Someone, gone: Someone, choice: Choice, *, who: str, now: datetime) -> Merge:
    """Make one person of two entries. Refuses what somebody must decide first (see hindrances)."""
    if kept.id == gone.id or kept.community_id != gone.community_id:
        raise Refusal("merge_same")
    _hold(session, kept, gone)
    for hindrance in hindrances(session, kept, gone, choice):
        hindrance.refuse()
    row = Merge(
        community_id=kept.community_id, gone_id=gone.id, name=gone.name, at=now, who=who, was=_was(session, kept, gone),
        moved={},
    )  # fmt: skip
    diets = {one.diet for one in (kept, gone) if isinstance(one, Resident)}
    _end_standing(session, kept, gone, choice, now=now)
    _see_who_has_left(session, kept, gone, choice)
    take_over(kept, gone, choice, newer=newer_of(session, kept, gone))
    session.flush()
    _close_what_is_alarmed_twice(session, kept, gone, who=who, now=now)
    row.moved = move_everything(session, kept, gone, who=who, now=now)
    row.resident_id, row.volunteer_id = (kept.id, None) if isinstance(kept, Resident) else (None, kept.id)
    session.add(row)
    session.add(Event(community_id=kept.community_id, at=now, who=who, verb="merge", why=named(kept)))
    if isinstance(kept, Resident) and diets != {kept.diet}:
        cook_otherwise_for(session, kept, now=now)
    touch(session, kept.community_id)
    return row


def _hold(session: Session, kept: Someone, gone: Someone) -> None:
    """Both stay as they are until we are done; whoever merges them at this moment is faster or slower than we are."""
    kind = type(kept)
    both = sa.select(kind.id).where(kind.id.in_((kept.id, gone.id))).order_by(kind.id).with_for_update()
    if len(session.scalars(both).all()) < 2:
        raise Refusal("changed_meanwhile")
    session.refresh(kept)
    session.refresh(gone)


def _two_orders(session: Session, kept: Person, gone: Person) -> Iterator[Hindrance]:
    if not isinstance(kept, Resident) or not isinstance(gone, Resident):
        return
    mine = {one.menu_id: one for one in open_requests_of(session, kept) if one.menu_id is not None}
    twice = [(mine[one.menu_id], one) for one in open_requests_of(session, gone) if one.menu_id in mine]
    if twice:
        both = tuple(one for pair in twice for one in pair)
        yield Hindrance("merge_two_orders", tuple(one.code for one in both), both)


def _both_asked(session: Session, kept: Person, gone: Person) -> Iterator[Hindrance]:
    if not isinstance(kept, Volunteer) or not isinstance(gone, Volunteer):
        return
    asked = [{offer.job_id: offer.job for offer in open_offers_to(session, one)} for one in (kept, gone)]
    jobs = tuple(job for job_id, job in asked[0].items() if job_id in asked[1])
    if jobs:
        yield Hindrance("merge_both_asked", tuple(job.code for job in jobs), jobs)


def _while_away(session: Session, away: Person, other: Person, choice: Choice) -> list[HelpRequest | Job]:
    """What the other entry has for days on which this one says that she is not here."""
    is_left = choice.has_left or has_one_left(away, other) is None
    absences = [one for one in away.absences if one.kind not in GONE or is_left]
    has: list[HelpRequest | Job] = (
        list(open_requests_of(session, other)) if isinstance(other, Resident) else list(open_jobs_of(session, other))
    )
    return [one for one in has if any(absence.covers(_day_of(one)) for absence in absences)]


def _day_of(one: HelpRequest | Job) -> date:
    return one.community.local(one.wanted_from).date()


def _standing(session: Session, person: Person) -> list[StandingOrder]:
    if not isinstance(person, Resident):
        return []
    hers = sa.select(StandingOrder).where(StandingOrder.resident_id == person.id, StandingOrder.ended_at.is_(None))
    return list(session.scalars(hers.order_by(StandingOrder.id)))


def _are_for_one_day(one: StandingOrder, other: StandingOrder) -> bool:
    return one.meal_id == other.meal_id and bool(set(one.days or WEEKDAYS) & set(other.days or WEEKDAYS))


def _end_standing(session: Session, kept: Person, gone: Person, choice: Choice, *, now: datetime) -> None:
    mine, theirs = standing_clash(session, kept, gone)
    for order in theirs if choice.standing == KEPT else mine:
        order.ended_at = now


def _see_who_has_left(session: Session, kept: Person, gone: Person, choice: Choice) -> None:
    """Moved, it was written, so that nobody rings the entry that was one too many: the person has not."""
    left = has_one_left(kept, gone)
    if left is not None and not choice.has_left:
        for absence in [one for one in left.absences if one.kind in GONE]:
            left.absences.remove(absence)
            session.delete(absence)


def _was(session: Session, kept: Person, gone: Person) -> dict[str, Any]:
    """Both entries as they were, and what there can be only one of: it can be looked up."""
    people = {"kept": _row(kept), "gone": _row(gone)}
    if not isinstance(kept, Resident):
        return people
    months = sa.select(Statement).where(Statement.resident_id.in_((kept.id, gone.id))).order_by(Statement.id)
    gone_for_good = [_row(one) for row in (kept, gone) for one in row.absences if one.kind in GONE]
    return people | {"statements": [_row(one) for one in session.scalars(months)], "left": gone_for_good}


def _row(row: Any) -> dict[str, Any]:
    plain = (str, int, float, bool, list, dict, type(None))
    values = {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs}
    return {key: value if isinstance(value, plain) else str(value) for key, value in values.items()}


def _close_what_is_alarmed_twice(
    session: Session, kept: Person, gone: Person, *, who: str, now: datetime
) -> None:  # fmt: skip
    """One alert of a kind is enough about one person: the one that is about the entry that stays."""
    about = (named(kept), named(gone))
    rows = sa.select(Alert).where(Alert.about.in_(about), Alert.closed_at.is_(None)).order_by(Alert.id)
    alerts: dict[str, list[Alert]] = {}
    for alert in session.scalars(rows):
        alerts.setdefault(alert.kind, []).append(alert)
    for _, *more in alerts.values():
        for alert in more:
            close_alert(session, alert, who=who, now=now, why="merged")
    session.flush()
