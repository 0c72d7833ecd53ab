"""A job in sentences without a language: what a volunteer sees before the yes, and everything after it."""

from collections.abc import Iterable
from datetime import date, datetime

from dispatch import blanks
from dispatch.telling import Sentence
from models.jobs import Job, Offer
from models.lifecycle import State
from models.menus import Menu
from models.places import Community
from models.requests import HelpRequest


def what(stop: HelpRequest) -> blanks.Blank:
    """A request as a blank: the meal's dish, or the service's name."""
    if stop.dish is not None and stop.menu is not None:
        return blanks.sentence("a_meal", meal=blanks.names(stop.menu.meal.names), dish=stop.dish.name)
    return blanks.names(stop.service.names)


def orders_until(menu: Menu) -> blanks.Blank:
    """Until when it can be ordered, as a blank beside the day of the meal: with its own day where that is another."""
    return beside_day(menu.community, menu.date, menu.orders_end_at)


def beside_day(community: Community, day: date, instant: datetime) -> blanks.Blank:
    """An instant as a blank beside that day: its own day is named where it is another."""
    return blanks.clock(instant) if community.local(instant).date() == day else blanks.moment(instant)


def what_job(job: Job) -> blanks.Blank:
    """A job as a blank, without naming anybody: "lunch round, 6 stops", "errand"."""
    stops = job.open_stops or job.stops
    meal = next((stop.menu.meal for stop in stops if stop.menu is not None), None)
    if meal is not None and len(stops) == 1:
        return blanks.names(meal.names)
    if meal is not None:
        return blanks.sentence("a_round", meal=blanks.names(meal.names), count=len(stops))
    return blanks.names(job.service.names)


def by_number(things: Iterable[tuple[int, blanks.Blank]]) -> blanks.Blank:
    """A list from which one is chosen by its number, as a blank: "13 errand, 14 lunch round"."""
    return {"$list": [blanks.sentence("which_job_one", code=code, what=what) for code, what in things]}


def jobs_by_number(jobs: Iterable[Job]) -> blanks.Blank:
    """These jobs, to choose one by its number."""
    return by_number((job.code, what_job(job)) for job in jobs)


def offer_sentence(offer: Offer) -> Sentence:
    """What a volunteer sees before accepting: first name, kind, zone and time; nothing else. A round names nobody."""
    job = offer.job
    when = blanks.span(job.wanted_from, job.wanted_until)
    said = {"what": what_job(job), "zone": job.zone.name, "when": when, "code": job.code}
    if len(job.open_stops) == 1:
        return ("offer", {**said, "name": job.open_stops[0].resident.given_name})
    return ("offer_round", said)


def coming_sentence(stop: HelpRequest) -> Sentence | None:
    """Who comes to her, when, and the word at the door; None: nobody has taken it."""
    holder = stop.job.volunteer if stop.job else None
    if stop.state is not State.TAKEN or holder is None:
        return None
    said = {
        "helper": holder.helper_name, "what": what(stop), "when": blanks.span(stop.wanted_from, stop.wanted_until),
        "word": blanks.word(stop.code_word, stop.resident.language),
    }  # fmt: skip
    return ("who_brings" if stop.is_meal else "who_comes", said)


def job_sentences(job: Job) -> list[Sentence]:
    """Everything the holder of a job must know, stop by stop."""
    head: Sentence = (
        "job_yours",
        {"what": what_job(job), "when": blanks.span(job.wanted_from, job.wanted_until), "code": job.code},
    )
    return [head, *(stop_sentence(stop) for stop in job.open_stops)]


def stop_sentence(stop: HelpRequest) -> Sentence:
    """One stop: whom, where, what to bring, and the word at the door."""
    resident = stop.resident
    word = blanks.word(stop.code_word, resident.language)
    said: dict[str, blanks.Blank] = {
        "place": stop.place, "name": resident.given_name, "word": word,
        "address": resident.address or resident.zone.name,
        "door": blanks.sentence("door_note", note=resident.door_note) if resident.door_note else "",
        "what": blanks.sentence("portions", dish=stop.dish.name, count=stop.portions) if stop.dish else _errand(stop),
    }  # fmt: skip
    return ("stop", said)


def note_sentences(job: Job) -> list[Sentence]:
    """What was said about each stop still to be made, for the holder; what was spoken is to be heard on the line."""
    line = blanks.number(job.community.number)
    said: list[Sentence] = []
    for stop in job.open_stops:
        name = stop.resident.given_name
        if stop.note:
            said.append(("note_of", {"name": name, "note": stop.note}))
        elif stop.recording_id is not None:
            said.append(("note_spoken", {"name": name, "phone": line}))
    return said or [("note_none_job", {"code": job.code})]


def _errand(stop: HelpRequest) -> blanks.Blank:
    if stop.note:
        return blanks.sentence("errand_note", what=blanks.names(stop.service.names), note=stop.note)
    if stop.recording_id is not None:
        return blanks.sentence("errand_recorded", what=blanks.names(stop.service.names))
    return blanks.names(stop.service.names)
