"""Eyes: a page in a real Chromium. Did anything run, did anything leave, and is every hostile string just a text?

A browser that ends while it looks is started anew, and the page is looked at once more, alone. If that ends it too, the
strings on the page are tried one half after the other, and what ends it is named.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Error

from campaigns.malice.browsers import fewest, marks_of, only
from campaigns.malice.words import MARK, plain

_SCRIPT = Path(__file__).with_name("eyes.js").read_text("utf-8")
_ROOMS = [Path(__file__).parent.parent.parent.parent / room for room in ("dispatch/board", "voice/exchange")]
_ANSWERED = "/as-it-was-answered"
# Before anything of the page: what hostile strings call, and what the browser reports of its own accord.
_CANARY = """
window.canary = (mark) => console.error(`the canary was called: ${mark}`);
document.addEventListener("securitypolicyviolation", (broken) =>
  console.error(`the policy was broken: ${broken.violatedDirective} ${broken.blockedURI} ${broken.sample}`));
"""
# A page that takes longer has stopped the browser.
_PATIENCE_MS = 60_000
# What is not true any more when an answer is shown once more.
_NOT_AGAIN = frozenset({"set-cookie", "content-length", "content-encoding", "connection"})
_OUTWARD = frozenset({"http", "https", "ws", "wss", "ftp"})
_QUIET = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")


@dataclass(frozen=True)
class Shown:
    """A page: how to bring it into the window (what is wrong at once), and its headers and text."""

    on_page: Callable
    content: Callable


class Eyes:
    """A browser's window, logged in with a session's cookie."""

    def __init__(self, browsers, served, *, cookie=None):
        self.served, self.looked, self.heard = served, 0, []
        self.seen = defaultdict(set)  # kind of page → the marks that were seen on it
        self._browsers, self._browser, self._cookie = browsers, None, cookie

    def show_as(self, cookie):
        """From now on the browser is somebody else's."""
        self._cookie = cookie
        if self._browser is self._browsers.now:
            self.page.context.add_cookies([{"name": "linli", "value": cookie, "url": self.served.url}])

    def look(self, path, told, *, kind="", also=()):
        """Everything that is wrong with that page. `told` is what may be seen as text, `also` what has just been typed."""
        url = self.served.url + path
        also = (*also, path)  # the button for the other language leads back here
        return self._faults(path, Shown(lambda: self._go(url), lambda: self._fetched(url)), told, also, kind)

    def look_at(self, action, status, headers, text, told, also):
        """The same for an answer to a form, which is shown as it was given."""
        shown = self._as_page(headers, text, status)
        return self._faults(f"the answer {status} of {action}", shown, told, also, "answers")

    def look_at_file(self, file, told):
        """A page that lies in a folder and has no policy with it."""
        shown = Shown(lambda: self._go(file.as_uri()), lambda: ({"Content-Type": "text/html"}, file.read_text("utf-8")))
        return self._faults(file.name, shown, told, (), "day sheet")

    def close(self):
        """Shut the window."""
        if self._browser is self._browsers.now:
            self.page.context.close()

    def _faults(self, where, shown, told, also, kind):
        self.looked += 1
        found, ended = self._shown_once(shown)
        if ended:
            found, ended_again = self._shown_once(shown)
            if ended_again:
                return [f"{where}: {self._what_ends_it(shown)}: {ended_again}"]
            self._browsers.without_cause.append(f"{where}: {ended}")
        faults = [*found["faults"], *self.heard]
        self.heard.clear()
        if len(self.page.frames) > 1:
            faults.append("there is a page within the page")
        for place, text in found["texts"]:
            self.seen[kind].update(MARK.findall(text))
            if left := unexplained(text, told, also):
                faults.append(f"{place} shows what nobody wrote: {left[:200]!r} of {text[:300]!r}")
        return [f"{where}: {fault}" for fault in faults]

    def _shown_once(self, shown):
        """What there is on the page, and "" or how the browser ended over it; then there is another."""
        self._open()
        try:
            faults = shown.on_page()
            found = self.page.evaluate(_SCRIPT, elements())
        except Error as error:
            self.heard.clear()
            self._browsers.another()
            return None, str(error).strip().partition("\n")[0]
        return {**found, "faults": faults + found["faults"]}, ""

    def _what_ends_it(self, shown):
        headers, page = shown.content()

        def does_end(marks):
            _, ended = self._shown_once(self._as_page(headers, only(page, marks)))
            self.heard.clear()
            return bool(ended)

        everything = tuple(marks_of(page))
        if not does_end(everything):
            return f"it ended the browser twice, but not as it was answered, with {len(everything)} strings"
        return f"it ends the browser, {' with '.join(fewest(everything, does_end)) or 'without any of the strings'}"

    def _as_page(self, headers, page, status=200):
        held = {name: value for name, value in headers.items() if name.lower() not in _NOT_AGAIN}
        return Shown(lambda: self._show(held, page, status), lambda: (held, page))

    # --- the window ---------------------------------------------------------------------------------------------------

    def _open(self):
        """A window in the browser that there is now."""
        if self._browser is self._browsers.now:
            return
        self._browser = self._browsers.now
        context = self._browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(_CANARY)
        self.page = context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.on("console", lambda said: self._hear(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.heard.append(f"a script failed: {error}"))
        self.page.on("dialog", self._dismiss)
        self.page.on("request", self._watch)
        self.page.on("popup", lambda _: self.heard.append("another window was opened"))
        if self._cookie:
            self.show_as(self._cookie)

    def _go(self, url):
        answer = self.page.goto(url)
        status = answer.status if answer is not None else 0
        is_ours = url.startswith(self.served.url)
        return [f"was answered {status}"] if is_ours and (status >= 500 or not status) else []

    def _show(self, headers, text, status):
        url = self.served.url + _ANSWERED
        self.page.route(url, lambda route: route.fulfill(status=status, headers=headers, body=text))
        self.page.goto(url)
        self.page.unroute(url)
        return []

    def _fetched(self, url):
        answer = requests.get(url, cookies={"linli": self._cookie or ""}, timeout=_PATIENCE_MS / 1000)
        return dict(answer.headers), answer.text

    def _hear(self, words):
        if not _QUIET.match(words):
            self.heard.append(words[:400])

    def _dismiss(self, dialog):
        self.heard.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _watch(self, request):
        parts = urlsplit(request.url)
        if parts.scheme in _OUTWARD and f"{parts.scheme}://{parts.netloc}" != self.served.url:
            self.heard.append(f"a request to {request.url[:200]}")


class Told:
    """What is stored, by the marks in it: only this may be seen, and all of it."""

    def __init__(self, texts):
        self.by_mark = defaultdict(set)
        for text in {plain(text) for text in texts}:
            for mark in MARK.findall(text):
                self.by_mark[mark].add(text)
        self._longest = {}

    def about(self, mark):
        """The stored texts with that mark, the longest first."""
        if mark not in self._longest:
            self._longest[mark] = sorted(self.by_mark[mark], key=len, reverse=True)
        return self._longest[mark]


def unexplained(text, told, also=()):
    """What is left of a text that was seen when what is stored is taken out of it; "" when no mark is left.

    What was cut off by the page has "…" behind it. What was `also` typed may be cut anywhere, but begins as it was typed,
    or as one of its words: a line that is read word by word is shown so.
    """
    left = plain(text)
    typed = [plain(part) for one in also for part in (one, *one.split())]
    known = {mark[0] for mark in MARK.finditer(left) if any(_begins_before(left, mark, whole) for whole in typed)}
    for mark in dict.fromkeys(MARK.findall(left)):
        for whole in told.about(mark):
            left = left.replace(whole, "")
    is_explained = all(
        mark[0] in known
        or any(_begins_before(left, mark, whole) and _is_cut(left, mark, whole) for whole in told.about(mark[0]))
        for mark in MARK.finditer(left)
    )
    return "" if is_explained else left


def _begins_before(text, mark, whole):
    """Does `whole` stand before that mark in the text, from its own beginning to the mark?"""
    at = whole.find(mark[0])
    return 0 <= at <= mark.start() and text[mark.start() - at : mark.end()] == whole[: at + len(mark[0])]


def _is_cut(text, mark, whole):
    """Does it go on behind the mark until it is cut off?"""
    rest, end = whole[whole.find(mark[0]) + len(mark[0]) :], text.find("…", mark.end())
    return end >= 0 and rest.startswith(text[mark.end() : end])


@cache
def elements():
    """The elements that our own pages are made of."""
    templates = [file.read_text("utf-8") for room in _ROOMS for file in room.rglob("*.html")]
    made = {name for text in templates for name in re.findall(r"<([a-z][a-z0-9]*)\b", text)}
    scripts = [file.read_text("utf-8") for room in _ROOMS for file in room.rglob("*.js")]
    made |= {name for text in scripts for name in re.findall(r"make\(\"([a-z0-9]+)\"", text)}
    return sorted((made | {"html", "head", "body", "tbody", "strong", "code", "br"}) - {"iframe", "base"})
