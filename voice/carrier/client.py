"""Sending: texts and calls through Twilio's REST API, at Twilio or wherever somebody speaks the same."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from voice.carrier.errors import CarrierError, Remedy, remedy_for
from voice.carrier.media import REDIRECTS, hosts_of, may_be_fetched

# Twilio's library writes numbers and whole queries into its log at INFO; nothing personal belongs there.
logging.getLogger("twilio").setLevel(logging.WARNING)

_TIMEOUT_SECONDS = 10.0
_RECORDING_BYTES = 10_000_000
_MOST_REDIRECTS = 3
# Our clock may be wrong by so much: a lost text is known again by its SID, which is none of ours, and not by its hour.
_CLOCKS_DIFFER = timedelta(hours=6)
# A trial account writes this before every text.
_TRIAL_PREFIXES = ("Sent from your Twilio trial account - ",)
# How many of a list are read at the most: more came in no five minutes of any community.
_LIST_MOST = 1000
# A day of the busiest community is far less, in each direction.
_PRICES_MOST = 5000
# The carrier writes its time in whole seconds: so far apart, clocks show the same.
_CLOCKS_AGREE = timedelta(minutes=2)
_CLOCKS_APART = timedelta(hours=1)
_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
# A text that the carrier took and could not deliver is no reason not to send it.
_NEVER_SENT = frozenset({"failed", "undelivered", "canceled"})
_REPLACED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": "-", "\u2026": "..."})


class OriginClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own HTTP client, with a time-out, no retries of its own, and another origin than api.twilio.com."""

    def __init__(self, base: str, *, media_hosts: Collection[str] = (), **options: Any) -> None:
        """`media_hosts`: where else recordings may lie, besides that origin and Twilio's own file store."""
        super().__init__(timeout=_TIMEOUT_SECONDS, max_retries=0, **options)
        self._base = urlsplit(base.rstrip("/"))
        self._media_hosts = hosts_of(self._base.hostname or "", media_hosts)
        self.carrier_now: datetime | None = None  # as of its last answer; None: it does not say
        if self.session is not None and self._base.hostname in ("127.0.0.1", "::1", "localhost"):
            self.session.trust_env = False  # a proxy for the outside swallows calls to this machine

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        """The same request, at our origin and below its path."""
        return self.answered(super().request(method, self.moved(url), *args, **options))

    def answered(self, answer: Any) -> Any:
        """The answer; what the carrier's clock shows is remembered."""
        written = (answer.headers or {}).get("Date")
        self.carrier_now = parsedate_to_datetime(written) if written else None
        return answer

    def get_bytes(self, path: str, *, auth: tuple[str, str]) -> tuple[int, bytes]:
        """The status and the body of a file below our origin; at most a little more than a recording may hold."""
        with requests.Session() as session:
            session.trust_env = self.session is None or self.session.trust_env
            signed: tuple[str, str] | None = auth
            wanted = self.moved(f"https://api.twilio.com{path}")
            for _ in range(_MOST_REDIRECTS + 1):
                answer = session.get(
                    wanted, auth=signed, timeout=_TIMEOUT_SECONDS, stream=True, allow_redirects=False
                )  # fmt: skip
                if answer.status_code not in REDIRECTS:
                    return answer.status_code, answer.raw.read(_RECORDING_BYTES + 1, decode_content=True)
                wanted = self._led_to(wanted, answer.headers.get("Location", ""))
                signed = auth if self._is_ours(wanted) else None  # our password is for the carrier alone
            raise CarrierError("the recording lies behind too many addresses", remedy=Remedy.STOP)

    def _led_to(self, asked: str, location: str) -> str:
        """Where the carrier leads us on to. Raises CarrierError where we do not go."""
        wanted = urljoin(asked, location)
        if self._is_ours(wanted) or may_be_fetched(wanted, self._media_hosts):
            return wanted
        raise CarrierError("the recording is said to lie where we do not go", remedy=Remedy.STOP)

    def _is_ours(self, url: str) -> bool:
        """At the very origin that the settings name?"""
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc) == (self._base.scheme, self._base.netloc)

    def moved(self, url: str) -> str:
        """An address of Twilio's at our origin."""
        parts = urlsplit(url)
        return urlunsplit((self._base.scheme, self._base.netloc, self._base.path + parts.path, parts.query, ""))


@dataclass(frozen=True)
class Account:
    """How we are known to the carrier."""

    sid: str
    token: str
    api_base: str
    messaging_service_sid: str = ""
    next_token: str = ""  # what the token is being exchanged for
    media_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Came:
    """A text or a call in the carrier's list that came for us: from which number as it was written, and when."""

    sid: str
    sender: str
    at: datetime
    body: str = ""
    media: int = 0
    is_over: bool = True


@dataclass(frozen=True)
class Cost:
    """What a text or a call has cost, as the carrier says it."""

    sid: str
    price: float
    unit: str


_NOT_FOUND = 20404
_NO_SUCH_TOKEN = 401


class Carrier:
    """Whoever carries our texts and calls."""

    def __init__(self, account: Account, *, http: OriginClient | None = None) -> None:
        self._account = account
        self._http = http or OriginClient(account.api_base, media_hosts=account.media_hosts)
        self._client = Client(account.sid, account.token, http_client=self._http)
        self._other = Client(account.sid, account.next_token or account.token, http_client=self._http)

    def send_text(self, *, to: str, sender: str, body: str, valid_seconds: int, status_url: str) -> str:
        """Send one text; returns its SID. Raises CarrierError."""
        options: dict[str, Any] = {"to": to, "body": body, "status_callback": status_url}
        options["validity_period"] = max(1, min(valid_seconds, 36_000))
        if self._account.messaging_service_sid:
            options["messaging_service_sid"] = self._account.messaging_service_sid
        options["from_"] = sender
        return str(self._asked(lambda: self._client.messages.create(**options)).sid)

    def place_call(self, *, to: str, sender: str, url: str, status_url: str, ring_seconds: int) -> str:
        """Ring somebody; returns the call's SID. What is said is asked for at `url`. Raises CarrierError."""
        call = self._asked(
            lambda: self._client.calls.create(
                to=to,
                from_=sender,
                url=url,
                method="POST",
                timeout=ring_seconds,
                status_callback=status_url,
                status_callback_method="POST",
                status_callback_event=["completed"],
            )
        )
        return str(call.sid)

    def find_text(
        self,
        *,
        to: str,
        body: str,
        claimed_at: datetime,
        now: datetime,
        known: Collection[str],
        age_seconds: float | None = None,
    ) -> str | None:
        """The SID of a text whose sending was never answered, by number and words, among those we do not know.

        `age_seconds` says how long ago it was sent, where a stopwatch knows it. None: the carrier does not have it.
        Raises CarrierError when its list cannot be read.
        """
        rows = self._asked(lambda: self._client.messages.list(to=to, limit=100))
        since = self._sent_since(claimed_at, now, age_seconds)
        wanted = _plain(body)
        return next(
            (
                str(row.sid)
                for row in rows
                if row.sid not in known
                and (row.direction or "outbound-api") != "inbound"
                and row.status not in _NEVER_SENT
                and _is_since(row.date_created, since)
                and _plain(row.body or "") == wanted
            ),
            None,
        )

    def find_call(
        self, *, to: str, claimed_at: datetime, now: datetime, known: Collection[str], age_seconds: float | None = None
    ) -> str | None:
        """The SID of a call whose placing was never answered; None: the carrier does not have it."""
        rows = self._asked(lambda: self._client.calls.list(to=to, limit=100))
        since = self._sent_since(claimed_at, now, age_seconds)
        return next(
            (
                str(row.sid)
                for row in rows
                if row.sid not in known and row.direction == "outbound-api" and _is_since(row.date_created, since)
            ),
            None,
        )

    @property
    def clock(self) -> datetime | None:
        """What the carrier's clock showed at its last answer; None: it does not say."""
        return self._http.carrier_now

    def texts_to(self, number: str, *, since: datetime, now: datetime) -> list[Came]:
        """The texts that came for a number of ours since then (by the carrier's clock), the oldest first.

        Raises CarrierError.
        """
        rows = self._asked(
            lambda: self._client.messages.list(
                to=number, limit=_LIST_MOST, **self._since("date_sent_after", since, now)
            )
        )
        came = [
            Came(
                str(row.sid), str(row.from_ or ""), self._when(row.date_created, now), body=row.body or "",
                media=int(row.num_media or 0),
            )
            for row in rows
            if row.direction == "inbound" and self._is_new(row.date_created, since, now)
        ]  # fmt: skip
        return sorted(came, key=lambda one: one.at)

    def calls_to(self, number: str, *, since: datetime, now: datetime) -> list[Came]:
        """The calls that came for a number of ours since then (by the carrier's clock), the oldest first.

        Raises CarrierError.
        """
        asked = self._since("start_time_after", since, now)
        rows = self._asked(lambda: self._client.calls.list(to=number, limit=_LIST_MOST, **asked))
        came = [
            Came(str(row.sid), str(row._from or ""), self._when(row.start_time, now), is_over=row.status in _OVER)
            for row in rows
            if row.direction == "inbound" and self._is_new(row.start_time, since, now)
        ]
        return sorted(came, key=lambda one: one.at)

    def prices(self, number: str, *, since: datetime, until: datetime) -> tuple[list[Cost], list[Cost]]:
        """What texts and calls by a number of ours have cost, of those begun from `since` to `until`.

        What the carrier has not priced yet is left out. Raises CarrierError.
        """
        sent = {"date_sent_after": since, "date_sent_before": until, "limit": _PRICES_MOST}
        begun = {"start_time_after": since, "start_time_before": until, "limit": _PRICES_MOST}
        return self._priced("messages", number, sent), self._priced("calls", number, begun)

    def _priced(self, kind: str, number: str, within: dict[str, Any]) -> list[Cost]:
        rows = [
            *self._asked(lambda: getattr(self._client, kind).list(from_=number, **within)),
            *self._asked(lambda: getattr(self._client, kind).list(to=number, **within)),
        ]
        return [cost for row in rows if (cost := _cost_of(row)) is not None]

    def _sent_since(self, claimed_at: datetime, now: datetime, age_seconds: float | None) -> tuple[datetime, ...]:
        """Nothing older can be what was sent then: an older text of the same words is another one, lost before it."""
        if age_seconds is not None and self.clock is not None:
            return (self.clock - timedelta(seconds=age_seconds) - _CLOCKS_AGREE,)
        return _since(claimed_at, now)

    def _since(self, name: str, since: datetime, now: datetime) -> dict[str, datetime]:
        return {} if self._is_unsure(now) else {name: since}

    def _is_new(self, written: datetime | None, since: datetime, now: datetime) -> bool:
        return written is None or written >= since or self._is_unsure(now)

    def _is_unsure(self, now: datetime) -> bool:
        # Our clock is wound (training) and the carrier does not say what its own shows: all that it lists is read.
        return self.clock is None and abs(now - datetime.now(UTC)) > _CLOCKS_APART

    def _when(self, written: datetime | None, now: datetime) -> datetime:
        """When it came, by our clock: where the carrier's shows another time, as long ago as it was there."""
        if written is None:
            return now
        if self.clock is None or abs(self.clock - now) <= _CLOCKS_AGREE:
            return min(written, now)
        return now - max(self.clock - written, timedelta(0))

    def fetch_recording(self, sid: str) -> tuple[bytes, str]:
        """The audio of a recording and its media type; the address is built from the SID, never taken from a post."""
        path = f"/2010-04-01/Accounts/{self._account.sid}/Recordings/{sid}.wav"
        status, audio = self._asked(lambda: self._bytes_at(path))
        if status != 200:
            # Right after the tone it may not be ready yet.
            remedy = Remedy.RETRY if status in (404, 429) or status >= 500 else Remedy.STOP
            raise CarrierError("the recording cannot be fetched", remedy=remedy, code=status)
        if len(audio) > _RECORDING_BYTES:
            raise CarrierError("the recording is too large", remedy=Remedy.STOP)
        return audio, "audio/wav"

    def delete(self, kind: str, sid: str) -> bool:
        """Have the carrier forget a "text", a "call" or a "recording". False: there was none. Raises CarrierError."""
        kinds = {"text": "messages", "call": "calls", "recording": "recordings"}
        try:
            return bool(self._asked(lambda: getattr(self._client, kinds[kind])(sid).delete()))
        except CarrierError as error:
            if error.code == _NOT_FOUND:
                return False
            raise

    def _bytes_at(self, path: str) -> tuple[int, bytes]:
        status, found = self._http.get_bytes(path, auth=(self._account.sid, self._client.password))
        if status == _NO_SUCH_TOKEN:
            raise TwilioRestException(status, path)
        return status, found

    def _by_either_token(self, ask: Any) -> Any:
        """While the token is exchanged, what is refused with one is asked for with the other: it was not done."""
        used = self._client
        try:
            return ask()
        except TwilioException as error:
            if _status_of(error) != _NO_SUCH_TOKEN or not self._account.next_token:
                raise
        if self._client is used:  # else somebody was faster
            self._client, self._other = self._other, self._client
        return ask()

    def _asked(self, ask: Any) -> Any:
        try:
            return self._by_either_token(ask)
        except TwilioRestException as error:
            code = int(error.code or 0)
            raise CarrierError("the carrier refused", remedy=remedy_for(code, error.status), code=code) from error
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise CarrierError("the carrier cannot be reached", remedy=Remedy.RETRY) from error
        except requests.exceptions.ConnectionError as error:
            remedy = Remedy.RETRY if _never_connected(error) else Remedy.LOOK
            raise CarrierError("the carrier cannot be reached", remedy=remedy) from error
        except (TwilioException, requests.exceptions.RequestException, ValueError, TypeError) as error:
            # An answer that is none of theirs: it may have been sent.
            raise CarrierError("the carrier did not answer", remedy=Remedy.LOOK) from error


def _status_of(error: TwilioException) -> int:
    """What the carrier answered; 0: nothing. For a list that it refuses, Twilio's library keeps only the answer."""
    answer = error.args[1] if len(error.args) > 1 else None
    return int(getattr(error, "status", 0) or getattr(answer, "status_code", 0))


def _cost_of(row: Any) -> Cost | None:
    """Twilio writes what it takes as a negative number, in a string; None: not known yet."""
    try:
        return Cost(str(row.sid), abs(float(row.price)), str(row.price_unit or "")[:8].upper())
    except (TypeError, ValueError):
        return None


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    return any(word in repr(error) for word in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"))


def _plain(body: str) -> str:
    for prefix in _TRIAL_PREFIXES:
        body = body.removeprefix(prefix)
    return " ".join(body.translate(_REPLACED).split())


def _since(claimed_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    # Our clock may be wound (training, tests) while the carrier's is not: the claim's age counts back from both.
    age = max(now - claimed_at, timedelta(0)) + _CLOCKS_DIFFER
    return now - age, datetime.now(UTC) - age


def _is_since(created: datetime | None, since: tuple[datetime, ...]) -> bool:
    return created is None or any(created >= start.replace(microsecond=0) for start in since)
