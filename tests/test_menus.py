"""The voice menus held against what an ear of eighty can bear: the whole graph is walked, in every language shipped."""

import random
from dataclasses import replace

import pytest
from menus import page, seconds
from menus.__main__ import rows_of_all_languages
from menus.excuses import EXCUSES, without_excuse
from menus.limits import LIMITS, broken
from menus.walk import walk, walked

from dispatch.calling import WAITING_FOR_A_PERSON
from voice import places, prompts
from voice.places import PLACES, Choice
from voice.places.place import main_keys, main_says

# All on one worker: what is walked once serves every test.
pytestmark = pytest.mark.xdist_group("menus")
LANGUAGES = prompts.languages()
# It only leads on.
NOWHERE = {"home"}
# Enough of the callers to meet what is broken here on purpose.
SOME = ("a resident with her usual", "a resident without a usual")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", LIMITS)
def test_the_menus_keep_to(limit, language):
    wrong = without_excuse(limit, broken(limit, walked(language)), language)
    assert not wrong, "\n".join(["", *wrong])


def test_no_excuse_outlives_its_reason():
    found = {(limit, language): broken(limit, walked(language)) for limit in LIMITS for language in LANGUAGES}
    idle = [
        f"{excuse.limit}, {excuse.place} {excuse.caller}"
        for excuse in EXCUSES
        if not any(excuse.covers(limit, one, language) for (limit, language), wrong in found.items() for one in wrong)
    ]
    assert idle == []


def test_every_place_is_walked_to():
    reached = {node.place for node in walked("en").nodes}
    assert set(PLACES) > WAITING_FOR_A_PERSON, "places that dispatch knows by name"
    assert set(PLACES) - reached == NOWHERE, "add a caller who comes there to tests/menus/scenes.py"


def test_it_is_known_what_every_deed_says():
    assert walked("en").unknown_deeds == set(), "add what it says to tests/menus/doing.py"


def test_every_sentence_of_the_menus_was_measured_and_none_too_many():
    assert rows_of_all_languages() == set(seconds.kept()), "run scripts/menus"


@pytest.mark.skipif(not seconds.can_measure(), reason="there is no espeak-ng")
def test_what_is_kept_is_what_is_measured():
    for row in random.Random(4).sample(sorted(seconds.kept()), 8):
        assert seconds.measure(row) == pytest.approx(seconds.kept()[row], rel=0.05, abs=0.05), row


def test_the_page_about_the_menus_is_fresh():
    assert page.FILE.read_text("utf-8") == page.written(), "run scripts/menus"


def breaking(monkeypatch, **changed):
    for place, how in changed.items():
        monkeypatch.setitem(PLACES, place, replace(PLACES[place], **how))


def test_a_fifth_option_would_be_noticed(monkeypatch):
    breaking(monkeypatch, main={"keys": lambda talk, scene: {**main_keys(talk, scene), "6": Choice("news")}})
    assert any(
        "6" in wrong
        for wrong in without_excuse("at most 4 options", broken("at most 4 options", walk("en", only=SOME)), "en")
    )


def test_a_sentence_of_half_a_minute_would_be_noticed(monkeypatch):
    limit = "at most 20 seconds in one go"
    breaking(monkeypatch, main={"says": lambda talk, scene: 2 * main_says(talk, scene)})
    assert any(wrong.startswith("main") for wrong in without_excuse(limit, broken(limit, walk("en", only=SOME)), "en"))


def test_a_place_without_a_way_out_would_be_noticed(monkeypatch):
    def stay(talk, scene, heard):
        return Choice("news")

    sounds = dict.fromkeys(places.Sound, stay)
    breaking(monkeypatch, news={"keys": lambda talk, scene: {}, "hears": sounds})
    monkeypatch.setattr("voice.step._FIXED", {})
    graph = walk("en", only=SOME)
    assert "news" in {wrong.place for wrong in broken("a way out of everywhere", graph)}
    assert "news" in {wrong.place for wrong in broken("silence ends", graph)}
