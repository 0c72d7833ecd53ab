"""The buttons beside what was just done: it is taken back."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from dispatch import undoing
from dispatch.board.desk import Desk
from dispatch.board.login import safe_next
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Message


def take_back(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What has just been entered."""
    undoing.take_back(desk.session, desk.find(HelpRequest, row_id), who=desk.who, now=desk.now)
    return _undone(desk)


def order_again(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What was called off."""
    row = undoing.order_again(desk.session, desk.find(HelpRequest, row_id), who=desk.who, now=desk.now)
    if request.form.get("open"):
        desk.tell("undone")
        return desk.go("request", row_id=row.id)
    return _undone(desk)


def open_again(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A callback that was called done."""
    undoing.open_callback_again(desk.session, desk.find(Callback, row_id))
    return _undone(desk)


def raise_again(desk: Desk, row_id: int) -> ResponseReturnValue:
    """An alert that was called settled."""
    undoing.raise_again(desk.session, desk.find(Alert, row_id), now=desk.now)
    return _undone(desk)


def unread(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Texts that were called read."""
    undoing.mark_unread(desk.session, desk.find(Message, row_id))
    return _undone(desk)


def _undone(desk: Desk) -> ResponseReturnValue:
    desk.tell("undone")
    return redirect(safe_next(request.form.get("next")), code=303)
