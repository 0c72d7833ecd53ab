"""The same signed bytes, cut into other names and values: the carrier signs them in a row, without marks between."""

from campaigns.signed_posts import signed_text

# What else the carrier tells of a call and of a text: words of anybody's that stand between those that we read.
_ENDS = (
    ("ApiVersion", "2010-04-01"), ("FromCity", "NEW YORK"), ("FromCountry", "US"), ("FromState", "NY"), ("FromZip", "10001"),
    ("ToCity", "BROOKLYN"), ("ToState", ""), ("ToZip", "11201"),
)  # fmt: skip
_OF_CALLS = (
    ("CallerCity", "NEW YORK"), ("CallerName", "MILLER ROSE"), ("CallerZip", "10001"), ("CalledCity", ""), ("Direction", "inbound"),
    ("StirVerstat", "TN-Validation-Passed-A"),
)  # fmt: skip
_OF_TEXTS = (("MessagingServiceSid", "MG" + "7" * 32), ("NumSegments", "1"), ("MediaContentType0", "image/jpeg"))
# What the house reads at each address; whoever changes that by cutting the same bytes anew must be refused.
_READ = {
    "/voice/status": ("CallSid", "CallStatus"), "/sms/status": ("MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode"),
    "/sms": ("MessageSid", "SmsSid", "From", "To", "Body", "NumMedia"), "/voice/whisper/key": ("Digits", "ParentCallSid"),
    "/voice/whisper": ("From",), "/voice": ("AccountSid", "CallSid", "From", "To"),
    "/voice/placed": ("CallSid", "From", "To"),
    "/voice/turn": ("CallSid", "From", "To", "Digits", "DialCallStatus", "DialBridged", "RecordingSid", "RecordingDuration"),
}  # fmt: skip


def cut_elsewhere(dice, post):
    """A true post with what the carrier tells besides, and the same bytes read otherwise; None when no cut was found.

    Only cuts that change what the house reads: what nobody reads may be cut as one likes.
    """
    beside = (*_ENDS, *(_OF_TEXTS if post.path.startswith("/sms") else _OF_CALLS))
    told = dict(post.pairs)
    pairs = sorted((told | dict(dice.sample(beside, dice.randint(2, len(beside))))).items())
    if len(told) < len(post.pairs) or (post.path == "/sms" and not told["From"].startswith("+")):
        return pairs, None  # no text comes from a number that is withheld
    text = signed_text("", pairs)
    read = _READ[_rule_of(post.path)]
    for _ in range(12):
        other = _shifted(dice, pairs)
        if len(dict(other)) < len(other) or signed_text("", other) != text:
            continue
        if _told(other, read) != _told(pairs, read):
            return pairs, other
    return pairs, None


def _shifted(dice, pairs):
    """One or two borders moved: between a name and its value, between neighbours, or one taken away or put in."""
    pairs = list(pairs)
    for _ in range(dice.choice((1, 1, 2))):
        at = dice.randrange(len(pairs))
        name, value = pairs[at]
        throw, whole = dice.random(), name + value
        if throw < 0.3 and at + 1 < len(pairs):
            after = "".join(pairs[at + 1])
            step = dice.randint(1, len(after))
            rest = after[step:]
            cut = dice.randint(1, len(rest)) if rest else 0
            pairs[at : at + 2] = [(name, value + after[:step]), *([(rest[:cut], rest[cut:])] if rest else [])]
        elif throw < 0.5 and at + 1 < len(pairs):
            pairs[at : at + 2] = [(name, value + "".join(pairs[at + 1]))]
        elif throw < 0.75 and len(whole) > 1:
            cut = dice.randint(1, len(whole) - 1)
            pairs[at] = (whole[:cut], whole[cut:])
        elif value:
            begin = dice.randrange(len(value))
            cut = dice.randint(begin + 1, len(value))
            pairs[at : at + 1] = [(name, value[:begin]), (value[begin:cut], value[cut:])]
    return pairs


def _told(pairs, names):
    told = dict(pairs)
    sid = told.get("MessageSid") or told.get("SmsSid")
    state = told.get("MessageStatus") or told.get("SmsStatus")
    # Whoever withholds her number is nobody, in whatever words; no pictures are none.
    sender = told.get("From", "") if told.get("From", "").startswith("+") else ""
    rest = [
        told.get(name, "")
        for name in names
        if name not in ("MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "From")
    ]
    return (sid, state, sender if "From" in names else "", *("" if value == "0" else value for value in rest))


def _rule_of(path):
    return max((rule for rule in _READ if path.partition("?")[0].startswith(rule)), key=len)
