"""One question to an address, and what became of it: a status and a body, or in one word why nothing came back."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

import requests

_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 200_000


class Unreached(StrEnum):
    """Why an address did not answer."""

    NO_NAME = "no_name"  # nobody knows the name
    REFUSED = "refused"  # the machine is there, and nothing listens
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    BROKEN = "broken"  # anything else on the way


@dataclass(frozen=True)
class Heard:
    """What came back; `unreached` when nothing did, and then the status is 0."""

    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    unreached: Unreached | None = None
    at: datetime | None = None  # when it came, by this machine's clock


def ask(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> Heard:
    """Ask once, follow no redirect, wait ten seconds at the most. Never raises for what the network does."""
    with requests.Session() as session:
        session.trust_env = not is_this_machine(url)  # a proxy for the outside swallows calls to this machine
        try:
            with session.request(
                method, url, data=dict(form) if form else None, headers=dict(headers or {}), auth=auth,
                timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                return Heard(answer.status_code, _text(answer), dict(answer.headers), at=datetime.now(UTC))
        except (requests.RequestException, OSError, ValueError) as error:
            return Heard(unreached=unreached_by(error))


def _text(answer: requests.Response) -> str:
    content = b""
    for part in answer.iter_content(16_384):
        content += part
        if len(content) > _MOST_BYTES:
            break
    return content.decode("utf-8", "replace")


def unreached_by(error: Exception) -> Unreached:
    """What an error of the network says about the way to an address."""
    told = repr(error)
    if isinstance(error, requests.exceptions.SSLError) or "CERTIFICATE" in told:
        return Unreached.CERTIFICATE
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in told:
        return Unreached.TIMEOUT
    if "NameResolutionError" in told or "gaierror" in told:
        return Unreached.NO_NAME
    return Unreached.REFUSED if "refused" in told else Unreached.BROKEN


def is_this_machine(url: str) -> bool:
    """Is it an address that no other machine can reach?"""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
