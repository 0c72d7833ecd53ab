"""A text without what makes no difference."""

import re
import unicodedata

_BEGINNING = re.compile(r"^[\s¿¡]+")
_ENDING = re.compile(r"[\s.,!?;:。，！？；：、~…)）]+$")
# "can't", "can’t" and "cant" are one word.
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u02bc\u00b4`"))


def plain(text: str) -> str:
    """A text without what makes no difference: width, case, accents, apostrophes, spaces and punctuation around."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    bare = "".join(letter for letter in unicodedata.normalize("NFD", folded) if not unicodedata.combining(letter))
    begun = _BEGINNING.sub("", unicodedata.normalize("NFC", bare).translate(_APOSTROPHES))
    return without_ending(begun) or begun


def without_ending(words: str) -> str:
    """Words without the spaces and the punctuation behind them."""
    return _ENDING.sub("", words)
