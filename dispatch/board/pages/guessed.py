"""What the form of a new resident knows beforehand, from how she reached us: her language, her zone, her name."""

import re

import sqlalchemy as sa
from flask import request

from dispatch.board.desk import Desk
from dispatch.board.pages.cause import Cause
from dispatch.board.typed import line
from dispatch.lists.words import languages
from dispatch.pinyin import HAN
from models.people import Contact, Resident
from models.places import Zone
from models.traffic import Thread

_SPANISH = re.compile(r"[ñ¿¡áéíóú]", re.IGNORECASE)
_LATIN_WORDS = re.compile(r"[a-zà-ÿ]{2,}", re.IGNORECASE)
_CHINESE = ("zh", "yue")


def language_guessed(desk: Desk, cause: Cause | None) -> str:
    """The language of her call, or of what she wrote; else the community's."""
    ours, known = desk.community.language, list(languages())
    if cause is None:
        return ours
    call = cause.callback.call if cause.callback else None
    written = _of_thread(desk, cause.phone) or (cause.text.language if cause.text else "")
    found = (call.language if call else "") or written or ours
    by_script = _by_script(cause.words, found)
    return next((tag for tag in (by_script, found, ours) if tag in known), ours)


def zone_guessed(desk: Desk, cause: Cause | None, address: str = "") -> Zone | None:
    """The only zone there is; the one that the address or the message names; the one of whoever has that number."""
    zones = desk.community.zones
    if len(zones) == 1:
        return zones[0]
    said = f"{address} {cause.words if cause else ''}".casefold()
    named = [zone for zone in zones if zone.name.casefold() in said]
    if len(named) == 1:
        return named[0]
    return _zone_at(desk, cause.phone) if cause is not None and cause.phone else None


def name_typed() -> str:
    """Whoever was looked for and not found is entered under that name, unless it was a number."""
    wanted = line("name", most=80) if request.method == "GET" else ""
    return "" if any(c.isdigit() for c in wanted) else wanted


def _by_script(words: str, language: str) -> str:
    is_chinese = language.startswith(_CHINESE)
    if HAN.search(words):
        return language if is_chinese else "zh-CN"
    if is_chinese and len(_LATIN_WORDS.findall(words)) > 1:
        return "es" if _SPANISH.search(words) else "en"
    return language


def _of_thread(desk: Desk, phone: str | None) -> str:
    thread = sa.select(Thread).where(Thread.community_id == desk.community.id, Thread.phone == phone)
    found = desk.session.scalars(thread).first()
    return str(found.talk.get("language", "")) if found is not None else ""


def _zone_at(desk: Desk, phone: str) -> Zone | None:
    """Where whoever has this number lives, or whoever is called from it for somebody else."""
    hers = sa.or_(
        Resident.phone == phone, Resident.other_phone == phone, Resident.contacts.any(Contact.phone == phone)
    )  # fmt: skip
    rows = sa.select(Resident.zone_id).where(Resident.community_id == desk.community.id, hers).distinct()
    found = desk.session.scalars(rows.limit(2)).all()
    return desk.session.get(Zone, found[0]) if len(found) == 1 else None
