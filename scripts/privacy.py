"""What a person may ask for: her own file, and to be forgotten."""

import json
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.forgetting import forget
from dispatch.noticing import took_out
from dispatch.own_file import own_file
from dispatch.telling import named
from models.people import Resident, Volunteer
from models.phones import caller_number
from models.places import Community
from models.scrubbing import scrub
from scripts.clock import Clock
from scripts.door import Door, Mistake, chosen, of_community, opened

_KINDS: dict[str, Any] = {"resident": Resident, "volunteer": Volunteer}


@click.command("file")
@click.argument("who", metavar="resident|volunteer", type=click.Choice(tuple(_KINDS)))
@click.argument("person", metavar="NUMBER|ID")
@click.option("--output", type=click.Path(path_type=Path), help="The file to write; without it, standard output.")
@of_community
@click.pass_obj
def give_file(door: Door, who: str, person: str, output: Path | None, number: str | None) -> None:
    """Give out everything that is kept about one person, as JSON: hers to have."""
    settings = door.settings()
    database, now = door.database(settings), Clock(settings.carrier.clock_file).now()
    with database.begin() as session:  # it is known before it is given
        community = chosen(session, number)
        found = _found(session, community, _KINDS[who], person)
        took_out(session, community.id, who="operator", verb="own_file", what=named(found), now=now)
    with database.read() as session, opened(output) as out:
        found = session.get_one(_KINDS[who], found.id)
        out.write(json.dumps(own_file(session, found), ensure_ascii=False, indent=1, default=str).encode() + b"\n")


@click.command("forget")
@click.argument("who", metavar="resident|volunteer", type=click.Choice(tuple(_KINDS)))
@click.argument("person", metavar="NUMBER|ID")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@of_community
@click.pass_obj
def forget_person(door: Door, who: str, person: str, yes: bool, number: str | None) -> None:
    """Forget one person for good, here and at the carrier. Copies of the database hold her until they are too old."""
    settings = door.settings()
    database = door.database(settings)
    with database.read() as session:
        found = _found(session, chosen(session, number), _KINDS[who], person)
        named = f"{found.name} ({found.phone or 'no telephone'}, {who} {found.id})"
        found_id = found.id
    if not yes:
        click.confirm(f"Forget {named} for good? This cannot be taken back.", abort=True, err=True)
    with database.begin() as session:
        forget(
            session,
            session.get_one(_KINDS[who], found_id),
            who="operator",
            now=Clock(settings.carrier.clock_file).now(),
        )
    scrub(database.engine)
    click.echo(f"{who} {found_id} is forgotten. The carrier is asked to delete its copies while the server runs.")
    click.echo(
        f"Copies of the database keep what was known for {settings.backup.keep_days} days: {settings.backup.folder}"
    )


def _found(session: Session, community: Community, kind: Any, wanted: str) -> Resident | Volunteer:
    """The one person with that number or id. A household's number names several, of whom one must be chosen by id."""
    ours = sa.select(kind).where(kind.community_id == community.id, kind.forgotten_at.is_(None))
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 7:
        people: list[Any] = list(session.scalars(ours.where(kind.id == int(wanted))))
    else:
        phone = caller_number(wanted)
        people = list(session.scalars(ours.where((kind.phone == phone) | (kind.other_phone == phone)))) if phone else []
    if not people:
        raise Mistake(f"Nobody is found by {wanted}.")
    if len(people) > 1:
        raise Mistake(
            "Several have that number; name one by id: " + ", ".join(f"{one.id} {one.name}" for one in people)
        )
    found: Resident | Volunteer = people[0]
    return found
