"""The studio: whoever of the staff rings from their own number keys 6 and a PIN, and records what the line says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dispatch.telling import Sentence
from models.recorded import DISH, NEWS
from models.traffic import Outcome
from voice.numbered import DIGITS, numbers
from voice.places.place import Choice, Keys, Place, lead
from voice.talk import Deed, Heard, Scene, Sound, StudioFact, Talk, Then

_KEY = "6"
_PIN_DIGITS = 4
_MOST_WAITS = 6
_TEN = "0123456789"
# Where the key leads into the studio, unless it means something else there. Nobody is told of it.
_DOORS = ("usual", "main", "more", "news", "unknown", "volunteer")


def with_studio(places: Mapping[str, Place]) -> dict[str, Place]:
    """The same places, with the key into the studio for those who may enter it; and the studio."""
    doors = {name: replace(places[name], keys=_with_door(places[name].keys)) for name in _DOORS}
    return {**places, **doors, **STUDIO}


def _with_door(keys: Keys) -> Keys:
    def with_key(talk: Talk, scene: Scene) -> dict[str, Choice]:
        door = {_KEY: Choice("studio", {"pin": ""})} if scene.studio else {}
        return {**door, **keys(talk, scene)}

    return with_key


# --- the PIN, a digit a turn --------------------------------------------------------------------------------------


def _pin_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if scene.studio is None:
        return Choice("home")
    if scene.studio.is_refused:
        return Choice("home", {"pin": ""}, preface=(("studio_refused", {}),))
    return None if scene.studio.has_pin else Choice("home", preface=(("studio_no_pin", {}),))


def _pin_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("studio_next", {}) if talk.picks.get("pin") else ("studio_pin", {})]


def _pin_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    before = str(talk.picks.get("pin") or "")
    return {digit: _pin_so_far(before + digit) for digit in _TEN}


def _pin_so_far(pin: str) -> Choice:
    if len(pin) < _PIN_DIGITS:
        return Choice("studio", {"pin": pin})
    return Choice("studio_language", {"pin": ""}, deed=Deed("enter_studio", {"pin": pin}))


# --- what is recorded ---------------------------------------------------------------------------------------------


def _inside(talk: Talk, scene: Scene) -> StudioFact | None:
    fact = scene.studio
    return fact if fact is not None and talk.picks.get("studio") == fact.staff_id else None


def _only_inside(talk: Talk, scene: Scene) -> Choice | None:
    return None if _inside(talk, scene) else Choice("studio", {"pin": ""})


def _listed(talk: Talk, scene: Scene) -> dict[str, tuple[str, str]]:
    """What can be chosen by one key: the key under which each is recorded, and its words."""
    fact = _inside(talk, scene)
    found = {"dishes": [(DISH + name, name) for name in fact.dishes] if fact else [],
             "news": [(f"{NEWS}{news_id}", words) for news_id, words in fact.news] if fact else []}  # fmt: skip
    return {str(key): one for key, one in enumerate(found.get(str(talk.picks.get("shelf")), []), start=1)}


def _language_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    fact = _inside(talk, scene)
    if fact is None:
        return Choice("studio", {"pin": ""})
    return Choice("studio_menu") if len(fact.languages) == 1 else None


def _language_says(talk: Talk, scene: Scene) -> list[Sentence]:
    known = scene.studio.languages if scene.studio else ()
    return [("studio_language", {"language": name, "key": key}) for key, (_, name) in enumerate(known, start=1)]


def _language_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    known = talk.picks.get("tags", ())
    # Whoever records in a language is spoken to in it: what was heard and what is said do not get mixed up.
    return {
        str(k): Choice("studio_menu", deed=Deed("speak", {"language": tag})) for k, tag in enumerate(known, start=1)
    }


def _menu_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("studio_dishes", {}), ("studio_news", {}), ("studio_numbered", {})]


_MENU = {
    "1": Choice("studio_shelf", {"shelf": "dishes"}),
    "2": Choice("studio_shelf", {"shelf": "news"}),
    "3": Choice("studio_number", {"number": ""}),
}


def _shelf_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if not _inside(talk, scene):
        return Choice("studio", {"pin": ""})
    return None if _listed(talk, scene) else Choice("studio_menu", preface=(("studio_nothing", {}),))


def _shelf_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("studio_choice", {"words": words, "key": key}) for key, (_, words) in _listed(talk, scene).items()]


def _shelf_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {key: Choice("studio_now", {"key": of}) for key, of in (talk.picks.get("listed") or {}).items()}


def _number_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("studio_next", {}) if talk.picks.get("number") else ("studio_number", {})]


def _number_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    before = str(talk.picks.get("number") or "")
    return {digit: _number_so_far(before + digit) for digit in _TEN}


def _number_so_far(number: str) -> Choice:
    if len(number) < DIGITS:
        return Choice("studio_number", {"number": number})
    prompt = numbers().get(int(number))
    if prompt is None:
        return Choice("studio_menu", {"number": ""}, preface=(("studio_no_number", {}),))
    return Choice("studio_now", {"number": "", "key": prompt})


# --- hear, record, hear, keep -------------------------------------------------------------------------------------


def _sentence(talk: Talk, scene: Scene) -> Sentence | None:
    """What is to be recorded, as a caller would hear it now."""
    fact, key = _inside(talk, scene), str(talk.picks.get("key", ""))
    if fact is None:
        return None
    if key.startswith(DISH):
        return ("studio_dish", {"dish": key.removeprefix(DISH)})
    if key.startswith(NEWS):
        words = next((words for news_id, words in fact.news if key == f"{NEWS}{news_id}"), None)
        return ("from_staff", {"words": words, "news": int(key.removeprefix(NEWS))}) if words is not None else None
    return (key, {}) if key in numbers().values() else None


def _chosen_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if not _inside(talk, scene):
        return Choice("studio", {"pin": ""})
    return None if _sentence(talk, scene) else Choice("studio_menu", preface=(("studio_nothing", {}),))


def _now_says(talk: Talk, scene: Scene) -> list[Sentence]:
    sentence = _sentence(talk, scene)
    return [("studio_now", {}), sentence, ("studio_record", {}), ("studio_other", {})] if sentence else []


def _spoken(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice(
        "studio_take", {"waited": 0}, deed=Deed("take", {"sid": heard.recording_sid, "seconds": heard.seconds})
    )


def _take_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if not _inside(talk, scene):
        return Choice("studio", {"pin": ""})
    return None if talk.picks.get("take") else Choice("studio_now", preface=(("studio_not_heard", {}),))


def _take_says(talk: Talk, scene: Scene) -> list[Sentence]:
    if scene.studio and scene.studio.is_take_here:
        return [("studio_keep", {}), ("studio_again", {})]
    return [("studio_not_yet", {}), ("studio_try", {}), ("studio_again", {})]


def _take_awaited(talk: Talk, scene: Scene, heard: Heard) -> Choice | None:
    """Whoever waits in silence for a recording to arrive has missed nothing, for a while."""
    waited = int(talk.picks.get("waited") or 0)
    if talk.picks.get("heard_take") or waited >= _MOST_WAITS:
        return None
    return Choice("studio_take", {"waited": waited + 1})


def _take_plays(talk: Talk, scene: Scene) -> int | None:
    take: int | None = talk.picks.get("take")
    return take if scene.studio and scene.studio.is_take_here else None


def _take_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    which: dict[str, Any] = {"recording_id": talk.picks.get("take")}
    again = Choice("studio_tone", {"take": None}, deed=Deed("drop_take", which))
    if not talk.picks.get("heard_take"):
        return {"1": Choice("studio_take"), "2": again}
    keep = Deed("keep_take", {**which, "key": talk.picks.get("key", "")})
    return {"1": Choice("studio_menu", {"take": None}, deed=keep), "2": again}


# Nobody rings staff for what staff left undone: two misses end the call.
_ENDS = "goodbye"

STUDIO: dict[str, Place] = {
    "studio": Place(_pin_says, _pin_keys, elsewhere=_pin_elsewhere, outcome=Outcome.HEARD, gives_up=_ENDS),
    "studio_language": Place(
        _language_says, _language_keys, elsewhere=_language_elsewhere, gives_up=_ENDS,
        remembers=lambda talk, scene: {"tags": [tag for tag, _ in scene.studio.languages] if scene.studio else []},
    ),
    "studio_menu": Place(_menu_says, lambda talk, scene: dict(_MENU), elsewhere=_only_inside, gives_up=_ENDS),
    "studio_shelf": Place(
        _shelf_says, _shelf_keys, elsewhere=_shelf_elsewhere, gives_up=_ENDS,
        remembers=lambda talk, scene: {"listed": {key: of for key, (of, _) in _listed(talk, scene).items()}},
    ),
    "studio_number": Place(_number_says, _number_keys, elsewhere=_only_inside, gives_up=_ENDS),
    "studio_now": Place(
        _now_says, lambda talk, scene: {"1": Choice("studio_tone"), "2": Choice("studio_menu")},
        elsewhere=_chosen_elsewhere, gives_up=_ENDS,
    ),
    "studio_tone": Place(
        lambda talk, scene: [("studio_tone", {})], elsewhere=_chosen_elsewhere, then=Then.RECORD, gives_up=_ENDS,
        hears={Sound.SPOKEN: _spoken, Sound.SILENCE: lead("studio_take"), Sound.KEYS: lead("studio_take")},
    ),
    "studio_take": Place(
        _take_says, _take_keys, {Sound.SILENCE: _take_awaited}, plays=_take_plays, elsewhere=_take_elsewhere,
        gives_up=_ENDS,
        remembers=lambda talk, scene: {"heard_take": bool(scene.studio and scene.studio.is_take_here)},
    ),
}  # fmt: skip
