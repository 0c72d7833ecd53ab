"""Rows into files: CSV that a spreadsheet opens without harm, JSON, XLSX. All of them flow, however long they are."""

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from dispatch.lists.reading import is_formula_like
from models.phones import NotANumber, national, region_of, to_e164

Fields = dict[str, Any]
_LONGEST_CELL = 32_767
_MOST_SHEET_ROWS = 1_048_575


def write_csv(rows: Iterable[Fields], names: tuple[str, ...], out: BinaryIO) -> None:
    """UTF-8 with the mark that Excel wants, every cell quoted, no cell that a spreadsheet would calculate."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_csv_cell(name, row) for name in names])
    text.flush()
    text.detach()


def write_json(rows: Iterable[Fields], names: tuple[str, ...], out: BinaryIO) -> None:
    """An array of flat objects; numbers of telephones in E.164."""
    out.write(b"[")
    for at, row in enumerate(rows):
        out.write(b",\n" if at else b"\n")
        # A lone surrogate (half an emoji that a carrier cut off) cannot be written as it is.
        out.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    out.write(b"\n]\n")


def write_xlsx(rows: Iterable[Fields], names: tuple[str, ...], out: BinaryIO) -> None:
    """One sheet of text cells, and of sums as numbers. Raises ValueError when there are more rows than it holds."""
    with tempfile.TemporaryFile() as draft:
        book = xlsxwriter.Workbook(
            draft, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet()
        bold, sums = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(rows, start=1):
            if line > _MOST_SHEET_ROWS:
                raise ValueError(f"More than {_MOST_SHEET_ROWS} rows fit into no XLSX sheet: take csv or json.")
            for column, name in enumerate(names):
                if isinstance(value := row[name], Decimal):
                    sheet.write_number(line, column, value, sums)
                else:
                    sheet.write_string(line, column, _text(value)[:_LONGEST_CELL])
        book.close()
        draft.seek(0)
        while piece := draft.read(1 << 16):
            out.write(piece)


WRITERS: dict[str, Callable[[Iterable[Fields], tuple[str, ...], BinaryIO], None]] = {
    "csv": write_csv,
    "json": write_json,
    "xlsx": write_xlsx,
}


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark) not in ("Cc", "Cs"))


def _csv_cell(name: str, row: Fields) -> str:
    text = _text(row[name])
    if isinstance(row[name], Decimal):
        return text  # less than nothing is no formula
    is_phone = name == "phone" or name.endswith("_phone") or name == "community"
    return _guarded(_as_people_write_it(text, row.get("community") or "") if is_phone else text)


def _as_people_write_it(number: str, community: str) -> str:
    """A number of the community's own country as it is written there: Excel would take +86… for a sum."""
    if not (number.startswith("+") and community.startswith("+")):
        return number
    written = national(number)
    try:
        return written if to_e164(written, region_of(community)) == number else number
    except NotANumber:
        return number


def _guarded(cell: str) -> str:
    return f"'{cell}" if is_formula_like(cell) else cell
