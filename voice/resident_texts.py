"""A resident's text, or that of somebody who may speak for her: the menus by key, or what she wants in one line."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.offered import Offered
from dispatch.telling import Sentence
from models.errors import Refusal
from models.people import Resident
from models.places import Community
from models.traffic import Message, Outcome
from voice.answer import after
from voice.certainty import Certainty
from voice.deeds import do
from voice.doing import Doing
from voice.own_words import own_words
from voice.parts import parts_in
from voice.places import PLACES
from voice.plain import plain
from voice.reading import Read, is_question, read_text
from voice.scene import look_around
from voice.step import arrive, step
from voice.taking_up import offered_in, take_up
from voice.talk import Act, Deed, Heard, Scene, Sound, Talk, Turn
from voice.threads import thread_with
from voice.wishes import Wish, read_line
from voice.writing import write_back

# Where nothing has been begun yet, an open question of ours is what 1 and 2 answer.
_AT_THE_BEGINNING = frozenset({"home", "usual", "main", "who", "more"})
_YES_OR_NO = frozenset({"1", "2"})
# Besides confirmations: "keep it as it is".
_YES_IS_1 = ("mine", "has_one")


def answer_resident(session: Session, community: Community, message: Message, *, now: datetime) -> str:
    """Do what the text says, for whoever it may speak for; returns the outcome kept with it."""
    thread = thread_with(session, community, message.phone, language=community.language, now=now)
    # What is answered goes to the number on file, whoever may have shown it.
    talk = replace(Talk.from_json(thread.talk), certainty=Certainty.RUNG)
    scene = look_around(session, community, message.phone, talk, now=now)
    talk = replace(talk, language=_language(session, scene, message))
    message.language = talk.language
    if talk.place not in PLACES:  # at the start, or where an older edition of the menus had something
        talk = _fresh(talk, scene)
    turn = _hear(session, community, message, talk, scene, now=now)
    if turn is None:
        return "thanks"
    thread.talk = replace(turn.talk, outcome=None).to_json()
    says = turn.says
    names = dict(scene.household)
    whose = scene.resident[0] if scene.resident else turn.talk.resident_id
    if scene.contact_id is not None and whose in names and says:
        says = (("for_name", {"name": names[whose]}), *says)
    write_back(session, community, message.phone, says, language=talk.language, now=now)
    return turn.talk.outcome or "asked"


def _hear(
    session: Session, community: Community, message: Message, talk: Talk, scene: Scene, *, now: datetime
) -> Turn | None:
    """What the text leads to; None: it was a thank-you, and needs no answer."""
    own = own_words(session, community)
    read = read_text(message.body, talk.language, _tables(talk), own)
    if read.intent in ("thanks", "noted") and talk.place != "note":
        return None
    if scene.question_id is not None and talk.place in _AT_THE_BEGINNING:
        answered = read_text(message.body, talk.language, ("asked", "answer"), own)
        if answered.key in _YES_OR_NO and not answered.numbers:
            asked = talk.at("asked_after", question_id=scene.question_id)
            heard = Heard(Sound.KEYS, keys=answered.key, words=message.body)
            return _stepped(session, community, message, asked, heard, scene, now=now)
    if talk.place == "who":
        return _whose(session, community, message, talk, scene, read, now=now)
    return _lead(session, community, message, talk, scene, message.body, now=now)


def _tables(talk: Talk) -> tuple[str, ...]:
    """Where yes is 1: in a list of dishes "OK" chooses none, and at home, unasked, it orders nothing."""
    is_asked = talk.place.startswith("confirm_") or talk.place in _YES_IS_1
    was_offered = talk.place == "usual" and bool(talk.picks.get("was_asked"))
    return ("answer", "resident") if is_asked or was_offered else ("resident",)


def _whose(
    session: Session, community: Community, message: Message, talk: Talk, scene: Scene, read: Read, *, now: datetime
) -> Turn:
    """A couple's telephone, or a contact's: first whose it is, by number or by name, then what was meant."""
    pending = talk.picks.get("pending")
    named = [str(key) for key, (_, name) in enumerate(scene.household, start=1) if plain(name) == plain(message.body)]
    if not named and pending is None and (read or parts_in(message.body, talk.language, _today(scene), Offered())):
        return arrive(replace(talk, picks={**talk.picks, "pending": message.body}), scene)
    turn = _lead(session, community, message, talk, scene, named[0] if named else message.body, now=now)
    if pending is None or turn.talk.place == "who":
        return turn
    settled = replace(turn.talk, picks={key: value for key, value in turn.talk.picks.items() if key != "pending"})
    again = look_around(session, community, message.phone, settled, now=now)
    return _lead(session, community, message, settled, again, str(pending), now=now)


def _lead(
    session: Session, community: Community, message: Message, talk: Talk, scene: Scene, words: str, *, now: datetime
) -> Turn:
    read: Read | Wish
    own = own_words(session, community)
    if talk.place == "note" or scene.resident is None:
        read = read_text(words, talk.language, _tables(talk), own)
    else:
        read = read_line(words, talk.language, _tables(talk), _today(scene), offered_in(scene), own)
    if isinstance(read, Wish):
        taken_up = take_up(read, talk, scene, is_question=is_question(words))
        return _done(session, community, message, taken_up, scene, now=now)
    if read.intent == "hello" and talk.place != "note":
        return arrive(talk.at("home", was_asked=True), scene)
    is_key = bool(read.key) and not read.numbers
    if not is_key and _is_in_distress(words, talk, scene):
        return _done(session, community, message, Act(talk, Deed("not_well"), "goodbye"), scene, now=now)
    heard = Heard(Sound.KEYS, keys=read.key, words=words) if is_key else Heard(Sound.WORDS, words=words)
    return _stepped(session, community, message, talk, heard, scene, now=now)


def _is_in_distress(words: str, talk: Talk, scene: Scene) -> bool:
    """Something in it must not wait for somebody who reads texts, whatever else it says."""
    found = parts_in(words, talk.language, _today(scene), Offered())
    return scene.resident is not None and "distress" in found


def _today(scene: Scene) -> date:
    return (scene.tomorrow_date or scene.now.date()) - timedelta(days=1)


def _stepped(
    session: Session, community: Community, message: Message, talk: Talk, heard: Heard, scene: Scene, *, now: datetime
) -> Turn:
    return _done(session, community, message, step(talk, heard, scene), scene, now=now)


def _done(
    session: Session, community: Community, message: Message, turn: Turn | Act, scene: Scene, *, now: datetime
) -> Turn:
    return turn if isinstance(turn, Turn) else _act(session, community, message, turn, scene, now=now)


def _act(session: Session, community: Community, message: Message, act: Act, scene: Scene, *, now: datetime) -> Turn:
    doing = Doing(
        community=community, caller=message.phone, talk=act.talk, source_key=f"sms {message.message_sid}", now=now,
        resident=session.get(Resident, scene.resident[0]) if scene.resident else None, message=message,
        contact_id=scene.contact_id,
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
    if act.goto in ("more", "goodbye") or act.deed.name in ("to_staff", "not_well"):
        # An answer by text is short: what was done, and no menu behind it.
        return Turn(_fresh(arrived.talk, scene) if act.goto != act.talk.place else arrived.talk, done.says)
    return arrived


def _fresh(talk: Talk, scene: Scene) -> Talk:
    kept = talk.resident_id if len(scene.household) > 1 else None
    start = Talk(
        place="home", medium="text", language=talk.language, resident_id=kept, outcome=talk.outcome,
        certainty=talk.certainty,
    )  # fmt: skip
    return replace(arrive(start, scene).talk, outcome=talk.outcome)


def _language(session: Session, scene: Scene, message: Message) -> str:
    if scene.contact_id is not None:
        return message.language
    resident_id = scene.resident[0] if scene.resident else scene.household[0][0] if scene.household else None
    resident = session.get(Resident, resident_id) if resident_id else None
    return resident.language if resident else message.language
