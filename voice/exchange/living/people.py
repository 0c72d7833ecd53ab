"""The people of the town: who begins something, and what each answers to what she reads or when it rings."""

import random

from voice.exchange.living.manners import Manner, drawn, manners, words
from voice.exchange.living.reading import Meant
from voice.exchange.parties import Handset
from voice.prompts import catalog

# Who may begin something, and how often of all; whom it rings at is another matter.
_BEGIN = {"resident": 1.0, "volunteer": 0.0, "contact": 0.05}
_TEXTS_SHARE = 0.5
# Who answers what is read and heard. Staff are never played: that is what one is there for oneself.
PLAYED = ("resident", "volunteer", "contact", "kitchen")


def beginner(handsets: list[Handset], chance: random.Random) -> Handset | None:
    """Who begins something now, of those who could."""
    able = [handset for handset in handsets if _BEGIN.get(handset.role, 0)]
    return chance.choices(able, [_BEGIN[handset.role] for handset in able])[0] if able else None


def beginning(handset: Handset, chance: random.Random) -> tuple[Manner, str]:
    """How she begins: by which call, or by which text, whose words come with it ("" for a call)."""
    if not handset.is_landline and chance.random() < _TEXTS_SHARE:
        manner = drawn(manners("texts"), chance)
        return manner, words(handset.language, manner.name, chance)
    return drawn(manners("calls"), chance), ""


def after_the_tone(handset: Handset, manner: Manner, chance: random.Random) -> str:
    """What she says when the line listens; whoever was not understood is asked for a word too."""
    return words(handset.language, manner.says or "person", chance)


def to_a_person(handset: Handset, chance: random.Random) -> str:
    """What she says to whoever takes her call."""
    return words(handset.language, "bridged", chance) if handset.role == "resident" else ""


def answer(read: Meant, chance: random.Random) -> Manner:
    """What is made of something that was read."""
    table = manners(read.kind)
    if read.kind == "job" and not read.is_for_today:
        return table["forgets"]  # it is not yet time; she is asked when it is
    return drawn(table, chance)


def written(handset: Handset, manner: Manner, read: Meant, chance: random.Random) -> str:
    """What she writes, in her own words where there are several."""
    body = chance.choice(manner.writes)
    if body.startswith("@"):
        return chance.choice(catalog(handset.language).reads["volunteer"][body[1:]])
    return body.format(code=read.code)


def when_it_rings(handset: Handset, chance: random.Random) -> Manner:
    """How she answers her telephone."""
    return drawn(manners("rings", handset.role), chance)
