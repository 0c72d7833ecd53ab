"""A text without what makes no difference."""

import re
import unicodedata
from functools import lru_cache

_BEGINNING = re.compile(r"^[\s¿¡]+")
_ENDING = re.compile(r"[\s.,!?;:。，！？；：、~…)）]+$")
# "can't", "can’t" and "cant" are one word.
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u02bc\u00b4`"))


def plain(text: str) -> str:
    """A text without what makes no difference: width, case, accents, apostrophes, spaces and punctuation around."""
    bare = unicodedata.normalize("NFC", "".join(map(plain_letter, unicodedata.normalize("NFC", text))))
    begun = _BEGINNING.sub("", " ".join(bare.split()))
    return without_ending(begun) or begun


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """One letter without width, case and accents; an apostrophe is nothing, a ligature several."""
    folded = unicodedata.normalize("NFKC", letter).casefold()
    bare = "".join(one for one in unicodedata.normalize("NFD", folded) if not unicodedata.combining(one))
    return unicodedata.normalize("NFC", bare).translate(_APOSTROPHES)


def without_ending(words: str) -> str:
    """Words without the spaces and the punctuation behind them."""
    return _ENDING.sub("", words)
