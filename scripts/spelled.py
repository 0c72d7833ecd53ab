"""How each value of the settings is spelled: read, or refused with what would be right."""

import math
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from models.keyring import PLAIN, is_key
from voice.carrier.media import is_host
from voice.carrier.reach import is_this_machine


class Wrong(ValueError):
    """A value that will not do; its text completes "should be ..."."""


def plain(text: str) -> str:
    """Anything in one word."""
    if any(mark.isspace() or not mark.isprintable() for mark in text):
        raise Wrong("without spaces or control characters")
    return text


def host(text: str) -> str:
    """The name or address of a machine."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", text):
        raise Wrong('an address such as "127.0.0.1"')
    return text


def _web_address(text: str) -> str:
    right = 'an address that starts with http:// or https://, such as "https://linli.example.org"'
    try:
        address = urlsplit(plain(text))
        is_whole = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:
        raise Wrong(right) from None
    if not is_whole or address.query or address.fragment or address.username:
        raise Wrong(right)
    return text.rstrip("/")


def optional_address(text: str) -> str:
    """The address of a server, or nothing."""
    return _web_address(text) if text else ""


def optional_network(text: str) -> str:
    """An address or a network, or nothing."""
    try:
        return str(ip_network(text, strict=False)) if text else ""
    except ValueError:
        raise Wrong('an address or a network, such as "172.16.0.0/12"') from None


def issuer(text: str) -> str:
    """The address of a provider of logins, or nothing: in the clear only on this machine."""
    if text and not is_this_machine(_web_address(text)) and not text.startswith("https://"):
        raise Wrong('an address that starts with https://, such as "https://login.example.org/realms/office"')
    return optional_address(text)


def optional_address_with_query(text: str) -> str:
    """The address of a page, or nothing."""
    if text:
        _web_address(text.partition("?")[0])
    return plain(text)


def database_url(text: str) -> str:
    """Where the database is, as SQLAlchemy needs it."""
    right = 'sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, such as "sqlite:///linli.db"'
    if text.startswith("postgres://"):
        text = "postgresql://" + text.removeprefix("postgres://")
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise Wrong(right) from None
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return _by_a_closed_way(url.set(drivername="postgresql+psycopg")).render_as_string(hide_password=False)
    if url.drivername != "sqlite" or url.database in (None, "", ":memory:"):
        raise Wrong(right)
    if not Path(url.database).absolute().parent.is_dir():
        raise Wrong(f"in a folder that exists ({Path(url.database).absolute().parent} does not)")
    return text


def _by_a_closed_way(url: sa.URL) -> sa.URL:
    """A server on another machine is spoken with encrypted, unless the address says otherwise."""
    is_far = bool(url.host) and not is_this_machine(f"//{url.host}")
    return url.update_query_dict({"sslmode": "require"}) if is_far and "sslmode" not in url.query else url


def field_keys(text: str) -> tuple[str, ...]:
    """The keys that lock what is most personal, the newest first."""
    keys = _several(text)
    if not all(is_key(key) for key in keys) or PLAIN in keys[1:] or len(set(keys)) < len(keys):
        raise Wrong(
            "one key or several, the newest first, each of 64 hexadecimal digits and none twice "
            "(python3 -c 'import secrets; print(secrets.token_hex(32))' makes one), or \"plain\" before them"
        )
    return keys


def media_hosts(text: str) -> tuple[str, ...]:
    """Machines that what was spoken may be fetched from."""
    hosts = _several(text)
    if not all(is_host(one) for one in hosts):
        raise Wrong('names of machines, such as "media.example.org", or ".example.org" for all below it')
    return hosts


def _several(text: str) -> tuple[str, ...]:
    """What stands in a text with spaces, lines, commas or semicolons between."""
    return tuple(re.split(r"[\s,;]+", text.strip().casefold())) if text.strip() else ()


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A whole number within these, both included."""

    def read(value: Any) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value, re.ASCII):
            number = int(value)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise Wrong(f"a whole number from {least} to {most}")
        return number

    return read


def _fraction(right: str, fits: Callable[[float], bool]) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            raise Wrong(f"{right}; fractions are allowed") from None
        if not fits(number):
            raise Wrong(f"{right}; fractions are allowed")
        return number

    return read


minutes = _fraction("a number of minutes above 0 and at most 10080 (a week)", lambda number: 0 < number <= 10080)
hours = _fraction("a number of hours above 0 and at most 168 (a week)", lambda number: 0 < number <= 168)
rate = _fraction("0 (no limit), or a number from 0.01 to 1000", lambda number: number == 0 or 0.01 <= number <= 1000)


def carrier_kind(text: str) -> str:
    """Which carrier."""
    if text not in ("simulated", "twilio"):
        raise Wrong('"simulated" or "twilio"')
    return text


def optional_path(text: str) -> Path | None:
    """A file or a folder, or nothing."""
    if "\0" in text:
        raise Wrong("the path of a file")
    return Path(text).absolute() if text else None
