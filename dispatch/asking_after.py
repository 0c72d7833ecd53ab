"""Residents are asked afterwards: whether it has come, only where that is doubtful; whether it was good, only a few.

Nobody is asked the same thing about one request twice, and nobody whether it was good more often than once in a month.
"""

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from dispatch.reaching import why_not_tell
from dispatch.saying import what
from dispatch.telling import tell
from models.people import Resident
from models.questions import Asked, Question, last_question, question_about
from models.requests import HelpRequest
from models.traffic import Call, Message

# The prompts by which something is asked that 1 and 2 answer.
QUESTIONS = {"has_it_come": Asked.HAS_COME, "has_been_there": Asked.HAS_COME, "was_it_good": Asked.WAS_GOOD}
# Nobody is asked while she eats or sleeps whether it was good: in the afternoon, and not within the hour.
_ASKED_AT, _NOT_WITHIN = time(16), timedelta(hours=1)
_NOT_AGAIN_WITHIN = timedelta(days=30)
# A question that nobody answers is forgotten.
_HAS_COME_KEEPS, _WAS_GOOD_KEEPS = timedelta(hours=2), timedelta(hours=3)


def ask_whether_it_came(session: Session, request: HelpRequest, *, now: datetime) -> None:
    """Whoever has it does not say what became of it: she is asked, once. In quiet hours she is left in peace."""
    if request.community.is_quiet(now) or question_about(session, request, Asked.HAS_COME) is not None:
        return
    holder = request.job.volunteer if request.job else None
    if holder is None or why_not_tell(session, request.resident, now=now):
        return
    _note(session, request, Asked.HAS_COME, at=now)
    tell(
        session, request.resident, "has_it_come" if request.is_meal else "has_been_there", now=now, about=request,
        what=what(request), helper=holder.helper_name, expires_at=now + _HAS_COME_KEEPS,
    )  # fmt: skip


def ask_a_few(session: Session, request: HelpRequest, *, now: datetime) -> None:
    """It is done. One in so many (a setting; 0: nobody) is asked later whether it was good."""
    every, resident = request.community.asked_whether_good_every, request.resident
    if not every or request.code % every or _was_asked_lately(session, resident, now=now):
        return
    if question_about(session, request, Asked.WAS_GOOD) is not None or why_not_tell(session, resident, now=now):
        return
    at = request.community.next_at(_ASKED_AT, now + _NOT_WITHIN)
    _note(session, request, Asked.WAS_GOOD, at=at)
    promised = tell(
        session, resident, "was_it_good", now=now, about=request, what=what(request), expires_at=at + _WAS_GOOD_KEEPS
    )
    promised.due_at = request.community.after_quiet(at)


def question_of(session: Session, row: Message | Call) -> Question | None:
    """What that text or call asks; None: nothing."""
    request = session.get(HelpRequest, row.request_id) if row.cause in QUESTIONS and row.request_id else None
    return question_about(session, request, QUESTIONS[row.cause]) if request is not None else None


def _was_asked_lately(session: Session, resident: Resident, *, now: datetime) -> bool:
    return last_question(session, [resident.id], since=now - _NOT_AGAIN_WITHIN) is not None


def _note(session: Session, request: HelpRequest, kind: Asked, *, at: datetime) -> None:
    session.add(Question(
        community_id=request.community_id, request=request, resident=request.resident, kind=kind, asked_at=at
    ))  # fmt: skip
