"""What somebody in a kitchen does by a key."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from dispatch.counting import have_count
from models.errors import Refusal
from models.kitchens import kitchen_at
from models.traffic import Call, Direction, Outcome
from voice.doing import Doing, Done


def _have_count(session: Session, doing: Doing) -> Done:
    kitchen = kitchen_at(session, doing.community.id, doing.caller) if doing.caller else None
    if kitchen is None:
        raise Refusal("too_late")  # the number has become another's while they spoke
    have_count(session, kitchen, menus=_menus_of(doing.call), now=doing.now)
    return Done((("kitchen_has_it", {}),), Outcome.HEARD)


def _menus_of(call: Call | None) -> set[int] | None:
    """What a call of ours has read out; None: whoever rings us has heard everything."""
    if call is None or call.direction is Direction.INBOUND:
        return None
    return {said["menu"] for _, said in call.says if "menu" in said} or None


DEEDS: dict[str, Callable[..., Done]] = {"have_count": _have_count}
