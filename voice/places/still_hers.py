"""A call of ours to a helper of whom nothing was heard for a year: is she still there?"""

from dispatch.telling import Sentence
from voice.places.place import Choice, Place
from voice.talk import Deed, Scene, Talk


def _says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.tidings, _keys_for(scene)]


def _keys_for(scene: Scene) -> Sentence:
    named = [blanks["name"] for _, blanks in scene.tidings if "name" in blanks]
    return ("still_you_keys", {"name": named[0]}) if named else ("offer_keys", {})


def _keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {
        key: Choice("goodbye", deed=Deed("say_whose", {"is_hers": is_hers}))
        for key, is_hers in (("1", True), ("2", False))
    }


STILL_HERS: dict[str, Place] = {
    "still_you": Place(_says, _keys, gives_up="goodbye", says_plainly=lambda talk, scene: [_keys_for(scene)])
}
