"""How Chinese characters are written in Latin letters: every reading of each, without tones."""

import os
import re
from functools import cache

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


@cache
def readings(character: str) -> tuple[str, ...]:
    """All that a character is called, the usual first: 单 → dan, chan, shan. As its own when nobody knows.

    An ü is written v, u or yu, by keyboards, by whoever leaves the dots out, and in passports.
    """
    from pypinyin import Style, pinyin  # loaded when the first name asks for it: it takes a while

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    plain = dict.fromkeys(reading for all_of_it in found for reading in all_of_it)
    ways = [reading.replace("v", way) for reading in plain for way in (("v", "u", "yu") if "v" in reading else ("v",))]
    return tuple(dict.fromkeys(ways)) or (character,)


# Names are read character by character. The library's phrases would be four fifths of what it takes in memory.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
