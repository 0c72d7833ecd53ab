"""Help for whoever sits at the board: the staff's guide in the reader's language, to be read or printed."""

from flask import abort, make_response, url_for
from werkzeug.wrappers import Response

from dispatch.board.desk import Desk
from dispatch.board.manual import manual, picture


def show(desk: Desk, **_: object) -> str:
    """The guide."""
    return desk.page("help", guide=manual(desk.words.tag, url_for("board.help") + "/pictures"))


def show_picture(desk: Desk, name: str) -> Response:
    """One of its pictures."""
    found = picture(name)
    if found is None:
        abort(404)
    answer = make_response(found)
    answer.content_type = "image/png"
    return answer
