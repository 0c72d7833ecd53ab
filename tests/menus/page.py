"""docs/menus.md: the map of the menus as a page, written from the walk."""

import json
from collections.abc import Iterable
from pathlib import Path

from menus.examples import example
from menus.excuses import EXCUSES
from menus.limits import LIMITS
from menus.seconds import seconds
from menus.walk import Edge, Graph, Node, walked
from menus.ways import depths, seconds_of, way_to
from menus.words import count, speech
from voice.places import PLACES
from voice.prompts import catalog, languages
from voice.talk import Then

FILE = Path(__file__).parents[2] / "docs" / "menus.md"

_HEAD = """# The map of the voice menus

Written by `scripts/menus` from the tables of the menus themselves: from every kind of caller, everything that can be pressed, said or left
unsaid is tried at every place (`tests/menus/`). Do not edit it: change the menus or the sentences, and run `scripts/menus`; a test says
when the page is stale, and `tests/test_menus.py` holds every limit below against the whole graph, in every language.

Seconds are those of espeak-ng at the rate of the language, from first sound to last, with the pauses between sentences; nobody's ear has
judged them, and the carrier's voice is another one. Everywhere **0** is a person, **9** hear it again, **\\*** back, **8** more slowly.
"""
_ENDS = {
    Then.CONNECT: "a person is called", Then.JOIN: "the other one is called", Then.RECORD: "what is said is recorded",
    Then.GOODBYE: "the call ends",
}  # fmt: skip
# Whose way it is, what she wants, and the deed that it ends with.
_ERRANDS = (
    ("the usual lunch", "a resident with her usual", "order_dish"),
    ("another dish than the usual", "a resident with her usual", "order_dish"),
    ("to call off a meal", "a resident who has ordered", "cancel"),
    ("an errand", "a resident with her usual", "ask_help"),
)


def written() -> str:
    """The whole page."""
    graphs = [walked(language) for language in languages()]
    parts = [_HEAD, *_ways(graphs), *_picture(graphs[0]), *_limits()]
    for graph in graphs:
        parts += _places(graph)
    return "\n".join(parts).rstrip() + "\n"


def _ways(graphs: list[Graph]) -> Iterable[str]:
    yield "## Keys and seconds\n"
    yield "Every prompt heard to its end, the waiting where nothing is pressed, and the read-back; what she says herself is not counted.\n"
    yield "| | " + " | ".join(catalog(graph.language).name for graph in graphs) + " |"
    yield "|---|" + "---|" * len(graphs)
    for number, (what, caller, deed) in enumerate(_ERRANDS):
        yield f"| {what} | " + " | ".join(_way(graph, caller, deed, is_other=number == 1) for graph in graphs) + " |"
    deepest = [f"{max(depths(graph).values())}" for graph in graphs]
    yield "| menus on the shortest way to the deepest place | " + " | ".join(deepest) + " |"
    longest = [_longest(graph) for graph in graphs]
    yield "| most heard where there is something to choose | " + " | ".join(longest) + " |\n"


def _way(graph: Graph, caller: str, deed: str, *, is_other: bool) -> str:
    first = next(edge for edge in graph.first() if edge.caller == caller)
    usual = graph.nodes[first.target].scene.usual

    def fits(edge: Edge) -> bool:
        done = json.loads(edge.arguments)
        is_same_menu = usual is not None and done.get("menu_id") == usual.menu_id
        return not is_other or (is_same_menu and usual is not None and done["dish_id"] != usual.dish.id)

    path = way_to(graph, first, deed, fits)
    keys = [edge.heard for edge in path]
    pressed = " ".join(key if len(key) == 1 else f"({key})" for key in keys)
    many = sum(len(key) == 1 for key in keys)
    return f"{many} key{'s' * (many > 1)}: {pressed}; {seconds_of(graph, first, path):.0f} s"


def _longest(graph: Graph) -> str:
    counted = [
        sum(count(one, graph.language) for one in node.says)
        for node in graph.nodes
        if node.misses == 0 and len(graph.choices(node)) > 1
    ]
    return f"{max(counted)} {speech(graph.language).counts}"


def _picture(graph: Graph) -> Iterable[str]:
    """The places and the ways between them; an arrow with a key that does something first says what."""
    yield "## The picture\n\nWithout the keys that mean the same everywhere, and without second misses.\n\n```mermaid\nflowchart LR"
    for place in PLACES:
        kinds = {node.then for node in graph.nodes if node.place == place}
        if kinds:
            yield f"  {place}" + ("([{}])" if kinds != {Then.ASK} else "[{}]").format(place)
    for (source, target), heard in sorted(_arrows(graph).items()):
        yield f"  {source} -->|{' '.join(sorted(heard))}| {target}"
    yield "```\n"


def _arrows(graph: Graph) -> dict[tuple[str, str], set[str]]:
    arrows: dict[tuple[str, str], set[str]] = {}
    for edge in graph.edges:
        if edge.source is None or edge.is_fixed or edge.is_miss or edge.is_refused:
            continue
        source = graph.nodes[edge.source]
        if source.misses == 0 and (source.then is not Then.RECORD or len(edge.heard) > 1):
            arrows.setdefault((source.place, graph.nodes[edge.target].place), set()).add(edge.heard)
    return arrows


def _limits() -> Iterable[str]:
    yield "## What is held against it\n"
    yield "\n".join(f"- {limit}: {(check.__doc__ or '').strip()}" for limit, check in LIMITS.items())
    yield "\nWhat breaks one of them, and why that is so:\n"
    yield "| since | limit | place | how far | why |\n|---|---|---|---|---|"
    for excuse in EXCUSES:
        where = " ".join((excuse.place, *(f"({one})" for one in (excuse.caller, *excuse.languages) if one)))
        most = "" if excuse.most == float("inf") else f"{excuse.most:g}"
        yield f"| {excuse.since} | {excuse.limit} | {where} | {most} | {excuse.why} |"
    yield ""


def _places(graph: Graph) -> Iterable[str]:
    rules, deep = speech(graph.language), depths(graph)
    yield f"## {catalog(graph.language).name} ({graph.language})\n"
    yield f"With the blanks of an example, such as {example(graph.language).dishes[0]}. Of each place, the caller who hears most.\n"
    yield f"| place | what is said | where it leads | {rules.counts} | seconds | options | depth |\n|---|---|---|---|---|---|---|"
    for place in PLACES:
        if node := _fullest(graph, place):
            words = sum(count(one, graph.language) for one in node.says)
            yield (
                f"| {place} | {' '.join(node.says)} | {_leads(graph, node)} | {words} "
                f"| {seconds(node.says, graph.language):.1f} | {len(graph.choices(node))} | {deep.get(place, 0)} |"
            )
    yield ""


def _fullest(graph: Graph, place: str) -> Node | None:
    nodes = [node for node in graph.nodes if node.place == place and node.misses == 0]
    return max(nodes, key=lambda node: seconds(node.says, graph.language), default=None)


def _leads(graph: Graph, node: Node) -> str:
    if node.then is not Then.ASK:
        ways = [edge for edge in graph.leaving(node) if len(edge.heard) > 1 and not edge.is_refused]
        others = {edge.heard: graph.nodes[edge.target].place for edge in ways}
        return "; ".join([_ENDS[node.then], *(f"{heard}: {place}" for heard, place in others.items())])
    silence = [edge for edge in graph.leaving(node) if edge.heard == "silence" and not edge.is_miss]
    ways = [*graph.choices(node).values(), *silence]
    return "; ".join(f"**{edge.heard}** {graph.nodes[edge.target].place}{_doing(edge)}" for edge in ways)


def _doing(edge: Edge) -> str:
    return f" ({edge.deed.replace('_', ' ')})" if edge.deed else ""
