"""Calls in and out: who, when, how long, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask import abort, request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import day_of
from dispatch.board.pages.traffic import who_wrote
from dispatch.board.typed import line, page_number
from dispatch.joining import OFFICE
from dispatch.office_calls import became_of, joined_at
from models.errors import Refusal
from models.numbers import is_blocked, phone_of
from models.people import Person, Resident, residents_at
from models.phones import caller_number
from models.requests import HelpRequest
from models.tasks import Callback
from models.traffic import OFTEN, OFTEN_IN, Call, Direction, came_since

_A_PAGE = 50
_LAST_CALLS = 10


@dataclass(frozen=True)
class Rung:
    """One call as it is shown."""

    row: Call
    people: Sequence[Person]  # whoever of the book it was: a household when it is not known which of them
    request: HelpRequest | None
    callback: Callback | None

    is_blocked: bool = False
    often: int = 0  # so often it has rung within the hour, where that is often

    @property
    def is_ours(self) -> bool:
        """Did we ring?"""
        return self.row.direction is Direction.OUTBOUND

    @property
    def became(self) -> str:
        """What became of a call in which one of the staff was to be put through; "" for everything else."""
        return became_of(self.row)

    @property
    def has_number(self) -> bool:
        """Not withheld?"""
        return caller_number(self.row.phone) is not None

    @property
    def length(self) -> str:
        """How long it lasted, "1:15"; nothing while it lasts."""
        began_at = joined_at(self.row) or self.row.started_at
        if began_at is None or self.row.ended_at is None:
            return ""
        minutes, seconds = divmod(round((self.row.ended_at - began_at).total_seconds()), 60)
        return f"{minutes}:{seconds:02d}"


def calls(desk: Desk) -> str:
    """The calls of one day, the newest first."""
    day, page = _day(desk), page_number()
    begins, ends = desk.community.within_days(day, day)
    rows = desk.session.scalars(
        sa.select(Call)
        .where(Call.community_id == desk.community.id, Call.made_at >= begins, Call.made_at < ends)
        .order_by(Call.made_at.desc(), Call.id.desc())
        .limit(_A_PAGE + 1)
        .offset((page - 1) * _A_PAGE)
    ).all()
    later = day + timedelta(days=1) if day < desk.wall.today else None
    return desk.page(
        "calls", calls=shown_calls(desk, rows[:_A_PAGE]), day=day, earlier=day - timedelta(days=1), later=later,
        page=page, has_more=len(rows) > _A_PAGE,
    )  # fmt: skip


def block(desk: Desk) -> ResponseReturnValue:
    """Take no calls from a number that is nobody's of the book, or take them again."""
    number = caller_number(line("phone", most=20)) or abort(404)
    if residents_at(desk.session, desk.community, number, now=desk.now):
        raise Refusal("is_somebodys")
    phone = phone_of(desk.session, desk.community, number)
    phone.blocked_at = None if phone.blocked_at else desk.now
    desk.tell("blocked" if phone.blocked_at else "unblocked", number=number)
    return desk.go("calls")


def calls_with(desk: Desk, resident: Resident) -> list[Rung]:
    """Her last calls, those of her telephone of which we do not know who of the household spoke, and the office's with
    her contacts."""
    of_hers = sa.and_(Call.cause == OFFICE, Call.contact_id.in_([contact.id for contact in resident.contacts]))
    hers = sa.or_(Call.resident_id == resident.id, of_hers)
    if resident.phone:
        nobodys = sa.and_(*(column.is_(None) for column in (Call.resident_id, Call.volunteer_id, Call.staff_id)))
        hers = hers | (nobodys & (Call.phone == resident.phone))
    rows = desk.session.scalars(
        sa.select(Call)
        .where(Call.community_id == desk.community.id, hers)
        .order_by(Call.made_at.desc(), Call.id.desc())
        .limit(_LAST_CALLS)
    ).all()
    return shown_calls(desk, rows)


def shown_calls(desk: Desk, rows: Sequence[Call]) -> list[Rung]:
    """Calls as they are shown, with who it was and what came of each."""
    callbacks = _callbacks(desk, rows)
    return [_rung(desk, row, callbacks) for row in rows]


def _day(desk: Desk) -> date:
    wanted = day_of(request.args.get("day", ""))
    return wanted if wanted is not None and wanted <= desk.wall.today else desk.wall.today


def _rung(desk: Desk, row: Call, callbacks: list[Callback]) -> Rung:
    known = who_wrote(row)
    number = caller_number(row.phone)
    household = residents_at(desk.session, desk.community, number, now=desk.now) if known is None and number else []
    asked = desk.session.get(HelpRequest, row.request_id) if row.request_id is not None else None
    mine = next((callback for callback in callbacks if callback.call_id == row.id), None)
    # Somebody who rings again while we owe a callback is added to it, not given a second one.
    is_owed = row.direction is Direction.INBOUND and number is not None
    same = next((one for one in callbacks if is_owed and one.closed_at is None and one.phone == number), None)
    since = row.made_at - OFTEN_IN
    is_nobodys = number is not None and known is None and not household and row.direction is Direction.INBOUND
    often = came_since(desk.session, Call, desk.community.id, row.phone, since) if is_nobodys else 0
    shut_out = number is not None and is_blocked(desk.session, desk.community, number)
    return Rung(row, [known] if known else household, asked, mine or same, shut_out, often if often >= OFTEN else 0)


def _callbacks(desk: Desk, rows: Sequence[Call]) -> list[Callback]:
    about = Callback.call_id.in_([row.id for row in rows]) | Callback.closed_at.is_(None)
    return list(
        desk.session.scalars(
            sa.select(Callback).where(Callback.community_id == desk.community.id, about).order_by(Callback.id)
        )
    )
