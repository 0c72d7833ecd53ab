"""Which answers can be given other words, by which words they are known already, and which words cannot be taught."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from dispatch.offered import offered_in
from models.menus import orderable_menus
from models.places import Community
from voice.own_words import own_words
from voice.plain import plain
from voice.prompts import catalog, languages, languages_from
from voice.reading import is_question, opting_word
from voice.volunteer_words import read_volunteer
from voice.wishes import read_wish

# What can be said in other words, by who says it: each as "table.meaning" of the reply words of the prompts.
TEACHABLE = {
    "resident": (
        "answer.1", "answer.2", "asked.1", "asked.2", "resident.usual", "resident.off", "resident.2", "resident.3",
        "resident.4", "any.0",
    ),
    "volunteer": (
        "volunteer.1", "volunteer.2", "volunteer.3", "volunteer.4", "volunteer.5", "volunteer.6", "volunteer.call",
        "volunteer.mine", "volunteer.more", "volunteer.late", "volunteer.off", "volunteer.on",
    ),
}  # fmt: skip
_QUESTIONS = ("answer", "asked")
# By which tables whoever it is may be read, whatever was asked before.
_READ_BY = {
    "resident": ("any", "numbers", "resident", "answer", "asked", "opting", "thanks", "days", "meals", "parts"),
    "volunteer": ("any", "numbers", "volunteer", "opting", "thanks"),
}


def known_words(language: str, means: str) -> list[str]:
    """The words that are understood as that anyway."""
    table, _, meaning = means.partition(".")
    return list(catalog(language).reads.get(table, {}).get(meaning, ()))


def why_not(session: Session, community: Community, language: str, means: str, phrase: str, *, now: datetime) -> str:
    """Why that phrase cannot be taught: "number", "carrier", "question", "known.already", "taken", or "" if it can."""
    words = plain(phrase)
    if any(sign.isdigit() for sign in words):
        return "number"
    if opting_word(phrase):
        return "carrier"
    if is_question(phrase):
        return "question"
    found = set(_meanings_of(session, community, words, _who_says(means)))
    if (means, languages_from(language)[0]) in found:
        return "known.already"
    # The same answer to another question is no contradiction.
    alike = {means, *(f"{table}.{means.partition('.')[2]}" for table in _QUESTIONS if means.startswith(_QUESTIONS))}
    others = {one for one, _ in found} - alike
    return "taken" if others or _says_something(session, community, language, means, phrase, now=now) else ""


def _who_says(means: str) -> str:
    return next(who for who, known in TEACHABLE.items() if means in known)


def _meanings_of(session: Session, community: Community, words: str, who: str) -> Iterator[tuple[str, str]]:
    """All that these words mean in any table by which that person's texts are read, in any language."""
    own = own_words(session, community)
    for tag in languages():
        if words in map(plain, catalog(tag).reads["distress"]["distress"]):
            yield "distress.distress", tag
        for table in _READ_BY[who]:
            meaning = _by_phrase(tag, table).get(words) or own.get((tag, table), {}).get(words)
            if meaning:
                yield f"{table}.{meaning}", tag


@cache
def _by_phrase(tag: str, table: str) -> dict[str, str]:
    meanings = catalog(tag).reads.get(table, {})
    return {plain(phrase): meaning for meaning, phrases in meanings.items() for phrase in phrases}


def _says_something(
    session: Session, community: Community, language: str, means: str, phrase: str, *, now: datetime
) -> bool:
    """Is it an order, a service's name, a dish, a day off, a yes with a time?"""
    today = community.local(now).date()
    if _who_says(means) == "volunteer":
        return bool(read_volunteer(phrase, language, today).read.key)
    menus = orderable_menus(session, community, now, most=16)
    offered = offered_in(session, community, menus)
    return read_wish(phrase, language, today, offered) is not None
