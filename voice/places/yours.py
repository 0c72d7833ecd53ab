"""A call of ours to the number on file, because she wanted to hear what only she may hear: who comes, with the word at
the door, and what is written about her. A key is pressed first: a machine presses none."""

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.certainty import Certainty
from voice.places.place import GOODBYE, Choice, Place
from voice.talk import Deed, Scene, Talk

# Behind the news, beside practice.
KEY = "6"


def asks_for_yours(talk: Talk, scene: Scene) -> list[Sentence]:
    """That the word at the door can be heard, where somebody is on the way; the key works at other times, too."""
    is_coming = any(thing.helper for thing in scene.things)
    return [("yours_word", {})] if is_coming and yours_keys(talk, scene) else []


def yours_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    """Where the key leads: to hear it at once, where it is sure who presses it; else she is rung."""
    if talk.medium != "voice" or scene.contact_id is not None or scene.resident is None:
        return {}
    if talk.certainty >= Certainty.ANSWERED:
        return {KEY: Choice("yours")}
    return {KEY: Choice("goodbye", deed=Deed("ring_for_you"))}


def _asked_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.tidings, ("yours_key", {})]


def _yours_says(talk: Talk, scene: Scene) -> list[Sentence]:
    coming = [thing.coming for thing in scene.things if thing.coming is not None]
    return [*(coming or [("yours_nobody", {})]), ("yours_more", {})]


def _written_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*(scene.written or (("written_nothing", {}),)), ("written_wrong", {})]


def _unless_sure(talk: Talk, scene: Scene) -> Choice | None:
    return None if talk.certainty >= Certainty.ANSWERED and scene.resident else Choice("main")


YOURS: dict[str, Place] = {
    "yours_asked": Place(
        _asked_says, lambda talk, scene: {"1": Choice("yours")}, GOODBYE, gives_up="goodbye",
        elsewhere=lambda talk, scene: None if scene.resident else Choice("home"),
        says_plainly=lambda talk, scene: [("yours_key", {})],
    ),
    "yours": Place(
        _yours_says, lambda talk, scene: {"1": Choice("written")}, GOODBYE, outcome=Outcome.HEARD,
        elsewhere=_unless_sure, gives_up="goodbye", says_plainly=lambda talk, scene: [("yours_more", {})],
    ),
    "written": Place(
        _written_says, hears=GOODBYE, outcome=Outcome.HEARD, elsewhere=_unless_sure, gives_up="goodbye",
        says_plainly=lambda talk, scene: [("written_wrong", {})],
    ),
}  # fmt: skip
