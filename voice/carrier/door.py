"""Hearing: the carrier's signed posts, checked and read into what the house understands. Fails closed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from flask import Request
from twilio.request_validator import RequestValidator

from voice.talk import Heard, Sound

_SID = {
    "CallSid": re.compile(r"CA[0-9a-f]{32}", re.ASCII),
    "MessageSid": re.compile(r"(?:SM|MM)[0-9a-f]{32}", re.ASCII),
    "RecordingSid": re.compile(r"RE[0-9a-f]{32}", re.ASCII),
}
# Parameters that we read must be there once: two would let a forged one hide behind the signed one.
_SINGLE = (
    "AccountSid", "CallSid", "MessageSid", "RecordingSid", "From", "To", "Body", "Digits", "CallStatus",
    "MessageStatus", "DialCallStatus", "RecordingUrl", "RecordingDuration", "ErrorCode", "NumMedia", "DialBridged",
)  # fmt: skip
# The carrier's own names that begin like one that we read.
_LIKE_OURS = frozenset(f"{side}{part}" for side in ("From", "To") for part in ("City", "State", "Zip", "Country"))
_KEYS = re.compile(r"[0-9*#]+", re.ASCII)


class Unacceptable(Exception):
    """A post that is signed but makes no sense: answered 400, and nothing is stored."""


@dataclass(frozen=True)
class Door:
    """Whose posts are let in: those signed with our token, for the address under which we are known outside."""

    tokens: Mapping[str, str]  # by account: the first, and the one to fail over to
    public_url: str

    def is_signed(self, request: Request) -> bool:
        """Does the signature hold for the raw address and every parameter, by the token of the account that posts?"""
        signature = request.headers.get("X-Twilio-Signature")
        if not signature or not signature.isascii():
            return False
        params = request.form if request.method == "POST" else {}
        # A post that names no account, or none of ours, is judged by every token; `accept` then looks at the name.
        named = self.tokens.get(request.form.get("AccountSid", ""))
        tokens = [named] if named else list(self.tokens.values())
        url = self._signed_url(request)
        return any(RequestValidator(token).validate(url, params, signature) for token in tokens)

    def accept(self, request: Request) -> None:
        """Raises Unacceptable for a post that is not from our account, or says something twice."""
        form = request.form
        twice = [name for name in _SINGLE if len(form.getlist(name)) > 1]
        if twice:
            raise Unacceptable(f"{twice[0]} is there twice")
        if any(_hides_another(name) for name in form):
            raise Unacceptable("a name that the carrier does not have")
        if form.get("AccountSid", next(iter(self.tokens))) not in self.tokens:
            raise Unacceptable("another account")

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


def _hides_another(name: str) -> bool:
    """The signature does not say where a name ends and its value begins: "From" and "+1 555" are signed like a name
    "From+1 555" without a value, and a text that ends with "From" and a number could put that one in its place."""
    return name.startswith(_SINGLE) and name not in _SINGLE and name not in _LIKE_OURS


def sid(request: Request, name: str) -> str:
    """A SID of the right form. Raises Unacceptable."""
    value = request.form.get(name, "")
    if name == "MessageSid" and not value:
        value = request.form.get("SmsSid", "")
    if not _SID[name].fullmatch(value):
        raise Unacceptable(f"{name} is not one")
    return value


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
    duration = request.form.get("RecordingDuration", "0")
    seconds = int(duration) if duration.isascii() and duration.isdigit() and len(duration) < 7 else 0
    if not _SID["RecordingSid"].fullmatch(value) or seconds == 0:
        return Heard(Sound.SILENCE)
    return Heard(Sound.SPOKEN, recording_sid=value, seconds=seconds)
