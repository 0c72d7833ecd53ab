"""The operator's commands for looking after an installation: upgrade it, do what is due, ask what is wrong with it."""

import importlib
import time
from pathlib import Path

import click
import sqlalchemy as sa

from dispatch.keeping import bring_up_to_date
from models.schema import migrate as bring_up
from models.storage import Trouble, Unusable
from scripts.clock import Clock
from scripts.door import Door, Mistake, chosen, of_community, opened
from scripts.settings import Settings, beside_database


@click.command("migrate")
@click.option("--without-backup", is_flag=True, help="Although none can be made; then nobody can go back.")
@click.pass_obj
def migrate(door: Door, without_backup: bool) -> None:
    """Bring the database to this program's version; of an older one a backup is made first."""
    settings = door.settings()
    url, now = settings.database.url, Clock(settings.carrier.clock_file).now()
    applied = bring_up(url) if without_backup else bring_up_to_date(url, settings.backup.folder, now=now)
    click.echo("\n".join(f"Applied {revision}." for revision in applied) or "The database is up to date.")


@click.command("watch")
@click.option("--once", is_flag=True, required=True, help="Look once and end; the server looks all the time.")
@click.pass_obj
def watch(door: Door, once: bool) -> None:
    """Do now what is due: ask volunteers, remind, give up, send. Safe beside a running server."""
    if not once:
        raise Mistake("The server watches all the time; this command looks once: add --once.")
    settings = door.settings()
    door.database(settings)
    # The house brings the whole program with it; the other commands start faster without.
    house = importlib.import_module("scripts.house")
    click.echo(f"Done: {house.watch_once(settings, Clock(settings.carrier.clock_file))}.")


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Leave out what asks the network: carrier, public address, certificates.")
@click.option("--format", "shape", type=click.Choice(("text", "json")), default="text", help="For people or machines.")
@click.option("--fallback-url", metavar="URL", default="", help="Where the carrier finds what `fallback` has printed.")
@click.option("--port", type=int, help="Where the server listens, if scripts/run was given another port.")
@click.option("--clock-is-right", is_flag=True, help="The clock was wrong before and is right now: go on from here.")
@click.pass_obj
def doctor(door: Door, quick: bool, shape: str, fallback_url: str, port: int | None, clock_is_right: bool) -> None:
    """Say what is wrong with this installation, and the cure. Ends with 0 when nothing is wrong, else with 1."""
    consult = importlib.import_module("scripts.doctor.consulting").consult
    told, is_well = consult(
        door.config,
        door.language,
        shape=shape,
        is_quick=quick,
        fallback_url=fallback_url,
        port=port,
        accepts_clock=clock_is_right,
    )
    click.echo(told)
    click.get_current_context().exit(0 if is_well else 1)


@click.command("fallback")
@click.option("--output", type=click.Path(path_type=Path), help="The file to write; without it, standard output.")
@of_community
@click.pass_obj
def fallback(door: Door, output: Path | None, number: str | None) -> None:
    """Write what the carrier reads out while we are down: it connects callers to those who are on duty now.

    Put it where this server is not needed (a TwiML Bin, any web space), and its address at the number as the one to be
    asked when the first fails. Write it anew when the people on duty have changed: `doctor` says so.
    """
    settings = door.settings()
    now = Clock(settings.carrier.clock_file).now()
    stand_in_document = importlib.import_module("voice.stand_in").stand_in_document
    try:
        with door.database(settings).read() as session:
            document = stand_in_document(session, chosen(session, number), now=now)
    except sa.exc.DBAPIError:
        document = _kept(settings, number)
        click.echo("The database cannot be read: this is what was kept of those on duty.", err=True)
    with opened(output) as out:
        out.write(document.encode() + b"\n")


def _kept(settings: Settings, number: str | None) -> str:
    """What the server kept for when nothing can be read. Raises Unusable if it kept nothing."""
    lifeline = importlib.import_module("voice.lifeline").Lifeline(
        beside_database(settings.database.url, ".lifeline"), stopwatch=time.monotonic
    )
    if not lifeline.is_ready:
        raise Unusable(Trouble.CORRUPT)
    return str(lifeline.document(number or ""))
