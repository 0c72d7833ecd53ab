"""A change of the settings in words: the label of a field, what it was, what it is."""

from typing import Any, NamedTuple

from dispatch.board.settling import Fields
from dispatch.board.words import Words
from dispatch.countries import name_of
from models.phones import national


class Line(NamedTuple):
    """One field that has become different; "" where there was or is nothing."""

    label: str
    before: str
    after: str


# Boxes that are ticked or not.
_BOXES = frozenset({
    "rings_back", "tests_strangers", "is_active", "needs_vetting", "needs_language", "is_urgent", "cooks", "goes_on",
})  # fmt: skip
# Fields whose values are words of the board.
_FAMILIES = {"days": "weekday", "ladder": "rung"}
_PHONES = frozenset({"phone", "second_number", "practice_number"})
# Fields that are not labelled "field.NAME", or not in every part.
_LABELS = {
    ("hours", "days"): "field.opening_days", ("meals", "days"): "field.cooked_on", ("zones", "name"): "zone.name",
    ("zones", "place"): "zone.place", ("services", "ladder"): "ladder", ("duty", "on"): "duty.on",
    ("kitchens", "cooks"): "changes.cooks", ("subsidy_ends", "goes_on"): "changes.goes_on",
}  # fmt: skip
# What a part is called where it is not called by its own name.
_PARTS = {
    "meals": "nav.meals", "zones": "field.zones", "subsidy_ends": "subsidies", "duty": "duty", "codes": "me.codes",
    "news": "nav.news",
}  # fmt: skip


def label_of(words: Words, part: str) -> str:
    """Which part of the settings."""
    return words.t(_PARTS.get(part, part))


def thing_of(words: Words, part: str, fields: Fields) -> str:
    """Which of several is meant: by its name, in the reader's language if it has one there."""
    names = {name.removeprefix("name_"): str(value) for name, value in fields.items() if name.startswith("name_")}
    said = {name.removeprefix("words_"): str(value) for name, value in fields.items() if name.startswith("words_")}
    if names or said:
        return words.named({tag: name for tag, name in (names or said).items() if name})[:60]
    return str(fields.get("called") or fields.get("phrase") or fields.get("name") or fields.get("subsidy_name") or "")


def lines_of(words: Words, part: str, before: Fields, after: Fields) -> list[Line]:
    """Every field that has become different; of something new or gone only what it has."""
    found = (
        Line(
            _label(words, part, name),
            _value(words, name, before.get(name, "")),
            _value(words, name, after.get(name, "")),
        )
        for name in {**before, **after}
    )
    return [line for line in found if line.before != line.after]


def _label(words: Words, part: str, name: str) -> str:
    kind, _, tag = name.partition("_")
    if kind == "name" and tag:
        return words.t("field.name_in", language=words.language(tag))
    if kind == "words" and tag:
        return words.language(tag)
    return words.t(_LABELS.get((part, name), f"field.{name}"))


def _value(words: Words, name: str, value: Any) -> str:
    if name in _BOXES or name == "on":
        return words.t("answer.yes") if value in ("on", "1") else words.t("answer.no")
    if name == "countries":
        return words.t("sign.list").join(name_of(region, words.tag) for region in value or ())
    if isinstance(value, list):
        return words.t("sign.list").join(words.t(f"{_FAMILIES[name]}.{one}") for one in value)
    if name == "second_factor_for" and value:
        return words.t(f"codes_for.{value}")
    if name in _PHONES and value:
        return national(value)
    if name == "means":
        return words.t(f"reply.{value}") if value else ""
    return words.language(value) if name == "language" and value else str(value)
