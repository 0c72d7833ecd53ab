"""Two people are connected, in one of the ways of voice/joining.py: neither sees the other's number."""

from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.joining import RINGING, RINGING_OUT, WAYS, Way
from voice.places.place import GOODBYE, Choice, Place
from voice.talk import Deed, Heard, JobFact, Scene, Sound, Talk, Then


def join(way: str, about: int) -> Choice:
    """Ring the other one."""
    return Choice(way, deed=Deed("join", {"way": way, "about": about}))


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
    arguments = {"way": talk.place, "about": int(talk.picks.get("rings", 0))}
    return Choice(WAYS[talk.place].missed, deed=Deed("rang_in_vain", arguments))


def _spoken(goto: str) -> Any:
    return lambda talk, scene, heard: Choice(goto, outcome=Outcome.CONNECTED)


def _ringing(way: Way) -> Place:
    return Place(
        _rings,
        hears={Sound.CONNECTED: _spoken(way.after), Sound.NOT_CONNECTED: _in_vain, Sound.SILENCE: _in_vain},
        then=Then.JOIN,
        # Whoever practises rings nobody.
        elsewhere=lambda talk, scene: Choice(way.after) if talk.is_practice else None,
    )


def _ready_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [*scene.tidings, ("join_now", {})]


def _ready_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    way, about = scene.joins or ("", 0)
    return {"joins": way, "about": about}


def _ready_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {"1": join(talk.picks["joins"], int(talk.picks["about"]))} if talk.picks.get("joins") else {}


def _missed_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("join_again", {}), ("join_not_home", {}), ("main_person", {})]


def _missed_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    about = int(talk.picks.get("rings", 0))
    return {"1": join(RINGING, about), "5": Choice("volunteer", deed=Deed("stop_missed", {"request_id": about}))}


def _missed_out_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {"1": join(RINGING_OUT, int(talk.picks.get("rings", 0)))}


def _job(talk: Talk, scene: Scene) -> JobFact | None:
    return next((job for job in scene.jobs if job.job_id == talk.picks.get("job_id")), None)


def _which_says(talk: Talk, scene: Scene) -> list[Sentence]:
    job = _job(talk, scene)
    return [("stop_choice", {"name": stop.name, "key": stop.place}) for stop in job.stops] if job else []


def _which_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    job = _job(talk, scene)
    return {str(stop.place): _ring_me(stop.request_id) for stop in (job.stops if job else ())}


JOINING: dict[str, Place] = {
    **{place: _ringing(way) for place, way in WAYS.items()},
    "join_ready": Place(
        _ready_says, _ready_keys, gives_up="goodbye", remembers=_ready_remembers,
        says_plainly=lambda talk, scene: [("join_now", {})],
    ),
    "join_missed": Place(_missed_says, _missed_keys, GOODBYE),
    # She who rang is the office: no person is offered to her.
    "join_missed_out": Place(lambda talk, scene: [("join_again", {})], _missed_out_keys, GOODBYE),
    "join_which": Place(
        _which_says, _which_keys, elsewhere=lambda talk, scene: None if _job(talk, scene) else Choice("volunteer")
    ),
}  # fmt: skip
