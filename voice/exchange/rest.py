"""Twilio's REST interface over HTTP, as far as our own client uses it."""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.http import http_date

from voice.exchange import wire
from voice.exchange.exchange import Exchange
from voice.exchange.ledger import CallRecord, MessageRecord, RecordingRecord
from voice.exchange.numbers import Form, one, refuse
from voice.exchange.parties import RestError

R = TypeVar("R", CallRecord, MessageRecord, RecordingRecord)
_SERVICE = re.compile(r"MG[0-9a-f]{32}", re.ASCII)
_ROOT = "/2010-04-01/Accounts/<account_sid>"


def rest_blueprint(exchange: Exchange) -> Blueprint:
    """The blueprint; mount it where the client's api_base points to."""
    blueprint = Blueprint("exchange_rest", __name__)
    blueprint.before_request(lambda: _guard(exchange))
    blueprint.after_request(lambda answer: _dated(exchange, answer))
    blueprint.register_error_handler(RestError, _refused)
    rooms = (_Account(exchange), _Messages(exchange), _Calls(exchange), _Recordings(exchange))
    for room in rooms:
        for rule, method, view in room.routes():
            endpoint = f"{type(room).__name__}_{view.__name__}".strip("_")
            blueprint.add_url_rule(_ROOT + rule, endpoint, view, methods=[method])
    blueprint.add_url_rule("/v1/Services/<sid>", "service", lambda sid: _service(exchange, sid), methods=["GET"])
    return blueprint


Route = tuple[str, str, Callable[..., ResponseReturnValue]]


def _refused(error: RestError) -> ResponseReturnValue:
    answer = jsonify(wire.error_json(error))
    answer.status_code = error.status
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return answer


def _dated(exchange: Exchange, answer: Response) -> Response:
    """Every answer says what the carrier's clock shows."""
    answer.headers["Date"] = http_date(exchange.plant.now())
    return answer


def _guard(exchange: Exchange) -> None:
    """Credentials first; then the mishaps that happen before anything is done."""
    told = request.authorization
    name, secret = (told.username or "", told.password or "") if told and told.type == "basic" else ("", "")
    is_right = hmac.compare_digest(name.encode(), exchange.account_sid.encode())
    is_right &= hmac.compare_digest(secret.encode(), exchange.auth_token.encode())
    if not is_right:
        raise refuse(20003, 401)
    if (request.view_args or {}).get("account_sid", exchange.account_sid) != exchange.account_sid:
        raise refuse(20404, 404)
    if exchange.faults.use_up("rest_429_next"):
        raise refuse(20429, 429)
    is_down = exchange.faults.is_down or request.form.get("From", "") in exchange.faults.lines_down
    if is_down or exchange.faults.use_up("rest_503_next"):
        raise refuse(20503, 503)


def _service(exchange: Exchange, sid: str) -> ResponseReturnValue:
    """Any messaging service can be sent by here, so each of a right name is there."""
    if not _SERVICE.fullmatch(sid):
        raise refuse(20404, 404)
    return jsonify(wire.service_json(exchange.account_sid, sid))


def _form() -> Form:
    return {name: request.form.getlist(name) for name in request.form}


def _created(exchange: Exchange, body: dict[str, Any]) -> ResponseReturnValue:
    if exchange.faults.use_up("answers_lost_next"):
        return Response("", 500, content_type="text/plain")
    return jsonify(body), 201


def _dates(name: str, moment: datetime | None) -> bool:
    """Whether a record of that moment is wanted by Name, Name> and Name< (both inclusive)."""
    wanted = {sign: request.args.get(f"{name}{sign}") for sign in ("", "<", ">")}
    if not any(wanted.values()):
        return True
    if moment is None:
        return False
    day, most, least = (_moment(value) for value in wanted.values())
    return (
        (day is None or moment.date() == day.date())
        and (least is None or moment >= least)
        and (most is None or moment.replace(microsecond=0) <= most)
    )


def _moment(told: str | None) -> datetime | None:
    if not told:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise RestError(400, 20001, "Dates are written YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_wanted(name: str, value: str | None) -> bool:
    told = request.args.get(name)
    return not told or told == value


class _Room:
    """The resources of one kind."""

    name = ""
    uri = ""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.plant = exchange.plant

    def page(self, records: list[R], write: Callable[[R], dict[str, Any]]) -> ResponseReturnValue:
        uri = f"{wire.root(self.exchange.account_sid)}/{self.uri}.json"
        listed = [record for record in records if self.exchange.is_listed(record.created_elapsed)]
        return jsonify(wire.page_json(self.name, uri, listed, request.args.to_dict(), write))


def _found(record: R | None) -> R:
    if record is None:
        raise refuse(20404, 404)
    return record


class _Account(_Room):
    def routes(self) -> list[Route]:
        return [
            (".json", "GET", self.fetch),
            ("/Balance.json", "GET", self.balance),
            ("/IncomingPhoneNumbers.json", "GET", self.numbers),
        ]

    def fetch(self, account_sid: str) -> ResponseReturnValue:
        return jsonify(sid=account_sid, friendly_name="Simulated", status="active", type="Full", auth_token="",
                       owner_account_sid=account_sid, uri=f"{wire.root(account_sid)}.json", subresource_uris={},
                       date_created=None, date_updated=None)  # fmt: skip

    def balance(self, account_sid: str) -> ResponseReturnValue:
        return jsonify(account_sid=account_sid, balance="100.00", currency="USD")

    def numbers(self, account_sid: str) -> ResponseReturnValue:
        lines = [line for line in self.plant.lines() if _is_wanted("PhoneNumber", line.number)]
        uri = f"{wire.root(account_sid)}/IncomingPhoneNumbers.json"
        written = [wire.number_json(account_sid, line) for line in lines]
        return jsonify(incoming_phone_numbers=written, uri=uri, first_page_uri=uri, next_page_uri=None, page=0,
                       page_size=50, previous_page_uri=None, start=0, end=max(0, len(lines) - 1))  # fmt: skip


class _Messages(_Room):
    name, uri = "messages", "Messages"

    def routes(self) -> list[Route]:
        return [
            ("/Messages.json", "POST", self.create),
            ("/Messages.json", "GET", self.list),
            ("/Messages/<sid>.json", "GET", self.fetch),
            ("/Messages/<sid>.json", "POST", self.update),
            ("/Messages/<sid>.json", "DELETE", self.delete),
            ("/Messages/<sid>/Media.json", "GET", self.media),
        ]

    def _json(self, message: MessageRecord) -> dict[str, Any]:
        return wire.message_json(self.exchange.account_sid, message)

    def create(self, account_sid: str) -> ResponseReturnValue:
        return _created(self.exchange, self._json(self.exchange.create_message(_form())))

    def list(self, account_sid: str) -> ResponseReturnValue:
        return self.page([m for m in self.plant.ledger.messages if self._is_asked_for(m)], self._json)

    def _is_asked_for(self, message: MessageRecord) -> bool:
        sent_at = message.sent_at or (None if self.exchange.faults.is_unsent_hidden else message.created_at)
        return _is_wanted("To", message.to) and _is_wanted("From", message.from_) and _dates("DateSent", sent_at)

    def fetch(self, account_sid: str, sid: str) -> ResponseReturnValue:
        return jsonify(self._json(_found(self.plant.ledger.messages.get(sid))))

    def update(self, account_sid: str, sid: str) -> ResponseReturnValue:
        message = _found(self.plant.ledger.messages.get(sid))
        if one(_form(), "Status") == "canceled":
            self.exchange.cancel_message(message)
        elif _form().get("Body") == [""]:
            message.body = ""
        return jsonify(self._json(message))

    def delete(self, account_sid: str, sid: str) -> ResponseReturnValue:
        if not _found(self.plant.ledger.messages.get(sid)).is_over:
            raise refuse(20009, 409)
        self.plant.ledger.messages.remove(sid)
        return "", 204

    def media(self, account_sid: str, sid: str) -> ResponseReturnValue:
        _found(self.plant.ledger.messages.get(sid))
        return jsonify(media_list=[], next_page_uri=None, page=0, page_size=50)


class _Calls(_Room):
    name, uri = "calls", "Calls"

    def routes(self) -> list[Route]:
        return [
            ("/Calls.json", "POST", self.create),
            ("/Calls.json", "GET", self.list),
            ("/Calls/<sid>.json", "GET", self.fetch),
            ("/Calls/<sid>.json", "POST", self.update),
            ("/Calls/<sid>.json", "DELETE", self.delete),
        ]

    def _json(self, call: CallRecord) -> dict[str, Any]:
        return wire.call_json(self.exchange.account_sid, call)

    def create(self, account_sid: str) -> ResponseReturnValue:
        return _created(self.exchange, self._json(self.exchange.create_call(_form())))

    def list(self, account_sid: str) -> ResponseReturnValue:
        return self.page([call for call in self.plant.ledger.calls if self._is_asked_for(call)], self._json)

    def _is_asked_for(self, call: CallRecord) -> bool:
        return (
            _is_wanted("To", call.to)
            and _is_wanted("From", call.from_)
            and _is_wanted("Status", call.status)
            and _is_wanted("ParentCallSid", call.parent_call_sid)
            and _dates("StartTime", call.started_at or call.created_at)
            and _dates("EndTime", call.ended_at)
        )

    def fetch(self, account_sid: str, sid: str) -> ResponseReturnValue:
        return jsonify(self._json(_found(self.plant.ledger.calls.get(sid))))

    def update(self, account_sid: str, sid: str) -> ResponseReturnValue:
        call = _found(self.plant.ledger.calls.get(sid))
        self.exchange.update_call(call, _form())
        return jsonify(self._json(call))

    def delete(self, account_sid: str, sid: str) -> ResponseReturnValue:
        call = _found(self.plant.ledger.calls.get(sid))
        if not call.is_over:
            raise refuse(20009, 409)
        self.plant.ledger.calls.remove(sid)
        return "", 204


class _Recordings(_Room):
    name, uri = "recordings", "Recordings"

    def routes(self) -> list[Route]:
        return [
            ("/Recordings.json", "GET", self.list),
            ("/Calls/<call_sid>/Recordings.json", "GET", self.list_of_call),
            ("/Recordings/<sid>.json", "GET", self.fetch),
            ("/Recordings/<sid>.json", "DELETE", self.delete),
            ("/Recordings/<sid>.wav", "GET", self.sound),
            ("/Recordings/<sid>", "GET", self.sound_without_suffix),
        ]

    def _json(self, recording: RecordingRecord) -> dict[str, Any]:
        return wire.recording_json(self.exchange.account_sid, self.plant.api_base, recording)

    def list(self, account_sid: str) -> ResponseReturnValue:
        return self._list(request.args.get("CallSid", ""))

    def list_of_call(self, account_sid: str, call_sid: str) -> ResponseReturnValue:
        return self._list(call_sid)

    def _list(self, call_sid: str) -> ResponseReturnValue:
        records = [r for r in self.plant.ledger.recordings if call_sid in ("", r.call_sid)]
        return self.page([r for r in records if _dates("DateCreated", r.created_at)], self._json)

    def fetch(self, account_sid: str, sid: str) -> ResponseReturnValue:
        return jsonify(self._json(_found(self.plant.ledger.recordings.get(sid))))

    def delete(self, account_sid: str, sid: str) -> ResponseReturnValue:
        _found(self.plant.ledger.recordings.get(sid))
        self.plant.ledger.recordings.remove(sid)
        return "", 204

    def sound(self, account_sid: str, sid: str) -> ResponseReturnValue:
        recording = _found(self.plant.ledger.recordings.get(sid))
        if recording.status != "completed":
            raise refuse(20404, 404)
        return Response(self.exchange.sound_of(recording), content_type="audio/x-wav")

    def sound_without_suffix(self, account_sid: str, sid: str) -> ResponseReturnValue:
        return self.sound(account_sid, sid)
