"""What is heard of a sentence: the words of the machine, or what somebody of the staff has recorded in their place."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from dispatch.telling import Sentence
from models.places import Community
from models.recorded import DISH, NEWS, sounds_for
from voice.numbered import can_be_recorded
from voice.prompts import Setting, render

# A dish that was recorded is marked while the sentence around it is put into words; the marks are for private use.
_MARK = re.compile("\ue000([0-9]+)\ue001")
# What is left of the sentence beside a recorded name, such as "。", is nothing to say.
_SIGNS = " ,.;:!?，。；：！？、"


@dataclass(frozen=True)
class Played:
    """A recording in place of words."""

    recording_id: int


@dataclass(frozen=True)
class Foreign:
    """Words in another language than the talk's: said by a voice of their own."""

    words: str
    language: str


Piece = str | Played | Foreign
# One sentence: as a rule one piece; where a name in it was recorded, what stands around it and the recording.
Said = tuple[Piece, ...]


def heard_as(
    session: Session, community: Community, sentences: Iterable[Sentence], setting: Setting
) -> tuple[Said, ...]:
    """Each sentence as it is heard; one that is empty in this medium is left out."""
    said = list(sentences)
    keys = {key for prompt, blanks in said for key in _keys(prompt, blanks, setting)}
    tags = tuple(dict.fromkeys((setting.language, setting.catalog.tag)))
    sounds = sounds_for(session, community.id, tags, sorted(keys)) if keys else {}
    pieces = (_pieces(prompt, blanks, setting, sounds) for prompt, blanks in said)
    return tuple(sentence for sentence in pieces if sentence)


def _keys(prompt: str, blanks: Mapping[str, Any], setting: Setting) -> Iterator[str]:
    """Under which keys this sentence, or a part of it, may have been recorded."""
    if (whole := _whole(prompt, blanks, setting)) is not None:
        yield whole
    for dish in _dishes(blanks):
        yield DISH + dish


def _whole(prompt: str, blanks: Mapping[str, Any], setting: Setting) -> str | None:
    if "news" in blanks:
        return f"{NEWS}{blanks['news']}"
    return prompt if prompt != "language_hint" and can_be_recorded(prompt, setting.language) else None


def _dishes(blanks: Mapping[str, Any]) -> Iterator[str]:
    for name, value in blanks.items():
        if name == "dish" and isinstance(value, str):
            yield value
        elif isinstance(value, dict) and "$sentence" in value:
            yield from _dishes(value["$sentence"][1])


def _pieces(prompt: str, blanks: Mapping[str, Any], setting: Setting, sounds: Mapping[str, int]) -> Said:
    if prompt == "language_hint" and "language" in blanks:
        there = replace(setting, language=str(blanks["language"]))
        return (Foreign(render([(prompt, {})], there)[0], there.catalog.tag),)
    whole = sounds.get(_whole(prompt, blanks, setting) or "")
    if whole is not None:
        return (Played(whole),)
    words = render([(prompt, _marked(blanks, sounds))], setting)
    return tuple(_cut(words[0], frozenset(sounds.values()))) if words else ()


def _marked(blanks: Mapping[str, Any], sounds: Mapping[str, int]) -> dict[str, Any]:
    return {name: _mark(name, value, sounds) for name, value in blanks.items()}


def _mark(name: str, value: Any, sounds: Mapping[str, int]) -> Any:
    if name == "dish" and isinstance(value, str) and DISH + value in sounds:
        return f"\ue000{sounds[DISH + value]}\ue001"
    if isinstance(value, dict) and "$sentence" in value:
        prompt, inner = value["$sentence"]
        return {"$sentence": [prompt, _marked(inner, sounds)]}
    return value


def _cut(words: str, known: frozenset[int]) -> Iterator[Piece]:
    """The words around the marks, and the recordings; what looks like a mark and is none of ours plays nothing."""
    parts = _MARK.split(words)
    if len(parts) == 1:
        yield words
        return
    for index, part in enumerate(parts):
        if index % 2:
            if int(part) in known:
                yield Played(int(part))
        elif part.strip(_SIGNS):
            yield part.strip(_SIGNS) if index == 0 else part.lstrip(_SIGNS)
