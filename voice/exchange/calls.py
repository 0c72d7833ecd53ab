"""Calls that a REST request asks for, changes or ends."""

from collections.abc import Callable

from voice.exchange import callbacks
from voice.exchange.ledger import CallRecord
from voice.exchange.leg import Leg
from voice.exchange.numbers import CALL_FROM, CALL_TO, MAGIC_SENDER, Form, check_pair, one, refuse, whole
from voice.exchange.parties import RestError
from voice.exchange.plant import Plant

TWIML_MAX = 4000
_UNANSWERED = ("queued", "initiated", "ringing")


def create(plant: Plant, form: Form) -> CallRecord:
    """Accept a call and ring at the next tick, or refuse it."""
    to, from_ = one(form, "To"), one(form, "From")
    if not to:
        raise refuse(21201)
    if not from_:
        raise refuse(21213)
    check_pair(to, from_, CALL_TO, CALL_FROM, 21211)
    if from_ != MAGIC_SENDER and plant.line(from_) is None:
        raise refuse(21210)
    _check_document(form)
    timeout = whole(form, "Timeout", 60, 1, 600)
    call = CallRecord(to, from_, "outbound-api", plant.now(), plant.elapsed())
    leg = Leg(plant, call, to)
    leg.fallback_url = one(form, "FallbackUrl")
    leg.detects_machine = one(form, "MachineDetection")
    leg.callback = callbacks.Callback(
        one(form, "StatusCallback"),
        one(form, "StatusCallbackMethod", "POST"),
        frozenset(" ".join(form.get("StatusCallbackEvent", ())).split() or ["completed"]),
    )
    leg.at_answer = _what_next(leg, form)
    plant.later(0, lambda: _start(leg, float(timeout)))
    plant.changed()
    return call


def _check_document(form: Form) -> None:
    url, twiml = one(form, "Url"), one(form, "Twiml")
    if twiml:
        if len(twiml) > TWIML_MAX:
            raise refuse(32018)
    elif not url.startswith(("http://", "https://")):
        raise RestError(400, 21205, "Url parameter is required, and must be an absolute address")


def _what_next(leg: Leg, form: Form) -> Callable[[], None]:
    url, twiml = one(form, "Url"), one(form, "Twiml")
    if twiml:
        return lambda: leg.carry_out(twiml)
    return lambda: leg.go_to(url, one(form, "Method", "POST"))


def _start(leg: Leg, timeout: float) -> None:
    with leg.lock:
        if leg.call.is_over:
            return None
        leg.call.status = "initiated"
        callbacks.progress(leg, "initiated")
        if not leg.seize():
            return leg.end("busy")
        if leg.plant.is_unreachable(leg.number):
            return leg.end("no-answer")
        return leg.ring(timeout)


def update(plant: Plant, call: CallRecord, form: Form) -> None:
    """Change a call that is not over, at the next tick when it is answered: a webhook may be under way just now."""
    leg = plant.live.get(call.sid)
    if leg is None or call.is_over:
        raise refuse(21220)
    status = one(form, "Status")
    if status in ("completed", "canceled"):
        if status == "canceled" and call.status not in _UNANSWERED:
            raise refuse(21220)
        # Before it rings, no webhook of this call can be under way, so it need not wait.
        return _stop(leg) if call.status == "queued" else plant.later(0, lambda: _stop(leg))
    _check_document(form)
    if call.status != "in-progress":
        raise refuse(21220)
    return plant.later(0, lambda: _redirect(leg, form))


def _stop(leg: Leg) -> None:
    with leg.lock:
        if leg.call.status == "queued":
            leg.callback = callbacks.Callback()  # cancelled while queued: nobody is told
        leg.end("completed" if leg.is_answered else "canceled")


def _redirect(leg: Leg, form: Form) -> None:
    with leg.lock:
        if not leg.call.is_over:
            leg.turn_to(_what_next(leg, form))
