"""Random fingers on the menus themselves, in short; the long ones are scripts/soak walk."""

from dataclasses import replace

import pytest
from campaigns.walk import run

from voice.places import PLACES, Choice
from voice.talk import Sound


@pytest.mark.parametrize("seed", [41, 42, 43, 44])
def test_every_call_ends_in_one_outcome_and_nobody_is_left_without_a_promise(seed):
    counts, wrong = run(seed, calls=500)
    assert wrong == []
    assert counts["turns"] > 1500
    assert min(counts[f"ended {one}"] for one in ("ordered", "callback", "message", "connected", "unfinished")) > 0


@pytest.mark.parametrize(
    ("place", "broken", "finds"),
    [
        ("message", {"hears": {Sound.SILENCE: lambda *_: Choice("goodbye")}}, "hung up on without a promise"),
        ("more", {"says": lambda *_: []}, "nothing is said at more"),
        ("main", {"hears": {Sound.SILENCE: lambda *_: Choice("main")}}, "silence has no end"),
        ("dishes", {"keys": lambda *_: {"1": Choice("cellar")}}, "KeyError"),
    ],
    ids=["a goodbye after nothing", "a silent place", "a loop of silence", "a way to nowhere"],
)
def test_the_random_walk_would_find(place, broken, finds, monkeypatch):
    monkeypatch.setitem(PLACES, place, replace(PLACES[place], **broken))
    _, wrong = run(41, calls=1500)
    assert any(finds in words for words in wrong)
