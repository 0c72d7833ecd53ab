"""Who cooks for the community: name, telephone, where it is, how much it can cook."""

from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.board.settling import Fields, Part, add, change, end, ticked
from dispatch.limits import look_at_all
from dispatch.lists.words import languages
from models.kitchens import Kitchen, kitchens_of
from models.nearness import degrees

_MOST_PORTIONS = 100_000
# That it cooks for us: no field of its form, but a button.
_COOKS = "cooks"


def add_kitchen(desk: Desk) -> ResponseReturnValue:
    """One more."""
    return add(desk, KITCHENS, Kitchen(community_id=desk.community.id))


def save_kitchen(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What is known of it."""
    return change(desk, KITCHENS, desk.find(Kitchen, row_id))


def end_kitchen(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It cooks no more; its dishes are cooked by the first of the others. The last one stays."""
    return end(desk, KITCHENS, desk.find(Kitchen, row_id))


def _write(form: Form, kitchen: Kitchen) -> None:
    desk = form.desk
    name, phone = form.words("name", most=80, needed=True), form.phone("phone")
    address, place = form.words("address", most=200), form.place("place")
    language = form.one_of("language", {tag: tag for tag in languages()})
    most = form.maybe("portions_max", lambda: form.whole("portions_max", 1, _MOST_PORTIONS))
    others = {other.name.casefold() for other in kitchens_of(desk.session, desk.community.id) if other is not kitchen}
    if name.casefold() in others:
        form.mistakes.append(desk.words.t("wrong.kitchen_taken", name=name))
    form.check()
    kitchen.name, kitchen.phone, kitchen.language = name, phone, language or desk.community.language
    kitchen.address, kitchen.portions_max = address, most
    kitchen.latitude, kitchen.longitude = place or (None, None)
    if form.has(_COOKS):
        kitchen.ended_at = None
    elif _COOKS in form.sent:
        _goes(desk, kitchen)


def _shows(kitchen: Kitchen) -> Fields:
    return {
        "name": kitchen.name,
        "phone": kitchen.phone or "",
        "language": kitchen.language,
        "address": kitchen.address,
        "place": degrees(kitchen.point),
        "portions_max": str(kitchen.portions_max or ""),
        _COOKS: ticked(kitchen.ended_at is None),
    }


def _goes(desk: Desk, kitchen: Kitchen) -> None:
    if not [other for other in kitchens_of(desk.session, desk.community.id) if other is not kitchen]:
        raise Wrong([desk.words.t("wrong.last_kitchen")])
    kitchen.ended_at = kitchen.ended_at or desk.now


KITCHENS = Part(
    "kitchens", Kitchen, _shows, _write, "kitchens", goes=_goes,
    then=lambda desk: look_at_all(desk.session, desk.community, now=desk.now),
)  # fmt: skip
