"""How a sentence that is heard is taken apart: sentences, words, and the keys that it offers. One line per language."""

import re
from dataclasses import dataclass

_HAN = r"[㐀-鿿]"


@dataclass(frozen=True)
class Speech:
    """The rules of one language, and what an ear of eighty can bear in it."""

    key: str  # how a key is offered, as an expression; "a number from 1 to 7" offers none
    unit: str  # what is counted
    counts: str  # "words" or "characters"
    filler: str  # what stands before a key without saying what it is for
    voice: str  # of espeak-ng, by which seconds are measured
    words_per_minute: int  # of that voice at full rate
    option_most: int
    menu_most: int
    sentence_most: int
    pace: tuple[int, int]  # so many in a minute, at the least and at the most, as measured


_DIGITS = r"\d(?!\d)(?:, \d)*(?: {0} \d)?"
# A telephone number, read digit by digit, is one thing to hear.
_LATIN = {"unit": r"\d(?: \d)+|[^\W_]+(?:['’.][^\W_]+)*", "counts": "words", "option_most": 12, "menu_most": 45, "sentence_most": 15,
    "pace": (130, 160),
}  # fmt: skip
_CHINESE = {
    "unit": rf"{_HAN}|[A-Za-z]+|\d(?: \d)+|\d+", "counts": "characters", "filler": r"请|請|就", "option_most": 16, "menu_most": 55,
    "sentence_most": 30, "pace": (140, 180), "key": r"[按撳揿]\s?(?:\d(?!\d*[到至])(?:、\d)*(?:(?:或者?|同|和)\d)?|星[号號]键?鍵?|任意键|任何[键鍵]|井[号號]键?鍵?)",
}  # fmt: skip
_SPEECHES = {
    "en": Speech(
        key=rf"\bpress (?:{_DIGITS.format('or')}|the star key|the hash key|any key)", filler=r"\b(?:please|then|and|or)\b",
        voice="en-us", words_per_minute=175, **_LATIN,
    ),
    "es": Speech(
        key=rf"\b(?:pulse|marque|oprima|presione) (?:el |la )?(?:{_DIGITS.format('o')}|(?:tecla )?(?:de )?(?:estrella|asterisco|almohadilla)|cualquier tecla)",
        filler=r"\b(?:por favor|luego|y|o)\b", voice="es", words_per_minute=175, **_LATIN,
    ),
    "zh": Speech(voice="cmn-latn-pinyin", words_per_minute=175, **_CHINESE),
    # At the same setting this voice says more characters: it is brought to the pace of the other.
    "yue": Speech(voice="yue", words_per_minute=145, **_CHINESE),
}  # fmt: skip


def speech(language: str) -> Speech:
    """The rules for a language tag. KeyError: a language was shipped for which nobody has written them."""
    return _SPEECHES[language.split("-")[0]]


class InItsOwn(str):
    """A sentence that is said in another language than the rest: how to go on in that one."""

    __slots__ = ("language",)

    def __new__(cls, words: str, language: str) -> "InItsOwn":
        """The words, and their language."""
        one = super().__new__(cls, words)
        one.language = language
        return one


def tongue(sentence: str, language: str) -> str:
    """The language of a sentence that is heard in the midst of `language`."""
    return sentence.language if isinstance(sentence, InItsOwn) else language


def count(text: str, language: str) -> int:
    """Words, or characters where those are what takes time; a number counts as one."""
    return len(re.findall(speech(language).unit, text))


def sentences(text: str) -> list[str]:
    """What lies between full stops, questions and exclamations, without the marks; "10.30" and "a.m." hold none."""
    return [part.strip() for part in re.split(r"[。！？!?]|\.(?=\s|$)", text) if part.strip()]


def options(sentence: str, language: str) -> list[str]:
    """The choices that one sentence offers, each from its own text to its key."""
    return [part.strip(" ,;:，；：") for part in _parted(sentence, language)[:-1]]


def offered(text: str, language: str) -> list[str]:
    """The keys that are named with it."""
    return [key for found in re.finditer(speech(language).key, text, flags=re.I) for key in re.findall(r"\d", found[0])]


def offers_well(sentence: str, language: str) -> bool:
    """Does each key of the sentence come behind the words for which it stands, and does nothing come behind the last?"""
    *choices, rest = _parted(sentence, language)
    if not choices:
        return True
    rules = speech(language)
    texts = [re.sub(rules.filler, "", re.sub(rules.key, "", choice, flags=re.I), flags=re.I) for choice in choices]
    return all(count(text, language) for text in texts) and not count(rest, language)


def _parted(sentence: str, language: str) -> list[str]:
    ends = [found.end() for found in re.finditer(speech(language).key, sentence, flags=re.I)]
    return [sentence[start:end] for start, end in zip([0, *ends], [*ends, None], strict=True)]
