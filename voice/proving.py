"""What only she may hear: she is rung at the number on file. What was done from a call that showed it, she is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.reaching import channel_to, why_not_tell
from dispatch.telling import Sentence, tell, tell_all
from models.errors import Refusal
from models.jobs import Channel
from models.people import Contact, Resident, Volunteer
from models.places import Community
from models.traffic import Call, Direction, Message, Outcome
from voice.certainty import DONE, Certainty, Told
from voice.doing import Doing, Done

# The prompts with which such calls and texts begin.
YOURS, TOLD_OF_CALL = "yours_asked", "told_of_call"
# Whoever only shows her number could have her telephone ring on and on.
_MOST_A_DAY = 3
# She has asked for it just now; after that she has gone away from the telephone.
_KEEPS = timedelta(minutes=15)
# Until then she is still speaking with us, or putting the receiver down.
_AFTER_THE_CALL = timedelta(minutes=2)
# So long it makes sense to tell her of it.
_TOLD_HOURS = 4


def ring_for_you(session: Session, doing: Doing) -> Done:
    """Ring her at the number on file; whoever presses 1 there hears who comes, the word at the door, what is written
    about her. Raises Refusal where that telephone is not to be rung now."""
    resident = doing.someone()
    if doing.contact_id is not None or why_not_tell(session, resident, now=doing.now):
        raise Refusal("yours_not")
    if doing.community.is_quiet(doing.now):
        raise Refusal("yours_by_day")
    if _rung_today(session, resident, now=doing.now) >= _MOST_A_DAY:
        raise Refusal("yours_not")
    tell(session, resident, YOURS, now=doing.now, by=Channel.CALL, is_urgent=True, expires_at=doing.now + _KEEPS)
    return Done((("yours_coming", {}),), Outcome.ANSWERED)


def tell_her_number(session: Session, deed: str, doing: Doing, done: Done) -> None:
    """Something was taken away in a call that only showed her number, or by a text that is not answered there: the
    number on file gets to know, as the table of deeds says."""
    resident, told = doing.resident, DONE[deed].told
    if resident is None or told is Told.NO:
        return
    is_texted = channel_to(session, doing.community, resident.phone or "") is Channel.TEXT
    is_shown = doing.call is not None and doing.talk.certainty <= Certainty.SHOWN
    # The answer to a contact's text goes to the contact; that to a telephone that takes no texts may reach nobody.
    is_answered_elsewhere = doing.call is None and (doing.contact_id is not None or not is_texted)
    if not is_shown and not is_answered_elsewhere:
        return
    if (is_texted or told is Told.ALWAYS) and not why_not_tell(session, resident, now=doing.now):
        promised = _tell_unasked(session, doing, resident, [_who_rang(session, doing), *done.says])
        if promised.due_at is not None and isinstance(promised, Call):
            promised.due_at = max(promised.due_at, doing.now + _AFTER_THE_CALL)


def tell_of_her_yes(session: Session, doing: Doing, kept: Sentence) -> None:
    """A call that only showed her number was taken for her yes: a text there says what is kept of her, so that whoever
    did not call can say so."""
    person = doing.resident or doing.volunteer
    if person is None or doing.call is None or doing.talk.certainty > Certainty.SHOWN:
        return
    is_texted = channel_to(session, doing.community, person.phone or "") is Channel.TEXT
    if is_texted and not why_not_tell(session, person, now=doing.now):
        _tell_unasked(session, doing, person, [(TOLD_OF_CALL, {}), kept])


def _tell_unasked(
    session: Session, doing: Doing, person: Resident | Volunteer, says: Sequence[Sentence]
) -> Message | Call:
    """To the number on file, with what whoever did not do it answers."""
    return tell_all(
        session, person, [*says, ("not_you", {})], now=doing.now, expires_at=doing.now + timedelta(hours=_TOLD_HOURS)
    )


def _who_rang(session: Session, doing: Doing) -> Sentence:
    contact = session.get(Contact, doing.contact_id) if doing.contact_id else None
    return ("told_of_contact", {"name": contact.given_name}) if contact else (TOLD_OF_CALL, {})


def _rung_today(session: Session, resident: Resident, *, now: datetime) -> int:
    community: Community = resident.community
    today = community.local(now).date()
    begins, ends = community.within_days(today, today)
    calls = sa.select(sa.func.count(Call.id)).where(
        Call.resident_id == resident.id, Call.direction == Direction.OUTBOUND, Call.cause == YOURS,
        Call.made_at >= begins, Call.made_at < ends,
    )  # fmt: skip
    return int(session.scalar(calls) or 0)
