"""Canaries: words that stand for one thing of one person and nowhere else, so that wherever one is met, it came from there."""

import re
from dataclasses import dataclass

# What is known of people, and what nobody at all may ever read again.
OF_PEOPLE = (
    "surname",
    "address",
    "door",
    "diet",
    "hardship",
    "note",
    "text",
    "written",
    "contact",
    "helper",
    "clerk",
    "elsewhere",
)
SECRETS = ("password", "token", "key", "pass")
_MARK = re.compile(r"qz(?P<kind>[a-z]+?)(?P<number>\d\d)x", re.IGNORECASE)
# The numbers of these towns are known by where they begin.
NUMBERS = re.compile(r"(?:\+|%2B|\b)?1?2125552\d{3}")
PIN = "7391"
_PIN = re.compile(rf"(?<![\d.]){PIN}(?!\d)")


@dataclass(frozen=True)
class Bird:
    """One thing of one person."""

    kind: str
    number: int = 0


def bird(kind, number=0):
    """The word for it."""
    return f"Qz{kind}{number:02d}x"


def birds_in(words):
    """What of whom stands in these words."""
    return {Bird(found["kind"].lower(), int(found["number"])) for found in _MARK.finditer(words)}


# The other community's own number, which everybody may know.
_LINE = Bird("number", 104)


def numbers_in(words):
    """Telephone numbers of the town, and the PIN."""
    numbers = {Bird("number", int(found[0][-3:])) for found in NUMBERS.finditer(words)} - {_LINE}
    return numbers | ({Bird("pin")} if _PIN.search(words) else set())
