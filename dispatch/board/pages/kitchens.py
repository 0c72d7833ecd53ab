"""Who cooks for the community: name, telephone, where it is, how much it can cook."""

from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.doors import Wrong
from dispatch.board.forms import Form
from dispatch.board.pages.settings import saved
from dispatch.limits import look_at_all
from dispatch.lists.words import languages
from models.kitchens import Kitchen, kitchens_of

_MOST_PORTIONS = 100_000


def add_kitchen(desk: Desk) -> ResponseReturnValue:
    """One more."""
    kitchen = Kitchen(community_id=desk.community.id)
    _write(desk, kitchen)
    desk.session.add(kitchen)
    return saved(desk)


def save_kitchen(desk: Desk, row_id: int) -> ResponseReturnValue:
    """What is known of it."""
    _write(desk, desk.find(Kitchen, row_id))
    look_at_all(desk.session, desk.community, now=desk.now)
    return saved(desk)


def end_kitchen(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It cooks no more; its dishes are cooked by the first of the others. The last one stays."""
    kitchen = desk.find(Kitchen, row_id)
    if not [other for other in kitchens_of(desk.session, desk.community.id) if other is not kitchen]:
        raise Wrong([desk.words.t("wrong.last_kitchen")])
    kitchen.ended_at = kitchen.ended_at or desk.now
    look_at_all(desk.session, desk.community, now=desk.now)
    return saved(desk)


def _write(desk: Desk, kitchen: Kitchen) -> None:
    form = Form(desk)
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
