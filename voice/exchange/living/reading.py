"""What people make of what they read or hear: which of the line's sentences it is, in any language; which job."""

import re
from dataclasses import dataclass
from functools import cache

from voice.prompts import Catalog, Medium, catalog, languages

# The sentences that somebody answers: what they are to whoever reads them.
_MEANS = {
    "offer": "offer", "offer_round": "offer", "job_yours": "job", "job_soon": "job", "nudge": "nudge",
    "which_job": "which", "kitchen_keys": "count", "has_it_come": "asked", "has_been_there": "asked",
    "was_it_good": "asked",
}  # fmt: skip
_BLANK = re.compile(r"\\\{(\w+)\\\}")
_BLANKS = {"code": r"(?P<code>\d+)", "list": r"(?P<list>.+)"}


@dataclass(frozen=True)
class Meant:
    """One thing that was read: an offer, a job of one's own, a question. `code` is the job's, "" without one."""

    kind: str
    code: str
    is_for_today: bool


def meant(words: str, medium: Medium = "text") -> list[Meant]:
    """Everything in these words that wants an answer."""
    found: dict[tuple[str, str], Meant] = {}
    for kind, pattern, tomorrow in _patterns(medium):
        for hit in pattern.finditer(words):
            named = hit.groupdict()
            first = re.search(r"\d+", named.get("list") or "")
            code = named.get("code") or (first[0] if first else "")
            found.setdefault((kind, code), Meant(kind, code, tomorrow not in hit[0].casefold()))
    return list(found.values())


@cache
def _patterns(medium: Medium) -> list[tuple[str, re.Pattern[str], str]]:
    return [
        (kind, _pattern(each, prompt, medium), each.formats["tomorrow"].casefold())
        for each in map(catalog, languages())
        for prompt, kind in _MEANS.items()
        if each.pattern(prompt, medium)
    ]


def _pattern(each: Catalog, prompt: str, medium: Medium) -> re.Pattern[str]:
    words = each.pattern(prompt, medium)
    plain = re.escape(words.translate(each.folds) if medium == "text" else words)
    return re.compile(_BLANK.sub(lambda blank: _BLANKS.get(blank[1], ".+?"), plain), re.IGNORECASE)
