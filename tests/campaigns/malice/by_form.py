"""By form: every form of every page of the board is filled in as a browser would send it, with hostile strings in it."""

import io
import re
import wave
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

from campaigns.malice.by_list import FIRST_DAY

_TYPED = frozenset({"", "text", "search"})
_ID = re.compile(r"/\d+\b")
# So many strings in one field of what cannot be taken, and so much of each; so many such answers are kept of each door.
_TOGETHER, _LONG, _ANSWERS = 20, 120, 4
_BUTTONS = frozenset({"submit", "button", "image", "reset"})


@dataclass
class Input:
    """One thing that a form asks for."""

    name: str
    kind: str
    value: str
    most: int | None
    choices: list[str] = field(default_factory=list)
    is_chosen: bool = False
    is_needed: bool = False


@dataclass
class Form:
    """A form of a page, as it would be sent."""

    action: str
    inputs: list[Input] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)  # those that say something
    has_plain_button: bool = False  # and one that says nothing but "do it"

    @property
    def is_written_into(self):
        """Is there anything that a person can write, or a file with a name?"""
        return any(one.kind in ("words", "file") for one in self.inputs)


class Forms(HTMLParser):
    """The forms of a page: `found` change something, `asking` only ask."""

    def __init__(self, page):
        super().__init__()
        self.found, self.asking, self._form, self._open = [], [], None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(told.get("action", ""))
            (self.found if told.get("method") == "post" else self.asking).append(self._form)
        elif self._form is not None and told.get("name") and tag in ("input", "textarea", "select"):
            self._take(tag, told)
        elif self._form is not None and tag == "button":
            if told.get("name"):
                self._form.buttons.append((told["name"], told.get("value", "")))
            self._form.has_plain_button |= "name" not in told and "formaction" not in told
        elif tag == "option" and self._open is not None and "value" in told:
            self._open.choices.append(told["value"])
            if "selected" in told:
                self._open.value = told["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        if tag == "select":
            self._open = None

    def _take(self, tag, told):
        kind = told.get("type", "") if tag == "input" else tag
        if kind in _BUTTONS:
            return
        if tag == "textarea" or (kind in _TYPED and not told.get("inputmode")):
            kind = "words"
        most = int(told["maxlength"]) if told.get("maxlength", "").isdigit() else None
        one = Input(
            told["name"], kind, told.get("value", ""), most, is_chosen="checked" in told, is_needed="required" in told
        )
        self._form.inputs.append(one)
        if tag == "select":
            self._open = one


class Pen:
    """Somebody of the staff, who fills in forms. What is refused and shown again is kept, to be looked at."""

    def __init__(self, town, deck, client):
        self.town, self.deck, self.client = town, deck, client
        self.shown_again, self.found = [], []
        self.sent = self.taken = 0
        self._done, self._kept, self._spread, self._numbers = Counter(), Counter(), set(), 4000

    def fill_in(self, paths, often=1):
        """Every form of these pages: those of one row once, those that add something so often on each page, until every
        string was in them."""
        for path in paths:
            forms = Forms(self._open(path)).found
            for turn in range(often):
                for form in forms:
                    if turn == 0 or not _ID.search(form.action):
                        self._write_into(form, path)

    def _write_into(self, form, path):
        action = form.action or path
        if not form.is_written_into or self._done[action] >= (1 if _ID.search(action) else len(self.deck)):
            return
        self._done[action] += 1
        door = self.town.app.url_map.bind("").match(action.partition("?")[0], method="POST")[0]
        if door not in self._spread:
            self._spread.add(door)
            for _ in range(0, len(self.deck), _TOGETHER):
                self._send(action, door, [(one.name, self._much(f"{door}, shown again.{one.name}")) for one in form.inputs
                                          if one.name != "csrf_token"], form)  # fmt: skip
        self._send(action, door, [pair for one in form.inputs for pair in self._answer(door, one)], form)

    def _send(self, action, door, pairs, form):
        data = {"csrf_token": [one.value for one in form.inputs if one.name == "csrf_token"]}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        answer = self.client.post(action, data=data, content_type="multipart/form-data")
        self.sent += 1
        if answer.status_code >= 500:
            self.found.append(f"{door} was answered {answer.status_code}: {str(pairs)[:300]}")
        elif answer.status_code in (302, 303):
            self.taken += 1
        elif self._kept[door] < _ANSWERS:
            self._kept[door] += 1
            typed = [value for _, value in pairs if isinstance(value, str)]
            self.shown_again.append((action, answer.status_code, dict(answer.headers), answer.text, typed))

    def _much(self, place):
        """Many strings in one field, which must not be taken."""
        return " ".join(self.deck.deal(place)[:_LONG] for _ in range(_TOGETHER))

    def _answer(self, door, one):
        """What stands in one field when the form is sent."""
        if one.kind == "words":
            written = self.deck.deal(f"{door}.{one.name}")
            yield one.name, written[: one.most]
        elif one.kind == "file":
            yield one.name, (io.BytesIO(_sound()), self.deck.deal(f"{door}.{one.name}") + ".wav")
        elif one.kind in ("checkbox", "radio"):
            if one.is_chosen or one.kind == "radio":
                yield one.name, one.value or "on"
        elif one.kind == "select":
            yield one.name, one.value or next((choice for choice in one.choices if choice), "")
        else:
            yield one.name, one.value or self._made_up(one)

    def _made_up(self, one):
        self._numbers += 1
        given = {"date": (FIRST_DAY + timedelta(days=30 + self._numbers % 300)).isoformat(), "time": "12:00", "number": "1",
                 "password": "correct horse battery", "tel": f"+1212555{self._numbers}"}  # fmt: skip
        is_ours = one.name in ("second_number", "practice_number")
        return "" if is_ours or one.kind == "hidden" else given.get(one.kind, "1")

    def _open(self, path):
        answer = self.client.get(path)
        if answer.status_code >= 500:
            self.found.append(f"{path} was answered {answer.status_code}")
        return answer.text


def _sound():
    """A fifth of a second of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(3200))
    return out.getvalue()
