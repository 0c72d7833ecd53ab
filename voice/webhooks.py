"""The carrier's way in: each route hears, answers and speaks. A post twice is answered twice and done once.

Nothing is sent from here and nobody is waited for: one transaction, one answer.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from dispatch.alarms import open_callback
from models import phones
from models.database import Database
from models.places import Community, community_of
from models.traffic import AnsweredTurn, Call, Delivery, Direction, Message, answer_given, call_with_sid
from voice.answer import Reply, a_person_took_it, call_comes_in, call_goes_on, call_is_over, our_call_is_answered
from voice.carrier import speech
from voice.carrier.door import Door, Unacceptable, heard_in_call, sid
from voice.delivery import text_status
from voice.prompts import Setting, render_one
from voice.recordings import Links, play
from voice.texting import text_comes_in

log = logging.getLogger(__name__)

# Final states of a call; the number-level callback and those of our own calls both end with one of them.
_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_UTC = ZoneInfo("UTC")
_ANSWERED = frozenset({"completed"})


@dataclass(frozen=True)
class Line:
    """What the routes stand on."""

    database: Database
    door: Door
    links: Links
    now: Callable[[], datetime]


def voice_blueprint(line: Line) -> Blueprint:
    """All addresses that the carrier posts to, and the recordings that it plays."""
    pages = Blueprint("voice", __name__)
    pages.before_request(lambda: _let_in(line))
    pages.register_error_handler(Unacceptable, _unacceptable)
    rules: dict[str, Callable[..., Response]] = {
        "/voice": _voice, "/voice/turn/<int:turn>": _turn, "/voice/placed/<int:call_id>": _placed,
        "/voice/status": _voice_status, "/voice/whisper": _whisper, "/voice/whisper/key": _whisper_key,
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
    written = request.form.get("From", "").replace("\x00", "")

    def answer(session: Session, now: datetime) -> str:
        community = _community(session)
        caller = phones.caller_number(written)
        return _document(line, call_comes_in(session, community, sid=call_sid, caller=caller, written=written, now=now))

    return _once(line, f"voice {call_sid} 0", answer)


def _turn(line: Line, turn: int) -> Response:
    call_sid = sid(request, "CallSid")

    def answer(session: Session, now: datetime) -> str:
        call = call_with_sid(session, call_sid)
        if call is None:
            abort(404)
        return _document(line, call_goes_on(session, call, heard_in_call(request), now=now))

    return _once(line, f"voice {call_sid} {turn}", answer)


def _placed(line: Line, call_id: int) -> Response:
    call_sid = sid(request, "CallSid")

    def answer(session: Session, now: datetime) -> str:
        call = session.get(Call, call_id)
        if call is None or call.call_sid not in (None, call_sid):
            abort(404)
        return _document(line, our_call_is_answered(session, call, sid=call_sid, now=now))

    return _once(line, f"voice {call_sid} 0", answer)


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
    call = session.get(Call, int(call_id)) if call_id.isascii() and call_id.isdigit() and len(call_id) < 16 else None
    if call is None or call.call_sid not in (None, call_sid) or call.state is Delivery.ENDED:
        return None
    call.call_sid = call_sid
    return call


def _whisper(line: Line) -> Response:
    with line.database.read() as session:
        # On this leg our own number is where the call comes from.
        community = community_of(session, request.form.get("From", "")) or _first_community(session)
        setting = Setting(community.language, community.zone_info, line.now(), "voice", community.name)
        return _xml(speech.whispered(render_one("whisper", {}, setting), community.language))


def _whisper_key(line: Line) -> Response:
    if request.form.get("Digits") != "1":
        return _xml(speech.hung_up())
    with line.database.begin() as session:
        # The line may never hear how the talk ended: that a person took it is known now.
        call = call_with_sid(session, request.form.get("ParentCallSid", ""))
        if call is not None:
            a_person_took_it(session, call, now=line.now())
    return _xml(speech.EMPTY)


# --- texts --------------------------------------------------------------------------------------------------------


def _sms(line: Line) -> Response:
    message_sid = sid(request, "MessageSid")
    media = request.form.get("NumMedia", "0")

    def answer(session: Session, now: datetime) -> str:
        text_comes_in(
            session, _community(session), sid=message_sid, sender=request.form.get("From", ""),
            body=request.form.get("Body", "").replace("\x00", "")[:1600], now=now,
            media=int(media) if media.isascii() and media.isdigit() and len(media) < 3 else 0,
        )  # fmt: skip
        return speech.EMPTY

    return _once(line, f"sms {message_sid}", answer)


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
    now = line.now()
    try:
        with line.database.begin() as session:
            given = answer_given(session, key)
            if given is None:
                given = answer(session, now)
                session.add(AnsweredTurn(key=key, answer=given, at=now))
        return _xml(given)
    except IntegrityError:
        # The same post on another thread or machine was quicker; what it answered is the answer.
        with line.database.read() as session:
            given = answer_given(session, key)
        if given is not None:
            return _xml(given)
        log.exception("a post could not be answered")
    except HTTPException:
        raise
    except Exception:  # the edge: whatever is wrong with us, the caller is not left with it
        log.exception("a post could not be answered")
    return _sorry(line, key)


def _noted(line: Line, note: Callable[[Session, datetime], object]) -> Response:
    """Take news that nobody waits for; when they cannot be written down, the carrier is told to bring them again."""
    try:
        with line.database.begin() as session:
            note(session, line.now())
    except SQLAlchemyError:
        log.exception("news could not be written down")
        return Response(status=503)
    return Response(status=204)


def _sorry(line: Line, key: str) -> Response:
    """Our own fault: the turn is undone, and a person will ring back; nobody is left with silence."""
    caller = phones.caller_number(request.form.get("From", ""))
    try:
        with line.database.begin() as session:
            community = _community(session)
            number = caller if caller != community.number else phones.caller_number(request.form.get("To", ""))
            message = _bare_text(session, community, number, line.now()) if key.startswith("sms") else None
            open_callback(session, community, phone=number, why="our_fault", now=line.now(), message=message)
            setting = Setting(community.language, community.zone_info, line.now(), "voice", community.name)
            document = speech.apology(render_one("went_wrong", {}, setting), community.language)
    except SQLAlchemyError:
        log.exception("not even a callback could be written down")
        if key.startswith("sms"):
            abort(503)  # the carrier tries again, or shows it as failed
        words = render_one("not_saved", {}, Setting("en", _UTC, line.now(), "voice", ""))
        return _xml(speech.apology(words, "en"))
    return _xml(speech.EMPTY if key.startswith("sms") else document)


def _bare_text(session: Session, community: Community, number: str | None, now: datetime) -> Message:
    """A text that we failed to understand is still a text that somebody wrote: a person reads it."""
    message = Message(
        community_id=community.id, message_sid=sid(request, "MessageSid"), direction=Direction.INBOUND,
        phone=number or request.form.get("From", "")[:32], body=request.form.get("Body", "").replace("\x00", "")[:1600],
        state=Delivery.RECEIVED, made_at=now, needs_reading=True, cause="our_fault",
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def _document(line: Line, reply: Reply) -> str:
    link = line.links.to(reply.play) if reply.play is not None else ""
    return speech.spoken(reply, recording_url=link)


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
