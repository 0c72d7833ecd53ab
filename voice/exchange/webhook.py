"""Webhooks as Twilio makes them: signed, with a time-out, tried again, redirected, and sent to the fallback URL."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement

from twilio.request_validator import RequestValidator

from voice.exchange.faults import Faults
from voice.exchange.parties import Answer, Fetch
from voice.twiml_check import UnreadableTwiml, faults, parsed

REDIRECTS_MAX = 10
RESPONSE_BYTES_MAX = 64 * 1024
_TWIML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
# A parameter that no documentation names: Twilio adds some without notice, and they are signed like the others.
UNKNOWN_PARAMETER = {"NotYetDocumented": "1"}


@dataclass(frozen=True)
class Manners:
    """How patient a webhook is, read from the fragment of its URL."""

    connect_ms: int = 5000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> "Manners":
        """`rc=2&rp=all&rt=3000`; what is missing or unreadable keeps its default."""
        told = dict(parse_qsl(fragment))
        policy = frozenset(re.split(r"[,\s]+", told.get("rp", "ct")))
        return cls(
            connect_ms=_bounded(told.get("ct"), 5000, 100, 10_000),
            read_ms=_bounded(told.get("rt"), 15_000, 100, 15_000),
            total_ms=_bounded(told.get("tt"), 15_000, 100, 15_000),
            retries=_bounded(told.get("rc"), 1, 0, 5),
            policy=policy,
        )

    def tries_again(self, kind: str) -> bool:
        """Whether a failure of that kind (4xx, 5xx, ct, rt) is worth another attempt."""
        return kind in self.policy or "all" in self.policy


def _bounded(told: str | None, default: int, least: int, most: int) -> int:
    if told is None or not told.isdecimal():
        return default
    return max(least, min(most, int(told)))


@dataclass(frozen=True)
class Document:
    """TwiML that may be carried out, and where it came from."""

    root: Element
    url: str


class WebhookError(Exception):
    """The webhook did not give what was needed; the code is Twilio's."""

    def __init__(self, code: int, sentence: str, kind: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.kind = kind


@dataclass
class Jar:
    """The cookies of one call."""

    cookies: dict[str, str] = field(default_factory=dict)

    def keep(self, answer: Answer) -> None:
        for cookie in answer.cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()

    def header(self) -> dict[str, str]:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": told} if told else {}


class Webhooks:
    """All requests that the exchange makes."""

    def __init__(
        self,
        *,
        auth_token: str,
        fetch: Fetch,
        switches: Faults,
        elapsed: Callable[[], float],
        log: Callable[[int, str, str], None],
    ) -> None:
        self._validator = RequestValidator(auth_token)
        self._fetch = fetch
        self._switches = switches
        self._elapsed = elapsed
        self._log = log

    def sign_with(self, auth_token: str) -> None:
        """Sign with this token from now on."""
        self._validator = RequestValidator(auth_token)

    def document(
        self, url: str, params: dict[str, str], *, method: str = "POST", fallback_url: str = "", jar: Jar | None = None
    ) -> Document | None:
        """The TwiML at the URL, else at the fallback URL; None, and a line in the log, when neither has any."""
        try:
            return self._document(url, params, method, jar)
        except WebhookError as error:
            self._log(error.code, error.sentence, url)
            if not fallback_url:
                return None
            failed = {"ErrorCode": str(error.code), "ErrorUrl": urldefrag(url).url}
        try:
            return self._document(fallback_url, params | failed, "POST", jar)
        except WebhookError as error:
            self._log(error.code, error.sentence, fallback_url)
            return None

    def notify(self, url: str, params: dict[str, str], method: str = "POST") -> None:
        """A status callback: nobody waits for its answer, but a bad one is logged."""
        try:
            self.ask(url, params, method)
        except WebhookError as error:
            self._log(error.code, error.sentence, url)

    def sound(self, url: str, jar: Jar | None = None) -> str:
        """Fetch something to play and return what came, read as text; a sound is asked for without parameters."""
        answer = self.ask(url, {}, "GET", jar)[0]
        kind = _kind(answer)
        if not kind.startswith("audio/"):
            raise WebhookError(12300, f"A Play needs audio, not {kind or 'no type at all'}.")
        return answer.body

    def ask(self, url: str, params: dict[str, str], method: str = "POST", jar: Jar | None = None) -> tuple[Answer, str]:
        """The answer (2xx) and the URL that gave it, after as many attempts as the URL's fragment allows."""
        target, fragment = urldefrag(url)
        manners = Manners.of(fragment)
        token = secrets.token_hex(16)
        until = self._elapsed() + manners.total_ms / 1000
        answered = self._attempts(target, params, method, manners=manners, token=token, until=until, jar=jar)
        if self._switches.happens(self._switches.webhooks_doubled_share):
            return self._attempts(target, params, method, manners=manners, token=token, until=until, jar=jar)
        return answered

    def _attempts(
        self, url: str, params: dict[str, str], method: str, *, manners: Manners, token: str, until: float,
        jar: Jar | None,
    ) -> tuple[Answer, str]:  # fmt: skip
        left = manners.retries
        while True:
            patience = min(manners.read_ms / 1000, until - self._elapsed())
            try:
                return self._follow(url, params, method, patience=patience, token=token, jar=jar)
            except WebhookError as error:
                if left == 0 or not manners.tries_again(error.kind) or self._elapsed() >= until:
                    raise
                left -= 1

    def _follow(
        self, url: str, params: dict[str, str], method: str, *, patience: float, token: str, jar: Jar | None
    ) -> tuple[Answer, str]:
        for _ in range(REDIRECTS_MAX + 1):
            answer = self._once(url, params, method, patience=patience, token=token, jar=jar)
            if jar is not None:
                jar.keep(answer)
            if not (300 <= answer.status < 400 and answer.location):
                return _good(answer), url
            url = urljoin(url, answer.location)
            method = method if answer.status in (307, 308) else "GET"
        raise WebhookError(11215, "The webhook redirects more than ten times.")

    def _once(
        self, url: str, params: dict[str, str], method: str, *, patience: float, token: str, jar: Jar | None
    ) -> Answer:
        if method == "GET" and params:
            url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"
        sent = params if method == "POST" else {}
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, sent),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            **self._token(token),
            **(jar.header() if jar else {}),
        }
        try:
            return self._fetch(method, url, sent, headers, max(0.1, patience))
        except TimeoutError as error:
            raise WebhookError(11200, "The webhook did not answer in time.", "rt") from error
        except OSError as error:
            raise WebhookError(11205, "There was no connection to the webhook.", "ct") from error

    def _token(self, token: str) -> dict[str, str]:
        reading = self._switches.idempotency_token
        if reading == "absent":
            return {}
        return {"I-Twilio-Idempotency-Token": token if reading == "same" else secrets.token_hex(16)}

    def _document(self, url: str, params: dict[str, str], method: str, jar: Jar | None) -> Document:
        answer, found_at = self.ask(url, params, method, jar)
        return Document(_twiml(answer, found_at), found_at)


def _good(answer: Answer) -> Answer:
    if not 200 <= answer.status < 300:
        kind = f"{answer.status // 100}xx"
        raise WebhookError(11200, f"The webhook answered {answer.status}.", kind)
    if len(answer.body) > RESPONSE_BYTES_MAX and not _kind(answer).startswith("audio/"):
        raise WebhookError(11750, "The answer is larger than 64 kB.")
    return answer


def _kind(answer: Answer) -> str:
    return answer.content_type.split(";")[0].strip().lower()


def _twiml(answer: Answer, url: str) -> Element:
    kind = _kind(answer)
    if answer.status == 204:
        return Element("Response")
    if kind.startswith("audio/"):
        return _one_verb("Play", url)
    if kind == "text/plain" and not _parses(answer.body):
        return _one_verb("Say", answer.body)
    if kind not in _TWIML_TYPES and kind != "text/plain":
        raise WebhookError(12300, f"TwiML may not come as {kind or 'no type at all'}.")
    return checked(answer.body)


def checked(document: str) -> Element:
    """The root of the document, if a strict reader finds nothing wrong with it."""
    wrong = faults(document)
    if wrong:
        raise WebhookError(wrong[0].code, wrong[0].sentence)
    return parsed(document)


def _parses(document: str) -> bool:
    try:
        parsed(document)
    except UnreadableTwiml:
        return False
    return True


def _one_verb(tag: str, text: str) -> Element:
    root = Element("Response")
    SubElement(root, tag).text = text
    return root
