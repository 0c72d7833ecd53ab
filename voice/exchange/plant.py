"""What every part of the exchange shares: the clocks, the records, the switches, the log and the telephones."""

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from voice.exchange.agenda import Agenda
from voice.exchange.faults import Faults
from voice.exchange.ledger import Ledger, MessageRecord
from voice.exchange.parties import Handset, Line, line_of
from voice.exchange.webhook import Webhooks

if TYPE_CHECKING:
    from voice.exchange.leg import Leg

API_VERSION = "2010-04-01"
TELEPHONES_KEPT = 5000
_COUNTRIES = {"+1": "US", "+86": "CN", "+852": "HK", "+886": "TW", "+65": "SG", "+44": "GB", "+49": "DE", "+33": "FR",
              "+61": "AU"}  # fmt: skip


@dataclass
class Plant:
    """The machinery behind the switchboard. Nothing here decides anything."""

    account_sid: str
    api_base: str
    lines: Callable[[], Sequence[Line]]
    directory: Callable[[], Sequence[Handset]]
    now: Callable[[], datetime]
    elapsed: Callable[[], float]
    speak: Callable[[str, str], bytes]
    webhooks: Webhooks
    faults: Faults
    errors: deque[dict[str, Any]]
    ledger: Ledger = field(default_factory=Ledger)
    agenda: Agenda = field(default_factory=Agenda)
    in_use: dict[str, "Leg"] = field(default_factory=dict)  # telephones in a call, by number
    live: dict[str, "Leg"] = field(default_factory=dict)  # calls that are not over, by SID
    last_leg: dict[str, "Leg"] = field(default_factory=dict)
    threads: dict[str, deque[MessageRecord]] = field(default_factory=dict)
    _versions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    version: int = 0

    def changed(self) -> None:
        """Something that the page shows is different now."""
        self.version = next(self._versions)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something in so many seconds."""
        self.agenda.add(self.elapsed() + seconds, act)

    def line(self, number: str) -> Line | None:
        """The line of ours with that number."""
        return line_of(self.lines(), number)

    def handset(self, number: str) -> Handset | None:
        """The telephone in the directory with that number."""
        return next((handset for handset in self.directory() if handset.number == number), None)

    def language_of(self, number: str) -> str:
        """What is spoken at that telephone."""
        handset = self.handset(number)
        return handset.language if handset else "en"

    def is_unreachable(self, number: str) -> bool:
        """Switched off, or out of reach."""
        return number in self.faults.switched_off

    def thread(self, number: str) -> deque[MessageRecord]:
        """The texts of one telephone."""
        _make_room(self.threads, number)
        return self.threads.setdefault(number, deque(maxlen=200))

    def remember(self, number: str, leg: "Leg") -> None:
        """The last call of a telephone can still be read when it is over."""
        _make_room(self.last_leg, number)
        self.last_leg[number] = leg

    def begin_anew(self) -> None:
        """Everything that was ever said and sent is forgotten, as when it was first switched on; nobody is told."""
        for leg in list(self.live.values()):
            with leg.lock:
                leg.vanish()
        self.agenda.clear()
        for kept in (self.in_use, self.live, self.last_leg, self.threads, self.errors):
            kept.clear()
        self.ledger = Ledger()
        self.faults.begin_anew()
        self.changed()

    def call_back(self, url: str, params: dict[str, str], method: str = "POST") -> None:
        """Promise a status callback, as late, doubled or lost as the switches say."""
        if not url or self.faults.happens(self.faults.callbacks_lost_share):
            return
        times = 2 if self.faults.happens(self.faults.callbacks_doubled_share) else 1
        for _ in range(times):
            self.later(self.faults.lateness(), lambda: self.webhooks.notify(url, params, method))


def _make_room(kept: dict[str, Any], number: str) -> None:
    if number not in kept and len(kept) >= TELEPHONES_KEPT:
        kept.pop(next(iter(kept)), None)


def geography(prefix: str, number: str) -> dict[str, str]:
    """Where a number is at home, as far as its first digits tell; unknown parts are empty, as Twilio sends them."""
    code = max((code for code in _COUNTRIES if number.startswith(code)), key=len, default="")
    return {
        f"{prefix}City": "",
        f"{prefix}State": "",
        f"{prefix}Zip": "",
        f"{prefix}Country": _COUNTRIES.get(code, ""),
    }
