"""What becomes of a request and its job: finished, missed, refused, called off, given back, reopened."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import close_alerts_about, raise_alert
from dispatch.asking_after import ask_a_few
from dispatch.giving_back import note_giving_back
from dispatch.history import hold, move, note
from dispatch.limits import limited_menu, note_what_is_full
from dispatch.offering import withdraw_offers
from dispatch.ordering import send_out
from dispatch.rounds import plan_anew
from dispatch.saying import what, what_job
from dispatch.taking import hand_back
from dispatch.telling import named, tell
from dispatch.twins import beside
from models.errors import Refusal
from models.jobs import Job
from models.lifecycle import State
from models.people import Volunteer
from models.requests import HelpRequest, meal_request_of
from models.tasks import AlertKind

_ABOUT_THE_JOB = {AlertKind.NOBODY_FOUND, AlertKind.LATE}
# How a job ends when its last stop has: by the best that came of any stop.
_ENDS_AS = (
    (State.DONE, "finish"),
    (State.NOT_HOME, "miss"),
    (State.REFUSED, "refuse"),
    (State.UNMET, "give_up"),
    (State.CANCELLED, "cancel"),
)


def finish(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """The help was given, the meal is with her."""
    _end_together(session, request, "finish", who=who, now=now)
    ask_a_few(session, request, now=now)


def miss(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """She was not at home: never left at that. Staff are alarmed, and say what becomes of it."""
    _end_together(session, request, "miss", who=who, now=now)
    resident = request.resident
    raise_alert(
        session, request.community, AlertKind.NOT_HOME, about=f"request {request.id}", now=now, request=request,
        resident=resident, name=resident.name, phone=blanks.number(resident.phone) if resident.phone else "",
    )  # fmt: skip


def refuse(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """She did not want it after all."""
    _end_together(session, request, "refuse", who=who, now=now)


# A slip of the finger is taken back within so long: until then nobody hears that something is called off.
SLIP = timedelta(seconds=30)


def cancel(
    session: Session, request: HelpRequest, *, who: str, now: datetime, why: str = "", is_told: bool = True
) -> None:
    """Called off: nobody cooks, nobody drives. Whoever was about to come is told at once; so is she who asked for it,
    unless she did it herself or it is because she is not here (`is_told` False). One of several who go together can
    be called off alone, not the first."""
    limited = limited_menu(session, request)
    if request.twin_of_id is None:
        _cancel_twins(session, request, who=who, now=now, why=why)
    holder = _holder(session, request)
    _end_stop(session, request, "cancel", who=who, now=now, why=why)
    note_what_is_full(session, limited, now=now)
    _tell_not_to_go(session, holder, request, now=now)
    if is_told and not who.startswith("resident") and request.twin_of_id is None:
        told = tell(session, request.resident, "cancelled_for_you", now=now, about=request, what=what(request))
        if who.startswith("staff") and told.due_at is not None:
            told.due_at = max(told.due_at, now + SLIP)


def give_up(session: Session, request: HelpRequest, *, who: str, now: datetime, why: str = "") -> None:
    """It cannot be met; the person is told so."""
    if request.twin_of_id is not None:  # the others come all the same
        cancel(session, request, who=who, now=now, why=why)
        return
    _cancel_twins(session, request, who=who, now=now, why=why)
    holder = _holder(session, request)
    _end_stop(session, request, "give_up", who=who, now=now, why=why)
    tell(session, request.resident, "unmet", now=now, about=request, what=what(request))
    _tell_not_to_go(session, holder, request, now=now)


def release(session: Session, job: Job, *, who: str, now: datetime, why: str = "", former_is_told: bool = True) -> None:
    """The volunteer cannot after all: it is offered again at once, and the people who wait are told honestly."""
    hold(session, job)
    former, waiting = job.volunteer, job.open_stops
    hand_back(session, job, who=who, now=now, why=why)
    if former is not None and former_is_told and who.startswith("staff"):
        tell(session, former, "job_withdrawn", now=now, about=job, what=what_job(job), code=job.code)
    if former is not None and who == named(former):
        note_giving_back(session, former, now=now)
    plan_anew(session, job, who=who, now=now)
    for stop in waiting:
        if stop.twin_of_id is None:
            tell(session, stop.resident, "looking_again", now=now, about=stop, what=what(stop))


def ask_again(session: Session, job: Job, *, who: str, now: datetime) -> None:
    """Staff put a stuck job back into the queue: everybody may be asked anew."""
    if job.state is not State.STUCK:
        raise Refusal("too_late")
    job.round += 1
    move(session, job, "wait", who=who, now=now, due_at=now, why="asked_again", wave=0)
    for stop in job.open_stops:
        move(session, stop, "wait", who=who, now=now, due_at=now, why="asked_again")
    close_alerts_about(session, f"job {job.id}", {AlertKind.NOBODY_FOUND}, now=now)


def reopen(
    session: Session, request: HelpRequest, *, who: str, now: datetime, is_still_looked_after: bool = False
) -> None:
    """It was closed too early: it becomes a job of its own and is offered again. An alarm that she did not open ends
    with it, unless somebody goes because of it (`is_still_looked_after`): then it lasts until she is met.

    Refuses "absent" for somebody who is not here, "already_ordered" when she has ordered from that menu since,
    "not_cooked" when it was called off and nothing is cooked on that day.
    """
    if request.resident.absence_on(request.community.local(now).date()) is not None:
        raise Refusal("absent")
    if request.menu is not None and meal_request_of(session, request.resident, request.menu) is not None:
        raise Refusal("already_ordered", dish=request.dish.name if request.dish else "", code=request.code)
    if request.menu is not None and request.menu.is_off and request.state is State.CANCELLED:
        raise Refusal("not_cooked", meal=blanks.names(request.menu.meal.names), day=blanks.day(request.menu.date))
    ended_with_it = [one for one in beside(session, request) if one.closed_at == request.closed_at]
    limited = limited_menu(session, request)
    move(session, request, "reopen", who=who, now=now, due_at=now)
    note_what_is_full(session, limited, now=now)
    over = {AlertKind.NOT_COME} if is_still_looked_after else {AlertKind.NOT_HOME, AlertKind.NOT_COME}
    close_alerts_about(session, f"request {request.id}", over, now=now)
    _send_out_anew(session, request, who=who, now=now)
    for other in ended_with_it:
        if not other.is_open:
            reopen(session, other, who=who, now=now)


def send_again(
    session: Session, request: HelpRequest, *, who: str, now: datetime, is_still_looked_after: bool = False
) -> None:
    """It has not come, whatever was reported: a job of its own is offered at once, and whoever had it need not go.

    Refuses "too_late" for what nobody was on the way with, and as `reopen` does.
    """
    if request.state is not State.TAKEN:
        reopen(session, request, who=who, now=now, is_still_looked_after=is_still_looked_after)
        return
    holder, before = _holder(session, request), request.job
    move(session, request, "release", who=who, now=now, due_at=now, why="send_again")
    _send_out_anew(session, request, who=who, now=now)
    _tell_not_to_go(session, holder, request, now=now)
    if before is not None:
        session.refresh(before)
        _end_with_its_stops(session, before, "cancel", who=who, now=now, why="send_again")
    close_alerts_about(session, f"request {request.id}", {AlertKind.NOT_COME}, now=now)
    tell(session, request.resident, "coming_again", now=now, about=request, what=what(request))


def worry(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """Somebody is worried about this person: staff must look, whatever becomes of the request."""
    resident = request.resident
    note(session, request, "worry", who=who, now=now)
    close_alerts_about(session, who, {AlertKind.WORRIED}, now=now)
    raise_alert(
        session, request.community, AlertKind.WORRIED, about=f"request {request.id}", now=now, request=request,
        resident=resident, name=resident.name, phone=blanks.number(resident.phone) if resident.phone else "",
    )  # fmt: skip


def miss_it(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    """She says that it has not come: staff ask the volunteer, and send a spare."""
    resident, holder = request.resident, request.job.volunteer if request.job else None
    note(session, request, "not_come", who=who, now=now)
    raise_alert(
        session, request.community, AlertKind.NOT_COME, about=f"request {request.id}", now=now, request=request,
        resident=resident, name=resident.name, phone=blanks.number(resident.phone) if resident.phone else "",
        what=what(request), helper=holder.name if holder else "",
    )  # fmt: skip


def worry_about_somebody(session: Session, volunteer: Volunteer, *, now: datetime) -> None:
    """A volunteer is worried, and it is not known about whom yet: staff ring the volunteer at once."""
    raise_alert(
        session, volunteer.community, AlertKind.WORRIED, about=f"volunteer {volunteer.id}", now=now,
        name=volunteer.name, phone=blanks.number(volunteer.phone) if volunteer.phone else "",
    )  # fmt: skip


def finish_job(session: Session, job: Job, *, who: str, now: datetime) -> int:
    """Every stop that is still open was made; returns how many."""
    stops = job.open_stops
    for stop in stops:
        finish(session, stop, who=who, now=now)
    return len(stops)


def note_money(
    session: Session,
    request: HelpRequest,
    *,
    spent_cents: int | None,
    receipt: str,
    repaid: bool,
    who: str,
    now: datetime,
) -> None:
    """What was laid out, where the receipt is, whether it was paid back. Refuses "over_the_limit"."""
    limit = request.spending_limit_cents
    if spent_cents is not None and limit is not None and spent_cents > limit:
        raise Refusal("over_the_limit", limit=blanks.money(limit))
    request.spent_cents, request.receipt = spent_cents, receipt.strip()[:80]
    request.repaid_at = (request.repaid_at or now) if repaid else None
    note(session, request, "money", who=who, now=now)


def add_note(session: Session, request: HelpRequest, *, words: str, who: str, now: datetime) -> None:
    """Something to remember about a request."""
    if words.strip():
        note(session, request, "note", who=who, now=now, why=words.strip())


def _holder(session: Session, request: HelpRequest) -> Volunteer | None:
    """Whoever is about to come. Nobody takes the job between this look and the end, or somebody would drive in vain."""
    job = request.job
    if job is None:
        return None
    hold(session, job)
    return job.volunteer if job.state is State.TAKEN else None


def _tell_not_to_go(session: Session, holder: Volunteer | None, request: HelpRequest, *, now: datetime) -> None:
    if holder is not None:
        name = request.resident.given_name
        tell(session, holder, "stop_cancelled", now=now, about=request, name=name, what=what(request))


def _end_together(session: Session, request: HelpRequest, verb: str, *, who: str, now: datetime) -> None:
    """What came of it, for everybody who went there; whoever was still looked for is not needed any more."""
    _end_stop(session, request, verb, who=who, now=now)
    for other in beside(session, request):
        if other.is_open:
            went = other.state is State.TAKEN
            _end_stop(session, other, verb if went else "cancel", who=who, now=now, why="together")


def _cancel_twins(session: Session, request: HelpRequest, *, who: str, now: datetime, why: str) -> None:
    for twin in beside(session, request):
        if twin.is_open:
            cancel(session, twin, who=who, now=now, why=why, is_told=False)


def _end_stop(session: Session, request: HelpRequest, verb: str, *, who: str, now: datetime, why: str = "") -> None:
    job = request.job
    if job is not None:
        hold(session, job)
    move(session, request, verb, who=who, now=now, why=why)
    over = {AlertKind.NOT_COME, AlertKind.NOT_HOME} if verb == "finish" else {AlertKind.NOT_COME}
    close_alerts_about(session, f"request {request.id}", over, now=now)
    if job is not None:
        _end_with_its_stops(session, job, verb, who=who, now=now, why=why)


def _end_with_its_stops(session: Session, job: Job, verb: str, *, who: str, now: datetime, why: str = "") -> None:
    """A job without open stops has ended by the best that came of any; one without any stops, by `verb`."""
    if not job.is_open or job.open_stops:
        return
    states = {stop.state for stop in job.stops}
    ends = next((ends for state, ends in _ENDS_AS if state in states), verb)
    move(session, job, ends, who=who, now=now, why=why)
    withdraw_offers(session, job, now=now)
    close_alerts_about(session, f"job {job.id}", _ABOUT_THE_JOB, now=now)


def _send_out_anew(session: Session, request: HelpRequest, *, who: str, now: datetime) -> None:
    job = send_out(session, [request], who=who, now=now)
    if now > request.wanted_until:
        job.wanted_from, job.wanted_until = now, now + (request.wanted_until - request.wanted_from)
