"""One text that came in: whose it is, what it means, what is done and answered. Nothing is lost, nothing guessed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import alarms, blanks, opting, unreached
from dispatch.cries import cry
from dispatch.crowds import are_too_many, may_answer, note_unanswered
from dispatch.reaching import Somebody, somebody_at
from dispatch.telling import COLUMNS, Sentence, unsay
from models import phones
from models.kitchens import Kitchen
from models.numbers import Phone, heard_from, known_phone
from models.people import Contact, Resident, Staff, residents_at, residents_of_contact, volunteer_at
from models.places import Community
from models.traffic import OFTEN_IN, TEXTS_ANSWERED, Call, Delivery, Direction, Message, Outcome, came_since
from voice.kitchen_texts import answer_kitchen
from voice.prompts import languages
from voice.reading import opting_word
from voice.resident_texts import answer_resident
from voice.segments import segments_of
from voice.staff_texts import answer_staff
from voice.suggesting import suggestion_for
from voice.volunteering import answer_volunteer, is_for_volunteer
from voice.writing import write_back

# Somebody whom we do not know is answered at most once in this.
_UNKNOWN_ONCE = timedelta(days=1)
# Whoever writes HELP is answered once in this; a person rings in any case.
_HELP_ONCE = timedelta(hours=1)
# So many texts of one number within the hour that were nothing we understood are answered; then a person reads in
# silence. What came of such a text:
NONSENSE_ANSWERED = 3
_NO_COMMAND = frozenset({Outcome.MESSAGE.value, "refused"})


def text_comes_in(
    session: Session,
    community: Community,
    *,
    sid: str,
    sender: str,
    body: str,
    now: datetime,
    media: int = 0,
    is_practice: bool = False,
) -> Message:
    """Keep the text, and do what it says. `sender` as the carrier wrote it; the answer leaves through the outbox.

    What comes to the number for practice is read by a person: that number is for calls.
    """
    number = phones.caller_number(sender)
    message = Message(
        community_id=community.id, message_sid=sid, direction=Direction.INBOUND, phone=number or sender[:32], body=body,
        state=Delivery.RECEIVED, made_at=now, language=community.language, segments=segments_of(body),
    )  # fmt: skip
    session.add(message)
    session.flush()
    if number is None:
        message.needs_reading, message.cause = True, "unknown"
        return message
    person = somebody_at(session, community, number, now=now)
    if person is None and _is_one_of_a_crowd(session, community, number, now=now):
        message.cause = _of_a_crowd(session, community, message, now=now)
        return message
    phone = heard_from(session, community, number, now=now)
    unreached.is_reached(session, residents_at(session, community, number, now=now), now=now)
    _belongs_to(message, person, community)
    if media or not body.strip():
        message.needs_reading = True
    is_only_practice = is_practice and not opting_word(body)
    if is_only_practice:
        message.cause = _to_practice(session, community, message, phone, now=now)
    else:
        message.cause = _understand(session, community, message, phone, person, now=now)
    if message.cause != Outcome.ALARM and _is_a_cry(body):
        _hear_a_cry(session, community, message, now=now)
    if is_only_practice:
        return message
    if _is_no_command(message) and _came_in_vain(session, message, now=now) > NONSENSE_ANSWERED:
        _unsay_answers(session, message)
    if message.needs_reading:
        message.suggestion = suggestion_for(body, message.language, is_volunteer=message.volunteer_id is not None)
    return message


def keep_text(
    session: Session, community: Community, *, sid: str, sender: str, body: str, cause: str, now: datetime
) -> Message:
    """Keep a text that nothing is done about by machine: a person reads it. `cause` says why."""
    number = phones.caller_number(sender)
    message = Message(
        community_id=community.id, message_sid=sid, direction=Direction.INBOUND, phone=number or sender[:32], body=body,
        state=Delivery.RECEIVED, made_at=now, language=community.language, needs_reading=True, cause=cause,
        segments=segments_of(body),
    )  # fmt: skip
    session.add(message)
    session.flush()
    if number is not None:
        _belongs_to(message, somebody_at(session, community, number, now=now), community)
    return message


def _understand(
    session: Session,
    community: Community,
    message: Message,
    phone: Phone,
    person: Somebody | None,
    *,
    now: datetime,
) -> str:
    if word := opting_word(message.body):
        # The carrier has acted on it already; from a resident, who may have meant something else, a person looks.
        message.needs_reading = message.needs_reading or isinstance(person, Resident)
        outcome = _CARRIER[word](session, community, message, phone, now=now)
        if outcome is not None:
            return outcome
    if phone.opted_out_at is not None and isinstance(person, Resident | Contact):
        # Nothing that is done now could be answered, and whoever has the number would not get to know: a person rings.
        message.needs_reading = True
        alarms.open_callback(session, community, phone=message.phone, why="while_stopped", now=now, message=message)
        return Outcome.MESSAGE
    if (many := came_since(session, Message, community.id, message.phone, now - OFTEN_IN)) > TEXTS_ANSWERED:
        return _too_often(session, community, message, is_first=many == TEXTS_ANSWERED + 1, now=now)
    volunteer = volunteer_at(session, community, message.phone, now=now)
    if volunteer is not None and is_for_volunteer(session, volunteer, message, now=now):
        return answer_volunteer(session, community, volunteer, message, now=now)
    if isinstance(person, Resident):
        return answer_resident(session, community, message, now=now)
    if volunteer is not None:
        return answer_volunteer(session, community, volunteer, message, now=now)
    if isinstance(person, Contact):
        return answer_resident(session, community, message, now=now)
    if isinstance(person, Staff):
        return answer_staff(session, community, person, message, now=now)
    if isinstance(person, Kitchen):
        return answer_kitchen(session, community, person, message, now=now)
    message.needs_reading = True
    if person is None:
        return _stranger(session, community, message, phone, now=now)
    return Outcome.MESSAGE


def _stranger(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    alarms.open_callback(session, community, phone=message.phone, why="unknown_text", now=now, message=message)
    if _is_helped_anew(phone, _UNKNOWN_ONCE, now=now):
        _answer_stranger(session, community, message, [("unknown", {})], now=now)
    return "unknown"


def _answer_stranger(
    session: Session, community: Community, message: Message, says: list[Sentence], *, now: datetime
) -> None:
    if may_answer(session, community, message.phone, now=now):
        write_back(session, community, message.phone, says, language=message.language, now=now)


def _answer(session: Session, community: Community, message: Message, says: list[Sentence], *, now: datetime) -> None:
    """Whoever is in the book is answered; of strangers only so many."""
    if somebody_at(session, community, message.phone, now=now) is None:
        _answer_stranger(session, community, message, says, now=now)
    else:
        write_back(session, community, message.phone, says, language=message.language, now=now)


def _is_one_of_a_crowd(session: Session, community: Community, number: str, *, now: datetime) -> bool:
    """Somebody of whom we know nothing, while more such write than are answered?"""
    return known_phone(session, community, number) is None and are_too_many(session, community, number, now=now)


def _of_a_crowd(session: Session, community: Community, message: Message, *, now: datetime) -> str:
    """Kept and counted; nothing is answered, and nothing else is written down of the number. A cry for help is read by
    a person, who rings."""
    note_unanswered(session, community, now=now)
    if opting_word(message.body) == "help" or _is_a_cry(message.body):
        message.needs_reading, message.suggestion = True, "distress"
        alarms.open_callback(session, community, phone=message.phone, why="unknown_text", now=now, message=message)
    return "crowd"


def _is_a_cry(words: str) -> bool:
    """In whichever language: of a stranger we do not know it."""
    return any(suggestion_for(words, tag, is_volunteer=False) == "distress" for tag in languages())


def _hear_a_cry(session: Session, community: Community, message: Message, *, now: datetime) -> None:
    """Whatever else came of the text: it came to the number for practice, too often, or before it was known for whom of
    two. What is said of any of those for whom that number may speak is an alarm about them."""
    number = message.phone
    people = residents_at(session, community, number, now=now)
    people = people or residents_of_contact(session, community, number, now=now)
    if not people:
        _ring_whoever_helps(session, community, message, now=now)
        return
    message.cause, message.needs_reading = Outcome.ALARM, True
    cry(session, community, people, phone=number, now=now)
    said: list[Sentence] = [("not_well_noted", {"emergency": community.emergency_number})]
    write_back(session, community, message.phone, said, language=message.language, now=now)


def _ring_whoever_helps(session: Session, community: Community, message: Message, *, now: datetime) -> None:
    """A helper cries for somebody: of whom she speaks only a person can find out."""
    helper = volunteer_at(session, community, message.phone, now=now)
    if helper is not None:
        message.needs_reading = True
        alarms.open_callback(
            session, community, phone=message.phone, why="help_text", now=now, volunteer=helper, message=message
        )  # fmt: skip


def _is_no_command(message: Message) -> bool:
    return message.cause in _NO_COMMAND


def _came_in_vain(session: Session, message: Message, *, now: datetime) -> int:
    """How many texts of that number within the hour were nothing that we understood, this one among them."""
    session.flush()
    theirs = (Message.community_id == message.community_id, Message.phone == message.phone)
    vain = (Message.direction == Direction.INBOUND, Message.cause.in_(_NO_COMMAND), Message.made_at >= now - OFTEN_IN)
    return session.scalar(sa.select(sa.func.count()).select_from(Message).where(*theirs, *vain)) or 0


def _unsay_answers(session: Session, message: Message) -> None:
    """Two machines that answer each other come to rest: a person reads, and nothing is said once more."""
    message.needs_reading = True
    kinds: tuple[Any, ...] = (Message, Call)
    for kind in kinds:
        just_now = sa.select(kind).where(
            kind.community_id == message.community_id, kind.phone == message.phone, kind.made_at == message.made_at,
            kind.direction == Direction.OUTBOUND, kind.is_urgent.is_(False), kind.offer_id.is_(None),
        )  # fmt: skip
        for row in session.scalars(just_now):
            unsay(row)


def _too_often(session: Session, community: Community, message: Message, *, is_first: bool, now: datetime) -> str:
    """Two machines that answer each other would never end: from here on a person reads, and is to ring; the sender is
    told once."""
    message.needs_reading = True
    alarms.open_callback(session, community, phone=message.phone, why="many_texts", now=now, message=message)
    if is_first:
        write_back(session, community, message.phone, [("person_reads", {})], language=message.language, now=now)
    return "too_often"


def _to_practice(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    message.needs_reading = True
    if _is_helped_anew(phone, _UNKNOWN_ONCE, now=now):
        _answer(session, community, message, [("practice_by_text", {})], now=now)
    return "practice"


def _is_helped_anew(phone: Phone, once: timedelta, *, now: datetime) -> bool:
    """May this number be told once more what to do? If so, it counts as told."""
    if phone.last_helped_at is not None and now - phone.last_helped_at < once:
        return False
    phone.last_helped_at = now
    return True


def _belongs_to(message: Message, person: Somebody | None, community: Community) -> None:
    if person is not None:
        setattr(message, COLUMNS[type(person)], person.id)
        message.language = person.language


def _stop(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    """STOP and its kin: nothing more is sent there. A resident may only have meant her lunch: a person asks."""
    message.needs_reading = True  # whoever it is: staff should know whom we no longer reach
    opting.stop(session, community, phone, now=now)
    return "stop"


def _start(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    had_stopped = phone.opted_out_at is not None
    opting.start(session, community, phone, now=now)
    if had_stopped:  # else nothing is new, and whoever writes it again and again is not answered again and again
        _answer(session, community, message, [("welcome_back", {})], now=now)
    return "start"


def _yes(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> None:
    """YES is START to the carrier, and a plain answer to us: it is both."""
    opting.start(session, community, phone, now=now)


def _help(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    """HELP: the carrier has answered already; what she needs is a person."""
    message.needs_reading = True
    alarms.open_callback(
        session, community, phone=message.phone, why="help_text", now=now, resident=message.resident,
        volunteer=message.volunteer, message=message,
    )  # fmt: skip
    said: list[Sentence] = [
        ("not_emergency", {"emergency": community.emergency_number}),
        ("callback_promised", {"phone": blanks.number(message.phone)}),
    ]
    is_known = somebody_at(session, community, message.phone, now=now) is not None
    if _is_helped_anew(phone, _HELP_ONCE if is_known else _UNKNOWN_ONCE, now=now):
        _answer(session, community, message, said, now=now)
    return Outcome.CALLBACK


_CARRIER: dict[str, Callable[..., str | None]] = {"stop": _stop, "start": _start, "yes": _yes, "help": _help}
