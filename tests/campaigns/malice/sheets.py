"""Sheets: every list that is given out, as a spreadsheet would take it. No formula, no dangerous first sign, nothing changed."""

import csv
import io
import json
import re
import shutil
import subprocess
import unicodedata
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.escape import unescape

from campaigns.malice.words import MARK

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
INSTALL = "The spreadsheets need LibreOffice: apt-get install libreoffice-calc"
# Signs with which a spreadsheet begins to calculate, also the full-width ones, and after what it takes away in front.
DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
_TAKEN_AWAY = " '\u3000\u00a0\ufeff\u200b"
_NUMBERS = frozenset("0123456789")
_MINUTES = 5
_READ_AS = {"csv": ("--infilter=CSV:44,34,76,1",), "xlsx": ()}
_ESCAPED = re.compile("_xFFF[EF]_")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def wrong_in_csv(name, content):
    """Cells that a spreadsheet may take for more than text, and rows that have been torn apart."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    for line, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            yield f"{name}: row {line} has {len(row)} cells, not {len(rows[0])}"
        for cell in row:
            if cell[:1] in DANGEROUS and not _is_sum(cell):
                yield f"{name}: a cell begins dangerously: {cell[:80]!r}"
            elif not cell.startswith("'") and cell.lstrip(_TAKEN_AWAY)[:1] in DANGEROUS and not _is_sum(cell):
                yield f"{name}: a cell begins dangerously behind spaces: {cell[:80]!r}"


def wrong_in_xlsx(name, content):
    """Cells that are formulas or links."""
    for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows():
        for cell in row:
            if cell.data_type not in ("s", "n") or cell.hyperlink is not None:
                yield f"{name}: {cell.coordinate} is no text: {str(cell.value)[:80]!r}"


def wrong_in_json(name, content):
    """What is no JSON, or not flat."""
    for row in json.loads(content):
        if not all(value is None or isinstance(value, (str, int)) for value in row.values()):
            yield f"{name}: a row is not flat: {str(row)[:200]}"


WRONG_IN = {"csv": wrong_in_csv, "xlsx": wrong_in_xlsx, "json": wrong_in_json}


def wrong_in_office(files, folder):
    """What a spreadsheet program makes of these CSV and XLSX files: formulas, and texts that it has changed.

    It is told that CSV is UTF-8 with commas, which a person is asked or Excel sees by the mark in front; nothing else.
    """
    assert OFFICE, INSTALL
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for shape, told in _READ_AS.items():
        of_shape = (file for file in files if file.suffix == f".{shape}")
        copies = [shutil.copy(file, folder / f"{file.stem}-{shape}.{shape}") for file in of_shape]
        if not copies:
            continue  # without a file it would open, and stay
        command = [OFFICE, profile, "--headless", *told, "--convert-to", "fods", "--outdir", str(folder)]
        subprocess.run([*command, *map(str, copies)], capture_output=True, check=True, timeout=_MINUTES * 60)
        for copy in copies:
            yield from _wrong_in_opened(copy, folder / f"{copy.stem}.fods")


def _wrong_in_opened(file, opened):
    if not opened.exists():
        yield f"{file.name} could not be opened"
        return
    cells = list(ElementTree.parse(opened).iter(f"{_TABLE}table-cell"))  # noqa: S314 - written by the office, of our lists
    for cell in cells:
        if formula := cell.get(f"{_TABLE}formula"):
            yield f"{file.name}: a formula: {formula[:80]}"
    shown = {_squeezed("".join(cell.itertext())) for cell in cells}
    for text in _texts(file):
        if MARK.search(text) and _squeezed(text) not in shown:
            yield f"{file.name}: shown otherwise: {text[:120]!r}"


def _texts(file):
    if file.suffix == ".csv":
        rows = csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""))
        return {cell for row in rows for cell in row}
    sheet = openpyxl.load_workbook(file).active
    return {unescape(cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}


def _squeezed(text):
    # Paragraphs, tabs and runs of spaces have elements of their own there; what is no letter to Unicode is not kept.
    return "".join(sign for sign in _ESCAPED.sub("", text) if not sign.isspace() and unicodedata.category(sign) != "Cn")


def _is_sum(cell):
    return cell.startswith("-") and set(cell) <= _NUMBERS | set("-.")
