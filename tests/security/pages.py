"""What there is to ask: every page, link with a question and form of the house, and a description of it for tools."""

import itertools
import re
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

from board_town import PASSWORD
from campaigns.malice.by_form import Forms

from dispatch.board.routes import DOORS

# What the carrier posts; the door gives each a SID of its own and signs it.
_ENDS = {"From": "+8617000002001", "To": "", "FromCity": "BEIJING"}
WEBHOOKS = {
    "/voice": _ENDS | {"CallStatus": "ringing"}, "/voice/turn/1": _ENDS | {"Digits": "1"},
    "/voice/status": _ENDS | {"CallStatus": "completed"}, "/sms": _ENDS | {"Body": "1", "NumMedia": "0"},
    "/sms/status": _ENDS | {"MessageStatus": "sent", "ErrorCode": ""}, "/voice/whisper": _ENDS, "/voice/whisper/key": _ENDS | {"Digits": "1"},
}  # fmt: skip
_LINK = re.compile(r'href="(/[^"#]*)"')
_MOST_PAGES = 400
A_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ENDS_SOMETHING = re.compile(
    r"/(away|cancel|close|codes/\w+|copy|done|drop|edit|end|file|first|forget|give\w+|issue|language|leave|left|login|password|settled|withdraw)\b"
)
# What is written where a form comes empty, by the field's name; then where something is needed, by its kind; else a word.
_NAMED = {
    "phone": "+8617000004455", "name": "Eve Wu", "until_date": "2026-12-02", "from_age": "60", "amount": "1", "resident": "2",
    "name_1": "Soup", "name_en": "walk", "name_zh-CN": "散步", "name_yue": "散步", "name_es": "paseo", "words_en": "Soup.",
    "words_zh-CN": "有汤。", "password": PASSWORD, "why": "soup",
}  # fmt: skip
_KINDS = {"date": "2026-12-01", "number": "1", "tel": "+8617000004466"}
_WORD = "soup"


@dataclass(frozen=True)
class Ask:
    """One way to ask: an address and what is told to it."""

    method: str
    path: str
    told: tuple  # pairs

    @property
    def shape(self):
        """The same for all that differ in their ids and values only."""
        return self.method, re.sub(r"\d+", "1", self.path), tuple(sorted({name for name, _ in self.told}))


def everything(door):
    """Every way to ask that the pages show, each once; then what adds something is done, and they are looked through again."""
    found = _crawled(door)
    for ask in found.values():
        if ask.method == "POST" and not _ENDS_SOMETHING.search(ask.path):
            door.pass_on("POST", ask.path, urlencode(ask.told).encode(), A_FORM)
    for path, told in WEBHOOKS.items():
        ask = Ask("POST", path, tuple((told | {"To": door.line}).items()))
        found[ask.shape] = ask
    return list((_crawled(door) | found).values())


def _crawled(door):
    """From the pages that the door names: every way to ask, by its shape."""
    waiting = [door_.rule for door_ in DOORS if door_.method == "GET" and "<" not in door_.rule] + list(door.begins)
    named, seen, found = set(waiting), set(), {}
    while waiting and len(seen) < _MOST_PAGES:
        address = waiting.pop(0)
        where = urlsplit(address)
        ask = Ask("GET", where.path, tuple(parse_qsl(where.query, keep_blank_values=True)))
        is_named = address in named  # one page of each shape, and each that is named: they have different faces
        if (ask.shape in seen and not is_named) or where.path.startswith(("/board/static", "/exchange")):
            continue
        named.discard(address)
        seen.add(ask.shape)
        status, _, body = door.pass_on("GET", address, b"", {})
        if status != 200:
            continue
        found[ask.shape] = ask
        page = body.decode("utf-8", "replace")
        waiting += [unescape(link) for link in _LINK.findall(page)]  # what a link asks for is asked when its turn comes
        for form in _forms(page, where.path):
            found.setdefault(form.shape, form)
    return found


def unasked(asks):
    """The doors of the board that nothing of this asks for, as "POST /people"."""
    asked = {(ask.method, ask.path) for ask in asks}
    return [
        f"{door.method} {door.rule}" for door in DOORS
        if not any(method == door.method and _pattern(door.rule).fullmatch(path) for method, path in asked)
    ]  # fmt: skip


def _pattern(rule):
    return re.compile(re.sub(r"<[^>]+>", "[^/]+", rule))


def _forms(page, where):
    forms = Forms(page)
    for method, found in (("POST", forms.found), ("GET", forms.asking)):
        for form in found:
            told = {one.name: _written(one) for one in form.inputs if one.name != "csrf_token" and one.kind != "file"}
            told |= dict([] if form.has_plain_button else form.buttons[:1])
            yield Ask(method, form.action.partition("?")[0] or where, tuple(told.items()))


def _written(one):
    if one.kind in ("checkbox", "radio"):
        return one.value or "on"
    if one.kind == "select":
        return one.value or next((choice for choice in one.choices if choice), "")
    return one.value or _NAMED.get(one.name) or (_KINDS.get(one.kind, _WORD) if one.is_needed else "")


def index(asks):
    """A page that leads to all of it, by links and by forms filled in: for a tool that goes from page to page."""
    page = "".join(_link(ask) if ask.method == "GET" else _form(ask) for ask in asks)
    return f"<!doctype html><html><body>{page}</body></html>".encode()


def _link(ask):
    return f'<a href="{escape(ask.path)}{escape("?" + urlencode(ask.told)) if ask.told else ""}">page</a>'


def _form(ask):
    fields = "".join(f'<input name="{escape(name)}" value="{escape(told)}">' for name, told in ask.told)
    return f'<form method="post" action="{escape(ask.path)}">{fields}<input type="submit"></form>'


def _rule(path):
    """/residents/10/absences/3/end → /residents/{id0}/absences/{id1}/end"""
    count = itertools.count()
    return re.sub(r"(?<=/)\d+(?=/|$)", lambda _: f"{{id{next(count)}}}", path)


def description(asks):
    """OpenAPI 3, from what is asked: every id any number, every field any text."""
    paths = {}
    for ask in asks:
        rule = _rule(ask.path)
        ids = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}
            for name in re.findall(r"{(\w+)}", rule)
        ]
        fields = {name: {"type": "string"} for name, _ in ask.told}
        operation = {"responses": {"default": {"description": "any"}}, "parameters": list(ids)}
        if ask.method == "GET":
            operation["parameters"] += [{"name": name, "in": "query", "schema": told} for name, told in fields.items()]
        else:
            form = {"schema": {"type": "object", "properties": fields}}
            operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": form}}
        paths.setdefault(rule, {}).setdefault(ask.method.lower(), operation)
    return {"openapi": "3.0.3", "info": {"title": "Linli", "version": "0"}, "paths": paths}
