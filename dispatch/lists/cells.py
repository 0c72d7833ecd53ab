"""Cells into meanings. Every reader takes a row and a column, and notes a fault there instead of raising."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.countries import DEAR, name_of, why_not_called
from dispatch.lists import words
from dispatch.lists.faults import Fault, quoted
from dispatch.lists.reading import Row
from models.kitchens import Kitchen, kitchens_of
from models.nearness import Point, Vehicle, point_of
from models.people import can_be_born_on
from models.phones import NotANumber, region_of, to_e164
from models.places import WEEKDAYS, Community, Meal, Service, Zone

_BETWEEN = re.compile(r"[;；、|]+")
_BETWEEN_MORE = re.compile(r"[;；、|,，/ ]+")
_RANGE = re.compile(r"(?:-|–|—|~|～|至|到|\bto\b)")
_WEEK = re.compile(r"^(?:周|星期|礼拜)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{2}:\d{2}(?::\d{2})?)?")
_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)  # as it stands in the number of an identity card
_PRICE = re.compile(r"\d{1,6}(\.\d{1,2}0*)?", re.ASCII)
_MONEY = re.compile(r"[¥￥$€£元 ]|RMB|CNY|USD", re.IGNORECASE)


def length_of(column: Any) -> int:
    """How many characters a text column holds."""
    return int(column.type.length)


LONGEST_ZONE = length_of(Zone.name)


@dataclass(frozen=True)
class Known:
    """What a list may name in this community."""

    community: Community
    region: str
    language: str
    zones: Mapping[str, str]  # as `plain` leaves it → its name
    services: Mapping[str, Service]
    meals: Mapping[str, Meal]
    kitchens: Mapping[str, Kitchen]
    may_create_zones: bool = False
    today: date = date.max  # the community's local date: nobody is born after it
    new_zones: dict[str, str] = field(default_factory=dict)  # zones that the list made; the first spelling stands

    @classmethod
    def of(
        cls, session: Session, community: Community, *, create_zones: bool = False, today: date = date.max
    ) -> "Known":
        """The zones, services, meals and kitchens of a community, by all their names."""
        zones = session.scalars(sa.select(Zone.name).where(Zone.community_id == community.id))
        services = session.scalars(sa.select(Service).where(Service.community_id == community.id))
        meals = session.scalars(sa.select(Meal).where(Meal.community_id == community.id))
        return cls(
            community=community,
            region=region_of(community.number),
            language=community.language,
            zones={words.plain(name): name for name in zones},
            services=_by_all_names(services, words.values("services")),
            meals=_by_all_names(meals, words.values("meals")),
            kitchens={words.plain(kitchen.name): kitchen for kitchen in kitchens_of(session, community.id)},
            may_create_zones=create_zones,
            today=today,
        )


def _by_all_names(rows: Any, usual: Mapping[str, str]) -> dict[str, Any]:
    by_code = {row.code: row for row in rows}
    named = {word: by_code[code] for word, code in usual.items() if code in by_code}
    named |= {words.plain(name): row for row in by_code.values() for name in row.names.values()}
    return named | {words.plain(code): row for code, row in by_code.items()}


@dataclass
class Reader:
    """One row being understood: what it says, and the faults found so far."""

    row: Row
    headings: Mapping[str, str]
    known: Known
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)  # what is kept, and of which somebody should know

    def fault(self, column: str, reason: str, **blanks: object) -> None:
        """Note a mistake in that column."""
        self.faults.append(Fault(self.row.line, self.headings.get(column, column), reason, blanks))

    def cell(self, column: str) -> str:
        """What stands there; empty when the file has no such column."""
        return self.row.cells.get(column, "")

    def text(self, column: str, *, most: int, is_needed: bool = False) -> str:
        """Words of at most so many characters."""
        text = self.cell(column)
        if is_needed and not text:
            self.fault(column, "missing")
        if len(text) > most:
            self.fault(column, "too_long", most=most)
        return text

    def phone(self, column: str, *, is_needed: bool = False) -> str:
        """A telephone number in any notation, in E.164."""
        written = self.cell(column)
        if not written:
            if is_needed:
                self.fault(column, "missing")
            return ""
        try:
            number = to_e164(written, self.known.region) if len(written) <= 60 else self._no_phone(column, written)
        except NotANumber:
            return self._no_phone(column, written)
        return self._called(column, written, number) if number else ""

    def _called(self, column: str, written: str, number: str) -> str:
        """A number that is kept: of a country that the line does not call it is said so; a dear one is a mistake."""
        why = why_not_called(self.known.community, number)
        if why == DEAR:
            self.fault(column, "dear_number", value=quoted(written))
        elif why:
            self.notes.append(Fault(self.row.line, self.headings.get(column, column), why, {
                "value": quoted(written), "country": name_of(region_of(number), self.known.language),
            }))  # fmt: skip
        return number

    def _no_phone(self, column: str, written: str) -> str:
        self.fault(column, "not_a_number", value=quoted(written))
        return ""

    def language(self, column: str) -> str:
        """A language by its tag or its usual name; empty when none is given."""
        written = self.cell(column)
        tag = words.values("languages").get(words.plain(written)) or written
        if tag and (not _LANGUAGE.fullmatch(tag) or len(tag) > 16):
            self.fault(column, "unknown_language", value=quoted(written))
        return tag

    def zone(self, column: str) -> str:
        """The name of one zone."""
        written = self.cell(column)
        if not written:
            self.fault(column, "missing")
            return ""
        return self._zone(column, written)

    def zones(self, column: str) -> list[str]:
        """The names of zones, at least one."""
        written = self.cell(column)
        parts = [written] if words.plain(written) in self.known.zones else _parts(written, _BETWEEN)
        if not parts:
            self.fault(column, "missing")
        return list(dict.fromkeys(self._zone(column, part) for part in parts))

    def _zone(self, column: str, written: str) -> str:
        plain = words.plain(written)
        if plain in self.known.zones:
            return self.known.zones[plain]
        if len(written) > LONGEST_ZONE:
            self.fault(column, "too_long", most=LONGEST_ZONE)
        elif not self.known.may_create_zones:
            self.fault(column, "unknown_zone", value=quoted(written))
        return self.known.new_zones.setdefault(plain, written)

    def services(self, column: str) -> list[Service]:
        """Services by code or name, at least one."""
        written = self.cell(column)
        whole = self.known.services.get(words.plain(written))
        if whole is not None:
            return [whole]
        parts = _parts(written, _BETWEEN_MORE)
        if not parts:
            self.fault(column, "missing")
        for part in parts:
            if words.plain(part) not in self.known.services:
                self.fault(column, "unknown_service", value=quoted(part))
        found = (self.known.services.get(words.plain(part)) for part in parts)
        return list(dict.fromkeys(service for service in found if service is not None))

    def meal(self, column: str) -> Meal | None:
        """A meal by code or name."""
        written = self.cell(column)
        meal = self.known.meals.get(words.plain(written))
        if not written:
            self.fault(column, "missing")
        elif meal is None:
            self.fault(column, "unknown_meal", value=quoted(written))
        return meal

    def kitchen(self, column: str) -> Kitchen | None:
        """A kitchen by its name; None when none is given."""
        written = self.cell(column)
        kitchen = self.known.kitchens.get(words.plain(written))
        if written and kitchen is None:
            self.fault(column, "unknown_kitchen", value=quoted(written))
        return kitchen

    def days(self, column: str) -> list[str]:
        """Weekday codes in the order of the week; none: every day."""
        found: set[str] = set()
        written = self.cell(column)
        whole = _days(written)
        for part in [] if whole is not None else _parts(written, _BETWEEN_MORE):
            days = _days(part)
            if days is None:
                self.fault(column, "unknown_day", value=quoted(part))
            elif not days:
                return []  # "every day", whatever stands beside it
            found |= set(days or ())
        found |= set(whole or ())
        return [] if len(found) == len(WEEKDAYS) else [day for day in WEEKDAYS if day in found]

    def whole(self, column: str, *, least: int, most: int) -> int | None:
        """A whole number; None when none is given."""
        written = self.cell(column)
        if not written:
            return None
        plain = unicodedata.normalize("NFKC", written).removesuffix(".0")
        if re.fullmatch(r"\d{1,6}", plain, re.ASCII) and least <= int(plain) <= most:
            return int(plain)
        self.fault(column, "not_whole", value=quoted(written), least=least, most=most)
        return None

    def place(self, column: str) -> Point | None:
        """Latitude and longitude; None when none is given."""
        written = self.cell(column)
        found = point_of(unicodedata.normalize("NFKC", written))
        if written and found is None:
            self.fault(column, "not_a_place", value=quoted(written))
        return found

    def vehicle(self, column: str) -> Vehicle | None:
        """On foot, by bicycle or by car; None when nothing is said."""
        written = self.cell(column)
        found = words.values("vehicles").get(words.plain(written))
        if written and found is None:
            self.fault(column, "unknown_vehicle", value=quoted(written))
        return Vehicle(found) if found else None

    def birthday(self, column: str) -> date | None:
        """A date of birth, the year first; None when none is given."""
        written = self.cell(column)
        found = _date_of(written, also=_TOGETHER)
        if not written or (found is not None and can_be_born_on(found, today=self.known.today)):
            return found
        self.fault(column, "not_a_birthday", value=quoted(written))
        return None

    def date(self, column: str) -> date | None:
        """A date, the year first."""
        written = self.cell(column)
        if not written:
            self.fault(column, "missing")
            return None
        found = _date_of(written)
        # Arithmetic with time zones needs a margin at both ends of the calendar.
        if found is None or not 2000 <= found.year <= 2200:
            self.fault(column, "not_a_date", value=quoted(written))
            return None
        return found

    def cents(self, column: str) -> int | None:
        """A price, in hundredths; None when none is given."""
        written = self.cell(column)
        if not written:
            return None
        plain = _MONEY.sub("", unicodedata.normalize("NFKC", written))
        if re.fullmatch(r"\d+,\d{2}", plain):
            plain = plain.replace(",", ".")
        if _PRICE.fullmatch(plain) and Decimal(plain) <= 100_000:
            return int(Decimal(plain) * 100)
        self.fault(column, "not_a_price", value=quoted(written))
        return None

    def dish_key(self, column: str) -> str:
        """The key that orders a dish."""
        written = self.cell(column)
        key = unicodedata.normalize("NFKC", written).removesuffix(".0")
        if not written:
            self.fault(column, "missing")
        elif not re.fullmatch(r"[1-8]", key):
            self.fault(column, "not_a_dish_key", value=quoted(written))
        return key


def _date_of(written: str, also: re.Pattern[str] = _DATE) -> date | None:
    plain = unicodedata.normalize("NFKC", written).replace(" 年 ", "年")
    match = _DATE.fullmatch(plain) or also.fullmatch(plain)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _parts(written: str, between: re.Pattern[str]) -> list[str]:
    return [part.strip() for part in between.split(written) if part.strip()]


def _days(written: str) -> list[str] | None:
    """The weekdays a word stands for: one, a range, a group, or several written together (周一三五); None: no such."""
    plain = words.plain(written)
    names = words.values("days")
    if plain in names:
        return [names[plain]]
    if plain in words.day_groups():
        return words.day_groups()[plain]
    ends = [names.get(words.plain(end)) for end in _RANGE.split(unicodedata.normalize("NFKC", written))]
    if len(ends) == 2 and ends[0] and ends[1]:
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[1])
        return [WEEKDAYS[day % 7] for day in range(first, last + 1 if last >= first else last + 8)]
    together = _WEEK.sub("", plain)
    if together and all(mark in "一二三四五六日天" for mark in together):
        return [names[mark] for mark in together]
    return None
