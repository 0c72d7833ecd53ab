"""Records as Twilio writes them in JSON: its names, its types (many numbers are strings), its dates, its pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from voice.exchange.ledger import CallRecord, MessageRecord, RecordingRecord
from voice.exchange.numbers import SENTENCES
from voice.exchange.parties import Line, RestError
from voice.exchange.plant import API_VERSION

PAGE_SIZE = 50
PAGE_SIZE_MAX = 1000
R = TypeVar("R", CallRecord, MessageRecord, RecordingRecord)
_SMS_PRICE, _MINUTE_PRICE = 0.0079, 0.014


def root(account_sid: str) -> str:
    """Where everything of an account begins; relative, as Twilio's are."""
    return f"/{API_VERSION}/Accounts/{account_sid}"


def _date(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None


def message_json(account_sid: str, message: MessageRecord) -> dict[str, Any]:
    """A message resource."""
    uri = f"{root(account_sid)}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": _date(message.created_at),
        "date_sent": _date(message.sent_at),
        "date_updated": _date(message.updated_at or message.created_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.from_,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(message.media),
        "num_segments": str(message.segments),
        "price": f"-{_SMS_PRICE * message.segments:.5f}" if message.sent_at else None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def call_json(account_sid: str, call: CallRecord) -> dict[str, Any]:
    """A call resource."""
    uri = f"{root(account_sid)}/Calls/{call.sid}"
    return {
        "account_sid": account_sid,
        "annotation": None,
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": _date(call.created_at),
        "date_updated": _date(call.updated_at or call.created_at),
        "direction": call.direction,
        "duration": str(call.duration_seconds) if call.ended_at else None,
        "end_time": _date(call.ended_at),
        "forwarded_from": None,
        "from": call.from_,
        "from_formatted": call.from_,
        "group_sid": None,
        "parent_call_sid": call.parent_call_sid,
        "phone_number_sid": None,
        "price": f"-{_MINUTE_PRICE * -(-call.duration_seconds // 60):.5f}" if call.ended_at else None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": _date(call.started_at or (call.created_at if call.ended_at else None)),
        "status": "queued" if call.status == "initiated" else call.status,
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def recording_json(account_sid: str, api_base: str, recording: RecordingRecord) -> dict[str, Any]:
    """A recording resource."""
    uri = f"{root(account_sid)}/Recordings/{recording.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "channels": recording.channels,
        "conference_sid": None,
        "date_created": _date(recording.created_at),
        "date_updated": _date(recording.updated_at or recording.created_at),
        "duration": str(recording.duration_seconds) if recording.status == "completed" else None,
        "encryption_details": None,
        "error_code": None,
        "media_url": f"{api_base}{uri}",
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": "RecordVerb",
        "start_time": _date(recording.created_at),
        "status": recording.status,
        "subresource_uris": {},
        "uri": f"{uri}.json",
    }


def number_json(account_sid: str, line: Line) -> dict[str, Any]:
    """One of our lines as an incoming phone number."""
    sid = "PN" + f"{int(line.number.lstrip('+') or 0):032x}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "friendly_name": line.number,
        "phone_number": line.number,
        "sid": sid,
        "sms_application_sid": "",
        "sms_fallback_url": line.sms_fallback_url,
        "sms_method": "POST",
        "sms_url": line.sms_url,
        "status": "in-use",
        "status_callback": line.status_url,
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"{root(account_sid)}/IncomingPhoneNumbers/{sid}.json",
        "voice_application_sid": "",
        "voice_fallback_method": "POST",
        "voice_fallback_url": line.voice_fallback_url,
        "voice_method": "POST",
        "voice_url": line.voice_url,
    }


def service_json(account_sid: str, sid: str) -> dict[str, Any]:
    """A messaging service: what comes in goes where the number says."""
    return {
        "account_sid": account_sid,
        "friendly_name": "Simulated",
        "inbound_method": "POST",
        "inbound_request_url": None,
        "sid": sid,
        "status_callback": "",
        "use_inbound_webhook_on_number": True,
        "validity_period": 36_000,
    }


def error_json(error: RestError) -> dict[str, Any]:
    """The body of a refusal."""
    return {
        "code": error.code,
        "message": error.sentence or SENTENCES.get(error.code, ""),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }


def page_json(
    name: str, uri: str, records: Sequence[R], told: dict[str, str], write: Callable[[R], dict[str, Any]]
) -> dict[str, Any]:
    """One page of a list; the token of the next names the last record of this one, so new ones shift nothing."""
    size = max(1, min(PAGE_SIZE_MAX, _whole(told.get("PageSize"), PAGE_SIZE)))
    start = _after(records, told.get("PageToken", "").removeprefix("PA"), _whole(told.get("Page"), 0) * size)
    shown = records[start : start + size]
    number = start // size
    own = {key: value for key, value in told.items() if key not in ("Page", "PageToken", "PageSize")}

    def page_uri(page: int, token: str = "") -> str:
        pages = {"PageSize": str(size), "Page": str(page)} | ({"PageToken": token} if token else {})
        return f"{uri}?{urlencode(own | pages)}"

    has_more = start + size < len(records)
    return {
        "first_page_uri": page_uri(0),
        "end": start + len(shown) - 1 if shown else 0,
        "next_page_uri": page_uri(number + 1, f"PA{shown[-1].sid}") if has_more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": page_uri(number - 1) if number else None,
        "start": start,
        "uri": page_uri(number),
        name: [write(record) for record in shown],
    }


def _after(records: Sequence[R], sid: str, otherwise: int) -> int:
    return next((n + 1 for n, record in enumerate(records) if record.sid == sid), otherwise)


def _whole(told: str | None, default: int) -> int:
    return int(told) if told and told.isdecimal() and len(told) < 7 else default
