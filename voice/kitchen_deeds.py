"""What somebody in a kitchen does by a key."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from dispatch.counting import have_count
from models.errors import Refusal
from models.kitchens import kitchen_at
from models.traffic import Outcome
from voice.doing import Doing, Done


def _have_count(session: Session, doing: Doing) -> Done:
    kitchen = kitchen_at(session, doing.community.id, doing.caller) if doing.caller else None
    if kitchen is None:
        raise Refusal("too_late")  # the number has become another's while they spoke
    have_count(session, kitchen, now=doing.now)
    return Done((("kitchen_has_it", {}),), Outcome.HEARD)


DEEDS: dict[str, Callable[..., Done]] = {"have_count": _have_count}
