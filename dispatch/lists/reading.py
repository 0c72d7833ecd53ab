"""Files into rows of text: CSV as offices save it (UTF-8, GB18030; comma, semicolon or tab) and XLSX."""

import csv
import io
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import openpyxl
from openpyxl.utils.escape import unescape

from dispatch.lists import words
from dispatch.lists.faults import Fault

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
_MOST_EXPANDED = 100 * 1024 * 1024
_MOST_PARTS = 2000
_MOST_COLUMNS = 60
_MOST_SHEET_ROWS = 1_048_576
_LONGEST_CELL = 10_000
_DELIMITERS = ",;\t"
# How the files begin that people take for lists: what is said about them.
_NO_LISTS = {
    b"\xd0\xcf\x11\xe0": "old_excel",
    b"%PDF": "not_a_list",
    b"\x89PNG": "not_a_list",
    b"\xff\xd8\xff": "not_a_list",
}

Cells = list[str]


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, and its cells by column; columns that the file lacks are absent."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A list as it was read: which heading stands for which column, the rows, and what is wrong with their shape."""

    headings: dict[str, str]  # column → heading as it is written
    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()  # headings that mean nothing to us
    faults: tuple[Fault, ...] = ()


class _Unreadable(Exception):
    """The file is no list at all; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def read_table(content: bytes, kind: str) -> Table:
    """The rows of a file. What is no list has no rows and one fault. (Reading takes a while: hold no transaction.)"""
    try:
        return _read(content, kind)
    except _Unreadable as unreadable:
        return Table(headings={}, rows=(), faults=(unreadable.fault,))


def _read(content: bytes, kind: str) -> Table:
    if len(content) > MOST_BYTES:
        raise _Unreadable(Fault(0, "", "file_too_large", {"most": MOST_BYTES // 1024 // 1024}))
    for beginning, reason in _NO_LISTS.items():
        if content.startswith(beginning):
            raise _Unreadable(Fault(0, "", reason))
    lines = _xlsx_lines(content) if content.startswith(b"PK") else _csv_lines(content)
    filled = ((line, cells) for line, cells in lines if any(cells))
    top = next(filled, None)
    if top is None:
        raise _Unreadable(Fault(0, "", "empty_file"))
    return _table(top[1], filled, kind)


def clean(text: str) -> str:
    """A cell without what nobody typed on purpose: NUL, byte order and direction marks, stray spaces."""
    kept = (" " if mark.isspace() else mark for mark in text if mark.isspace() or _is_seen(mark))
    return " ".join("".join(kept).split())


def _is_seen(mark: str) -> bool:
    # Joiners are invisible, but some scripts are not spelled without them.
    return mark in "\u200c\u200d" or unicodedata.category(mark) not in ("Cc", "Cf", "Cs", "Co")


def _table(headings: Cells, filled: Iterable[tuple[int, Cells]], kind: str) -> Table:
    meanings = words.columns(kind)
    columns = [meanings.get(words.plain(heading)) for heading in headings]
    known = [column for column in columns if column]
    if not known:
        raise _Unreadable(Fault(0, "", "no_headings", {"columns": ", ".join(words.column_names(kind))}))
    twice = next((heading for at, heading in enumerate(headings) if columns[at] and columns[at] in columns[:at]), None)
    if twice is not None:
        raise _Unreadable(Fault(0, "", "column_twice", {"column": twice}))
    rows, faults = _rows(columns, filled)
    if not rows and not faults:
        raise _Unreadable(Fault(0, "", "empty_file"))
    return Table(
        headings={column: heading for column, heading in zip(columns, headings, strict=True) if column},
        rows=tuple(rows),
        ignored=tuple(heading for column, heading in zip(columns, headings, strict=True) if heading and not column),
        faults=tuple(faults),
    )


def _rows(columns: list[str | None], filled: Iterable[tuple[int, Cells]]) -> tuple[list[Row], list[Fault]]:
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in filled:
        if len(rows) == MOST_ROWS:
            raise _Unreadable(Fault(0, "", "too_many_rows", {"most": MOST_ROWS}))
        # Cells beyond the headings are the trace of a comma inside an address: everything behind it has slipped.
        if any(cells[len(columns) :]):
            faults.append(Fault(line, "", "too_many_cells"))
        padded = cells + [""] * (len(columns) - len(cells))
        rows.append(Row(line, {column: cell for column, cell in zip(columns, padded, strict=False) if column}))
    return rows, faults


def _csv_lines(content: bytes) -> Iterator[tuple[int, Cells]]:
    text = _decoded(content).replace("\0", "")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    # Strict: a quotation mark that is never closed would otherwise swallow the rows behind it in silence.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _Unreadable(Fault(line, "", "broken_quote")) from None
        yield line, [_shortened(_unguarded(cell)) for cell in cells]
        line = reader.line_num + 1


def _unguarded(cell: str) -> str:
    """Without the apostrophe that our own exports put before what a spreadsheet would take for a formula."""
    return cell[1:] if cell.startswith("'") and is_formula_like(cell[1:]) else cell


def is_formula_like(cell: str) -> bool:
    """Would a spreadsheet calculate this, once it stands in a CSV?"""
    begun = cell.lstrip("' \u3000")
    return begun.startswith(("\t", "\r", "\n")) or _without_blanks(begun).startswith(tuple("=+-@＝＋－＠"))


def _without_blanks(cell: str) -> str:
    """Without spaces of any width and invisible signs in front: whoever trims them would calculate what is left."""
    seen = (at for at, mark in enumerate(cell) if mark != "'" and unicodedata.category(mark)[0] not in "ZC")
    return cell[next(seen, len(cell)) :]


def _shortened(cell: str) -> str:
    return clean(cell[:_LONGEST_CELL])


def _decoded(content: bytes) -> str:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for coding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(coding)
        except UnicodeDecodeError:
            continue
    raise _Unreadable(Fault(0, "", "not_a_list"))


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, Cells]]:
    try:
        _check_archive(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which are no concern of a list
            yield from _sheet_lines(content)
    except _Unreadable:
        raise
    except Exception:
        # openpyxl raises whatever zlib, the XML parser or its own code meets in a damaged workbook.
        raise _Unreadable(Fault(0, "", "not_a_list")) from None


def _check_archive(content: bytes) -> None:
    """A few kilobytes can unpack to gigabytes, in the archive or in its XML: looked at before anything is read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > _MOST_EXPANDED or len(parts) > _MOST_PARTS:
            raise _Unreadable(Fault(0, "", "file_expands", {"most": _MOST_EXPANDED // 1024 // 1024}))
        heads = [archive.open(part).read(4096) for part in parts if part.filename.endswith((".xml", ".rels"))]
    if any(b"<!DOCTYPE" in head or b"<!ENTITY" in head for head in heads):
        raise _Unreadable(Fault(0, "", "not_a_list"))


def _sheet_lines(content: bytes) -> Iterator[tuple[int, Cells]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says about its size is often wrong
            lines = enumerate(
                islice(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), _MOST_SHEET_ROWS), start=1
            )
            filled = ((line, [_cell_text(cell) for cell in row]) for line, row in lines)
            first = next((found for found in filled if any(found[1])), None)
            if first is not None:
                yield first
                yield from filled
                return
    finally:
        book.close()


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat(timespec="minutes")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    # Workbooks write control signs as _x000D_: Excel does so with the line breaks of a cell.
    return _shortened(_unguarded(unescape(str(cell))))
