"""Knocking at our own door as the carrier does, from outside, signed and not signed: nothing is changed by it."""

import secrets
from collections.abc import Mapping

from twilio.request_validator import RequestValidator

from voice.carrier.reach import Heard, ask

# News of a call that nobody knows, and that is not over: read, and forgotten.
DOOR = "/voice/status"


def knock(public_url: str, *, account_sid: str, token: str, is_signed: bool) -> Heard:
    """What comes back from our own address for the carrier's posts."""
    url = public_url.rstrip("/") + DOOR
    form = {"AccountSid": account_sid, "CallSid": "CA" + secrets.token_hex(16), "CallStatus": "ringing"}
    return ask("POST", url, form=form, headers=_signature(url, form, token) if is_signed else None)


def fetch_as_carrier(method: str, url: str, *, account_sid: str, token: str) -> Heard:
    """A document where the carrier would fetch it, asked for as the carrier asks."""
    form = {"AccountSid": account_sid, "CallSid": "CA" + secrets.token_hex(16)} if method == "POST" else {}
    return ask(method, url, form=form, headers=_signature(url, form, token))


def _signature(url: str, form: Mapping[str, str], token: str) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, dict(form))}
