"""The staff's guide as a page, made of docs/staff.md or its Chinese twin, so that it exists once."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

_DOCS = Path(__file__).parents[2] / "docs"
_PICTURES = _DOCS / "staff"
# The language of the reader's pages → its guide.
_GUIDES = {"en": "staff.md", "zh-CN": "staff.zh-CN.md"}
_BLOCKS = re.compile(r"\n{2,}")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(staff/([\w-]+\.png)\)")
_INLINE = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"`(.+?)`"), r"<kbd>\1</kbd>"),
)  # fmt: skip
_BETWEEN_LINES = re.compile(r".\n.")
_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_HEADING = re.compile(r"(#{1,2}) (.+)")


@cache
def manual(language: str, pictures_at: str) -> Markup:
    """The guide in that language; `pictures_at` is the address under which its pictures are found."""
    written = (_DOCS / _GUIDES[language]).read_text(encoding="utf-8").strip()
    parts: list[Markup] = []
    for block in _BLOCKS.split(written):
        if block.startswith("## ") and parts:
            parts.append(Markup("</section>"))
        parts.append(_block(block, pictures_at))
    return Markup("\n").join([*parts, Markup("</section>")])


def picture(name: str) -> bytes | None:
    """One of its pictures, if there is one of that name."""
    found = _PICTURES / name
    return found.read_bytes() if name in {path.name for path in _PICTURES.glob("*.png")} else None


def _block(block: str, pictures_at: str) -> Markup:
    if heading := _HEADING.fullmatch(block):
        level = len(heading[1])
        return Markup("<section><h{0}>{1}</h{0}>").format(level, _inline(heading[2]))
    if shown := _PICTURE.fullmatch(block):
        return Markup('<img src="{}/{}" alt="{}">').format(pictures_at, shown[2], shown[1])
    return Markup("<p>{}</p>").format(_inline(_joined(block)))


def _joined(block: str) -> str:
    """The lines of a paragraph as one; between Chinese signs there is no space."""
    return _BETWEEN_LINES.sub(lambda gap: gap[0].replace("\n", "" if _CHINESE.search(gap[0]) else " "), block)


def _inline(words: str) -> Markup:
    html = str(escape(words))
    for pattern, tag in _INLINE:
        html = pattern.sub(tag, html)
    return Markup(html)  # noqa: S704 - escaped first; only our own tags are put in
