"""The end of a call: exactly one outcome, and whoever got nothing is rung back."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import alarms, joining, unreached
from dispatch.calling import is_for_a_person
from dispatch.reaching import is_alarm, why_not_tell
from dispatch.telling import OFFERING, tell_another_way
from dispatch.truth import is_still_true
from models import phones
from models.changes import touch
from models.database import Database
from models.jobs import Channel
from models.numbers import known_phone
from models.people import residents_at
from models.traffic import Call, Delivery, Direction, Message, Outcome, minutes_of
from voice.prompts import catalog
from voice.ringing_back import RANG_OFF, RINGING_BACK, ring_back
from voice.step import is_left_half_way, is_owed_a_call
from voice.studio import left_studio
from voice.talk import Talk

# A call of ours that nobody answered is tried again after these minutes; after the last, staff are told.
RING_AGAIN_MINUTES = (10, 30)
# Whoever rings off sooner than this, without a key, wants to be rung back where the community does so.
_RANG_OFF_WITHIN = timedelta(seconds=10)
# After these nobody need ring back because an earlier call was cut off.
_SETTLES = frozenset({Outcome.ORDERED, Outcome.REQUESTED, Outcome.CHANGED, Outcome.CANCELLED, Outcome.CONNECTED})


def call_is_over(session: Session, call: Call, *, now: datetime, was_answered: bool = True) -> None:
    """The line is dead: every call ends in exactly one outcome, and whoever got nothing is rung back."""
    if call.ended_at is not None:
        return
    call.state, call.ended_at, call.due_at = Delivery.ENDED, now, None
    if is_for_a_person(call):
        touch(session, call.community_id)
    call.minutes = minutes_of(call.started_at, now) if was_answered else 0
    talk = left_studio(session, Talk.from_json(call.talk)) if call.talk else Talk()
    if call.talk:
        call.talk = talk.to_json()
    if call.direction is Direction.OUTBOUND:
        call.outcome = talk.outcome or (Outcome.UNFINISHED if was_answered else Outcome.NO_ANSWER)
        if talk.outcome is None:
            _ring_again(session, call, now=now)
        return
    if talk.outcome in _SETTLES:
        alarms.close_unfinished(session, call.community, call.phone, now=now)
    call.outcome = outcome_of(talk)
    if call.outcome is not Outcome.UNFINISHED and is_owed_a_call(talk):
        alarms.open_callback(
            session, call.community, phone=phones.caller_number(call.phone), why="asked_for_person", now=now, call=call,
            resident=call.resident, volunteer=call.volunteer,
        )  # fmt: skip
    if call.outcome is Outcome.UNFINISHED and not _is_rung_back(session, call, now=now):
        _keep_unfinished(session, call, talk, now=now)


def outcome_of(talk: Talk) -> Outcome:
    """What came of a call that ends here: one thing, and UNFINISHED is followed by a callback."""
    if talk.outcome is None or (talk.outcome is Outcome.HEARD and is_left_half_way(talk)):
        return Outcome.UNFINISHED
    return talk.outcome


def came_late(session: Session, call: Call, talk: Talk, *, now: datetime) -> None:
    """The last key arrived behind the news that the line is dead: it counts, and nobody need ring back for it."""
    before, call.outcome = call.outcome, talk.outcome.or_heavier(call.outcome) if talk.outcome else call.outcome
    call.due_at = None
    if before is Outcome.UNFINISHED and call.outcome is not before:
        alarms.close_callbacks_for(session, call, now=now, why="came_late")


def lost_calls(session: Session, now: datetime) -> list[int]:
    """Ids of calls of whose end we never heard: the carrier's last word was lost."""
    going_on = Call.state.in_((Delivery.LIVE, Delivery.SENT))
    return list(session.scalars(sa.select(Call.id).where(going_on, Call.due_at <= now).limit(100)))


def end_lost_calls(database: Database, *, now: datetime) -> int:
    """Give every such call its one outcome; returns how many there were."""
    with database.read() as session:
        lost = lost_calls(session, now)
    for call_id in lost:
        with database.begin() as session:
            call = session.scalars(sa.select(Call).where(Call.id == call_id).with_for_update(skip_locked=True)).first()
            if call is not None and call.due_at is not None and call.due_at <= now:
                call_is_over(session, call, now=now, was_answered=call.talk is not None)
    return len(lost)


def _is_rung_back(session: Session, call: Call, *, now: datetime) -> bool:
    """She has rung off before she pressed a key: where the community does so, the line rings her, at its own cost."""
    number = phones.caller_number(call.phone)
    lasted = now - (call.started_at or now)
    if not call.community.rings_back or number is None or call.turn > 1 or lasted > _RANG_OFF_WITHIN:
        return False
    hers = residents_at(session, call.community, number, now=now)
    if not hers or why_not_tell(session, hers[0], now=now):
        return False
    ring_back(session, call.community, hers[0], number, why=RANG_OFF, heard_at=now, now=now)
    return True


def _keep_unfinished(session: Session, call: Call, talk: Talk, *, now: datetime) -> None:
    # Whose number is withheld cannot be rung, but may have said something, and staff may know whom they expect.
    caller = phones.caller_number(call.phone)
    alarms.open_callback(
        session, call.community, phone=caller, why="unfinished", now=now, call=call, resident=call.resident,
        volunteer=call.volunteer, details={"place": talk.place, "picks": dict(talk.picks)},
    )  # fmt: skip


def _ring_again(session: Session, call: Call, *, now: datetime) -> None:
    if not is_still_true(session, call, now=now):
        return
    if call.cause in joining.CAUSES or call.cause in unreached.RUNG_ONCE:
        return  # whoever asked to be connected asks again
    # An alarm goes on to the next on duty instead.
    if (
        not is_alarm(call)
        and call.attempts <= len(RING_AGAIN_MINUTES)
        and (call.expires_at is None or now < call.expires_at)
    ):
        session.add(_another_try(call, due_at=_again_at(call, now=now)))
        return
    nobody_heard(session, call, now=now)


def _again_at(call: Call, *, now: datetime) -> datetime:
    """An offer is made again while it stands: whoever has only this telephone is asked as others are."""
    pause = timedelta(minutes=RING_AGAIN_MINUTES[call.attempts - 1])
    if call.cause in OFFERING and call.expires_at is not None:
        pause = min(pause, (call.expires_at - now) / 2)
    return now + pause


def lives_after_all(session: Session, call: Call) -> None:
    """A call of ours that was given up as lost, because a clock had jumped, is picked up: it will end once more, and
    the other try that was promised instead is not needed."""
    call.ended_at = call.outcome = None
    other = sa.update(Call).where(
        Call.community_id == call.community_id, Call.phone == call.phone, Call.cause == call.cause,
        Call.made_at == call.made_at, Call.id != call.id, Call.state == Delivery.QUEUED,
    )  # fmt: skip
    session.execute(other.values(state=Delivery.CANCELLED, due_at=None))


def nobody_heard(session: Session, call: Call, *, now: datetime) -> None:
    """What a call should have said was heard by nobody: it is written where that can arrive, else staff reach her."""
    call.state = Delivery.FAILED
    if _may_be_written(session, call, now=now) and tell_another_way(session, call, by=Channel.TEXT, now=now):
        return
    unreached.could_not_tell(session, call, now=now)


def _may_be_written(session: Session, call: Call, *, now: datetime) -> bool:
    """Can a text arrive there, and say it? Whoever is on duty has been texted already, and so has a kitchen where it
    can be; whoever rang wants a voice."""
    phone = known_phone(session, call.community, call.phone)
    cannot = phone is not None and (phone.cannot_text_since or phone.unreachable_since)
    is_stale = call.expires_at is not None and now >= call.expires_at
    if cannot or is_stale or call.staff_id or call.kitchen_id or call.cause in RINGING_BACK:
        return False
    if phones.is_landline(call.phone) and not _has_texted(session, call):
        return False
    words = catalog(call.language)
    return all(words.pattern(prompt, "text") for prompt, _ in call.says)


def _has_texted(session: Session, call: Call) -> bool:
    # Its owner has taken the number along to a mobile: the numbering plan does not know.
    theirs = (Message.phone == call.phone, Message.direction == Direction.INBOUND)
    rows = sa.select(Message.id).where(Message.community_id == call.community_id, *theirs).limit(1)
    return session.scalar(rows) is not None


def _another_try(call: Call, *, due_at: datetime) -> Call:
    return Call(
        community_id=call.community_id, direction=Direction.OUTBOUND, phone=call.phone, says=call.says,
        language=call.language, cause=call.cause, state=Delivery.QUEUED, is_urgent=call.is_urgent,
        may_wake=call.may_wake, made_at=call.made_at, due_at=due_at, expires_at=call.expires_at,
        attempts=call.attempts, resident_id=call.resident_id,
        volunteer_id=call.volunteer_id, contact_id=call.contact_id, staff_id=call.staff_id, kitchen_id=call.kitchen_id,
        request_id=call.request_id, job_id=call.job_id, offer_id=call.offer_id,
    )  # fmt: skip
