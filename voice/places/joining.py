"""A helper is connected with whom she helps, or the other way: neither sees the other's number."""

from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.joining import RINGING, RINGING_HELPER
from voice.places.place import GOODBYE, Choice, Place
from voice.talk import Deed, Heard, JobFact, Scene, Sound, Talk, Then


def join(request_id: int) -> Choice:
    """Ring whom that stop is for."""
    return Choice(RINGING, deed=Deed("join_stop", {"request_id": request_id}))


def join_key(job: JobFact) -> Choice:
    """Of a job in hand: with one stop left it is clear who is meant."""
    return _ring_me(job.stops[0].request_id) if len(job.stops) == 1 else Choice("join_which")


def _ring_me(request_id: int) -> Choice:
    """Who rings the line is rung back: a number can be forged, and nobody is put through to an elder on it alone."""
    return Choice("goodbye", deed=Deed("call_me", {"request_id": request_id}))


def join_says(job: JobFact) -> Sentence:
    """How that is offered."""
    return ("join_one", {"name": job.stops[0].name}) if len(job.stops) == 1 else ("join_which", {})


def _rings(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("join_ringing", {"name": talk.picks.get("rings_name", "")})]


def _in_vain(talk: Talk, scene: Scene, heard: Heard) -> Choice:
    is_helper = talk.place == RINGING_HELPER
    arguments = {"request_id": int(talk.picks.get("rings", 0)), "is_helper": is_helper}
    return Choice("more" if is_helper else "join_missed", deed=Deed("rang_in_vain", arguments))


def _spoken(goto: str) -> Any:
    return lambda talk, scene, heard: Choice(goto, outcome=Outcome.CONNECTED)


def _ringing(after: str) -> Place:
    return Place(
        _rings,
        hears={Sound.CONNECTED: _spoken(after), Sound.NOT_CONNECTED: _in_vain, Sound.SILENCE: _in_vain},
        then=Then.JOIN,
        # Whoever practises rings nobody.
        elsewhere=lambda talk, scene: Choice(after) if talk.is_practice else None,
    )


def _ready_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.tidings, ("join_now", {})]


def _ready_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {"1": join(int(talk.picks["request_id"]))} if talk.picks.get("request_id") else {}


def _missed_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("join_again", {}), ("join_not_home", {}), ("main_person", {})]


def _missed_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    which = {"request_id": int(talk.picks.get("rings", 0))}
    return {"1": join(which["request_id"]), "5": Choice("volunteer", deed=Deed("stop_missed", which))}


def _job(talk: Talk, scene: Scene) -> JobFact | None:
    return next((job for job in scene.jobs if job.job_id == talk.picks.get("job_id")), None)


def _which_says(talk: Talk, scene: Scene) -> list[Sentence]:
    job = _job(talk, scene)
    return [("stop_choice", {"name": stop.name, "key": stop.place}) for stop in job.stops] if job else []


def _which_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    job = _job(talk, scene)
    return {str(stop.place): _ring_me(stop.request_id) for stop in (job.stops if job else ())}


JOINING: dict[str, Place] = {
    RINGING: _ringing("volunteer"),
    RINGING_HELPER: _ringing("more"),
    "join_ready": Place(
        _ready_says, _ready_keys, gives_up="goodbye",
        remembers=lambda talk, scene: {"request_id": scene.join_request_id},
        says_plainly=lambda talk, scene: [("join_now", {})],
    ),
    "join_missed": Place(_missed_says, _missed_keys, GOODBYE),
    "join_which": Place(
        _which_says, _which_keys, elsewhere=lambda talk, scene: None if _job(talk, scene) else Choice("volunteer")
    ),
}  # fmt: skip
