"""The operator's command line: set up, take lists in, give lists out, tend. Call: scripts/linli --help"""

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import founding, rounds
from dispatch.keeping import bring_up_to_date
from dispatch.lists import exporting, importing, words, writing
from dispatch.lists.faults import Outcome
from dispatch.lists.reading import MOST_BYTES, read_table
from models.database import Database, open_engine
from models.errors import Refusal
from models.menus import Menu
from models.people import Role
from models.phones import caller_number
from models.places import Community, Meal
from models.schema import ensure_current, is_empty, migrate
from scripts import keeping
from scripts.clock import Clock
from scripts.sentences import SAID, sentence_for
from scripts.settings import Settings

# What the database's own words mean for whoever reads them, in the order in which they are looked for.


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
        return Database(open_engine(url))


class Mistake(click.ClickException):
    """Something the caller can put right; the sentence says what."""

    def show(self, file: Any = None) -> None:
        """On standard error, without a prefix: the sentences stand for themselves."""
        click.echo(self.message, err=True)


def _says(error: Exception) -> str | None:
    """The sentence for an error that is the caller's or the machine's; None for one of ours."""
    if isinstance(error, Refusal):
        return founding.sentence(error, click.get_current_context().find_root().obj.language)
    return sentence_for(error)


class _Careful(click.Group):
    """A group whose commands never show a stack trace for what is no fault of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read from us has had enough; nothing more can be said, also not by Python at its end.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except (Refusal, *SAID) as error:
            told = _says(error)
            if told is None:
                raise
            raise Mistake(told) from None


def _default_language() -> str:
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "en")
    return words.spoken(spoken)


@click.group(cls=_Careful, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="The settings file; without it the defaults hold.")
@click.option("--language", help='The language of what is said about lists: "en" or "zh-CN". Default: that of LANG.')
@click.pass_context
def main(ctx: click.Context, config: Path | None, language: str | None) -> None:
    """Linli (邻里): one phone number for a neighbourhood. These commands work beside a running server."""
    ctx.obj = Door(config, words.spoken(language) if language else _default_language())


_of_community = click.option(
    "--community", "number", metavar="NUMBER", help="The community's number; not needed when there is only one."
)


@main.command("migrate")
@click.option("--without-backup", is_flag=True, help="Although none can be made; then nobody can go back.")
@click.pass_obj
def _migrate(door: Door, without_backup: bool) -> None:
    """Bring the database to this program's version; of an older one a backup is made first."""
    settings = door.settings()
    url, now = settings.database.url, Clock(settings.carrier.clock_file).now()
    applied = migrate(url) if without_backup else bring_up_to_date(url, settings.backup.folder, now=now)
    click.echo("\n".join(f"Applied {revision}." for revision in applied) or "The database is up to date.")


@main.group("community")
def _community() -> None:
    """Communities: each has its own number."""


@_community.command("add")
@click.argument("name")
@click.option("--number", required=True, metavar="E164", help="The number people call, such as +861055550100.")
@click.option("--timezone", required=True, metavar="ZONE", help="Such as Asia/Shanghai.")
@click.option("--language", required=True, metavar="TAG", help='Such as "zh-CN" or "en".')
@click.option(
    "--zones", required=True, metavar='"A;B"', help="The parts of the neighbourhood, separated by semicolons."
)
@click.pass_obj
def _add_community(door: Door, name: str, number: str, timezone: str, language: str, zones: str) -> None:
    """Found a community, with the usual services and meals. All of it can be edited on the board."""
    settings = door.settings()
    with door.database(settings).begin() as session:
        community = founding.found_community(
            session,
            name=name,
            number=number,
            timezone=timezone,
            language=language,
            zones=zones.replace("；", ";").split(";"),
            defaults=settings.dispatch,
        )
        told = f"Founded {community.name} at {community.number}."
    click.echo(told)


@_community.command("list")
@click.pass_obj
def _list_communities(door: Door) -> None:
    """Say which communities there are: number, name, time zone, language."""
    with door.database(door.settings()).read() as session:
        for community in session.scalars(sa.select(Community).order_by(Community.id)):
            click.echo("\t".join((community.number, community.name, community.timezone, community.language)))


@main.command("import")
@click.argument("kind", type=click.Choice(importing.KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and store nothing.")
@click.option("--create-zones", is_flag=True, help="Zones that the list names and we lack are made, not mistakes.")
@click.option(
    "--enrolled", is_flag=True, help="Everybody on the list has said yes on paper to being called and texted."
)
@_of_community
@click.pass_obj
def _import(
    door: Door, kind: str, file: Path, dry_run: bool, create_zones: bool, enrolled: bool, number: str | None
) -> None:
    """Take in a list, CSV or XLSX: all of it, or nothing and every mistake named. Nobody is called or texted."""
    settings = door.settings()
    now = Clock(settings.carrier.clock_file).now()
    table = read_table(_content(file), kind)
    with door.database(settings).begin() as session:
        outcome = importing.import_list(
            session,
            _chosen(session, number),
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


@main.command("export")
@click.argument("kind", type=click.Choice(exporting.KINDS))
@click.option("--format", "shape", type=click.Choice(tuple(writing.WRITERS)), required=True)
@click.option("--output", type=click.Path(path_type=Path), help="The file to write; without it, standard output.")
@_of_community
@click.pass_obj
def _export(door: Door, kind: str, shape: str, output: Path | None, number: str | None) -> None:
    """Give out what is stored, of one community or of all. The files hold personal data: keep them safe."""
    with door.database(door.settings()).read() as session, _opened(output) as out:
        community_id = _chosen(session, number).id if number else None
        rows = exporting.export(session, community_id, kind)
        writing.WRITERS[shape](rows, exporting.fields_of(kind), out)


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
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


@main.group("staff")
def _staff() -> None:
    """The people who log in to the board."""


@_staff.command("add")
@click.argument("name")
@click.option("--role", required=True, metavar="|".join(Role), help="What they are there for.")
@click.option("--phone", metavar="E164", help="Where they are called and texted.")
@click.option("--duty", is_flag=True, help="They are alarmed when something needs a person.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@_of_community
@click.pass_obj
def _add_staff(
    door: Door, name: str, role: str, phone: str | None, duty: bool, password_stdin: bool, number: str | None
) -> None:
    """Give somebody a login to the board; the password (12 characters or more) comes by standard input."""
    known_role = words.values("roles").get(words.plain(role))
    if known_role is None:
        raise Mistake(f"There is no role {role}; the roles are {', '.join(Role)}.")
    if not password_stdin:
        raise Mistake("The password is read from standard input: add --password-stdin.")
    password = _password()
    with door.database(door.settings()).begin() as session:
        community = _chosen(session, number)
        staff = founding.add_staff(
            session, community, name=name, role=Role(known_role), phone=phone, is_on_duty=duty, password=password
        )
        told = f"{staff.name} can log in to the board of {community.name} as {staff.role}."
    click.echo(told)


def _password() -> str:
    line = sys.stdin.buffer.readline(5000)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Mistake("The password is not UTF-8 text.") from None


@main.group("meals")
def _meals() -> None:
    """Meals and their orders."""


@_meals.command("close")
@click.argument("day", metavar="DATE")
@click.argument("meal_name", metavar="MEAL")
@_of_community
@click.pass_obj
def _close_meal(door: Door, day: str, meal_name: str, number: str | None) -> None:
    """Close the orders of a meal now, and make its rounds. DATE like 2026-11-23, MEAL like lunch."""
    settings = door.settings()
    now = Clock(settings.carrier.clock_file).now()
    with door.database(settings).begin() as session:
        menu = _menu(session, _chosen(session, number), _date(day), meal_name)
        told = _closed(session, menu, now)
    click.echo(told)


def _closed(session: Session, menu: Menu, now: datetime) -> str:
    if menu.closed_at is not None:
        return "These orders were closed already."
    jobs = rounds.close_menu(session, menu, who="operator", now=now)
    return f"Closed; rounds made: {len(jobs)}."


def _date(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Mistake(f"{written} is no date like 2026-11-23.") from None


def _menu(session: Session, community: Community, day: date, meal_name: str) -> Menu:
    meals = session.scalars(sa.select(Meal).where(Meal.community_id == community.id)).all()
    code = words.values("meals").get(words.plain(meal_name), meal_name)
    meal = next((meal for meal in meals if code == meal.code or meal_name in meal.names.values()), None)
    if meal is None:
        raise Mistake(f"There is no meal {meal_name}; the meals are {', '.join(meal.code for meal in meals)}.")
    menu = session.scalars(sa.select(Menu).where(Menu.meal_id == meal.id, Menu.date == day)).one_or_none()
    if menu is None:
        raise Mistake(f"There is no menu for {meal.code} on {day}.")
    return menu


@main.command("watch")
@click.option("--once", is_flag=True, required=True, help="Look once and end; the server looks all the time.")
@click.pass_obj
def _watch(door: Door, once: bool) -> None:
    """Do now what is due: ask volunteers, remind, give up, send. Safe beside a running server."""
    if not once:
        raise Mistake("The server watches all the time; this command looks once: add --once.")
    settings = door.settings()
    door.database(settings)
    # The house brings the whole program with it; the other commands start faster without.
    house = importlib.import_module("scripts.house")
    click.echo(f"Done: {house.watch_once(settings, Clock(settings.carrier.clock_file))}.")


@main.command("doctor")
@click.option("--quick", is_flag=True, help="Leave out what asks the network: carrier, public address, certificates.")
@click.option("--format", "shape", type=click.Choice(("text", "json")), default="text", help="For people or machines.")
@click.option("--fallback-url", metavar="URL", default="", help="Where the carrier finds what `fallback` has printed.")
@click.option("--clock-is-right", is_flag=True, help="The clock was wrong before and is right now: go on from here.")
@click.pass_obj
def _doctor(door: Door, quick: bool, shape: str, fallback_url: str, clock_is_right: bool) -> None:
    """Say what is wrong with this installation, and the cure. Ends with 0 when nothing is wrong, else with 1."""
    consult = importlib.import_module("scripts.doctor.consulting").consult
    told, is_well = consult(
        door.config, door.language, shape=shape, is_quick=quick, fallback_url=fallback_url, accepts_clock=clock_is_right
    )
    click.echo(told)
    click.get_current_context().exit(0 if is_well else 1)


@main.command("fallback")
@click.option("--output", type=click.Path(path_type=Path), help="The file to write; without it, standard output.")
@_of_community
@click.pass_obj
def _fallback(door: Door, output: Path | None, number: str | None) -> None:
    """Write what the carrier reads out while we are down: it connects callers to those who are on duty now.

    Put it where this server is not needed (a TwiML Bin, any web space), and its address at the number as the one to be
    asked when the first fails. Write it anew when the people on duty have changed: `doctor` says so.
    """
    settings = door.settings()
    now = Clock(settings.carrier.clock_file).now()
    stand_in_document = importlib.import_module("voice.stand_in").stand_in_document
    with door.database(settings).read() as session:
        document = stand_in_document(session, _chosen(session, number), now=now)
    with _opened(output) as out:
        out.write(document.encode() + b"\n")


main.add_command(keeping.backup)
main.add_command(keeping.restore)


def _chosen(session: Session, number: str | None) -> Community:
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


if __name__ == "__main__":
    # A terminal that lacks a letter shows a mark for it, instead of ending the command.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    main(prog_name="scripts/linli")
