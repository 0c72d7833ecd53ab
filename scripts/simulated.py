"""The simulated carrier, put together: whose telephones there are, how webhooks travel, who speaks what is typed."""

import shutil
import subprocess
import time
from typing import Any

import requests
import sqlalchemy as sa

from models import phones
from models.database import Database
from models.kitchens import Kitchen
from models.people import Contact, Resident, Staff, Volunteer
from models.places import Community
from scripts.clock import Clock
from scripts.settings import Settings
from voice.exchange import Answer, Exchange, Handset, Line


def simulated_carrier(settings: Settings, clock: Clock, database: Database) -> Exchange:
    """The exchange, connected to our people, our numbers and our own webhooks."""
    base = settings.server.public_url.rstrip("/")
    return Exchange(
        account_sid=settings.carrier.account_sid, auth_token=settings.carrier.auth_token,
        lines=lambda: _lines(database, base), directory=lambda: _directory(database), now=clock.now,
        elapsed=time.monotonic, api_base=settings.carrier.api_base, fetch=_fetch,
        speak=_speak if shutil.which("espeak-ng") else None,
    )  # fmt: skip


def _lines(database: Database, base: str) -> list[Line]:
    with database.read() as session:
        roles = {
            number: role
            for community in session.scalars(sa.select(Community).order_by(Community.id))
            for number, role in (
                (community.number, "first"),
                (community.second_number, "second"),
                (community.practice_number, "practice"),
            )
            if number
        }
    retry = "#rc=2&rp=all"
    return [
        Line(number, f"{base}/voice{retry}", f"{base}/sms{retry}", f"{base}/voice/status{retry}", role=role)
        for number, role in roles.items()
    ]


def _directory(database: Database) -> list[Handset]:
    with database.read() as session:
        rows: list[tuple[str, Any]] = [
            *(("resident", row) for row in session.scalars(sa.select(Resident).order_by(Resident.id))),
            *(("volunteer", row) for row in session.scalars(sa.select(Volunteer).order_by(Volunteer.id))),
            *(("contact", row) for row in session.scalars(sa.select(Contact).order_by(Contact.id))),
            *(("kitchen", row) for row in session.scalars(sa.select(Kitchen).order_by(Kitchen.id))),
            *(("staff", row) for row in session.scalars(sa.select(Staff).order_by(Staff.id))),
        ]
    found: dict[str, Handset] = {}
    for role, row in rows:
        if row.phone and row.phone in found:
            known = found[row.phone]
            label = f"{known.label}, {row.name}"
            found[row.phone] = Handset(known.number, label, known.role, known.is_landline, known.language)
        elif row.phone:
            found[row.phone] = Handset(row.phone, row.name, role, phones.is_landline(row.phone), row.language)
    return list(found.values())


def _fetch(method: str, url: str, params: Any, headers: Any, timeout_s: float) -> Answer:
    with requests.Session() as session:
        session.trust_env = False
        place = {"data": params} if method == "POST" else {"params": params}
        try:
            answer = session.request(method, url, headers=headers, timeout=timeout_s, allow_redirects=False, **place)
        except requests.Timeout as error:
            raise TimeoutError(str(error)) from error
    return Answer(
        answer.status_code,
        answer.content.decode("utf-8", "replace"),
        answer.headers.get("Content-Type", ""),
        location=answer.headers.get("Location", ""),
        cookies=tuple(f"{name}={value}" for name, value in answer.cookies.items()),
    )


def _speak(words: str, language: str) -> bytes:
    voice = "cmn-latn-pinyin" if language.startswith("zh") else "en-us"
    spoken = subprocess.run(  # noqa: S603 - a fixed program, the words are an argument and never a command
        ["espeak-ng", "-v", voice, "-s", "145", "--stdout", "--", words[:500]],  # noqa: S607
        capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    return spoken.stdout
