"""The studio: what staff who ring from their own number find to record, and what a call leaves behind of it."""

from dataclasses import replace
from datetime import datetime

from babel import Locale
from sqlalchemy.orm import Session

from dispatch import recording
from models.people import staff_at
from models.places import Community
from models.traffic import Recording
from voice.prompts import catalog, in_language, languages
from voice.talk import StudioFact, Talk

# No more can be chosen by one key.
_MOST = 8


def studio_fact(session: Session, community: Community, caller: str, talk: Talk, *, now: datetime) -> StudioFact | None:
    """Who of the staff rings, and, once the PIN was right, what can be recorded; None for everybody else."""
    staff = staff_at(session, community, caller)
    if staff is None:
        return None
    is_refused = recording.is_refused(session, staff, now=now)
    fact = StudioFact(staff.id, has_pin=staff.pin_hash is not None, is_refused=is_refused)
    if talk.picks.get("studio") != staff.id:
        return fact
    take_id = talk.picks.get("take")
    take = session.get(Recording, take_id) if take_id else None
    tags = dict.fromkeys([*recording.spoken_languages(session, community), talk.language])
    news = recording.news_to_record(session, community, now=now)
    return replace(
        fact,
        languages=tuple((tag, language_name(tag, talk.language)) for tag in tags)[:_MOST],
        dishes=tuple(recording.dishes_to_record(session, community, now=now)[:_MOST]),
        news=tuple((row.id, in_language(row.words, talk.language)) for row in news)[:_MOST],
        is_take_here=take is not None and take.fetched_at is not None,
    )


def left_studio(session: Session, talk: Talk) -> Talk:
    """The call is over: what was recorded and not kept is gone, and so are the digits of a PIN half keyed."""
    if take_id := talk.picks.get("take"):
        recording.drop_take(session, int(take_id))
    kept = {name: pick for name, pick in talk.picks.items() if name not in ("pin", "take", "studio")}
    return replace(talk, picks=kept)


def language_name(tag: str, heard_in: str) -> str:
    """What a language is called by those who speak it; where nothing is shipped for it, in the language of the talk."""
    if tag in languages():
        return catalog(tag).name
    shown = Locale.parse(catalog(heard_in).tag, sep="-").languages.get(tag.split("-")[0])
    return shown or tag
