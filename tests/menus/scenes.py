"""The callers from whom the walk sets out: who rings, what is known of her, how the call begins.

A place that no scene leads to fails tests/test_menus.py: whoever adds a place adds the caller who comes there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dispatch import blanks
from dispatch.telling import Sentence
from menus.examples import NOW, TODAY, TOMORROW, Example
from voice.certainty import Certainty
from voice.joining import RINGING, RINGING_OUT
from voice.ringing_back import RINGING_BACK
from voice.step import opening, opening_practice, ringing_back, ringing_up, turned_away
from voice.talk import (
    DishFact,
    JobFact,
    MenuFact,
    MissedFact,
    OfferFact,
    RegularFact,
    Scene,
    ServiceFact,
    StopFact,
    StudioFact,
    Talk,
    ThingFact,
    Turn,
    UsualFact,
)

_ELEVEN, _HALF_PAST_TWELVE = datetime(2026, 11, 23, 3, tzinfo=UTC), datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
_TEN, _THREE = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 7, tzinfo=UTC)
AT_LUNCH = blanks.span(_ELEVEN, _HALF_PAST_TWELVE)
IN_THE_AFTERNOON = blanks.span(_THREE, datetime(2026, 11, 23, 9, tzinfo=UTC))
PHONE = "+861055551002"


@dataclass(frozen=True)
class Caller:
    """One way a call begins."""

    scene: Scene
    opens: Callable[[Talk, Scene], Turn]
    is_ours: bool = False  # do we ring?


def callers(words: Example, language: str) -> dict[str, Caller]:
    """Every caller by a short name, in the words of one language."""
    resident, volunteer = _resident(words), _volunteer(words)
    little = _little(resident)
    calls_in = {
        "a resident with her usual": resident,
        "a resident whose usual may not suit": replace(resident, usual=_usual(words, dish=2)),
        "a resident whose usual is for two": replace(resident, usual=_usual(words, portions=2)),
        "a resident without a usual": replace(resident, usual=None),
        "a resident who has ordered": has_ordered(resident, words),
        "a resident with everything open": _with_everything_open(resident, words),
        "a resident when nothing is cooked": replace(resident, usual=None, menus=(), news=()),
        "a resident in the evening": replace(resident, usual=None, menus=(), can_come_today=False, is_staffed=False),
        "a resident where no help is offered": replace(little, services=()),
        "a resident who is too late for lunch": _too_late(resident, words),
        "a resident for whom much is cooked": replace(resident, menus=_a_week(words), usual=None),
        "a resident who has lunch every weekday": replace(resident, regular=regular_has(words)),
        "a resident who is away": replace(resident, usual=None, regular=RegularFact(is_away=True)),
        "a daughter who calls for her": replace(little, contact_id=81),
        "a couple": replace(_nobody(), household=((1, words.names[0]), (2, words.names[1]))),
        "a resident who volunteers": replace(little, is_volunteer=True, jobs=volunteer.jobs),
        "somebody unknown who is asked for a key": replace(_nobody(), tests_strangers=True),
        "somebody unknown when the office is closed": replace(_nobody(), is_staffed=False),
        "a number withheld": replace(_nobody(), caller=None),
        "a number withheld when the office is closed": replace(_nobody(), caller=None, is_staffed=False),
        "nobody on duty": replace(little, duty_numbers=()),
        "a resident whose helper is on the way": _on_the_way(little, words),
        "a volunteer with an offer": replace(volunteer, offers=(_offer(words),), jobs=()),
        "a volunteer with jobs": volunteer,
        "a volunteer with one job": replace(volunteer, jobs=volunteer.jobs[:1]),
        "a volunteer with nothing to do": replace(volunteer, jobs=()),
        "a kitchen that asks what to cook": replace(_nobody(), kitchen_cooks=_count(words)),
    }
    calls = {name: Caller(scene, opening) for name, scene in calls_in.items()}
    others = {"somebody unknown where several languages are spoken": Caller(_nobody(), _in_several(language))}
    others |= {"a resident who practises": Caller(little, opening_practice)}
    calls = {**others, **calls}
    blocked = {"a number that staff have blocked": Caller(_nobody(), turned_away)}
    return calls | blocked | _cut_off(resident) | _of_staff(words) | _rung_by_us(words)


def _of_staff(words: Example) -> dict[str, Caller]:
    """Whoever may record what the line says."""
    fact = StudioFact(
        96, has_pin=True, is_refused=False, languages=(("en", "English"), ("zh-CN", "中文")), dishes=words.dishes,
        news=((97, words.news),),
    )  # fmt: skip
    facts = {
        "somebody of the staff": fact,
        "somebody of the staff whose recording has come": replace(fact, is_take_here=True),
        "somebody of the staff without a PIN": replace(fact, has_pin=False),
        "somebody of the staff after too many PINs": replace(fact, is_refused=True),
    }
    return {name: Caller(replace(_nobody(), studio=fact), opening) for name, fact in facts.items()}


def _cut_off(resident: Scene) -> dict[str, Caller]:
    """Whoever was cut off where something was about to be ordered, asked for or changed."""
    places = {
        "dishes": {"menu_id": 2, "dishes": {"1": 21}},
        "note": {"service_id": 1, "when": "soon"},
        "confirm_regular": {"meal_id": 91},
    }
    return {
        f"a resident cut off at {place}": Caller(resident, partial(_again, was_at=place, had_picked=picks))
        for place, picks in places.items()
    }


def _in_several(language: str) -> Callable[[Talk, Scene], Turn]:
    return partial(_again, tongues=(language, "zh-CN" if language == "en" else "en"))


def _again(talk: Talk, scene: Scene, **picks: Any) -> Turn:
    return opening(replace(talk, picks=picks), scene)


def _rung_by_us(words: Example) -> dict[str, Caller]:
    resident, volunteer = _little(_resident(words)), _volunteer(words)
    what = {"what": blanks.names({"en": words.lunch}), "when": AT_LUNCH, "helper": words.names[2]}
    told = replace(resident, tidings=(("who_brings", {**what, "word": words.dishes[0]}),))
    yours = replace(resident, tidings=(("yours_asked", {}),))
    coming = replace(_on_the_way(yours, words).things[0], coming=("who_brings", {**what, "word": words.dishes[0]}))
    written = (
        ("written_address", {"written_address": words.address}), ("written_diet", {"written_diet": words.diet}),
        ("written_contact", {"written_contact": words.names[1]}),
    )  # fmt: skip
    asked = replace(volunteer, tidings=(("nudge", {"code": 27, "what": words.lunch}),), asked_job_id=71)
    about = {"name": words.names[0], "code": 27, "what": what["what"]}
    ready = replace(volunteer, tidings=(("join_ready", about),), joins=(RINGING, 51))
    office = replace(
        _nobody(), joins=(RINGING_OUT, 98),
        tidings=(("join_office", {"name": words.names[0]}), ("join_about", {"code": 27, "what": what["what"]})),
    )  # fmt: skip
    offered = replace(volunteer, offers=(_offer(words),), offer=_offer(words))
    news = ringing_up
    return {
        "a resident whom we ring with news": Caller(told, news, is_ours=True),
        "a resident whom we ring with old news": Caller(told, partial(ringing_up, is_true=False), is_ours=True),
        **{
            f"a resident whom we ring back ({why})": Caller(resident, partial(ringing_back, why=why), is_ours=True)
            for why in RINGING_BACK
        },
        "somebody on duty whom we ring with an alarm": Caller(
            replace(_nobody(), tidings=(_alarm(words),), alert_id=95), news, is_ours=True
        ),
        "a resident whom we ask whether it has come": Caller(
            replace(resident, tidings=(("has_it_come", what),), question_id=61),
            partial(news, place="asked_after"),
            is_ours=True,
        ),
        "a kitchen that we tell what to cook": Caller(
            replace(_nobody(), tidings=_count(words), kitchen_cooks=_count(words)),
            partial(news, place="counted"),
            is_ours=True,
        ),
        "a resident who is rung for the word at the door": Caller(
            replace(yours, things=(coming,), written=written), _answered, is_ours=True
        ),
        "a resident who is rung for what is written about her": Caller(yours, _answered, is_ours=True),
        "a volunteer of whom nothing was heard for a year": Caller(
            replace(volunteer, tidings=(("still_you", {"name": words.names[2]}),)),
            partial(news, place="still_you"),
            is_ours=True,
        ),
        "a volunteer whom we ask about a job": Caller(asked, news, is_ours=True),
        "a volunteer who asked to be connected": Caller(ready, partial(news, place="join_ready"), is_ours=True),
        "somebody of the staff who asked to be connected": Caller(
            office, partial(news, place="join_ready"), is_ours=True
        ),
        "a volunteer whom we ring with an offer": Caller(offered, partial(news, place="offered"), is_ours=True),
        "a volunteer whom we ring with an offer that is gone": Caller(
            volunteer, partial(news, place="offered"), is_ours=True
        ),
    }


def _answered(talk: Talk, scene: Scene) -> Turn:
    """We ring her, and she presses a key: it is sure from then on who hears it, and so is the map."""
    return ringing_up(replace(talk, certainty=Certainty.ANSWERED), scene, place="yours_asked")


def has_ordered(scene: Scene, words: Example) -> Scene:
    """The same caller with her lunch ordered, once."""
    if any(thing.request_id == 41 for thing in scene.things):
        return scene
    thing = ThingFact(41, _a_meal(words, 0), ("status_pooled", {"what": _a_meal(words, 0), "when": AT_LUNCH}), True, 1)
    menus = tuple(replace(menu, has=41, has_what=_a_meal(words, 0)) if menu.id == 1 else menu for menu in scene.menus)
    return replace(scene, usual=None, menus=menus, things=(thing, *scene.things))


def knows(scene: Scene, words: Example, resident_id: int) -> Scene:
    """The scene once one of a household has said who she is."""
    known = replace(_little(_resident(words)), resident=(resident_id, words.names[resident_id - 1]))
    return replace(known, household=scene.household, is_staffed=scene.is_staffed)


def _little(scene: Scene) -> Scene:
    """For callers of whom something else is tried: one menu, and nothing regular, or the walk has no end."""
    return replace(scene, menus=scene.menus[:1], regular=None)


def _nobody() -> Scene:
    return Scene(
        now=NOW, is_staffed=True, duty_numbers=("+8617000009001",), emergency="120", caller=PHONE,
        tomorrow=blanks.day(TOMORROW), tomorrow_date=TOMORROW,
    )  # fmt: skip


def _resident(words: Example) -> Scene:
    services = tuple(
        ServiceFact(index, str(index), blanks.names({"en": name}), 5000 if index == 1 else None)
        for index, name in enumerate(words.services, start=1)
    )
    return replace(
        _nobody(), household=((1, words.names[0]),), resident=(1, words.names[0]), usual=_usual(words),
        menus=(_menu(words, 1, words.lunch, _TEN), _menu(words, 2, words.dinner, _THREE)), services=services,
        news=(("from_staff", {"words": words.news}),),
        regular=RegularFact(meal_id=91, meal=blanks.names({"en": words.lunch})),
    )  # fmt: skip


def _dishes(words: Example, menu: int) -> tuple[DishFact, ...]:
    return tuple(DishFact(menu * 10 + key, str(key), name, key == 3) for key, name in enumerate(words.dishes, start=1))


def _menu(words: Example, menu: int, meal: str, cutoff: datetime) -> MenuFact:
    return MenuFact(
        menu, blanks.names({"en": meal}), blanks.day(TODAY), blanks.clock(cutoff), AT_LUNCH, _dishes(words, menu), None
    )


def regular_has(words: Example) -> RegularFact:
    """Lunch every weekday, of which tomorrow's can be left out."""
    lunch = blanks.names({"en": words.lunch})
    return RegularFact(meal_id=91, meal=lunch, standing_id=92, next_menu_id=3, next_day=blanks.day(TOMORROW))


def _too_late(scene: Scene, words: Example) -> Scene:
    lunch = MissedFact(blanks.names({"en": words.lunch}), blanks.clock(_TEN), 1, blanks.day(TODAY))
    return replace(scene, usual=None, menus=scene.menus[1:], missed=(lunch,))


def _a_week(words: Example) -> tuple[MenuFact, ...]:
    """More menus than are read in one go, of which one has a dish that is sold out."""
    menus = [_menu(words, 1 + n, (words.lunch, words.dinner)[n % 2], _TEN) for n in range(5)]
    first, *others = menus
    return replace(first, dishes=(replace(first.dishes[0], is_sold_out=True), *first.dishes[1:])), *others


def _alarm(words: Example) -> Sentence:
    return ("alert_not_well", {"name": words.names[0], "phone": blanks.number(PHONE)})


def _usual(words: Example, *, dish: int = 0, portions: int = 1) -> UsualFact:
    return UsualFact(1, blanks.names({"en": words.lunch}), blanks.day(TODAY), _dishes(words, 1)[dish], portions)


def _a_meal(words: Example, dish: int) -> blanks.Blank:
    return blanks.sentence("a_meal", meal=blanks.names({"en": words.lunch}), dish=words.dishes[dish])


def _with_everything_open(scene: Scene, words: Example) -> Scene:
    errand = blanks.names({"en": words.services[0]})
    said = {"what": errand, "when": IN_THE_AFTERNOON, "helper": words.names[2]}
    states = ("status_looking", "status_stuck", "status_taken", "status_late")
    things = tuple(
        ThingFact(42 + n, errand, (state, said), False, None, should_be_here=state == "status_late")
        for n, state in enumerate(states)
    )
    return replace(has_ordered(scene, words), things=(*has_ordered(scene, words).things, *things))


def _on_the_way(scene: Scene, words: Example) -> Scene:
    said = {"what": blanks.names({"en": words.services[0]}), "when": IN_THE_AFTERNOON, "helper": words.names[2]}
    thing = ThingFact(49, said["what"], ("status_taken", said), False, None, helper=words.names[2])
    return replace(scene, usual=None, things=(thing,))


def _offer(words: Example) -> OfferFact:
    said = {
        "what": blanks.names({"en": words.services[0]}), "zone": words.zone, "when": IN_THE_AFTERNOON, "code": 27,
        "name": words.names[0],
    }  # fmt: skip
    return OfferFact(61, 27, ("offer", said))


def _volunteer(words: Example) -> Scene:
    errand, meal = blanks.names({"en": words.services[0]}), blanks.names({"en": words.lunch})
    noted = StopFact(51, 1, words.names[0], words.note, None, False)
    spoken = StopFact(54, 1, words.names[1], "", 9, True)
    coming = StopFact(55, 1, words.names[1], "", 9, False)
    stops = tuple(StopFact(52 + n, 1 + n, words.names[n], "", None, False) for n in range(2))
    round_of_two = blanks.sentence("a_round", meal=meal, count=2)
    jobs = (
        JobFact(71, 27, errand, IN_THE_AFTERNOON, (noted,)),
        JobFact(72, 31, round_of_two, AT_LUNCH, stops),
        JobFact(73, 35, errand, IN_THE_AFTERNOON, (spoken,)),
        JobFact(74, 36, errand, IN_THE_AFTERNOON, (coming,)),
    )
    return replace(_nobody(), is_volunteer=True, jobs=jobs)


def _count(words: Example) -> tuple[Sentence, ...]:
    """What a kitchen cooks: two dishes, and one of them otherwise for some."""
    all_of_it = {"meal": blanks.names({"en": words.lunch}), "day": blanks.day(TODAY), "portions": 43}
    return (
        ("kitchen_count", all_of_it),
        ("kitchen_dish", {"dish": words.dishes[0], "portions": 31}),
        ("kitchen_dish", {"dish": words.dishes[1], "portions": 12}),
    )
