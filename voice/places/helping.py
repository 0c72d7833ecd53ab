"""Help at home: which service, when, what is needed in her own words, read back."""

from typing import Any

from dispatch import blanks
from dispatch.telling import Sentence
from voice.places.place import Choice, Place, lead
from voice.talk import Deed, Heard, Scene, ServiceFact, Sound, Talk, Then

# Staff are alarmed at once by this key, whatever else can be asked for.
UNWELL = "7"


def _help_says(talk: Talk, scene: Scene) -> list[Sentence]:
    choices: list[Sentence] = [("service_choice", {"service": s.names, "key": s.key}) for s in scene.services]
    return [("not_emergency", {"emergency": scene.emergency}), *choices, ("unwell_choice", {})]


def _help_plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    """What most want, and the key for what cannot wait."""
    return [*_help_says(talk, scene)[1:3], ("unwell_choice", {})]


def _help_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    services = {s.key: Choice("when", {"service_id": s.id}) for s in scene.services}
    return {**services, UNWELL: Choice("person", deed=Deed("not_well"))}


def _when_says(talk: Talk, scene: Scene) -> list[Sentence]:
    soon: list[Sentence] = [("when_soon", {})] if scene.can_come_today else []
    return [*soon, ("when_morning", {"day": scene.tomorrow}), ("when_afternoon", {"day": scene.tomorrow})]


def _when_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    keys = {"2": Choice("note", {"when": "morning"}), "3": Choice("note", {"when": "afternoon"})}
    return {"1": Choice("note", {"when": "soon"}), **keys} if scene.can_come_today else keys


def _service(talk: Talk, scene: Scene) -> ServiceFact | None:
    return next((s for s in scene.services if s.id == talk.picks.get("service_id")), None)


def _note_says(talk: Talk, scene: Scene) -> list[Sentence]:
    service = _service(talk, scene)
    limit = service.limit_cents if service else None
    money: list[Sentence] = [("note_limit", {"limit": blanks.money(limit)})] if limit is not None else []
    return [*money, ("note", {})]


def _note_spoken(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice("confirm_help", deed=Deed("keep_recording", {"sid": heard.recording_sid, "seconds": heard.seconds}))


def _note_written(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice("more", deed=Deed("ask_help", {**_wanted(talk), "note": heard.words}))


def _wanted(talk: Talk) -> dict[str, Any]:
    return {key: talk.picks.get(key) for key in ("service_id", "when", "recording_id")}


_WHEN: dict[str, str] = {"soon": "soon", "morning": "in_the_morning", "afternoon": "in_the_afternoon"}


def _confirm_says(talk: Talk, scene: Scene) -> list[Sentence]:
    service = _service(talk, scene)
    if service is None:
        return []
    heard = "confirm_help_noted" if talk.picks.get("recording_id") else "confirm_help"
    when = blanks.sentence(_WHEN[talk.picks.get("when", "soon")], day=scene.tomorrow)
    return [(heard, {"service": service.names, "when": when}), ("right_or_again", {})]


def _confirm_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    deed = Deed("ask_help", {**_wanted(talk), "note": ""})
    return {"1": Choice("more", {"recording_id": None}, deed=deed), "2": Choice("help", {"recording_id": None})}


_GONE = Choice("main", preface=(("no_such_service", {}),))

HELPING: dict[str, Place] = {
    "help": Place(
        _help_says,
        _help_keys,
        is_half_way=True,
        elsewhere=lambda talk, scene: None if scene.resident else _GONE,
        says_plainly=_help_plainly,
    ),
    "when": Place(
        _when_says, _when_keys, is_half_way=True, elsewhere=lambda talk, scene: None if _service(talk, scene) else _GONE
    ),
    "note": Place(
        _note_says,
        says_plainly=lambda talk, scene: [("note", {})],
        hears={Sound.SPOKEN: _note_spoken, Sound.SILENCE: lead("confirm_help"), Sound.WORDS: _note_written},
        then=Then.RECORD,
        is_half_way=True,
    ),
    "confirm_help": Place(
        _confirm_says,
        _confirm_keys,
        is_half_way=True,
        elsewhere=lambda talk, scene: None if _service(talk, scene) else _GONE,
    ),
}
