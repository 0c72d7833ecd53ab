"""A question of ours about what she has asked for: yes, or no."""

from typing import Any

from dispatch.telling import Sentence
from voice.places.place import Choice, Place
from voice.talk import Deed, Scene, Talk


def _says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.tidings, ("offer_keys", {})]


def _keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    # Whoever answered by text sees what she can order with 1: she may have meant that.
    goto = "home" if talk.medium == "text" and scene.usual is not None else "goodbye"
    asked = talk.picks.get("question_id")
    return {
        key: Choice(goto, deed=Deed("answer_question", {"question_id": asked, "is_yes": is_yes}))
        for key, is_yes in (("1", True), ("2", False))
    }


def _remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    return {"question_id": scene.question_id or talk.picks.get("question_id")}


ASKED: dict[str, Place] = {"asked_after": Place(_says, _keys, gives_up="goodbye", remembers=_remembers)}
