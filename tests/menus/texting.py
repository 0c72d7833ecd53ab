"""docs/texting.md: what can be written to the line, in every language, from the tables by which it is read."""

from collections.abc import Iterable
from pathlib import Path

from voice.cards import Cards
from voice.prompts import Catalog, catalog, languages
from voice.reading import CARRIER_WORDS

FILE = Path(__file__).parents[2] / "docs" / "texting.md"

_HEAD = """# What can be written to the line

Written by `scripts/menus` from the tables by which texts are read (`[reads.*]` and `[card]` in `voice/prompts/`). Do not edit it: change the
tables and run `scripts/menus`; a test says when the page is stale.

A text is read whole or not at all: in any case, with or without accents, full-width digits and punctuation around it, in the language of
whoever writes and then in the others. What is not certainly understood is never guessed: a person reads it on the board, with a word of
what it may be about, and whoever wrote it is told so once in an hour. A question mark takes an answer its certainty ("yes?" is none), a
thank-you needs no answer, and of more than thirty texts an hour from one number, or of the fourth that is not understood, a person reads the
rest in silence: two machines that answer each other come to rest. A cry for help is an alarm all
the same. Of a number that has said STOP a person reads everything, and rings.

On cards for people to keep (for residents and for volunteers, in every language) the same is printed from the board: Resident or Volunteer → Card.
"""
_ROLES = (
    ("Residents, and whoever may order for them", "resident"), ("Answers to a question", "answer"), ("Answers to \"has it come?\" and \"was it good?\"", "asked"), ("Anybody", "any"),
    ("Volunteers", "volunteer"), ("Needs no answer", "thanks"), ("No more texts, and texts again", "opting"),
)  # fmt: skip
# What a meaning in the tables stands for.
_MEANS = {
    ("any", "0"): "a person rings back", ("any", "9"): "hear it again",
    ("resident", "usual"): "the usual meal", ("resident", "2"): "help at home", ("resident", "3"): "what have I ordered",
    ("resident", "off"): "call off", ("resident", "4"): "news", ("resident", "hello"): "what can I write?",
    ("asked", "1"): "1, yes", ("asked", "2"): "2, no",
    ("answer", "1"): "1, yes", ("answer", "2"): "2, no",
    ("volunteer", "1"): "1 yes, I do it", ("volunteer", "2"): "2 no", ("volunteer", "3"): "3 done",
    ("volunteer", "4"): "4 cannot after all", ("volunteer", "5"): "5 not at home", ("volunteer", "6"): "6 worried",
    ("opting", "stop"): "nothing more is sent to this number", ("opting", "start"): "texts are sent again",
    ("volunteer", "call"): "the line connects her with whom she helps", ("volunteer", "mine"): "what is open",
    ("volunteer", "more"): "what is needed", ("volunteer", "off"): "no offers: until a day, for days, or until ON",
    ("volunteer", "on"): "offers again", ("volunteer", "not_me"): "the yes was not hers: free again, and a person looks",
    ("thanks", "thanks"): "thank you", ("thanks", "noted"): "noted",
}  # fmt: skip
_LINE = (
    ("meals", "meals"),
    ("days", "days"),
    ("parts", "other words of a line"),
    ("distress", "taken seriously at once"),
)


def written() -> str:
    """The whole page."""
    parts = [_HEAD, *_carriers()]
    for tag in languages():
        parts += _of_language(catalog(tag))
    return "\n".join(parts).rstrip() + "\n"


def _carriers() -> Iterable[str]:
    yield "## Words that carriers take for themselves\n"
    yield "In English, as whole messages; they are never taught, and always understood.\n"
    yield "| words | what they do |\n|---|---|"
    does = {
        "stop": "nothing more is sent to that number, until START; staff are told, and a person asks a resident what she meant",
        "start": "texts are sent again", "yes": "texts are sent again, and it is the answer yes",
        "help": "a person rings back",
    }  # fmt: skip
    for meaning, what in does.items():
        words = [word for word, means in CARRIER_WORDS.items() if means == meaning]
        yield f"| {_listed(words)} | {what} |"
    yield ""


def _of_language(words: Catalog) -> Iterable[str]:
    yield f"## {words.name}\n"
    cards = Cards()
    hers, helpers = cards.of(words.tag, "…"), cards.of_helper(words.tag)
    for card, lines in ((hers, hers.texts), (helpers, (*helpers.keys, *helpers.texts))):
        yield f"### {card.title}\n"
        yield f"| {card.write} | |\n|---|---|"
        yield from (f"| **{line}** | {meaning} |" for line, meaning in lines)
        yield ""
    for role, table in _ROLES:
        yield f"### {role}\n\n| what is meant | what is written |\n|---|---|"
        for meaning, phrases in words.reads[table].items():
            yield f"| {_MEANS.get((table, meaning), meaning)} | {_listed(phrases)} |"
        yield ""
    yield "### One line\n\nIt is read if every word of it is known: a count, a meal or a dish, a day; or what is not wanted, an absence, a service."
    yield "Besides these the dishes of the menu, by name or number, and the names of the community's services and meals are known.\n"
    yield "| | |\n|---|---|"
    for table, named in _LINE:
        for meaning, phrases in words.reads[table].items():
            if phrases:
                yield f"| {named}: {meaning} | {_listed(phrases)} |"
    yield f"| dates | {_listed(words.reads['dates']['date'])} |\n"


def _listed(phrases: Iterable[str]) -> str:
    return " · ".join(phrase.replace("|", "\\|") for phrase in phrases)
