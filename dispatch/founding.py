"""How a community begins, and how its staff get their logins."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.orm import Session

from dispatch import passwords
from models.errors import Refusal
from models.kitchens import Kitchen
from models.people import Role, Staff
from models.phones import NotANumber, caller_number, region_of, to_e164, why_dear
from models.places import Community, Meal, Service, Zone, community_of

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PIN = re.compile(r"[0-9]{4}", re.ASCII)
# What is kept of whoever has been invited and has not set a password yet.
NO_PASSWORD = ""
# 19 MiB and two passes: a guess stays dear, and a login takes less than a tenth of a second on a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


class Defaults(Protocol):
    """The patience that new services start with."""

    @property
    def offer_minutes(self) -> float: ...
    @property
    def wave_size(self) -> int: ...
    @property
    def nudge_minutes(self) -> float: ...
    @property
    def acknowledge_minutes(self) -> float: ...


def found_community(
    session: Session,
    *,
    name: str,
    number: str,
    timezone: str,
    language: str,
    zones: Iterable[str],
    defaults: Defaults,
    is_demo: bool = False,
) -> Community:
    """A new community with the usual services and meals. Raises Refusal (see `sentence`) for what cannot be."""
    usual = _usual()
    community = Community(
        name=_free_name(session, name),
        number=_free_number(session, number),
        timezone=_known_timezone(timezone),
        language=_language_tag(language),
        is_demo=is_demo,
        **usual["hours"],
    )
    community.emergency_number = usual["emergency"].get(region_of(community.number), usual["emergency"]["elsewhere"])
    community.zones = [Zone(name=zone, position=at) for at, zone in enumerate(_zone_names(zones))]
    community.services = [_service(row, at, defaults) for at, row in enumerate(usual["services"])]
    community.meals = [Meal(**row) for row in usual["meals"]]
    session.add(community)
    session.flush()
    session.add(Kitchen(community_id=community.id, name=community.name, language=community.language))
    return community


def add_staff(
    session: Session,
    community: Community,
    *,
    name: str,
    role: Role,
    phone: str | None,
    is_on_duty: bool,
    password: str | None,
    language: str | None = None,
    least: int = passwords.LEAST,
) -> Staff:
    """Somebody new on the staff, with a login. Raises Refusal (see `sentence`) for what cannot be.

    Without a password nobody gets in under that name before they have set one themselves (see dispatch/inviting.py).
    """
    name = _name(name, Staff.name)
    if session.scalar(sa.select(Staff.id).where(Staff.name == name)) is not None:
        raise Refusal("staff_taken", name=name)
    staff = Staff(
        community_id=community.id,
        name=name,
        role=role,
        phone=_phone(phone, community) if phone and phone.strip() else None,
        language=_language_tag(language or community.language),
        is_on_duty=is_on_duty,
        password_hash=NO_PASSWORD if password is None else hashed(password, names=(name, community.name), least=least),
    )
    session.add(staff)
    session.flush()
    return staff


def hashed(password: str, *, names: Iterable[str] = (), least: int = passwords.LEAST) -> str:
    """What is kept of a password. Raises Refusal when it cannot be one of somebody with these names."""
    passwords.judge(password, names=names, least=least)
    return _hasher.hash(password)


def check_password(staff: Staff | None, password: str) -> bool:
    """Is it this person's password? For nobody, and for whoever has none, it takes as long to say no, so that names
    cannot be tried out."""
    kept = staff.password_hash if staff is not None else NO_PASSWORD
    return _holds(kept or _nobodys_hash(), password[: passwords.MOST + 1]) and kept != NO_PASSWORD


def hashed_pin(pin: str) -> str:
    """What is kept of the PIN with which prompts are recorded by telephone. Raises Refusal unless it is four digits."""
    if not _PIN.fullmatch(pin):
        raise Refusal("pin_impossible")
    return _hasher.hash(pin)


def is_pin_of(staff: Staff, pin: str) -> bool:
    """Is it this person's PIN? Whoever has none has no right one."""
    return staff.pin_hash is not None and _holds(staff.pin_hash, pin)


def _holds(kept: str, secret: str) -> bool:
    try:
        return _hasher.verify(kept, secret)
    except (Argon2Error, InvalidHashError):
        return False


def sentence(refusal: Refusal, language: str = "en") -> str:
    """What a person hears when this file refuses; in English where the language has no words."""
    sentences: Mapping[str, Mapping[str, str]] = _usual()["sentences"]
    words = sentences.get(language, {}).get(refusal.reason) or sentences["en"].get(refusal.reason) or refusal.reason
    return words.format(**refusal.blanks)


@lru_cache(maxsize=1)
def _usual() -> Any:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _service(row: dict[str, Any], position: int, defaults: Defaults) -> Service:
    return Service(
        **row,
        position=position,
        offer_minutes=defaults.offer_minutes,
        wave_size=defaults.wave_size,
        nudge_minutes=defaults.nudge_minutes,
        acknowledge_minutes=defaults.acknowledge_minutes,
    )


def _name(written: str, column: Any) -> str:
    name = " ".join("".join(mark if mark.isprintable() else " " for mark in written).split())
    if not name:
        raise Refusal("name_missing")
    most = column.type.length
    if len(name) > most:
        raise Refusal("name_long", most=most)
    return name


def _free_name(session: Session, written: str) -> str:
    name = _name(written, Community.name)
    if session.scalar(sa.select(Community.id).where(Community.name == name)) is not None:
        raise Refusal("name_taken", name=name)
    return name


def _free_number(session: Session, written: str) -> str:
    number = caller_number(written.strip())
    if number is None or not written.strip().startswith("+"):
        raise Refusal("number_impossible", number=written.strip())
    owner = community_of(session, number)
    if owner is not None:
        raise Refusal("number_taken", name=owner.name)
    return number


def _known_timezone(written: str) -> str:
    try:
        return ZoneInfo(written.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal("zone_unknown", timezone=written) from None


def _language_tag(written: str) -> str:
    tag = written.strip()
    if not _LANGUAGE.fullmatch(tag) or len(tag) > 16:
        raise Refusal("language_impossible", language=written)
    return tag


def _zone_names(written: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(_name(zone, Zone.name) for zone in written if zone.strip()))
    if not names:
        raise Refusal("zones_missing")
    return names


def _phone(written: str, community: Community) -> str:
    try:
        number = to_e164(written, region_of(community.number))
    except NotANumber:
        raise Refusal("phone_impossible", phone=written) from None
    if why_dear(number):
        raise Refusal("phone_dear", phone=written)
    return number
