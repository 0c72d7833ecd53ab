"""A way to a person that needs no database: the stand-in document of every community, kept in memory and in a file.

When nothing can be read or written, nobody can order; but whoever calls is still connected to somebody on duty.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from models.database import Database
from models.places import Community
from models.private_files import replace_with
from voice.carrier import speech
from voice.stand_in import stand_in_document

log = logging.getLogger(__name__)

_EVERY_SECONDS = 30.0


class Lifeline:
    """The documents by the number that is called."""

    def __init__(self, file: Path, *, stopwatch: Callable[[], float]) -> None:
        """`file` holds them when the program starts on a database that cannot be read; it need not be there yet.

        `stopwatch` gives seconds that only ever grow.
        """
        self._file, self._stopwatch = file, stopwatch
        self._looked_at = stopwatch() - _EVERY_SECONDS
        self._documents = _read(file)

    def remember(self, database: Database, *, now: datetime) -> int:
        """Look who is on duty when it is time to; returns 1 when it was somebody else than before, else 0."""
        if self._stopwatch() - self._looked_at < _EVERY_SECONDS:
            return 0
        with database.read() as session:
            documents = {
                number: stand_in_document(session, community, now=now)
                for community in session.scalars(sa.select(Community).order_by(Community.id))
                for number in community.numbers
            }
        self._looked_at = self._stopwatch()
        if documents == self._documents and self._file.exists():
            return 0
        self._documents = documents
        _write(self._file, documents)
        return 1

    def document(self, *numbers: str) -> str:
        """What is heard in a call between `numbers`, of which one should be ours; else the first community's."""
        ours = next((self._documents[number] for number in numbers if number in self._documents), None)
        return ours or next(iter(self._documents.values()), None) or speech.hung_up()

    @property
    def is_ready(self) -> bool:
        """Is there a document for anybody?"""
        return bool(self._documents)


def _read(file: Path) -> dict[str, str]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return {str(number): speech.checked(str(document)) for number, document in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, AssertionError):
        log.exception("the documents for when the database fails could not be read; they are made anew")
        return {}


def _write(file: Path, documents: dict[str, str]) -> None:
    """For its owner alone: the numbers of those on duty are in it. Where it cannot be written, memory must do."""
    try:
        replace_with(file, json.dumps(documents, ensure_ascii=False, indent=1))
    except OSError as error:
        log.warning("the documents for when the database fails could not be kept: %s", error.strerror)
