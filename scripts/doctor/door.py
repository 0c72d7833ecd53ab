"""Do the carrier's posts reach us: the server on this machine, the way through the public address, its certificate."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from models.tasks import AlertKind
from scripts.doctor.findings import Finding, found, told_by_server
from scripts.doctor.patient import Patient, is_linli
from scripts.pulse import ALERTS
from voice.carrier.knock import knock
from voice.carrier.reach import Heard, Unreached, ask

# What our own address says to a signed post, when it is not the 204 of ours.
_SAID = {200: "loop_other_page", 404: "loop_path", 405: "loop_other_page", 502: "loop_gateway", 503: "loop_unavailable",
         504: "loop_gateway"}  # fmt: skip
_UNREACHED = {
    Unreached.NO_NAME: "loop_no_name", Unreached.REFUSED: "loop_refused_connection", Unreached.TIMEOUT: "loop_timeout",
    Unreached.CERTIFICATE: "loop_certificate", Unreached.BROKEN: "loop_broken",
}  # fmt: skip
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What /healthz says to be looked at, and the doctor finds by himself.
_SEEN_HERE = frozenset(ALERTS[kind] for kind in (AlertKind.DISK, AlertKind.NO_BACKUP, AlertKind.CLOCK))
_RENEW, _HURRY = timedelta(days=30), timedelta(days=7)


def server(patient: Patient) -> Iterator[Finding]:
    """Does Linli run here, and is it well?"""
    place = f"{patient.settings.server.host}:{patient.settings.server.port}"
    if patient.is_served:
        yield from _of_itself(patient, place)
    elif patient.health.unreached:
        # It may well run on another machine, behind the same address.
        if patient.is_quick or not _is_linli_outside(patient):
            yield found("server_not_running" if patient.is_real else "server_not_running_demo", place=place)
    else:
        yield found("server_other", place=place)


def _of_itself(patient: Patient, place: str) -> Iterator[Finding]:
    """What the server says of itself; what the doctor sees with his own eyes is not said twice."""
    told = json.loads(patient.health.body)
    why = tuple(told_by_server(str(each)) for each in told.get("why", ()))
    look = tuple(told_by_server(str(each)) for each in told.get("look", ()) if each not in _SEEN_HERE)
    if why:
        yield found("server_ill", why=why, place=place)
    if look:
        yield found("server_looks", look=look, place=place)
    if not why and not look:
        yield found("server_ok", place=place)


def _is_linli_outside(patient: Patient) -> bool:
    return is_linli(ask("GET", f"{patient.settings.server.public_url}/healthz"))


def loop(patient: Patient) -> Iterator[Finding]:
    """Is a post that the carrier signed let in through our public address, and any other turned away?"""
    url = patient.settings.server.public_url
    answers = [knock(url, account_sid=sid, token=token, is_signed=True) for sid, token in _signers(patient)]
    worst = next((heard for heard in answers if heard.status != 204), None)
    if worst is None:
        sid, token = _signers(patient)[0]
        is_shut = knock(url, account_sid=sid, token=token, is_signed=False).status == 403
        yield found("loop_ok" if is_shut else "loop_open", url=url)
    elif not worst.unreached:
        yield _turned_away(patient, worst)
    elif patient.is_served:  # else it is enough to say that it does not run
        yield found(_UNREACHED[worst.unreached], url=url)


def _signers(patient: Patient) -> list[tuple[str, str]]:
    return [(line.account.sid, line.account.token) for line in patient.lines]


def _turned_away(patient: Patient, heard: Heard) -> Finding:
    url = patient.settings.server.public_url
    blanks = {"url": url, "status": heard.status}
    if heard.status in _REDIRECTS:
        to = urlsplit(next((value for name, value in heard.headers.items() if name.lower() == "location"), ""))
        return found("loop_redirect", **blanks, to=f"{to.scheme}://{to.netloc}" if to.netloc else to.path)
    if heard.status == 403:
        return found("loop_refused" if _is_linli_outside(patient) else "loop_forbidden", **blanks)
    return found(_SAID.get(heard.status, "loop_status"), **blanks)


def certificates(patient: Patient) -> Iterator[Finding]:
    """Are our certificate and the carrier's good, and for how long is ours?"""
    ours = patient.settings.server.public_url
    addresses = dict.fromkeys((ours, *(line.account.api_base for line in patient.lines)))
    for url in addresses:
        if urlsplit(url).scheme == "https":
            yield _certificate(patient, url, is_ours=url == ours)


def _certificate(patient: Patient, url: str, *, is_ours: bool) -> Finding:
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = patient.machine.certificate_of(host, parts.port or 443)
    if shown.fault:
        return found("certificate_bad", host=host, fault=shown.fault)
    if shown.until is None:
        return found("certificate_unseen", host=host)
    left = shown.until - patient.machine.wall_clock()
    blanks = {"host": host, "days": left.days}
    if is_ours and left < _HURRY:
        return found("certificate_ends", **blanks)
    return found("certificate_soon" if is_ours and left < _RENEW else "certificate_ok", **blanks)


def outside_watchdog(patient: Patient) -> Iterator[Finding]:
    """Would anybody outside notice that this machine is off? It is not asked: that would tell it that all is well."""
    url = patient.settings.watch.dead_mans_url
    if not url:
        if patient.is_real:
            yield found("watchdog_unset")
        return
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not patient.is_quick and not patient.machine.answers_at(parts.hostname or "", port):
        yield found("watchdog_unreached", host=parts.hostname or "")
