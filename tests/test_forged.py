"""Requests by whoever may make none, in short; the long ones are scripts/soak forged."""

import pytest
from campaigns.forged import run
from campaigns.forged_posts import MAKERS


def test_whoever_may_not_ask_changes_no_row_and_the_same_again_changes_none():
    counts, wrong = run(1, posts=1_500)
    assert wrong == []
    kinds = {kind.partition(":")[0] for kind in counts}
    assert len(kinds) > len(MAKERS) + 12  # of the board's there are a dozen
    assert counts["cut anew: 400"] > 100
    assert counts["a true post again: 200"] > 10


@pytest.mark.parametrize(
    ("what", "broken", "finds"),
    [
        ("voice.carrier.door.Door.is_signed", lambda *_: True, "unsigned /"),
        ("voice.carrier.door.why_unacceptable", lambda _: None, "cut anew /"),
        ("voice.inbox.answer_given", lambda *_: None, "time it was answered"),
        ("flask_wtf.csrf.CSRFProtect.protect", lambda *_, **__: None, "without the form's token /"),
    ],
    ids=["a door that stands open", "bytes that are cut anew", "a post that is done twice", "a form without a token"],
)  # fmt: skip
def test_the_campaign_would_find(what, broken, finds, monkeypatch):
    monkeypatch.setattr(what, broken)
    _, wrong = run(1, posts=1_000)
    assert any(finds in words for words in wrong)
    assert any("has changed" in words for words in wrong)
