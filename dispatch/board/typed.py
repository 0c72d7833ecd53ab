"""What people typed, without the signs that no database keeps and nobody means."""

import unicodedata

from flask import abort, request
from werkzeug.datastructures import MultiDict

# No list of ours has as many pages, and no table as many rows: a longer number is an address that nobody has.
_LAST_PAGE = 100_000
_KEPT = frozenset("\n\t")


def plain(written: str) -> str:
    """Without control characters: PostgreSQL refuses NUL, and the others only hide. Line breaks and tabs stay."""
    lines = written.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs"))


def line(name: str, *, most: int, sent: MultiDict[str, str] | None = None) -> str:
    """A field of one line, without spaces around it or doubled within; of what was `sent`, if not by this request."""
    return " ".join(plain((request.values if sent is None else sent).get(name, "")).split())[:most]


def lines(name: str, *, most: int) -> str:
    """A field of several lines."""
    return plain(request.values.get(name, "")).strip()[:most]


def page_number() -> int:
    """Which page of a list is asked for. What is no number is the first; what no list has is not found."""
    page = request.args.get("page", 1, type=int)
    if page > _LAST_PAGE:
        abort(404)
    return max(page, 1)
