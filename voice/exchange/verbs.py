"""The verbs of TwiML, each a short function from a leg and an element to what happens next."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from voice.exchange.dial import dial
from voice.exchange.gather import gather
from voice.exchange.leg import Leg
from voice.exchange.record import record
from voice.exchange.sounds import sound
from voice.exchange.step import Step


def _sound(leg: Leg, element: Element) -> None:
    leg.wait(Step(leg, sound(leg, element, leg.plant.elapsed())))


def _redirect(leg: Leg, element: Element) -> None:
    leg.go_to((element.text or "").strip(), element.get("method", "POST"))


def _hang_up(leg: Leg, element: Element) -> None:
    leg.end("completed")


def _reject(leg: Leg, element: Element) -> None:
    if leg.is_answered:
        return leg.end("completed")
    return leg.end("busy" if element.get("reason") == "busy" else "no-answer")


def _enqueue(leg: Leg, element: Element) -> None:
    """Queues are not simulated: the honest answer is the one that Twilio gives when its queues are broken."""
    leg.plant.errors.append(leg.error(14222, "Queues are not simulated: Enqueue ends with system-error.", leg.url))
    action = element.get("action")
    if action:
        leg.go_to(action, element.get("method", "POST"), {"QueueResult": "system-error", "QueueTime": "0"})


def _not_here(leg: Leg, element: Element) -> None:
    leg.fail(12200, f"<{element.tag}> does nothing in this call.", leg.url)


PERFORM: dict[str, Callable[[Leg, Element], None]] = {
    "Say": _sound,
    "Play": _sound,
    "Pause": _sound,
    "Gather": gather,
    "Record": record,
    "Dial": dial,
    "Redirect": _redirect,
    "Hangup": _hang_up,
    "Reject": _reject,
    "Enqueue": _enqueue,
    "Leave": _not_here,
    "Message": _not_here,
}
