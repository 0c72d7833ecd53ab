"""What a resident is asked about a request afterwards: each thing once, and never anybody often."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, belongs_to, one_of
from models.people import Resident
from models.prepared import prepared
from models.requests import HelpRequest


class Asked(StrEnum):
    """What is asked."""

    HAS_COME = "has_come"  # where the delivery is doubtful
    WAS_GOOD = "was_good"  # of a few, after it is done


class Question(Base):
    """One question to one resident; answered once, or never."""

    __tablename__ = "questions"
    __table_args__ = (sa.UniqueConstraint("request_id", "kind"),)

    community_id: Mapped[int] = belongs_to("communities")
    request_id: Mapped[int] = belongs_to("help_requests", index=False)
    resident_id: Mapped[int] = belongs_to("residents")
    kind: Mapped[Asked] = mapped_column(one_of(Asked))
    asked_at: Mapped[datetime]  # when it leaves
    is_yes: Mapped[bool | None]
    answered_at: Mapped[datetime | None]

    request: Mapped[HelpRequest] = relationship()
    resident: Mapped[Resident] = relationship()


def question_about(session: Session, request: HelpRequest, kind: Asked) -> Question | None:
    """That question about that request, if it was asked."""
    return session.scalars(*_question_about(request.id, kind)).one_or_none()


@prepared
def _question_about(request_id: int, kind: Asked) -> sa.Select[Question]:
    return sa.select(Question).where(Question.request_id == request_id, Question.kind == kind)


def last_question(session: Session, resident_ids: list[int], *, since: datetime) -> Question | None:
    """The latest question that any of them was asked since then, answered or not."""
    return session.scalars(*_last_question(resident_ids, since)).first()


@prepared
def _last_question(resident_ids: list[int], since: datetime) -> sa.Select[Question]:
    theirs = sa.select(Question).where(Question.resident_id.in_(resident_ids), Question.asked_at >= since)
    return theirs.order_by(Question.asked_at.desc(), Question.id.desc()).limit(1)
