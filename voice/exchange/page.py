"""The handset page: everybody's telephones side by side in a browser, with a clock and the carrier's mishaps."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from voice.exchange.exchange import Exchange
from voice.exchange.living import Living
from voice.exchange.parties import ExchangeError, Handset
from voice.exchange.view import handset_view
from voice.exchange.winding import Clock

SHOWN_MAX = 12
_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-src 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# What a newcomer sees first: role, and whether a landline is meant (None: whatever it is).
_FIRST = (("resident", True), ("resident", False), ("volunteer", None), ("volunteer", None))


def page_blueprint(
    exchange: Exchange,
    *,
    wind: Callable[[str], None] | None,
    shown_time: Callable[[], datetime],
    is_wound: Callable[[], bool],
    is_frozen: Callable[[], bool],
    moments: Callable[[], Mapping[str, datetime]] = dict,
    living: Living | None = None,
    begin_anew: Callable[[], None] | None = None,
) -> Blueprint:
    """The page and its JSON. `wind` gets what the clock file should say; without it the clock cannot be wound.

    `moments()` names instants to which it can be wound; `begin_anew()` makes the training as it was on the first day.
    """
    blueprint = Blueprint("exchange", __name__, static_folder="static", template_folder="templates")
    words = json.loads((_HERE / "words.json").read_text(encoding="utf-8"))
    clock = Clock(wind, shown_time, is_wound, is_frozen, moments)
    desk = _Desk(exchange, clock, living or Living(exchange, shown_time=shown_time), begin_anew)

    @blueprint.get("/")
    def page() -> ResponseReturnValue:
        return _shown("page", words, is_beside="beside" in request.args)

    @blueprint.get("/training")
    def training() -> ResponseReturnValue:
        return _shown("training", words)

    @blueprint.get("/state")
    def state() -> ResponseReturnValue:
        return desk.state(request.args.get("since", ""), request.args.getlist("show"))

    @blueprint.get("/directory")
    def directory() -> ResponseReturnValue:
        return jsonify(desk.directory())

    @blueprint.post("/handsets/<number>/<verb>")
    def finger(number: str, verb: str) -> ResponseReturnValue:
        return desk.finger(number, verb, _told())

    @blueprint.post("/faults")
    def turn() -> ResponseReturnValue:
        return desk.turn(_told())

    @blueprint.post("/clock")
    def wound() -> ResponseReturnValue:
        return desk.wind(_told())

    @blueprint.post("/living")
    def live() -> ResponseReturnValue:
        return desk.live(_told())

    @blueprint.post("/anew")
    def anew() -> ResponseReturnValue:
        return desk.begin_anew(_told())

    @blueprint.after_request
    def guard(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return blueprint


def _shown(which: str, words: dict[str, Any], **values: object) -> str:
    lang = request.args.get("lang", "en")
    lang = lang if lang in words else "en"
    return render_template(f"exchange/{which}.html", words=words[lang], lang=lang, **values)


def _told() -> dict[str, Any]:
    # A foreign site can send neither this header nor this type without being asked first, and it is not let in then.
    if request.headers.get("X-Exchange") != "1":
        raise Forbidden("The header X-Exchange is missing.")
    told = request.get_json()  # 415 for anything that does not call itself JSON
    if not isinstance(told, dict):
        raise BadRequest("A JSON object is expected.")
    return told


class _Desk:
    """What the page asks for."""

    def __init__(self, exchange: Exchange, clock: Clock, living: Living, begin_anew: Callable[[], None] | None) -> None:
        self._exchange = exchange
        self._clock = clock
        self._living = living
        self._begin_anew = begin_anew

    def directory(self) -> dict[str, Any]:
        handsets = list(self._exchange.plant.directory())
        listed = [
            {"number": h.number, "label": h.label, "role": h.role, "is_landline": h.is_landline} for h in handsets
        ]
        lines = [{"number": line.number, "role": line.role} for line in self._exchange.plant.lines()]
        return {"handsets": listed, "lines": lines, "first": [h.number for h in _first(handsets)]}

    def state(self, since: str, shown: list[str]) -> ResponseReturnValue:
        self._living.looked()
        time = self._clock.shown_time()
        token = f"{self._exchange.version}-{time:%Y%m%d%H%M}-{int(self._clock.is_frozen())}-{len(shown)}"
        if token == since:
            return "", 204
        plant = self._exchange.plant
        known = {handset.number: handset for handset in plant.directory()}
        return jsonify(
            version=token,
            elapsed=plant.elapsed(),
            time=time.isoformat(),
            is_wound=self._clock.is_wound(),
            can_wind=self._clock.can_wind,
            is_frozen=self._clock.is_frozen(),
            handsets=[self._seen(number, known.get(number)) for number in shown[:SHOWN_MAX]],
            faults=list(self._exchange.faults.as_json().items()),
            errors=list(self._exchange.errors)[-50:][::-1],
            elsewhere=self._ringing_elsewhere(set(shown), known),
            living=self._living.as_json(),
            can_begin_anew=self._begin_anew is not None,
        )

    def _ringing_elsewhere(self, shown: set[str], known: dict[str, Handset]) -> list[dict[str, str]]:
        """Telephones that ring although nobody on the page is looking at them."""
        ringing = [n for n, leg in list(self._exchange.plant.in_use.items()) if leg.call.status == "ringing"]
        return [{"number": n, "label": known[n].label if n in known else n} for n in ringing if n not in shown]

    def finger(self, number: str, verb: str, told: dict[str, Any]) -> ResponseReturnValue:
        move = _FINGERS.get(verb)
        if move is None:
            raise NotFound("Telephones cannot do that.")
        self._living.leave_alone(number)
        try:
            move(self._exchange, number, told)
        except ExchangeError as error:
            return jsonify(error=str(error)), 409
        except (KeyError, TypeError, ValueError) as error:
            raise BadRequest("Something is missing in the request.") from error
        return jsonify(self._seen(number))

    def _seen(self, number: str, handset: Handset | None = None) -> dict[str, Any]:
        """A telephone, its texts stamped in the time that the page's clock shows."""
        view = handset_view(self._exchange.plant, number, handset)
        zone = self._clock.shown_time().tzinfo
        for text in view["thread"]:
            text["at"] = datetime.fromisoformat(text["at"]).astimezone(zone).isoformat()
        return view

    def turn(self, told: dict[str, Any]) -> ResponseReturnValue:
        try:
            self._exchange.faults.set(told)
        except ValueError as error:
            return jsonify(error=str(error)), 400
        self._exchange.plant.changed()
        return jsonify(self._exchange.faults.as_json())

    def wind(self, told: dict[str, Any]) -> ResponseReturnValue:
        try:
            self._clock.wind(told)
        except (TypeError, ValueError, OverflowError) as error:
            return jsonify(error=str(error)), 409 if not self._clock.can_wind else 400
        self._exchange.plant.changed()
        return jsonify(time=self._clock.shown_time().isoformat(), is_frozen=self._clock.is_frozen())

    def live(self, told: dict[str, Any]) -> ResponseReturnValue:
        """Let the town live at a pace, or not: {"pace": "calm"}, {"pace": ""}."""
        try:
            self._living.start(str(told["pace"])) if told.get("pace") else self._living.stop()
        except ValueError as error:
            return jsonify(error=str(error)), 400
        return jsonify(self._living.as_json())

    def begin_anew(self, told: dict[str, Any]) -> ResponseReturnValue:
        """Everything as on the first day; whoever asks must say that it is meant."""
        if self._begin_anew is None:
            raise NotFound("There is nothing here that could begin anew.")
        if told.get("sure") is not True:
            raise BadRequest("Say that you are sure.")
        try:
            self._begin_anew()
        except ExchangeError as error:
            return jsonify(error=str(error)), 409
        return jsonify(time=self._clock.shown_time().isoformat())


def _first(handsets: list[Handset]) -> list[Handset]:
    chosen: list[Handset] = []
    for role, is_landline in _FIRST:
        fitting = (h for h in handsets if h not in chosen and h.role == role and is_landline in (None, h.is_landline))
        found = next(fitting, None)
        if found is not None:
            chosen.append(found)
    return chosen or handsets[:4]


def _dial(exchange: Exchange, number: str, told: dict[str, Any]) -> None:
    shown = told.get("from_text")
    exchange.dial(
        number, str(told["to"]), withheld=told.get("withheld") is True, from_text=None if shown is None else str(shown)
    )


def _text(exchange: Exchange, number: str, told: dict[str, Any]) -> None:
    media = int(told.get("media", 0))
    if not 0 <= media <= 10:
        raise ValueError("At most ten pictures.")
    exchange.text(number, str(told["to"]), str(told.get("body", "")), media)


_FINGERS: dict[str, Callable[[Exchange, str, dict[str, Any]], None]] = {
    "dial": _dial,
    "text": _text,
    "press": lambda exchange, number, told: exchange.press(number, str(told["keys"])),
    "speak": lambda exchange, number, told: exchange.speak(number, str(told["words"])),
    "hang_up": lambda exchange, number, told: exchange.hang_up(number),
    "answer": lambda exchange, number, told: exchange.answer(number),
    "decline": lambda exchange, number, told: exchange.decline(number),
    "machine": lambda exchange, number, told: exchange.pick_up_by_machine(number),
    "switch": lambda exchange, number, told: exchange.switch_off(number, told["off"] is True),
}
