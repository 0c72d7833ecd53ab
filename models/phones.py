"""Telephone numbers: the one place that knows how they are written, and whether a text can reach them."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# A number that may be either (all of North America) is tried by text; the carrier's answer corrects us (error 30006).
_LANDLINES = {PhoneNumberType.FIXED_LINE}
# Numbers at which somebody else earns by each minute, or that lead on to where nobody knows; and the tables call those
# of satellites, of ships and of the like a country of their own.
_DEAR = {
    PhoneNumberType.PREMIUM_RATE: "premium", PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.PERSONAL_NUMBER: "forwarded",
}  # fmt: skip
_NO_COUNTRY = "001"
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)


class NotANumber(ValueError):
    """What was written cannot be a telephone number in that region."""


@lru_cache(maxsize=4096)
def region_of(number: str) -> str:
    """The ISO region ("CN") of an E.164 number; "ZZ" if it has none."""
    parsed = phonenumbers.parse(number)
    known = phonenumbers.region_code_for_number(parsed)
    return known or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


@lru_cache(maxsize=4096)
def to_e164(written: str, region: str) -> str:
    """The E.164 form of a number in any notation (full-width digits, brackets, 0086, spaces), read in `region`.

    Raises NotANumber when it is none, or carries an extension. Written whole, with its "+", a number need only be
    possible: numbering plans grow faster than the tables that know them.
    """
    plain = unicodedata.normalize("NFKC", written).strip()
    if any(character.isalpha() for character in plain):
        raise NotANumber(written)  # the library would read letters as the keys they stand on
    try:
        parsed = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException as error:
        raise NotANumber(written) from error
    is_known = phonenumbers.is_valid_number(parsed)
    is_whole = plain.startswith("+") and phonenumbers.is_possible_number(parsed)
    if parsed.extension or not (is_known or is_whole):
        raise NotANumber(written)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


# What Twilio writes for callers whose number is not known: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE,
# typed on the keys of a telephone. Two of them could be somebody's in China.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})


def caller_number(written: str) -> str | None:
    """The E.164 form of what the carrier calls `From`; None when withheld or ill-formed (that caller gets a person).

    The carrier writes a number in one way only: what has spaces, line breaks or other digits in it is nobody's.
    """
    if not _E164.fullmatch(written) or written in _WITHHELD:
        return None
    try:
        parsed = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def is_landline(number: str) -> bool:
    """True when the numbering plan says that no text can reach this E.164 number."""
    return phonenumbers.number_type(phonenumbers.parse(number)) in _LANDLINES


@lru_cache(maxsize=4096)
def why_dear(number: str) -> str:
    """Why nobody should ever be made to ring or text this E.164 number, in a word: "" if nothing speaks against it.

    Satellites and the like ("no_country"), premium rates, shared costs, numbers that are only forwarded. What is no
    number at all is treated as the first.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "no_country"
    if region_of(number) == _NO_COUNTRY:
        return "no_country"
    return _DEAR.get(phonenumbers.number_type(parsed), "")


def countries() -> list[str]:
    """The ISO regions that have telephone numbers."""
    return sorted(phonenumbers.SUPPORTED_REGIONS)


def country_code(region: str) -> int:
    """What is dialled for that region: 86 for "CN"."""
    return phonenumbers.country_code_for_region(region)


@lru_cache(maxsize=4096)
def national(number: str) -> str:
    """An E.164 number as people of its country write it: "010 5555 1004"."""
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.NATIONAL)
