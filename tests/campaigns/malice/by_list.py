"""By list: residents, volunteers, dishes and standing orders, in CSV and XLSX, through the command that takes them in."""

import csv
import io
import re
from datetime import date, timedelta
from itertools import count

import xlsxwriter
from click.testing import CliRunner

from scripts.commands import main as command_line

FIRST_DAY = date(2026, 11, 23)
_KEYS = 8
# A row with a longer cell is refused as a whole.
_MOST = {
    "name": 80, "zone": 60, "address": 200, "door_note": 300, "diet": 200, "hardship": 40, "contact_name": 80,
    "volunteer's name": 80, "dish": 80, "contains": 200, "standing dish": 80,
}  # fmt: skip
_LINE = re.compile(r"\bline (\d+)")


def resident_number(at):
    """The telephone of that resident."""
    return f"+1212555{2000 + at}"


def volunteer_number(at):
    """The telephone of that volunteer."""
    return f"+1212555{3000 + at}"


def put_in(commands, deck, folder, shape):
    """One row for each string of the deck, with others beside it; rows that the list's reader refuses are left out."""
    refused = 0
    for kind, rows in _lists(deck).items():
        path = folder / f"{kind}.{shape}"
        while faulty := commands.take_in(kind, path, content := _written(rows, shape)):
            kept = [row for line, row in zip(_lines(content, shape), rows, strict=False) if line not in faulty]
            refused += len(rows) - len(kept)
            rows = kept
    return refused


def _lines(content, shape):
    """On which line each row begins, as the list's reader counts."""
    if shape != "csv":
        return count(1)
    reader = csv.reader(io.StringIO(content.decode(), newline=""))
    return [1, *(reader.line_num + 1 for _ in reader)]


class Commands:
    """`scripts/linli` on a town's database, with the town's clock."""

    def __init__(self, town, folder):
        clock = folder / "clock"
        clock.write_text(f"{town.now.isoformat()} frozen", "utf-8")
        self.env = {"LINLI_DATABASE__URL": town.url, "LINLI_CARRIER__CLOCK_FILE": str(clock)}
        self.community = town.line

    def run(self, *words, given="", community=True):
        """One command; its exit code, what it printed, and what it said of errors."""
        of = ["--community", self.community] if community is True else ["--community", community] if community else []
        ended = CliRunner(env=self.env).invoke(command_line, ["--language", "en", *words, *of], input=given)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended

    def take_in(self, kind, path, content):
        """The lines that were refused, if any; then nothing was taken in."""
        path.write_bytes(content)
        ended = self.run("import", kind, str(path), "--create-zones", *(["--enrolled"] if kind != "menu" else []))
        lines = {int(number) for number in _LINE.findall(ended.stderr)} - {1} if ended.exit_code else set()
        assert ended.exit_code == 0 or lines, ended.output
        return lines

    def give_out(self, kind, shape, path):
        """An export into that file."""
        ended = self.run("export", kind, "--format", shape, "--output", str(path))
        assert ended.exit_code == 0, ended.output
        return path


def _lists(deck):
    each = range(len(deck))

    def some(column):
        return deck.deal(f"list.{column}")[: _MOST[column]]

    names = [some("name") for _ in each]
    residents = [
        (name, resident_number(at), ("en", "zh-CN")[at % 2], some("zone"), some("address"), some("door_note"),
         some("diet"), some("hardship"), some("contact_name"), f"+1212555{5000 + at}")
        for at, name in enumerate(names)
    ]  # fmt: skip
    volunteers = [
        (some("volunteer's name"), volunteer_number(at), ("en", "zh-CN")[at % 2], "East;West", "errand;meal", "", 9)
        for at in each
    ]
    dishes = [
        (FIRST_DAY + timedelta(days=at // _KEYS), "lunch", at % _KEYS + 1, some("dish"), some("contains"), 12)
        for at in each
    ]
    standing = [
        (name, resident_number(at), "dinner", "mon;tue", some("standing dish"), 1) for at, name in enumerate(names)
    ]
    heads = {
        "residents": "name phone language zone address door_note diet hardship contact_name contact_phone",
        "volunteers": "name phone language zones services days max_per_day",
        "menu": "date meal key dish contains price",
        "standing-orders": "name phone meal days dish portions",
    }
    rows = (residents, volunteers, dishes, standing)
    return {kind: [tuple(head.split()), *row] for (kind, head), row in zip(heads.items(), rows, strict=True)}


def _written(rows, shape):
    out = io.BytesIO()
    if shape == "csv":
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
        return text.getvalue().encode()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(line, column, str(cell)[:32_000])
    book.close()
    return out.getvalue()
