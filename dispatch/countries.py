"""Which numbers the line rings and texts: those of its own country, of countries that staff have added, and never dear
ones. Looked at wherever something leaves, and where a number is written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError
from sqlalchemy.orm import Session

from models.kitchens import kitchens_of
from models.people import GONE, Absence, Contact, Resident, Staff, Volunteer
from models.phones import country_code, region_of, why_dear
from models.places import Community

# Why a number is not rung or texted, as it is kept with what did not leave.
DEAR, ELSEWHERE = "dear_number", "other_country"


@dataclass(frozen=True)
class Listed:
    """A number of the book, and whose it is."""

    number: str
    name: str


def home_of(community: Community) -> frozenset[str]:
    """The countries of its own numbers: these are always called."""
    return _regions(community.numbers)


def called_by(community: Community) -> frozenset[str]:
    """All countries that are called."""
    return home_of(community) | frozenset(community.countries or ())


def why_not_called(community: Community, number: str) -> str:
    """Why this E.164 number is neither rung nor texted, in a word: "" if it is."""
    if why_dear(number):
        return DEAR
    return "" if region_of(number) in called_by(community) else ELSEWHERE


def name_of(region: str, language: str) -> str:
    """What a country is called in that language, with what is dialled for it: "France (+33)"."""
    try:
        name = Locale.parse(language, sep="-").territories.get(region, region)
    except (ValueError, UnknownLocaleError):
        name = region
    return f"{name} (+{country_code(region)})" if country_code(region) else name


def in_the_book(session: Session, community: Community) -> Iterator[Listed]:
    """Every number on file of whoever is still here."""
    is_gone = Absence.kind.in_(GONE)
    here = (Resident.community_id == community.id, ~Resident.absences.any(is_gone))
    helping = (Volunteer.community_id == community.id, ~Volunteer.absences.any(is_gone))
    books = (
        sa.select(Resident.name, Resident.phone, Resident.other_phone).where(*here),
        sa.select(Volunteer.name, Volunteer.phone, Volunteer.other_phone).where(*helping),
        sa.select(Contact.name, Contact.phone).join(Resident).where(*here),
        sa.select(Staff.name, Staff.phone).where(Staff.community_id == community.id, Staff.is_active),
    )
    for book in books:
        for name, *numbers in session.execute(book):
            yield from (Listed(number, name) for number in numbers if number)
    yield from (Listed(one.phone, one.name) for one in kitchens_of(session, community.id) if one.phone)


@lru_cache(maxsize=256)
def _regions(numbers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(region_of(number) for number in numbers)
