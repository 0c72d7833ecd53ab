"""What the carrier says of us: the account, the money, the numbers and where their calls and texts are sent."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from dispatch.gaps import zone_is_known
from models.places import community_of
from scripts.doctor.findings import Finding, Word, found
from scripts.doctor.patient import Line, Patient
from voice.carrier.knock import fetch_as_carrier
from voice.carrier.office import Asked
from voice.stand_in import stand_in_document
from voice.twiml_check import UnreadableTwiml, parsed

# Below this much money calls and texts may end within days; by currency, and for all others.
_LOW = {"CNY": 35.0, "INR": 400.0, "JPY": 700.0, "KRW": 7000.0, "TWD": 150.0}
_LOW_ELSEWHERE = 5.0
_STATES = {"suspended": "account_suspended", "closed": "account_closed"}
_LOGIN = frozenset({401, 403})


def _is_asked(patient: Patient) -> bool:
    # The exchange lives in the server: while that does not run, there is nobody to be asked.
    return patient.is_real or patient.is_served


def accounts(patient: Patient) -> Iterator[Finding]:
    """Does each carrier know us, and does it serve us?"""
    if _is_asked(patient):
        for line, asked in zip(patient.lines, patient.accounts, strict=True):
            yield _account(line, asked)


def _account(line: Line, asked: Asked) -> Finding:
    blanks = {"section": line.section, "base": _host(line.account.api_base), "status": asked.heard.status}
    if asked.heard.unreached:
        return found("carrier_unreached", **blanks, why=Word(asked.heard.unreached))
    if asked.heard.status in _LOGIN or asked.error_code == 20003:
        return found("carrier_login", **blanks)
    if not asked.is_good or "status" not in asked.says:
        return found("carrier_speaks_otherwise", **blanks)
    state = str(asked.says["status"])
    if state in _STATES:
        return found(_STATES[state], **blanks)
    return found("account_trial" if asked.says.get("type") == "Trial" else "account_ok", **blanks)


def balances(patient: Patient) -> Iterator[Finding]:
    """Is there money left?"""
    for line in _known(patient):
        asked = line.office.balance()
        try:
            left, currency = float(str(asked.says["balance"])), str(asked.says.get("currency", ""))
        except (KeyError, ValueError):
            continue  # a provider that sends bills says nothing of a balance
        blanks = {"section": line.section, "left": f"{left:.2f}", "currency": currency}
        if left <= 0:
            yield found("balance_none", **blanks)
        else:
            yield found("balance_low" if left < _LOW.get(currency, _LOW_ELSEWHERE) else "balance_ok", **blanks)


def messaging_service(patient: Patient) -> Iterator[Finding]:
    """Is there the messaging service that texts leave by, and do the answers come to us?"""
    line = next((line for line in _known(patient) if line.section == "carrier"), None)
    if line is None or not line.account.messaging_service_sid:
        return
    asked = line.office.messaging_service()
    if not asked.is_good:
        yield found("service_missing", status=asked.heard.status)
    elif not asked.says.get("use_inbound_webhook_on_number"):
        ours = f"{patient.settings.server.public_url}/sms"
        if _bare(asked.says.get("inbound_request_url")) != ours:
            yield found("service_inbound", ours=ours)


def numbers(patient: Patient) -> Iterator[Finding]:
    """Does each number belong to us, can it call and text, and do its calls and texts come to us?"""
    for line in _known(patient):
        for community, number in line.numbers:
            blanks = {"community": community, "number": number, "section": line.section}
            asked = line.office.number(number)
            if asked.heard.status != 200:
                yield found("number_unasked", **blanks, status=asked.heard.status)
            elif not asked.says:
                yield found("number_not_ours", **blanks)
            else:
                wrong = list(_number(patient, asked.says, blanks))
                yield from wrong or [found("number_ok", **blanks)]


_LACKS = {"voice": "number_no_voice", "sms": "number_no_sms"}
# What the carrier does with a number: its field for the address, for the method, our path, the field that overrules it.
_WEBHOOKS = (
    ("voice_url", "voice_method", "/voice", ("voice_application_sid", "trunk_sid")),
    ("sms_url", "sms_method", "/sms", ("sms_application_sid",)),
    ("status_callback", "status_callback_method", "/voice/status", ()),
)


def _number(patient: Patient, says: Mapping[str, Any], blanks: dict[str, str]) -> Iterator[Finding]:
    can = says.get("capabilities") or {}
    yield from (found(key, **blanks) for kind, key in _LACKS.items() if can.get(kind) is False)
    for field, method, path, rulers in _WEBHOOKS:
        ours = f"{patient.settings.server.public_url}{path}"
        key = _webhook(says, field, method, ours, rulers)
        if key:
            theirs = _bare(says.get(field)) or "-"
            yield found(key, **blanks, what=Word(field), ours=ours, theirs=theirs)
    if patient.is_real and not says.get("voice_fallback_url"):
        yield found("fallback_missing", **blanks)


def _webhook(says: Mapping[str, Any], field: str, method: str, ours: str, rulers: tuple[str, ...]) -> str:
    address = str(says.get(field) or "")
    if any(says.get(ruler) for ruler in rulers):
        return "webhook_overruled"
    if not address:
        return "webhook_unset"
    if _bare(address) != ours:
        return "webhook_elsewhere"
    if str(says.get(method) or "POST").upper() != "POST":
        return "webhook_method"
    return "" if "rc=" in urlsplit(address).fragment else "webhook_once"


def fallbacks(patient: Patient) -> Iterator[Finding]:
    """Is what the carrier reads out while we are down still true: the same words, the same people on duty?"""
    for line in _known(patient):
        for community, number in line.numbers:
            says = line.office.number(number).says
            url = patient.fallback_url or str(says.get("voice_fallback_url") or "")
            if url:
                method = str(says.get("voice_fallback_method") or "POST").upper()
                yield _fallback(patient, line, url, "GET" if patient.fallback_url else method, community, number)


def _fallback(patient: Patient, line: Line, url: str, method: str, community: str, number: str) -> Finding:
    blanks = {"community": community, "number": number, "url": _bare(url)}
    if _host(url) == _host(patient.settings.server.public_url):
        return found("fallback_here", **blanks)
    heard = fetch_as_carrier(method, url, account_sid=line.account.sid, token=line.account.token)
    if heard.status != 200:
        return found("fallback_unread", **blanks, status=heard.status or Word(heard.unreached or "broken"))
    with patient.reading() as session:
        here = community_of(session, number)
        wanted = stand_in_document(session, here, now=patient.now) if here and zone_is_known(here) else ""
    return found("fallback_ok" if _same(heard.body, wanted) else "fallback_stale", **blanks)


def _same(one: str, other: str) -> bool:
    try:
        return bool(_shape(parsed(one)) == _shape(parsed(other)))
    except UnreadableTwiml:
        return False


def _shape(element: Element) -> Any:
    """A document without what does not matter: spaces between elements, the order of attributes."""
    children = [(_shape(child), (child.tail or "").strip()) for child in element]
    return element.tag, dict(element.attrib), (element.text or "").strip(), children


def _known(patient: Patient) -> list[Line]:
    """The accounts whose carrier lets us in."""
    if not _is_asked(patient):
        return []
    return [line for line, asked in zip(patient.lines, patient.accounts, strict=True) if asked.is_good]


def _bare(url: object) -> str:
    """An address without what is behind it, which may be secret or is for the carrier alone."""
    parts = urlsplit(str(url or ""))
    if not parts.netloc:
        return str(url or "")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
