"""A kitchen: what it is to cook, read out until somebody there says that they have it."""

from dispatch.telling import Sentence
from voice.places.place import Choice, Place, lead
from voice.talk import Deed, Scene, Sound, Talk

_HAVE = Choice("goodbye", deed=Deed("have_count"))


def _told_says(talk: Talk, scene: Scene) -> list[Sentence]:
    news = [said for said in scene.tidings if said[0] != "kitchen_keys"]  # of a text that has become a call
    return [*news, ("kitchen_keys", {})]


def _asks_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.kitchen_cooks, ("kitchen_keys", {})]


KITCHENS: dict[str, Place] = {
    "counted": Place(_told_says, lambda talk, scene: {"1": _HAVE}, gives_up="goodbye"),
    "kitchen": Place(_asks_says, lambda talk, scene: {"1": _HAVE}, {Sound.SILENCE: lead("person")}),
}
