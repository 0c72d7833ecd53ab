"""What may be a password: long enough, and nothing that whoever guesses tries first. One rule for all who set one.

Twelve characters, where the standard that we go through (OWASP ASVS) demands eight and wishes for fifteen: three short
words are twelve, staff with little time still type them right, and guessing is slowed besides. Passwords that were set
before this rule go on opening.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from models.errors import Refusal

LEAST, MOST = 12, 1024
# By the command line a program may set one that it has made itself: what is random may be shorter.
LEAST_BY_COMMAND = 8
# Besides names more letters than this must be left; of rows there must be more than one for so many characters.
_LEFT, _IN_A_ROW = 3, 4
_OURS = ("linli", "邻里", "鄰里")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p")
_APART = re.compile(r"[\W_]+")


def judge(password: str, *, names: Iterable[str] = (), least: int = LEAST) -> None:
    """Raises Refusal, with a reason that says what to do, if this cannot be a password of somebody with these names."""
    if len(password) < least:
        raise Refusal("password_short", least=least)
    if len(password) > MOST:
        raise Refusal("password_long", most=MOST)
    plain = unicodedata.normalize("NFKC", password).casefold()
    if _is_row(plain):
        raise Refusal("password_row")
    if _is_common(plain):
        raise Refusal("password_common")
    left = _without(plain, names)
    if left != _letters(plain) and (len(left) <= _LEFT or left in _common()):
        raise Refusal("password_names")


def _is_common(plain: str) -> bool:
    """One of those that everybody takes; also with digits and signs around or within it, or several times."""
    joined = _APART.sub("", plain)
    core = joined.strip("0123456789")
    repeated = re.fullmatch(r"(.+?)\1+", core)
    return not {plain, joined, core, repeated[1] if repeated else plain}.isdisjoint(_common())


def _is_row(plain: str) -> bool:
    """The same again and again, one after the other in the alphabet or on the keyboard, or a few of these."""
    repeated = re.fullmatch(r"(.{1,4}?)\1+(.{0,3})", plain, re.DOTALL)
    rows = 1 + sum(not any(follows(*pair) for follows in _FOLLOWS) for pair in pairwise(plain))
    return repeated is not None or len(plain) >= rows * _IN_A_ROW


_FOLLOWS: tuple[Callable[[str, str], bool], ...] = (
    lambda one, other: abs(ord(other) - ord(one)) <= 1 or one + other in ("90", "09"),
    lambda one, other: any(one + other in row or other + one in row for row in _KEYBOARD),
)


def _without(plain: str, names: Iterable[str]) -> str:
    """The letters that are left when the names of the place, the person and the program are taken out."""
    parts = {part for name in (*names, *_OURS) for part in _parts(name.casefold())}
    left = _letters(plain)
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left


def _parts(name: str) -> Iterator[str]:
    """A name and its words, but for those that stand in half of all words."""
    whole = _letters(name)
    yield from (part for part in (whole, *map(_letters, _APART.split(name))) if len(part) > 2 or not part.isascii())


def _letters(plain: str) -> str:
    return "".join(mark for mark in plain if mark.isalpha())


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """The thirty thousand that were found most often in what was stolen elsewhere."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # large: whoever sets no password need not load it

    return frozenset(FREQUENCY_LISTS["passwords"])
