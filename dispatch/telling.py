"""Promised texts and calls: written in the transaction of the decision they tell of, sent later by the outbox.

Knows no carrier and no language: a row holds prompts and their blanks, and the person they are for.
"""

import re
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.blanks import Blank
from dispatch.reaching import (
    ANSWER_MINUTES,
    Somebody,
    channel_by,
    channel_to,
    community_of_person,
    is_rung_all_the_same,
    may_leave_at,
    somebody_at,
    what_hinders,
    why_not_write,
)
from models.errors import Refusal
from models.jobs import Channel, Job, Offer
from models.kitchens import Kitchen
from models.numbers import known_phone, new_phone, phone_of
from models.people import Contact, Resident, Staff, Volunteer, residents_at
from models.places import Community
from models.prepared import prepared
from models.requests import HelpRequest
from models.traffic import Call, Delivery, Direction, Message

# A text that nobody asked for any more is not worth sending.
TEXT_KEEPS_HOURS = 24

# The prompts by which a job is offered.
OFFERING = ("offer", "offer_round")

# A link cannot be said by telephone.
_ONLY_BY_TEXT = frozenset({"invitation"})

Sentence = tuple[str, dict[str, Blank]]
# Which column of a text or call says whose it is.
COLUMNS: dict[type, str] = {
    Resident: "resident_id", Volunteer: "volunteer_id", Contact: "contact_id", Staff: "staff_id", Kitchen: "kitchen_id",
}  # fmt: skip
About = HelpRequest | Job | Offer | None
_Row = TypeVar("_Row", Message, Call)


def kind_of(person: Somebody) -> str:
    """What somebody is, in one word: "resident"."""
    return COLUMNS[type(person)].removesuffix("_id")


def named(person: Somebody) -> str:
    """How histories and alerts name somebody: "resident 3"."""
    return f"{kind_of(person)} {person.id}"


def is_of(kind: Any, person: Somebody) -> sa.ColumnElement[bool]:
    """Which rows of a table say that they are of that person."""
    return cast(sa.ColumnElement[bool], getattr(kind, COLUMNS[type(person)]) == person.id)


def tell(
    session: Session,
    person: Somebody,
    prompt: str,
    *,
    now: datetime,
    about: About = None,
    is_urgent: bool = False,
    may_wake: bool = False,
    expires_at: datetime | None = None,
    by: Channel | None = None,
    **blanks: Blank,
) -> Message | Call:
    """Promise somebody one sentence, by text or call as their telephone allows (see tell_all)."""
    return tell_all(
        session, person, [(prompt, blanks)], now=now, about=about, is_urgent=is_urgent, may_wake=may_wake,
        expires_at=expires_at, by=by,
    )  # fmt: skip


def tell_all(
    session: Session,
    person: Somebody,
    sentences: list[Sentence],
    *,
    now: datetime,
    about: About = None,
    is_urgent: bool = False,
    may_wake: bool = False,
    expires_at: datetime | None = None,
    by: Channel | None = None,
) -> Message | Call:
    """Promise somebody several sentences in one text or call.

    What must not be sent (not enrolled, opted out, no phone) is kept as a cancelled row with the reason in
    `error_code`, so that staff see whom nobody told.
    """
    community = community_of_person(person)
    number = person.phone or ""
    known = known_phone(session, community, number) if number else None
    hindrance = what_hinders(person, known, now=now)
    channel = by or (Channel.TEXT if hindrance else channel_by(number, known))
    make: type[Any] = Message if channel is Channel.TEXT else Call
    row: Message | Call = _promise(make, community, number, sentences, person.language, now=now)
    if isinstance(person, Resident) and len(residents_at(session, community, number, now=now)) > 1:
        row.says = [["for_name", {"name": person.given_name}], *row.says]
    row.is_urgent, row.may_wake = is_urgent, may_wake
    row.expires_at = expires_at or now + timedelta(hours=TEXT_KEEPS_HOURS)
    _address(row, person)
    _concern(row, about)
    if hindrance and not (hindrance == "opted_out" and is_rung_all_the_same(row)):
        row.state, row.error_code, row.due_at = Delivery.CANCELLED, hindrance, None
    else:
        phone = known or new_phone(session, community, number)
        row.due_at = may_leave_at(community, phone, may_wake=may_wake, now=now)
    session.add(row)
    return row


def tell_another_way(session: Session, row: Message | Call, *, by: Channel, now: datetime) -> Message | Call | None:
    """The same once more, as a call or a text, because it could not be told as it was; None: to nobody we know, or
    nothing that can be told otherwise."""
    if row.cause in _ONLY_BY_TEXT:
        return None
    community = session.get_one(Community, row.community_id)
    named = row.resident or row.volunteer or row.contact or row.staff or row.kitchen
    person = named or somebody_at(session, community, row.phone, now=now)  # answers go to a number, whoever has it
    if person is None:
        return None
    offer = session.get(Offer, row.offer_id) if row.offer_id else None
    if offer is not None and row.cause in OFFERING:
        offer.channel = by
    said = [(prompt, dict(values)) for prompt, values in row.says if prompt != "for_name"]  # it is said anew
    again = tell_all(session, person, said, now=now, is_urgent=row.is_urgent, expires_at=row.expires_at, by=by)
    again.request_id, again.job_id, again.offer_id = row.request_id, row.job_id, row.offer_id
    return again


def answer_text(
    session: Session, community: Community, number: str, sentences: list[Sentence], *, language: str, now: datetime
) -> Message | Call:
    """Promise an answer to a text that has just come from this number, whoever it is; a landline is rung."""
    make: type[Any] = Message if channel_to(session, community, number) is Channel.TEXT else Call
    row: Message | Call = _promise(make, community, number, sentences, language, now=now)
    # A text that shows the number of a landline at night may be anybody's: that telephone is rung in the morning.
    row.due_at = now if make is Message else community.after_quiet(now)
    row.expires_at = row.due_at + timedelta(minutes=ANSWER_MINUTES)
    if phone_of(session, community, number).opted_out_at:
        row.state, row.error_code, row.due_at = Delivery.CANCELLED, "opted_out", None
    session.add(row)
    return row


def write_words(
    session: Session, community: Community, phone: str, words: str, *, who: str, now: datetime, about: About = None
) -> Message | Call:
    """Free words of the staff to a number that is in the book or has written to us; they leave through the outbox."""
    if reason := why_not_write(session, community, phone, now=now):
        raise Refusal(reason)
    person = somebody_at(session, community, phone, now=now)
    row = answer_text(
        session, community, phone, [("from_staff", {"words": words.strip()[:1000]})],
        language=person.language if person else community.language, now=now,
    )  # fmt: skip
    row.due_at = may_leave_at(community, phone_of(session, community, phone), may_wake=False, now=now)
    row.expires_at = now + timedelta(hours=TEXT_KEEPS_HOURS)
    if isinstance(row, Message):
        row.written_by = who
    if person:
        _address(row, person)
    _concern(row, about)
    return row


def take_back(session: Session, *, offer: Offer) -> bool:
    """Take back the promised offer if it has not left; True if it had left already, so that a thank-you is due."""
    rows: list[Message | Call] = [
        *session.scalars(*_texts_that_offer(offer.id)),
        *session.scalars(*_calls_that_offer(offer.id)),
    ]
    for row in rows:
        unsay(row)
    return any(row.state is not Delivery.CANCELLED for row in rows)


def unsay(row: Message | Call) -> None:
    """What has not left yet does not leave."""
    if row.state is Delivery.QUEUED and row.attempts == 0:
        row.state, row.due_at, row.error_code = Delivery.CANCELLED, None, "withdrawn"


@prepared
def _texts_that_offer(offer_id: int) -> sa.Select[Message]:
    return sa.select(Message).where(Message.offer_id == offer_id, Message.cause.in_(OFFERING))


@prepared
def _calls_that_offer(offer_id: int) -> sa.Select[Call]:
    return sa.select(Call).where(Call.offer_id == offer_id, Call.cause.in_(OFFERING))


def withdraw_promises(session: Session, person: Resident | Volunteer) -> None:
    """Of what was promised to somebody who is here no more nothing leaves; nor, at their number, what names them."""
    numbers = [number for number in (person.phone, person.other_phone) if number]
    kinds: tuple[Any, ...] = (Message, Call)
    for kind in kinds:
        waiting = sa.select(kind).where(
            kind.community_id == person.community_id, kind.direction == Direction.OUTBOUND,
            kind.state == Delivery.QUEUED, sa.or_(_is_theirs(kind, person), kind.phone.in_(numbers)),
        )  # fmt: skip
        theirs = set(session.scalars(waiting.where(_is_theirs(kind, person)).with_only_columns(kind.id)))
        for row in session.scalars(waiting):
            if row.id in theirs or _is_named(person.given_name, row.says):
                row.state, row.due_at, row.error_code = Delivery.CANCELLED, None, "withdrawn"


def _is_theirs(kind: Any, person: Resident | Volunteer) -> Any:
    """Told to them; to a resident's contacts; to staff about what she had asked for."""
    if isinstance(person, Volunteer):
        return is_of(kind, person)
    contacts = sa.select(Contact.id).where(Contact.resident_id == person.id)
    requests = sa.select(HelpRequest.id).where(HelpRequest.resident_id == person.id)
    of_staff = sa.and_(kind.staff_id.is_not(None), kind.request_id.in_(requests))
    return sa.or_(kind.resident_id == person.id, kind.contact_id.in_(contacts), of_staff)


def _is_named(name: str, said: Any) -> bool:
    """Does that name stand by itself in a blank of these sentences, as deep as it may be?"""
    if isinstance(said, dict):
        return any(_is_named(name, value) for value in said.values())
    if isinstance(said, list):
        return any(_is_named(name, value) for value in said)
    return re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", str(said)) is not None


def _promise(
    kind: type[_Row],
    community: Community,
    number: str,
    sentences: list[Sentence],
    language: str,
    *,
    now: datetime,
) -> _Row:
    return kind(
        community_id=community.id,
        direction=Direction.OUTBOUND,
        phone=number,
        says=[[prompt, blanks] for prompt, blanks in sentences],
        cause=sentences[0][0] if sentences else "",
        language=language,
        state=Delivery.QUEUED,
        made_at=now,
    )


def _address(row: Message | Call, person: Somebody) -> None:
    setattr(row, COLUMNS[type(person)], person.id)


def _concern(row: Message | Call, about: About) -> None:
    if isinstance(about, HelpRequest):
        row.request_id, row.job_id = about.id, about.job_id
    elif isinstance(about, Job):
        row.job_id = about.id
    elif isinstance(about, Offer):
        row.offer_id, row.job_id = about.id, about.job_id
