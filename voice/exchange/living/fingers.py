"""One call in somebody's hand: she listens, presses her keys, says what she has to say, and hangs up."""

from collections import deque
from typing import TYPE_CHECKING

from voice.exchange.living.manners import Manner

if TYPE_CHECKING:
    from voice.exchange.exchange import Exchange
    from voice.exchange.leg import Leg

# Nobody hears longer than this before she presses, talks longer than that, or waits longer for a person.
_HEARS_SECONDS = 14.0
_TALKS_SECONDS = 60.0
_LONGEST_SECONDS = 240.0
# From the end of what is said to the finger on the key.
_FINGER_SECONDS = 2.0


class Fingers:
    """Steps on, each time that it is asked to, when its moment has come."""

    def __init__(
        self, exchange: "Exchange", leg: "Leg", manner: Manner, words: str, talk: str, *, quickness: float
    ) -> None:
        """`words` is what she says after a tone, `talk` what to a person."""
        self._exchange, self._leg, self._manner, self._quickness = exchange, leg, manner, quickness
        self._keys = deque(manner.keys)
        self._words, self._talk = words, talk
        self._is_spoken = self._is_bridged = False
        self._began = exchange.plant.elapsed()
        self._ready = self._when_heard()

    @property
    def number(self) -> str:
        """Whose telephone it is."""
        return self._leg.number

    @property
    def heard(self) -> str:
        """Everything that was said to her."""
        return " ".join(entry["text"] for entry in list(self._leg.heard) if entry["kind"] == "say")

    @property
    def is_over(self) -> bool:
        """Is the call over, or the telephone in other hands?"""
        return self._leg.call.is_over

    def go_on(self) -> str:
        """What she does now, in a word; "" if nothing. Raises ExchangeError when the line was quicker."""
        now = self._exchange.plant.elapsed()
        if self.is_over or now < self._ready:
            return ""
        did = self._act(now)
        self._ready = self._when_heard()
        return did

    def _act(self, now: float) -> str:
        step = self._leg.step
        expects = step.expects if step is not None else ""
        if now - self._began > _LONGEST_SECONDS or (self._manner.goes and not self._keys):
            return self.hang_up()
        if expects == "keys":
            return self._press()
        if expects == "words":
            return self._say()
        if self._leg.other is not None and self._leg.is_answered:
            return self._talk_with_a_person()
        return ""

    def _press(self) -> str:
        if not self._keys:
            # Whoever pressed nothing from the start waits for the line to go on; the others have what they wanted.
            return self.hang_up() if self._manner.keys else ""
        key = self._keys.popleft()
        self._exchange.press(self.number, key)
        return f"press {key}"

    def _say(self) -> str:
        if self._is_spoken or not self._words:
            self._is_spoken = False
            self._exchange.press(self.number, "#")
            return ""
        self._is_spoken = True
        self._exchange.speak(self.number, self._words)
        return "say"

    def _talk_with_a_person(self) -> str:
        if self._is_bridged:
            return self.hang_up()
        self._is_bridged = True
        if self._talk:
            self._exchange.speak(self.number, self._talk)
        return "talk"

    def hang_up(self) -> str:
        """She puts the receiver down."""
        self._exchange.hang_up(self.number)
        return "hang_up"

    def _when_heard(self) -> float:
        """When what sounds now is over, as far as she has the patience; a conversation lasts for a while."""
        now = self._exchange.plant.elapsed()
        if self._is_bridged:
            return now + _TALKS_SECONDS
        over = max((entry["at"] + entry["seconds"] for entry in list(self._leg.heard)), default=now)
        patience = min(max(over - now, 0.0), _HEARS_SECONDS)
        return now + (patience + _FINGER_SECONDS) / self._quickness
