"""The operator's commands for lists: taken in whole or not at all, and given out."""

from pathlib import Path

import click
import sqlalchemy as sa

from dispatch.lists import exporting, importing, writing
from dispatch.lists.faults import Outcome
from dispatch.lists.reading import MOST_BYTES, read_table
from dispatch.noticing import took_out
from models.places import Community
from scripts.clock import Clock
from scripts.door import Door, chosen, of_community, opened


@click.command("import")
@click.argument("kind", type=click.Choice(importing.KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and store nothing.")
@click.option("--create-zones", is_flag=True, help="Zones that the list names and we lack are made, not mistakes.")
@click.option(
    "--enrolled", is_flag=True, help="Everybody on the list has said yes on paper to being called and texted."
)
@of_community
@click.pass_obj
def take_in(
    door: Door, kind: str, file: Path, dry_run: bool, create_zones: bool, enrolled: bool, number: str | None
) -> None:
    """Take in a list, CSV or XLSX: all of it, or nothing and every mistake named. Nobody is called or texted."""
    settings = door.settings()
    now = Clock(settings.carrier.clock_file).now()
    table = read_table(_content(file), kind)
    with door.database(settings).begin() as session:
        outcome = importing.import_list(
            session,
            chosen(session, number),
            kind,
            table,
            now=now,
            create_zones=create_zones,
            enrolled=enrolled,
            dry_run=dry_run,
        )
    _tell(outcome, file, door.language)


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)  # one more, so that a longer one is told as such


def _tell(outcome: Outcome, file: Path, language: str) -> None:
    for fault in outcome.faults:
        click.echo(f"{file.name}: {fault.told(language)}", err=True)
    for sentence in outcome.told(language):
        click.echo(sentence, err=bool(outcome.faults))
    if outcome.faults:
        click.get_current_context().exit(1)


@click.command("export")
@click.argument("kind", type=click.Choice(exporting.KINDS))
@click.option("--format", "shape", type=click.Choice(tuple(writing.WRITERS)), required=True)
@click.option("--output", type=click.Path(path_type=Path), help="The file to write; without it, standard output.")
@of_community
@click.pass_obj
def give_out(door: Door, kind: str, shape: str, output: Path | None, number: str | None) -> None:
    """Give out what is stored, of one community or of all. The files hold personal data: keep them safe."""
    settings = door.settings()
    database, now = door.database(settings), Clock(settings.carrier.clock_file).now()
    with database.begin() as session:  # it is known before it is given
        for one in [chosen(session, number)] if number else session.scalars(sa.select(Community)):
            took_out(session, one.id, who="operator", verb="export", what=f"{kind}.{shape}", now=now)
    with database.read() as session, opened(output) as out:
        community_id = chosen(session, number).id if number else None
        rows = exporting.export(session, community_id, kind)
        writing.WRITERS[shape](rows, exporting.fields_of(kind), out)
