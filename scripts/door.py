"""What every command starts from: the settings, the database, the community that is meant, and where output goes."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.database import Database, open_engine
from models.installation import take_keys
from models.phones import caller_number
from models.places import Community
from models.schema import ensure_current, is_empty, migrate
from scripts.settings import Settings


@dataclass
class Door:
    """What every command starts from: the settings file, and the language of what is said."""

    config: Path | None
    language: str

    def settings(self) -> Settings:
        """The settings of this installation."""
        return Settings.load(self.config, os.environ)

    def database(self, settings: Settings) -> Database:
        """The database, built if it is empty; one of another version is refused."""
        url = settings.database.url
        if is_empty(url):
            migrate(url)
        ensure_current(url)
        database = Database(open_engine(url, settings.database.keyring))
        take_keys(database, settings.database.keyring)
        return database


class Mistake(click.ClickException):
    """Something the caller can put right; the sentence says what."""

    def show(self, file: Any = None) -> None:
        """On standard error, without a prefix: the sentences stand for themselves."""
        click.echo(self.message, err=True)


of_community = click.option(
    "--community", "number", metavar="NUMBER", help="The community's number; not needed when there is only one."
)


def chosen(session: Session, number: str | None) -> Community:
    """The community of that number, or the only one there is."""
    communities = list(session.scalars(sa.select(Community).order_by(Community.id)))
    if number is not None:
        wanted = caller_number(number.strip())
        found = next((community for community in communities if community.number == wanted), None)
        if found is None:
            raise Mistake(f"There is no community with the number {number}.")
        return found
    if len(communities) > 1:
        raise Mistake(
            f"There are several communities; add --community with one of {', '.join(c.number for c in communities)}."
        )
    if not communities:
        raise Mistake("There is no community yet: scripts/linli community add --help")
    return communities[0]


@contextmanager
def opened(output: Path | None) -> Iterator[BinaryIO]:
    """Where an export goes: standard output, or a file that is there only once it is whole, for its owner alone."""
    if output is None:
        out = sys.stdout.buffer
        yield out
        out.flush()
        return
    if output.is_dir():
        raise Mistake(f"{output} is a folder; name a file.")
    if not output.parent.is_dir():
        raise Mistake(f"There is no folder {output.parent}.")
    handle, draft = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(draft).replace(output)
    finally:
        Path(draft).unlink(missing_ok=True)
