"""How words are compared that people write in different ways: without accents, by pinyin, by ear, with a slip."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import islice, product

from rapidfuzz.distance import OSA

from dispatch.pinyin import HAN, readings

# Letters that no decomposition takes apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_WITHIN_WORDS = re.compile(r"['’‘`´ʼ]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_TONES = re.compile(r"(?<=[a-z])[1-5](?![0-9])")
# How long a word must be before one slip in it is forgiven, and two, and one in the beginning of a longer word.
_ONE_SLIP, _TWO_SLIPS, _BEGUN_SLIP = 4, 8, 6
_WAYS = 12  # so many readings of one name are compared with slips; the usual ones come first
_LONG = 5  # what has more characters is no name: only its usual reading is compared


class Fit(IntEnum):
    """How well words fit into a name, the best first."""

    WHOLE = 0
    BEGINS = 1
    BEGINS_A_WORD = 2
    PART = 3
    BY_EAR = 4
    WITH_A_SLIP = 5


@dataclass(frozen=True, slots=True)
class Written:
    """Words as they are compared."""

    words: tuple[str, ...]
    joined: str
    typed: str  # without the tones that some write behind the syllables of pinyin
    letters: int  # which letters it can be typed with, as bits
    is_pinyin: bool = False  # may these letters be meant for Chinese characters?
    syllables: tuple[tuple[str, ...], ...] = ()  # where there are Chinese characters: the readings of each
    sounds: frozenset[str] = frozenset()  # … all of them
    spelt: tuple[str, ...] = ()  # … and how the whole, and what follows its first characters, is written in pinyin


@lru_cache(maxsize=65_536)
def written(text: str) -> Written:
    """A text as it is compared: "José Ørsted" → jose orsted; 李建国 also as li jian guo."""
    words = tuple(_plain(text).split())
    joined = "".join(words)
    if not HAN.search(joined):
        typed = _TONES.sub("", joined) if joined.isascii() else joined
        return Written(words, joined, typed, _letters(typed), is_pinyin=typed.isascii() and not typed.isdigit())
    syllables = tuple(readings(c) if HAN.match(c) else (c,) for c in joined)
    sounds = frozenset(reading for ways in syllables for reading in ways)
    return Written(words, joined, joined, _letters("".join(sounds)), False, syllables, sounds, _in_pinyin(syllables))


def fit(asked: Written, known: Written, *, is_name: bool = True) -> Fit | None:
    """How what is asked for fits into that as it is spelt, or as it is typed in pinyin; None: not at all."""
    if asked.joined in known.joined:
        return _spelt(asked.joined, known) if asked.joined else None
    if not known.syllables or asked.letters & known.letters != asked.letters or not asked.is_pinyin:
        return None
    return _typed(asked.typed, known, is_name=is_name)


def by_ear(asked: Written, known: Written) -> Fit | None:
    """Is what is asked for, in Chinese characters, heard somewhere in that? 李建國 is in 李建国, and in 黎建国."""
    if not asked.syllables or asked.sounds.isdisjoint(known.sounds):
        return None
    return Fit.BY_EAR if _sounds_in(asked, known) else None


def can_slip(asked: Written) -> bool:
    """Is it a word in which a slip could be forgiven?"""
    return len(asked.joined) >= _ONE_SLIP - 1 and asked.joined.isalpha() and not asked.syllables


def slips_of(asked: Written, vocabulary: Iterable[str]) -> frozenset[str]:
    """Which of these words it may be with a slip of the keyboard, or the beginning of: none is forgiven in a short
    word, one in a longer one, two in a long one."""
    word, length = asked.joined, len(asked.joined)
    if not can_slip(asked):
        return frozenset()
    return frozenset(one for one in vocabulary if len(one) >= length - 2 and _slipped(word, length, one))


def with_a_slip(slips: frozenset[str], known: Written) -> Fit | None:
    """Is one of these words in that?"""
    is_there = not slips.isdisjoint(known.words) or not slips.isdisjoint(known.spelt)
    return Fit.WITH_A_SLIP if is_there else None


def is_like(one: str, other: str) -> bool:
    """Are these probably two ways to write one name? The words in any order, each with a slip, or by ear."""
    first, second = written(one), written(other)
    if first.joined == second.joined:
        return True
    if first.syllables and second.syllables:
        return len(first.syllables) == len(second.syllables) and _sounds_in(first, second)
    if first.syllables or second.syllables:
        latin, han = (second, first) if first.syllables else (first, second)
        return bool(latin.typed) and _typed(latin.typed, han, is_name=True) is Fit.WHOLE
    return _are_the_same_words(*sorted((first.words, second.words), key=len))


def _are_the_same_words(fewer: tuple[str, ...], more: tuple[str, ...]) -> bool:
    left = list(more)
    for word in fewer:
        same = next((w for w in left if w == word), None) or next((w for w in left if _is_a_slip(word, w)), None)
        if same is None:
            return False
        left.remove(same)
    return bool(fewer)


def name_key(name: str) -> tuple[str, ...]:
    """What ways to write one name have in common, but for slips: its words, or how each character usually sounds."""
    known = written(name)
    return tuple(ways[0] for ways in known.syllables) or tuple(sorted(known.words))


def _letters(text: str) -> int:
    mask = 0
    for letter in set(text):
        if letter.isascii():
            mask |= 1 << ord(letter)
    return mask


def _in_pinyin(syllables: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    if len(syllables) > _LONG:
        return ("".join(ways[0] for ways in syllables),)
    tails = (syllables[start:] for start in range(max(1, min(3, len(syllables) - 1))))
    return tuple(dict.fromkeys("".join(way) for tail in tails for way in islice(product(*tail), _WAYS)))


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(c for c in apart if not unicodedata.combining(c)).translate(_LETTERS)
    return _BETWEEN_WORDS.sub(" ", _WITHIN_WORDS.sub("", letters))


def _sounds_in(asked: Written, known: Written) -> bool:
    length = len(asked.syllables)
    starts = range(len(known.syllables) - length + 1) if length else ()
    return any(
        all(set(mine) & set(theirs) for mine, theirs in zip(asked.syllables, known.syllables[start:], strict=False))
        for start in starts
    )


def _spelt(asked: str, known: Written) -> Fit:
    if known.joined.startswith(asked):
        return Fit.WHOLE if known.joined == asked else Fit.BEGINS
    return Fit.BEGINS_A_WORD if any(word.startswith(asked) for word in known.words) else Fit.PART


def _typed(asked: str, known: Written, *, is_name: bool) -> Fit | None:
    """In pinyin: whole syllables, their initials, or some of each; of anything but a name, whole syllables only."""
    first = asked[0]
    begins = [at for at, ways in enumerate(known.syllables) if any(way.startswith(first) for way in ways)]
    found = ((_eaten(asked, known.syllables, start), start) for start in begins)
    good = (_how_good(way, start) for way, start in found if way is not None and (is_name or way is not _BEGUN))
    return min(good, default=None)


def _how_good(way: str, start: int) -> Fit:
    if start:
        return Fit.PART if way is _BEGUN else Fit.BEGINS_A_WORD
    return {_ALL: Fit.WHOLE, _WHOLE: Fit.BEGINS, _BEGUN: Fit.BEGINS_A_WORD}[way]


_ALL, _WHOLE, _BEGUN = "all", "whole", "begun"


def _eaten(asked: str, syllables: tuple[tuple[str, ...], ...], start: int) -> str | None:
    """Do these letters go into the syllables from there on, each of which gives a beginning of itself at least?"""
    whole, begun, end = {0}, {0}, len(asked)
    for position in range(start, len(syllables)):
        now_whole: set[int] = set()
        now_begun: set[int] = set()
        for at in begun:
            for reading in syllables[position]:
                length = _shared(asked, at, reading)
                now_begun.update(range(at + 1, at + length + 1))
                if at in whole and (length == len(reading) or (length and at + length == end)):
                    now_whole.add(at + length)
        whole, begun = now_whole, now_begun
        if end in whole:
            is_all = position == len(syllables) - 1 and any(asked.endswith(way) for way in syllables[position])
            return _ALL if is_all else _WHOLE
        if end in begun:
            return _BEGUN
        if not begun:
            return None
    return None


def _shared(asked: str, at: int, reading: str) -> int:
    length = 0
    for letter in reading:
        if at + length >= len(asked) or asked[at + length] != letter:
            break
        length += 1
    return length


def _slipped(asked: str, length: int, word: str) -> bool:
    """Is it that word with a slip, or the beginning of it?"""
    if len(word) <= length + 2 and _is_a_slip(asked, word):
        return True
    if length < _BEGUN_SLIP:
        return False
    return any(_is_a_slip(asked, word[: length + more]) for more in (0, 1) if len(word) > length + more)


def _is_a_slip(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    if shorter < _ONE_SLIP - 1 or max(len(one), len(other)) < _ONE_SLIP:
        return False
    if len(one) == len(other) and one[0] != other[0] and one[:2] != other[1::-1]:
        return False  # whoever types another first letter means somebody else: "rose" is not "jose"
    slips = 2 if shorter >= _TWO_SLIPS else 1
    is_near = OSA.distance(one, other, score_cutoff=slips) <= slips
    return is_near and one.isalpha() and other.isalpha() and not HAN.search(one + other)
