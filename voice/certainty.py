"""How sure it is who speaks with us, and what may be heard and done on it: one table of each.

A number that is shown proves nothing: anybody can have any number shown, in a call and in a text. More is shown only by
what goes out to the number on file. Nobody has a PIN to remember, or to be asked for by somebody at the door: whatever
needs more than the number that is shown is told by ringing her.
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any

from dispatch.telling import Sentence
from voice.prompts import catalog, languages


class Certainty(IntEnum):
    """How sure it is who hears us."""

    SHOWN = 1  # her number is shown
    RUNG = 2  # we rang or wrote to the number on file: whoever picks up or reads, perhaps a machine
    ANSWERED = 3  # and a key was pressed there, which no machine does


class Told(StrEnum):
    """Whether the number on file gets to know afterwards what was done from a call that showed it."""

    NO = "no"
    TEXT = "text"  # where a text arrives
    ALWAYS = "always"  # a telephone that cannot be texted is rung


@dataclass(frozen=True)
class Needs:
    """What a deed of the menus asks for."""

    certainty: Certainty = Certainty.SHOWN
    told: Told = Told.NO


_SHOWN, _RUNG, _ANSWERED = Certainty

# What a sentence may hold, by the names of its blanks. `name` and `helper` are given names; `note` is what a helper
# hears of an errand that she holds.
HEARD: dict[str, Certainty] = {
    **dict.fromkeys((
        "away", "before", "code", "codes", "community", "count", "cutoff", "day", "dish", "emergency", "first",
        "helper", "key", "language", "last", "limit", "list", "meal", "minutes", "most", "name", "names", "note",
        "phone", "place", "portions", "seal", "service", "share", "since", "thing", "was", "what", "when", "words",
        "zone",
    ), _SHOWN),
    # how whoever is new sets her password: written only, to the number on file
    "link": _RUNG, "until": _RUNG,
    # "without nuts, twice": what a kitchen cooks, without saying for whom
    "diet": _SHOWN,
    "word": _RUNG, "address": _RUNG, "door": _RUNG,
    "written_address": _ANSWERED, "written_diet": _ANSWERED, "written_contact": _ANSWERED, "written_phone": _ANSWERED,
}  # fmt: skip

# What the menus do. What adds something, or is on its way to staff, harms nobody; of what takes something away for a
# day she is told by text, of what takes it away for longer in any case.
DONE: dict[str, Needs] = {
    **dict.fromkeys((
        # a resident's
        "order_dish", "change_dish", "one_more", "stand", "come_back", "not_come", "not_well", "more_slowly",
        "other_language", "practise", "ask_help", "choose_resident", "keep_recording", "leave_message", "ask_person",
        "ask_late", "to_staff", "ring_for_you",
        # a helper's: of what she holds and gives back she is told at the number on file
        "accept", "decline", "job_done", "job_back", "job_late", "stop_missed", "stop_worry", "details_again",
        "note_again", "jobs_back", "off", "on", "call_me",
        # connecting two people, who are both rung at the numbers on file
        "join", "rang_in_vain",
        # a kitchen's, which has the count
        "have_count",
        # of the staff, who key a PIN
        "enter_studio", "speak", "take", "drop_take", "keep_take",
    ), Needs()),
    "cancel": Needs(told=Told.TEXT), "leave_out": Needs(told=Told.TEXT),
    "go_away": Needs(told=Told.ALWAYS), "end_standing": Needs(told=Told.ALWAYS),
    # answers to what we ask: by text they come from the number to which we wrote
    "take_on": Needs(_ANSWERED), "answer_question": Needs(_RUNG), "say_whose": Needs(_RUNG),
}  # fmt: skip


def may_hear(sentence: Sentence, certainty: Certainty) -> bool:
    """May this be said? A blank that the table does not know may not. What the sentence does not say is no matter: by
    it is only known what the sentence is about."""
    return all(HEARD.get(name, _never()) <= certainty for name in _said_by(*sentence))


def _never() -> int:
    return max(Certainty) + 1


def _said_by(prompt: str, blanks: Mapping[str, Any]) -> Iterator[str]:
    for name in _blanks_of(prompt) & set(blanks):
        yield name
        yield from _inner(blanks[name])


@cache
def _blanks_of(prompt: str) -> frozenset[str]:
    patterns = [
        words[prompt] for tag in languages() for words in (catalog(tag).voice, catalog(tag).text) if prompt in words
    ]
    return frozenset(name for pattern in patterns for _, name, _, _ in string.Formatter().parse(pattern) if name)


def _inner(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$sentence" in value:
            yield from _said_by(*value["$sentence"])
        yield from _inner(value.get("$list"))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _inner(one)
