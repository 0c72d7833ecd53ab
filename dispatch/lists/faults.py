"""What is wrong with a list, and what came of reading it: values, put into words only when somebody is told."""

from dataclasses import dataclass, field

from dispatch.lists import words

_LONGEST_QUOTE = 40


@dataclass(frozen=True)
class Fault:
    """One mistake: the line (as in the file, headings are line 1; 0: the file as a whole), the column's heading as it
    is written there, and the key of a sentence with its blanks."""

    line: int
    column: str
    reason: str
    blanks: dict[str, object] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """The mistake as a sentence."""
        reason = words.sentence(self.reason, language, **self.blanks)
        if not self.line:
            return reason
        where = "where" if self.column else "where_row"
        return words.sentence(where, language, line=self.line, column=self.column, reason=reason)


@dataclass(frozen=True)
class Outcome:
    """What came of a list. With faults, or when only tried (`is_dry`), nothing was stored."""

    kind: str
    is_dry: bool = False
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    zones: tuple[str, ...] = ()
    enrolled: int = 0
    not_enrolled: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()

    def told(self, language: str) -> list[str]:
        """What was done, as sentences. (The faults are told one by one.)"""
        if self.faults:
            return [words.sentence("result_refused", language, count=len(self.faults))]
        counts = {"kind": self.kind, "new": self.new, "changed": self.changed, "unchanged": self.unchanged}
        told = [words.sentence("result_dry" if self.is_dry else "result", language, **counts)]
        if self.zones:
            key = "zones_dry" if self.is_dry else "zones_created"
            told.append(words.sentence(key, language, names=", ".join(self.zones)))
        if self.enrolled and not self.is_dry:
            told.append(words.sentence("enrolled", language, count=self.enrolled))
        if self.not_enrolled:
            told.append(words.sentence("not_enrolled", language, count=self.not_enrolled))
        return told + [note.told(language) for note in self.notes]


def quoted(value: str) -> str:
    """A value as it may be shown in a sentence: short, and nothing that moves the cursor."""
    shown = "".join(mark if mark.isprintable() else "?" for mark in value)
    return shown if len(shown) <= _LONGEST_QUOTE else shown[: _LONGEST_QUOTE - 1] + "…"
