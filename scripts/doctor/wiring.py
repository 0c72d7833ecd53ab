"""Is it wired as it should be: the settings, who may read the secrets, the programs it stands on."""

import stat
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from scripts.doctor.findings import Finding, found
from scripts.doctor.patient import Patient
from scripts.settings import SettingsError
from scripts.supplies import LOCK, locked
from voice.carrier.reach import is_this_machine

_OLDEST_PYTHON = (3, 11)
_SECRETS = (
    ("server", "secret_key"), ("database", "field_key"), ("carrier", "auth_token"), ("carrier", "next_auth_token"),
    ("second_carrier", "auth_token"), ("second_carrier", "next_auth_token"), ("watch", "dead_mans_url"),
)  # fmt: skip


def faults_of(error: SettingsError) -> list[Finding]:
    """What keeps the settings from being used, one finding each."""
    return [found("settings_wrong", sentence=sentence) for sentence in error.sentences]


def public_address(patient: Patient) -> Iterator[Finding]:
    """Can the carrier reach the address that we give it, and can nobody listen in?"""
    url, is_rig = patient.settings.server.public_url, is_this_machine(patient.settings.carrier.api_base)
    if not patient.is_real or is_rig:
        return
    if is_this_machine(url):
        yield found("public_url_here", url=url)
    elif urlsplit(url).scheme != "https":
        yield found("public_url_plain", url=url)


# What a PostgreSQL address may ask for: only the last two know to whom they speak.
_MAY_BE_PLAIN, _UNKNOWN_TO_WHOM = ("disable", "allow", "prefer"), ("require",)


def database_way(patient: Patient) -> Iterator[Finding]:
    """Can nobody listen in between us and a database on another machine, or take its place?"""
    url = sa.make_url(patient.settings.database.url)
    if not url.host or is_this_machine(f"//{url.host}"):
        return
    asked = str(url.query.get("sslmode", ""))
    if asked in _MAY_BE_PLAIN:
        yield found("database_plain", host=url.host, mode=asked)
    elif asked in _UNKNOWN_TO_WHOM:
        yield found("database_unknown", host=url.host)


def secrets_kept(patient: Patient) -> Iterator[Finding]:
    """May only their owner read the files in which secrets stand?"""
    for path in secret_files(patient.config, patient.environ, patient.settings.database.url):
        if path.exists() and path.stat().st_mode & stat.S_IROTH:
            yield found("secrets_open", file=path)


def secret_files(config: Path | None, environ: Mapping[str, str], database_url: str) -> list[Path]:
    """The files that hold a secret: those that the settings name, and the settings themselves if it stands in them."""
    written: dict[str, Any] = tomllib.loads(config.read_text(encoding="utf-8-sig")) if config else {}
    found_in = {}
    for section, key in _SECRETS:
        value = environ.get(f"LINLI_{section}__{key}".upper(), written.get(section, {}).get(key, ""))
        is_here = key in written.get(section, {}) and not str(value).startswith(("env:", "file:")) and value
        if str(value).startswith("file:"):
            found_in[Path(str(value).removeprefix("file:"))] = True
        elif is_here and config:
            found_in[config] = True
    if config and ":" in urlsplit(database_url).netloc.rpartition("@")[0] and "url" in written.get("database", {}):
        found_in[config] = True
    return list(found_in)


def versions() -> Iterator[Finding]:
    """Is it Python as it must be, and every package as it was tried out?"""
    if sys.version_info < _OLDEST_PYTHON:
        yield found("python_old", version=_dotted(sys.version_info[:3]))
    differing = tuple(_differing(LOCK.read_text(encoding="utf-8")))
    if differing:
        yield found("packages_differ", packages=differing[:5], count=len(differing))
    else:
        yield found("versions_ok", version=_dotted(sys.version_info[:3]))


def _differing(lock: str) -> Iterator[str]:
    for wanted in locked(lock):
        try:
            there = version(wanted.name)
        except PackageNotFoundError:
            if not wanted.only_where:
                yield f"{wanted.name} (- ≠ {wanted.version})"
            continue
        if there != wanted.version:
            yield f"{wanted.name} ({there} ≠ {wanted.version})"


def _dotted(parts: Any) -> str:
    return ".".join(str(part) for part in parts)
