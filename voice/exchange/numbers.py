"""Numbers and forms as they come with REST requests, and Twilio's magic numbers."""

import re
from collections.abc import Mapping, Sequence

from voice.exchange.parties import RestError

Form = Mapping[str, Sequence[str]]
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")

# Twilio's test credentials refuse these whatever else is right; ours always do.
MESSAGE_TO = {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408, "+15005550004": 21610,
              "+15005550009": 21614}  # fmt: skip
MESSAGE_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
CALL_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
CALL_FROM = {"+15005550001": 21212}
MAGIC_SENDER = "+15005550006"

SENTENCES = {
    20003: "Authenticate",
    20009: "Cannot delete: the resource is still in progress",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20503: "Service Unavailable",
    21201: "No 'To' number is specified",
    21205: "Url parameter is required",
    21210: "The source phone number provided is not yet verified for your account",
    21211: "The 'To' number is not a valid phone number",
    21212: "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID",
    21213: "A 'From' phone number is required",
    21214: "The 'To' phone number provided cannot be reached",
    21215: "Account not authorized to call this number",
    21216: "Account not allowed to call this number",
    21217: "Phone number does not appear to be valid",
    21220: "Call is not in-progress. Cannot redirect.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21602: "Message body is required",
    21603: "A 'From' phone number is required",
    21604: "A 'To' phone number is required",
    21606: "The 'From' phone number provided is not a valid, message-capable phone number for this account",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number is not currently reachable using the 'From' phone number",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    32018: "The twiml parameter exceeds 4000 characters",
}


def refuse(code: int, status: int = 400) -> RestError:
    """The refusal with that number."""
    return RestError(status, code, SENTENCES[code])


def one(form: Form, name: str, default: str = "") -> str:
    """The value of a field, or the default."""
    values = form.get(name)
    return values[0] if values else default


def whole(form: Form, name: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds; anything else is refused as Twilio does."""
    told = one(form, name)
    if not told:
        return default
    if not told.isdecimal() or not least <= int(told) <= most:
        raise RestError(400, 20001, f"{name} must be a whole number from {least} to {most}")
    return int(told)


def check_pair(to: str, from_: str, to_magic: Mapping[str, int], from_magic: Mapping[str, int], to_code: int) -> None:
    """Refuse numbers that are magic, or that are none."""
    if to in to_magic:
        raise refuse(to_magic[to])
    if from_ in from_magic:
        raise refuse(from_magic[from_])
    if not _E164.fullmatch(to):
        raise refuse(to_code)
