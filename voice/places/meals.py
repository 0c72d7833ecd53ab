"""Meals: the usual by one key, another one by choosing, always read back unless it is the usual."""

from typing import Any

from dispatch.ordering import MOST_PORTIONS
from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.places.place import Choice, Place, lead, main_keys
from voice.talk import Deed, DishFact, MenuFact, Scene, Sound, Talk

# So many menus are read at a time: more than four choices are forgotten while they are heard.
_AT_A_TIME = 3
_LATER, _REGULAR, _LATE = "4", "5", "6"


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


def _page(talk: Talk, scene: Scene) -> tuple[MenuFact, ...]:
    """The menus that are read now; behind the last it begins anew."""
    first = int(talk.picks.get("page", 0)) * _AT_A_TIME
    return scene.menus[first : first + _AT_A_TIME] or scene.menus[:_AT_A_TIME]


def _meals_says(talk: Talk, scene: Scene) -> list[Sentence]:
    last = scene.missed[-1:]
    missed: list[Sentence] = [
        ("too_late_for_meal", {"meal": one.meal, "day": one.day, "cutoff": one.cutoff}) for one in last
    ]
    late: list[Sentence] = [("late_choice", {"meal": one.meal, "day": one.day}) for one in last]
    choices: list[Sentence] = [
        ("meal_choice", {"meal": menu.meal, "day": menu.day, "key": key})
        for key, menu in enumerate(_page(talk, scene), start=1)
    ]
    later: list[Sentence] = [("meals_later", {})] if len(scene.menus) > _AT_A_TIME else []
    return [*(missed if not talk.picks.get("page") else []), *choices, *later, ("meals_regular", {}), *late]


def _meals_plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    """The next two meals; a later day and every weekday were named the first time."""
    return [said for said in _meals_says(talk, scene) if said[0] == "meal_choice"][:2]


def _meals_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    keys = {
        str(key): Choice("dishes", {"menu_id": menu_id, "instead": False})
        for key, menu_id in enumerate(talk.picks.get("menus", ()), start=1)
    }
    late = talk.picks.get("missed")
    asks = {_LATE: Choice("more", deed=Deed("ask_late", {"menu_id": late}))} if late else {}
    later = Choice("meals", {"page": talk.picks.get("next_page", 0)})
    return {**keys, _LATER: later, _REGULAR: Choice("regular"), **asks}


def _meals_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    page = int(talk.picks.get("page", 0))
    is_last = (page + 1) * _AT_A_TIME >= len(scene.menus)
    missed = scene.missed[-1].menu_id if scene.missed else 0
    return {"menus": [m.id for m in _page(talk, scene)], "next_page": 0 if is_last else page + 1, "missed": missed}


def _meals_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    if not scene.menus and not scene.missed:
        return Choice("regular", preface=(("no_meals", {}),))
    is_only = len(scene.menus) == 1 and not scene.missed
    return Choice("dishes", {"menu_id": scene.menus[0].id, "instead": False}) if is_only else None


def _menu(talk: Talk, scene: Scene) -> MenuFact | None:
    return next((menu for menu in scene.menus if menu.id == talk.picks.get("menu_id")), None)


def _dish(talk: Talk, scene: Scene) -> DishFact | None:
    menu = _menu(talk, scene)
    return next((dish for dish in menu.dishes if dish.id == talk.picks.get("dish_id")), None) if menu else None


def _dishes_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu = _menu(talk, scene)
    if menu is None:
        return []
    says: list[Sentence] = [("dishes_until", {"meal": menu.meal, "day": menu.day, "cutoff": menu.cutoff})]
    for dish in menu.dishes:
        prompt = "dish_sold_out" if dish.is_sold_out else "dish_caution" if dish.may_not_suit else "dish_choice"
        says.append((prompt, {"dish": dish.name, "key": dish.key}))
    return says


def _dishes_plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    """Only what can be had; that a dish may not suit her is said again when it is read back."""
    menu = _menu(talk, scene)
    left = [dish for dish in menu.dishes if not dish.is_sold_out] if menu else []
    return [("dish_choice", {"dish": dish.name, "key": dish.key}) for dish in left]


def _dishes_remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    menu = _menu(talk, scene)
    dishes = {dish.key: dish.id for dish in menu.dishes if not dish.is_sold_out} if menu else {}
    return {"dishes": dishes, "has": menu.has if menu else None}


def _dishes_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    known = talk.picks.get("dishes", {})
    portions = int(talk.picks.get("wanted") or 1)  # who wrote "2 lunches" is asked for the dish only
    return {key: Choice("confirm_dish", {"dish_id": dish_id, "portions": portions}) for key, dish_id in known.items()}


def _dishes_elsewhere(talk: Talk, scene: Scene) -> Choice | None:
    menu = _menu(talk, scene)
    if menu is None:
        return Choice("main", preface=(("no_meals", {}),))
    # Whoever has one is asked what she wants, so that nobody has two by accident.
    return Choice("has_one") if menu.has is not None and not talk.picks.get("instead") else None


def _has_one_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu = _menu(talk, scene)
    if menu is None:
        return []
    return [
        ("has_one", {"what": menu.has_what, "day": menu.day}),
        ("has_one_keep", {}),
        ("has_one_instead", {}),
        ("has_one_more", {}),
    ]


def _has_one_plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    return _has_one_says(talk, scene)[:-1]


def _has_one_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {
        "1": Choice("more", preface=(("kept", {}),), outcome=Outcome.HEARD),
        "2": Choice("dishes", {"instead": True}),
        "3": Choice("more", deed=Deed("one_more", {"request_id": talk.picks.get("has")})),
    }


def _confirm_says(talk: Talk, scene: Scene) -> list[Sentence]:
    menu, dish = _menu(talk, scene), _dish(talk, scene)
    if menu is None or dish is None:
        return []
    caution: list[Sentence] = [("may_not_suit", {"dish": dish.name})] if dish.may_not_suit else []
    portions = int(talk.picks.get("portions") or 1)
    said = {"dish": dish.name, "meal": menu.meal, "day": menu.day, "portions": portions}
    more: list[Sentence] = [] if talk.picks.get("has") else [("more_portions", {})]
    return [("confirm_dishes" if portions > 1 else "confirm_dish", said), *caution, ("right_or_again", {}), *more]


def _confirm_plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    return [said for said in _confirm_says(talk, scene) if said[0] != "more_portions"]


def _confirm_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    portions = int(talk.picks.get("portions") or 1)
    order = {"menu_id": talk.picks.get("menu_id"), "dish_id": talk.picks.get("dish_id"), "portions": portions}
    has = talk.picks.get("has")
    if has:
        return {"1": Choice("more", deed=Deed("change_dish", {**order, "request_id": has})), "2": Choice("dishes")}
    return {"1": Choice("more", deed=Deed("order_dish", order)), "2": Choice("dishes"), "3": Choice("portions")}


def _portions_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {str(count): Choice("confirm_dish", {"portions": count}) for count in range(1, MOST_PORTIONS + 1)}


MEALS: dict[str, Place] = {
    "usual": Place(
        _usual_says, _usual_keys, {Sound.SILENCE: lead("main")}, remembers=_usual_remembers,
        says_plainly=lambda talk, scene: _usual_says(talk, scene)[:-1],
        elsewhere=lambda talk, scene: None if scene.usual else Choice("main"),
    ),
    "meals": Place(
        _meals_says, _meals_keys, elsewhere=_meals_elsewhere, remembers=_meals_remembers, says_plainly=_meals_plainly,
    ),
    "dishes": Place(
        _dishes_says, _dishes_keys, is_half_way=True, remembers=_dishes_remembers, elsewhere=_dishes_elsewhere,
        says_plainly=_dishes_plainly,
    ),
    "has_one": Place(
        _has_one_says, _has_one_keys, outcome=Outcome.HEARD, says_plainly=_has_one_plainly,
        remembers=lambda talk, scene: {"has": menu.has if (menu := _menu(talk, scene)) else None},
        elsewhere=lambda talk, scene: None if (menu := _menu(talk, scene)) and menu.has else Choice("meals"),
    ),
    "confirm_dish": Place(
        _confirm_says, _confirm_keys, is_half_way=True, says_plainly=_confirm_plainly,
        elsewhere=lambda talk, scene: None if _dish(talk, scene) else Choice("main", preface=(("no_meals", {}),)),
    ),
    "portions": Place(
        lambda talk, scene: [("how_many", {"most": MOST_PORTIONS})], _portions_keys, is_half_way=True,
        elsewhere=lambda talk, scene: None if _dish(talk, scene) else Choice("meals"),
    ),
}  # fmt: skip
