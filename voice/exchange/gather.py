"""Gather: prompts that a key interrupts, and the wait for keys that begins when they are over."""

from xml.etree.ElementTree import Element

from voice.exchange.leg import Leg
from voice.exchange.sounds import sound
from voice.exchange.step import Step


def gather(leg: Leg, element: Element) -> None:
    """Let the prompts sound and wait."""
    over = leg.plant.elapsed()
    for prompt in element:
        over = sound(leg, prompt, over)
    leg.wait(Gathering(leg, element, over))


class Gathering(Step):
    """Keys are collected until there are enough, the finishing key comes, or too much time passes without one."""

    state = "waiting"
    expects = "keys"

    def __init__(self, leg: Leg, element: Element, prompts_over: float) -> None:
        self._element = element
        self._timeout = float(element.get("timeout", "5"))
        self._finish_key = element.get("finishOnKey", "#")
        self._enough = int(element.get("numDigits", "1000"))
        self._input = element.get("input", "dtmf").split()
        self.digits = ""
        super().__init__(leg, prompts_over + self._timeout)

    def on_key(self, key: str) -> None:
        if "dtmf" not in self._input:
            return
        self.leg.interrupt()
        if key == self._finish_key:
            return self.on_time()
        self.digits += key
        if len(self.digits) >= self._enough:
            return self._send({"Digits": self.digits})
        self.due = self.leg.plant.elapsed() + self._timeout
        return self.leg.arm()

    def on_words(self, words: str) -> bool:
        if "speech" not in self._input:
            return False
        self.leg.interrupt()
        self._send({"SpeechResult": words, "Confidence": "0.9"})
        return True

    def on_time(self) -> None:
        if self.digits:
            return self._send({"Digits": self.digits})
        if self._element.get("actionOnEmptyResult") == "true":
            return self._send({"Digits": ""} if self.leg.plant.faults.empty_digits == "empty" else {})
        return self.leg.go_on()

    def _send(self, extra: dict[str, str]) -> None:
        action = self._element.get("action") or self.leg.url
        self.leg.go_to(action, self._element.get("method", "POST"), extra)
