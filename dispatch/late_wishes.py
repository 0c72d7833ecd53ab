"""A wish for a meal after its cut-off: one press orders it, or says that the kitchen has none left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.alarms import close_callback
from dispatch.ordering import place_meal, standing_order_for, usual_dish
from dispatch.reaching import Somebody
from dispatch.saying import what
from dispatch.telling import Sentence, tell_all
from dispatch.unreached import could_not_tell
from models.changes import touch
from models.errors import Refusal
from models.menus import Dish, Menu
from models.people import Resident, Staff
from models.requests import HelpRequest, Source, last_meal_of, meal_request_of
from models.tasks import Callback
from models.traffic import Delivery

# What brings such a callback about, and in its details which menu is meant.
LATE, _MENU = "late_order", "menu_id"


@dataclass(frozen=True)
class Wish:
    """Who wants one from which menu, and the dish that she would take (None: nothing on it suits her)."""

    resident: Resident
    menu: Menu
    dish: Dish | None


def late_wish(session: Session, callback: Callback, *, now: datetime) -> Wish | None:
    """What is wished for in this callback, while it can still be brought and she has none."""
    menu_id, resident = callback.details.get(_MENU), callback.resident
    menu = session.get(Menu, menu_id) if isinstance(menu_id, int) else None
    if callback.closed_at is not None or resident is None or menu is None or not menu.dishes:
        return None
    if menu.is_off or now >= menu.serve_until_at or meal_request_of(session, resident, menu) is not None:
        return None
    standing = standing_order_for(session, resident, menu)
    return Wish(resident, menu, usual_dish(menu, resident, standing, last_meal_of(session, resident)))


def one_is_left(session: Session, callback: Callback, dish: Dish, *, staff: Staff, now: datetime) -> HelpRequest:
    """It is ordered, she is told, and nobody need ring. Refuses "too_late" when there is no such wish any more."""
    wish = _wish(session, callback, now=now)
    if dish.menu_id != wish.menu.id:
        raise Refusal("no_such_service")
    order = place_meal(
        session, wish.resident, wish.menu, dish, source=Source.STAFF, who=f"staff {staff.id}", now=now,
        source_key=f"late {callback.id} {wish.menu.id}",
    )  # fmt: skip
    said = {"what": what(order), "when": blanks.span(order.wanted_from, order.wanted_until)}
    _answer(session, callback, wish, ("late_yes", said), order=order, now=now)
    _end(session, callback, staff=staff, now=now, why="late_yes")
    return order


def none_is_left(session: Session, callback: Callback, *, staff: Staff, now: datetime) -> None:
    """She is told, and nobody need ring. Refuses "too_late" when there is no such wish any more."""
    wish = _wish(session, callback, now=now)
    said = {"meal": blanks.names(wish.menu.meal.names), "day": blanks.day(wish.menu.date)}
    _answer(session, callback, wish, ("late_no", said), order=None, now=now)
    _end(session, callback, staff=staff, now=now, why="late_no")


def _wish(session: Session, callback: Callback, *, now: datetime) -> Wish:
    session.refresh(callback, with_for_update={"key_share": True})  # a colleague may press the other one at this moment
    wish = late_wish(session, callback, now=now)
    if wish is None:
        raise Refusal("too_late")
    return wish


def _answer(
    session: Session, callback: Callback, wish: Wish, said: Sentence, *, order: HelpRequest | None, now: datetime
) -> None:
    """She is told, and whoever of hers has asked for her; whom no text and no call may reach, staff reach."""
    asker = next((one for one in wish.resident.contacts if one.phone and one.phone == callback.phone), None)
    told: list[tuple[Somebody, list[Sentence]]] = [(wish.resident, [said])]
    if asker is not None:
        told.append((asker, [("for_name", {"name": wish.resident.given_name}), said]))
    for person, sentences in told:
        row = tell_all(session, person, sentences, now=now, about=order, expires_at=wish.menu.serve_until_at)
        row.cause = said[0]
        if row.state is Delivery.CANCELLED:
            session.flush()
            could_not_tell(session, row, now=now)


def _end(session: Session, callback: Callback, *, staff: Staff, now: datetime, why: str) -> None:
    """What else was wanted from that number is not answered by this."""
    if callback.why == LATE and not callback.details.get("also"):
        close_callback(session, callback, staff=staff, now=now, why=why)
        return
    left = {key: value for key, value in callback.details.items() if key not in (_MENU, "also")}
    callback.why = callback.details["also"] if callback.why == LATE else callback.why
    callback.details = left
    touch(session, callback.community_id)
