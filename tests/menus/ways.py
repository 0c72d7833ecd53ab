"""Ways through the graph: which places are menus, how deep they lie, and the shortest way to something done."""

from collections import deque
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count as numbers
from xml.etree import ElementTree

from menus.seconds import seconds
from menus.walk import KEYS, Edge, Graph, Node, document
from models.traffic import Outcome
from voice.talk import Then


def menus(graph: Graph) -> set[str]:
    """The places in which one chooses a way; where every key answers the same question it is none.

    A way is a key that leads to another place with nothing done yet; two of them make a menu.
    """
    found = set()
    for node in rested(graph):
        ways = {
            graph.nodes[edge.target].place for edge in graph.choices(node).values() if not edge.deed and edge.says
        } - {node.place}
        if len(ways) > 1:
            found.add(node.place)
    return found


def depths(graph: Graph) -> dict[str, int]:
    """How many menus one has heard at each place, itself included, on the shortest way there."""
    chosen = menus(graph)
    found: dict[int, int] = {}
    queue: deque[tuple[int, int]] = deque((edge.target, 0) for edge in graph.first())
    while queue:
        id_, before = queue.popleft()
        node = graph.nodes[id_]
        deep = before + (node.place in chosen)
        if id_ in found and found[id_] <= deep:
            continue
        found[id_] = deep
        queue.extend((edge.target, deep) for edge in graph.leaving(node) if edge.target != id_)
    shortest: dict[str, int] = {}
    for id_, deep in found.items():
        place = graph.nodes[id_].place
        shortest[place] = min(deep, shortest.get(place, deep))
    return shortest


def way_to(graph: Graph, first: Edge, deed: str, is_it: Callable[[Edge], bool] = lambda edge: True) -> list[Edge]:
    """The fewest steps (then the fewest seconds) from the beginning of a call to that deed; empty: there is none."""
    order = numbers()
    queue: list[tuple[int, float, int, tuple[Edge, ...]]] = [(0, 0.0, next(order), (first,))]
    seen: set[int] = set()
    while queue:
        _, _, _, path = heappop(queue)
        if path[-1].deed == deed and is_it(path[-1]):
            return list(path[1:])
        if path[-1].target in seen:
            continue
        seen.add(path[-1].target)
        for edge in graph.leaving(graph.nodes[path[-1].target]):
            is_cut_short = edge.heard in KEYS and graph.nodes[path[-1].target].then is Then.RECORD
            if not (edge.is_refused or edge.is_miss or is_cut_short):
                longer = (*path, edge)
                heappush(queue, (len(longer), seconds_of(graph, first, list(longer[1:])), next(order), longer))
    return []


def seconds_of(graph: Graph, first: Edge, path: list[Edge]) -> float:
    """Everything heard on that way, each prompt to its end, the waiting in silence, and the read-back at its end."""
    heard = [first.says, *(edge.says for edge in path[:-1]), path[-1].told]
    waited = sum(_waits(graph, edge) for edge in path if edge.heard == "silence")
    return sum(seconds(says, graph.language) for says in heard) + waited


def _waits(graph: Graph, edge: Edge) -> float:
    node = graph.nodes[edge.source or 0]
    verbs = ElementTree.fromstring(document(node.turn, node.scene, graph.words, graph.language)).iter()  # noqa: S314 - our own document
    return max((float(verb.get("timeout", "0")) for verb in verbs), default=0.0)


def leads_to_person(node: Node) -> bool:
    """Is somebody called, or a message taken, or a callback promised?"""
    promised = node.talk.outcome in (Outcome.CALLBACK, Outcome.MESSAGE)
    return node.then in (Then.CONNECT, Then.RECORD) or (node.then is Then.GOODBYE and promised)


def is_way_out(node: Node) -> bool:
    """A person, a recording or the end."""
    return node.then is not Then.ASK


def rested(graph: Graph) -> Iterator[Node]:
    """Where nothing has been missed yet."""
    return (node for node in graph.nodes if node.misses == 0)
