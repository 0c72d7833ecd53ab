"""What a turn does, before it says so: each deed of the menus by name, in the transaction of the turn.

A deed returns what is said about it and what it makes of the call; a Refusal undoes it, and its sentence is said.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from dispatch.still_hers import is_hers
from models.errors import Refusal
from models.lifecycle import SomebodyWasFaster
from models.people import Consent
from voice import joining_deeds, kitchen_deeds, resident_deeds, studio_deeds, volunteer_deeds
from voice.certainty import DONE
from voice.doing import Doing, Done
from voice.proving import tell_her_number

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
    if doing.resident is not None and doing.contact_id is None:
        # Her own call is her yes to being called back.
        doing.resident.enrol(Consent.OWN_CALL, now=doing.now)
    if doing.talk.certainty < DONE[name].certainty:
        raise Refusal("yours_not")
    done = _DEEDS[name](session, doing, **arguments)
    if doing.volunteer is not None and name in volunteer_deeds.DEEDS:
        is_hers(session, doing.volunteer, now=doing.now)  # whoever does a helper's work is there
    tell_her_number(session, name, doing, done)
    return done
