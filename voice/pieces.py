"""A line that staff type, cut into what is known in any language and the words between, as they were written."""

import re
import unicodedata
from datetime import date

from dispatch.offered import Offered
from dispatch.oneline import Piece
from voice.days import plain_day
from voice.hours import time_at
from voice.parts import Part, known_at, lexicon_of, next_word
from voice.plain import plain_letter
from voice.prompts import languages_from

# "8号楼" is where somebody lives; so many digits are part of a telephone number or of an address, and count nothing.
_HOUSE = re.compile(r"\d{1,4}[号號]?[楼樓院门門室栋棟单單幢层層座房]元?")
_LONG_NUMBER = re.compile(r"(?<!\S)(?:\+\d+|[+(]?(?:\d[-()./]?){3,})(?!\S)")


def pieces_of(line: str, language: str, today: date, offered: Offered) -> list[Piece]:
    """The line piece by piece, its spaces left out: what is known by its longest reading in any language we ship, that
    of the reader first; what lies between is one piece of kind ""."""
    lexicons = [(tag, lexicon_of(tag, offered)) for tag in languages_from(language)]
    written = unicodedata.normalize("NFC", line)
    bare, origins = _bared(written)
    pieces: list[Piece] = []
    at, unknown_from = 0, -1
    while at < len(bare):
        if bare[at].isspace():
            at += 1
            continue
        found = max(
            (one for tag, lexicon in lexicons for one in known_at(bare, at, tag, lexicon, today)),
            key=lambda one: one[1], default=None,
        )  # fmt: skip
        if day := plain_day(bare, at, today):
            found = Part("day", day[0].isoformat()), day[1]
        elif (hour := time_at(bare, at)) and (found is None or found[0].kind != "day"):
            found = Part("time", f"{hour[0]:%H:%M}"), hour[1]
        number = _LONG_NUMBER.match(bare, at) or _HOUSE.match(bare, at)
        if found is None or (number and found[1] < number.end()):
            unknown_from = at if unknown_from < 0 else unknown_from
            at = number.end() if number else next_word(bare, at)
            continue
        if unknown_from >= 0:
            pieces.append(Piece(_between(written, origins, unknown_from, at)))
        part, end = found
        pieces.append(Piece(_between(written, origins, at, end), part.kind, part.value))
        at, unknown_from = end, -1
    if unknown_from >= 0:
        pieces.append(Piece(_between(written, origins, unknown_from, len(bare))))
    return pieces


def _bared(written: str) -> tuple[str, list[int]]:
    """The line as the lexicons have their words (see plain), and for each of its letters where it was written."""
    bare: list[str] = []
    origins: list[int] = []
    for place, letter in enumerate(written):
        bare.append(plain_letter(letter))
        origins += [place] * len(bare[-1])
    return "".join(bare), origins


def _between(written: str, origins: list[int], start: int, end: int) -> str:
    behind = origins[end] if end < len(origins) else len(written)
    return written[origins[start] : behind].strip()
