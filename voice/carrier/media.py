"""Where a carrier may lead us on to when a recording is fetched: its own file store, and nowhere in our own network."""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Twilio's own. A name that begins with a dot is a domain with everything below it.
_TWILIO = (".twilio.com", ".twiliocdn.com")
_HOST = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)

Resolve = Callable[[str], list[str]]


def is_host(text: str) -> bool:
    """Can it stand among the hosts of the settings?"""
    return _HOST.fullmatch(text) is not None and not text.rpartition(".")[2].isdigit()


def hosts_of(base: str, given: Collection[str]) -> tuple[str, ...]:
    """Where recordings of a carrier may lie: what the settings name, and Twilio's own store if it is Twilio."""
    return (*given, *(_TWILIO if f".{base}".endswith(".twilio.com") else ()))


def addresses_of(host: str) -> list[str]:
    """Every address behind a name."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    except OSError:
        return []


def may_be_fetched(url: str, hosts: Collection[str], *, resolve: Resolve = addresses_of) -> bool:
    """By HTTPS, at one of these hosts, at the usual port, and at an address of the world outside."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port not in (None, 443) or parts.username is not None or not _is_named(host, hosts):
        return False
    found = resolve(host)
    return bool(found) and all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in found)


def _is_named(host: str, hosts: Collection[str]) -> bool:
    return any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)
