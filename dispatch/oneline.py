"""What staff type while somebody is on the phone: "Rosa 2 soup fri no salt". Whom it is about, and what is wanted.

The line is cut elsewhere (see Piece). Nothing is refused for a word that is not known: it is a note, and what was
understood is shown before anything is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum

from models.foods import is_of_kind

# What a meal may be given as a note goes on a label; a note for help is as long as it is elsewhere.
MEAL_NOTE, HELP_NOTE = 60, 500
_MOST_DAYS = 60
# Small words that belong to the words behind them: "no salt", "for Ann".
_LEANING = frozenset({"off", "for", "want", "courtesy"})
# Kinds of pieces that say something at most once; a second one is part of a note.
_SAYS = frozenset(
    {"meal", "day", "dish", "dish_key", "number", "usual", "off", "away", "until", "back", "service", "morning",
     "afternoon", "days", "portion", "time"}
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A stretch of the line as it was written; of which kind, and what it stands for. Kind "": nothing known."""

    words: str
    kind: str = ""
    value: str = ""


class Wanted(StrEnum):
    """What a line asks for."""

    PERSON = "person"  # nobody but her was named
    MEAL = "meal"
    OFF = "off"
    AWAY = "away"
    BACK = "back"
    HELP = "help"


@dataclass(frozen=True)
class Said:
    """What was said of somebody. What was not is None or empty."""

    wanted: Wanted
    meal: str = ""
    day: date | None = None
    count: int | None = None
    dish: str = ""
    dish_key: str = ""
    service_id: int | None = None
    half: str = ""  # "morning" or "afternoon"
    at: time | None = None  # help: when it begins
    is_in_hospital: bool = False
    is_plain_note: bool = False  # it begins as only a note does: "no salt", "少盐"
    until: date | None = None  # away: the last day
    note: str = ""
    is_double: bool = False  # two meals or two days were named: a line is one thing

    @property
    def is_certain(self) -> bool:
        """Is every word of it understood, or plainly a note? Words beside a meal whose dish nobody named may be one."""
        if self.wanted is Wanted.HELP or not self.note:
            return True
        return self.wanted is Wanted.MEAL and (self.is_plain_note or bool(self.dish or self.dish_key))


def ways_to_begin(pieces: Sequence[Piece]) -> Iterator[tuple[str, list[Piece]]]:
    """Whom the line may begin with, the longest first, and what is left of it then.

    Somebody stands first: a name, an address, or digits of a number. The first word is always that, whatever else it
    may mean; the words behind it are while they mean nothing else.
    """
    words = _words_of(pieces)
    if not words:
        return
    lead = 1
    while lead < len(words) and not words[lead].kind:
        lead += 1
    for length in range(lead, 0, -1):
        yield " ".join(word.words for word in words[:length]), words[length:]
    first = words[0]
    if not first.kind and not first.words.isascii():  # no spaces: the name is some of its beginning
        for length in range(min(len(first.words) - 1, 6), 1, -1):
            yield first.words[:length], [Piece(first.words[length:]), *words[1:]]


def said_in(pieces: Sequence[Piece], dishes: Sequence[str], today: date) -> Said:
    """What the rest of a line says, with these dishes on offer."""
    told: dict[str, str] = {}
    note: list[str] = []
    is_double = is_plain_note = False
    rest = list(_with_numbers(_joined(pieces)))
    for place, piece in enumerate(rest):
        dish = _dish_meant(piece.words, dishes) if not piece.kind and "dish" not in told and not note else ""
        kind, value = ("dish", dish) if dish else (piece.kind, piece.value)
        behind = rest[place + 1] if place + 1 < len(rest) else Piece("")
        if kind in told and kind in ("meal", "day") and told[kind] != value and "any" not in (told[kind], value):
            is_double = True
        if _is_of_a_note(kind, behind, told, dishes, has_note=bool(note)):
            is_plain_note = is_plain_note or (not note and (kind == "heed" or kind in _LEANING))
            note.append(piece.words)
        elif kind in _SAYS:
            told[kind] = value
    said = _meaning(told, today)
    is_help = said.wanted is Wanted.HELP
    if "time" in told and not is_help:  # a meal has its hours: what is said of another is for whoever brings it
        note.append(told["time"])
    words = _put_together(note)[: HELP_NOTE if is_help else MEAL_NOTE].strip()
    return replace(said, note=words, is_double=is_double and not is_help, is_plain_note=is_plain_note)


def _put_together(words: Sequence[str]) -> str:
    """One note again: with spaces between words that are written with spaces."""
    whole = ""
    for word in words:
        is_spaced = whole and (whole[-1].isascii() or word[:1].isascii()) and word[:1] not in ",.;!?"
        whole += f" {word}" if is_spaced else word
    return whole


def _is_of_a_note(kind: str, behind: Piece, told: Mapping[str, str], dishes: Sequence[str], *, has_note: bool) -> bool:
    if not kind or kind == "heed":
        return True
    is_before_words = bool(behind.words) and not behind.kind
    if kind in _LEANING:
        # "no salt" is a note, "no soup" is none.
        return has_note or (is_before_words and not _dish_like(behind.words, dishes))
    if kind in told:
        return True
    # Within a note a number counts something else: "milk 2 litres". A day is the day, and a meal the meal, wherever.
    return has_note and kind not in ("day", "morning", "afternoon", "meal", "time")


def _meaning(told: Mapping[str, str], today: date) -> Said:
    day = date.fromisoformat(told["day"]) if "day" in told else None
    meal = "" if told.get("meal") == "any" else told.get("meal", "")
    if "back" in told:
        return Said(Wanted.BACK)
    if "away" in told or ("until" in told and day and not {"service", "meal", "dish"} & set(told)):
        return replace(_away(told, day, today), is_in_hospital=told.get("away") == "hospital")
    if "off" in told:
        return Said(Wanted.OFF, meal, day, dish=told.get("dish", ""))
    if "service" in told:
        half = next((half for half in ("morning", "afternoon") if half in told), "")
        at = time.fromisoformat(told["time"]) if "time" in told else None
        return Said(Wanted.HELP, day=day, service_id=int(told["service"]), half=half, at=at)
    if not set(told) & {"meal", "day", "number", "dish", "dish_key", "usual"}:
        return Said(Wanted.PERSON)
    count = int(told["number"]) if "number" in told else None
    return Said(Wanted.MEAL, meal, day, count, told.get("dish", ""), told.get("dish_key", ""))


def _away(told: Mapping[str, str], day: date | None, today: date) -> Said:
    """ "Away" is from today on until she is back, "away fri" is that day, "away until fri" and "away 3 days" end."""
    if "until" in told and day is not None:
        # Nobody is away until today: on a Sunday, "until Sunday" is the next one.
        return Said(Wanted.AWAY, day=today, until=day if day > today else day + timedelta(days=7))
    if "days" in told and "number" in told:
        days = max(1, min(int(told["number"]), _MOST_DAYS))
        first = day or today
        return Said(Wanted.AWAY, day=first, until=first + timedelta(days=days - 1))
    return Said(Wanted.AWAY, day=day or today, until=day)


def _words_of(pieces: Sequence[Piece]) -> list[Piece]:
    """Unknown stretches word by word: a name can end within one."""
    parted = [[piece] if piece.kind else [Piece(word) for word in piece.words.split()] for piece in pieces]
    return [word for words in parted for word in words]


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Words that mean nothing, one behind the other, are one stretch again."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not piece.kind and not joined[-1].kind:
            joined[-1] = Piece(f"{joined[-1].words} {piece.words}")
        else:
            joined.append(piece)
    return joined


def _with_numbers(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """ "Dish 2" and "2号餐" are the second dish; every other number counts."""
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        behind = pieces[place + 1] if place + 1 < len(pieces) else Piece("")
        if {piece.kind, behind.kind} == {"number", "number_of_dish"}:
            yield Piece(f"{piece.words} {behind.words}", "dish_key", piece.value or behind.value)
            place += 1
        else:
            yield piece
        place += 1


def _dish_meant(words: str, dishes: Sequence[str]) -> str:
    """The one dish of which these words are a part, else the one of the kind that they name: "soup" is 冬瓜排骨汤."""
    kinds = [dish for dish in dishes if is_of_kind(dish, words)]
    return _dish_like(words, dishes) or (kinds[0] if len(kinds) == 1 else "")


def _dish_like(words: str, dishes: Sequence[str]) -> str:
    """The one dish of which these words are a part, from the beginning of a word on where words have spaces."""
    wanted = words.casefold()
    if len(wanted) < (3 if wanted.isascii() else 1):
        return ""
    found = [dish for dish in dishes if _has(dish.casefold(), wanted)]
    return found[0] if len(found) == 1 else ""


def _has(dish: str, wanted: str) -> bool:
    if not wanted.isascii():
        return wanted in dish
    return any(dish.startswith(wanted, place) for place in range(len(dish)) if place == 0 or dish[place - 1] == " ")
