"""One turn of a conversation: pure. `step` says where something heard leads, `arrive` what is said there."""

from collections.abc import Callable
from dataclasses import replace

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.places import PLACES, Choice, Place
from voice.places.edition import EDITION
from voice.talk import Act, Deed, Heard, Scene, Sound, Talk, Then, Turn

# What is said to whoever was not understood: it can be slower, and there is a person.
_WAY_OUT: dict[str, tuple[Sentence, ...]] = {"person": (("slower_hint", {}), ("or_wait", {})), "goodbye": ()}
# How many misses a place forgives: the second leads to a person (or, on a call of ours, to a goodbye).
MISSES = 2


def opening(talk: Talk, scene: Scene) -> Turn:
    """What a call that comes in hears first: a greeting by given name only where the number has one owner."""
    if scene.resident is None:
        return arrive(talk.at("home"), scene, (("greeting", {}), *_hints(talk)))
    greeting: Sentence = ("greeting_name", {"name": scene.resident[1]})
    if scene.contact_id is not None:
        return arrive(talk.at("home"), scene, (("greeting", {}), ("calls_for", {"name": scene.resident[1]})))
    if talk.picks.get("was_at"):
        return arrive(talk.at("resume"), scene, (greeting,))
    if scene.usual is None and scene.things:
        # What she most often wants to know is said at once; if she hangs up then, she has heard it.
        return arrive(talk.at("home").having(Outcome.HEARD), scene, (greeting, scene.things[0].status))
    return arrive(talk.at("home"), scene, (greeting,))


def opening_practice(talk: Talk, scene: Scene) -> Turn:
    """What is heard first on the number for practice."""
    greeting: Sentence = ("greeting_name", {"name": scene.resident[1]}) if scene.resident else ("greeting", {})
    talk = replace(talk, is_practice=True).having(Outcome.PRACTISED)
    return arrive(talk.at("home"), scene, (greeting, ("practice_on", {})))


def turned_away(talk: Talk, scene: Scene) -> Turn:
    """What a number hears that staff have blocked; where help is to be had in an emergency it hears too."""
    return arrive(talk.at("blocked"), scene)


def ringing_back(talk: Talk, scene: Scene, why: str) -> Turn:
    """What somebody hears who rang us in vain, or rang off to be rung: as if she had rung now."""
    return arrive(talk.at("home"), scene, (("greeting", {}), (why, {})))


def ringing_up(talk: Talk, scene: Scene, *, place: str = "told", is_true: bool = True) -> Turn:
    """What somebody hears whom we ring, at the place where such a call begins; what is no longer true is not said."""
    if not is_true:
        settled = talk.at("goodbye").having(Outcome.HEARD)
        return arrive(settled, scene, (("greeting", {}), ("offer_over", {})))
    return arrive(talk.at(place), scene, (("greeting", {}),))


def arrive(talk: Talk, scene: Scene, preface: tuple[Sentence, ...] = ()) -> Turn:
    """What is said at the place the talk has come to, or at the one that it is led on to."""
    while choice := PLACES[talk.place].elsewhere(talk, scene):
        # Not a place to come back to: the way back skips it.
        talk = replace(talk, place=choice.goto, picks={**talk.picks, **choice.picks}).having(choice.outcome)
        preface = (*preface, *choice.preface)
    place = PLACES[talk.place]
    talk = replace(talk.having(place.outcome), picks={**talk.picks, **place.remembers(talk, scene)})
    return Turn(talk, (*preface, *place.says(talk, scene)), place.then, play=place.plays(talk, scene))


def hear_anew(talk: Talk, scene: Scene) -> Turn:
    """The menus have changed since they were heard: what is there now is said, and the old key does nothing."""
    again = talk if talk.place in PLACES else talk.at("home")
    return arrive(again, scene, (("menu_changed", {}),))


def means_what_was_heard(talk: Talk, heard: Heard) -> bool:
    """Is it an answer to what this edition of the menus says? A recording is, and how connecting went."""
    if talk.place not in PLACES:
        return False
    return talk.edition in ("", EDITION) or heard.sound is not Sound.KEYS


def is_left_half_way(talk: Talk) -> bool:
    """Was she about to order or to ask for something where the talk rests?"""
    return talk.place in PLACES and PLACES[talk.place].is_half_way


def is_owed_a_call(talk: Talk) -> bool:
    """Was she told that she is rung back, and has she not spoken with anybody?"""
    return talk.place in PLACES and PLACES[talk.place].owes_a_call and not talk.picks.get("has_spoken")


def step(talk: Talk, heard: Heard, scene: Scene) -> Turn | Act:
    """Where this leads from where the talk rests."""
    place = PLACES[talk.place]
    choice = _choice(talk, heard, scene, place)
    if choice is None and heard.keys == "#":
        # Many end what they key with it: where it means nothing it is no mistake.
        heard = Heard(Sound.SILENCE)
        choice = _choice(talk, heard, scene, place)
    if choice is None:
        return _missed(talk, heard, scene, place)
    talk = replace(talk, picks={**talk.picks, **choice.picks}).having(choice.outcome)
    if choice.deed is not None:
        return Act(talk, choice.deed, choice.goto)
    there = talk.at(choice.goto)
    if heard.keys == "*" and heard.sound is Sound.KEYS:
        there = replace(there, back=talk.back[:-1])  # whoever goes back does not come back here by going back again
    return arrive(there, scene, choice.preface)


def _before(talk: Talk) -> str:
    """The place before this one; at the beginning, home."""
    return next((place for place in reversed(talk.back) if _is_to_be_had_again(place, talk)), "home")


def _is_to_be_had_again(place: str, talk: Talk) -> bool:
    """Somebody's telephone rings only where that was asked for, not because somebody goes back there."""
    return place in PLACES and place != talk.place and PLACES[place].then is not Then.JOIN


def _choice(talk: Talk, heard: Heard, scene: Scene, place: Place) -> Choice | None:
    if heard.sound in place.hears and (heard.sound is not Sound.KEYS or heard.keys not in _FIXED):
        return place.hears[heard.sound](talk, scene, heard)
    if heard.sound is Sound.WORDS:
        return Choice(talk.place, deed=Deed("to_staff"))
    if heard.sound is not Sound.KEYS:
        return None
    if talk.medium == "text" and Sound.WORDS in place.hears and heard.keys != "0":
        return place.hears[Sound.WORDS](talk, scene, heard)
    return place.keys(talk, scene).get(heard.keys) or _fixed(talk, heard.keys)


def _fixed(talk: Talk, key: str) -> Choice | None:
    known = {**_FIXED, **_FIXED_ON_THE_LINE} if talk.medium == "voice" else _FIXED
    return known[key](talk) if key in known else None


def _person(talk: Talk) -> Choice:
    # By text nobody can be connected: a person rings back.
    return Choice("goodbye", deed=Deed("ask_person")) if talk.medium == "text" else Choice("person")


def _in_another_language(talk: Talk) -> Choice | None:
    """The next of the languages that are spoken here, round and round."""
    tongues = list(talk.picks.get("tongues") or ())
    if len(tongues) < 2:
        return None
    at = tongues.index(talk.language) if talk.language in tongues else -1
    return Choice(talk.place, deed=Deed("other_language", {"language": tongues[(at + 1) % len(tongues)]}))


def _hints(talk: Talk) -> tuple[Sentence, ...]:
    """How to hear this in another language, said in that language."""
    others = [tag for tag in talk.picks.get("tongues") or () if tag != talk.language]
    return tuple(("language_hint", {"language": tag}) for tag in others)


_FIXED: dict[str, Callable[[Talk], Choice]] = {
    "0": _person,
    "9": lambda talk: Choice(talk.place),
    "*": lambda talk: Choice(_before(talk)),
}
# What is heard can be heard otherwise; what is read cannot.
_FIXED_ON_THE_LINE: dict[str, Callable[[Talk], Choice | None]] = {
    "8": lambda talk: Choice(talk.place, deed=Deed("more_slowly")),
    "#": _in_another_language,
}


def _missed(talk: Talk, heard: Heard, scene: Scene, place: Place) -> Turn | Act:
    misses = talk.misses + 1
    if misses >= MISSES:
        talk = replace(talk, misses=0)
        if place.gives_up == "person" and talk.medium == "text":
            return Act(talk, Deed("ask_person"), "goodbye")
        return arrive(talk.at(place.gives_up), scene)
    preface: Sentence = ("heard_nothing" if heard.sound is Sound.SILENCE else "wrong_key", {})
    again = arrive(talk, scene, (preface,))
    if talk.medium == "voice":
        # Said once more, otherwise: shorter where the place has shorter words, and with the way out.
        again = replace(again, says=(preface, *_plainly(again, scene), *_WAY_OUT[place.gives_up], *_hints(talk)))
    return replace(again, talk=replace(again.talk, misses=misses))


def _plainly(again: Turn, scene: Scene) -> tuple[Sentence, ...]:
    """What is said the second time: fewer words, where the place has them."""
    place = PLACES[again.talk.place]
    return tuple(place.says_plainly(again.talk, scene)) if place.says_plainly else again.says[1:]
