"""What fills a sentence, before there is a language: an instant, a date, a name in several languages, a sum.

A blank is JSON. A plain string or number is said as it is; a dictionary with one `$key` is said by the renderer in the
recipient's language and the community's time zone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

Blank = Any


def clock(instant: datetime) -> Blank:
    """The time of day: "ten o'clock"."""
    return {"$clock": instant.isoformat()}


def moment(instant: datetime) -> Blank:
    """Day and time, the day as one would say it at the moment of saying: "today at ten"."""
    return {"$moment": instant.isoformat()}


def span(start: datetime, end: datetime) -> Blank:
    """A day and two times: "today between eleven and half past twelve"."""
    return {"$span": [start.isoformat(), end.isoformat()]}


def day(local: date) -> Blank:
    """A local date: "today", "tomorrow", "Friday 27 November"."""
    return {"$day": local.isoformat()}


def names(by_language: Mapping[str, str]) -> Blank:
    """A name that the community wrote in several languages."""
    return {"$names": dict(by_language)}


def number(e164: str) -> Blank:
    """A telephone number, to be read digit by digit."""
    return {"$phone": e164}


def money(cents: int) -> Blank:
    """A sum in hundredths of the community's currency."""
    return {"$money": cents}


def word(index: int, language: str) -> Blank:
    """A word of the list by which both sides know each other at the door, in the resident's language."""
    return {"$word": [index, language]}


def sentence(prompt: str, **blanks: Blank) -> Blank:
    """A sentence within a sentence."""
    return {"$sentence": [prompt, blanks]}
