"""What a resident's yes or no to a question of ours does. A no is never left at that: a person sees to it."""

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.alarms import close_alerts_about, open_callback
from dispatch.history import note
from dispatch.working import finish, miss_it
from models.lifecycle import State
from models.questions import Asked, Question
from models.tasks import AlertKind


def answer(session: Session, question: Question, *, is_yes: bool, who: str, now: datetime) -> None:
    """Note her answer, and do what follows from it. Whoever has answered before has answered."""
    if question.answered_at is None:
        question.is_yes, question.answered_at = is_yes, now
        _FOLLOWS[question.kind](session, question, who=who, now=now)


def _has_come(session: Session, question: Question, *, who: str, now: datetime) -> None:
    """Her yes is worth the volunteer's "done"; her no is what she would say at 3, 4."""
    request = question.request
    if not question.is_yes:
        miss_it(session, request, who=who, now=now)
    elif request.state is State.TAKEN:
        note(session, request, "has_come", who=who, now=now)
        finish(session, request, who=who, now=now)
    else:
        close_alerts_about(session, f"request {request.id}", {AlertKind.NOT_COME}, now=now)


def _was_good(session: Session, question: Question, *, who: str, now: datetime) -> None:
    request = question.request
    note(session, request, "was_good" if question.is_yes else "was_not_good", who=who, now=now)
    if not question.is_yes:
        open_callback(
            session, request.community, phone=question.resident.phone, why="was_not_good", now=now,
            resident=question.resident,
        )  # fmt: skip


_FOLLOWS = {Asked.HAS_COME: _has_come, Asked.WAS_GOOD: _was_good}
