"""What a leg of a call can be waiting for: what keys, words, time and a hang-up mean to each kind of waiting."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice.exchange.leg import Leg


class Step:
    """Waiting, until `due` (or for ever). By itself it lets keys and words pass unnoticed, and goes on in time."""

    state = "talking"  # what the handset shows
    expects = ""  # keys, words or answer

    def __init__(self, leg: "Leg", due: float | None) -> None:
        self.leg = leg
        self.due = due

    def on_time(self) -> None:
        """The moment has come."""
        self.leg.go_on()

    def on_key(self, key: str) -> None:
        """A key was pressed. Twilio keeps none for later."""

    def on_words(self, words: str) -> bool:
        """Somebody speaks; whether anything listens."""
        return False

    def on_hang_up(self) -> None:
        """The person at this leg has hung up, and the call is already over."""

    def on_end(self) -> None:
        """The leg ends, for whatever reason."""


class Ringing(Step):
    """The telephone rings, and nobody has answered yet."""

    state = "ringing"
    expects = "answer"

    def on_time(self) -> None:
        self.leg.end("no-answer")


class Bridged(Step):
    """The called person's side of a bridge: whatever happens is told to the leg that dialled."""

    def on_words(self, words: str) -> bool:
        return self.leg.other_hears(words)
