"""The simulated carrier: telephones on one side, signed webhooks and a REST interface on the other."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from voice.exchange import calls, spoken
from voice.exchange.callbacks import Callback
from voice.exchange.faults import Faults
from voice.exchange.ledger import CallRecord, MessageRecord, RecordingRecord
from voice.exchange.leg import Leg
from voice.exchange.numbers import Form
from voice.exchange.parties import ExchangeError, Fetch, Handset, Line
from voice.exchange.plant import Plant
from voice.exchange.texts import Texts
from voice.exchange.view import handset_view
from voice.exchange.webhook import Webhooks

KEYS = frozenset("0123456789*#")
ERRORS_KEPT = 200
TICK_MAX = 10_000
MACHINE_SECONDS = 20.0


class Exchange:
    """Every public method is a thing that a person's fingers, the clock, or our own REST requests can do."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        lines: Callable[[], Sequence[Line]],
        directory: Callable[[], Sequence[Handset]],
        now: Callable[[], datetime],
        elapsed: Callable[[], float],
        fetch: Fetch,
        speak: Callable[[str, str], bytes] | None = None,
        api_base: str = "https://api.twilio.com",
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.faults = Faults()
        self.errors: deque[dict[str, Any]] = deque(maxlen=ERRORS_KEPT)
        self._now = now
        webhooks = Webhooks(
            auth_token=auth_token, fetch=fetch, switches=self.faults, elapsed=elapsed, log=self._log_error
        )
        self.plant = Plant(
            account_sid=account_sid, api_base=api_base.rstrip("/"), lines=lines, directory=directory, now=now,
            elapsed=elapsed, speak=speak or spoken.tone, webhooks=webhooks, faults=self.faults, errors=self.errors,
        )  # fmt: skip
        self._webhooks = webhooks
        self._texts = Texts(self.plant)

    def exchange_token(self, token: str) -> None:
        """The owner of the account makes another token the first: only it opens, all is signed with it."""
        self.auth_token = token
        self._webhooks.sign_with(token)

    def _log_error(self, code: int, sentence: str, url: str) -> None:
        where = url.split("#")[0].split("?")[0]
        self.errors.append({"at": self._now().isoformat(), "code": code, "sentence": sentence, "url": where})
        self.plant.changed()

    # --- people's fingers -------------------------------------------------------------------------------------------

    def dial(self, number: str, to: str, *, withheld: bool = False, from_text: str | None = None) -> str:
        """Call one of our lines, and listen until the line waits for something. Returns the call's SID."""
        line = self._line(to)
        self._must_be_on(number)
        shown = from_text if from_text is not None else "anonymous" if withheld else number
        leg = self._seized(number, to, shown)
        with leg.lock:
            leg.fallback_url = line.voice_fallback_url
            leg.callback = Callback(line.status_url)
            leg.call.status = "ringing"
            leg.go_to(line.voice_url)
        return leg.call.sid

    def _seized(self, number: str, to: str, shown: str) -> Leg:
        if number in self.plant.in_use:
            raise ExchangeError("That telephone is in a call already.")
        call = CallRecord(to, shown, "inbound", self.plant.now(), self.plant.elapsed())
        leg = Leg(self.plant, call, number)
        if not leg.seize():
            leg.end("canceled")
            raise ExchangeError("That telephone is in a call already.")
        return leg

    def press(self, number: str, keys: str) -> None:
        """Press keys, one by one."""
        if not keys or not set(keys) <= KEYS:
            raise ExchangeError("A telephone has the keys 0 to 9, * and #.")
        leg = self._talking(number)
        for key in keys:
            with leg.lock:
                if not leg.call.is_over:  # a key may end the call; those after it fall on a dead line
                    leg.press(key)

    def speak(self, number: str, words: str) -> None:
        """Say something while a recording runs, or to the person at the other end."""
        leg = self._talking(number)
        with leg.lock:
            if not words.strip() or not leg.say(words.strip()):
                raise ExchangeError("Nothing is listening for words just now.")

    def hang_up(self, number: str) -> None:
        """Put the receiver down; a telephone that rings is silenced."""
        leg = self._busy(number)
        with leg.lock:
            if not leg.call.is_over:
                leg.hang_up()

    def answer(self, number: str) -> None:
        """Pick up a telephone that rings."""
        leg = self._busy(number)
        with leg.lock:
            self._still_rings(leg)
            leg.answer("human" if leg.detects_machine else None)

    def decline(self, number: str) -> None:
        """Silence a telephone that rings: the caller hears that it is busy."""
        leg = self._busy(number)
        with leg.lock:
            self._still_rings(leg)
            leg.end("busy")

    def pick_up_by_machine(self, number: str) -> None:
        """An answering machine picks up. It presses nothing, and hangs up after a while."""
        leg = self._busy(number)
        found = {"Enable": "machine_start", "DetectMessageEnd": "machine_end_silence"}
        with leg.lock:
            self._still_rings(leg)
            self.plant.later(MACHINE_SECONDS, lambda: self._machine_is_full(leg))
            leg.answer(found.get(leg.detects_machine))

    def _machine_is_full(self, leg: Leg) -> None:
        with leg.lock:
            if not leg.call.is_over:
                leg.hang_up()

    def text(self, number: str, to: str, body: str, media: int = 0) -> str:
        """Send a text to one of our lines; it arrives at the next tick. Returns the message's SID."""
        line = self._line(to)
        self._must_be_on(number)
        handset = self.plant.handset(number)
        if handset is not None and handset.is_landline:
            raise ExchangeError("That telephone is a landline: it cannot send texts.")
        if not body and not media:
            raise ExchangeError("The text is empty.")
        if len(body) > 1600:
            raise ExchangeError("The text is longer than 1600 characters.")
        return self._texts.receive(line, number, body, media).sid

    def switch_off(self, number: str, is_off: bool = True) -> None:
        """Switch a telephone off, or on again."""
        (self.faults.switched_off.add if is_off else self.faults.switched_off.discard)(number)
        self.plant.changed()

    def handset(self, number: str) -> dict[str, Any]:
        """What can be seen and heard at a telephone, ready for JSON."""
        return handset_view(self.plant, number)

    # --- the clock --------------------------------------------------------------------------------------------------

    def tick(self) -> int:
        """Do everything whose moment has come, and what follows from it at once. Returns how many things."""
        for done in range(TICK_MAX):
            appointment = self.plant.agenda.take(self.plant.elapsed())
            if appointment is None:
                return done
            appointment.act()
        return TICK_MAX

    def next_due(self) -> float | None:
        """When, in elapsed() seconds, there will next be something to do."""
        return self.plant.agenda.next_due()

    @property
    def version(self) -> int:
        """A number that is another one whenever something visible has changed."""
        return self.plant.version

    def begin_anew(self) -> None:
        """As when it was first switched on: no calls, no texts, no mishaps. Nobody is told."""
        self.plant.begin_anew()
        self._texts.begin_anew()

    # --- our own requests -------------------------------------------------------------------------------------------

    def create_message(self, form: Form) -> MessageRecord:
        """Messages.create; RestError when refused."""
        return self._texts.create(form)

    def cancel_message(self, message: MessageRecord) -> None:
        """Messages.update with Status=canceled."""
        self._texts.cancel(message)

    def create_call(self, form: Form) -> CallRecord:
        """Calls.create; RestError when refused."""
        return calls.create(self.plant, form)

    def update_call(self, call: CallRecord, form: Form) -> None:
        """Calls.update; it takes effect at the next tick."""
        calls.update(self.plant, call, form)

    def sound_of(self, recording: RecordingRecord) -> bytes:
        """The recording as a WAV, labelled with what was said: whoever is played it later is shown the words."""
        return spoken.labelled(self.plant.speak(recording.words, recording.language), recording.words)

    def is_listed(self, created_elapsed: float) -> bool:
        """Whether a record of that age appears in lists already."""
        return not math.isinf(created_elapsed) and (
            self.plant.elapsed() - created_elapsed >= self.faults.list_lag_seconds
        )

    # --- guards -----------------------------------------------------------------------------------------------------

    def _line(self, number: str) -> Line:
        line = self.plant.line(number)
        if line is None:
            raise ExchangeError("No line of ours has that number.")
        return line

    def _must_be_on(self, number: str) -> None:
        if self.plant.is_unreachable(number):
            raise ExchangeError("That telephone is switched off.")

    def _busy(self, number: str) -> Leg:
        leg = self.plant.in_use.get(number)
        if leg is None:
            raise ExchangeError("That telephone is not in a call.")
        return leg

    def _talking(self, number: str) -> Leg:
        leg = self._busy(number)
        if not leg.is_answered and leg.call.direction != "inbound":
            raise ExchangeError("That telephone is still ringing.")
        return leg

    def _still_rings(self, leg: Leg) -> None:
        if leg.call.status != "ringing" or leg.call.direction == "inbound":
            raise ExchangeError("That telephone does not ring.")
