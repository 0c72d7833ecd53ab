"""Hearing: the carrier's signed posts, checked and read into what the house understands. Fails closed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote

from flask import Request
from twilio.request_validator import RequestValidator

from voice.carrier.forms import why_unacceptable
from voice.talk import Heard, Sound

_FORM = "application/x-www-form-urlencoded"
_KEYS = re.compile(r"[0-9*#]+", re.ASCII)


class Unacceptable(Exception):
    """A post that is signed but makes no sense: answered 400, and nothing is stored."""


@dataclass(frozen=True)
class Door:
    """Whose posts are let in: those signed with our token, for the address under which we are known outside."""

    tokens: Mapping[str, tuple[str, ...]]  # by account; two of one while the carrier exchanges the first for the next
    public_url: str

    def is_signed(self, request: Request) -> bool:
        """Does the signature hold for the raw address and every parameter, by the token of the account that posts?"""
        signature = request.headers.get("X-Twilio-Signature")
        if not signature or not signature.isascii():
            return False
        params = request.form if request.method == "POST" else {}
        # A post that names no account, or none of ours, is judged by every token; `accept` then looks at the name.
        named = self.tokens.get(request.form.get("AccountSid", ""))
        tokens = named or tuple(chain.from_iterable(self.tokens.values()))
        url = self._signed_url(request)
        return any(RequestValidator(token).validate(url, params, signature) for token in tokens)

    def accept(self, request: Request) -> None:
        """Raises Unacceptable for a post that is not from our account, or that the carrier would not have written."""
        if request.content_length and request.mimetype != _FORM:
            raise Unacceptable("no form")
        # Who names no account has signed with the token of one of ours all the same.
        if request.form.get("AccountSid", next(iter(self.tokens))) not in self.tokens:
            raise Unacceptable("another account")
        if why := why_unacceptable(request.form):
            raise Unacceptable(why)

    def _signed_url(self, request: Request) -> str:
        # Flask re-encodes addresses, so the raw one is taken, below the address that the carrier knows us by.
        raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
        if raw is None:
            raw = quote(
                request.environ.get("SCRIPT_NAME", "") + request.environ["PATH_INFO"], safe="/:~!$&'()*+,;=@-._"
            )
            if request.query_string:
                raw += "?" + request.query_string.decode("latin-1")
        return self.public_url.rstrip("/") + str(raw)


def sid(request: Request, name: str) -> str:
    """The SID; its form was looked at when the post was accepted. Raises Unacceptable when there is none."""
    value = request.form.get(name) or (request.form.get("SmsSid") if name == "MessageSid" else None)
    if not value:
        raise Unacceptable(f"{name} is missing")
    return value


# STIR/SHAKEN, of calls in North America: https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir
_VOUCHED = ((re.compile(r"TN-Validation-Passed-A"), "sure"), (re.compile(r"TN-Validation-Failed"), "doubted"))


def vouched_for(request: Request) -> str:
    """What the network says of the number that is shown: "sure" that it is the caller's, "doubted"; "": nothing."""
    said = request.form.get("StirVerstat", "")
    return next((word for form, word in _VOUCHED if form.match(said)), "")


def heard_in_call(request: Request) -> Heard:
    """What one turn of a call brought: keys, silence, a recording, or how connecting a person went."""
    form = request.form
    if "DialCallStatus" in form:
        is_busy = form["DialCallStatus"] == "busy"
        return Heard(Sound.CONNECTED) if _was_connected(request) else Heard(Sound.NOT_CONNECTED, is_busy=is_busy)
    if form.get("RecordingSid") or form.get("RecordingUrl"):
        return _recording(request)
    keys = form.get("Digits", "")
    if _KEYS.fullmatch(keys):
        return Heard(Sound.KEYS, keys=keys[:1])
    return Heard(Sound.SILENCE)


def _was_connected(request: Request) -> bool:
    form = request.form
    bridged = form.get("DialBridged")
    if bridged is not None:
        return bridged.lower() == "true"
    return form.get("DialCallStatus") in ("completed", "answered")


def _recording(request: Request) -> Heard:
    value = request.form.get("RecordingSid", "")
    seconds = int(request.form.get("RecordingDuration") or 0)
    if not value or seconds == 0:
        return Heard(Sound.SILENCE)
    return Heard(Sound.SPOKEN, recording_sid=value, seconds=seconds)
