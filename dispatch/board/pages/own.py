"""What a person may ask of us: her own file, and to be forgotten for good."""

import io
import json
from typing import Any

from flask import request, send_file
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.pages.naming import note_edit
from dispatch.forgetting import forget
from dispatch.own_file import own_file
from models.people import Resident, Volunteer


def file_of_resident(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Everything that is kept about her, as a file of hers."""
    return _file(desk, desk.find(Resident, row_id))


def file_of_volunteer(desk: Desk, row_id: int) -> ResponseReturnValue:
    """Everything that is kept about a volunteer."""
    return _file(desk, desk.find(Volunteer, row_id))


def forget_resident(desk: Desk, row_id: int) -> ResponseReturnValue:
    """She is forgotten for good; whoever presses this has said twice that it is meant."""
    return _forget(desk, desk.find(Resident, row_id), "residents")


def forget_volunteer(desk: Desk, row_id: int) -> ResponseReturnValue:
    """A volunteer is forgotten for good."""
    return _forget(desk, desk.find(Volunteer, row_id), "volunteers")


def _file(desk: Desk, person: Any) -> ResponseReturnValue:
    note_edit(desk, person, "own_file")  # who took whose file is kept
    words = json.dumps(own_file(desk.session, person), ensure_ascii=False, indent=1, default=str)
    name = f"{desk.whom(person).replace(' ', '-')}.json"
    return send_file(
        io.BytesIO(words.encode()), mimetype="application/json", as_attachment=True, download_name=name, max_age=0
    )


def _forget(desk: Desk, person: Any, kind: str) -> ResponseReturnValue:
    if "sure" not in request.form:
        raise Wrong([desk.words.t("wrong.not_sure")])
    forget(desk.session, person, who=desk.who, now=desk.now)
    desk.tell("forget")
    return desk.go("people", kind=kind)
