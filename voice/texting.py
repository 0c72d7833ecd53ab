"""One text that came in: whose it is, what it means, what is done and answered. Nothing is lost, nothing guessed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch import alarms, blanks, offering, working
from dispatch.telling import Sentence, somebody_at
from models import phones
from models.errors import Refusal
from models.jobs import open_jobs_of, open_offers_to
from models.people import Contact, Phone, Resident, Staff, Volunteer, heard_from, residents_at, volunteer_at
from models.places import Community
from models.tasks import AlertKind
from models.traffic import Delivery, Direction, Message, Outcome
from voice.answer import after
from voice.deeds import do
from voice.doing import Doing
from voice.places import PLACES
from voice.reading import CARRIER_WORDS, Read, plain, read_text
from voice.scene import look_around
from voice.step import arrive, step
from voice.talk import Act, Heard, Scene, Sound, Talk, Turn
from voice.threads import thread_with
from voice.volunteering import answer_volunteer, is_for_volunteer
from voice.writing import write_back

# Somebody whom we do not know is answered at most once in this.
_UNKNOWN_ONCE = timedelta(days=1)
_AT_HOME = ("usual", "main", "more", "news")


def text_comes_in(
    session: Session,
    community: Community,
    *,
    sid: str,
    sender: str,
    body: str,
    now: datetime,
    media: int = 0,
    is_practice: bool = False,
) -> Message:
    """Keep the text, and do what it says. `sender` as the carrier wrote it; the answer leaves through the outbox.

    What comes to the number for practice is read by a person: that number is for calls.
    """
    number = phones.caller_number(sender)
    message = Message(
        community_id=community.id, message_sid=sid, direction=Direction.INBOUND, phone=number or sender[:32], body=body,
        state=Delivery.RECEIVED, made_at=now, language=community.language,
    )  # fmt: skip
    session.add(message)
    session.flush()
    if number is None:
        message.needs_reading, message.cause = True, "unknown"
        return message
    phone = heard_from(session, community, number, now=now)
    alarms.is_reached(session, residents_at(session, community, number, now=now), now=now)
    person = somebody_at(session, community, number, now=now)
    _belongs_to(message, person, community)
    if media or not body.strip():
        message.needs_reading = True
    if is_practice and plain(body) not in CARRIER_WORDS:
        message.cause = _to_practice(session, community, message, phone, now=now)
        return message
    message.cause = _understand(session, community, message, phone, person, now=now)
    return message


def keep_text(
    session: Session, community: Community, *, sid: str, sender: str, body: str, cause: str, now: datetime
) -> Message:
    """Keep a text that nothing is done about by machine: a person reads it. `cause` says why."""
    number = phones.caller_number(sender)
    message = Message(
        community_id=community.id, message_sid=sid, direction=Direction.INBOUND, phone=number or sender[:32], body=body,
        state=Delivery.RECEIVED, made_at=now, language=community.language, needs_reading=True, cause=cause,
    )  # fmt: skip
    session.add(message)
    session.flush()
    if number is not None:
        _belongs_to(message, somebody_at(session, community, number, now=now), community)
    return message


def _understand(
    session: Session,
    community: Community,
    message: Message,
    phone: Phone,
    person: Resident | Volunteer | Contact | Staff | None,
    *,
    now: datetime,
) -> str:
    if word := CARRIER_WORDS.get(plain(message.body)):
        # The carrier has acted on it already; from a resident, who may have meant something else, a person looks.
        message.needs_reading = message.needs_reading or isinstance(person, Resident)
        outcome = _CARRIER[word](session, community, message, phone, now=now)
        if outcome is not None:
            return outcome
    volunteer = volunteer_at(session, community, message.phone)
    if volunteer is not None and is_for_volunteer(session, volunteer, message.body, now=now):
        return answer_volunteer(session, community, volunteer, message, now=now)
    if isinstance(person, Resident):
        return _resident_text(session, community, message, now=now)
    if volunteer is not None:
        return answer_volunteer(session, community, volunteer, message, now=now)
    message.needs_reading = True
    if person is None:
        return _stranger(session, community, message, phone, now=now)
    return Outcome.MESSAGE


def _stranger(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    alarms.open_callback(session, community, phone=message.phone, why="unknown_text", now=now, message=message)
    if phone.last_helped_at is None or now - phone.last_helped_at >= _UNKNOWN_ONCE:
        phone.last_helped_at = now
        write_back(session, community, message.phone, [("unknown", {})], language=message.language, now=now)
    return "unknown"


def _to_practice(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    message.needs_reading = True
    if phone.last_helped_at is None or now - phone.last_helped_at >= _UNKNOWN_ONCE:
        phone.last_helped_at = now
        write_back(session, community, message.phone, [("practice_by_text", {})], language=message.language, now=now)
    return "practice"


def _resident_text(session: Session, community: Community, message: Message, *, now: datetime) -> str:
    thread = thread_with(session, community, message.phone, language=community.language, now=now)
    talk = Talk.from_json(thread.talk)
    scene = look_around(session, community, message.phone, talk, now=now)
    talk = replace(talk, language=_language(session, scene, message))
    message.language = talk.language
    if talk.place not in PLACES:  # at the start, or where an older edition of the menus had something
        talk = _fresh(talk, scene)
    turn = _hear(session, community, message, talk, scene, now=now)
    if turn is None:
        return "thanks"
    thread.talk = replace(turn.talk, outcome=None).to_json()
    write_back(session, community, message.phone, turn.says, language=talk.language, now=now)
    return turn.talk.outcome or "asked"


def _hear(
    session: Session, community: Community, message: Message, talk: Talk, scene: Scene, *, now: datetime
) -> Turn | None:
    """What the text leads to; None: it was a thank-you, and needs no answer."""
    # "OK" is an answer, and at home nothing was asked: it never orders a meal by itself.
    was_asked = talk.place not in _AT_HOME or bool(talk.picks.get("was_asked"))
    read = read_text(message.body, talk.language, ("answer", "resident") if was_asked else ("resident",))
    if read.intent == "thanks" and talk.place != "note":
        return None
    if talk.place == "who" and read.key and talk.picks.get("pending") is None:
        # "1" from a couple's telephone: first whose it is, then what was meant.
        return arrive(replace(talk, picks={**talk.picks, "pending": read.key}), scene)
    turn = _lead(session, community, message, talk, scene, read, now=now)
    pending = turn.talk.picks.get("pending")
    if talk.place == "who" and pending and turn.talk.place != "who":
        settled = replace(turn.talk, picks={key: value for key, value in turn.talk.picks.items() if key != "pending"})
        again = look_around(session, community, message.phone, settled, now=now)
        return _stepped(session, community, message, settled, Heard(Sound.KEYS, keys=pending), again, now=now)
    return turn


def _lead(
    session: Session,
    community: Community,
    message: Message,
    talk: Talk,
    scene: Scene,
    read: Read,
    *,
    now: datetime,
) -> Turn:
    if read.intent in _INTENTS and talk.place != "note":
        return _intended(session, community, message, talk, scene, read.intent, now=now)
    is_key = bool(read.key) and not read.numbers
    heard = Heard(Sound.KEYS, keys=read.key, words=message.body) if is_key else Heard(Sound.WORDS, words=message.body)
    return _stepped(session, community, message, talk, heard, scene, now=now)


def _intended(
    session: Session, community: Community, message: Message, talk: Talk, scene: Scene, intent: str, *, now: datetime
) -> Turn:
    if intent == "usual" and scene.usual is not None:
        home = _fresh(talk, scene)
        return _stepped(session, community, message, home, Heard(Sound.KEYS, keys="1"), scene, now=now)
    if intent == "off" and len(scene.things) == 1:
        return arrive(talk.at("confirm_cancel", request_id=scene.things[0].request_id), scene)
    return arrive(talk.at(_INTENTS[intent], thing=0, was_asked=True), scene)


# An intention → the place where it is taken up.
_INTENTS = {"usual": "meals", "off": "mine", "hello": "home"}


def _stepped(
    session: Session, community: Community, message: Message, talk: Talk, heard: Heard, scene: Scene, *, now: datetime
) -> Turn:
    turn = step(talk, heard, scene)
    if isinstance(turn, Turn):
        return turn
    return _act(session, community, message, turn, scene, now=now)


def _act(session: Session, community: Community, message: Message, act: Act, scene: Scene, *, now: datetime) -> Turn:
    doing = Doing(
        community=community, caller=message.phone, talk=act.talk, source_key=f"sms {message.message_sid}", now=now,
        resident=session.get(Resident, scene.resident[0]) if scene.resident else None, message=message,
    )  # fmt: skip
    try:
        done = do(session, act.deed.name, act.deed.arguments, doing)
    except Refusal as refusal:
        talk = _fresh(replace(act.talk, picks={}), look_around(session, community, message.phone, act.talk, now=now))
        said: Sentence = (refusal.reason, refusal.blanks)
        return Turn(talk.having(Outcome.HEARD), (said,))
    talk = after(act, done)
    scene = look_around(session, community, message.phone, talk, now=now)
    arrived = arrive(talk, scene, done.says)
    if act.goto in ("more", "goodbye") or act.deed.name == "to_staff":
        # An answer by text is short: what was done, and no menu behind it.
        return Turn(_fresh(arrived.talk, scene) if act.goto != act.talk.place else arrived.talk, done.says)
    return arrived


def _fresh(talk: Talk, scene: Scene) -> Talk:
    kept = talk.resident_id if len(scene.household) > 1 else None
    start = Talk(place="home", medium="text", language=talk.language, resident_id=kept, outcome=talk.outcome)
    return replace(arrive(start, scene).talk, outcome=talk.outcome)


def _language(session: Session, scene: Scene, message: Message) -> str:
    resident_id = scene.resident[0] if scene.resident else scene.household[0][0] if scene.household else None
    resident = session.get(Resident, resident_id) if resident_id else None
    return resident.language if resident else message.language


def _belongs_to(message: Message, person: Resident | Volunteer | Contact | Staff | None, community: Community) -> None:
    columns = {Resident: "resident_id", Volunteer: "volunteer_id", Contact: "contact_id", Staff: "staff_id"}
    if person is not None:
        setattr(message, columns[type(person)], person.id)
        message.language = person.language


def _stop(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    """STOP and its kin: nothing more is sent there. A resident may only have meant her lunch: a person asks."""
    phone.opted_out_at = phone.opted_out_at or now
    message.needs_reading = True  # whoever it is: staff should know whom we no longer reach
    for resident in residents_at(session, community, message.phone, now=now)[:1]:
        alarms.raise_alert(
            session, community, AlertKind.OPTED_OUT, about=f"resident {resident.id}", now=now, resident=resident,
            name=resident.name, phone=blanks.number(message.phone),
        )  # fmt: skip
    if volunteer := volunteer_at(session, community, message.phone):
        for offer in open_offers_to(session, volunteer):
            offering.decline(session, offer, who=f"volunteer {volunteer.id}", now=now)
        for job in open_jobs_of(session, volunteer):
            working.release(session, job, who=f"volunteer {volunteer.id}", now=now, why="opted_out")
    return "stop"


def _start(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    _opt_in(session, community, message, phone, now=now)
    write_back(session, community, message.phone, [("welcome_back", {})], language=message.language, now=now)
    return "start"


def _yes(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> None:
    """YES is START to the carrier, and a plain answer to us: it is both."""
    _opt_in(session, community, message, phone, now=now)


def _opt_in(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> None:
    phone.opted_out_at = None
    for resident in residents_at(session, community, message.phone, now=now):
        alarms.close_alerts_about(session, f"resident {resident.id}", {AlertKind.OPTED_OUT}, now=now)


def _help(session: Session, community: Community, message: Message, phone: Phone, *, now: datetime) -> str:
    """HELP: the carrier has answered already; what she needs is a person."""
    message.needs_reading = True
    alarms.open_callback(
        session, community, phone=message.phone, why="help_text", now=now, resident=message.resident,
        volunteer=message.volunteer, message=message,
    )  # fmt: skip
    said: list[Sentence] = [
        ("not_emergency", {"emergency": community.emergency_number}),
        ("callback_promised", {"phone": blanks.number(message.phone)}),
    ]
    write_back(session, community, message.phone, said, language=message.language, now=now)
    return Outcome.CALLBACK


_CARRIER: dict[str, Callable[..., str | None]] = {"stop": _stop, "start": _start, "yes": _yes, "help": _help}
