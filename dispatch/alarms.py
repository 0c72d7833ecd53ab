"""Alerts and callbacks: raised when a person must act, passed on while nobody answers, closed when no longer true."""

from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.blanks import Blank
from dispatch.reaching import ALARM_CAUSE, is_alarm
from dispatch.telling import tell, tell_all
from models import phones
from models.errors import Refusal
from models.jobs import Channel, Job
from models.people import Resident, Staff, Volunteer, duty_staff, residents_at
from models.places import Community
from models.prepared import prepared
from models.requests import HelpRequest
from models.tasks import CRIES, Alert, AlertKind, Callback, open_alert, open_callback_to
from models.traffic import Call, Delivery, Message, Recording

# Until when a person on duty should have said "I see it", before the next one is told.
ACKNOWLEDGE_MINUTES = 15.0
CALLBACK_MINUTES = 30.0
_REMIND_EVERY = timedelta(hours=1)
# Between two reminders of one alert there is never more than this (unless its own patience is longer).
_LONGEST_MINUTES = 60.0
# What is told only on the board: a text that says that texts do not leave would not leave; and whoever guesses from
# far away must not be able to make telephones ring.
_BOARD_ONLY = frozenset({AlertKind.CARRIER_DOWN, AlertKind.GUESSING})
# What may wake somebody at night; everything else waits for opening time.
_MAY_WAKE = frozenset({AlertKind.NOT_WELL})
# What is told by text and by call at once; of everything else a call reminds at half of its patience.
_RUNG_AT_ONCE = frozenset({AlertKind.NOT_WELL})


def raise_alert(
    session: Session,
    community: Community,
    kind: AlertKind,
    *,
    about: str,
    now: datetime,
    minutes: float = ACKNOWLEDGE_MINUTES,
    request: HelpRequest | None = None,
    job: Job | None = None,
    resident: Resident | None = None,
    **details: Blank,
) -> Alert:
    """Alarm the first person on duty; while one of that kind about that thing is open, it stays the only one."""
    if existing := open_alert(session, kind, about):
        if kind in CRIES and existing.acknowledged_at is not None:
            _tell_anew(session, community, existing, now=now)
        return existing
    alert = Alert(
        community_id=community.id, kind=kind, about=about, raised_at=now, due_at=now + timedelta(minutes=minutes),
        answer_by=community.opens_next(now) + timedelta(minutes=minutes),
        details={**details, "minutes": minutes}, request=request, job=job, resident=resident,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    _tell_next(session, community, alert, now=now)
    return alert


def _tell_anew(session: Session, community: Community, alert: Alert, *, now: datetime) -> None:
    """Whoever sees to it saw to the cry before: this one is told like the first."""
    alert.acknowledged_at, alert.due_at = None, now + _patience(alert)
    _tell_next(session, community, alert, now=now)


def open_alarm_of(session: Session, call: Call) -> int | None:
    """The alert that a call of ours to somebody on duty tells of, while it is open and can be taken on by a key."""
    alert = _open_alert_of(session, call)
    return alert.id if alert else None


def is_still_alarming(session: Session, call: Call) -> bool:
    """May a call still raise the alarm that it was promised for?

    Before it leaves: nobody has taken the alert on, and it waits for whoever is rung, of whom no later call is
    promised. Whoever has picked up may still take it on, also when the next one has been told meanwhile.
    """
    alert = _open_alert_of(session, call)
    if alert is None:
        return False
    if call.state is not Delivery.QUEUED:
        return alert.acknowledged_at is None or alert.owner_id == call.staff_id
    later = sa.select(Call).where(Call.staff_id == call.staff_id, Call.cause == call.cause, Call.id > call.id)
    is_told_anew = any(other.says == call.says for other in session.scalars(later))
    return alert.acknowledged_at is None and alert.owner_id == call.staff_id and not is_told_anew


def _open_alert_of(session: Session, row: Message | Call) -> Alert | None:
    if not is_alarm(row):
        return None
    of_kind = sa.select(Alert).where(Alert.kind == row.cause.removeprefix(ALARM_CAUSE), Alert.closed_at.is_(None))
    rows = session.scalars(of_kind.where(Alert.community_id == row.community_id).order_by(Alert.id.desc()))
    return next((alert for alert in rows if [row.cause, _said_of(alert)] in row.says), None)


def was_told(session: Session, alert: Alert, staff: Staff, *states: Delivery) -> bool:
    """Has this person been told of it by text? With `states`: by one that is in one of these."""
    texts = sa.select(Message).where(
        Message.staff_id == staff.id, Message.cause == ALARM_CAUSE + alert.kind, Message.made_at >= alert.raised_at
    )
    return any(
        [text.cause, _said_of(alert)] in text.says and (not states or text.state in states)
        for text in session.scalars(texts)
    )


def acknowledge(session: Session, alert: Alert, staff: Staff, *, now: datetime) -> None:
    """Somebody says "I see to it": it is theirs, and nobody else is told for an hour."""
    if alert.closed_at is None:
        alert.owner, alert.acknowledged_at, alert.due_at = staff, now, now + timedelta(hours=1)


def settle(session: Session, alert: Alert, *, who: str, now: datetime, why: str, was_false: bool = False) -> None:
    """Somebody says that it is settled, or that there was nothing wrong. Refuses "alert_lasts" while nobody is found:
    the request would be out of sight, and she would go on waiting."""
    if alert.lasts_until_found:
        raise Refusal("alert_lasts", code=alert.job.code if alert.job else "")
    close_alert(session, alert, who=who, now=now, why=why, was_false=was_false)


def close_alert(session: Session, alert: Alert, *, who: str, now: datetime, why: str, was_false: bool = False) -> None:
    """It is done, or no longer true; or whoever looked has found nothing wrong (`was_false`)."""
    if alert.closed_at is None:
        alert.closed_at, alert.due_at, alert.was_false = now, None, was_false
        alert.details = {**alert.details, "closed_by": who, "closed_why": why}


def mended_itself(session: Session, alert: Alert, *, now: datetime) -> None:
    """It is no longer true, and nobody need do anything."""
    close_alert(session, alert, who="clock", now=now, why="no_longer_true")


def close_alerts_about(session: Session, about: str, kinds: set[AlertKind], *, now: datetime) -> None:
    """What was wrong with that thing has mended itself."""
    for alert in session.scalars(*_open_alerts_about(about, kinds)):
        mended_itself(session, alert, now=now)


@prepared
def _open_alerts_about(about: str, kinds: set[AlertKind]) -> sa.Select[Alert]:
    return sa.select(Alert).where(Alert.about == about, Alert.kind.in_(kinds), Alert.closed_at.is_(None))


def forget(session: Session, resident: Resident, *, who: str, now: datetime, why: str) -> None:
    """Nothing need be done about her any more; who else rings from her number is still rung back."""
    hers = sa.select(HelpRequest.id).where(HelpRequest.resident_id == resident.id)
    about = sa.or_(Alert.resident_id == resident.id, Alert.request_id.in_(hers))
    for alert in session.scalars(sa.select(Alert).where(Alert.closed_at.is_(None), about)):
        close_alert(session, alert, who=who, now=now, why=why)
    to_her = sa.select(Callback).where(Callback.closed_at.is_(None), Callback.resident_id == resident.id)
    for callback in session.scalars(to_her):
        others = residents_at(session, resident.community, callback.phone, now=now) if callback.phone else []
        callback.resident = others[0] if len(others) == 1 else None
        if callback.why == "unfinished" or (callback.phone in (resident.phone, resident.other_phone) and not others):
            _close(callback, now=now, why=why)


def pass_on(session: Session, alert: Alert, *, now: datetime) -> None:
    """Nobody has said that they see to it: tell the next person on duty, and begin anew after the last."""
    community = session.get_one(Community, alert.community_id)
    alert.acknowledged_at = None
    if community.is_quiet(now) and alert.kind not in _MAY_WAKE:
        # What was written at night leaves in the morning: from then on she has her time to answer.
        is_to_leave = alert.owner is not None and was_told(session, alert, alert.owner, Delivery.QUEUED)
        alert.due_at = community.after_quiet(now) + (_patience(alert) if is_to_leave else timedelta())
        return
    # Everybody on duty has been told once: from then on more and more slowly, never more than an hour apart.
    rounds = alert.told // max(len(duty_staff(session, community)), 1)
    minutes = _patience(alert) / timedelta(minutes=1)
    alert.due_at = now + timedelta(minutes=min(minutes * 2 ** min(rounds, 6), max(minutes, _LONGEST_MINUTES)))
    _tell_next(session, community, alert, now=now)


def open_callback(
    session: Session,
    community: Community,
    *,
    phone: str | None,
    why: str,
    now: datetime,
    resident: Resident | None = None,
    volunteer: Volunteer | None = None,
    call: Call | None = None,
    message: Message | None = None,
    recording: Recording | None = None,
    details: dict[str, Any] | None = None,
) -> Callback:
    """A task to ring somebody. One that is open for the same number is added to, not doubled."""
    existing = open_callback_to(session, community.id, phone) if phone else None
    if existing is not None:
        also = {"also": why} if existing.why not in (why, "unfinished") else {}
        again = int(existing.details.get("again", 0)) + 1
        existing.details = {**existing.details, **(details or {}), **also, "again": again}
        existing.why = why if existing.why == "unfinished" else existing.why
        existing.recording = recording or existing.recording
        existing.message = message or existing.message
        return existing
    answer_by = community.opens_next(now) + timedelta(minutes=CALLBACK_MINUTES)
    callback = Callback(
        community_id=community.id, phone=phone, why=why, opened_at=now,
        due_at=answer_by, answer_by=answer_by, resident=resident,
        volunteer=volunteer, call=call, message=message, recording=recording, details=details or {},
    )  # fmt: skip
    session.add(callback)
    session.flush()
    return callback


def close_callback(session: Session, callback: Callback, *, staff: Staff, now: datetime, why: str) -> None:
    """Somebody has rung, or it is settled otherwise. The text that asked for it counts as read."""
    if callback.closed_at is None:
        callback.closed_by = staff
        _close(callback, now=now, why=why)
    if callback.message is not None and callback.message.seen_at is None:
        callback.message.seen_at, callback.message.seen_by = now, f"staff {staff.id}"


def close_callbacks_for(session: Session, call: Call, *, now: datetime, why: str) -> None:
    """What that call had left to be done is done."""
    mine = sa.select(Callback).where(Callback.call_id == call.id, Callback.closed_at.is_(None))
    for callback in session.scalars(mine):
        _close(callback, now=now, why=why)


def unfinished_call_of(session: Session, community: Community, phone: str, *, since: datetime) -> dict[str, Any] | None:
    """What was being said in the last call from that number when it was cut off, while nobody has rung back."""
    callback = open_callback_to(session, community.id, phone)
    if callback is None or callback.why != "unfinished" or callback.opened_at < since:
        return None
    return callback.details


def close_unfinished(session: Session, community: Community, phone: str, *, now: datetime) -> None:
    """She has rung again and it came to something: nobody need ring because the call before was cut off."""
    callback = open_callback_to(session, community.id, phone)
    if callback is not None and callback.why == "unfinished":
        _close(callback, now=now, why="called_again")


def remind_of_callbacks(session: Session, callback: Callback, *, now: datetime) -> None:
    """Nobody has rung yet: whoever is on duty is told, in turn, of all who wait in one text."""
    community = session.get_one(Community, callback.community_id)
    waiting = [c for c in open_tasks(session, community)[1] if c.due_at is not None and c.due_at <= now]
    on_duty = duty_staff(session, community)
    if on_duty and community.is_staffed(now):
        # Whom we know first: nobody who withholds a number may hide who waits.
        first = sorted(waiting, key=lambda one: (one.resident is None, one.phone is None))
        names = [c.resident.name if c.resident else phones.national(c.phone) if c.phone else "?" for c in first[:5]]
        staff = on_duty[callback.reminders % len(on_duty)]
        listed = {"$list": names}
        tell(
            session,
            staff,
            "callback_waiting",
            now=now,
            count=len(waiting),
            names=listed,
            expires_at=now + _REMIND_EVERY,
        )
    for each in waiting:
        each.reminders += 1
        each.due_at = community.opens_next(now + _REMIND_EVERY)


def has_spoken(session: Session, community: Community, phone: str, *, now: datetime) -> None:
    """Somebody of the staff has just spoken with this number: nobody need ring back."""
    mine = sa.select(Callback).where(
        Callback.community_id == community.id, Callback.phone == phone, Callback.closed_at.is_(None)
    )
    for callback in session.scalars(mine):
        _close(callback, now=now, why="spoken")


def open_tasks(session: Session, community: Community) -> tuple[list[Alert], list[Callback]]:
    """What a person must do now, the oldest first: open alerts, open callbacks."""
    alerts = session.scalars(
        sa.select(Alert).where(Alert.community_id == community.id, Alert.closed_at.is_(None)).order_by(Alert.raised_at)
    )
    callbacks = session.scalars(
        sa.select(Callback)
        .where(Callback.community_id == community.id, Callback.closed_at.is_(None))
        .order_by(Callback.opened_at)
    )
    return list(alerts), list(callbacks)


def due_alerts(session: Session, now: datetime, *, most: int = 100) -> list[int]:
    """Ids of alerts that nobody has acknowledged in time."""
    return list(session.scalars(*_due_alerts(now, most)))


@prepared
def _due_alerts(now: datetime, most: int) -> sa.Select[int]:
    return sa.select(Alert.id).where(Alert.closed_at.is_(None), Alert.due_at <= now).limit(most)


def due_callbacks(session: Session, now: datetime, *, most: int = 100) -> list[int]:
    """Ids of callbacks that have waited too long."""
    return list(session.scalars(*_due_callbacks(now, most)))


@prepared
def _due_callbacks(now: datetime, most: int) -> sa.Select[int]:
    return sa.select(Callback.id).where(Callback.closed_at.is_(None), Callback.due_at <= now).limit(most)


def _close(callback: Callback, *, now: datetime, why: str) -> None:
    callback.closed_at, callback.due_at = now, None
    callback.details = {**callback.details, "closed_why": why}


def _tell_next(session: Session, community: Community, alert: Alert, *, now: datetime) -> None:
    on_duty = duty_staff(session, community)
    if not on_duty:
        return
    alert.owner = on_duty[alert.told % len(on_duty)]
    alert.told += 1
    if alert.kind in _BOARD_ONLY:
        return
    told = _tell_owner(session, community, alert, now=now)
    if isinstance(told, Message):
        _ring_owner(session, community, alert, is_texted=told.due_at is not None, now=now)


def _ring_owner(session: Session, community: Community, alert: Alert, *, is_texted: bool, now: datetime) -> None:
    """Whoever does not answer a text, or gets none, is rung; whoever can only be rung has been rung already."""
    call = _tell_owner(session, community, alert, by=Channel.CALL, now=now)
    if call.due_at is not None and is_texted and alert.kind not in _RUNG_AT_ONCE:
        call.due_at += _patience(alert) / 2


def _tell_owner(
    session: Session, community: Community, alert: Alert, *, by: Channel | None = None, now: datetime
) -> Message | Call:
    return tell_all(
        session, cast(Staff, alert.owner), [(ALARM_CAUSE + alert.kind, _said_of(alert)), ("alert_answer", {})], now=now,
        is_urgent=True, may_wake=alert.kind in _MAY_WAKE, about=alert.request or alert.job,
        expires_at=_stale_at(community, alert, now=now), by=by,
    )  # fmt: skip


def _patience(alert: Alert) -> timedelta:
    return timedelta(minutes=float(alert.details.get("minutes", ACKNOWLEDGE_MINUTES)))


def _said_of(alert: Alert) -> dict[str, Blank]:
    return {key: value for key, value in alert.details.items() if key not in ("minutes", "closed_by", "closed_why")}


def _stale_at(community: Community, alert: Alert, *, now: datetime) -> datetime:
    """When the next one is told, this text is stale; but one that is written at night is read in the morning."""
    return max(alert.due_at or now, community.after_quiet(now)) + timedelta(minutes=5)
