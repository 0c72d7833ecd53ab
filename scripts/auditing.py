"""Is the history as it was written? Call: scripts/linli audit verify --help"""

import click

from dispatch.sealing import seal_history, short_seal, verify
from scripts.door import Door


@click.group("audit")
def audit() -> None:
    """The history of everything that was done, sealed entry by entry."""


@audit.command("verify")
@click.option(
    "--seal",
    "noted",
    default="",
    metavar="SEAL",
    help="A seal that was kept, such as 1234-3f2a-9b1c-5d7e from a morning text: is it part of it?",
)
@click.pass_obj
def verify_history(door: Door, noted: str) -> None:
    """Look through the whole history: was an entry changed or removed in the database itself? Ends with 1 if so."""
    database = door.database(door.settings())
    while seal_history(database):
        pass
    with database.read() as session:
        found = verify(session, noted=noted)
    if not found.is_whole:
        click.echo(f"The history is not as it was written: {found.fault}.", err=True)
        click.get_current_context().exit(1)
    click.echo(f"{found.entries} entries, each as it was written. Of {found.let_go} the words were let go of.")
    click.echo(f"Last seal: {found.seal}")
    click.echo(f"To keep elsewhere: {short_seal(found.entries, found.seal)}  (it proves what was there today)")
