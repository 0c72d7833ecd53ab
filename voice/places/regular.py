"""Every weekday: a standing order, leaving out the next one, being away, being back."""

from datetime import timedelta
from typing import Any

from dispatch import blanks
from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.places.place import Choice, Place
from voice.talk import Deed, RegularFact, Scene, Talk

# 8 is "until I ring again"; 9 and 0 mean the same as everywhere.
_MOST_DAYS = 7
_UNTIL_I_RING = "8"
# How it is now, as against what can be done about it.
_IS_SO = frozenset({"regular_has", "regular_is_away", "regular_is_away_open"})


def _fact(scene: Scene) -> RegularFact:
    return scene.regular or RegularFact()


def _says(talk: Talk, scene: Scene) -> list[Sentence]:
    fact = _fact(scene)
    if fact.is_away:
        return [_away(fact), ("regular_back", {})]
    if fact.standing_id is None:
        offered: list[Sentence] = [("regular_stand", {"meal": fact.meal})] if fact.meal_id else []
        return [*offered, ("regular_away", {})]
    left_out: list[Sentence] = [("regular_leave_out", {"day": fact.next_day})] if fact.next_menu_id else []
    return [("regular_has", {"meal": fact.meal}), *left_out, ("regular_away", {}), ("regular_end", {})]


def _plainly(talk: Talk, scene: Scene) -> list[Sentence]:
    """The first choice and being away; what she has she has just heard."""
    choices = [said for said in _says(talk, scene) if said[0] not in _IS_SO]
    return choices[:2]


def _away(fact: RegularFact) -> Sentence:
    if fact.away_until is None:
        return ("regular_is_away_open", {})
    return ("regular_is_away", {"day": fact.away_until})


def _remembers(talk: Talk, scene: Scene) -> dict[str, Any]:
    fact = _fact(scene)
    return {
        "is_away": fact.is_away, "standing_id": fact.standing_id, "meal_id": fact.meal_id,
        "next_menu_id": fact.next_menu_id,
    }  # fmt: skip


def _keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    if talk.picks.get("is_away"):
        return {"1": Choice("more", deed=Deed("come_back"))}
    away = {"2": Choice("away_days")}
    if talk.picks.get("standing_id") is None:
        return {"1": Choice("confirm_regular"), **away} if talk.picks.get("meal_id") else away
    left_out = Deed("leave_out", {"menu_id": talk.picks.get("next_menu_id")})
    keys = {**away, "3": Choice("confirm_end")}
    return {"1": Choice("more", deed=left_out), **keys} if talk.picks.get("next_menu_id") else keys


def _confirm_says(talk: Talk, scene: Scene) -> list[Sentence]:
    return [("confirm_regular", {"meal": _fact(scene).meal}), ("right_or_again", {})]


def _confirm_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    deed = Deed("stand", {"meal_id": talk.picks.get("meal_id")})
    return {"1": Choice("more", deed=deed), "2": Choice("regular")}


def _end_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    deed = Deed("end_standing", {"standing_id": talk.picks.get("standing_id")})
    return {"1": Choice("more", deed=deed), "2": Choice("more", preface=(("kept", {}),), outcome=Outcome.HEARD)}


def _days_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    keys = {str(days): Choice("confirm_away", {"days": days}) for days in range(1, _MOST_DAYS + 1)}
    return {**keys, _UNTIL_I_RING: Choice("confirm_away", {"days": None})}


def _confirm_away_says(talk: Talk, scene: Scene) -> list[Sentence]:
    days = talk.picks.get("days")
    if not days or scene.tomorrow_date is None:
        return [("confirm_away_open", {}), ("right_or_again", {})]
    first = scene.tomorrow_date
    last = blanks.day(first + timedelta(days=int(days) - 1))
    return [("confirm_away", {"first": blanks.day(first), "last": last}), ("right_or_again", {})]


def _confirm_away_keys(talk: Talk, scene: Scene) -> dict[str, Choice]:
    return {"1": Choice("more", deed=Deed("go_away", {"days": talk.picks.get("days")})), "2": Choice("away_days")}


REGULAR: dict[str, Place] = {
    "regular": Place(
        _says, _keys, remembers=_remembers, outcome=Outcome.HEARD, says_plainly=_plainly,
        elsewhere=lambda talk, scene: None if scene.regular else Choice("main"),
    ),
    "confirm_regular": Place(_confirm_says, _confirm_keys, is_half_way=True),
    "confirm_end": Place(lambda talk, scene: [("confirm_end", {})], _end_keys),
    "away_days": Place(
        lambda talk, scene: [("away_days", {"most": _MOST_DAYS}), ("away_open", {})], _days_keys, is_half_way=True
    ),
    "confirm_away": Place(_confirm_away_says, _confirm_away_keys, is_half_way=True),
}  # fmt: skip
