"""A call that was cut off half way is taken up by the next one: "You were ordering a meal. To go on, press 1." """

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.places.helping import HELPING
from voice.places.meals import MEALS
from voice.places.place import Choice, Place, lead
from voice.places.regular import REGULAR
from voice.talk import Scene, Sound, Talk

_WHAT = (("resume_meal", MEALS), ("resume_help", HELPING), ("resume_regular", REGULAR))


def can_be_resumed(place: str) -> bool:
    """Is it a place where she was about to order or ask for something?"""
    return any(place in places and places[place].is_half_way for _, places in _WHAT)


def _says(talk: Talk, scene: Scene) -> list[Sentence]:
    was_at = str(talk.picks.get("was_at", ""))
    what = next(prompt for prompt, places in _WHAT if was_at in places)
    return [(what, {}), ("resume", {})]


def _keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    picks = dict(talk.picks.get("had_picked") or {})
    return {"1": Choice(str(talk.picks.get("was_at", "home")), picks), "2": Choice("home", outcome=Outcome.HEARD)}


RESUMING: dict[str, Place] = {
    "resume": Place(
        _says, _keys, {Sound.SILENCE: lead("home")}, is_half_way=True,
        elsewhere=lambda talk, scene: None if can_be_resumed(str(talk.picks.get("was_at", ""))) else Choice("home"),
    ),
}  # fmt: skip
