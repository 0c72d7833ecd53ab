"""What the line says in a voice of the neighbourhood: kept and taken away by staff, on the board or by telephone."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.founding import is_pin_of
from models.events import Event
from models.menus import Dish, Menu
from models.people import Resident, Staff
from models.places import Announcement, Community
from models.recorded import NEWS, RecordedPrompt, recorded_prompt
from models.traffic import Recording

# So many wrong PINs within this time, and nobody is let in for as long.
WRONG_PINS, REFUSED_FOR = 3, timedelta(hours=1)
# Dishes are recorded on the day itself or the day before.
_MENUS_AHEAD = timedelta(days=1)
KEPT, TAKEN_AWAY, WRONG, REFUSED = "prompt_kept", "prompt_taken", "pin_wrong", "pin_refused"
_VERBS = (KEPT, TAKEN_AWAY, WRONG, REFUSED)


def try_pin(session: Session, staff: Staff, pin: str, *, now: datetime) -> bool:
    """Is it this person's PIN? After three wrong ones within an hour even the right one is not, for an hour."""
    session.refresh(staff, with_for_update=True)  # two calls at once do not get twice as many tries
    if is_refused(session, staff, now=now):
        return False
    if is_pin_of(staff, pin):
        return True
    _note(session, staff, WRONG, now=now)
    session.flush()
    if _how_many(session, staff, WRONG, now=now) >= WRONG_PINS:
        _note(session, staff, REFUSED, now=now)
        session.flush()
    return False


def is_refused(session: Session, staff: Staff, *, now: datetime) -> bool:
    """Were there too many wrong PINs against this person a while ago?"""
    return _how_many(session, staff, REFUSED, now=now) > 0


def keep_prompt(
    session: Session, staff: Staff, recording: Recording, *, language: str, key: str, now: datetime, file_name: str = ""
) -> RecordedPrompt:
    """From now on this recording is heard in place of that sentence, in that language; an earlier one is gone."""
    row = recorded_prompt(session, staff.community_id, language, key)
    before = row.recording if row is not None else None
    if row is None:
        row = RecordedPrompt(community_id=staff.community_id, language=language, key=key)
        session.add(row)
    row.recording, row.staff_id, row.recorded_at, row.file_name = recording, staff.id, now, file_name
    session.flush()
    if before is not None and before is not recording:
        session.delete(before)
    _note(session, staff, KEPT, now=now, why=_named(row))
    return row


def take_away(session: Session, staff: Staff, row: RecordedPrompt, *, now: datetime) -> None:
    """The machine voice says it again."""
    _note(session, staff, TAKEN_AWAY, now=now, why=_named(row))
    recording = row.recording
    session.delete(row)
    session.flush()
    session.delete(recording)


def drop_take(session: Session, recording_id: int) -> None:
    """What was said and not kept is gone. What is in use stays."""
    row = session.get(Recording, recording_id)
    in_use = session.scalar(sa.select(RecordedPrompt.id).where(RecordedPrompt.recording_id == recording_id).limit(1))
    if row is not None and in_use is None:
        session.delete(row)
        session.flush()


def take_news_away(session: Session, staff: Staff, news: Announcement, *, now: datetime) -> None:
    """The news are over, and nobody needs what was recorded of them."""
    query = sa.select(RecordedPrompt).where(RecordedPrompt.community_id == news.community_id)
    for row in session.scalars(query.where(RecordedPrompt.key == f"{NEWS}{news.id}")).all():
        take_away(session, staff, row, now=now)


def spoken_languages(session: Session, community: Community) -> list[str]:
    """The community's own language first, then whatever else its residents speak."""
    query = sa.select(Resident.language).where(Resident.community_id == community.id).distinct()
    return list(dict.fromkeys([community.language, *sorted(session.scalars(query))]))


def dishes_to_record(session: Session, community: Community, *, now: datetime) -> list[str]:
    """The names of the dishes of today and tomorrow, each once."""
    today = community.local(now).date()
    query = sa.select(Dish.name).join(Menu).where(Menu.community_id == community.id)
    soon = query.where(Menu.date >= today, Menu.date <= today + _MENUS_AHEAD).order_by(
        Menu.date, Menu.meal_id, Dish.key
    )
    return list(dict.fromkeys(session.scalars(soon)))


def news_to_record(session: Session, community: Community, *, now: datetime) -> list[Announcement]:
    """What is announced today or will be."""
    today = community.local(now).date()
    query = sa.select(Announcement).where(Announcement.community_id == community.id, Announcement.until_date >= today)
    return list(session.scalars(query.order_by(Announcement.id)))


def what_happened(session: Session, community: Community, *, most: int = 20) -> list[Event]:
    """What was recorded and taken away, and which PINs were wrong; the newest first."""
    query = sa.select(Event).where(Event.community_id == community.id, Event.verb.in_(_VERBS))
    return list(session.scalars(query.order_by(Event.id.desc()).limit(most)))


def _named(row: RecordedPrompt) -> str:
    return f"{row.key} ({row.language})"


def _how_many(session: Session, staff: Staff, verb: str, *, now: datetime) -> int:
    lately = Event.at > now - REFUSED_FOR
    query = sa.select(sa.func.count()).where(Event.community_id == staff.community_id, lately, Event.verb == verb)
    return session.scalar(query.where(Event.who == f"staff {staff.id}")) or 0


def _note(session: Session, staff: Staff, verb: str, *, now: datetime, why: str = "") -> None:
    session.add(Event(community_id=staff.community_id, at=now, who=f"staff {staff.id}", verb=verb, why=why))
