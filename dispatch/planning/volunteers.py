"""What the volunteers of the invented town do: answer offers, come, say so, or do not come after all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.offering import decline
from dispatch.planning.agenda import Agenda
from dispatch.planning.characters import Answer, Helper
from dispatch.planning.network import Heard
from dispatch.planning.plan import Plan
from dispatch.planning.town import Town, midnight
from dispatch.taking import Answer as Came
from dispatch.taking import accept
from dispatch.working import finish_job, release
from models.jobs import Job, Offer, OfferState
from models.lifecycle import State
from models.numbers import heard_from

_MINUTES_PER_STOP = 6
_HELP_MINUTES = 60
# Whoever was reminded says so a little later.
_AFTER_NUDGE = timedelta(minutes=5)


@dataclass(frozen=True)
class _Hold:
    """A job that somebody has taken: whose it is, by which of its rounds."""

    helper_id: int
    job_id: int
    round: int


class Volunteers:
    """All of them; `answers` counts what they wrote to the line, `let_down` holds jobs whose holder will not come."""

    def __init__(self, plan: Plan, town: Town, agenda: Agenda) -> None:
        self._plan, self._town, self._agenda = plan, town, agenda
        self._helpers = {each: Helper.drawn(plan, number) for number, each in enumerate(town.volunteers)}
        self.answers = 0
        self.let_down: set[int] = set()

    def hear(self, heard: Heard) -> None:
        """An offer has reached somebody: perhaps she answers, when she comes to it."""
        helper = self._helpers[heard.volunteer_id]
        answer = helper.answer(self._plan, heard.job_code, heard.round)
        if heard.is_call:
            self._agenda.note(heard.at, lambda now: self._answer(heard, answer, now=now))
        elif answer.minutes is not None:
            after = timedelta(minutes=answer.minutes)
            self._agenda.note(heard.at + after, lambda now: self._answer(heard, answer, now=now))

    def _answer(self, heard: Heard, answer: Answer, *, now: datetime) -> None:
        helper = self._helpers[heard.volunteer_id]
        with self._town.database.begin() as session:
            offer = session.get_one(Offer, heard.offer_id)
            if offer.state not in (OfferState.OPEN, OfferState.EXPIRED):
                return  # she has read that somebody else goes
            self._was_heard(session, offer, heard, now=now)
            start = self._free_for(helper, offer.job, now=now) if answer.is_willing else None
            who = f"volunteer {heard.volunteer_id}"
            if start is None:
                decline(session, offer, who=who, now=now)
            elif accept(session, offer, who=who, now=now) is Came.YOURS:
                self._plan_for(helper, offer.job, answer, start, now=now)

    def _was_heard(self, session: Session, offer: Offer, heard: Heard, *, now: datetime) -> None:
        heard_from(session, offer.job.community, offer.volunteer.phone or "", now=now)
        self.answers += not heard.is_call

    def _free_for(self, helper: Helper, job: Job, *, now: datetime) -> datetime | None:
        start = max(job.wanted_from, now)
        if helper.has_enough(midnight(job.wanted_from)):
            return None
        return helper.free_at(start, job.wanted_until, _takes(job))

    def _plan_for(self, helper: Helper, job: Job, answer: Answer, start: datetime, *, now: datetime) -> None:
        hold = _Hold(job.volunteer_id or 0, job.id, job.round)
        slot = helper.take_on(start, _takes(job))
        if answer.comes:
            said_at = slot[1]
            if answer.forgets and job.due_at is not None:
                said_at = max(said_at, job.due_at + _AFTER_NUDGE)
            self._agenda.note(said_at, lambda at: self._finish(hold, now=at))
        elif answer.gives_back:
            wait = max(int((start - now).total_seconds() * answer.chance // 60), 1)
            self._agenda.note(now + timedelta(minutes=wait), lambda at: self._give_back(hold, slot, now=at))
        else:
            self.let_down.add(job.id)

    def _finish(self, hold: _Hold, *, now: datetime) -> None:
        with self._town.database.begin() as session:
            if job := _held(session, hold):
                self.answers += 1
                heard_from(session, job.community, (job.volunteer and job.volunteer.phone) or "", now=now)
                finish_job(session, job, who=f"volunteer {hold.helper_id}", now=now)

    def _give_back(self, hold: _Hold, slot: tuple[datetime, datetime], *, now: datetime) -> None:
        with self._town.database.begin() as session:
            if job := _held(session, hold):
                self.answers += 1
                self._helpers[hold.helper_id].taken.remove(slot)
                heard_from(session, job.community, (job.volunteer and job.volunteer.phone) or "", now=now)
                release(session, job, who=f"volunteer {hold.helper_id}", now=now)


def _held(session: Session, hold: _Hold) -> Job | None:
    """The job, if it is still hers by the same yes."""
    job = session.get_one(Job, hold.job_id)
    is_hers = job.state is State.TAKEN and job.volunteer_id == hold.helper_id and job.round == hold.round
    return job if is_hers else None


def _takes(job: Job) -> timedelta:
    stops = len(job.open_stops)
    return timedelta(minutes=15 + _MINUTES_PER_STOP * stops if job.is_round else _HELP_MINUTES)
