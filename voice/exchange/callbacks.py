"""Status callbacks of calls: which events somebody asked for, and what they are told."""

import math
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice.exchange.leg import Leg

_SIP = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}


@dataclass
class Callback:
    """Where to tell of a call's progress, and which events."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = field(default_factory=lambda: frozenset({"completed"}))
    sequence_number: int = 0


def progress(leg: "Leg", event: str) -> None:
    """Tell of initiated, ringing, answered or completed, if somebody asked for it."""
    callback = leg.callback
    if not callback.url or event not in callback.events:
        return
    told = leg.params(_told(leg, event))
    callback.sequence_number += 1
    leg.plant.call_back(callback.url, told, callback.method)


def _told(leg: "Leg", event: str) -> dict[str, str]:
    told = {
        "StatusCallbackEvent": event,
        "Timestamp": format_datetime(leg.plant.now()),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(leg.callback.sequence_number),
    }
    if event == "completed":
        seconds = leg.call.duration_seconds
        told |= {
            "CallDuration": str(seconds),
            "Duration": str(math.ceil(seconds / 60)),
            "SipResponseCode": _SIP.get(leg.call.status, "200"),
        }
    return told
