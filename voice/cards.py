"""The printed card: what is pressed and what is written, in the language of whoever has it beside the telephone."""

from dataclasses import dataclass

from voice.prompts import catalog

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """A card in one language. Each line is what one presses or writes, and what that does."""

    tag: str
    title: str
    press: str
    keys: Lines
    write: str
    texts: Lines
    below: Lines  # sentences under it, each with a name for its style


class Cards:
    """The cards in every language shipped."""

    def of(self, language: str, emergency: str) -> Card:
        """A resident's."""
        words = catalog(language).card
        below = (("safe", words["safe"].format(emergency=emergency)),)
        return Card(
            catalog(language).tag, words["title"], words["press"], _lines(words["keys"]), words["write"],
            _lines(words["texts"]), below,
        )  # fmt: skip

    def of_helper(self, language: str) -> Card:
        """A volunteer's: all of it works by text, and by key for whoever has no texts."""
        words = catalog(language).card
        below = (("several", words["helper_several"]), ("call", words["helper_call"]))
        digits, lines = _lines(words["helper_keys"]), _lines(words["helper_texts"])
        title, answer = words["helper_title"], words["helper_write"]
        return Card(catalog(language).tag, title, answer, digits, words["helper_more"], lines, below)


def _lines(pairs: list[list[str]]) -> Lines:
    return tuple((written, meaning) for written, meaning in pairs)
