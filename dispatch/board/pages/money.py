"""What residents owe: month by month on a page and in a file, and each one's statement for paper."""

import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import abort, request, send_file
from flask.typing import ResponseReturnValue

from dispatch import money
from dispatch.board.desk import Desk
from dispatch.board.forms import Form, check_unchanged, fingerprint
from dispatch.board.pages.naming import names_of
from dispatch.board.words import Wall, Words, words_of
from dispatch.lists.writing import WRITERS
from dispatch.money import Account, Book
from dispatch.noticing import took_out
from dispatch.prices import is_charged, owed_for
from models.fates import fate_of
from models.money import Correction, corrections_of
from models.people import Resident
from models.requests import HelpRequest

_MONTH = re.compile(r"(2[01]\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_FILES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# Which way a sum is put right.
SIGNS = {"less": -1, "more": 1}


@dataclass(frozen=True)
class Paper:
    """One resident's statement, in her language."""

    resident: Resident
    account: Account
    meals: list[HelpRequest]
    corrections: list[Correction]
    words: Words
    wall: Wall


def show(desk: Desk, **_: object) -> str:
    """Everybody's month."""
    month = _month(desk)
    book = Book.of(desk.session, desk.community.id)
    rows = _rows(desk, book, month)
    issued = next((account.statement for account, _ in rows if account.statement is not None), None)
    is_over = money.is_over(desk.community, month, now=desk.now)
    return desk.page(
        "money", month=month, before=money.first_of(month - timedelta(days=1)), after=_after(desk, month), rows=rows,
        is_over=is_over, is_closed=book.is_issued(month), is_waiting=book.is_waiting(month), issued=issued,
        names=names_of(desk, {issued.issued_by} if issued is not None else set()),
    )  # fmt: skip


def download(desk: Desk) -> ResponseReturnValue:
    """The same as a list, for whoever keeps the accounts."""
    month, shape = _month(desk), request.args.get("shape", "csv")
    if shape not in _FILES:
        abort(404)
    t, out = desk.words.t, io.BytesIO()
    heads = ("name", "phone", "zone", "meals", "price", "subsidy", "corrected", "carried", "owed", "changed")
    names = {head: t(f"charges.{head}") for head in heads}
    rows = _rows(desk, Book.of(desk.session, desk.community.id), month)
    WRITERS[shape]((_told(account, one, names) for account, one in rows), tuple(names.values()), out)
    out.seek(0)
    name = f"linli-{month:%Y-%m}.{shape}"
    if request.method == "GET":
        with desk.board.database.begin() as session:  # it is known before it is given
            took_out(session, desk.community.id, who=desk.who, verb="list", what=name, now=desk.now)
    return send_file(out, mimetype=_FILES[shape], as_attachment=True, download_name=name, max_age=0)


def issue(desk: Desk) -> ResponseReturnValue:
    """From now on what everybody is told for this month stands."""
    month = _month(desk)
    rows = money.issue(desk.session, desk.community, month, who=desk.who, now=desk.now)
    if rows:
        desk.tell_how_many("issued", len(rows))
    else:
        desk.tell("issued_nothing")
    return desk.go("charges", month=f"{month:%Y-%m}")


def statement(desk: Desk, row_id: int, **_: object) -> str:
    """One resident's month for paper; and under it, what only staff see: what was put right, and a form for it."""
    row, month = desk.find(Resident, row_id), _month(desk)
    account = Book.of(desk.session, desk.community.id).account(row.id, month)
    paper = _paper(desk, row, account, money.meals_in(desk.session, desk.community.id, month, row.id))
    return desk.page(
        "statement", row=row, month=month, papers=[paper], became=fate_of, is_charged=is_charged, signs=list(SIGNS),
        before=money.first_of(month - timedelta(days=1)), after=_after(desk, month), owed_for=owed_for,
        seen=_seen(paper.corrections), names=names_of(desk, {one.who for one in paper.corrections}),
    )  # fmt: skip


def statements(desk: Desk) -> str:
    """Everybody's, one after the other, each on paper of its own."""
    month = _month(desk)
    rows = _rows(desk, Book.of(desk.session, desk.community.id), month)
    meals: dict[int, list[HelpRequest]] = {}
    for meal in money.meals_in(desk.session, desk.community.id, month):
        meals.setdefault(meal.resident_id, []).append(meal)
    papers = [_paper(desk, one, account, meals.get(one.id, [])) for account, one in rows]
    return desk.page(
        "statement", row=None, month=month, papers=papers, became=fate_of, is_charged=is_charged, owed_for=owed_for
    )  # fmt: skip


def correct(desk: Desk, row_id: int) -> ResponseReturnValue:
    """An amount is put right; it stays to be seen who did it, and why."""
    row, month, form = desk.find(Resident, row_id), _month(desk), Form(desk)
    check_unchanged(desk, _seen(corrections_of(desk.session, row.id, month)))
    sign, cents, why = form.one_of("sign", SIGNS), form.money("amount"), form.words("why", most=200, needed=True)
    meals = {str(meal.id): meal for meal in money.meals_in(desk.session, desk.community.id, month, row.id)}
    meal = form.maybe("about_meal", lambda: form.one_of("about_meal", meals))
    if not form.mistakes and not cents:
        form.mistakes.append(desk.words.t("wrong.money"))
    form.check()
    money.correct(
        desk.session, row, month, cents=(sign or 0) * (cents or 0), why=why, who=desk.who, now=desk.now, request=meal
    )  # fmt: skip
    desk.tell("corrected", name=row.name)
    return desk.go("statement", row_id=row.id, month=f"{month:%Y-%m}")


def _month(desk: Desk) -> date:
    """The month that is asked for, this one if none is; what is yet to come is nowhere."""
    this, written = money.first_of(desk.wall.today), request.values.get("month", "")
    found = _MONTH.fullmatch(written)
    if written and not found:
        abort(404)
    month = date(int(found[1]), int(found[2]), 1) if found else this
    return month if month <= this else abort(404)


def _after(desk: Desk, month: date) -> date | None:
    after = money.next_month(month)
    return after if after <= desk.wall.today else None


def _rows(desk: Desk, book: Book, month: date) -> list[tuple[Account, Resident]]:
    """Everybody's account, by name."""
    accounts = {account.resident_id: account for account in book.accounts(month)}
    people = desk.session.scalars(sa.select(Resident).where(Resident.id.in_(accounts)))
    return [(accounts[one.id], one) for one in sorted(people, key=lambda one: (one.name, one.id))]


def _paper(desk: Desk, row: Resident, account: Account, meals: list[HelpRequest]) -> Paper:
    words = words_of(row.language)
    corrections = corrections_of(desk.session, row.id, account.month)
    return Paper(row, account, meals, corrections, words, Wall(words, desk.community, desk.now))


def _seen(corrections: list[Correction]) -> str:
    """Pressed twice, or by two people at once, is put right once."""
    return fingerprint([one.id for one in corrections])


def _told(account: Account, row: Resident, names: dict[str, str]) -> dict[str, Any]:
    told = account.told
    cents = {
        "price": told.price_cents, "subsidy": told.subsidy_cents, "corrected": told.corrected_cents,
        "carried": account.carried_cents, "owed": account.owed_cents, "changed": account.changed_cents,
    }  # fmt: skip
    cells: dict[str, Any] = {"name": row.name, "phone": row.phone, "zone": row.zone.name, "meals": told.meals}
    cells |= {head: Decimal(sum_) / 100 for head, sum_ in cents.items()}
    return {name: cells[head] for head, name in names.items()}
