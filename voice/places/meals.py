"""Meals: the usual by one key, another one by choosing, always read back unless it is the usual."""

from typing import Any

from dispatch.telling import Sentence
from voice.places.place import Choice, Place, lead, main_keys
from voice.talk import Deed, DishFact, MenuFact, Scene, Sound, Talk

_NOTHING = Choice("main", preface=(("no_meals", {}),))


def _usual_says(talk: Talk, scene: Scene) -> list[Sentence]:
    usual = scene.usual
    if usual is None:
        return []
    said = {"meal": usual.meal, "day": usual.day, "dish": usual.dish.name, "portions": usual.portions}
    caution: list[Sentence] = [("may_not_suit", {"dish": usual.dish.name})] if usual.dish.may_not_suit else []
    return [("usual_many" if usual.portions > 1 else "usual", said), *caution, ("usual_more", {})]


def _usual_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    order = talk.picks.get("usual")
    keys = main_keys(talk, scene)
    return {**keys, "1": Choice("more", deed=Deed("order_dish", order))} if order else keys


def _usual_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    usual = scene.usual
    order = {"menu_id": usual.menu_id, "dish_id": usual.dish.id, "portions": usual.portions} if usual else None
    return {"usual": order}


def _meals_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [
        ("meal_choice", {"meal": menu.meal, "day": menu.day, "key": key})
        for key, menu in enumerate(scene.menus, start=1)
    ]


def _meals_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {
        str(key): Choice("dishes", {"menu_id": menu_id})
        for key, menu_id in enumerate(talk.picks.get("menus", ()), start=1)
    }


def _meals_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if not scene.menus:
        return _NOTHING
    return Choice("dishes", {"menu_id": scene.menus[0].id}) if len(scene.menus) == 1 else None


def _menu(talk: Talk, scene: Scene) -> MenuFact | None:
    return next((menu for menu in scene.menus if menu.id == talk.picks.get("menu_id")), None)


def _dish(talk: Talk, scene: Scene) -> DishFact | None:
    menu = _menu(talk, scene)
    return next((dish for dish in menu.dishes if dish.id == talk.picks.get("dish_id")), None) if menu else None


def _dishes_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu = _menu(talk, scene)
    if menu is None:
        return []
    first = "dishes_has" if menu.has is not None else "dishes_until"
    says: list[Sentence] = [(first, {"meal": menu.meal, "day": menu.day, "cutoff": menu.cutoff})]
    for dish in menu.dishes:
        says.append(("dish_caution" if dish.may_not_suit else "dish_choice", {"dish": dish.name, "key": dish.key}))
    return says


def _dishes_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    menu = _menu(talk, scene)
    return {"dishes": {dish.key: dish.id for dish in menu.dishes} if menu else {}, "has": menu.has if menu else None}


def _dishes_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    known = talk.picks.get("dishes", {})
    return {key: Choice("confirm_dish", {"dish_id": dish_id}) for key, dish_id in known.items()}


def _confirm_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu, dish = _menu(talk, scene), _dish(talk, scene)
    if menu is None or dish is None:
        return []
    caution: list[Sentence] = [("may_not_suit", {"dish": dish.name})] if dish.may_not_suit else []
    said = {"dish": dish.name, "meal": menu.meal, "day": menu.day}
    return [("confirm_dish", said), *caution, ("right_or_again", {})]


def _confirm_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    order = {"menu_id": talk.picks.get("menu_id"), "dish_id": talk.picks.get("dish_id"), "portions": 1}
    has = talk.picks.get("has")
    deed = Deed("change_dish", {**order, "request_id": has}) if has else Deed("order_dish", order)
    return {"1": Choice("more", deed=deed), "2": Choice("dishes")}


MEALS: dict[str, Place] = {
    "usual": Place(
        _usual_says, _usual_keys, {Sound.SILENCE: lead("main")}, remembers=_usual_remembers,
        elsewhere=lambda talk, scene: None if scene.usual else Choice("main"),
    ),
    "meals": Place(
        _meals_says, _meals_keys, elsewhere=_meals_elsewhere,
        remembers=lambda talk, scene: {"menus": [menu.id for menu in scene.menus]},
    ),
    "dishes": Place(
        _dishes_says, _dishes_keys, is_half_way=True, remembers=_dishes_remembers,
        elsewhere=lambda talk, scene: None if _menu(talk, scene) else _NOTHING,
    ),
    "confirm_dish": Place(
        _confirm_says, _confirm_keys, is_half_way=True,
        elsewhere=lambda talk, scene: None if _dish(talk, scene) else _NOTHING,
    ),
}  # fmt: skip
