"""What somebody was ordering when the line broke: the picks of the conversation, in words."""

from typing import Any

from dispatch.board.desk import Desk
from models.menus import Menu
from models.places import Service
from models.tasks import Callback
from models.traffic import Recording

# What else is kept with a callback, and has its own place on the card or none.
_NOT_SHOWN = ("picks", "place", "again", "also", "menu_id", "closed_why")


def half_made(desk: Desk, callback: Callback) -> list[str]:
    """What had been chosen so far: "Lunch, tomorrow", "Kung Pao", "Errand"."""
    picks = callback.details.get("picks")
    picks = picks if isinstance(picks, dict) else {}
    menu = _ours(desk, Menu, picks.get("menu_id"))
    dish = next((d for d in menu.dishes if d.id == picks.get("dish_id")), None) if menu is not None else None
    service = _ours(desk, Service, picks.get("service_id"))
    found = []
    if menu is not None:
        found.append(desk.words.named(menu.meal.names) + desk.words.t("sign.comma") + desk.wall.day(menu.date))
    if dish is not None:
        found.append(dish.name)
    if service is not None:
        found.append(desk.words.named(service.names))
    return found + _other_details(desk, callback)


def spoken(desk: Desk, callback: Callback) -> Recording | None:
    """What was said: the voice message, or the note of an order that was not finished."""
    picks = callback.details.get("picks")
    return callback.recording or _ours(desk, Recording, picks.get("recording_id") if isinstance(picks, dict) else None)


def _other_details(desk: Desk, callback: Callback) -> list[str]:
    plain = {key: value for key, value in callback.details.items() if key not in _NOT_SHOWN}
    shown = {key: str(desk.wall.said(value)) for key, value in plain.items() if value not in (None, "", [], {})}
    return [
        desk.words.t(f"detail.{key}") + desk.words.t("sign.colon") + words if desk.words.has(f"detail.{key}") else words
        for key, words in shown.items()
        if words
    ]


def _ours(desk: Desk, kind: Any, row_id: Any) -> Any:
    row = desk.session.get(kind, row_id) if isinstance(row_id, int) else None
    return row if row is not None and row.community_id == desk.community.id else None
