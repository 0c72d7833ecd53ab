"""What a carrier, or somebody who has its token, may post: valid conversation first, so that deep places are reached, then
the same with something wrong in it, then anything at all. All of it follows from one seed.
"""

import random
import string
from collections import deque
from dataclasses import dataclass
from itertools import count

from town import ANNA, DUTY, KARL, LEE, LINE, MEI, MIA, ROSE, SAM

from campaigns.signed_posts import ACCOUNT

CALLERS = (ROSE, ROSE, KARL, ANNA, MEI, SAM, SAM, LEE, DUTY, MIA, "anonymous")
NASTY = (
    "", " ", "0", "-1", "+", "+1", "+0000000000", "+" + "9" * 40, "sip:rose@example.org", "client:x", "266696687",
    "\x00", "1\x00", "\x01\x02\x1b[31m", "\x7f", "\x85", "\u2028", "\ud800", "\udfff1", "\ufffe\uffff", "\ufeff1",
    "\u202e321", "\u2066x", "\u200b1", "\u3000 1 \u3000", "\u00a01", "１", "１２", "٣", "१", "²", "Ⅷ", "①", "1️⃣",
    "🥣" * 400, "👩‍👩‍👧‍👦", "é" * 70, "\u0301" * 300, "Ω≈ç√", "一" * 1600, "a" * 1600, "1" * 1600, "9" * 400, "\n" * 200,
    "</Say><Dial>+19005551234</Dial>", "<Response><Hangup/></Response>", "]]>", "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", "&#0;",
    "<script>alert(1)</script>", "' OR 1=1 --", "'; DROP TABLE calls; --", '=HYPERLINK("http://x")', "@SUM(1)", "\t=1+1",
    "{name}", "{{7*7}}", "%s%n", "${jndi:ldap://x}", "../../etc/passwd", "1e9", "NaN", "Infinity", "0x10", "1_000", "1.0",
    "true", "null", "None", "[]", "completed", "STOP", "YES", "HELP", "取消", "接", "好的",
)  # fmt: skip
BODIES = (
    "1", "2", "3", "4", "5", "6", "0", "9", "*", "1 21", "4 10", "5 21", "118", "3 99999999", "ok", "yes", "no", "done", "stop",
    "start", "help", "cancel", "hello", "no lunch", "lunch", "thank you", "bread and milk", "I fell and cannot get up", "接",
    "不", "完成", "你好", "1.", "１", "1!", "#21",
)  # fmt: skip
_FIELDS = (
    "CallSid", "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "From", "To", "Called", "Caller", "Body", "Digits",
    "CallStatus", "MessageStatus", "SmsStatus", "DialCallStatus", "DialBridged", "DialCallSid", "RecordingUrl", "RecordingSid",
    "RecordingDuration", "ErrorCode", "NumMedia", "MediaUrl0", "ParentCallSid", "Direction", "ForwardedFrom", "CallerName",
    "FromCity", "SpeechResult", "Confidence", "AnsweredBy", "X", "",
)  # fmt: skip
_PATHS = (
    "/voice", "/voice/turn/{n}", "/voice/placed/{n}", "/voice/status", "/voice/status?call={n}", "/voice/whisper",
    "/voice/whisper/key", "/sms", "/sms/status", "/voice/turn/", "/voice/turn/-1", "/voice/turn/1.0", "/voice/turn/x",
    "/voice/turn/{big}", "/voice/placed/{big}", "/voice/status?call={big}", "/voice/status?call=-1&call=2", "/sms?a=%00",
    "/voice/turn/%D9%A1", "/voice/recordings/x.wav", "/sms/", "/voice/nothing",
)  # fmt: skip
_CALL_STATES = ("completed", "busy", "no-answer", "failed", "canceled", "in-progress", "ringing")
_TEXT_STATES = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "accepted")
_ERRORS = ("", "30003", "30005", "30006", "30007", "21610", "99999")


@dataclass(frozen=True)
class Post:
    """One post, before it is signed."""

    path: str
    pairs: tuple
    kind: str


class Grammar:
    """Makes one post after the other. `sent` and `placed` are told from outside: SIDs of our texts, ids of our calls."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.sids = count(seed * 1_000_000_000 + 1)
        self.calls = deque(maxlen=12)  # [sid, number, next turn, is ours]
        self.ours = set()  # every call that we placed, also those that are forgotten above
        self.sent, self.placed = [], []

    def next(self):
        """The next post."""
        throw = self.dice.random()
        if throw < 0.6:
            return self.valid()
        return self._mutated(self.valid()) if throw < 0.9 else self._wild()

    # --- as it should be --------------------------------------------------------------------------------------------

    def valid(self):
        """A post as the carrier makes it: somebody rings, presses, writes, hangs up."""
        make = self.dice.choices(
            (self._ring, self._turn, self._text, self._over, self._news, self._answered, self._whispered), _WEIGHTS
        )[0]
        return make()

    def _ring(self):
        number, sid = self.dice.choice(CALLERS), self.sid("CA")
        self.calls.append([sid, number, 1, False])
        return self._call("voice begins", "/voice", sid, number, ("CallStatus", "ringing"), ("Direction", "inbound"))

    def _turn(self):
        if not self.calls:
            return self._ring()
        call = self.dice.choice(self.calls)
        sid, number, turn, is_ours = call
        turn = turn if self.dice.random() < 0.9 else max(0, turn + self.dice.choice((-2, -1, 1, 2)))
        call[2] = turn + 1
        throw = self.dice.random()
        if throw < 0.75:
            heard = (("Digits", self.dice.choice("111222333440012345678905*9")),)
        elif throw < 0.85:
            heard = (
                ("RecordingSid", self.sid("RE")),
                ("RecordingUrl", "https://api.twilio.com/x"),
                ("RecordingDuration", "4"),
            )
        elif throw < 0.93:
            state = self.dice.choice(("completed", "no-answer", "busy", "failed", "answered"))
            heard = (("DialCallStatus", state), ("DialBridged", self.dice.choice(("true", "false"))))
        else:
            heard = (("Digits", ""),)
        return self._call("voice goes on", f"/voice/turn/{turn}", sid, number, *heard, is_ours=is_ours)

    def _text(self):
        number = self.dice.choice(CALLERS)
        body = self.dice.choice(BODIES if self.dice.random() < 0.85 else NASTY)
        pairs = (("MessageSid", self.sid("SM")), *_ends(number), ("Body", body), ("NumMedia", "0"))
        return Post("/sms", pairs, "text")

    def _over(self):
        if not self.calls:
            return self._ring()
        sid, number, _, is_ours = self.dice.choice(self.calls)
        state = self.dice.choice(_CALL_STATES)
        return self._call("call is over", "/voice/status", sid, number, ("CallStatus", state), is_ours=is_ours)

    def _news(self):
        sid = self.dice.choice(self.sent) if self.sent and self.dice.random() < 0.9 else self.sid("SM")
        news = (("MessageStatus", self.dice.choice(_TEXT_STATES)), ("ErrorCode", self.dice.choice(_ERRORS)))
        return Post("/sms/status", (("MessageSid", sid), *_ends(LINE, ROSE), *news), "news of a text")

    def _answered(self):
        if not self.placed:
            return self._ring()
        call_id, number, sid = self.dice.choice(self.placed)
        sid = sid or self.sid("CA")
        self.calls.append([sid, number, 1, True])
        self.ours.add(sid)
        return self._call(
            "our call", f"/voice/placed/{call_id}", sid, number, ("CallStatus", "in-progress"), is_ours=True
        )

    def _whispered(self):
        sid = self.dice.choice(self.calls)[0] if self.calls else self.sid("CA")
        path = self.dice.choice(("/voice/whisper", "/voice/whisper/key"))
        more = (("ParentCallSid", sid), ("Digits", self.dice.choice("12")))
        return self._call("whisper", path, self.sid("CA"), LINE, *more, is_ours=True)

    def _call(self, kind, path, sid, number, *more, is_ours=False):
        ends = _ends(LINE, number) if is_ours else _ends(number)
        return Post(path, (("CallSid", sid), *ends, *more), kind)

    # --- with something wrong in it ---------------------------------------------------------------------------------

    def _mutated(self, post):
        pairs = list(post.pairs)
        path = post.path
        for _ in range(self.dice.randint(1, 3)):
            throw, place = self.dice.random(), self.dice.randrange(len(pairs)) if pairs else 0
            if not pairs or throw < 0.1:
                pairs.append((self.dice.choice(_FIELDS), self._value()))
            elif throw < 0.25:
                del pairs[place]
            elif throw < 0.4:
                pairs.append((pairs[place][0], self.dice.choice((pairs[place][1], self._value()))))
            elif throw < 0.8:
                pairs[place] = (pairs[place][0], self._value())
            elif throw < 0.9:
                pairs[place] = (pairs[place][0], self._bent(pairs[place][1]))
            else:
                path = self._path()
        return Post(path, tuple(pairs), f"{post.kind}, bent")

    def _wild(self):
        pairs = tuple((self.dice.choice(_FIELDS), self._value()) for _ in range(self.dice.randint(0, 12)))
        return Post(self._path(), pairs, "anything")

    def _path(self):
        n, big = self.dice.choice((0, 1, 2, 3, 17)), self.dice.choice((2**31, 2**63, 2**64, 10**30))
        return self.dice.choice(_PATHS).format(n=n, big=big)

    def _value(self):
        throw = self.dice.random()
        if throw < 0.6:
            return self.dice.choice(NASTY)
        if throw < 0.75:
            return self.dice.choice(BODIES)
        if throw < 0.9:
            kind = self.dice.choice(("CA", "SM", "MM", "RE", "AC", "PN", "ca"))
            return self.sid(kind) if not self.calls or self.dice.random() < 0.5 else self.dice.choice(self.calls)[0]
        if throw < 0.99:
            letters = string.printable + "\u00e9\u4f60\u0663\u202e\U0001f600\x00\x0b"
            return "".join(self.dice.choice(letters) for _ in range(self.dice.randint(1, 60)))
        return self.dice.choice(("x", "\u4f60", "\x00")) * self.dice.choice((5_000, 30_000, 70_000))

    def _bent(self, value):
        at = self.dice.randrange(len(value) + 1)
        return self.dice.choice(
            (
                value[:at] + self.dice.choice(NASTY[:24]) + value[at:],
                value[:at],
                value[at:],
                value * 2,
                value.upper(),
                f" {value} ",
            )
        )

    def sid(self, kind):
        """One that was never used."""
        return f"{kind}{next(self.sids):032x}"

    def split_anew(self, pairs):
        """The same bytes under the same signature, cut into names and values at other places."""
        pairs = sorted(pairs)
        at = self.dice.randrange(len(pairs))
        name, value = pairs[at]
        if at + 1 < len(pairs) and self.dice.random() < 0.6:
            return (*pairs[:at], (name, value + "".join(pairs[at + 1])), *pairs[at + 2 :])
        cut = self.dice.randint(1, max(1, len(name + value) - 1))
        whole = name + value
        return (*pairs[:at], (whole[:cut], whole[cut:]), *pairs[at + 1 :])


def _ends(number, to=LINE):
    return (("AccountSid", ACCOUNT), ("From", number), ("To", to))


_WEIGHTS = (12, 50, 22, 5, 5, 3, 3)
