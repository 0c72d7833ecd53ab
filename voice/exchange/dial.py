"""Dial: ring other telephones, let the called person accept, and put the two together."""

from collections import deque
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from voice.exchange import callbacks
from voice.exchange.ledger import CallRecord
from voice.exchange.leg import Leg
from voice.exchange.step import Bridged, Step

# Busy before no-answer: the worst news that Twilio would tell when nobody could be had.
_WORSE = ("no-answer", "busy", "failed", "canceled")


def dial(leg: Leg, element: Element) -> None:
    """Ring whom the element names."""
    targets = _targets(element)
    caller_id = element.get("callerId", leg.call.from_)
    dialling = Dialling(leg, element, deque(targets), caller_id)
    if not _may_show(leg, caller_id):
        leg.plant.errors.append(leg.error(13214, "The callerId is neither ours nor of this call.", leg.url))
        return dialling.finish("failed")
    if not targets:
        leg.plant.errors.append(leg.error(13215, "Only telephone numbers can be dialled here.", leg.url))
        return dialling.finish("failed")
    leg.wait(dialling)
    return dialling.ring_next()


def _targets(element: Element) -> list[Element]:
    if (element.text or "").strip() and not len(element):
        number = Element("Number")
        number.text = element.text
        return [number]
    return list(element.findall("Number"))


def _may_show(leg: Leg, caller_id: str) -> bool:
    return caller_id in (leg.call.from_, leg.call.to) or leg.plant.line(caller_id) is not None


class Dialling(Step):
    """The dialling leg waits: for somebody to answer and accept, then for the end of their conversation."""

    def __init__(self, leg: Leg, element: Element, targets: deque[Element], caller_id: str) -> None:
        super().__init__(leg, None)
        self._element = element
        self._targets = targets
        self._caller_id = caller_id
        self._outcomes: list[str] = []
        self._called: list[Leg] = []
        self._partner: Leg | None = None
        self._bridged_at = 0.0
        self._is_over = False

    @property
    def state(self) -> str:  # type: ignore[override]
        """Waiting while it rings, talking when bridged."""
        return "talking" if self._partner else "waiting"

    def ring_next(self) -> None:
        """Ring everybody who is left, or only the next one when the document says so."""
        count = 1 if self._element.get("sequential") == "true" else len(self._targets)
        self.due = self.leg.plant.elapsed() + float(self._element.get("timeout", "30"))
        self.leg.arm()
        self.leg.hear("ringback")
        for _ in range(count):
            if self._is_over:
                return
            self._ring(self._targets.popleft())

    def _ring(self, target: Element) -> None:
        plant = self.leg.plant
        number = (target.text or "").strip()
        call = CallRecord(
            number, self._caller_id, "outbound-dial", plant.now(), plant.elapsed(), parent_call_sid=self.leg.call.sid
        )
        called = Leg(plant, call, number, parent=self.leg)
        called.callback = _callback(self.leg, target)
        called.when_ended = lambda: self._called_ended(called)
        called.at_answer = lambda: self._answered(called, target)
        called.at_document_end = lambda: self._accepted(called)
        self._called.append(called)
        callbacks.progress(called, "initiated")
        if not called.seize():
            return called.end("busy")
        if plant.is_unreachable(number):
            return called.end("no-answer")
        return called.ring(None)

    def _answered(self, called: Leg, target: Element) -> None:
        whisper = target.get("url")
        if not whisper:
            return self._accepted(called)
        # The called leg has its own conversation first; whoever gets to its end without a Hangup has accepted.
        called.url = self.leg.url
        return called.go_to(whisper, target.get("method", "POST"))

    def _accepted(self, called: Leg) -> None:
        if self._is_over or self._partner:
            return called.end("completed")
        self._partner = called
        self._bridged_at = self.leg.plant.elapsed()
        self.due = self._bridged_at + float(self._element.get("timeLimit", "14400"))
        self.leg.other, called.other = called, self.leg
        for leg in (self.leg, called):
            leg.hear("bridge")
        called.wait(Bridged(called, None))
        self._stop_others(called)
        return self.leg.arm()

    def _called_ended(self, called: Leg) -> None:
        if self._is_over:
            return
        if called is self._partner:
            return self.finish("completed", called)
        refused = self.leg.plant.faults.refused_whisper
        self._outcomes.append(refused if called.is_answered else called.call.status)
        if self._partner or any(not leg.call.is_over for leg in self._called):
            return
        if self._targets:
            if self._element.get("sequential") == "true":
                self.ring_next()
            return
        self.finish(min(self._outcomes, key=lambda outcome: -_rank(outcome)), called)

    def on_time(self) -> None:
        if self._partner:
            return self._partner.end("completed")
        # Somebody who has answered is hearing the whisper, and may finish it.
        self.due = None
        for called in list(self._called):
            if not called.is_answered:
                called.end("no-answer")
        return None

    def on_key(self, key: str) -> None:
        if key == "*" and self._partner and self._element.get("hangupOnStar") == "true":
            self._partner.end("completed")

    def on_words(self, words: str) -> bool:
        return self.leg.other_hears(words)

    def on_end(self) -> None:
        self._is_over = True
        self._stop_others(None)

    def _stop_others(self, but: Leg | None) -> None:
        for called in self._called:
            if called is not but and not called.call.is_over:
                called.end("completed" if called.is_answered else "canceled")

    def finish(self, status: str, called: Leg | None = None) -> None:
        """The Dial is over: ask the action what next, or go on in the document."""
        self._is_over = True
        self._stop_others(None)
        self.leg.other = None
        action = self._element.get("action")
        if action:
            method = self._element.get("method", "POST")
            return self.leg.go_to(action, method, self._told(status, called))
        # When the Dial could not even begin, its caller is still in the midst of going on.
        return self.leg.go_on() if self.leg.step is self else None

    def _told(self, status: str, called: Leg | None) -> dict[str, str]:
        told = {"DialCallStatus": status, "DialBridged": "true" if self._partner else "false"}
        if called is not None:
            told["DialCallSid"] = called.call.sid
        if self._partner is not None:
            told["DialCallDuration"] = str(round(self.leg.plant.elapsed() - self._bridged_at))
        return told


def _rank(outcome: str) -> int:
    return _WORSE.index(outcome) if outcome in _WORSE else len(_WORSE)


def _callback(leg: Leg, target: Element) -> callbacks.Callback:
    url = target.get("statusCallback", "")
    events = frozenset(target.get("statusCallbackEvent", "completed").split())
    return callbacks.Callback(urljoin(leg.url, url) if url else "", target.get("statusCallbackMethod", "POST"), events)
