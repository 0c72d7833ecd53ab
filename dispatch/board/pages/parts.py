"""The pages of the settings, one for each part, with the list of all parts beside it."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import abort

from dispatch.board.desk import Desk
from dispatch.board.pages.abroad import countries_of
from dispatch.board.pages.naming import name_of
from dispatch.board.pages.replies import words_of
from dispatch.board.pages.services import KEYS, MOST_HELPERS, MOST_STOPS, NEEDS, PATIENCE, WHOLE
from dispatch.board.pages.settings import shown_amount
from dispatch.board.pages.staff import ON_DUTY, ROLES
from dispatch.board.pages.subsidies import rules_of
from dispatch.board.words import LANGUAGES
from dispatch.inviting import is_invited, text_about
from dispatch.lists.words import languages
from dispatch.spending import LIFTED, spent_today, usual_limit
from models.events import Event
from models.kitchens import kitchens_of
from models.people import Staff
from models.places import LAST_RUNG, MOST_CUTOFF_DAYS, RUNGS, WEEKDAYS, Service, Who

# The parts in the order of the list, and what each is called there.
LABELS = {
    "hours": "hours",
    "emergency": "emergency",
    "numbers": "numbers",
    "countries": "countries",
    "spending": "spending",
    "callers": "callers",
    "services": "services",
    "meals": "nav.meals",
    "kitchens": "kitchens",
    "subsidies": "subsidies",
    "asking": "asking",
    "morning": "morning.setting",
    "words": "words",
    "zones": "field.zones",
    "staff": "staff",
}


def settings(desk: Desk, **_: object) -> str:
    """The first part, and the list of all of them."""
    return settings_part(desk, next(iter(LABELS)))


def settings_part(desk: Desk, part: str, **_: object) -> str:
    """One part of what can be set."""
    if part not in LABELS:
        abort(404)
    more = _WHAT[part](desk) if part in _WHAT else {}
    return desk.page("settings", part=part, labels=LABELS, community=desk.community, **more)


def page_of(part: str) -> Callable[..., str]:
    """That part's page, to be shown again when what was typed there cannot be."""
    return lambda desk, **_: settings_part(desk, part)


def _staff(desk: Desk) -> dict[str, object]:
    staff = desk.session.scalars(
        sa.select(Staff).where(Staff.community_id == desk.community.id).order_by(Staff.name)
    ).all()
    invited = [one for one in staff if is_invited(one, now=desk.now)]
    return {
        "staff": [one for one in staff if one.is_active],
        "former": [one for one in staff if not one.is_active],
        "roles": ROLES,
        "on_duty": ON_DUTY,
        "languages": list(LANGUAGES),
        "invited": {one.id: text_about(desk.session, one) for one in invited},
        "whom": list(Who),
        "without_codes": [one for one in staff if one.is_active and one.codes_since is None],
    }


def _spending(desk: Desk) -> dict[str, object]:
    return {
        "spent": spent_today(desk.session, desk.community, now=desk.now), "shown_amount": shown_amount,
        "usual": usual_limit(desk.session, desk.community),
        "lifted": _lifted(desk),
    }  # fmt: skip


def _lifted(desk: Desk) -> tuple[str, str] | None:
    """Who has let everything leave today, and when; None: nobody has."""
    if desk.community.limit_lifted_on != desk.wall.today:
        return None
    said = sa.select(Event).where(Event.community_id == desk.community.id, Event.verb == LIFTED)
    event = desk.session.scalars(said.order_by(Event.id.desc()).limit(1)).first()
    return (name_of(desk, event.who), desk.wall.moment(event.at)) if event is not None else None


def _services(desk: Desk) -> dict[str, object]:
    limits = {"most_stops": MOST_STOPS, "most_helpers": MOST_HELPERS, "patience": PATIENCE, "whole": WHOLE}
    help_ = [one for one in desk.community.services if one.code != "meal"]
    taken = {one.key for one in help_ if one.is_active}
    # Something new is as patient as the first of the others, as long as nobody says otherwise.
    fresh = {name: getattr((help_ or [Service()])[0], name) for name in (*PATIENCE, "ladder")}
    plain: dict[str, object] = {
        "names": {},
        "key": next((key for key in KEYS if key not in taken), ""),
        "spending_limit_cents": None,
    }
    new = {**fresh, **plain, **dict.fromkeys(NEEDS, False), "helpers": 1, "is_active": True, "code": ""}
    return {
        **limits,
        "new": new,
        "offered": sorted(desk.community.services, key=lambda one: not one.is_active),
        "keys": KEYS,
        "needs": NEEDS,
        "spoken": languages(),
        "rungs": RUNGS,
        "last_rung": LAST_RUNG,
    }


def _kitchens(desk: Desk) -> dict[str, object]:
    return {"kitchens": kitchens_of(desk.session, desk.community.id), "spoken": languages()}


# What each page must know besides the community.
_WHAT: dict[str, Callable[[Desk], dict[str, object]]] = {
    "hours": lambda desk: {"weekdays": WEEKDAYS},
    "countries": countries_of,
    "spending": _spending,
    "services": _services,
    "meals": lambda desk: {"weekdays": WEEKDAYS, "spoken": languages(), "most_cutoff_days": MOST_CUTOFF_DAYS},
    "kitchens": _kitchens,
    "subsidies": rules_of,
    "staff": _staff,
    "words": words_of,
}
