"""The menus, as a table: what is said at each place, and where each key leads. Pure; shared by calls and texts.

Everywhere: 0 a person, 9 again, * back. Choice before key, never a dead end. Adding a menu is adding a place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch import blanks
from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.talk import Deed, Heard, JobFact, MenuFact, Scene, Sound, StopFact, Talk, Then, ThingFact


@dataclass(frozen=True)
class Choice:
    """Where something heard leads, and what must be done first."""

    goto: str
    picks: Mapping[str, Any] = field(default_factory=dict)
    deed: Deed | None = None
    outcome: Outcome | None = None
    preface: tuple[Sentence, ...] = ()


_Says = Callable[[Talk, Scene], list[Sentence]]
_Keys = Callable[[Talk, Scene], dict[str, Choice]]
_Hears = Callable[[Talk, Scene, Heard], Choice | None]


def _no_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {}


@dataclass(frozen=True)
class Place:
    """One place of the menus."""

    says: _Says
    keys: _Keys = _no_keys
    hears: Mapping[Sound, _Hears] = field(default_factory=dict)  # what else than a key leads on; else it is a miss
    then: Then = Then.ASK
    outcome: Outcome | None = None  # to have been here is this
    gives_up: str = "person"  # where the second miss leads
    plays: Callable[[Talk, Scene], int | None] = lambda talk, scene: None
    # What was said is what a key answers, whatever has changed by the time that it is pressed.
    remembers: Callable[[Talk, Scene], dict[str, Any]] = lambda talk, scene: {}


def _lead(goto: str, *, preface: tuple[Sentence, ...] = (), outcome: Outcome | None = None) -> _Hears:
    return lambda talk, scene, heard: Choice(goto, preface=preface, outcome=outcome)


# --- the main menu ------------------------------------------------------------------------------------------------


def _main_says(talk: Talk, scene: Scene) -> list[Sentence]:
    says: list[Sentence] = [("main_meals", {}), ("main_help", {}), ("main_mine", {}), ("main_news", {})]
    if scene.is_volunteer:
        says.append(("main_volunteer", {}))
    return [*says, ("main_person", {})]


def _main_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    keys = {"1": Choice("meals"), "2": Choice("help"), "3": Choice("mine", {"thing": 0}), "4": Choice("news")}
    return {**keys, "5": Choice("volunteer")} if scene.is_volunteer else keys


def _usual_says(talk: Talk, scene: Scene) -> list[Sentence]:
    usual = scene.usual
    if usual is None:
        return _main_says(talk, scene)
    said = {"meal": usual.meal, "day": usual.day, "dish": usual.dish.name, "portions": usual.portions}
    caution: list[Sentence] = [("may_not_suit", {"dish": usual.dish.name})] if usual.dish.may_not_suit else []
    if talk.medium == "text":
        return [("usual", said), *caution, ("usual_more", {})]
    return [("usual_many" if usual.portions > 1 else "usual", said), *caution, ("usual_more", {})]


def _usual_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    order = talk.picks.get("usual")
    keys = _main_keys(talk, scene)
    return {**keys, "1": Choice("more", deed=Deed("order_dish", order))} if order else keys


def _usual_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    usual = scene.usual
    order = {"menu_id": usual.menu_id, "dish_id": usual.dish.id, "portions": usual.portions} if usual else None
    return {"usual": order}


def _more_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("more", {})]


# --- meals --------------------------------------------------------------------------------------------------------


def _meals_says(talk: Talk, scene: Scene) -> list[Sentence]:
    if not scene.menus:
        return [("no_meals", {}), *_main_says(talk, scene)]
    return [
        ("meal_choice", {"meal": menu.meal, "day": menu.day, "key": key})
        for key, menu in enumerate(scene.menus, start=1)
    ]


def _meals_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    if not scene.menus:
        return _main_keys(talk, scene)
    return {str(key): Choice("dishes", {"menu_id": menu.id}) for key, menu in enumerate(scene.menus, start=1)}


def _menu(talk: Talk, scene: Scene) -> MenuFact | None:
    return next((menu for menu in scene.menus if menu.id == talk.picks.get("menu_id")), None)


def _dishes_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu = _menu(talk, scene)
    if menu is None:
        return [("no_meals", {}), *_main_says(talk, scene)]
    first = "dishes_has" if menu.has is not None else "dishes_until"
    says: list[Sentence] = [(first, {"meal": menu.meal, "day": menu.day, "cutoff": menu.cutoff})]
    for dish in menu.dishes:
        says.append(("dish_caution" if dish.may_not_suit else "dish_choice", {"dish": dish.name, "key": dish.key}))
    return says


def _dishes_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    menu = _menu(talk, scene)
    if menu is None:
        return _main_keys(talk, scene)
    return {dish.key: Choice("confirm_dish", {"dish_id": dish.id}) for dish in menu.dishes}


def _confirm_dish_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu = _menu(talk, scene)
    dish = next((d for d in menu.dishes if d.id == talk.picks.get("dish_id")), None) if menu else None
    if menu is None or dish is None:
        return [("no_meals", {}), *_main_says(talk, scene)]
    says: list[Sentence] = [("confirm_dish", {"dish": dish.name, "meal": menu.meal, "day": menu.day})]
    if dish.may_not_suit:
        says.append(("may_not_suit", {"dish": dish.name}))
    return [*says, ("right_or_again", {})]


def _confirm_dish_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    menu = _menu(talk, scene)
    if menu is None:
        return _main_keys(talk, scene)
    order = {"menu_id": menu.id, "dish_id": talk.picks.get("dish_id"), "portions": 1}
    deed = Deed("change_dish", {**order, "request_id": menu.has}) if menu.has else Deed("order_dish", order)
    return {"1": Choice("more", deed=deed), "2": Choice("dishes")}


# --- help at home -------------------------------------------------------------------------------------------------


def _help_says(talk: Talk, scene: Scene) -> list[Sentence]:
    choices: list[Sentence] = [("service_choice", {"service": s.names, "key": s.key}) for s in scene.services]
    return [("not_emergency", {"emergency": scene.emergency}), *choices]


def _help_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {s.key: Choice("when", {"service_id": s.id}) for s in scene.services}


def _when_says(talk: Talk, scene: Scene) -> list[Sentence]:
    soon: list[Sentence] = [("when_soon", {})] if scene.can_come_today else []
    return [*soon, ("when_morning", {"day": scene.tomorrow}), ("when_afternoon", {"day": scene.tomorrow})]


def _when_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    keys = {"2": Choice("note", {"when": "morning"}), "3": Choice("note", {"when": "afternoon"})}
    return {"1": Choice("note", {"when": "soon"}), **keys} if scene.can_come_today else keys


def _service_name(talk: Talk, scene: Scene) -> Any:
    return next((s.names for s in scene.services if s.id == talk.picks.get("service_id")), "")


def _note_says(talk: Talk, scene: Scene) -> list[Sentence]:
    limit = next((s.limit_cents for s in scene.services if s.id == talk.picks.get("service_id")), None)
    money: list[Sentence] = [("note_limit", {"limit": blanks.money(limit)})] if limit is not None else []
    return [*money, ("note", {"service": _service_name(talk, scene)})]


def _note_spoken(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice("confirm_help", deed=Deed("keep_recording", {"sid": heard.recording_sid, "seconds": heard.seconds}))


def _note_written(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice("more", deed=Deed("ask_help", {**_wanted(talk), "note": heard.words}))


def _wanted(talk: Talk) -> dict[str, Any]:
    return {key: talk.picks.get(key) for key in ("service_id", "when", "recording_id")}


def _confirm_help_says(talk: Talk, scene: Scene) -> list[Sentence]:
    when: Sentence = {
        "soon": ("soon", {}),
        "morning": ("in_the_morning", {"day": scene.tomorrow}),
        "afternoon": ("in_the_afternoon", {"day": scene.tomorrow}),
    }[talk.picks.get("when", "soon")]
    heard = "confirm_help_noted" if talk.picks.get("recording_id") else "confirm_help"
    said = {"service": _service_name(talk, scene), "when": blanks.sentence(when[0], **when[1])}
    return [(heard, said), ("right_or_again", {})]


def _confirm_help_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    again = Choice("help", {"recording_id": None})
    return {
        "1": Choice("more", {"recording_id": None}, deed=Deed("ask_help", {**_wanted(talk), "note": ""})),
        "2": again,
    }


# --- what have I ordered ------------------------------------------------------------------------------------------


def _thing(talk: Talk, scene: Scene) -> ThingFact | None:
    index = int(talk.picks.get("thing", 0))
    return scene.things[index] if index < len(scene.things) else None


def _mine_says(talk: Talk, scene: Scene) -> list[Sentence]:
    thing = _thing(talk, scene)
    if thing is None:
        return [("mine_end" if scene.things else "mine_none", {}), *_main_says(talk, scene)]
    change: list[Sentence] = [("mine_change", {})] if thing.can_change else []
    return [thing.status, ("mine_keep", {}), *change, ("mine_cancel", {})]


def _mine_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    thing = _thing(talk, scene)
    return {"thing_id": thing.request_id if thing else None}


def _mine_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    thing = next((t for t in scene.things if t.request_id == talk.picks.get("thing_id")), None)
    if thing is None:
        return _main_keys(talk, scene)
    keys = {
        "1": Choice("mine", {"thing": int(talk.picks.get("thing", 0)) + 1}),
        "3": Choice("confirm_cancel", {"request_id": thing.request_id}),
    }
    return {**keys, "2": Choice("dishes", {"menu_id": thing.menu_id})} if thing.can_change else keys


def _confirm_cancel_says(talk: Talk, scene: Scene) -> list[Sentence]:
    thing = next((t for t in scene.things if t.request_id == talk.picks.get("request_id")), None)
    if thing is None:
        return [("mine_none", {}), *_main_says(talk, scene)]
    return [("confirm_cancel", {"what": thing.what})]


def _confirm_cancel_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    thing = next((t for t in scene.things if t.request_id == talk.picks.get("request_id")), None)
    if thing is None:
        return _main_keys(talk, scene)
    return {
        "1": Choice("more", deed=Deed("cancel", {"request_id": talk.picks.get("request_id")})),
        "2": Choice("more", preface=(("kept", {}),)),
    }


def _news_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*(scene.news or (("news_none", {}),)), ("more", {})]


# --- who is calling, and a person ---------------------------------------------------------------------------------


def _who_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("who_choice", {"name": name, "key": key}) for key, (_, name) in enumerate(scene.household, start=1)]


def _who_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {
        str(key): Choice("home", deed=Deed("choose_resident", {"resident_id": id_}))
        for key, (id_, _) in enumerate(scene.household[:8], start=1)
    }


def _unknown_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("unknown", {})]


def _person_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("connecting", {})]


def _message_says(talk: Talk, scene: Scene) -> list[Sentence]:
    why = "nobody_free" if scene.is_staffed else "closed"
    return [(why, {}), ("leave_message" if scene.caller else "leave_message_number", {})]


def _message_left(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    return Choice("goodbye", deed=Deed("leave_message", {"sid": heard.recording_sid, "seconds": heard.seconds}))


# --- volunteers ---------------------------------------------------------------------------------------------------


def _next_job(talk: Talk, scene: Scene) -> JobFact | None:
    index = int(talk.picks.get("job", 0))
    return scene.jobs[index % len(scene.jobs)] if scene.jobs else None


def _job(talk: Talk, scene: Scene) -> JobFact | None:
    """The job that was spoken of."""
    return next((job for job in scene.jobs if job.job_id == talk.picks.get("job_id")), None)


def _volunteer_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    job = None if scene.offers else _next_job(talk, scene)
    return {"offer_id": scene.offers[-1].offer_id if scene.offers else None, "job_id": job.job_id if job else None}


def _volunteer_says(talk: Talk, scene: Scene) -> list[Sentence]:
    if scene.offers:
        return [scene.offers[-1].sentence, ("offer_keys", {})]
    job = _next_job(talk, scene)
    if job is None:
        return [("volunteer_nothing", {})]
    note: list[Sentence] = [("job_note", {})] if _noted(job) else []
    following: list[Sentence] = [("job_next", {})] if len(scene.jobs) > 1 else []
    return [
        ("job_in_hand", {"what": job.what, "when": job.when, "code": job.code}),
        ("job_keys", {}),
        *note,
        *following,
    ]


def _volunteer_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    if talk.picks.get("offer_id"):
        return _offer_keys(int(talk.picks["offer_id"]), "volunteer")
    job = _job(talk, scene)
    if job is None:
        return {}
    which = {"job_id": job.job_id}
    one = job.stops[0].request_id if len(job.stops) == 1 else None
    keys = {
        "3": Choice("volunteer", deed=Deed("job_done", which)),
        "4": Choice("volunteer", deed=Deed("job_back", which)),
        "5": _of_stop("stop_missed", one),
        "6": _of_stop("stop_worry", one),
        "8": Choice("volunteer", deed=Deed("details_again", which)),
    }
    if _noted(job):
        keys["7"] = Choice("job_note")
    if len(scene.jobs) > 1:
        keys["2"] = Choice("volunteer", {"job": int(talk.picks.get("job", 0)) + 1})
    return keys


def _of_stop(deed: str, request_id: int | None) -> Choice:
    if request_id is None:
        return Choice("which_stop", {"stop_deed": deed})
    return Choice("volunteer", deed=Deed(deed, {"request_id": request_id}))


def _noted(job: JobFact) -> StopFact | None:
    return next((stop for stop in job.stops if stop.note or stop.recording_id), None)


def _job_note_says(talk: Talk, scene: Scene) -> list[Sentence]:
    job = _job(talk, scene)
    stop = _noted(job) if job else None
    if stop is None:
        return [("note_none", {}), *_volunteer_says(talk, scene)]
    if stop.note:
        return [("note_is", {"note": stop.note})]
    return [("note_follows", {})] if stop.is_recording_here else [("note_not_yet", {}), *_volunteer_says(talk, scene)]


def _job_note_plays(talk: Talk, scene: Scene) -> int | None:
    job = _job(talk, scene)
    stop = _noted(job) if job else None
    return stop.recording_id if stop and stop.is_recording_here else None


def _which_stop_says(talk: Talk, scene: Scene) -> list[Sentence]:
    job = _job(talk, scene)
    return [("stop_choice", {"name": stop.name, "key": stop.place}) for stop in job.stops] if job else []


def _which_stop_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    job = _job(talk, scene)
    deed = str(talk.picks.get("stop_deed", "stop_missed"))
    return {
        str(stop.place): Choice("volunteer", deed=Deed(deed, {"request_id": stop.request_id}))
        for stop in (job.stops if job else ())
    }


def _offer_keys(offer_id: int, goto: str) -> dict[str, Choice]:
    which = {"offer_id": offer_id}
    return {"1": Choice(goto, deed=Deed("accept", which)), "2": Choice(goto, deed=Deed("decline", which))}


# --- calls that we place ------------------------------------------------------------------------------------------


def _told_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.tidings, ("told_keys", {})]


def _told_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {"1": Choice("goodbye", outcome=Outcome.HEARD)}


def _offered_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [scene.offer.sentence, ("offer_keys", {})] if scene.offer else [("offer_over", {})]


def _offered_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return _offer_keys(scene.offer.offer_id, "goodbye") if scene.offer else {"1": Choice("goodbye")}


_GOODBYE = {Sound.SILENCE: _lead("goodbye")}

PLACES: dict[str, Place] = {
    "usual": Place(_usual_says, _usual_keys, {Sound.SILENCE: _lead("main")}, remembers=_usual_remembers),
    "main": Place(_main_says, _main_keys),
    "more": Place(_more_says, _main_keys, _GOODBYE),
    "meals": Place(_meals_says, _meals_keys),
    "dishes": Place(_dishes_says, _dishes_keys),
    "confirm_dish": Place(_confirm_dish_says, _confirm_dish_keys),
    "help": Place(_help_says, _help_keys),
    "when": Place(_when_says, _when_keys),
    "note": Place(
        _note_says,
        hears={Sound.SPOKEN: _note_spoken, Sound.SILENCE: _lead("confirm_help"), Sound.WORDS: _note_written},
        then=Then.RECORD,
    ),
    "confirm_help": Place(_confirm_help_says, _confirm_help_keys),
    "mine": Place(_mine_says, _mine_keys, outcome=Outcome.HEARD, remembers=_mine_remembers),
    "confirm_cancel": Place(_confirm_cancel_says, _confirm_cancel_keys),
    "news": Place(_news_says, _main_keys, _GOODBYE, outcome=Outcome.HEARD),
    "who": Place(_who_says, _who_keys),
    "unknown": Place(_unknown_says, hears={Sound.SILENCE: _lead("person")}),
    "person": Place(
        _person_says,
        hears={
            Sound.CONNECTED: _lead("goodbye", outcome=Outcome.CONNECTED),
            Sound.NOT_CONNECTED: _lead("message"),
            Sound.SILENCE: _lead("message"),
        },
        then=Then.CONNECT,
    ),
    "message": Place(
        _message_says,
        hears={Sound.SPOKEN: _message_left, Sound.SILENCE: _message_left, Sound.KEYS: _message_left},
        then=Then.RECORD,
    ),
    "goodbye": Place(lambda talk, scene: [("goodbye", {})], then=Then.GOODBYE),
    "volunteer": Place(
        _volunteer_says, _volunteer_keys, _GOODBYE, outcome=Outcome.HEARD, remembers=_volunteer_remembers
    ),
    "job_note": Place(_job_note_says, _volunteer_keys, {Sound.SILENCE: _lead("volunteer")}, plays=_job_note_plays),
    "which_stop": Place(_which_stop_says, _which_stop_keys),
    "told": Place(_told_says, _told_keys, gives_up="goodbye"),
    "offered": Place(_offered_says, _offered_keys, gives_up="goodbye"),
}
