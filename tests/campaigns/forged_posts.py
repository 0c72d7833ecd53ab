"""Posts to the carrier's addresses that are not the carrier's: each made from a true one that was not handed over yet.

A maker takes the dice and a true post, and returns a Forged, or None when this post cannot be forged in that way.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from town import LINE, PUBLIC, ROSE

from campaigns.forged_cuts import cut_elsewhere
from campaigns.signed_posts import ACCOUNT, TOKEN, sign, signature, signed_text

HOST = PUBLIC.partition("//")[2]
SIGNED = "HTTP_X_TWILIO_SIGNATURE"
_OTHER_ACCOUNT = "AC" + "9" * 32
_SID_FIELDS = {"CallSid", "MessageSid", "SmsSid", "RecordingSid", "ParentCallSid", "AccountSid"}


@dataclass(frozen=True)
class Forged:
    """A request that must change nothing, and the answers that it may get."""

    kind: str
    method: str
    path: str
    answers: frozenset
    body: bytes = b""
    more: dict = field(default_factory=dict)
    goes_to: str = ""  # where a redirect must lead


def forged(kind, post, answers, *, pairs=None, body=None, signed=None, method="POST", path=None, **more):
    """One that is posted as a form, unless `more` (of the WSGI environment) says otherwise."""
    written = urlencode(post.pairs if pairs is None else pairs).encode() if body is None else body
    beside = more if signed is None else {SIGNED: signed, **more}
    return Forged(kind, method, post.path if path is None else path, frozenset(answers), written, beside)


def unsigned(dice, post):
    """No signature, or an empty one."""
    return forged("unsigned", post, {403}, signed=dice.choice((None, "")))


def made_up(dice, post):
    """Something in the signature's place."""
    true = signature(post.path, post.pairs)
    words = (
        "x", true[::-1], true[:-1], true + "=", true.lower(), true.rstrip("="), f" {true[1:]}", "A" * 4000, "\xfcnsigned", "===", "\x00",
        base64.b64encode(dice.randbytes(20)).decode(), base64.b64encode(dice.randbytes(32)).decode(), "None", f"{true},{true}",
    )  # fmt: skip
    return forged("a made-up signature", post, {403}, signed=dice.choice([word for word in words if word != true]))


def by_another_key(dice, post):
    """A true signature, by a key that is not the account's."""
    key = dice.choice(("u" * 32, "", ACCOUNT, TOKEN[:-1], TOKEN + "t", TOKEN.upper(), "s" * 40))
    return forged("signed with another key", post, {403}, signed=signature(post.path, post.pairs, token=key))


def for_another_address(dice, post):
    """The carrier's own signature, for another address than that to which it is posted."""
    tail = signed_text("", post.pairs).removeprefix(PUBLIC)
    where = dice.choice(
        (
            f"http://evil.example{post.path}", f"https://{HOST}{post.path}", f"http://{HOST}:8443{post.path}",
            f"{PUBLIC}{post.path}/", f"{PUBLIC}/{post.path}", f"{PUBLIC}{post.path}?x=1", PUBLIC, f"{PUBLIC}/healthz", f"{post.path}",
            f"http://user@{HOST}{post.path}", f"http://{HOST}.evil.example{post.path}", f"{PUBLIC}{post.path.upper()}#x",
        )
    )  # fmt: skip
    return forged("signed for another address", post, {403}, signed=sign(where + tail))


def behind_another_host(dice, post):
    """Signed by our key for a host that the request names itself."""
    host = dice.choice(
        ("evil.example", "linli.test.evil.example", "127.0.0.1", "linli.test:443", "LINLI.TEST.", "[::1]", "a b")
    )
    scheme = dice.choice(("http", "https"))
    more = {
        "HTTP_X_FORWARDED_HOST": host,
        "HTTP_X_FORWARDED_PROTO": scheme,
        "HTTP_FORWARDED": f"host={host};proto={scheme}",
    }
    if dice.random() < 0.7:
        more |= {"HTTP_HOST": host, "SERVER_NAME": host, "wsgi.url_scheme": scheme}
    if dice.random() < 0.3:
        more["RAW_URI"] = f"{scheme}://{host}{post.path}"
    if dice.random() < 0.3:
        more["HTTP_X_ORIGINAL_URL"] = more["HTTP_X_REWRITE_URL"] = "/healthz"
    tail = signed_text("", post.pairs).removeprefix(PUBLIC)
    # A host that is none is refused before anything is looked at.
    return forged(
        "Host and X-Forwarded games", post, {403, 400}, signed=sign(f"{scheme}://{host}{post.path}{tail}"), **more
    )


def for_another_method(dice, post):
    """Signed as a GET is signed, or with what is posted in the address: then other parameters are not covered."""
    query = urlencode(post.pairs)
    text = dice.choice((PUBLIC + post.path, f"{PUBLIC}{post.path}?{query}"))
    return forged("signed for another method", post, {403}, signed=sign(text))


def with_another_method(dice, post):
    """The true post, but not posted."""
    method = dice.choice(("GET", "GET", "GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"))
    query = urlencode(post.pairs)
    path = f"{post.path}{'&' if '?' in post.path else '?'}{query}" if dice.random() < 0.7 else post.path
    more = {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"}
    return forged("not posted", post, {405}, signed=sign(PUBLIC + path), method=method, path=path, **more)


def of_another_account(dice, post):
    """Of an account that is not ours: signed by its own key, or by ours."""
    account = dice.choice((_OTHER_ACCOUNT, "", ACCOUNT.lower(), ACCOUNT + "0", f" {ACCOUNT}", ACCOUNT[:-1]))
    pairs = [*(pair for pair in post.pairs if pair[0] != "AccountSid"), ("AccountSid", account)]
    key = dice.choice((TOKEN, TOKEN, "u" * 32))
    answers = {400} if key == TOKEN else {403}
    return forged("another account", post, answers, pairs=pairs, signed=signature(post.path, pairs, token=key))


def said_twice(dice, post):
    """A parameter that is there twice, with our signature over both or over the first."""
    name, value = dice.choice(post.pairs)
    more = (*post.pairs, (name, dice.choice((value, ROSE, "1", "completed", LINE, ""))))
    covers = dice.choice((more, post.pairs))
    # Equal values count once, so either signature may hold: it is refused all the same.
    return forged(
        "a parameter twice", post, {400, 403}, pairs=dice.sample(more, len(more)), signed=signature(post.path, covers)
    )


def not_covered(dice, post):
    """A parameter more, less or other than what was signed."""
    pairs = list(post.pairs)
    at, throw = dice.randrange(len(pairs)), dice.random()
    if throw < 0.4:
        pairs.append(
            (
                dice.choice(("Digits", "Body", "Extra", "CallStatus", "X", "", "From2", "\u0421allSid")),
                dice.choice(("1", "completed", ROSE)),
            )
        )
    elif throw < 0.6:
        del pairs[at]
    else:
        pairs[at] = (pairs[at][0], pairs[at][1] + dice.choice(("1", " ", "\n", "\x00", "\u200b", "\u0661")))
    if signed_text("", pairs) == signed_text("", post.pairs):
        return None
    return forged("not what was signed", post, {403}, pairs=pairs, signed=signature(post.path, post.pairs))


def with_a_name_that_is_none(dice, post):
    """Signed by us, and no name that the carrier would give a parameter."""
    name = dice.choice(
        ("", " ", "From ", "\u0421allSid", "Di\ngits", "1", "a" * 200, "<b>", "Bo\x00dy", "+", "To[]", "\u0661")
    )
    pairs = (*post.pairs, (name, dice.choice(("1", "", ROSE))))
    return forged("an unknown name", post, {400}, pairs=pairs, signed=signature(post.path, pairs))


def with_a_wrong_form(dice, post):
    """Signed by us, with a SID, a state or a number of another form."""
    names = [
        at
        for at, (name, value) in enumerate(post.pairs)
        if name in _SID_FIELDS or (name in ("From", "To") and value.startswith("+"))
    ]
    at = dice.choice(names)
    name, value = post.pairs[at]
    if name in _SID_FIELDS:
        put = dice.choice(
            (value + "\n", f" {value}", value + " ", value[:-1], value + "0", value[:-1] + "\u0661", value[:-1] + "\uff11", value[:2].lower() + value[2:],
             value[:-1] + "G", "XX" + value[2:], value[:2] + "-" * 32, value + "\x00", value[:-1] + "\u0430", f"{value}%00", f"{value}/../{value}")
        )  # fmt: skip
        answers = {400}
    else:
        put, answers = f"{value}{dice.choice(('FromCity', 'Body1', 'Zz'))}", {400}
    pairs = (*post.pairs[:at], (name, put), *post.pairs[at + 1 :])
    return forged("a wrong SID or number", post, answers, pairs=pairs, signed=signature(post.path, pairs))


def for_nobodys_number(dice, post):
    """Signed by us, to a number that is none of ours, ours written otherwise among them."""
    if post.path not in ("/voice", "/sms"):
        return None
    put = dice.choice(
        (
            f"{LINE}\n",
            f" {LINE}",
            f"{LINE[:-1]}\uff10",
            "+1 212 555 0100",
            LINE[1:],
            "",
            "+",
            "0",
            "+12125550999",
            f"{LINE};ext=1",
            "\u202e" + LINE,
        )
    )
    pairs = tuple((name, put if name == "To" else value) for name, value in post.pairs if name != "Called")
    return forged("to nobody's number", post, {400, 404}, pairs=pairs, signed=signature(post.path, pairs))


def cut_anew(dice, post):
    """The same signed bytes, cut into other names and values."""
    pairs, other = cut_elsewhere(dice, post)
    if other is None:
        return None
    return forged("cut anew", post, {400}, pairs=other, signed=signature(post.path, pairs))


def as_json(dice, post):
    """A body of JSON, with the sum that such a body is signed with; its address is signed, it is not read."""
    body = json.dumps(dict(post.pairs)).encode()
    total = hashlib.sha256(body).hexdigest()
    path = f"{post.path}{'&' if '?' in post.path else '?'}bodySHA256={dice.choice((total, total[::-1], '', total.upper()))}"
    signed = sign(PUBLIC + (path if dice.random() < 0.6 else post.path))
    return forged("JSON", post, {400, 403}, body=body, signed=signed, path=path, CONTENT_TYPE="application/json")


def of_another_kind(dice, post):
    """The true bytes, announced as something else."""
    kind = dice.choice(
        (
            "text/plain",
            "",
            "application/octet-stream",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "text/xml",
        )
    )
    return forged("another media type", post, {400, 403}, signed=signature(post.path, post.pairs), CONTENT_TYPE=kind)


def cut_short(dice, post):
    """Fewer bytes than there are, by the length that is announced."""
    body = urlencode(post.pairs).encode()
    length = dice.randrange(len(body))
    if parse_qsl(body[:length].decode(), keep_blank_values=True) == list(post.pairs):
        return None  # only an = is missing: nothing else is told
    return forged(
        "cut short", post, {403}, body=body, signed=signature(post.path, post.pairs), CONTENT_LENGTH=str(length)
    )


def huge(dice, post):
    """More than anybody has to tell, rightly signed; announced or not."""
    pairs = (*post.pairs, ("Body2", "x" * dice.choice((65_536, 100_000))))
    signed = signature(post.path, pairs)
    if dice.random() < 0.7:
        return forged("huge", post, {413}, pairs=pairs, signed=signed)
    # What comes in pieces is read to the limit, and the signature does not hold for that.
    more = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return forged("huge, in pieces", post, {403, 413}, pairs=pairs, signed=signed, **more)


# how often, beside the others
MAKERS = {
    unsigned: 10, made_up: 10, by_another_key: 10, for_another_address: 12, behind_another_host: 10, for_another_method: 8,
    with_another_method: 8, of_another_account: 8, said_twice: 8, not_covered: 12, with_a_name_that_is_none: 6, with_a_wrong_form: 12,
    for_nobodys_number: 6, cut_anew: 30, as_json: 6, of_another_kind: 6, cut_short: 6, huge: 1,
}  # fmt: skip
