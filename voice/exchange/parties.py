"""Who and what the exchange meets outside itself: our lines, people's telephones, and the web it calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Line:
    """How a number of ours is set up at the carrier."""

    number: str
    voice_url: str
    sms_url: str
    status_url: str
    voice_fallback_url: str = ""
    sms_fallback_url: str = ""
    role: str = ""  # for the page, among several numbers of one house: "first", "second" or "practice"


@dataclass(frozen=True)
class Handset:
    """Somebody's telephone, for the page and for what it can do."""

    number: str
    label: str
    role: str = ""
    is_landline: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Answer:
    """What a web server said. `location` and `cookies` (name=value) matter only when it redirects or remembers."""

    status: int
    body: str
    content_type: str
    location: str = ""
    cookies: tuple[str, ...] = ()


Parameters = Mapping[str, str]


class Fetch(Protocol):
    """How webhooks leave. Raises TimeoutError when no answer came, another OSError when no connection was had."""

    def __call__(
        self, method: str, url: str, params: Parameters, headers: Mapping[str, str], timeout_s: float, /
    ) -> Answer: ...


class ExchangeError(Exception):
    """What a person tried to do with a telephone cannot be done; the sentence says why."""


class RestError(Exception):
    """A REST request is refused, with Twilio's own number."""

    def __init__(self, status: int, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence


def line_of(lines: Sequence[Line], number: str) -> Line | None:
    """The line with that number, if it is one of ours."""
    return next((line for line in lines if line.number == number), None)
