"""The operator's command line: set up, take lists in, give lists out, tend. Call: scripts/linli --help"""

import os
import sys
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import founding, inviting, passwords, rounds
from dispatch.lists import words
from models.errors import Refusal
from models.menus import Menu
from models.people import Role, Staff
from models.places import Community, Meal
from scripts import auditing, keeping, listing, planning, privacy, supplies, tending
from scripts.clock import Clock
from scripts.door import Door, Mistake, chosen, of_community
from scripts.sentences import SAID, sentence_for
from scripts.settings import Settings
from voice.links import OpenLinks


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
    os.umask(0o077)  # what we write is about people: for us alone
    ctx.obj = Door(config, words.spoken(language) if language else _default_language())


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


@main.group("staff")
def _staff() -> None:
    """The people who log in to the board."""


@_staff.command("add")
@click.argument("name")
@click.option("--role", required=True, metavar="|".join(Role), help="What they are there for.")
@click.option("--phone", metavar="E164", help="Where they are called and texted.")
@click.option("--duty", is_flag=True, help="They are alarmed when something needs a person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--invite", is_flag=True, help="Print a link by which they set a password of their own.")
@of_community
@click.pass_obj
def _add_staff(
    door: Door, name: str, role: str, phone: str | None, duty: bool, password_stdin: bool, invite: bool,
    number: str | None,
) -> None:  # fmt: skip
    """Give somebody a login to the board: by a link, or with a password (8 characters or more) from standard input."""
    known_role = words.values("roles").get(words.plain(role))
    if known_role is None:
        raise Mistake(f"There is no role {role}; the roles are {', '.join(Role)}.")
    if password_stdin == invite:
        raise Mistake("The password is read from standard input, or they are invited: --password-stdin or --invite.")
    password = None if invite else _password()
    settings = door.settings()
    with door.database(settings).begin() as session:
        community = chosen(session, number)
        staff = founding.add_staff(
            session, community, name=name, role=Role(known_role), phone=phone, is_on_duty=duty, password=password,
            least=passwords.LEAST_BY_COMMAND,
        )  # fmt: skip
        told = f"{staff.name} can log in to the board of {community.name} as {staff.role}."
        link = _invited(staff, settings) if invite else ""
    click.echo(told)
    if link:
        click.echo(link)


@_staff.command("invite")
@click.argument("name")
@click.pass_obj
def _invite_staff(door: Door, name: str) -> None:
    """Print a link by which somebody sets a new password. It opens once, for three days; an older one ends."""
    settings = door.settings()
    with door.database(settings).begin() as session:
        staff = session.scalars(sa.select(Staff).where(Staff.name == name, Staff.is_active)).one_or_none()
        if staff is None:
            raise Mistake(f"Nobody on the staff is called {name}.")
        link = _invited(staff, settings)
    click.echo(link)


def _invited(staff: Staff, settings: Settings) -> str:
    now = Clock(settings.carrier.clock_file).now()
    token = inviting.invite(staff, key=settings.server.secret_key, now=now)
    return OpenLinks(settings.server.secret_key, settings.server.public_url).invitation(token)


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
@of_community
@click.pass_obj
def _close_meal(door: Door, day: str, meal_name: str, number: str | None) -> None:
    """Close the orders of a meal now, and make its rounds. DATE like 2026-11-23, MEAL like lunch."""
    settings = door.settings()
    now = Clock(settings.carrier.clock_file).now()
    with door.database(settings).begin() as session:
        menu = _menu(session, chosen(session, number), _date(day), meal_name)
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


for command in (
    tending.migrate, listing.take_in, listing.give_out, tending.watch, tending.doctor, tending.fallback,
    keeping.backup, keeping.restore, keeping.encrypt, planning.simulate, privacy.give_file, privacy.forget_person,
    supplies.sbom, auditing.audit,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    # A terminal that lacks a letter shows a mark for it, instead of ending the command.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    main(prog_name="scripts/linli")
