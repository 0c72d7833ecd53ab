"""The line when the database cannot be used at the start: callers reach a person, everybody else hears why."""

import logging

from flask import Flask, Response, abort, jsonify, request

from dispatch.board.headers import guard_every_answer
from models.storage import Trouble
from scripts.pulse import SAYS
from scripts.settings import Settings
from voice.carrier.door import Door, Unacceptable
from voice.lifeline import Lifeline

log = logging.getLogger(__name__)

_BODY_BYTES = 64 * 1024
_PAGE = (
    "Linli 邻里: {why}.\n"
    "Callers are connected to whoever is on duty; texts wait with the carrier and are read when all is well again.\n"
    "Use the paper sheet. 来电会接到值班人员；短信在运营商处等待，恢复后会补读。请使用纸质名单。\n"
)


def emergency_app(settings: Settings, door: Door, lifeline: Lifeline, trouble: Trouble) -> Flask:
    """A web application that needs no database: signed calls get the stand-in, all else 503 and the reason."""
    app = Flask("linli", static_folder=None)
    app.config.update(SECRET_KEY=settings.server.secret_key, MAX_CONTENT_LENGTH=_BODY_BYTES)
    why = SAYS[trouble]

    def a_call() -> Response:
        if not door.is_signed(request):
            abort(403)
        try:
            door.accept(request)
        except Unacceptable:
            abort(400)
        document = lifeline.document(request.form.get("To", ""), request.form.get("From", ""))
        return Response(document, mimetype="text/xml")

    app.add_url_rule("/voice", "voice", a_call, methods=["POST"])
    app.add_url_rule("/voice/turn/<int:turn>", "turn", lambda turn: a_call(), methods=["POST"])
    app.add_url_rule("/voice/placed/<int:call>", "placed", lambda call: a_call(), methods=["POST"])
    app.add_url_rule("/healthz", "healthz", lambda: (jsonify(ok=False, why=[why], look=[]), 503))
    app.register_error_handler(404, lambda _: Response(_PAGE.format(why=why), 503, mimetype="text/plain"))
    guard_every_answer(app, is_https=settings.server.public_url.startswith("https://"))
    log.error("%s; callers are connected to whoever is on duty", why)
    return app
