"""What a deed of the menus comes to when it succeeds: what is said about it, and what the next turn finds."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dispatch import blanks
from menus.examples import TODAY, TOMORROW, Example
from menus.scenes import AT_LUNCH, IN_THE_AFTERNOON, PHONE, has_ordered, knows, regular_has
from models.traffic import Outcome
from voice.doing import Done
from voice.practising import as_practice
from voice.talk import Act, RegularFact, Scene

Came = tuple[Done, Scene]


def done(act: Act, scene: Scene, words: Example) -> Came | None:
    """What comes of the deed, as if it had been done; None for one that has no line below."""
    deed = _DEEDS.get(act.deed.name)
    if deed is None:
        return None
    came, there = deed(act.deed.arguments, scene, words)
    return as_practice(act, came), scene if act.talk.is_practice else there


def _ordered(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    dish = words.dishes[int(arguments["dish_id"]) % 10 - 1]
    portions = int(arguments["portions"])
    said = {"dish": dish, "meal": words.lunch, "portions": portions, "when": AT_LUNCH}
    return Done((("ordered_many" if portions > 1 else "ordered", said),), Outcome.ORDERED), has_ordered(scene, words)


def _changed(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    dish = words.dishes[int(arguments["dish_id"]) % 10 - 1]
    return Done((("changed", {"dish": dish}),), Outcome.CHANGED), scene


def _asked(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    service = next(s.names for s in scene.services if s.id == arguments["service_id"])
    return Done((("asked", {"service": service, "when": IN_THE_AFTERNOON}),), Outcome.REQUESTED), scene


def _cancelled(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    gone = next(thing for thing in scene.things if thing.request_id == arguments["request_id"])
    # Nothing else is left then: the walk need not go through every selection of what could be open.
    return Done((("cancelled", {"what": gone.what}),), Outcome.CANCELLED), replace(scene, things=())


def _chosen(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    which = int(arguments["resident_id"])
    return Done(resident_id=which), knows(scene, words, which)


def _message(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done(_promised(scene), Outcome.MESSAGE if arguments["seconds"] else Outcome.CALLBACK), scene


def _person(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done(_promised(scene), Outcome.CALLBACK), scene


def _late(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    asked = ("late_asked", {"meal": blanks.names({"en": words.lunch}), "day": blanks.day(TODAY)})
    return Done((asked, *_promised(scene)), Outcome.CALLBACK), scene


def _promised(scene: Scene) -> Any:
    if scene.caller is None:
        return (("callback_no_number", {}),)
    return (("callback_promised", {"phone": blanks.number(PHONE)}),)


def _kept(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done(picks={"recording_id": 9 if arguments["seconds"] else None}), scene


def _answered(prompt: str, **said: Any) -> Callable[[Mapping[str, Any], Scene, Example], Came]:
    def answered(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
        return Done(((prompt, {"name": words.names[0], **said}),), Outcome.ANSWERED, picks={"job": 0}), scene

    return answered


def _said(prompt: str, outcome: Outcome, **said: Any) -> Callable[[Mapping[str, Any], Scene, Example], Came]:
    def came(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
        meal = blanks.names({"en": words.lunch})
        return Done(((prompt, {"meal": meal, "day": blanks.day(TOMORROW), **said}),), outcome), scene

    return came


def _one_more(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    two = blanks.sentence("portions", dish=words.dishes[0], count=2)
    return Done((("one_more_done", {"what": two}),), Outcome.CHANGED), scene


def _gone(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    said = ("gone", {"day": blanks.day(TOMORROW)}) if arguments["days"] else ("gone_open", {})
    return Done((said,), Outcome.CHANGED), replace(scene, usual=None, regular=RegularFact(is_away=True))


def _stands(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    meal = blanks.names({"en": words.lunch})
    return Done((("stands", {"meal": meal}),), Outcome.ORDERED), replace(scene, regular=regular_has(words))


def _entered(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done(picks={"studio": scene.studio.staff_id if scene.studio else None}), scene


def _slower(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done(pace=1), scene


def _rings(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    picks = {"rings": arguments["about"], "rings_name": words.names[0]}
    return Done(picks=picks, outcome=Outcome.ANSWERED), scene


def _said_of_name(prompt: str, outcome: Outcome) -> Callable[[Mapping[str, Any], Scene, Example], Came]:
    return lambda arguments, scene, words: (Done(((prompt, {"name": words.names[0]}),), outcome), scene)


def _accepted(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done((("yours_by_call", {}),), Outcome.ANSWERED), replace(scene, offers=(), offer=None)


def _declined(arguments: Mapping[str, Any], scene: Scene, words: Example) -> Came:
    return Done((("declined_thanks", {}),), Outcome.ANSWERED), replace(scene, offers=(), offer=None)


_DEEDS: dict[str, Callable[[Mapping[str, Any], Scene, Example], Came]] = {
    "order_dish": _ordered,
    "have_count": _said("kitchen_has_it", Outcome.HEARD),
    "change_dish": _changed,
    "ask_help": _asked,
    "cancel": _cancelled,
    "choose_resident": _chosen,
    "keep_recording": _kept,
    "leave_message": _message,
    "ask_person": _person,
    "ask_late": _late,
    "accept": _accepted,
    "decline": _declined,
    "job_done": _answered("done_thanks", code=27),
    "job_back": _answered("back_thanks", code=27),
    "job_late": _answered("late_told"),
    "stop_missed": _answered("missed_thanks"),
    "stop_worry": _answered("worry_thanks"),
    "details_again": _answered("details_sent"),
    "join": _rings,
    "call_me": _said_of_name("join_coming", Outcome.ANSWERED),
    "rang_in_vain": _said_of_name("join_no_answer", Outcome.HEARD),
    "one_more": _one_more,
    "stand": _stands,
    "end_standing": _said("standing_ended", Outcome.CHANGED),
    "leave_out": _said("left_out", Outcome.CANCELLED),
    "go_away": _gone,
    "come_back": _said("welcome_home", Outcome.CHANGED),
    "answer_question": _said("glad", Outcome.ANSWERED),
    "not_come": _said("not_come_noted", Outcome.ALARM),
    "not_well": _said("not_well_noted", Outcome.ALARM, emergency="120"),
    "take_on": _said("taken_on", Outcome.ANSWERED),
    "say_whose": _said("still_thanks", Outcome.ANSWERED),
    "ring_for_you": _said("yours_coming", Outcome.ANSWERED),
    "more_slowly": _slower,
    "practise": _said("practice_on", Outcome.PRACTISED),  # the graph of who practises begins with such a call
    "enter_studio": _entered,
    "speak": lambda arguments, scene, words: (Done(), scene),  # the map of a language stays in it
    "other_language": lambda arguments, scene, words: (Done(), scene),
    "take": lambda arguments, scene, words: (Done(picks={"take": 9 if arguments["seconds"] else None}), scene),
    "drop_take": lambda arguments, scene, words: (Done(), scene),
    "keep_take": lambda arguments, scene, words: (Done((("studio_kept", {}),)), scene),
}
