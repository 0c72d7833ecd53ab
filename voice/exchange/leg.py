"""One leg of a call: carries out TwiML for the person at one telephone, until one of them has had enough."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from voice.exchange import callbacks
from voice.exchange.agenda import Appointment
from voice.exchange.ledger import CallRecord
from voice.exchange.parties import Handset
from voice.exchange.plant import API_VERSION, Plant, geography
from voice.exchange.step import Ringing, Step
from voice.exchange.webhook import REDIRECTS_MAX, UNKNOWN_PARAMETER, Jar, WebhookError, checked

HEARD_KEPT = 400
APPLICATION_ERROR = "We are sorry. An application error has occurred. Goodbye."


class Leg:
    """Locked by its family: a call and the legs that it dialled share one lock, and nobody holds two."""

    def __init__(self, plant: Plant, call: CallRecord, number: str, *, parent: "Leg | None" = None) -> None:
        self.plant = plant
        self.call = call
        self.number = number
        self.parent = parent
        self.lock: threading.RLock = parent.lock if parent else threading.RLock()
        self.jar: Jar = parent.jar if parent else Jar()
        self.heard: deque[dict[str, Any]] = deque(maxlen=HEARD_KEPT)
        self.keys = ""
        self.step: Step | None = None
        self.url = ""  # of the document being carried out
        self.fallback_url = ""
        self.verbs: list[Element] = []
        self.callback = callbacks.Callback()
        self.is_answered = False
        self.answered_elapsed: float | None = None
        self.at_answer: Callable[[], None] = self.go_on
        self.at_document_end: Callable[[], None] = lambda: self.end("completed")
        self.when_ended: Callable[[], None] = lambda: None
        self.other: Leg | None = None
        self.detects_machine = ""  # Enable or DetectMessageEnd
        self._hops = 0
        self._alarm: Appointment | None = None
        plant.ledger.calls.add(call)
        plant.live[call.sid] = self

    # --- beginning --------------------------------------------------------------------------------------------------

    def seize(self) -> bool:
        """Take the telephone; False when somebody is already on it."""
        holder = self.plant.in_use.setdefault(self.number, self)
        if holder is not self:
            return False
        self.plant.remember(self.number, self)
        return True

    def ring(self, seconds: float | None) -> None:
        """Let the telephone ring, for so long at most."""
        self.call.status = "ringing"
        self.hear("ring")
        self.wait(Ringing(self, None if seconds is None else self.plant.elapsed() + seconds))
        callbacks.progress(self, "ringing")

    def answer(self, by: str | None = None) -> None:
        """Somebody, or a machine, picks up."""
        self.hear("answer")
        self.open()
        self.call.answered_by = by
        callbacks.progress(self, "answered")
        self.at_answer()

    def open(self) -> None:
        """From now on the call is in progress, and paid for."""
        if self.is_answered:
            return
        self.is_answered = True
        self.answered_elapsed = self.plant.elapsed()
        self.call.started_at = self.plant.now()
        self._status("in-progress")
        self.step = None

    # --- carrying out -----------------------------------------------------------------------------------------------

    def go_to(self, url: str, method: str = "POST", extra: dict[str, str] | None = None) -> None:
        """Ask for the next document, and carry it out."""
        self._disarm()
        self.step = None
        target = urljoin(self.url, url)
        self._hops += 1
        if not target.startswith(("http://", "https://")):
            return self.fail(11100, "A document given as words may only name absolute addresses.", target)
        if self._hops > REDIRECTS_MAX:
            return self.fail(11215, "The call is redirected more than ten times without a word.", target)
        document = self.plant.webhooks.document(
            target, self.params(extra), method=method, fallback_url=self.fallback_url, jar=self.jar
        )
        if document is None:
            return self.application_error()
        self.url = document.url
        self.verbs = list(document.root)
        self._answer_if_meant()
        self.go_on()

    def turn_to(self, act: Callable[[], None]) -> None:
        """Leave whatever is going on, because a REST request says so, and do this instead."""
        step, self.step = self.step, None
        self.interrupt()
        if step is not None:
            step.on_end()
        act()

    def carry_out(self, twiml: str) -> None:
        """Carry out a document that came with a REST request."""
        try:
            self.url, self.verbs = "", list(checked(twiml))
        except WebhookError as error:
            return self.fail(error.code, error.sentence, "")
        self.go_on()

    def go_on(self) -> None:
        """The next verbs, up to the first that has to wait."""
        from voice.exchange.verbs import PERFORM

        self._disarm()
        self.step = None
        while self.step is None and not self.call.is_over:
            if not self.verbs:
                return self.at_document_end()
            verb = self.verbs.pop(0)
            PERFORM[verb.tag](self, verb)
        return None

    def wait(self, step: Step) -> None:
        """Stay in this step until something happens."""
        self.step = step
        self._hops = 0
        self.arm()

    def arm(self) -> None:
        """Set the alarm to the step's moment."""
        self._disarm()
        if self.step is not None and self.step.due is not None:
            self._alarm = self.plant.agenda.add(self.step.due, self._on_alarm)
        self.plant.changed()

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _on_alarm(self) -> None:
        with self.lock:
            step = self.step
            if step is not None and step.due is not None and step.due <= self.plant.elapsed():
                step.on_time()

    def _answer_if_meant(self) -> None:
        # A Reject that comes first is the one way not to pick up.
        if not self.verbs or self.verbs[0].tag != "Reject":
            self.open()

    # --- the person -------------------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """One key."""
        self.keys += key
        if self.step is not None:
            self.step.on_key(key)
        self.plant.changed()

    def say(self, words: str) -> bool:
        """The person says something; whether anything listens."""
        return self.step is not None and self.step.on_words(words)

    def other_hears(self, words: str) -> bool:
        """Speak to the person at the other end of a bridge."""
        if self.other is None:
            return False
        self.hear("own", words, self.handset.language)
        self.other.hear("person", words, self.handset.language)
        return True

    def hang_up(self) -> None:
        """The person puts the receiver down."""
        if not self.is_answered:
            return self.end("busy")
        step = self.step
        self._close("completed")
        if step is not None:
            step.on_hang_up()
        self._report()
        return None

    def hear(
        self, kind: str, text: str = "", language: str = "", *, at: float | None = None, seconds: float = 0
    ) -> None:
        """Something sounds at this telephone, now or when the prompts before it are over."""
        begins = self.plant.elapsed() if at is None else at
        entry: dict[str, Any] = {"kind": kind, "text": text, "language": language, "at": begins, "seconds": seconds}
        entry |= {"cut": False, "unheard": False}
        self.heard.append(entry)
        self.plant.changed()

    def interrupt(self) -> None:
        """Prompts that are still sounding, or have not begun, stop."""
        now = self.plant.elapsed()
        for entry in self.heard:
            if entry["at"] + entry["seconds"] > now:
                entry["cut"] = True
                entry["unheard"] = entry["at"] > now
                entry["seconds"] = max(0.0, now - entry["at"])

    # --- ending -----------------------------------------------------------------------------------------------------

    def end(self, status: str) -> None:
        """The leg is over; everybody who waits for it is told."""
        if self.call.is_over:
            return
        self._close(status)
        self._report()

    def vanish(self) -> None:
        """The exchange begins anew: the leg is over, and nobody is told."""
        self._disarm()
        self.step, self.verbs = None, []
        self.call.status, self.call.ended_at = "canceled", self.plant.now()

    def fail(self, code: int, sentence: str, url: str) -> None:
        """What our own TwiML asks for cannot be done: logged, and the caller hears so."""
        self.plant.errors.append(self.error(code, sentence, url))
        self.application_error()

    def application_error(self) -> None:
        """The last words of a call whose webhook failed."""
        self.open()
        self.hear("say", APPLICATION_ERROR, "en-US")
        self.end("completed")

    def error(self, code: int, sentence: str, url: str) -> dict[str, Any]:
        """A line for the carrier's log."""
        return {"at": self.plant.now().isoformat(), "code": code, "sentence": sentence, "url": url.split("?")[0]}

    def _close(self, status: str) -> None:
        self.interrupt()
        self._disarm()
        self._status(status)
        self.call.ended_at = self.plant.now()
        if self.answered_elapsed is not None:
            self.call.duration_seconds = max(0, round(self.plant.elapsed() - self.answered_elapsed))
        self.hear("end")
        step, self.step = self.step, None
        self.plant.live.pop(self.call.sid, None)
        if self.plant.in_use.get(self.number) is self:
            del self.plant.in_use[self.number]
        if step is not None:
            step.on_end()

    def _report(self) -> None:
        callbacks.progress(self, "completed")
        self.when_ended()
        self.plant.changed()

    def _status(self, status: str) -> None:
        self.call.status = status
        self.call.updated_at = self.plant.now()
        self.plant.changed()

    # --- facts ------------------------------------------------------------------------------------------------------

    @property
    def handset(self) -> Handset:
        """The telephone of this leg, as the directory knows it."""
        return self.plant.handset(self.number) or Handset(self.number, "")

    def params(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """What every request about this call tells."""
        call = self.call
        told = {
            "CallSid": call.sid,
            "AccountSid": self.plant.account_sid,
            "From": call.from_,
            "To": call.to,
            "Caller": call.from_,
            "Called": call.to,
            "CallStatus": call.status,
            "ApiVersion": API_VERSION,
            "Direction": call.direction,
            **geography("From", call.from_),
            **geography("To", call.to),
            **geography("Caller", call.from_),
            **geography("Called", call.to),
            **UNKNOWN_PARAMETER,
        }
        if call.parent_call_sid:
            told["ParentCallSid"] = call.parent_call_sid
        if call.answered_by:
            told["AnsweredBy"] = call.answered_by
        return told | (extra or {})
