"""How safe what is written down is: the last backup, and what a restore holds back."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import abort
from flask.typing import ResponseReturnValue

from dispatch import holding
from dispatch.board.desk import Desk
from dispatch.board.pages.traffic import line_of
from dispatch.board.typed import line
from dispatch.day_sheets import is_sheet_old
from dispatch.keeping import MISSED_AFTER
from models.installation import Backup, held_since, last_good_backup

_MB = 1_000_000


def show(desk: Desk, **_: object) -> str:
    """Everything about it."""
    good = last_good_backup(desk.session)
    rows = holding.held(desk.session, desk.community)
    count, size = _kept(desk)
    return desk.page(
        "keeping", good=good, is_old=good is None or good.made_at <= desk.now - MISSED_AFTER,
        sheet_at=desk.community.sheet_at, is_sheet_old=is_sheet_old(desk.community, now=desk.now),
        failed=_failed_since(desk, good), count=count, size=size, held_since=held_since(desk.session, desk.community),
        rows=[(f"{_kind_of(row)} {row.id}", line_of(desk, row)) for row in rows],
        more=holding.how_many_held(desk.session, desk.community) - len(rows),
    )  # fmt: skip


def release(desk: Desk) -> ResponseReturnValue:
    """Let one leave, or everything."""
    desk.tell_how_many("held_released", _settle(desk, holding.release, holding.release_all))
    return desk.go("keeping")


def drop(desk: Desk) -> ResponseReturnValue:
    """Send one never, or none of them."""
    desk.tell_how_many("held_dropped", _settle(desk, holding.drop, holding.drop_all))
    return desk.go("keeping")


def _settle(desk: Desk, one: Callable[..., int], everything: Callable[..., int]) -> int:
    kind, _, number = line("which", most=40).partition(" ")
    if kind == "all":
        return everything(desk.session, desk.community, who=desk.who, now=desk.now)
    if kind not in holding.KINDS or not number.isdecimal():
        abort(404)
    row = desk.find(holding.KINDS[kind], int(number))
    return one(desk.session, desk.community, [row], who=desk.who, now=desk.now)


def _kind_of(row: holding.Row) -> str:
    return next(name for name, kind in holding.KINDS.items() if isinstance(row, kind))


def _kept(desk: Desk) -> tuple[int, str]:
    """How many good ones there are, and how many megabytes they take."""
    good = Backup.verified_at.is_not(None) & (Backup.fault == "")
    count, size = desk.session.execute(sa.select(sa.func.count(), sa.func.sum(Backup.size_bytes)).where(good)).one()
    return count, f"{int(size or 0) / _MB:.1f}"


def _failed_since(desk: Desk, good: Backup | None) -> Backup | None:
    """The last one that failed, if none has succeeded since."""
    failed = sa.select(Backup).where(Backup.fault != "").order_by(Backup.made_at.desc(), Backup.id.desc()).limit(1)
    if good is not None:
        failed = failed.where(Backup.made_at >= good.made_at)
    return desk.session.scalars(failed).first()
