"""Ears: everything that the program says, to whom it says it, and whether whoever it was may know it.

Log lines of every logger at DEBUG, answers to the carrier, texts, pages, errors, what commands print. Who may know what is
a table: a line that is missing in it is a fault.
"""

import io
import logging
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl

from campaigns.privy.birds import SECRETS, Bird, bird, birds_in, numbers_in

# What is said → what of people may be in it, whoever it is of. Whose it must be otherwise, `Ears._may_know` says.
NOTHING, ANYTHING = frozenset(), None
MAY_KNOW = {
    "log line": NOTHING,
    "traceback": NOTHING,
    "log of the server": NOTHING,
    "answer to a caller": NOTHING,
    "call to a resident": NOTHING,
    "call to a volunteer": NOTHING,
    "call to staff": frozenset({"surname", "helper"}),
    "call to somebody else": NOTHING,
    "answer to a post": NOTHING,
    "text to a resident": NOTHING,
    "text to a volunteer": NOTHING,
    "text to staff": frozenset({"surname", "helper"}),
    "text to a contact": NOTHING,
    "text to the kitchen": frozenset({"diet"}),  # what to leave out of how many portions, and nobody's name
    "text to a stranger": NOTHING,
    "page of the board": ANYTHING,
    "page for another community": frozenset({"elsewhere"}),
    "page for nobody": NOTHING,
    "error page": NOTHING,
    "login that asks again": frozenset({"clerk"}),  # with the name that was typed there
    "/healthz": NOTHING,
    "what a command prints": NOTHING,
    "what is wrong in a list": ANYTHING,  # the operator's own list, line by line
}  # fmt: skip
# What only whoever holds her job may read or hear, and what she herself may.
_OF_THE_JOB = frozenset({"address", "door", "note", "diet"})
_HER_OWN = frozenset({"note"})
# Telephone numbers are looked for where nobody is talked with.
_WITHOUT_NUMBERS = frozenset({"log line", "traceback", "log of the server", "error page", "login that asks again", "page for nobody", "/healthz",
                              "what a command prints", "answer to a caller", "text to a stranger"})  # fmt: skip
# Answers that show again what somebody has just typed; every other one that is no success is an error page.
_SHOWN_AGAIN = frozenset({400, 409, 413, 422})
_MESSAGES, _CALLS = re.compile(r"/Messages\.json$"), re.compile(r"^/voice")
_TEXT, _PAGE = "text/", re.compile(r"text/html|application/json|text/xml|text/plain")


@dataclass(frozen=True)
class Leak:
    """Somebody learned what was not for them."""

    said: str
    bird: Bird
    words: str

    def __str__(self):
        return f"{self.said}: {self.bird.kind} of {self.bird.number}: {self.words}"


class Ears:
    """Hears everything, searches it, and counts what it has searched."""

    def __init__(self, parish):
        self.parish = parish
        self.searched, self.leaks, self.loggers = Counter(), [], Counter()
        self.is_busy = False  # it asks the database itself: that is no saying of the program's
        self.planted = None  # what is said → what is added to the next of it, as a fault of ours might add it

    def hear(self, said, words, *, to=None):
        """Search what was said, to whoever has that number."""
        self.searched[said] += 1
        self.is_busy = True
        try:
            self._search(said, words, to)
        finally:
            self.is_busy = False

    def _search(self, said, words, to):
        found = birds_in(words) | (numbers_in(words) if said in _WITHOUT_NUMBERS else set())
        for each in found:
            if not self._may_know(said, each, to):
                self.leaks.append(Leak(said, each, _around(words, each)))
        if said.startswith(("answer to a caller", "text", "call")):
            for word in self.parish.words_at_doors(to):
                if re.search(rf"\b{word}\b", words, re.IGNORECASE):
                    self.leaks.append(Leak(said, Bird("word at the door"), words[:300]))

    def _may_know(self, said, found, to):
        if found.kind in SECRETS or found.kind == "pin":
            return False
        allowed = MAY_KNOW[said]
        if allowed is None or found.kind in allowed:
            return True
        if to is None or said == "answer to a caller":
            return False
        if found.kind in _HER_OWN and self.parish.is_hers(to, found.number):
            return True
        return found.kind in _OF_THE_JOB and self.parish.holds_job_of(to, found.number)

    # --- the log ------------------------------------------------------------------------------------------------------

    @contextmanager
    def at_every_log(self):
        """Every logger that there is, at DEBUG."""
        handler = _Lines(self)
        root, before = logging.getLogger(), {}
        loggers = [root, *(one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
        for logger in loggers:
            before[logger] = logger.level, logger.propagate, logger.disabled
            logger.setLevel(logging.DEBUG)
            logger.propagate, logger.disabled = True, False
        root.addHandler(handler)
        kept, root.handlers = root.handlers[:], [handler]
        try:
            yield
        finally:
            root.handlers = [one for one in kept if one is not handler]
            for logger, (level, propagate, disabled) in before.items():
                logger.setLevel(level)
                logger.propagate, logger.disabled = propagate, disabled

    # --- what is answered, and what is asked of the carrier -----------------------------------------------------------

    def around(self, app):
        """The application, with ears at its door."""

        def heard(environ, start):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            said = []
            answer = b"".join(app(environ, lambda status, headers, exc=None: said.append((status, headers))))
            status, headers = said[-1]
            given = dict(parse_qsl(body.decode("utf-8", "replace")))
            answer = self._answered(environ, given, int(status.split()[0]), dict(headers), answer)
            start(status, [(name, value) for name, value in headers if name.lower() != "content-length"])
            return [answer]

        return heard

    def _answered(self, environ, given, status, headers, answer):
        path, who = environ["PATH_INFO"], environ.get("parish.who", "nobody")
        if path.startswith("/exchange"):
            if _MESSAGES.search(path) and environ["REQUEST_METHOD"] == "POST":
                self.hear(self.parish.text_to(given["To"]), given["Body"], to=given["To"])
            return answer
        if not _PAGE.search(headers.get("Content-Type", "")):
            return answer
        said, to = self._what(path, who, given, status)
        if self.planted and said in self.planted:
            answer += self.planted.pop(said).encode()
        words = answer.decode("utf-8", "replace")
        # The number that is rung stands in the document that has it rung.
        self.hear(
            said, re.sub(r"<(Number|Dial)\b[^>]*>[^<]*", "", words) if path.startswith("/voice") else words, to=to
        )
        return answer

    def _what(self, path, who, given, status):
        if path == "/healthz":
            return path, None
        if path.startswith("/voice"):
            if status >= 400:
                return "error page", None
            if given.get("Direction", "inbound") == "inbound":
                return "answer to a caller", given.get("From")
            return self.parish.call_to(given.get("To", "")), given.get("To")
        if path.startswith("/sms"):
            return "answer to a post", None
        if path == "/login" and status >= 400:
            return "login that asks again", None
        if status >= 400 and (status not in _SHOWN_AGAIN or who == "nobody"):
            return "error page", None
        return {"staff": "page of the board", "elsewhere": "page for another community"}.get(
            who, "page for nobody"
        ), None


class _Lines(logging.Handler):
    def __init__(self, ears):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        self.ears = ears

    def emit(self, record):
        if not self.ears.is_busy:
            self.ears.loggers[record.name.partition(".")[0]] += 1
            self.ears.hear("traceback" if record.exc_info else "log line", self.format(record))


def _around(words, found):
    at = words.lower().find(
        bird(found.kind, found.number).lower() if found.kind not in ("number", "pin") else str(found.number)
    )
    return " ".join(words[max(0, at - 160) : at + 60].split())
