"""Tools that ask: sqlmap, wapiti, schemathesis, each against a running house, or against what is weak on purpose.

They are programs of their own (two of them under the GPL), started from .venv-scan; nothing of ours is linked with them,
and nothing is asked but this machine.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

from campaigns.server import free_port

from security.findings import ROOT, Finding
from security.house import INDEX, house
from security.pages import Ask, description, everything, index, unasked
from security.sources import run

_BIN = ROOT / ".venv-scan" / "bin"
TOOLS = ("sqlmap", "wapiti", "schemathesis")
# The modules of wapiti that ask nobody outside and apply to a program that speaks no LDAP (it takes pages of figures
# for signs of that), has no proxy of its own and takes no files into its web root.
# What the first write must stay, for they look for it on every page; the others look at the answer to what they asked.
_STORED = ("xss", "permanentxss")
_ANSWERED = ("cookieflags", "crlf", "csp", "exec", "file", "http_headers", "redirect", "sql", "methods", "htaccess")
_SQLMAP = (
    "--batch", "--level=3", "--risk=1", "--dbms=SQLite", "--technique=BEU", "--disable-coloring", "--flush-session", "--timeout=60",
    "--retries=1", "--answers=really sure that you want to continue=Y", "--ignore-code=400,403,404,405,409,413,422,429", "--threads=2",
)  # fmt: skip
# Said by sqlmap of itself or of what it changes, not of people's words.
_NOT_TYPED = {"csrf_token", "next", "seen", "version", "seen_event"}


def scan(name, *, minutes, skip):
    """That tool, against the house: no further address is begun after `minutes`, the first `skip` are passed over."""
    return lambda: _of_house(name, minutes, skip)


def canary(name):
    """That tool, against what is weak: what it did not find."""
    return lambda: _CANARIES[name]()


def _of_house(name, minutes, skip):
    ways = {
        "sqlmap": lambda door, asks: _sqlmaps(door, asks, minutes, skip),
        "wapiti": lambda door, asks: _wapiti_of_house(door, asks, minutes),
        "schemathesis": lambda door, asks: _schemathesis(door.url, asks),
    }
    with house() as door:
        asks = everything(door)
        print(f"  no page shows how to ask {', '.join(unasked(asks)) or 'nothing: every door is asked'}", flush=True)
        found = ways[name](door, asks)
        told = f"{door.asked:,} requests passed on, {door.written:,} written; {door.taken:,} of these taken, {door.unreadable:,} not even read"
        print(f"  {name}: {len(asks)} ways to ask, {told}", flush=True)
        return found + at_the_door(name, door)


def at_the_door(name, door):
    """What went wrong on the way: faults of ours, and forms that nobody read."""
    found = [Finding(name, "5xx", words, 0, told) for words, told in door.failures.items()]
    if door.unreadable * 20 > door.written:
        found.append(Finding(name, "broken", "the door", 0, f"{door.unreadable} forms were not even read"))
    return found


# --- sqlmap -------------------------------------------------------------------------------------------------------


def _sqlmaps(door, asks, minutes, skip):
    with door.undoing():  # it compares answers: what is different in them must come from what it asked
        return _sqlmaps_undone(door, asks, minutes, skip)


def _sqlmaps_undone(door, asks, minutes, skip):
    found, until = [], time.monotonic() + minutes * 60
    targets = [ask for ask in asks if _typed(ask)]
    # Webhooks and what is asked in an address first: everybody can write these.
    targets.sort(key=lambda ask: (not ask.path.startswith(("/voice", "/sms")), ask.method != "GET"))
    looked_at = parameters = 0
    for ask in targets[skip:]:
        if time.monotonic() > until:
            break
        found += sqlmap(door.url, ask)
        looked_at, parameters = looked_at + 1, parameters + len(_typed(ask))
        so_far = f"{skip + looked_at} of {len(targets)}, {parameters} parameters, {len(found)} found"
        print(f"    {ask.method} {ask.path}: {so_far}", file=sys.stderr, flush=True)
    passed_over = f" (after the first {skip})" if skip else ""
    print(f"  sqlmap: {looked_at} of {len(targets)} addresses{passed_over}, {parameters} parameters", flush=True)
    return found


def _typed(ask):
    return [name for name, _ in ask.told if name not in _NOT_TYPED]


def sqlmap(url, ask):
    """Every parameter of one address, at level 3."""
    names = _typed(ask)
    told = urlencode(ask.told)
    # Where a form leads to is not looked at: it is a page of what was typed, longer each time.
    where = (
        [f"--url={url}{ask.path}?{told}"]
        if ask.method == "GET"
        else [f"--url={url}{ask.path}", f"--data={told or 'x=1'}", "--ignore-redirects"]
    )
    with tempfile.TemporaryDirectory() as folder:
        asked = [
            _BIN / "sqlmap",
            *where,
            f"-p{','.join(names)}",
            f"--output-dir={folder}",
            f"--tmp-dir={folder}",
            *_SQLMAP,
        ]
        said = run(asked, more={"HOME": folder, "SQLMAP_UNSAFE_EVAL": "0"}, seconds=3600)
    found = [
        Finding("sqlmap", "injection", f"{ask.method} {ask.path}", 0, name)
        for name in re.findall(r"^Parameter: (\S+)", said, re.M)
    ]
    if not found and "do not appear to be injectable" not in said:
        found.append(Finding("sqlmap", "broken", f"{ask.method} {ask.path}", 0, said[-600:].replace("\n", " ")))
    return found


# --- wapiti -------------------------------------------------------------------------------------------------------


def _wapiti_of_house(door, asks, minutes):
    door.index = index(asks)
    with door.undoing():
        found = wapiti(door.url + INDEX, modules=_ANSWERED, seconds=int(minutes * 60))
    return found + wapiti(door.url + INDEX, modules=_STORED, seconds=int(minutes * 60))


def wapiti(page, *, modules=(*_ANSWERED, *_STORED), seconds=300):
    """Whatever that page leads to, by link or form, attacked by one module after another, none longer than that."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asked = [_BIN / "wapiti", "-u", page, "--scope", "domain", "-m", ",".join(modules), "-f", "json", "-o", report, "--flush-session",
                 "--no-bugreport", "--store-session", folder, "--store-config", folder, "--max-scan-time", seconds,
                 "--max-attack-time", seconds, "-d", "1", "--max-links-per-page", "0", "--max-files-per-dir", "0", "-t", "20",
                 "-v", "1"]  # fmt: skip
        said = run(
            [str(word) for word in asked],
            more={"HOME": folder},
            seconds=seconds * (len(modules) + 1),
            may_end_with=(0, 1),
        )
        places = re.search(r"Wapiti found (\d+)", said)[1]
        cut = re.findall(r"Max attack time was reached for module (\w+)", said)
        cut += sorted(set(modules) - set(re.findall(r"Launching module (\w+)", said)))
        print(f"  wapiti: {len(modules)} modules at {places} places, cut short: {', '.join(cut) or 'none'}", flush=True)
        told = json.loads(report.read_text("utf-8"))
    return [
        Finding("wapiti", kind, f"{one['method']} {one['path']}", 0, f"{one.get('parameter')} {one['info']}")
        for part in ("vulnerabilities", "anomalies")
        for kind, ones in told[part].items()
        for one in ones
    ]


# --- schemathesis -------------------------------------------------------------------------------------------------


def _schemathesis(url, asks, *, examples=40):
    """Anything in every field that a page has: never an answer of 500."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "openapi.json").write_text(json.dumps(description(asks)))
        asked = [_BIN / "st", "run", "openapi.json", "--base-url", url, "--checks", "not_a_server_error", "--hypothesis-max-examples",
                 str(examples), "--hypothesis-deadline", "60000", "--hypothesis-suppress-health-check", "all", "--request-timeout", "60000",
                 "--hypothesis-seed", "1", "--schemathesis-io-telemetry", "false", "--no-color", "--junit-xml", "report.xml"]  # fmt: skip
        said = run(asked, folder=folder, more={"HOME": folder}, seconds=7200)
        cases = list(ElementTree.parse(Path(folder) / "report.xml").iter("testcase"))  # noqa: S314 - written by our own tool
    print(f"  schemathesis: {len(cases)} operations", flush=True)
    wrong = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    found = [
        Finding("schemathesis", "failure", case.get("name"), 0, "".join(case.itertext())[:600].replace("\n", " "))
        for case in wrong
    ]
    return found or ([] if cases else [Finding("schemathesis", "broken", "", 0, said[-600:])])


# --- do they still find? ------------------------------------------------------------------------------------------


@contextmanager
def _weak():
    port = free_port()
    more = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    weak = subprocess.Popen(
        [sys.executable, "-P", "-m", "security.weak", str(port)], env={**os.environ, **more}, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(1.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        weak.terminate()
        weak.wait(10)


def _canary_of_sqlmap():
    asks = (Ask("GET", "/find", (("name", "Rose"),)), Ask("POST", "/text", (("Body", "x"),)))
    with _weak() as url:
        return [f"sqlmap {ask.path}" for ask in asks if "injection" not in {one.rule for one in sqlmap(url, ask)}]


def _canary_of_wapiti():
    with _weak() as url:
        kinds = {one.rule for one in wapiti(f"{url}/", seconds=120)}
    wanted = ("SQL Injection", "Reflected Cross Site Scripting")
    return [f"wapiti {kind} (it found {', '.join(sorted(kinds))})" for kind in wanted if kind not in kinds]


def _canary_of_schemathesis():
    asks = (Ask("GET", "/age", (("age", "1"),)), Ask("GET", "/hello", (("name", "x"),)))
    with _weak() as url:
        found = [one.path for one in _schemathesis(url, asks, examples=20)]
    return [] if found == ["GET /age"] else [f"schemathesis GET /age (it found {found})"]


_CANARIES = {"sqlmap": _canary_of_sqlmap, "wapiti": _canary_of_wapiti, "schemathesis": _canary_of_schemathesis}
