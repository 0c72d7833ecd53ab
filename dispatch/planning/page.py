"""A simulation as one page: its settings, its figures, three plots with their numbers beside them. No scripts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape

from dispatch.planning.drawing import bars
from dispatch.planning.figures import Figures
from dispatch.planning.plan import Plan, written_name
from dispatch.planning.words import COLUMNS, lines, row, said

_STEP_MINUTES = 5
_LONGEST_MINUTES = 120
_STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; color: #1c2430; background: #fff; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; }
h1 { font-size: 1.35rem; line-height: 1.25; } h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
section > div { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
figure { margin: 0; flex: 1 1 20rem; min-width: 0; max-width: 36rem; }
svg { display: block; width: 100%; height: auto; } svg text { font-size: 13px; fill: #3c4656; }
.bar { fill: #1f6f8b; } .tick { stroke: #d5dae1; }
.beside { flex: 0 1 auto; max-width: 100%; max-height: 21.2rem; overflow: auto; }
.beside th, .beside td { white-space: nowrap; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .75rem .15rem 0; text-align: left; vertical-align: top; font-weight: normal; }
th, td { border-bottom: 1px solid #e3e7ec; }
thead th { font-weight: 600; position: sticky; top: 0; background: #fff; }
td.number, th.number { text-align: right; } .in { padding-left: 1rem; }
@media (max-width: 30rem) { svg text { font-size: 15px; } }
@media print { .beside { max-height: none; } }
"""


@dataclass(frozen=True)
class Variation:
    """One setting with several values, and what each came to."""

    name: str
    results: Sequence[tuple[object, Figures]]


def page(plan: Plan, figures: Figures, variations: Sequence[Variation], *, language: str) -> str:
    """The whole page."""
    title = said("title", language, **asdict(plan))
    parts = [
        f"<h1>{escape(title)}</h1><p>{escape(said('about', language))}</p>",
        _two_tables(plan, figures, language),
        _waits(figures, language),
        _unmet(figures, language),
        _load(figures, language),
        *(_variation(each, language) for each in variations),
    ]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main>\n{chr(10).join(parts)}\n</main></body></html>\n"
    )


def _two_tables(plan: Plan, figures: Figures, language: str) -> str:
    settings = [(written_name(name), f"{value:g}") for name, value in asdict(plan).items()]
    head = [said("setting", language), said("value", language)]
    return (
        f"<section><div><div><h2>{escape(said('figures', language))}</h2>{_table([], lines(figures, language))}</div>"
        f"<div><h2>{escape(said('settings', language))}</h2>{_table(head, settings)}</div></div></section>"
    )


def _waits(figures: Figures, language: str) -> str:
    count = _LONGEST_MINUTES // _STEP_MINUTES
    values = [0] * (count + 1)
    for minutes in figures.minutes:
        values[min(minutes // _STEP_MINUTES, count)] += 1
    names = [str(place * _STEP_MINUTES) for place in range(count)] + [f"{_LONGEST_MINUTES}+"]
    spans = [f"{place * _STEP_MINUTES}-{(place + 1) * _STEP_MINUTES - 1}" for place in range(count)]
    spans.append(said("longer", language, minutes=_LONGEST_MINUTES))
    return _plot(
        "waits", values, names, [(span, str(value)) for span, value in zip(spans, values, strict=True)], language
    )


def _unmet(figures: Figures, language: str) -> str:
    names = [str(day + 1) for day in range(figures.days)]
    days = zip(names, figures.unmet_by_day, figures.placed_by_day, strict=True)
    rows = [(day, str(unmet), str(placed)) for day, unmet, placed in days]
    return _plot("unmet", figures.unmet_by_day, names, rows, language, more=[said("unmet_of", language)])


def _load(figures: Figures, language: str) -> str:
    names = [str(place + 1) for place in range(len(figures.jobs_each))]
    rows = [(name, str(jobs)) for name, jobs in zip(names, figures.jobs_each, strict=True)]
    return _plot("load", figures.jobs_each, names, rows, language)


def _plot(
    kind: str, values: Sequence[int], names: Sequence[str], rows: Sequence[tuple[str, ...]], language: str,
    more: Sequence[str] = (),
) -> str:  # fmt: skip
    title, x, y = (said(f"{kind}_{part}", language) for part in ("title", "x", "y"))
    drawn, table, name = bars(values, names, title=title, x=x, y=y), _table([x, y, *more], rows), escape(title)
    beside = f'<div class="beside" tabindex="0" role="region" aria-label="{name}">{table}</div>'
    return f"<section><h2>{name}</h2><div><figure>{drawn}</figure>{beside}</div></section>"


def _variation(variation: Variation, language: str) -> str:
    title = said("variation", language, name=written_name(variation.name))
    head = [written_name(variation.name), *(said(column, language) for column in COLUMNS)]
    rows = [(f"{value}", *row(figures)) for value, figures in variation.results]
    return f'<section><h2>{escape(title)}</h2><div class="beside" tabindex="0">{_table(head, rows)}</div></section>'


def _table(head: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    top = "".join(f'<th scope="col"{_number(place)}>{escape(name)}</th>' for place, name in enumerate(head))
    body = "".join(f"<tr>{''.join(_cell(place, cell) for place, cell in enumerate(cells))}</tr>" for cells in rows)
    return f"<table>{f'<thead><tr>{top}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _cell(place: int, cell: str) -> str:
    if place == 0:
        inner = ' class="in"' if cell.startswith("  ") else ""
        return f'<th scope="row"{inner}>{escape(cell.strip())}</th>'
    return f"<td{_number(place)}>{escape(cell)}</td>"


def _number(place: int) -> str:
    return ' class="number"' if place else ""
