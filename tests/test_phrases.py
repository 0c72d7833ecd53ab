"""What people really write, in four languages: read as meant, or left to a person. A wrong reading is what must not be."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from menus import texting

from dispatch.offered import Offered
from voice.cards import Cards
from voice.parts import parts_in
from voice.prompts import languages
from voice.volunteer_words import read_volunteer
from voice.wishes import Wish, read_line

TODAY = date(2026, 11, 23)
OFFERED = Offered(
    dishes=("Tomato soup", "Peanut chicken", "番茄鸡蛋", "红烧肉"),
    services={"errand": 2, "shopping": 2, "mandado": 2, "跑腿": 2, "ride": 3, "transporte": 3, "接送": 3},
    meals={"lunch": "lunch", "dinner": "dinner"},
)
PHRASES = [
    (role, language, written, meant)
    for table, by_language in tomllib.loads((Path(__file__).parent / "phrases.toml").read_text("utf-8")).items()
    for language, phrases in by_language.items()
    for role, written, meant in [(table, written, meant) for written, meant in phrases.items()]
]
TABLES = {"resident": ("resident",), "answer": ("answer", "resident"), "volunteer": ("volunteer",)}


def told(read):
    """A reading in a few words."""
    if read.key:
        return " ".join([read.key, *map(str, read.numbers)])
    return read.intent or " ".join(["code", *map(str, read.numbers)] if read.numbers else [])


def told_wish(wish):
    """A wish in a few words."""
    count = f"x{wish.count}" if wish.count else ""
    day = wish.day.isoformat() if wish.day else ""
    key = f"#{wish.dish_key}" if wish.dish_key else ""
    days = str(wish.days) if wish.days else ""
    return " ".join(filter(None, [wish.kind, wish.meal, day, wish.half, count, wish.dish, key, days]))


def reading(role, language, written):
    """As a text of somebody in that role is read."""
    if role == "volunteer":
        read = read_volunteer(written, language, TODAY)
        until = f"until {read.until}" if read.until else ""
        return " ".join(filter(None, [told(read.read), "+" if read.added else "", until]))
    read = read_line(written, language, TABLES[role], TODAY, OFFERED)
    return told_wish(read) if isinstance(read, Wish) else told(read)


def test_there_are_enough_of_them():
    assert len(PHRASES) >= 300
    assert {language for _, language, _, _ in PHRASES} == set(languages())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("role", TABLES)
def test_what_people_write_is_read_as_meant(role, language):
    mine = [(written, meant) for r, tag, written, meant in PHRASES if (r, tag) == (role, language)]
    assert {w: reading(role, language, w) for w, _ in mine} == dict(mine)


@pytest.mark.parametrize("language", languages())
def test_everything_that_the_printed_cards_teach_is_understood(language):
    hers, helpers = Cards().of(language, "911"), Cards().of_helper(language)
    assert [written for written, _ in hers.texts if not reading("resident", language, written)] == []
    assert [
        written for written, _ in (*helpers.keys, *helpers.texts) if not reading("volunteer", language, written)
    ] == []
    assert "1 13" in dict(helpers.below)["several"]


def test_the_page_of_what_can_be_texted_is_written_from_the_tables():
    assert texting.FILE.read_text("utf-8") == texting.written(), "scripts/menus writes it anew"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.sampled_from(languages()), st.sampled_from(sorted(TABLES)))
def test_no_text_breaks_the_reading(written, language, role):
    assert isinstance(reading(role, language, written), str)
    assert isinstance(parts_in(written, language, TODAY, OFFERED), set)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_word_that_nobody_knows_takes_every_line_its_certainty(data):
    """Wherever it stands: a line is read whole, or not at all."""
    role, language, written, _ = data.draw(st.sampled_from(PHRASES))
    words = written.split()
    words.insert(data.draw(st.integers(0, len(words))), "xyzzy")
    assert reading(role, language, " ".join(words)) == ""
