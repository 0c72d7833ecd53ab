"""An office with its lists: one community in a real SQLite file, to import into and to export from."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from dispatch.founding import found_community
from dispatch.lists.faults import Outcome
from dispatch.lists.importing import import_list
from dispatch.lists.reading import read_table
from models.database import Database, open_engine
from models.places import Community
from models.schema import migrate

LISTS = Path(__file__).parent / "lists"
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ZONES = ("南坊", "北坊", "井巷")


@dataclass(frozen=True)
class Patience:
    """What a new service starts with."""

    offer_minutes: float = 10
    wave_size: int = 3
    nudge_minutes: float = 60
    acknowledge_minutes: float = 15


@lru_cache(maxsize=1)
def _built() -> bytes:
    """An empty database of today's version, built once."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/empty.db")
        return Path(folder, "empty.db").read_bytes()


class Office:
    """A community and the people who keep its lists."""

    def __init__(self, folder: Path, *, zones: tuple[str, ...] = ZONES, **differs: Any) -> None:
        (folder / "office.db").write_bytes(_built())
        self.database = Database(open_engine(f"sqlite:///{folder}/office.db"))
        self.about = {
            "name": "坊间",
            "number": "+861055558000",
            "timezone": "Asia/Shanghai",
            "language": "zh-CN",
        } | differs
        with self.database.begin() as session:
            self.community_id = found_community(session, zones=zones, defaults=Patience(), **self.about).id

    @contextmanager
    def books(self) -> Iterator[Session]:
        """A look at what is stored; changes count."""
        with self.database.begin() as session:
            yield session

    def take_in(self, kind: str, content: bytes | str | Path, **how: Any) -> Outcome:
        """Import a list."""
        if isinstance(content, Path):
            content = content.read_bytes()
        if isinstance(content, str):
            content = content.encode()
        with self.database.begin() as session:
            community = session.get_one(Community, self.community_id)
            return import_list(session, community, kind, read_table(content, kind), **({"now": NOW} | how))

    def all(self, kind: type[Any]) -> list[Any]:
        """Every row of a table, oldest first, with what hangs on it loaded."""
        with self.database.begin() as session:
            rows = session.query(kind).order_by(kind.id).all()
            for row in rows:
                for relationship in row.__mapper__.relationships:
                    getattr(row, relationship.key)
            return rows


def workbook(rows: list[list[Any]], *, first_sheet_is_empty: bool = False) -> bytes:
    """An XLSX file with these cells."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    if first_sheet_is_empty:
        book.add_worksheet("说明")
    sheet = book.add_worksheet()
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if hasattr(cell, "isoformat"):
                sheet.write_datetime(line, column, cell, dates)
            elif cell is not None:
                sheet.write(line, column, cell)
    book.close()
    return out.getvalue()
