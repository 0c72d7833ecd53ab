"""The carrier's posts made by hand, quickly: signed as Twilio signs, handed to the web application without a network."""

import base64
import hashlib
import hmac
import io
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from town import PUBLIC

TOKEN = "t" * 32
ACCOUNT = "AC" + "0" * 32
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    media_type: str
    body: str
    location: str = ""


def signed_text(path, pairs):
    """What is signed: the address and every parameter, in the order of their names; a name's equal values count once.

    Written anew from Twilio's description, so that it is no echo of the library that checks it.
    """
    values = {}
    for name, value in pairs:
        values.setdefault(name, set()).add(value)
    return PUBLIC + path + "".join(name + value for name in sorted(values) for value in sorted(values[name]))


def sign(text, token=TOKEN):
    """The signature of these bytes by that key."""
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signature(path, pairs, *, token=TOKEN):
    """What the carrier would write under a post."""
    return sign(signed_text(path, pairs), token)


def post(app, path, pairs, *, signed=None, body=None):
    """Hand one post to the application. `signed` is another signature than the right one, `body` other bytes."""
    written = urlencode(pairs).encode() if body is None else body
    return hand_over(app, path, written, signature(path, pairs) if signed is None else signed)


def hand_over(app, path, body, signed):
    """These bytes, under that signature."""
    return ask(app, "POST", path, body, {"HTTP_X_TWILIO_SIGNATURE": signed})


def ask(app, method, path, body=b"", more=None):
    """Any request; `more` is what else its WSGI environment holds, or holds instead."""
    where, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": where, "QUERY_STRING": query, "SCRIPT_NAME": "", "RAW_URI": quote(path, safe="/?=&%"),
        "SERVER_NAME": "linli.test", "SERVER_PORT": "80", "HTTP_HOST": "linli.test", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False,
        "wsgi.run_once": False, **(more or {}),
    }  # fmt: skip
    begun = {}

    def start_response(status, headers, _exc_info=None):
        begun["status"], begun["headers"] = int(status[:3]), dict(headers)

    parts = app(environ, start_response)
    try:
        answer = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    told = begun["headers"]
    media_type = told.get("Content-Type", "").partition(";")[0]
    return Answer(begun["status"], media_type, answer.decode("utf-8"), told.get("Location", ""))
