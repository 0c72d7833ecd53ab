"""What can be seen and heard at one telephone."""

from typing import Any

from voice.exchange.ledger import MessageRecord
from voice.exchange.leg import Leg
from voice.exchange.parties import Handset
from voice.exchange.plant import Plant


def handset_view(plant: Plant, number: str, handset: Handset | None = None) -> dict[str, Any]:
    """The telephone with that number, in a call or with what was heard in the last one."""
    handset = handset or plant.handset(number) or Handset(number, "")
    leg = plant.in_use.get(number)
    return {
        "number": number,
        "label": handset.label,
        "role": handset.role,
        "language": handset.language,
        "is_landline": handset.is_landline,
        "switched_off": plant.is_unreachable(number),
        "thread": [_text(message, number) for message in list(plant.thread(number))],
        **_call(leg or plant.last_leg.get(number), is_live=leg is not None),
    }


def _call(leg: Leg | None, *, is_live: bool) -> dict[str, Any]:
    if leg is None:
        return {"state": "idle", "expects": "", "call_sid": None, "with": "", "heard": [], "keys": ""}
    step = leg.step if is_live else None
    return {
        "state": (step.state if step else "waiting") if is_live else "idle",
        "expects": step.expects if step else "",
        "call_sid": leg.call.sid,
        "with": leg.call.to if leg.call.direction == "inbound" else leg.call.from_,
        "heard": [dict(entry) for entry in list(leg.heard)],
        "keys": leg.keys,
    }


def _text(message: MessageRecord, number: str) -> dict[str, Any]:
    is_own = message.from_ == number
    return {
        "direction": "sent" if is_own else "received",
        "with": message.to if is_own else message.from_,
        "body": message.body,
        "media": message.media,
        "at": message.created_at.isoformat(),
        "status": message.status,
        "sid": message.sid,
    }
