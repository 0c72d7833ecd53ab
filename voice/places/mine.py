"""What have I ordered: each open thing, to keep, change or call off; and news."""

from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.joining import RINGING_HELPER
from voice.places.joining import join
from voice.places.place import GOODBYE, Choice, Place, main_keys
from voice.places.yours import asks_for_yours, yours_keys
from voice.talk import Deed, Scene, Talk, ThingFact

_PRACTISE = "7"


def _thing(talk: Talk, scene: Scene) -> ThingFact | None:
    index = int(talk.picks.get("thing", 0))
    return scene.things[index] if index < len(scene.things) else None


def _elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if _thing(talk, scene) is not None:
        return None
    if scene.things:
        return Choice("main", preface=(("mine_end", {}),))
    # With nothing open, what is so every weekday is what she may have meant.
    return Choice("regular" if scene.regular else "main", preface=(("mine_none", {}),), outcome=Outcome.HEARD)


def _remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    thing = _thing(talk, scene)
    can_change = thing is not None and thing.can_change
    return {
        "should_be_here": thing is not None and thing.should_be_here,
        "request_id": thing.request_id if thing else None,
        "menu_id": thing.menu_id if thing and can_change else None,
        "can_speak": thing is not None and _can_speak(talk, thing),
    }


def _says(talk: Talk, scene: Scene) -> list[Sentence]:
    thing = _thing(talk, scene)
    if thing is None:
        return []
    change: list[Sentence] = [("mine_change", {})] if thing.can_change else []
    missing: list[Sentence] = [("mine_not_come", {})] if thing.should_be_here else []
    helper: list[Sentence] = [("mine_helper", {"helper": thing.helper})] if _can_speak(talk, thing) else []
    regular: list[Sentence] = [("meals_regular", {})] if _is_last(talk, scene) and not helper else []
    status = thing.coming or thing.status
    return [status, ("mine_keep", {}), *change, *helper, ("mine_cancel", {}), *missing, *regular]


def _can_speak(talk: Talk, thing: ThingFact) -> bool:
    """With her helper; what can still be changed has none, so the key is free."""
    return bool(thing.helper) and not thing.can_change and talk.medium == "voice"


def _plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    """What she has, and the one key for which most come here; those named before still work."""
    thing = _thing(talk, scene)
    return [thing.status, ("mine_not_come" if thing.should_be_here else "mine_cancel", {})] if thing else []


def _is_last(talk: Talk, scene: Scene) -> bool:
    return int(talk.picks.get("thing", 0)) == len(scene.things) - 1


def _keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    keys = {"1": Choice("mine", {"thing": int(talk.picks.get("thing", 0)) + 1}), "3": Choice("confirm_cancel")}
    keys["5"] = Choice("regular")
    if talk.picks.get("menu_id"):
        keys["2"] = Choice("dishes", {"instead": True})
    elif talk.picks.get("can_speak"):
        keys["2"] = join(RINGING_HELPER, int(talk.picks.get("request_id") or 0))
    if talk.picks.get("should_be_here"):
        keys["4"] = Choice("more", deed=Deed("not_come", {"request_id": talk.picks.get("request_id")}))
    return keys


def _chosen(talk: Talk, scene: Scene) -> ThingFact | None:
    return next((t for t in scene.things if t.request_id == talk.picks.get("request_id")), None)


def _confirm_says(talk: Talk, scene: Scene) -> list[Sentence]:
    thing = _chosen(talk, scene)
    return [("confirm_cancel", {"what": thing.what})] if thing else []


def _confirm_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    deed = Deed("cancel", {"request_id": talk.picks.get("request_id")})
    return {"1": Choice("more", deed=deed), "2": Choice("more", preface=(("kept", {}),), outcome=Outcome.HEARD)}


def _confirm_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    return None if _chosen(talk, scene) else Choice("main", preface=(("mine_none", {}),))


def _news_says(talk: Talk, scene: Scene) -> list[Sentence]:
    # Whoever waits at the door for somebody does not want to practise.
    yours = asks_for_yours(talk, scene)
    practice: list[Sentence] = [("practice_ends" if talk.is_practice else "practice", {})]
    besides = practice if talk.medium == "voice" and not yours else yours
    return [*(scene.news or (("news_none", {}),)), *besides, ("more", {})]


def _news_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    practise = Choice("home", deed=Deed("practise", {"is_on": not talk.is_practice}))
    practice = {_PRACTISE: practise} if talk.medium == "voice" else {}
    return {**main_keys(talk, scene), **yours_keys(talk, scene), **practice}


MINE: dict[str, Place] = {
    "mine": Place(
        _says, _keys, outcome=Outcome.HEARD, elsewhere=_elsewhere, remembers=_remembers, says_plainly=_plainly
    ),
    "confirm_cancel": Place(_confirm_says, _confirm_keys, elsewhere=_confirm_elsewhere),
    "news": Place(
        _news_says, _news_keys, GOODBYE, outcome=Outcome.HEARD, says_plainly=lambda talk, scene: [("more", {})]
    ),
}
