"""What each parameter of the carrier's may look like, and that the signed bytes can be read in one way only.

A signature covers names and values in one row, without marks between them. Whoever holds a signed post could cut the
same bytes elsewhere: let one parameter swallow its neighbour, or end a text early. What we read is therefore there
once, in its own form, and not hidden in another one.

There is no list of all names that may come: the carrier adds new ones without telling, and callers must not be turned
away for that.
"""

import re
from collections.abc import Iterator, Mapping

from werkzeug.datastructures import MultiDict

_CALL, _TEXT = r"CA[0-9a-f]{32}", r"(?:SM|MM)[0-9a-f]{32}"
# Whoever writes no number is a caller like any other; but a number ends where the next name begins.
_SOMEBODY, _KEYS, _STATUS, _COUNT = r"(?!\+?\d+[A-Z]).*", r"(?!.*[A-Z][a-z]).*", r"[a-z-]{0,20}", r"\d{0,7}"
FORMS = {
    name: re.compile(form, re.ASCII | re.DOTALL)
    for name, form in {
        "AccountSid": r"AC[0-9a-f]{32}", "CallSid": _CALL, "ParentCallSid": _CALL, "DialCallSid": _CALL,
        "MessageSid": _TEXT, "SmsSid": _TEXT, "SmsMessageSid": _TEXT, "RecordingSid": r"RE[0-9a-f]{32}",
        "From": _SOMEBODY, "To": _SOMEBODY, "Called": _SOMEBODY, "Digits": _KEYS,
        "CallStatus": _STATUS, "DialCallStatus": _STATUS, "MessageStatus": _STATUS, "SmsStatus": _STATUS,
        "DialBridged": r"(?i:true|false)", "RecordingDuration": _COUNT, "NumMedia": _COUNT, "ErrorCode": _COUNT,
        "StirVerstat": r"[A-Za-z-]{0,60}",
    }.items()
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}", re.ASCII)
_SIDS_OF_A_TEXT = ("MessageSid", "SmsSid", "SmsMessageSid")
# How what we read begins, where it was swallowed by another parameter.
_BEGIN = {
    "AccountSid": "AC",
    "Digits": "[0-9*#]", "From": r"[+\d]", "To": r"[+\d]", "CallStatus": "[a-z]", "DialCallStatus": "[a-z]",
    "DialBridged": "[Ttf]", "RecordingSid": "RE", "RecordingDuration": r"\d", "ParentCallSid": "CA",
    "MessageStatus": "[a-z]", "SmsStatus": "[a-z]", "NumMedia": r"\d", "ErrorCode": r"\d", "Body": "",
    "StirVerstat": "(?:TN|No)-",
}  # fmt: skip
# Two of them are the end of another name, too.
_ITSELF = {
    name: re.compile(f"(?<!Dial)(?<!Forwarded){re.escape(name)}{begin}", re.ASCII) for name, begin in _BEGIN.items()
}
# What may stand behind the words of a text, in the order in which the carrier signs: any other name was cut off them.
_BEHIND_A_BODY = {
    "ButtonPayload", "ButtonText", "ButtonType", "ChannelInstallSid", "ChannelMetadata", "ChannelPrefix", "DateCreated",
    "ErrorCode", "ErrorMessage", "Forwarded", "FrequentlyForwarded", "From",
}  # fmt: skip


def why_unacceptable(form: MultiDict[str, str]) -> str | None:
    """The first thing that the carrier would never have written, or None."""
    twice = [name for name, values in form.lists() if len(values) > 1]
    if twice:
        return "something is there twice"
    if not all(_NAME.fullmatch(name) for name in form):
        return "a name is none"
    wrong = next((name for name, value in form.items() if not _fits(name, value)), None)
    if wrong is not None:
        return f"{wrong} is not one"
    if len({form[name] for name in _SIDS_OF_A_TEXT if name in form}) > 1:
        return "a text has two names"
    hidden = next(_hidden(form), None)
    if hidden is not None:
        return f"{hidden} lies in another parameter"
    return "a text was cut off" if "Body" in form and _behind("Body", form) not in _BEHIND_A_BODY else None


def _fits(name: str, value: str) -> bool:
    form = FORMS.get(name)
    return form is None or form.fullmatch(value) is not None


def _hidden(form: Mapping[str, str]) -> Iterator[str]:
    """What we read and what is not there, or is something else there, though its bytes lie elsewhere in the row."""
    is_text = "MessageSid" in form or "SmsSid" in form
    elsewhere = [name for name in _ITSELF if not (name in form and _ITSELF[name].match(name + form[name]))]
    # People may write anything; but without a sender there is no text.
    is_passed_over = "Body" in form and "From" not in elsewhere
    signed = "".join("\n" if name == "Body" and is_passed_over else name + form[name] for name in sorted(form))
    for name in elsewhere:
        if (is_text or name != "Body") and _ITSELF[name].search(signed):
            yield name


def _behind(name: str, form: Mapping[str, str]) -> str:
    return min((other for other in form if other > name), default="From")
