"""The carrier's office: what it says of our account, our numbers and the time. Only asked, nothing is changed there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from voice.carrier.client import Account
from voice.carrier.reach import Heard, ask

_TWILIO = "api.twilio.com"
_MESSAGING = "https://messaging.twilio.com"


@dataclass(frozen=True)
class Asked:
    """One answer of the office: what it says (empty if it said nothing sensible), and how it came."""

    says: Mapping[str, Any]
    heard: Heard
    error_code: int = 0

    @property
    def is_good(self) -> bool:
        """Answered as wished?"""
        return self.heard.status == 200 and bool(self.says)


class Office:
    """One account at one carrier."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def account(self) -> Asked:
        """The account itself: `status` and `type`."""
        return self._get(f"{self._base}/2010-04-01/Accounts/{self._account.sid}.json")

    def balance(self) -> Asked:
        """What is left to be spent: `balance` as text, `currency`."""
        return self._get(f"{self._base}/2010-04-01/Accounts/{self._account.sid}/Balance.json")

    def number(self, number: str) -> Asked:
        """How a number of ours is set up there; nothing if the account does not have it."""
        path = f"/2010-04-01/Accounts/{self._account.sid}/IncomingPhoneNumbers.json"
        asked = self._get(f"{self._base}{path}?PhoneNumber={quote(number, safe='')}")
        rows = asked.says.get("incoming_phone_numbers")
        mine = next((row for row in rows or () if row.get("phone_number") == number), None)
        return Asked(mine or {}, asked.heard, asked.error_code) if isinstance(rows, list) else asked

    def messaging_service(self) -> Asked:
        """The messaging service that texts leave by."""
        # At Twilio it has a house of its own; who speaks the same API at one address has it there.
        base = _MESSAGING if urlsplit(self._base).hostname == _TWILIO else self._base
        return self._get(f"{base}/v1/Services/{quote(self._account.messaging_service_sid, safe='')}")

    @property
    def _base(self) -> str:
        return self._account.api_base.rstrip("/")

    def _get(self, url: str) -> Asked:
        heard = ask("GET", url, auth=(self._account.sid, self._account.token))
        try:
            says = json.loads(heard.body) if heard.body else {}
        except ValueError:
            says = {}
        says = says if isinstance(says, dict) else {}
        code = says.get("code", 0) if heard.status >= 400 else 0
        return Asked(says, heard, code if isinstance(code, int) else 0)


def told_time(heard: Heard) -> datetime | None:
    """The time at which an answer was given, by the clock of who gave it; None: it does not say."""
    written = next((value for name, value in heard.headers.items() if name.lower() == "date"), "")
    try:
        return parsedate_to_datetime(written).astimezone(UTC)
    except (TypeError, ValueError):
        return None
