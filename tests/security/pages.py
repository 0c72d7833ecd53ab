"""What there is to ask: every page, link with a question and form of the demo, and a description of it for tools."""

import itertools
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from dispatch.board.routes import DOORS

# What the carrier posts; the door gives each a SID of its own and signs it.
_ENDS = {"From": "+8617000002001", "To": "", "FromCity": "BEIJING"}
WEBHOOKS = {
    "/voice": _ENDS | {"CallStatus": "ringing"}, "/voice/turn/1": _ENDS | {"Digits": "1"},
    "/voice/status": _ENDS | {"CallStatus": "completed"}, "/sms": _ENDS | {"Body": "1", "NumMedia": "0"},
    "/sms/status": _ENDS | {"MessageStatus": "sent", "ErrorCode": ""}, "/voice/whisper": _ENDS, "/voice/whisper/key": _ENDS | {"Digits": "1"},
}  # fmt: skip
_LINK = re.compile(r'href="(/[^"#]*)"')
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=\"([^\"]+)\"([^>]*)")
_MOST_PAGES = 250


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
    """Every way to ask that the pages show, each once; the webhooks with the community's own number."""
    waiting, seen, found = [door_.rule for door_ in DOORS if door_.method == "GET" and "<" not in door_.rule], set(), {}
    while waiting and len(seen) < _MOST_PAGES:
        address = waiting.pop(0)
        where = urlsplit(address)
        ask = Ask("GET", where.path, tuple(parse_qsl(where.query, keep_blank_values=True)))
        if ask.shape in seen or where.path.startswith(("/board/static", "/exchange")):
            continue
        seen.add(ask.shape)
        status, _, body = door.pass_on("GET", address, b"", {})
        if status != 200:
            continue
        found[ask.shape] = ask
        page = body.decode("utf-8", "replace")
        waiting += [unescape(link) for link in _LINK.findall(page)]
        for form in _forms(page, where.path):
            found.setdefault(form.shape, form)
    line = _own_number(door)
    for path, told in WEBHOOKS.items():
        ask = Ask("POST", path, tuple((told | {"To": line}).items()))
        found[ask.shape] = ask
    return list(found.values())


def _forms(page, where):
    for head, inside in _FORM.findall(page):
        action = re.search(r'action="([^"]+)"', head)
        method = re.search(r'method="(\w+)"', head)
        told = {
            name: unescape(found[1]) if (found := re.search(r'value="([^"]*)"', more)) else ""
            for name, more in _FIELD.findall(inside)
        }
        told.pop("csrf_token", None)
        path = unescape(action[1]).partition("?")[0] if action else where
        yield Ask((method[1] if method else "get").upper(), path, tuple(told.items()))


def _own_number(door):
    _, _, page = door.pass_on("GET", "/settings/numbers", b"", {})
    found = re.search(r"\+\d{8,15}", page.decode("utf-8", "replace"))
    return found[0] if found else "+861055550100"


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
