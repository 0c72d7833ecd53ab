"""How a wish in one line is taken up: it leads to the place of the menus where it is read back, or to what it asks for.

Only the usual meal of today is ordered without being read back first; everything else is confirmed by 1.
"""

from dataclasses import replace
from typing import Any

from dispatch.offered import Offered
from dispatch.ordering import MOST_PORTIONS
from dispatch.telling import Sentence
from voice.step import arrive, step
from voice.talk import Act, Deed, DishFact, Heard, MenuFact, Scene, Sound, Talk, ThingFact, Turn
from voice.wishes import Kind, Wish

_MEALS_FORGOTTEN = {
    "menu_id": None, "dish_id": None, "portions": 1, "wanted": 1, "has": None, "instead": False, "page": 0,
}  # fmt: skip


def offered_in(scene: Scene) -> Offered:
    """What can be named: the dishes, meals and services that she can have now."""
    return Offered(
        dishes=tuple(dict.fromkeys(dish.name for menu in scene.menus for dish in menu.dishes)),
        services={name: service.id for service in scene.services for name in _names(service.names)},
        meals={name: menu.meal_code for menu in scene.menus for name in _names(menu.meal)},
    )


def take_up(wish: Wish, talk: Talk, scene: Scene, *, is_question: bool = False) -> Turn | Act:
    """Where this wish leads from where the talk rests; a question is answered, and orders nothing."""
    talk = replace(talk, picks={**talk.picks, **_MEALS_FORGOTTEN})
    if is_question and wish.kind is Kind.ORDER and wish.is_plain and scene.usual is not None:
        return arrive(talk.at("usual", was_asked=True), scene)
    return _TAKERS[wish.kind](wish, talk, scene)


def _names(blank: Any) -> list[str]:
    """Every name that a blank of names may be said as."""
    by_language = blank.get("$names", {}) if isinstance(blank, dict) else {}
    return [name for name in by_language.values() if name]


def _order(wish: Wish, talk: Talk, scene: Scene) -> Turn | Act:
    if wish.count is not None and wish.count > MOST_PORTIONS:
        return arrive(talk.at("home"), scene, (("no_more_portions", {}),))
    if wish.is_plain and (usual := _usual_today(wish, scene)) is not None:
        at_home = arrive(talk.at("usual", was_asked=True), scene).talk
        return step(at_home, Heard(Sound.KEYS, keys="1"), scene) if usual else arrive(at_home, scene)
    menu = _menu_meant(wish, scene)
    if menu is None:
        return arrive(talk.at("meals", was_asked=True), scene, (("not_to_be_had", {}),))
    if menu.has is not None:
        return arrive(talk.at("has_one", menu_id=menu.id), scene)
    dish = _dish_meant(wish, menu, scene)
    if dish is None or dish.is_sold_out:
        return arrive(talk.at("dishes", menu_id=menu.id, wanted=wish.count or 1), scene)
    return arrive(talk.at("confirm_dish", menu_id=menu.id, dish_id=dish.id, portions=wish.count or 1), scene)


def _usual_today(wish: Wish, scene: Scene) -> bool | None:
    """Is the usual what is meant, and for today? False: for a later day, so she is asked; None: it is not meant."""
    menu = next((menu for menu in scene.menus if scene.usual and menu.id == scene.usual.menu_id), None)
    if menu is None or menu.on is None or (wish.meal and wish.meal != menu.meal_code):
        return None
    return scene.tomorrow_date is not None and menu.on < scene.tomorrow_date


def _menu_meant(wish: Wish, scene: Scene) -> MenuFact | None:
    meant = [
        menu
        for menu in scene.menus
        if (not wish.meal or menu.meal_code == wish.meal) and (wish.day is None or menu.on == wish.day)
    ]
    if wish.dish:
        meant = [menu for menu in meant if any(dish.name == wish.dish for dish in menu.dishes)]
    return meant[0] if meant else None


def _dish_meant(wish: Wish, menu: MenuFact, scene: Scene) -> DishFact | None:
    left = [dish for dish in menu.dishes if not dish.is_sold_out]
    if wish.dish:
        return next((dish for dish in menu.dishes if dish.name == wish.dish), None)
    if wish.dish_key:
        return next((dish for dish in menu.dishes if dish.key == wish.dish_key), None)
    if len(left) == 1:
        return left[0]
    usual = scene.usual.dish.name if scene.usual else ""
    return next((dish for dish in left if dish.name == usual), None)


def _off(wish: Wish, talk: Talk, scene: Scene) -> Turn | Act:
    meant = [thing for thing in scene.things if _is_meant(wish, thing)]
    if len(meant) == 1:
        return arrive(talk.at("confirm_cancel", request_id=meant[0].request_id), scene)
    if meant:
        return arrive(talk.at("mine", thing=scene.things.index(meant[0]), was_asked=True), scene)
    following = next((m for m in scene.menus if scene.regular and m.id == scene.regular.next_menu_id), None)
    if following is not None and wish.day in (None, following.on) and wish.meal in ("", following.meal_code):
        return arrive(talk.at("regular", was_asked=True), scene)
    return arrive(talk.at("mine", thing=0, was_asked=True), scene, (("nothing_then", {}),) if scene.things else ())


def _is_meant(wish: Wish, thing: ThingFact) -> bool:
    return (not wish.meal or wish.meal == thing.meal_code) and wish.day in (None, thing.on)


def _away(wish: Wish, talk: Talk, scene: Scene) -> Turn | Act:
    if scene.regular is not None and scene.regular.is_away:
        return arrive(talk.at("regular", was_asked=True), scene)
    if wish.days is None:
        return arrive(talk.at("away_days", was_asked=True), scene)
    return arrive(talk.at("confirm_away", days=wish.days), scene)


def _back(wish: Wish, talk: Talk, scene: Scene) -> Turn | Act:
    if scene.regular is None or not scene.regular.is_away:
        return arrive(talk.at("home", was_asked=False), scene)
    return Act(talk, Deed("come_back"), "more")


def _help(wish: Wish, talk: Talk, scene: Scene) -> Turn | Act:
    there = talk.at("when", service_id=wish.service_id)
    if wish.day is None or scene.tomorrow_date is None or wish.day > scene.tomorrow_date:
        said: tuple[Sentence, ...] = (("only_until_tomorrow", {}),) if wish.day is not None else ()
        return arrive(there, scene, said)
    if wish.day == scene.tomorrow_date and wish.half:
        return arrive(there.at("note", when=wish.half), scene)
    is_soon = wish.day < scene.tomorrow_date and scene.can_come_today and not wish.half
    return arrive(there.at("note", when="soon") if is_soon else there, scene)


_TAKERS = {Kind.ORDER: _order, Kind.OFF: _off, Kind.AWAY: _away, Kind.BACK: _back, Kind.HELP: _help}
