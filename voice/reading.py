"""How a text is read: whole messages against tables. What is not certainly understood is never guessed."""

import re
from dataclasses import dataclass
from functools import cache

from voice.own_words import NO_WORDS, OwnWords
from voice.plain import plain, without_ending
from voice.prompts import catalog, languages, languages_from

_NUMBERS = re.compile(r"^#?(\d)(?:[\s,#.:-]+(\d{1,6}))?(?:[\s,#.:-]+(\d{1,6}))?$")
_CODE_AND_KEY = re.compile(r"^#?(\d{2,6})[\s,#.:-]+(\d)$")
_CODE = re.compile(r"^#?(\d{2,6})$")
_INNER = re.compile(r"\s*[,.;:!，。；：！、]+\s*")
_WORD_AND_CODE = re.compile(r"^(.+?)[\s,#.:-]*(\d{1,6})$")

# Words that carriers take for themselves on long codes; whole message, any case. Never taught, always understood.
CARRIER_WORDS = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel"), "stop"),
    **dict.fromkeys(("start", "unstop"), "start"),
    "yes": "yes",
    **dict.fromkeys(("help", "info"), "help"),
}
# The tables of answers: a question mark takes them their certainty.
_ANSWERS = frozenset({"answer", "asked", "volunteer"})


@dataclass(frozen=True)
class Read:
    """What a text says: a key (with up to two numbers behind it), an intention by name, or nothing certain."""

    key: str = ""
    numbers: tuple[int, ...] = ()
    intent: str = ""
    is_code_first: bool = False  # "13 1": which one, then what

    def __bool__(self) -> bool:
        return bool(self.key or self.intent or self.numbers)


def is_question(text: str) -> bool:
    """Is something asked rather than said?"""
    return text.rstrip().endswith(("?", "？", "吗", "嗎", "咩"))


def opting_word(text: str) -> str:
    """Does a whole message say what carriers take for themselves, or the same in any language of ours? "" if not.

    Else "stop", "start", "yes" or "help". A word for the meal ("cancelar", "取消") is none of them.
    """
    words = plain(text)
    own = (_meanings(tag, "opting").get(words) for tag in languages())
    return CARRIER_WORDS.get(words) or next((meaning for meaning in own if meaning), "")


def read_text(text: str, language: str, tables: tuple[str, ...], own: OwnWords = NO_WORDS) -> Read:
    """Read a text by these tables of its language, then of the other languages, in that order; in each, the words of
    the language come before the community's own.

    Digits mean the same everywhere. Only ASCII digits count as digits once widths are folded.
    """
    words, is_asked = plain(text), is_question(text)
    if numbers := None if is_asked else _NUMBERS.match(words):
        return (
            Read(key=numbers[1], numbers=tuple(int(n) for n in numbers.groups()[1:] if n))
            if words.isascii()
            else Read()
        )
    if both := None if is_asked else _CODE_AND_KEY.match(words):
        return Read(key=both[2], numbers=(int(both[1]),), is_code_first=True) if words.isascii() else Read()
    if code := _CODE.match(words):
        return Read(numbers=(int(code[1]),)) if words.isascii() else Read()
    # "Yes?" and "done?" are no answers; "when?" is a question that has one.
    tables = (*(table for table in tables if not is_asked or table not in _ANSWERS), "any", "thanks")
    tables = tables if is_asked else (*tables, "numbers")
    if found := _look_up(words, language, tables, own) or _look_up(_INNER.sub(" ", words), language, tables, own):
        return found
    if found := _look_up(_without_thanks(words, language), language, tables, own):
        return found
    if tail := _WORD_AND_CODE.match(words):
        found = _look_up(without_ending(tail[1]), language, tables, own)
        if found and found.key:
            return Read(key=found.key, numbers=(int(tail[2]),))
    return Read()


def _look_up(words: str, language: str, tables: tuple[str, ...], own: OwnWords) -> Read:
    for tag in languages_from(language):
        for table in tables:
            if meaning := _meanings(tag, table).get(words) or (own and own.get((tag, table), {}).get(words)):
                return Read(key=meaning) if meaning.isdigit() else Read(intent=meaning)
    return Read()


def _without_thanks(words: str, language: str) -> str:
    """ "Done, thank you" is done, and "好的，谢谢" is yes."""
    for tag in (catalog(language).tag, "en"):
        for polite in sorted(_meanings(tag, "thanks"), key=len, reverse=True):
            if words.endswith(polite) and words != polite:
                return without_ending(words.removesuffix(polite))
    return words


@cache
def _meanings(tag: str, table: str) -> dict[str, str]:
    """Phrase, as `plain` leaves it → what it means."""
    meanings = catalog(tag).reads.get(table, {})
    return {plain(phrase): meaning for meaning, phrases in meanings.items() for phrase in phrases}
