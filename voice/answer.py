"""One turn of a call: what was heard is stepped, done and answered, in the one transaction of its webhook."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch import alarms, unreached
from dispatch.asking_after import QUESTIONS, question_of
from dispatch.calling import is_for_a_person
from dispatch.counting import COUNTING
from dispatch.joining import CAUSES
from dispatch.recording import spoken_languages
from dispatch.still_hers import ASKED
from dispatch.telling import OFFERING, Sentence
from dispatch.truth import is_still_true
from models import phones
from models.changes import touch
from models.errors import Refusal
from models.jobs import Offer
from models.kitchens import kitchen_at
from models.numbers import heard_from
from models.people import Resident, contact_at, residents_at, volunteer_at
from models.places import Community
from models.traffic import Call, Delivery, Direction, Outcome, call_with_sid
from voice.certainty import Certainty, may_hear
from voice.deeds import do
from voice.doing import Doing, Done
from voice.ending import came_late, lives_after_all
from voice.joining import asked_for, number_to_ring
from voice.places.edition import EDITION
from voice.practising import KEPT, as_practice, is_in_earnest, practice_scene, taken_back
from voice.prompts import Setting, nearest
from voice.proving import YOURS
from voice.recorded import Said, heard_as
from voice.ringing_back import RINGING_BACK
from voice.scene import look_around, with_offer
from voice.step import (
    arrive,
    hear_anew,
    means_what_was_heard,
    opening,
    opening_practice,
    ringing_back,
    ringing_up,
    step,
    turned_away,
)
from voice.studio import left_studio
from voice.talk import Act, Heard, Scene, Sound, Talk, Then, Turn

log = logging.getLogger(__name__)

# Where a call of ours begins, by what it is for; every other brings news.
_BEGINS_AT = {
    **dict.fromkeys(OFFERING, "offered"), **dict.fromkeys(CAUSES, "join_ready"),
    **dict.fromkeys(QUESTIONS, "asked_after"), **dict.fromkeys(COUNTING, "counted"),
    YOURS: "yours_asked", ASKED: "still_you",
}  # fmt: skip
# What is said of a job, and answered with its keys.
_ASKED_ABOUT = ("nudge", "job_soon")
# A call is silent for at most this; one in which people talk lasts at most as long as the carrier lets them.
_SILENT_AT_MOST = timedelta(minutes=15)
_TALK_AT_MOST = timedelta(hours=4, minutes=15)
# A call that was cut off is taken up where it was for so long.
_RESUMED_WITHIN = timedelta(hours=2)
# What is said instead of news that are not true any more.
_SETTLED: tuple[Sentence, ...] = (("offer_over", {}),)
# Where a refused deed leads back to; elsewhere home.
_HOME_OF = {
    **dict.fromkeys(("volunteer", "which_stop", "job_note", "join_which", "join_missed"), "volunteer"),
    **dict.fromkeys(("offered", "join_ready", "join_missed_out"), "goodbye"),
}


@dataclass(frozen=True)
class Reply:
    """An answer to the carrier: what is heard, sentence by sentence, in which language, and what the line does then."""

    says: tuple[Said, ...]
    language: str
    then: Then
    turn: int
    play: int | None = None
    connect_to: tuple[str, ...] = ()
    shown_number: str = ""
    joins: int | None = None  # the id of the call, where it is connected with somebody who is no staff
    pace: int = 0


def call_comes_in(
    session: Session,
    community: Community,
    *,
    sid: str,
    caller: str | None,
    written: str,
    now: datetime,
    is_by_second: bool = False,
    is_practice: bool = False,
    vouched: str = "",
) -> Reply:
    """Somebody rings: `caller` is the number in E.164, None when it is withheld or ill-formed as `written`.

    `is_by_second` says that the community's second number was dialled, `is_practice` the one for practice; `vouched`
    what the network says of the caller's number, which opens nothing and closes nothing: staff see it.
    """
    call = call_with_sid(session, sid) or Call(
        community_id=community.id, call_sid=sid, direction=Direction.INBOUND, phone=caller or written[:32],
        state=Delivery.LIVE, made_at=now, started_at=now, is_by_second=is_by_second, vouched=vouched,
    )  # fmt: skip
    session.add(call)
    if caller:
        heard_from(session, community, caller, now=now)
        unreached.is_reached(session, residents_at(session, community, caller, now=now), now=now)
    talk = Talk(language=_language_of(session, community, caller, now=now))
    scene = look_around(session, community, caller, talk, now=now)
    if scene.is_blocked:
        return _reply(session, call, community, turned_away(talk, scene), scene)
    talk = replace(talk, pace=_pace_of(session, scene), picks=_left_half_way(session, community, caller, now=now))
    talk = replace(talk, picks={**talk.picks, "tongues": _tongues(session, community, talk)})
    call.resident_id = scene.resident[0] if scene.resident else None
    call.volunteer_id = _volunteer_id(session, community, caller, now=now)
    if is_practice:
        with taken_back(session):
            scene = practice_scene(session, community, caller, talk, now=now)
            turn = opening_practice(talk, scene)
        return _reply(session, call, community, turn, scene)
    return _reply(session, call, community, opening(talk, scene), scene)


def our_call_is_answered(session: Session, call: Call, *, sid: str, now: datetime) -> Reply:
    """Somebody whom we ring has picked up: a person or a machine; only a key tells them apart."""
    community = call.community
    call.call_sid, call.state, call.started_at = sid, Delivery.LIVE, call.started_at or now
    if call.ended_at is not None:
        lives_after_all(session, call)
    is_true = is_still_true(session, call, now=now)
    is_back = call.cause in RINGING_BACK and is_true
    resident_id = None if is_back else call.resident_id
    talk = Talk(language=call.language, resident_id=resident_id, certainty=Certainty.RUNG)
    scene = _scene(session, call, talk, now=now)
    if is_back:
        return _reply(session, call, community, ringing_back(talk, scene, call.cause), scene)
    turn = ringing_up(talk, scene, place=_BEGINS_AT.get(call.cause, "told"), is_true=is_true)
    return _reply(session, call, community, turn, scene)


def call_goes_on(session: Session, call: Call, heard: Heard, *, now: datetime) -> Reply:
    """One thing heard in a call that rests in its row."""
    community = call.community
    talk = Talk.from_json(call.talk or {"language": call.language or community.language})
    if call.direction is Direction.OUTBOUND and heard.sound is Sound.KEYS:
        talk = replace(talk, certainty=Certainty.ANSWERED)
    turn, scene = (_in_practice if talk.is_practice else _in_earnest)(session, call, talk, heard, now=now)
    if turn.then in (Then.CONNECT, Then.JOIN) and not _connect_to(session, call, turn, scene):
        # Whoever was to be rung is not to be rung any more: it goes on as if nobody had picked up.
        turn, scene = _in_earnest(session, call, turn.talk, Heard(Sound.NOT_CONNECTED), now=now)
    return _reply(session, call, community, turn, scene)


def _in_earnest(session: Session, call: Call, talk: Talk, heard: Heard, *, now: datetime) -> tuple[Turn, Scene]:
    scene = _scene(session, call, talk, now=now)
    turn = _stepped(talk, heard, scene)
    return (_act(session, call, turn, scene, now=now) if isinstance(turn, Act) else turn), scene


def _in_practice(session: Session, call: Call, talk: Talk, heard: Heard, *, now: datetime) -> tuple[Turn, Scene]:
    """The same, taken back at once; or in earnest, if it is something that nobody may play with."""
    with taken_back(session):
        scene = _scene(session, call, talk, now=now)
        stepped = _stepped(talk, heard, scene)
        if not isinstance(stepped, Act):
            return stepped, scene
        turn = _act(session, call, stepped, scene, now=now)
    if is_in_earnest(stepped):
        return _in_earnest(session, call, replace(talk, is_practice=False), heard, now=now)
    if stepped.deed.name in KEPT:
        do(session, stepped.deed.name, stepped.deed.arguments, _doing(session, call, stepped, now=now))
    return turn, scene


def _stepped(talk: Talk, heard: Heard, scene: Scene) -> Turn | Act:
    return step(talk, heard, scene) if means_what_was_heard(talk, heard) else hear_anew(talk, scene)


def a_person_took_it(session: Session, call: Call, *, now: datetime) -> None:
    """Somebody on duty has pressed 1 and speaks with the caller; told twice, it is noted once."""
    before = Talk.from_json(call.talk) if call.talk is not None else None
    if before is not None and before.picks.get("has_spoken"):
        return
    if before is not None:
        call.talk = replace(before, picks={**before.picks, "has_spoken": True}).having(Outcome.CONNECTED).to_json()
        touch(session, call.community_id)
    if phones.caller_number(call.phone):
        alarms.has_spoken(session, call.community, call.phone, now=now)


def _doing(session: Session, call: Call, act: Act, scene: Scene | None = None, *, now: datetime) -> Doing:
    """For whom the deed is done: whom the scene shows, or nobody in particular."""
    caller = phones.caller_number(call.phone)
    return Doing(
        community=call.community, caller=caller, talk=act.talk, source_key=f"call {call.call_sid} {call.turn}",
        now=now, resident=session.get(Resident, scene.resident[0]) if scene and scene.resident else None,
        volunteer=volunteer_at(session, call.community, caller, now=now) if scene and caller else None, call=call,
        contact_id=scene.contact_id if scene else None,
    )  # fmt: skip


def _act(session: Session, call: Call, act: Act, scene: Scene, *, now: datetime) -> Turn:
    doing = _doing(session, call, act, scene, now=now)
    try:
        done = as_practice(act, do(session, act.deed.name, act.deed.arguments, doing))
    except Refusal as refusal:
        talk = refused(act)
        return arrive(talk, _scene(session, call, talk, now=now), ((refusal.reason, refusal.blanks),))
    talk = after(act, done)
    call.resident_id = talk.resident_id or call.resident_id
    session.flush()
    return arrive(talk, _scene(session, call, talk, now=now), done.says)


def after(act: Act, done: Done) -> Talk:
    """Where the talk goes on when its deed is done."""
    pace = act.talk.pace if done.pace is None else done.pace
    resident_id, language = done.resident_id or act.talk.resident_id, done.language or act.talk.language
    is_practice = act.talk.is_practice if done.is_practice is None else done.is_practice
    talk = replace(act.talk, resident_id=resident_id, language=language, pace=pace, is_practice=is_practice)
    return talk.having(done.outcome).at(act.goto, **(done.picks or {}))


def refused(act: Act) -> Talk:
    """Where the talk goes on when its deed could not be done."""
    return act.talk.at(_HOME_OF.get(act.talk.place, "home"))


def _scene(session: Session, call: Call, talk: Talk, *, now: datetime) -> Scene:
    caller = call.phone if phones.caller_number(call.phone) else None
    look = practice_scene if talk.is_practice else look_around
    scene = look(session, call.community, caller, talk, now=now)
    if call.direction is Direction.INBOUND:
        return scene
    offer = session.get(Offer, call.offer_id) if call.offer_id and call.cause in OFFERING else None
    # What was true when the telephone was picked up may not be said again once it is not.
    tidings = (
        tuple((prompt, blanks) for prompt, blanks in call.says) if is_still_true(session, call, now=now) else _SETTLED
    )
    question = question_of(session, call)
    scene = replace(
        scene, tidings=tidings, asked_job_id=call.job_id if call.cause in _ASKED_ABOUT else None,
        joins=asked_for(call),
        alert_id=alarms.open_alarm_of(session, call), question_id=question.id if question else None,
    )  # fmt: skip
    return with_offer(scene, offer) if offer else scene


def _reply(session: Session, call: Call, community: Community, turn: Turn, scene: Scene) -> Reply:
    rests = turn.talk if call.ended_at is None else left_studio(session, turn.talk)
    was_for_a_person = is_for_a_person(call)
    call.talk, call.language = replace(rests, edition=EDITION).to_json(), rests.language
    call.turn += 1
    if was_for_a_person is not is_for_a_person(call):
        touch(session, community.id)  # boards show who is on the telephone
    if call.ended_at is None:
        call.due_at = scene.now + (_TALK_AT_MOST if turn.then in (Then.CONNECT, Then.JOIN) else _SILENT_AT_MOST)
    elif turn.talk.outcome is not None:
        came_late(session, call, turn.talk, now=scene.now)
    setting = Setting(turn.talk.language, community.zone_info, scene.now, "voice", community.name)
    return Reply(
        says=heard_as(session, community, _may_be_heard(turn), setting),
        language=turn.talk.language,
        then=turn.then,
        turn=call.turn,
        play=turn.play,
        connect_to=_connect_to(session, call, turn, scene),
        joins=call.id if turn.then is Then.JOIN else None,
        pace=turn.talk.pace,
        shown_number=(community.second_number if call.is_by_second else None) or community.number,
    )


def _may_be_heard(turn: Turn) -> list[Sentence]:
    """What is said, without what may not be heard at this certainty: only a fault of ours leads there."""
    heard = [said for said in turn.says if may_hear(said, turn.talk.certainty)]
    if len(heard) < len(turn.says):
        log.error("something was not said at %s: it is not sure enough who hears it", turn.talk.place)
    return heard


def _connect_to(session: Session, call: Call, turn: Turn, scene: Scene) -> tuple[str, ...]:
    if turn.then is Then.JOIN:
        return number_to_ring(session, call, turn.talk, now=scene.now)
    return scene.duty_numbers if turn.then is Then.CONNECT else ()


def _language_of(session: Session, community: Community, caller: str | None, *, now: datetime) -> str:
    household = residents_at(session, community, caller, now=now) if caller else []
    if household:
        return household[0].language
    if caller and (contact := contact_at(session, community, caller)):
        return contact.language
    volunteer = volunteer_at(session, community, caller, now=now) if caller else None
    kitchen = kitchen_at(session, community.id, caller) if caller and not volunteer else None
    return (volunteer or kitchen or community).language


def _left_half_way(session: Session, community: Community, caller: str | None, *, now: datetime) -> dict[str, Any]:
    """Where her last call was cut off and what she had chosen by then, if that was lately."""
    left = alarms.unfinished_call_of(session, community, caller, since=now - _RESUMED_WITHIN) if caller else None
    if not left:
        return {}
    picks = {key: value for key, value in left.get("picks", {}).items() if key not in ("was_at", "had_picked")}
    return {"was_at": left.get("place", ""), "had_picked": picks}


def _tongues(session: Session, community: Community, talk: Talk) -> list[str]:
    """The languages in which this call can go on: what is spoken here, as far as it is shipped."""
    return list(dict.fromkeys(nearest(tag) for tag in [talk.language, *spoken_languages(session, community)]))


def _pace_of(session: Session, scene: Scene) -> int:
    """How slowly she wants to hear it; of several behind one telephone, whoever wants it slowest."""
    people = [session.get_one(Resident, id_) for id_, _ in scene.household]
    return max((resident.pace for resident in people), default=0)


def _volunteer_id(session: Session, community: Community, caller: str | None, *, now: datetime) -> int | None:
    volunteer = volunteer_at(session, community, caller, now=now) if caller else None
    return volunteer.id if volunteer else None
