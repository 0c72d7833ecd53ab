"""The operator's command for planning: simulate a town, compare settings, ask how many volunteers are needed."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import click

from dispatch.planning.figures import Figures
from dispatch.planning.page import Variation, page
from dispatch.planning.plan import NotASetting, Plan, value_of, variation, written_name
from dispatch.planning.sizing import fewest
from dispatch.planning.sizing import simulate as live
from dispatch.planning.words import COLUMNS, lines, percent, refused, row, said
from scripts.door import Door, Mistake, opened

_HELP = {
    "residents": "How many residents.",
    "volunteers": "How many volunteers.",
    "days": "How many days.",
    "seed": "Of chance: the same seed gives the same figures.",
    "zones": "How many zones; residents and volunteers are spread evenly.",
    "meals_a_day": "Share of the residents who order a meal on a day.",
    "errands_a_day": "Share of the residents who ask for help on a day.",
    "cancel": "Share of requests that residents call off.",
    "accept": "Share of the answered offers that are accepted.",
    "silent": "Share of the offers that nobody answers.",
    "no_show": "Share of the accepted jobs that are not done: half given back, half forgotten.",
    "landlines": "Share of the volunteers who have a landline only.",
    "wave_size": "How many are asked at once.",
    "offer_minutes": "How long they have to answer.",
    "max_per_day": "The most that a volunteer takes in a day.",
    "stops_max": "The most meals in one round.",
}


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    """An option for every setting of a plan."""
    for field in reversed(fields(Plan)):
        shown = f"{field.default:g}"
        decorate = click.option(
            f"--{written_name(field.name)}",
            field.name,
            default=shown,
            show_default=True,
            metavar="N",
            help=_HELP[field.name],
        )
        command = decorate(command)
    return command


@click.command("simulate")
@_settings
@click.option(
    "--vary", "varied", multiple=True, metavar="SETTING=A,B,C", help="One row of figures per value; repeatable."
)
@click.option("--how-many-volunteers", "is_asked", is_flag=True, help="Search for the fewest with whom --unmet holds.")
@click.option("--unmet", default="2%", show_default=True, metavar="SHARE", help="The most that may stay unmet.")
@click.option(
    "--seeds", default=3, show_default=True, type=click.IntRange(1, 50), help="Towns to average in that search."
)
@click.option("--plots", type=click.Path(path_type=Path), help="Write the plots to this .html file.")
@click.pass_obj
def simulate(
    door: Door, /, varied: Sequence[str], is_asked: bool, unmet: str, seeds: int, plots: Path | None, **written: str
) -> None:
    """Live some weeks of an invented town with the real queue, and say how it went. Nobody is called; no settings file
    and no database are needed. Shares are written like 5% or 0.05."""
    language = door.language
    try:
        plan = Plan(**{name: value_of(name, value) for name, value in written.items()})
        settings = [variation(each) for each in varied]
        most = value_of("accept", unmet)
    except NotASetting as fault:
        raise Mistake(refused(fault, language)) from None
    if plots is not None and plots.suffix != ".html":
        raise Mistake(said("not_html", language, file=plots))
    if is_asked:
        _say_how_many(plan, most, seeds, language)
        return
    figures = live(plan)
    click.echo(said("title", language, **asdict(plan)))
    click.echo("\n".join(_aligned(lines(figures, language))))
    tables = [_varied(plan, figures, name, values, language) for name, values in settings]
    if plots is not None:
        with opened(plots) as out:
            out.write(page(plan, figures, tables, language=language).encode())
        click.echo(said("written", language, file=plots))


def _say_how_many(plan: Plan, most: float, seeds: int, language: str) -> None:
    def tell(volunteers: int, share: float) -> None:
        click.echo(said("trying", language, volunteers=volunteers, unmet=percent(share)), err=True)

    size = fewest(plan, unmet=most, seeds=seeds, tell=tell)
    click.echo(
        said(
            "enough" if size.is_enough else "never_enough", language, volunteers=size.volunteers, most=percent(most),
            unmet=percent(size.unmet), seeds=seeds, days=plan.days,
        )
    )  # fmt: skip


def _varied(plan: Plan, figures: Figures, name: str, values: Sequence[Any], language: str) -> Variation:
    """Live the plan once for each value; every row is printed as soon as it is known."""
    table = [[written_name(name), *(said(column, language) for column in COLUMNS)]]
    results = []
    for value in values:
        result = figures if getattr(plan, name) == value else live(plan.with_(name, value))
        results.append((value, result))
        table.append([f"{value:g}", *row(result)])
    click.echo("\n" + "\n".join(_aligned(table)))
    return Variation(name, results)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as columns; a Chinese letter is as wide as two."""
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(cell, wide) for cell, wide in zip(cells, widths, strict=True)).rstrip() for cells in rows]


def _padded(cell: str, wide: int) -> str:
    return cell + " " * (wide - _width(cell))


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in cell)
