"""A volunteer who rings the line: offers to answer, jobs in hand to finish, the note to hear."""

from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.places.joining import join_key, join_says
from voice.places.place import GOODBYE, Choice, Place, lead
from voice.talk import Deed, JobFact, Scene, Sound, StopFact, Talk

# By how much who presses the key will be late.
LATE_MINUTES = 20


def _next_job(talk: Talk, scene: Scene) -> JobFact | None:
    index = int(talk.picks.get("job", 0))
    return scene.jobs[index % len(scene.jobs)] if scene.jobs else None


def _job(talk: Talk, scene: Scene) -> JobFact | None:
    """The job that was spoken of."""
    return next((job for job in scene.jobs if job.job_id == talk.picks.get("job_id")), None)


def _remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    job = None if scene.offers else _next_job(talk, scene)
    return {"offer_id": scene.offers[-1].offer_id if scene.offers else None, "job_id": job.job_id if job else None}


def _says(talk: Talk, scene: Scene) -> list[Sentence]:
    if scene.offers:
        return [scene.offers[-1].sentence, ("offer_keys", {})]
    job = _next_job(talk, scene)
    if job is None:
        return [("volunteer_nothing", {})]
    note: list[Sentence] = [("job_note", {})] if _noted(job) else []
    following: list[Sentence] = [("job_next", {})] if len(scene.jobs) > 1 else [("job_late", {})]
    return [
        ("job_in_hand", {"what": job.what, "when": job.when, "code": job.code}),
        ("job_keys", {}),
        *note,
        ("job_details", {}),
        *([join_says(job)] if job.stops else []),
        *following,
    ]


def _keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    if talk.picks.get("offer_id"):
        return offer_keys(int(talk.picks["offer_id"]), "volunteer")
    keys, job = job_keys(talk, scene, "volunteer"), _job(talk, scene)
    if job is not None and job.stops:
        keys["1"] = join_key(job)
    if len(scene.jobs) > 1:
        keys["2"] = Choice("volunteer", {"job": int(talk.picks.get("job", 0)) + 1})
    return keys


def job_keys(talk: Talk, scene: Scene, goto: str) -> dict[str, Choice]:
    """What can be said of the job that was spoken of: done, cannot, not at home, worried; hear the note, or all."""
    job = _job(talk, scene)
    if job is None:
        return {}
    which = {"job_id": job.job_id}
    one = job.stops[0].request_id if len(job.stops) == 1 else None
    keys = {
        "2": Choice(goto, deed=Deed("job_late", {**which, "minutes": LATE_MINUTES})),
        "3": Choice(goto, deed=Deed("job_done", which)),
        "4": Choice(goto, deed=Deed("job_back", which)),
        "5": _of_stop("stop_missed", one, goto),
        "6": _of_stop("stop_worry", one, goto),
        "8": Choice(goto, deed=Deed("details_again", which)),
    }
    return {**keys, "7": Choice("job_note")} if _noted(job) else keys


def offer_keys(offer_id: int, goto: str) -> dict[str, Choice]:
    """1 yes, 2 no."""
    which = {"offer_id": offer_id}
    return {"1": Choice(goto, deed=Deed("accept", which)), "2": Choice(goto, deed=Deed("decline", which))}


def _of_stop(deed: str, request_id: int | None, goto: str) -> Choice:
    if request_id is None:
        return Choice("which_stop", {"stop_deed": deed})
    return Choice(goto, deed=Deed(deed, {"request_id": request_id}))


def _noted(job: JobFact | None) -> StopFact | None:
    return next((stop for stop in job.stops if stop.note or stop.recording_id), None) if job else None


def _note_says(talk: Talk, scene: Scene) -> list[Sentence]:
    stop = _noted(_job(talk, scene))
    if stop is None:
        return []
    if stop.note:
        return [("note_is", {"note": stop.note})]
    return [("note_follows", {})] if stop.is_recording_here else [("note_not_yet", {})]


def _note_plays(talk: Talk, scene: Scene) -> int | None:
    stop = _noted(_job(talk, scene))
    return stop.recording_id if stop and stop.is_recording_here else None


def _note_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    return None if _noted(_job(talk, scene)) else Choice("volunteer", preface=(("note_none", {}),))


def _which_says(talk: Talk, scene: Scene) -> list[Sentence]:
    job = _job(talk, scene)
    return [("stop_choice", {"name": stop.name, "key": stop.place}) for stop in job.stops] if job else []


def _which_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    job = _job(talk, scene)
    deed = str(talk.picks.get("stop_deed", "stop_missed"))
    return {
        str(stop.place): Choice("volunteer", deed=Deed(deed, {"request_id": stop.request_id}))
        for stop in (job.stops if job else ())
    }


VOLUNTEERS: dict[str, Place] = {
    "volunteer": Place(_says, _keys, GOODBYE, outcome=Outcome.HEARD, remembers=_remembers),
    "job_note": Place(
        _note_says, _keys, {Sound.SILENCE: lead("volunteer")}, plays=_note_plays, elsewhere=_note_elsewhere
    ),
    "which_stop": Place(
        _which_says, _which_keys, elsewhere=lambda talk, scene: None if _job(talk, scene) else Choice("volunteer")
    ),
}
