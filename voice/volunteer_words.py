"""What a volunteer writes in words that stand for no digit: CALL, with the number of the job where it needs one."""

import re

from voice.plain import plain
from voice.reading import Read, read_text

# The intentions of [reads.volunteer].
WISHES = frozenset({"call"})
_WORDS_AND_CODE = re.compile(r"^(.+?)[\s,#.:-]*(\d{1,6})(?:[\s,#.:-]+(\d))?$")
_CODE_AND_WORDS = re.compile(r"^#?(\d{2,6})[\s,#.:-]+(\D+)$")


def read_volunteer(text: str, language: str) -> Read:
    """Read a volunteer's text: a digit or a word for it, or a wish, which stands as the key, with its numbers."""
    read = read_text(text, language, ("volunteer",))
    if read.intent in WISHES:
        return Read(key=read.intent)
    return read or _with_numbers(plain(text), language)


def _with_numbers(words: str, language: str) -> Read:
    if not (found := _WORDS_AND_CODE.match(words)) or not words[found.start(2) :].isascii():
        found = _CODE_AND_WORDS.match(words)
        return _wish(found[2], (found[1],), language) if found and found[1].isascii() else Read()
    return _wish(found[1], found.groups()[1:], language)


def _wish(words: str, numbers: tuple[str | None, ...], language: str) -> Read:
    intent = read_text(words, language, ("volunteer",)).intent
    return Read(key=intent, numbers=tuple(int(n) for n in numbers if n)) if intent in WISHES else Read()
