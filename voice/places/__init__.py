"""The menus, as a table: what is said at each place, and where each key leads. Pure; shared by calls and texts.

Everywhere: 0 a person, 9 again, * back. Choice before key, never a dead end. Adding a menu is adding a place.
"""

from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.places.asked import ASKED
from voice.places.helping import HELPING
from voice.places.joining import JOINING
from voice.places.kitchens import KITCHENS
from voice.places.meals import MEALS
from voice.places.mine import MINE
from voice.places.place import GOODBYE, Choice, Place, lead, main_keys, main_says
from voice.places.regular import REGULAR
from voice.places.resuming import RESUMING
from voice.places.still_hers import STILL_HERS
from voice.places.studio import with_studio
from voice.places.volunteers import VOLUNTEERS, job_keys, offer_keys
from voice.places.yours import YOURS
from voice.talk import Deed, Heard, Scene, Sound, Talk, Then

__all__ = ["PLACES", "Choice", "Place"]


# A recording shorter than this is a machine's or nobody's.
_SPOKEN_SECONDS = 2
# So many people behind one telephone can be told apart by a key; 9 and 0 mean the same everywhere.
_MOST_BEHIND_ONE = 8
# While the telephone on duty is engaged, it is rung so often before a message is taken.
_TRIES = 3


def _home(talk: Talk, scene: Scene) -> Choice:
    """Where a caller begins: her usual meal where there is one; a household is asked first who is calling."""
    if scene.resident is not None:
        return Choice("usual")
    if scene.household:
        return Choice("who")
    if scene.is_volunteer:
        return Choice("volunteer")
    if scene.kitchen_cooks:
        return Choice("kitchen")
    return Choice("stranger" if scene.tests_strangers else "unknown")


def _who_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [
        ("who_choice", {"name": name, "key": key})
        for key, (_, name) in enumerate(scene.household[:_MOST_BEHIND_ONE], start=1)
    ]


def _who_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {
        str(key): Choice("home", deed=Deed("choose_resident", {"resident_id": id_}))
        for key, id_ in enumerate(talk.picks.get("who", ()), start=1)
    }


def _who_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    return {"who": [id_ for id_, _ in scene.household[:_MOST_BEHIND_ONE]]}


def _stranger_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    """Any key is a person's; machines press none."""
    return {key: Choice("person") for key in "123456789*#"}


def _stranger_spoke(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    if not heard.recording_sid or heard.seconds < _SPOKEN_SECONDS:
        return Choice("goodbye", outcome=Outcome.BLOCKED)
    return _message_left(talk, scene, heard)


def _person_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    return None if scene.is_staffed and scene.duty_numbers else Choice("message")


def _not_reached(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    """Where somebody is there and speaks with another, it can be tried again; else waiting would be in vain."""
    tries = int(talk.picks.get("tries", 0)) + 1
    is_worth_it = heard.is_busy or scene.is_duty_speaking
    return Choice("wait", {"tries": tries}) if is_worth_it and tries <= _TRIES else Choice("message", {"tries": 0})


def _wait_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {"1": Choice("goodbye", deed=Deed("ask_person"))}


def _message_says(talk: Talk, scene: Scene) -> list[Sentence]:
    why = "nobody_free" if scene.is_staffed else "closed"
    return [(why, {}), ("leave_message" if scene.caller else "leave_message_number", {})]


def _message_left(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice("goodbye", deed=Deed("leave_message", {"sid": heard.recording_sid, "seconds": heard.seconds}))


def _told_says(talk: Talk, scene: Scene) -> list[Sentence]:
    keys = "job_keys" if scene.asked_job_id is not None else "alarm_keys" if scene.alert_id else "told_keys"
    late: list[Sentence] = [("job_late", {})] if keys == "job_keys" else []
    return [*scene.tidings, (keys, {}), *late]


def _told_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    if talk.picks.get("alert_id"):
        return {"1": Choice("goodbye", deed=Deed("take_on", {"alert_id": talk.picks["alert_id"]}))}
    answers = job_keys(talk, scene, "goodbye") if talk.picks.get("job_id") else {}
    return {"1": Choice("goodbye", outcome=Outcome.HEARD), **answers}


def _offered_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [scene.offer.sentence, ("offer_keys", {})] if scene.offer else []


def _offered_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return offer_keys(int(talk.picks["offer_id"]), "goodbye") if talk.picks.get("offer_id") else {}


def _offered_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    return None if scene.offer else Choice("goodbye", preface=(("offer_over", {}),), outcome=Outcome.HEARD)


PLACES: dict[str, Place] = with_studio({
    "home": Place(elsewhere=_home),
    **MEALS,
    **HELPING,
    **MINE,
    **REGULAR,
    **RESUMING,
    **VOLUNTEERS,
    **JOINING,
    **ASKED,
    **KITCHENS,
    **YOURS,
    **STILL_HERS,
    "main": Place(main_says, main_keys, says_plainly=lambda talk, scene: [("main_meals", {}), ("main_mine", {})]),
    "more": Place(lambda talk, scene: [("more", {})], main_keys, GOODBYE),
    "who": Place(
        _who_says, _who_keys, remembers=_who_remembers,
        elsewhere=lambda talk, scene: None if scene.household else Choice("home"),
    ),
    "unknown": Place(
        lambda talk, scene: [("unknown", {})], hears={Sound.SILENCE: lead("person")},
        says_plainly=lambda talk, scene: [("main_person", {})],
    ),
    "stranger": Place(
        lambda talk, scene: [("stranger", {})], _stranger_keys, {Sound.SILENCE: lead("stranger_says")}
    ),
    # Whoever has no keys can still speak.
    "stranger_says": Place(
        lambda talk, scene: [("stranger_says", {})],
        hears={Sound.SPOKEN: _stranger_spoke, Sound.SILENCE: _stranger_spoke, Sound.KEYS: _message_left},
        then=Then.RECORD,
    ),
    "blocked": Place(
        lambda talk, scene: [("blocked", {"emergency": scene.emergency})], then=Then.GOODBYE, outcome=Outcome.BLOCKED
    ),
    "person": Place(
        lambda talk, scene: [("connecting", {})],
        hears={
            Sound.CONNECTED: lead("goodbye", outcome=Outcome.CONNECTED),
            Sound.NOT_CONNECTED: _not_reached,
            Sound.SILENCE: lead("message"),
        },
        then=Then.CONNECT,
        elsewhere=_person_elsewhere,
        owes_a_call=True,
    ),
    # The queue: nobody is kept waiting without being told for what, and nobody need wait to be spoken with.
    "wait": Place(
        lambda talk, scene: [("wait_engaged", {}), ("wait_or_not", {}), ("wait_on", {})],
        _wait_keys,
        {Sound.SILENCE: lead("person")},
        is_half_way=True,
        owes_a_call=True,
        says_plainly=lambda talk, scene: [("wait_or_not", {}), ("wait_on", {})],
    ),
    "message": Place(
        _message_says,
        hears={Sound.SPOKEN: _message_left, Sound.SILENCE: _message_left, Sound.KEYS: _message_left},
        then=Then.RECORD,
        is_half_way=True,
        owes_a_call=True,
    ),
    "goodbye": Place(lambda talk, scene: [("goodbye", {})], then=Then.GOODBYE),
    # calls that we place
    "told": Place(
        _told_says, _told_keys, gives_up="goodbye",
        remembers=lambda talk, scene: {"job_id": scene.asked_job_id, "alert_id": scene.alert_id},
    ),
    "offered": Place(
        _offered_says, _offered_keys, gives_up="goodbye", elsewhere=_offered_elsewhere,
        remembers=lambda talk, scene: {"offer_id": scene.offer.offer_id if scene.offer else None},
    ),
})  # fmt: skip
