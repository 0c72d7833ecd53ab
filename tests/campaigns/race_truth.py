"""What must be true after a race, whoever won it. Every function yields one sentence for each thing that is not."""

from collections import Counter, defaultdict

import sqlalchemy as sa

from campaigns.race_rounds import ADDRESS
from campaigns.signed_posts import Answer
from models.events import Event
from models.jobs import Job, OfferState
from models.lifecycle import MOVES, OPEN, State
from models.menus import Menu
from models.requests import HelpRequest
from models.tasks import Callback
from models.traffic import Call, Delivery, Message
from voice.carrier.speech import EMPTY
from voice.twiml_check import faults

# What is told to somebody who said yes and does not have it: by text the name of the sentence, in a call its words.
_TOLD_NO = {"taken_thanks", "offer_over", "too_late", "job_withdrawn", "stop_cancelled", "job_cancelled"}
_HEARD_NO = ("taken by now", "settled by now", "has just changed")
_TOLD_YES = "job_yours"
# The verbs of a job's history that are no move: what was said, not what became of it.
_SAID = {"decline", "too_late", "place", "worry", "change"}


def untrue(field, seen):
    """Everything that is not as it should be after this round."""
    yield from seen.broken
    yield from _answers(seen)
    with field.town.database.read() as session:
        for callback in session.scalars(sa.select(Callback)):
            yield f"staff are to ring somebody back: {callback.why}"
        for thing, kind in ((Job, Event.job_id), (HelpRequest, Event.request_id)):
            for row in session.scalars(sa.select(thing)):
                yield from _history(session, row, kind)
        yield from _job(session, seen) if seen.job_id else _lunch(session, seen)


def _answers(seen):
    by_key = defaultdict(set)
    for what, number, answer in seen.answers:
        if isinstance(answer, Answer):
            if answer.status != 200:
                yield f"{what} was answered {answer.status}"
            for fault in faults(answer.body):
                yield f"{what} was answered with TwiML that has a fault: {fault}"
            by_key[what, number].add(answer.body)
    for (what, _number), bodies in by_key.items():
        if what == "key" and len(bodies) > 1:
            yield "one key delivered twice was answered in two ways"


def _history(session, row, column):
    """Every move leaves the state that the one before it reached, by a verb that may, and the last one is the truth."""
    events = session.scalars(sa.select(Event).where(column == row.id).order_by(Event.id)).all()
    if isinstance(row, Job):
        events = [event for event in events if event.request_id is None]
    state = None
    for event in [event for event in events if event.verb not in _SAID]:
        sources, target = MOVES[event.verb]
        if event.from_state not in sources or event.to_state != target or state not in (None, event.from_state):
            yield f"{type(row).__name__}: {event.verb} from {event.from_state} to {event.to_state}, after {state}"
        state = event.to_state
    if state is not None and state != row.state:
        yield f"{type(row).__name__} is {row.state}, and its history ends with {state}"
    if (row.state in OPEN) != (row.due_at is not None):
        yield f"{type(row).__name__} is {row.state}, due {row.due_at}"


def _job(session, seen):
    job = session.get_one(Job, seen.job_id)
    holder = job.volunteer.phone if job.state is State.TAKEN else None
    yes = [offer for offer in job.offers if offer.state is OfferState.YES and offer.round == job.round]
    if job.state is State.TAKEN and [offer.volunteer.phone for offer in yes] != [holder]:
        yield f"one holds the job, and {len(yes)} offers of its round say yes"
    if job.state in OPEN and job.state is not State.TAKEN and yes:
        yield f"the job is {job.state}, and an offer says yes"
    if any(stop.state != job.state for stop in job.stops):
        yield f"the job is {job.state}, its stop {[str(stop.state) for stop in job.stops]}"
    if seen.is_over and job.state is not State.CANCELLED and not _was_refused(session):
        yield f"she called it off, and it is {job.state}"
    yield from _told(session, seen, job, holder)


def _was_refused(session):
    """Was she told that it has just changed, so that she asks again?"""
    return session.scalars(sa.select(Message).where(Message.cause.in_(("too_late", "too_late_to_change")))).first()


def _told(session, seen, job, holder):
    told = defaultdict(Counter)
    rows = [*session.scalars(sa.select(Message).order_by(Message.id)), *session.scalars(sa.select(Call))]
    out = [row for row in rows if str(row.direction) == "outbound" and row.state is not Delivery.CANCELLED]
    for row in out:
        told[row.phone][row.cause] += 1
    heard = defaultdict(str)
    for what, number, answer in seen.answers:
        if what == "yes" and answer.body != EMPTY:
            heard[number] += answer.body
    took = {event.who for event in session.scalars(sa.select(Event).where(Event.verb == "take"))}
    if holder is not None and told[holder][_TOLD_YES] < 1:
        yield "whoever has the job was not told what it is"
    for number in {number for what, number, _ in seen.answers if what == "yes"} - {holder}:
        knows = _TOLD_NO & set(told[number]) or any(words in heard[number] for words in _HEARD_NO)
        gave_back = "back_thanks" in told[number]
        if not knows and not gave_back:
            yield f"somebody said yes in vain, and was told only {dict(told[number])} {heard[number][-300:]!r} ({job.state})"
    held = {offer.volunteer.phone for offer in job.offers if f"volunteer {offer.volunteer_id}" in took}
    assigned = {number for what, number, answer in seen.answers if what == "assign" and answer == "done"}
    for row in out:
        if ADDRESS in str(row.says) and row.phone not in held | assigned | {holder}:
            yield f"the address was told to somebody who never had the job ({row.cause})"
    who_comes = [
        row
        for row in out
        if row.cause == "who_comes"
        and row.offer_id in {o.id for o in job.offers if o.volunteer.phone == holder and o.state is OfferState.YES}
    ]
    if holder is not None and len(who_comes) != 1:
        yield f"she was told {len(who_comes)} times who comes"


def _lunch(session, seen):
    everything = session.scalars(sa.select(HelpRequest)).all()
    open_ones = [row for row in everything if row.is_open]
    said = {sid: answer.body for what, sid, answer in seen.answers if what == "key"}
    ordered = [sid for sid, body in said.items() if "Ordered: Soup" in body]
    ordered += session.scalars(
        sa.select(Message.id).where(Message.cause == "ordered", Message.direction == "outbound")
    ).all()
    if len(everything) > 1 or len(open_ones) != len(everything):
        yield f"one lunch was ordered {len(everything)} times"
    if len(ordered) != len(open_ones):
        yield f"she was told {len(ordered)} times that it is ordered, and has {len(open_ones)}"
    if not open_ones and any("already ordered" in body for body in said.values()):
        yield "she was told that she has ordered, and has not"
    for menu in session.scalars(sa.select(Menu).where(Menu.closed_at.is_not(None))):
        left = [row for row in open_ones if row.menu_id == menu.id and row.state is State.POOLED]
        if left:
            yield "the kitchen has closed, and an order is left in the pool"
        if open_ones and not open_ones[0].job_id:
            yield "the kitchen has closed, and nobody brings her lunch"
