"""Races, in short; the long ones are scripts/soak races. On SQLite writers stand in a line, on PostgreSQL they do not."""

import pytest
from campaigns.races import run

from dispatch import taking
from models.lifecycle import MOVES, OPEN, State

pytestmark = pytest.mark.both_databases


def test_however_many_say_yes_one_has_it_and_the_others_know(database):
    counts, untrue = run(database, rounds=12, threads=12, seed=3)
    assert untrue == []
    assert counts["yes"] > 30
    assert counts["key"] > 3


def test_the_races_would_find_a_second_holder(database, monkeypatch):
    def accept(session, offer, *, who, now):
        taking._take(session, offer.job, offer.volunteer, who=who, now=now)
        return taking.Answer.YOURS

    monkeypatch.setattr(taking, "accept", accept)
    monkeypatch.setitem(MOVES, "take", (OPEN, State.TAKEN))
    _, untrue = run(database, rounds=2, threads=6, seed=3)
    assert any("offers of its round say yes" in words for words in untrue)
