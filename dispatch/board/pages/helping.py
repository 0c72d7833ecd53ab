"""One request with everything about it, one job, and every act that staff can do for anybody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from flask import abort, request
from flask.typing import ResponseReturnValue

from dispatch import spares, working
from dispatch.board.desk import Desk, Undo
from dispatch.board.doors import Stale, Wrong, note_looking
from dispatch.board.forms import Form
from dispatch.board.lanes import outcomes
from dispatch.board.pages import when
from dispatch.board.pages.looking import steps
from dispatch.board.pages.naming import names_of, reason
from dispatch.board.pages.traffic import line_of, may_text, send
from dispatch.board.pages.walking import neighbours
from dispatch.board.typed import line, lines
from dispatch.candidates import Candidate, candidates
from dispatch.offering import decline as note_no
from dispatch.oneline import MEAL_NOTE
from dispatch.ordering import MOST_BY_STAFF, change_order
from dispatch.retiming import change_time
from dispatch.taking import assign
from dispatch.twins import beside
from models.events import Event, history_of
from models.jobs import Job
from models.lifecycle import MOVES, State
from models.menus import Dish, clashes
from models.people import Volunteer
from models.requests import HelpRequest
from models.tasks import Alert
from models.traffic import Call, Message

_EVERY = frozenset(State)


@dataclass(frozen=True)
class Act:
    """Something staff can do to a request: from which states, and whether the page asks once before it is done."""

    do: Callable[[Desk, HelpRequest], object]
    sources: frozenset[State]
    asks: bool = False  # in a fold, with the consequence in words
    has_why: bool = False


@dataclass(frozen=True)
class JobAct:
    """Something staff can do to a job."""

    do: Callable[[Desk, Job], object]
    sources: frozenset[State]


def _why() -> str:
    return line("why", most=300)


AnyAct = TypeVar("AnyAct", Act, JobAct)

# The buttons of a request, in the order of the page. Adding an act is adding a line.
ACTS: dict[str, Act] = {
    "finish": Act(lambda d, r: working.finish(d.session, r, who=d.who, now=d.now), MOVES["finish"][0]),
    "miss": Act(lambda d, r: working.miss(d.session, r, who=d.who, now=d.now), MOVES["miss"][0]),
    "refuse": Act(lambda d, r: working.refuse(d.session, r, who=d.who, now=d.now), MOVES["refuse"][0], asks=True),
    "cancel": Act(
        lambda d, r: working.cancel(d.session, r, who=d.who, now=d.now, why=_why()), MOVES["cancel"][0], True, True
    ),
    "give_up": Act(
        lambda d, r: working.give_up(d.session, r, who=d.who, now=d.now, why=_why()), MOVES["give_up"][0], True, True
    ),
    "reopen": Act(lambda d, r: working.reopen(d.session, r, who=d.who, now=d.now), MOVES["reopen"][0]),
    "send_again": Act(
        lambda d, r: spares.send_again(d.session, r, who=d.who, now=d.now),
        frozenset({State.TAKEN, State.DONE}),
        asks=True,
    ),
    "worry": Act(lambda d, r: working.worry(d.session, r, who=d.who, now=d.now), _EVERY, asks=True),
}
JOB_ACTS: dict[str, JobAct] = {
    "release": JobAct(
        lambda d, j: working.release(d.session, j, who=d.who, now=d.now, why=_why()), MOVES["release"][0]
    ),
    "ask_again": JobAct(lambda d, j: working.ask_again(d.session, j, who=d.who, now=d.now), frozenset({State.STUCK})),
    "finish_job": JobAct(lambda d, j: working.finish_job(d.session, j, who=d.who, now=d.now), MOVES["finish"][0]),
}
# What ends a request by one press is taken back by one: it is open again.
_UNDONE = frozenset({"finish", "miss", "refuse", "cancel"})
_CAN_BE_ASSIGNED = MOVES["take"][0] | {State.TAKEN}


def show(desk: Desk, row_id: int, **_: object) -> str:
    """The page of one request."""
    row = desk.find(HelpRequest, row_id)
    return desk.page(
        "request", row=row, beside=beside(desk.session, row),
        acts=_open_acts(ACTS, row.state), dishes=_other_dishes(desk, row), clashes=clashes, **when.choices(desk),
        **_about(desk, row.job, row),
    )  # fmt: skip


def show_job(desk: Desk, row_id: int, **_: object) -> str:
    """The page of one job: a round with its stops."""
    job = desk.find(Job, row_id)
    return desk.page(
        "job", acts={}, outcomes=outcomes(job.stops), neighbours=neighbours(desk, job), **_about(desk, job, None)
    )


def show_again(desk: Desk, row_id: int, **_: object) -> str:
    """The page from which a job was acted upon: the request's, or the job's own."""
    request_id = request.form.get("of_request", type=int)
    row = desk.find(HelpRequest, request_id) if request_id else None
    if row is None or row.job_id != row_id:
        note_looking(desk, "job", {"row_id": row_id})
        return show_job(desk, row_id)
    note_looking(desk, "request", {"row_id": row.id})
    return show(desk, row.id)


def act(desk: Desk, row_id: int, act: str) -> ResponseReturnValue:
    """Do one thing to a request, if it still is as the page showed it."""
    row = desk.find(HelpRequest, row_id)
    chosen = ACTS.get(act) or abort(404)
    _check_seen(desk, row.job, row)
    came = chosen.do(desk, row)
    row = came if isinstance(came, HelpRequest) else row  # a spare is another request
    desk.tell(act, code=row.code, undo=undo_of(row) if act in _UNDONE else None)
    return desk.go("request", row_id=row.id)


def undo_of(row: HelpRequest) -> Undo:
    """What opens a request again that has just been ended."""
    if row.state is State.CANCELLED:
        return Undo("order_again", {"row_id": row.id}, {"open": 1})
    return Undo("act", {"row_id": row.id, "act": "reopen"}, {"version": _version(row.job, row)}, "act.reopen")


def _given_back(job: Job) -> Undo:
    return Undo("act_on_job", {"row_id": job.id, "act": "release"}, {"version": _version(job, None)}, "act.release")


def act_on_job(desk: Desk, row_id: int, act: str) -> ResponseReturnValue:
    """Do one thing to a job."""
    job = desk.find(Job, row_id)
    chosen = JOB_ACTS.get(act) or abort(404)
    _check_seen(desk, job, None)
    chosen.do(desk, job)
    desk.tell(act, code=job.code)
    return _back_to(desk, job)


def give_to(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Give a job to a volunteer who has agreed."""
    job = desk.find(Job, row_id)
    volunteer = desk.find(Volunteer, request.form.get("volunteer", type=int))
    _check_seen(desk, job, None)
    assign(desk.session, job, volunteer, who=desk.who, now=desk.now)
    desk.tell("assign", code=job.code, name=volunteer.name, undo=_given_back(job))
    return _back_to(desk, job)


def decline(desk: Desk, row_id: int, offer_id: int) -> ResponseReturnValue:
    """A volunteer has told us no."""
    job = desk.find(Job, row_id)
    offer = next((offer for offer in job.offers if offer.id == offer_id), None) or abort(404)
    note_no(desk.session, offer, who=desk.who, now=desk.now)
    desk.tell("decline", name=offer.volunteer.name)
    return _back_to(desk, job)


def note(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Words for colleagues."""
    row = desk.find(HelpRequest, row_id)
    words = lines("words", most=500)
    if not words:
        raise Wrong([desk.words.t("wrong.no_words")])
    working.add_note(desk.session, row, words=words, who=desk.who, now=desk.now)
    desk.tell("note")
    return desk.go("request", row_id=row.id)


def dish(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Another dish of the same menu, another number, other words for the kitchen: while it waits for its cut-off."""
    row, form = desk.find(HelpRequest, row_id), Form(desk)
    chosen = desk.find(Dish, request.form.get("dish", type=int))
    portions = form.whole("portions", 1, MOST_BY_STAFF) if "portions" in request.form else row.portions
    form.check()
    _check_seen(desk, row.job, row)
    words = line("note", most=MEAL_NOTE) if "note" in request.form else row.note
    change_order(
        desk.session, row, chosen, portions=portions, note_for_kitchen=words, who=desk.who, now=desk.now
    )  # fmt: skip
    what = chosen.name + (f" × {portions}" if portions > 1 else "") + (f" ({words})" if words else "")
    desk.tell("change", code=row.code, dish=what)
    return desk.go("request", row_id=row.id)


def retime(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Another time for what is not a meal."""
    row = desk.find(HelpRequest, row_id)
    _check_seen(desk, row.job, row)
    start, end = when.chosen(desk)
    change_time(desk.session, row, wanted_from=start, wanted_until=end, who=desk.who, now=desk.now)
    desk.tell("retime", code=row.code, when=desk.wall.span(start, end))
    return desk.go("request", row_id=row.id)


def money(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What was spent, where the receipt is, whether it was repaid."""
    row = desk.find(HelpRequest, row_id)
    form = Form(desk)
    cents, receipt = form.money("spent"), form.words("receipt", most=80)
    form.check()
    working.note_money(
        desk.session,
        row,
        spent_cents=cents,
        receipt=receipt,
        repaid="repaid" in request.form,
        who=desk.who,
        now=desk.now,
    )
    desk.tell("money")
    return desk.go("request", row_id=row.id)


def write(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A text to the resident or to whoever helps her; always to the number on file."""
    row = desk.find(HelpRequest, row_id)
    volunteer = row.job.volunteer if row.job else None
    person = volunteer if request.form.get("to") == "volunteer" else row.resident
    if person is None or not person.phone:
        raise Wrong([desk.words.t("refusal.no_phone")])
    send(desk, person.phone, lines("words", most=600), about=row)
    desk.tell("sent")
    return desk.go("request", row_id=row.id)


def history(desk: Desk, job: Job | None, row: HelpRequest | None) -> list[Event]:
    """The events of a request with its job, or of a job with its stops, oldest first."""
    if row is not None:
        events = history_of(desk.session, row.id, row.job_id)
    else:
        query = sa.select(Event).where(Event.job_id == (job.id if job else 0)).order_by(Event.at, Event.id)
        events = list(desk.session.scalars(query))
    # A job and its stops move together: one line is enough. The last one is kept, so that its id is the newest.
    return list({(event.at, event.who, event.verb, event.why): event for event in events}.values())


def _about(desk: Desk, job: Job | None, row: HelpRequest | None) -> dict[str, object]:
    events = history(desk, job, row)
    can_assign = job is not None and job.state in _CAN_BE_ASSIGNED and desk.may("assign")
    asked: list[Candidate] = candidates(desk.session, job, now=desk.now) if job and can_assign else []
    return {
        "job": job, "events": events, "candidates": asked, "may_text": may_text(desk),
        "lines": _traffic(desk, job, row),
        "changes": [event for event in events if desk.seen_event is not None and event.id > desk.seen_event],
        "version": _version(job, row), "seen_event": max((event.id for event in events), default=0),
        "names": names_of(desk, {event.who for event in events}), "reason": partial(reason, desk),
        "job_acts": _open_acts(JOB_ACTS, job.state) if job else {},
        "alerts": _alerts(desk, job, row), "steps": partial(steps, desk),
        "word": _word(desk, row), "offers": sorted(job.offers, key=lambda o: -o.id) if job else [],
    }  # fmt: skip


def _other_dishes(desk: Desk, row: HelpRequest) -> list[Dish]:
    """What she may have instead."""
    can_change = row.state is State.POOLED and row.menu is not None and row.menu.can_be_ordered(desk.now)
    return list(row.menu.dishes) if can_change and row.menu is not None and desk.may("dish") else []


def _open_acts(table: Mapping[str, AnyAct], state: State) -> dict[str, AnyAct]:
    return {verb: act for verb, act in table.items() if state in act.sources}


def _version(job: Job | None, row: HelpRequest | None) -> str:
    return f"{row.version if row else 0}.{job.id if job else 0}.{job.version if job else 0}"


def _check_seen(desk: Desk, job: Job | None, row: HelpRequest | None) -> None:
    """The page carries the version it showed; one that is older does nothing, and is told what happened since."""
    of_request = request.form.get("of_request", type=int)
    if row is None and of_request:
        row = desk.find(HelpRequest, of_request)
    if request.form.get("version") != _version(job, row):
        raise Stale(request.form.get("seen_event", type=int) or 0)


def _back_to(desk: Desk, job: Job) -> ResponseReturnValue:
    of_request = request.form.get("of_request", type=int)
    return desk.go("request", row_id=of_request) if of_request else desk.go("job", row_id=job.id)


def _alerts(desk: Desk, job: Job | None, row: HelpRequest | None) -> list[Alert]:
    mine: sa.ColumnElement[bool] = sa.false()
    if row is not None:
        mine = mine | (Alert.request_id == row.id)
    if job is not None:
        mine = mine | (Alert.job_id == job.id)
    query = sa.select(Alert).where(Alert.community_id == desk.community.id, Alert.closed_at.is_(None), mine)
    return list(desk.session.scalars(query.order_by(Alert.raised_at)))


def _traffic(desk: Desk, job: Job | None, row: HelpRequest | None) -> list[object]:
    found: list[Message | Call] = []
    for kind in (Message, Call):
        mine: sa.ColumnElement[bool] = sa.false()
        if row is not None:
            mine = mine | (kind.request_id == row.id)
        if job is not None:
            mine = mine | ((kind.job_id == job.id) & kind.request_id.is_(None))
        found += desk.session.scalars(sa.select(kind).where(kind.community_id == desk.community.id, mine).limit(200))
    return [line_of(desk, one) for one in sorted(found, key=lambda one: (one.made_at, one.id))]


def _word(desk: Desk, row: HelpRequest | None) -> str:
    """The word by which both sides know each other at the door, once somebody comes."""
    if row is None or row.state is not State.TAKEN or desk.board.word_at is None:
        return ""
    return desk.board.word_at(row.code_word, row.resident.language)
