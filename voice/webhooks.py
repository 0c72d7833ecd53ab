"""The carrier's way in: each route hears, answers and speaks. A post twice is answered twice and done once.

Nothing is sent from here and nobody is waited for: one transaction, one answer.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Request, Response, abort, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from dispatch.alarms import open_callback
from models import phones
from models.database import Database
from models.places import Community, community_of
from models.storage import trouble_of
from models.traffic import Call, Delivery, answer_given, call_with_sid, is_text_of_ours
from voice.answer import Reply, a_person_took_it, call_comes_in, call_goes_on, our_call_is_answered
from voice.carrier import speech
from voice.carrier.door import Door, Unacceptable, heard_in_call, sid, vouched_for
from voice.delivery import text_status
from voice.ending import call_is_over
from voice.inbox import answer_once, text_key, turn_key
from voice.joining import are_joined, whisper
from voice.lifeline import Lifeline
from voice.prompts import Setting, render_one
from voice.recordings import Links, play
from voice.texting import keep_text, text_comes_in

log = logging.getLogger(__name__)

# Final states of a call; the number-level callback and those of our own calls both end with one of them.
_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_ANSWERED = frozenset({"completed"})
# Ids and turns as they can be: what no database holds is not found, and is no fault of ours.
_NUMBER = "int(max=2147483647)"


@dataclass(frozen=True)
class Line:
    """What the routes stand on."""

    database: Database
    door: Door
    links: Links
    lifeline: Lifeline
    now: Callable[[], datetime]


def voice_blueprint(line: Line) -> Blueprint:
    """All addresses that the carrier posts to, and the recordings that it plays."""
    pages = Blueprint("voice", __name__)
    pages.before_request(lambda: _let_in(line))
    pages.register_error_handler(Unacceptable, _unacceptable)
    rules: dict[str, Callable[..., Response]] = {
        "/voice": _voice, f"/voice/turn/<{_NUMBER}:turn>": _turn, f"/voice/placed/<{_NUMBER}:call_id>": _placed,
        "/voice/status": _voice_status, "/voice/whisper": _whisper, "/voice/whisper/key": _whisper_key,
        f"/voice/whisper/<{_NUMBER}:call_id>": _introduced, f"/voice/whisper/<{_NUMBER}:call_id>/joined": _joined,
        "/sms": _sms, "/sms/status": _sms_status,
    }  # fmt: skip
    for rule, view in rules.items():
        pages.add_url_rule(rule, endpoint=view.__name__.strip("_"), view_func=_bound(view, line), methods=["POST"])
    return pages


def recordings_blueprint(line: Line) -> Blueprint:
    """Recordings for the carrier to play, under links that we signed ourselves."""
    pages = Blueprint("recordings", __name__)

    @pages.get("/voice/recordings/<token>.wav")
    def recording(token: str) -> Response:
        """The audio behind a link of ours, while it is fresh."""
        recording_id = line.links.read(token)
        with line.database.read() as session:
            found = play(session, recording_id) if recording_id is not None else None
        if found is None:
            abort(404)
        return Response(found[0], mimetype=found[1], headers={"Cache-Control": "no-store"})

    return pages


def _bound(view: Callable[..., Response], line: Line) -> Callable[..., Response]:
    return lambda **parts: view(line, **parts)


def _let_in(line: Line) -> None:
    if not line.door.is_signed(request):
        log.warning("a post without a valid signature was turned away")
        abort(403)
    line.door.accept(request)


def _unacceptable(error: Unacceptable) -> tuple[str, int]:
    log.warning("a signed post was not acceptable: %s", error)
    return str(error), 400


# --- calls --------------------------------------------------------------------------------------------------------


def _voice(line: Line) -> Response:
    call_sid = sid(request, "CallSid")
    return _once(line, turn_key(call_sid, 0), lambda session, now: _begun(line, session, call_sid, now=now))


def _begun(line: Line, session: Session, call_sid: str, *, now: datetime) -> str:
    written = request.form.get("From", "").replace("\x00", "")
    community = _community(session)
    reply = call_comes_in(
        session, community, sid=call_sid, caller=phones.caller_number(written), written=written,
        is_by_second=request.form.get("To") == community.second_number,
        is_practice=request.form.get("To") == community.practice_number, vouched=vouched_for(request), now=now,
    )  # fmt: skip
    return _document(line, reply)


def _turn(line: Line, turn: int) -> Response:
    call_sid = sid(request, "CallSid")

    def answer(session: Session, now: datetime) -> str:
        call = call_with_sid(session, call_sid)
        if call is None and request.form.get("From", "") not in _community(session).numbers:
            return _begun(line, session, call_sid, now=now)  # its beginning was lost, with a restore: it begins anew
        if call is None or turn > call.turn:
            abort(404)
        if turn < call.turn:
            # It comes late: the talk is past it, and goes on where it is.
            return answer_given(session, turn_key(call_sid, call.turn - 1)) or abort(404)
        return _document(line, call_goes_on(session, call, heard_in_call(request), now=now))

    return _once(line, turn_key(call_sid, turn), answer)


def _placed(line: Line, call_id: int) -> Response:
    call_sid = sid(request, "CallSid")

    def answer(session: Session, now: datetime) -> str:
        call, other = session.get(Call, call_id), call_with_sid(session, call_sid)
        if call is None or call.call_sid not in (None, call_sid) or other not in (None, call):
            abort(404)
        return _document(line, our_call_is_answered(session, call, sid=call_sid, now=now))

    return _once(line, turn_key(call_sid, 0), answer)


def _voice_status(line: Line) -> Response:
    call_sid = sid(request, "CallSid")
    status = request.form.get("CallStatus", "")

    def note(session: Session, now: datetime) -> None:
        call = call_with_sid(session, call_sid) or _unanswered(session, call_sid)
        if call is not None and status in _OVER:
            call_is_over(session, call, now=now, was_answered=status in _ANSWERED and call.talk is not None)

    return _noted(line, note)


def _unanswered(session: Session, call_sid: str) -> Call | None:
    """A call of ours of which nothing was heard yet, by the id in the address that we gave the carrier."""
    call_id = request.args.get("call", "")
    call = session.get(Call, int(call_id)) if call_id.isascii() and call_id.isdigit() and len(call_id) < 10 else None
    if call is None or call.call_sid not in (None, call_sid) or call.state is Delivery.ENDED:
        return None
    call.call_sid = call_sid
    return call


def _whisper(line: Line) -> Response:
    try:
        with line.database.read() as session:
            # On this leg our own number is where the call comes from.
            community = community_of(session, request.form.get("From", "")) or _first_community(session)
            setting = Setting(community.language, community.zone_info, line.now(), "voice", community.name)
            return _xml(speech.whispered(render_one("whisper", {}, setting), community.language))
    except SQLAlchemyError:
        # Better that an answering machine takes the caller than that nobody does.
        log.exception("who calls could not be announced: they are connected at once")
        return _xml(speech.EMPTY)


def _whisper_key(line: Line) -> Response:
    if request.form.get("Digits") != "1":
        return _xml(speech.hung_up())
    try:
        with line.database.begin() as session:
            # The line may never hear how the talk ended: that a person took it is known now.
            call = call_with_sid(session, request.form.get("ParentCallSid", ""))
            if call is not None:
                a_person_took_it(session, call, now=line.now())
    except SQLAlchemyError:
        log.exception("that a person took a call could not be written down: they are connected all the same")
    return _xml(speech.EMPTY)


def _introduced(line: Line, call_id: int) -> Response:
    """Who rings is said to whom a helper rings, or the other way; without that nobody is connected."""
    try:
        with line.database.read() as session:
            said = whisper(session, _joining_call(session, call_id), now=line.now())
    except SQLAlchemyError:
        log.exception("it could not be looked up who is to be connected: nobody is")
        return _xml(speech.hung_up())
    if said is None:
        return _xml(speech.hung_up())
    then = f"/voice/whisper/{call_id}/joined"
    return _xml(speech.introduced(said.words, said.language, then=then, asks_key=said.asks_key, pace=said.pace))


def _joined(line: Line, call_id: int) -> Response:
    try:
        with line.database.begin() as session:
            call = _joining_call(session, call_id)
            said = whisper(session, call, now=line.now())
            is_taken = said is not None and (not said.asks_key or request.form.get("Digits") == "1")
            is_joined = is_taken and are_joined(session, call, now=line.now())
    except SQLAlchemyError:
        log.exception("it could not be looked up who is to be connected: nobody is")
        return _xml(speech.hung_up())
    return _xml(speech.EMPTY if is_joined else speech.hung_up())


def _joining_call(session: Session, call_id: int) -> Call:
    """The call that rings the leg which asks."""
    call = session.get(Call, call_id)
    if call is None or request.form.get("ParentCallSid", call.call_sid) != call.call_sid:
        abort(404)
    return call


# --- texts --------------------------------------------------------------------------------------------------------


def _sms(line: Line) -> Response:
    message_sid = sid(request, "MessageSid")
    media = request.form.get("NumMedia", "0")

    def answer(session: Session, now: datetime) -> str:
        if is_text_of_ours(session, message_sid):
            raise Unacceptable("a text of ours does not come in")
        community = _community(session)
        text_comes_in(
            session, community, sid=message_sid, sender=request.form.get("From", ""), body=_body(request), now=now,
            is_practice=request.form.get("To") == community.practice_number,
            media=int(media) if media.isascii() and media.isdigit() and len(media) < 3 else 0,
        )  # fmt: skip
        return speech.EMPTY

    return _once(line, text_key(message_sid), answer)


def _sms_status(line: Line) -> Response:
    message_sid = sid(request, "MessageSid")
    status = request.form.get("MessageStatus") or request.form.get("SmsStatus", "")
    error_code = request.form.get("ErrorCode", "")
    return _noted(
        line, lambda session, now: text_status(session, sid=message_sid, status=status, error_code=error_code, now=now)
    )


# --- what all share -----------------------------------------------------------------------------------------------


def _once(line: Line, key: str, answer: Callable[[Session, datetime], str]) -> Response:
    """Answer a post by its natural key: the first time it is done, every time it is answered the same."""
    try:
        return _xml(answer_once(line.database, key, answer, now=line.now()))
    except (HTTPException, Unacceptable):
        raise
    except Exception as error:  # the edge: whatever is wrong with us, the caller is not left with it
        log.exception("a post could not be answered")
        return _sorry(line, is_text=key.startswith("sms"), is_storage_ill=trouble_of(error) is not None)


def _noted(line: Line, note: Callable[[Session, datetime], object]) -> Response:
    """Take news that nobody waits for; when they cannot be written down, the carrier is told to bring them again."""
    try:
        with line.database.begin() as session:
            note(session, line.now())
    except SQLAlchemyError:
        log.exception("news could not be written down")
        return Response(status=503)
    return Response(status=204)


def _sorry(line: Line, *, is_text: bool, is_storage_ill: bool) -> Response:
    """The turn is undone. A person will ring back; where not even that can be written down, one is rung now."""
    if not is_storage_ill:
        try:
            return _xml(_apology(line, is_text=is_text))
        except SQLAlchemyError:
            log.exception("not even a callback could be written down")
    if is_text:
        abort(503)  # it stays in the carrier's list, where we find it when we are well
    return _xml(line.lifeline.document(request.form.get("To", ""), request.form.get("From", "")))


def _apology(line: Line, *, is_text: bool) -> str:
    """Our own fault, and a callback for it: what is answered then."""
    now = line.now()
    caller = phones.caller_number(request.form.get("From", ""))
    with line.database.begin() as session:
        community = _community(session)
        number = caller if caller not in community.numbers else phones.caller_number(request.form.get("To", ""))
        message = None
        if is_text:
            message = keep_text(
                session, community, sid=sid(request, "MessageSid"), sender=request.form.get("From", ""),
                body=_body(request), cause="our_fault", now=now,
            )  # fmt: skip
        open_callback(session, community, phone=number, why="our_fault", now=now, message=message)
        setting = Setting(community.language, community.zone_info, now, "voice", community.name)
        document = speech.apology(render_one("went_wrong", {}, setting), community.language)
    return speech.EMPTY if is_text else document


def _body(request: Request) -> str:
    return request.form.get("Body", "").replace("\x00", "")[:1600]


def _document(line: Line, reply: Reply) -> str:
    return speech.spoken(reply, line.links.to)


def _community(session: Session) -> Community:
    """The number that was called or texted decides; on calls of ours it is where the call comes from."""
    for field in ("To", "From", "Called"):
        found = community_of(session, request.form.get(field, ""))
        if found is not None:
            return found
    log.warning("a post for a number that is nobody's")
    abort(404)


def _first_community(session: Session) -> Community:
    found = session.scalars(select(Community).order_by(Community.id)).first()
    if found is None:
        abort(404)
    return found


def _xml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
