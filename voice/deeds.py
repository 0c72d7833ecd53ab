"""What a turn does, before it says so: each deed of the menus by name, in the transaction of the turn.

A deed returns what is said about it and what it makes of the call; a Refusal undoes it, and its sentence is said.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from dispatch.enrolment import enrol_herself
from dispatch.still_hers import is_hers
from models.errors import Refusal
from models.lifecycle import SomebodyWasFaster
from models.traffic import Call, Message
from voice import joining_deeds, kitchen_deeds, resident_deeds, studio_deeds, volunteer_deeds
from voice.certainty import DONE
from voice.doing import Doing, Done
from voice.proving import tell_her_number, tell_of_her_yes

# By this sentence she is told what is kept of her; with other words it gets another name, which is kept with her yes.
_KEPT = "kept_of_you"
_ASKS_FOR_SOMETHING = frozenset({"order_dish", "stand", "come_back", "ask_help", "ask_late", "accept", "on"})
_DEEDS: dict[str, Callable[..., Done]] = {
    **resident_deeds.DEEDS,
    **volunteer_deeds.DEEDS,
    **joining_deeds.DEEDS,
    **studio_deeds.DEEDS,
    **kitchen_deeds.DEEDS,
}


def do(session: Session, name: str, arguments: Any, doing: Doing) -> Done:
    """Do the deed of that name, or nothing of it. Raises Refusal.

    Where somebody else was faster, what is there now is looked at once more: to call off what has just been taken is
    still to call it off.
    """
    try:
        with session.begin_nested():
            return _do(session, name, arguments, doing)
    except SomebodyWasFaster:
        session.expire_all()
        with session.begin_nested():
            return _do(session, name, arguments, doing)
    except Refusal:
        session.expire_all()
        raise


def _do(session: Session, name: str, arguments: Any, doing: Doing) -> Done:
    is_first_yes = _says_yes(session, name, doing)
    if doing.talk.certainty < DONE[name].certainty:
        raise Refusal("yours_not")
    done = _DEEDS[name](session, doing, **arguments)
    if doing.volunteer is not None and name in volunteer_deeds.DEEDS:
        is_hers(session, doing.volunteer, now=doing.now)  # whoever does a helper's work is there
    tell_her_number(session, name, doing, done)
    if is_first_yes:
        tell_of_her_yes(session, doing, (_KEPT, {}))
    return replace(done, says=(*done.says, (_KEPT, {}))) if is_first_yes else done


def _says_yes(session: Session, name: str, doing: Doing) -> bool:
    """Her own call is her yes to being called back, and she is told once what is kept of her. Whoever has wanted
    nothing any more says yes again only by asking for something, not by leaving word that she wants to be let be."""
    person = doing.resident or doing.volunteer
    if person is None or person.enrolled_at is not None or doing.contact_id is not None:
        return False
    if person.withdrawn_at is not None and name not in _ASKS_FOR_SOMETHING:
        return False
    row: Call | Message | None = doing.call or doing.message
    medium = "text" if isinstance(row, Message) else "call"
    enrol_herself(session, person, by=f"{medium} {row.id if row else 0} {_KEPT}", now=doing.now)
    return name in _ASKS_FOR_SOMETHING
