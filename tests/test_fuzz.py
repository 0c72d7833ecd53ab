"""Signed webhooks with anything in them, in short; the long ones are scripts/soak fuzz."""

import pytest
from campaigns.fuzz import run


def test_whatever_is_posted_is_answered_or_refused_and_done_once():
    counts, wrong = run(71, posts=500)
    assert wrong == []
    assert counts["200"] > 200
    assert counts["voice goes on"] > 50


@pytest.mark.parametrize(
    ("what", "broken", "finds"),
    [
        ("voice.carrier.door.Door.is_signed", lambda *_: True, "forged: was answered 200"),
        ("voice.inbox.answer_given", lambda *_: None, "the same again: "),
        ("models.people.Resident.given_name", property(lambda resident: resident.name), "told somebody unverified"),
    ],
    ids=["a door that stands open", "a post that is done twice", "a surname that is told"],
)
def test_the_fuzzing_would_find(what, broken, finds, monkeypatch):
    monkeypatch.setattr(what, broken)
    _, wrong = run(71, posts=150)
    assert any(finds in words for words in wrong)
