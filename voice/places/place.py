"""What a place of the menus is: what is said there, where each key leads, and when one is led on at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.talk import Deed, Heard, Scene, Sound, Talk, Then


@dataclass(frozen=True)
class Choice:
    """Where something heard leads, and what must be done first."""

    goto: str
    picks: Mapping[str, Any] = field(default_factory=dict)
    deed: Deed | None = None
    outcome: Outcome | None = None
    preface: tuple[Sentence, ...] = ()


Says = Callable[[Talk, Scene], list[Sentence]]
Keys = Callable[[Talk, Scene], dict[str, Choice]]
Hears = Callable[[Talk, Scene, Heard], Choice | None]


@dataclass(frozen=True)
class Place:
    """One place of the menus.

    `elsewhere` leads on at once when what the place is about is not there. `remembers` keeps what was said: that is
    what a key answers, whatever has changed by the time that it is pressed.
    """

    says: Says = lambda talk, scene: []
    keys: Keys = lambda talk, scene: {}
    hears: Mapping[Sound, Hears] = field(default_factory=dict)  # what else than a key leads on; else it is a miss
    then: Then = Then.ASK
    outcome: Outcome | None = None  # to have been here is this
    is_half_way: bool = False  # whoever hangs up here was about to order or ask for something: somebody rings back
    owes_a_call: bool = False  # whoever hangs up here was told that she is rung back, whatever else came of the call
    gives_up: str = "person"  # where the second miss leads
    plays: Callable[[Talk, Scene], int | None] = lambda talk, scene: None
    elsewhere: Callable[[Talk, Scene], Choice | None] = lambda talk, scene: None
    remembers: Callable[[Talk, Scene], dict[str, Any]] = lambda talk, scene: {}
    says_plainly: Says | None = None  # after a miss: fewer words, and only what most people want


def lead(goto: str, *, outcome: Outcome | None = None) -> Hears:
    """Whatever was heard, it leads there."""
    return lambda talk, scene, heard: Choice(goto, outcome=outcome)


GOODBYE: dict[Sound, Hears] = {Sound.SILENCE: lead("goodbye")}


def main_says(talk: Talk, scene: Scene) -> list[Sentence]:
    """The main menu."""
    says: list[Sentence] = [("main_meals", {}), ("main_help", {}), ("main_mine", {}), ("main_news", {})]
    if scene.is_volunteer:
        says.append(("main_volunteer", {}))
    return [*says, ("main_person", {})]


def main_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    """The keys of the main menu, which mean the same wherever they are offered."""
    keys = {
        "1": Choice("meals", {"page": 0}),
        "2": Choice("help"),
        "3": Choice("mine", {"thing": 0}),
        "4": Choice("news"),
    }
    return {**keys, "5": Choice("volunteer")} if scene.is_volunteer else keys
