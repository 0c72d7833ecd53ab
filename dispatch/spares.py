"""Whatever was reported, it has not come: somebody else goes at once, with a spare where it was a meal."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch import working
from dispatch.history import move, note
from dispatch.limits import limited_menu, note_what_is_full
from dispatch.ordering import send_out
from dispatch.saying import what
from dispatch.telling import tell
from models.errors import Refusal
from models.lifecycle import State
from models.menus import Menu
from models.requests import HelpRequest, MealFate, Source, meal_request_of

# So long a spare may be on its way, however late it is.
_TAKES = timedelta(hours=1)
# From these states a meal has left the kitchen and is not to be had any more.
_GONE = frozenset({State.TAKEN, State.DONE})


def send_again(
    session: Session, request: HelpRequest, *, who: str, now: datetime, is_still_looked_after: bool = False
) -> HelpRequest:
    """Somebody else goes at once, and whoever had it need not; returns what is on its way now.

    A meal that is somewhere on its way, or was said to be delivered, is lost: another portion is another request, so
    that both are counted and one is paid for. Who was not at home gets what is there. Refuses as `working.send_again`
    does.
    """
    menu = request.menu
    if menu is None or request.state not in _GONE:
        working.send_again(session, request, who=who, now=now, is_still_looked_after=is_still_looked_after)
        return request
    spare = _spare_for(request, menu, now=now)
    _give_up_on(session, request, menu, who=who, now=now)
    spare.code = request.community.take_code(session)
    session.add(spare)
    session.flush()
    note(session, spare, "place", who=who, now=now, why="spare")
    note_what_is_full(session, limited_menu(session, spare), now=now)
    send_out(session, [spare], who=who, now=now)
    tell(session, request.resident, "coming_again", now=now, about=spare, what=what(spare))
    return spare


def _give_up_on(session: Session, request: HelpRequest, menu: Menu, *, who: str, now: datetime) -> None:
    if request.resident.absence_on(request.community.local(now).date()) is not None:
        raise Refusal("absent")
    if not request.is_open:
        if (other := meal_request_of(session, request.resident, menu)) is not None:
            raise Refusal("already_ordered", dish=other.dish.name if other.dish else "", code=other.code)
        move(session, request, "reopen", who=who, now=now, due_at=now, why="spare")
    working.cancel(session, request, who=who, now=now, why="spare", is_told=False)
    request.meal_fate = MealFate.LOST


def _spare_for(request: HelpRequest, menu: Menu, *, now: datetime) -> HelpRequest:
    return HelpRequest(
        community_id=request.community_id, resident=request.resident, service=request.service, source=Source.STAFF,
        placed_at=now, wanted_from=now, wanted_until=max(menu.serve_until_at, now + _TAKES), menu=menu,
        dish=request.dish, portions=request.portions, price_cents=request.price_cents,
        subsidy_cents=request.subsidy_cents, note=request.note, spare_for_id=request.id, state=State.POOLED,
        due_at=now, version=1,
    )  # fmt: skip
