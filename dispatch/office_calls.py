"""Staff ring somebody through the line: her own telephone rings first, and a key puts her through.

One such call at a time for each of the staff; while it has not left it can be taken back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.blanks import Blank
from dispatch.joining import CALL_KEEPS, OFFICE, Pair, why_not_reach, why_not_ring
from dispatch.reaching import Somebody, why_not_tell
from dispatch.saying import what, what_job
from dispatch.telling import COLUMNS, Sentence, named, tell_all
from models.changes import touch
from models.errors import Refusal
from models.jobs import Channel, Job
from models.people import Contact, Resident, Staff, Volunteer, contact_at, residents_at, volunteer_at
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Call, Delivery

# Nobody is asked how she is in less.
A_MOMENT = timedelta(seconds=12)
_GOES_ON = (Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN, Delivery.SENT, Delivery.LIVE)
_TASKS: dict[str, type[Callback] | type[Alert]] = {"callback": Callback, "alert": Alert}


@dataclass(frozen=True)
class Wish:
    """Whom one of the staff wants to speak with: somebody of the book, or whoever is to be rung back; and why."""

    person: Resident | Volunteer | Contact | None = None
    thing: HelpRequest | Job | None = None
    task: Callback | Alert | None = None


def ring(session: Session, staff: Staff, wish: Wish, *, now: datetime) -> Call:
    """Promise her own telephone a call in which a key puts her through. Refuses "ring_…", which says why not."""
    # Whoever presses twice at the same moment waits here for her first press.
    session.refresh(staff, with_for_update={"key_share": True})
    pair = pair_of(session, staff, wish, now=now)
    if why_not_tell(session, staff, now=now):
        raise Refusal("ring_own_telephone")
    if call_of(session, staff, now=now) is not None:
        raise Refusal("ring_one_at_a_time")
    if not pair.is_true:
        raise Refusal("too_late")
    if why := why_not_ring(session, pair, now=now):
        raise Refusal(f"ring_{why}", name=pair.name)
    row = tell_all(
        session, staff, _said(pair, wish), now=now, is_urgent=True, expires_at=now + CALL_KEEPS, by=Channel.CALL,
        may_wake=True, about=wish.thing,  # she is awake: it is she who asks for it
    )  # fmt: skip
    if not isinstance(row, Call):
        raise TypeError("a call was promised")
    if pair.other is not None and not isinstance(pair.other, Staff):
        setattr(row, COLUMNS[type(pair.other)], pair.other.id)
    session.flush()
    return row


def take_back(session: Session, call: Call) -> None:
    """Do not ring after all. Refuses "ring_has_left" when it rings already."""
    waits = sa.update(Call).where(Call.id == call.id, Call.cause == OFFICE, Call.state == Delivery.QUEUED)
    taken = session.execute(waits.values(state=Delivery.CANCELLED, due_at=None, error_code="withdrawn"))
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Refusal("ring_has_left")
    touch(session, call.community_id)


def call_of(session: Session, staff: Staff, *, now: datetime) -> Call | None:
    """The one of hers that waits to leave, rings, or goes on."""
    hers = sa.select(Call).where(Call.staff_id == staff.id, Call.community_id == staff.community_id)
    return session.scalars(hers.where(*_going_on(now)).order_by(Call.id.desc()).limit(1)).first()


def waiting_calls(session: Session, community: Community, *, now: datetime) -> list[Call]:
    """Those of all staff that wait to leave: they can be taken back."""
    theirs = sa.select(Call).where(Call.community_id == community.id, Call.state == Delivery.QUEUED, *_going_on(now))
    return list(session.scalars(theirs.order_by(Call.id)))


def from_office(session: Session, call: Call, about: int, *, now: datetime) -> Pair | None:
    """What such a call is for, as it stands now: from her telephone on file alone."""
    staff = call.staff
    if call.cause != OFFICE or call.id != about or staff is None:
        return None
    thing = session.get(HelpRequest, call.request_id) if call.request_id else None
    job = session.get(Job, call.job_id) if call.job_id and thing is None else None
    wish = Wish(call.resident or call.volunteer or call.contact, thing or job, _task_of(session, call))
    return pair_of(session, staff, wish, mine=call.phone, now=now)


def pair_of(session: Session, staff: Staff, wish: Wish, *, now: datetime, mine: str | None = None) -> Pair:
    """Who is put through to whom. `mine` is the telephone that was rung for it; it may not be hers any more."""
    callback = wish.task if isinstance(wish.task, Callback) else None
    number = callback.phone if callback is not None else wish.person.phone if wish.person is not None else None
    home = residents_at(session, staff.community, number, now=now) if number else []
    other = _owner(session, callback, home, now=now) if callback is not None else wish.person
    is_of_home = isinstance(other, Resident) or (other is None and bool(home))
    return Pair(
        staff.community, named(staff), mine or staff.phone, other, number, _name(other, home, number),
        named(other) if other is not None else named_task(wish.task), _whisper(other, is_of_home=is_of_home),
        asks_key=not is_of_home, thing=wish.thing, is_asked_for=callback is not None,
        is_true=staff.is_active and mine in (None, staff.phone) and _is_still_to_do(wish),
    )  # fmt: skip


def why_not_call(session: Session, staff: Staff, wish: Wish, *, now: datetime) -> str:
    """Why nobody of the staff is put through to them now, in a word: "" if nothing speaks against it."""
    return why_not_reach(session, pair_of(session, staff, wish, now=now), now=now)


def last_spoken(session: Session, callback: Callback, *, now: datetime) -> Call | None:
    """The last call in which one of the staff spoke with whoever is to be rung back, since that is so."""
    home = residents_at(session, session.get_one(Community, callback.community_id), callback.phone or "", now=now)
    owner = _owner(session, callback, home, now=now)
    since = sa.select(Call).where(
        Call.community_id == callback.community_id, Call.made_at >= callback.opened_at, Call.cause == OFFICE
    )
    for call in session.scalars(since.order_by(Call.id.desc())):
        is_hers = owner is not None and getattr(call, COLUMNS[type(owner)]) == owner.id
        if (is_hers or _task_of(session, call) is callback) and became_of(call) == "spoke":
            return call
    return None


def joined_at(call: Call) -> datetime | None:
    """Since when they heard each other."""
    written = (call.talk or {}).get("picks", {}).get("joined_at")
    return datetime.fromisoformat(written) if written else None


def became_of(call: Call) -> str:
    """What became of it, in a word; "" for a call that is none of these.

    Nothing tells a resident's answering machine from her: who hangs up at once has perhaps heard one.
    """
    if call.cause != OFFICE:
        return ""
    began_at, ended_at = joined_at(call), call.ended_at
    if began_at is not None:
        return "moment" if ended_at is not None and ended_at - began_at < A_MOMENT else "spoke"
    if call.state is Delivery.ENDED:
        return "in_vain" if (call.talk or {}).get("picks", {}).get("rings") else "not_taken"
    return _BECAME.get(call.state, "waits")


def named_task(task: Callback | Alert | None) -> str:
    """How it is kept what a call is for: "callback 5"."""
    return next((f"{name} {task.id}" for name, kind in _TASKS.items() if isinstance(task, kind)), "")


_BECAME = {
    Delivery.CANCELLED: "taken_back", Delivery.EXPIRED: "not_taken", Delivery.FAILED: "not_taken",
    Delivery.LIVE: "goes_on",
}  # fmt: skip


def _going_on(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    is_stale = (Call.state == Delivery.QUEUED) & (Call.expires_at <= now)
    return Call.cause == OFFICE, Call.state.in_(_GOES_ON), ~is_stale


def _task_of(session: Session, call: Call) -> Callback | Alert | None:
    kind, _, row_id = str(call.says[0][1].get("task", "")).partition(" ")
    table: Any = _TASKS.get(kind)
    return session.get(table, int(row_id)) if table is not None else None


def _is_still_to_do(wish: Wish) -> bool:
    """Has nobody else seen to it; and does whoever is rung as its helper still hold it?"""
    if wish.task is not None and wish.task.closed_at is not None:
        return False
    job = wish.thing.job if isinstance(wish.thing, HelpRequest) else wish.thing
    is_helper = isinstance(wish.person, Volunteer) and wish.thing is not None
    return not is_helper or (job is not None and job.volunteer is wish.person)


def _owner(
    session: Session, callback: Callback, home: list[Resident], *, now: datetime
) -> Resident | Volunteer | Contact | None:
    """Whose the number is that is to be rung back; None: a household's, or nobody's of the book."""
    if callback.resident in home:
        return callback.resident
    if home or callback.phone is None:
        return home[0] if len(home) == 1 else None
    here = session.get_one(Community, callback.community_id)
    return volunteer_at(session, here, callback.phone, now=now) or contact_at(session, here, callback.phone)


def _name(other: Somebody | None, home: list[Resident], number: str | None) -> Blank:
    if other is not None:
        return other.name
    return {"$list": [one.name for one in home]} if home else blanks.number(number or "")


def _whisper(other: Somebody | None, *, is_of_home: bool) -> Sentence:
    if isinstance(other, Resident):
        return ("join_whisper_office", {"name": other.given_name})
    return ("join_whisper_office_home" if is_of_home else "join_whisper_office_key", {})


def _said(pair: Pair, wish: Wish) -> list[Sentence]:
    """What she hears: with whom, and what it is about."""
    task = {"task": named_task(wish.task)} if wish.task is not None else {}
    said: list[Sentence] = [("join_office", {"name": pair.name, **task})]
    if isinstance(pair.other, Contact):
        said.append(("join_for", {"name": pair.other.resident.name}))
    if isinstance(wish.thing, HelpRequest):
        said.append(("join_about", {"code": wish.thing.code, "what": what(wish.thing)}))
    elif wish.thing is not None:
        said.append(("join_about", {"code": wish.thing.code, "what": what_job(wish.thing)}))
    return said
