"""What a text may mean that was not certainly understood: a word for whoever reads it, and never a reading."""

import re
from datetime import date
from functools import cache

from dispatch.offered import Offered
from voice.parts import parts_in
from voice.plain import plain
from voice.prompts import catalog

# Kinds of words in a resident's text, the weightiest first → what it may be.
_OF_RESIDENTS = (
    ("distress", "distress"), ("off", "off"), ("away", "away"), ("back", "back"), ("meal", "order"), ("usual", "order"),
)  # fmt: skip
# Keys of a volunteer whose words stand in the text, the weightiest first.
_OF_VOLUNTEERS = (("6", "worried"), ("5", "missed"), ("4", "cannot"), ("3", "done"), ("2", "no"), ("1", "yes"))
_EITHER = {"yes", "no"}
SUGGESTIONS = tuple(dict.fromkeys(word for _, word in (*_OF_RESIDENTS, *_OF_VOLUNTEERS)))


def suggestion_for(text: str, language: str, *, is_volunteer: bool) -> str:
    """What this text may be about, one of `SUGGESTIONS`, or "" where its words say nothing."""
    found = parts_in(text, language, date.min, Offered())
    if "distress" in found:
        return "distress"
    if is_volunteer:
        words = [word for key, word in _OF_VOLUNTEERS if _pattern(catalog(language).tag, key).search(plain(text))]
        return words[0] if words and not set(words) >= _EITHER else ""
    if {"meal", "want"} <= found:
        return "order"  # "bring lunch with no salt" takes nothing back
    return next((word for kind, word in _OF_RESIDENTS if kind in found), "")


@cache
def _pattern(tag: str, key: str) -> re.Pattern[str]:
    """Any phrase of a volunteer's answer, as whole words; single letters are too little to point at anything."""
    phrases = sorted((plain(one) for one in catalog(tag).reads["volunteer"][key]), key=len, reverse=True)
    written = "|".join(rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one) for one in phrases if len(one) > 1)
    return re.compile(written or r"(?!)")
