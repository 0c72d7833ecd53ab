"""What is typed into a form becomes values, or sentences that say what is wrong; all of them at once."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from flask import request
from werkzeug.datastructures import MultiDict

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.typed import line
from dispatch.countries import DEAR, name_of, why_not_called
from models.nearness import point_of
from models.people import can_be_born_on
from models.phones import NotANumber, national, region_of, to_e164
from models.places import WEEKDAYS

Choice = TypeVar("Choice")
# A field that is there once for every weekday, or for every key of a menu, has one label.
_EACH = re.compile(f"_({'|'.join((*WEEKDAYS, *'12345678'))})$")
_MOST_MONEY = 1_000_000
# As maps give it to be copied: "40.7128, -74.0060".


@dataclass
class Form:
    """One form as it was sent. Ask for each field, then `check()`: it raises with every mistake.

    `sent` is what was typed, or what a form of before would have said.
    """

    desk: Desk
    mistakes: list[str] = field(default_factory=list)
    not_called: list[str] = field(default_factory=list)  # numbers in countries that the line does not call
    sent: MultiDict[str, str] = field(default_factory=lambda: request.form)

    def words(self, name: str, *, most: int, needed: bool = False, label: str = "") -> str:
        """Free text without spaces around it. `label` is what the field is called where several are called the same."""
        written = line(name, most=most, sent=self.sent)
        if needed and not written:
            self._wrong("wrong.needed", label or name)
        return written

    def phone(self, name: str, *, needed: bool = False, label: str = "") -> str | None:
        """A telephone number in any notation, as E.164."""
        written = self.sent.get(name, "").strip()
        if not written:
            if needed:
                self._wrong("wrong.needed", label or name)
            return None
        try:
            number = to_e164(written, region_of(self.desk.community.number))
        except NotANumber:
            self._wrong("wrong.phone", label or name, written=written[:40])
            return None
        why = why_not_called(self.desk.community, number)
        if why == DEAR:
            self._wrong("wrong.dear_number", label or name, written=written[:40])
            return None
        if why and number not in self.not_called:
            self.not_called.append(number)
        return number

    def number(self, name: str, least: float, most: float) -> float:
        """A number between two bounds."""
        try:
            value = float(self.sent.get(name, "").replace(",", "."))
        except ValueError:
            value = float("nan")
        if least <= value <= most:
            return value
        self._wrong("wrong.number", name, least=f"{least:g}", most=f"{most:g}")
        return least

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number between two bounds."""
        value = self.number(name, least, most)
        if value != int(value):
            self._wrong("wrong.whole", name)
        return int(value)

    def maybe(self, name: str, read: Callable[[], Choice]) -> Choice | None:
        """What `read` makes of a field in which something is written; None for an empty one."""
        return read() if self.sent.get(name, "").strip() else None

    def place(self, name: str) -> tuple[float, float] | None:
        """Latitude and longitude in degrees; None when nothing is written."""
        written = line(name, most=60, sent=self.sent)
        if not written:
            return None
        found = point_of(written)
        if found is None:
            self._wrong("wrong.place", name)
        return found

    def money(self, name: str) -> int | None:
        """A sum, in hundredths; None when none is given."""
        written = line(name, most=40, sent=self.sent).replace(",", ".").lstrip("¥￥$€£ ")
        try:
            amount = Decimal(written or "NaN")
        except InvalidOperation:
            amount = Decimal("Infinity")
        if amount.is_finite() and 0 <= amount < _MOST_MONEY:
            return int(amount * 100)
        if written:
            self.mistakes.append(self.desk.words.t("wrong.money"))
        return None

    def names(self, tags: Iterable[str], *, most: int) -> dict[str, str]:
        """A name in some languages; in one at least."""
        found = {tag: words for tag in tags if (words := line(f"name_{tag}", most=most, sent=self.sent))}
        if not found:
            self.mistakes.append(self.desk.words.t("wrong.no_name"))
        return found

    def time(self, name: str) -> time:
        """A time of day."""
        try:
            return time.fromisoformat(self.sent.get(name, ""))
        except ValueError:
            self._wrong("wrong.time", name)
            return time()

    def day(self, name: str, *, needed: bool = True) -> date | None:
        """A date."""
        written = self.sent.get(name, "").strip()
        found = day_of(written)
        if found is None and (written or needed):
            self._wrong("wrong.day", name)
        return found

    def birthday(self, name: str) -> date | None:
        """A date on which somebody who lives may have been born; None when none is given."""
        written = self.sent.get(name, "").strip()
        try:
            found = date.fromisoformat(written) if written else None
        except ValueError:
            found = date.max
        if found is not None and not can_be_born_on(found, today=self.desk.wall.today):
            self._wrong("wrong.birthday", name)
            return None
        return found

    def one_of(self, name: str, choices: dict[str, Choice]) -> Choice | None:
        """One of these."""
        found = choices.get(self.sent.get(name, ""))
        if found is None:
            self._wrong("wrong.choice", name)
        return found

    def some_of(self, name: str, choices: dict[str, Choice]) -> list[Choice]:
        """Any of these, in their order."""
        wanted = set(self.sent.getlist(name))
        return [choice for key, choice in choices.items() if key in wanted]

    def has(self, name: str) -> bool:
        """Is that box ticked?"""
        return bool(self.sent.get(name))

    def check(self) -> None:
        """Go on only if nothing is wrong; what will be kept and yet not called is said on the next page."""
        if self.mistakes:
            raise Wrong(self.mistakes)
        for number in self.not_called:
            country = name_of(region_of(number), self.desk.words.tag)
            self.desk.tell("other_country", number=national(number), country=country)
        self.not_called.clear()

    def _wrong(self, key: str, name: str, **blanks: Any) -> None:
        label = self.desk.words.t(f"field.{_EACH.sub('', name)}")
        self.mistakes.append(self.desk.words.t(key, field=label, **blanks))


def day_of(written: str) -> date | None:
    """A date as browsers send it. Arithmetic with time zones needs a margin at both ends of the calendar."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def fingerprint(values: Iterable[object]) -> str:
    """What a form showed, in a few letters: two people editing one person do not overwrite each other unseen."""
    return hashlib.sha256("\x1f".join(str(value) for value in values).encode()).hexdigest()[:16]


def check_unchanged(desk: Desk, now_stored: str) -> None:
    """Was this form filled in on top of what is stored now?"""
    if request.form.get("seen") not in (None, "", now_stored):
        raise Wrong([desk.words.t("wrong.edited_meanwhile")])
