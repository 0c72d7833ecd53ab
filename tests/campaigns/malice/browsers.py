"""A browser that is started anew when it has ended, and what it was on a page that ended it."""

import re
from dataclasses import dataclass, field

from board_chromium import beside
from playwright.sync_api import Browser

from campaigns.malice.words import MARK

# A text between two elements, or what stands in an attribute: our pages write the signs around it otherwise inside.
_PIECE = re.compile(rf'[^<>"]*{MARK.pattern}[^<>"]*')


@dataclass
class Browsers:
    """One browser after the other; at which pages one ended that did not end there again."""

    now: Browser
    without_cause: list[str] = field(default_factory=list)

    def another(self):
        """The browser is gone, or its page is, or it answers no more."""
        self.now.close()
        self.now = beside(self.now)


def fewest(marks, ends):
    """The fewest of these marks with which it still ends; none if it ends without any.

    `ends(marks)` tries it with these alone, so it is asked as seldom as may be: halves first, then smaller parts.
    """
    if ends(()):
        return ()
    kept, part = tuple(marks), max(1, len(marks) // 2)
    while part >= 1:
        start = 0
        while start < len(kept):
            tried = kept[:start] + kept[start + part :]
            if tried and ends(tried):
                kept = tried
            else:
                start += part
        part //= 2
    return kept


def marks_of(page):
    """The marks that stand on a page, each once."""
    return list(dict.fromkeys(MARK.findall(page)))


def only(page, marks):
    """The page, with the texts in which none of these marks stands taken out."""
    return _PIECE.sub(lambda piece: piece[0] if set(MARK.findall(piece[0])) & set(marks) else "", page)
